"""The last look before a volume is entered: does anything that is covered stand in it after all?

It cannot by construction (the press never has it). This looks all the same, at every file as an
outsider would read it, and fails closed: `secrets` gathers what must not be there, `reading` reads
every kind of file a volume holds, `scanning` finds one in the other. What is told names places and
items, never the words.
"""
