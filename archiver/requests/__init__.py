"""Public Records Act requests: the clock, what was asked, what was found, what was decided."""
