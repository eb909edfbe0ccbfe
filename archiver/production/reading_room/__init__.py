"""The public reading room: released records that everybody may read. Off by default.

What may be handed to one requester may still not be posted. A posting is chosen from a released
volume (`choosing`), asked about (`checklist`), approved by the city attorney over the hash of its
exact content (`postings`), and built by a process that is given nothing but the released volumes'
data and the list of what was approved (`building`, `builder`).
"""
