"""Tagged, archival PDF (PDF/UA-1 and PDF/A-3a in one pass), written as it is laid out.

`writer.Writer` puts pages, structure and text into the file; `flow.Flow` lays out headings,
paragraphs, tables and figures; `fonts` says which fonts there are and what is missing.

Nothing here knows of records, requests or the law: it prints what it is given, and only that.
"""
