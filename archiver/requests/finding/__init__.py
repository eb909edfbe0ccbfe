"""Personal data in the words of records: found, explained, suggested, never acted upon by itself.

`personal` holds the finder itself, pure functions over text; `asking` joins what is found with what
a clerk has answered and what is covered already. Every pattern here has bounded repeats only, so
that a resident's text never decides how long a search takes: a test reads the patterns and says so.
"""
