"""How items are worked through: assignment, notes, instalments, the attorney's answers."""
