"""Productions: what a request releases, as a packet anyone can read and check.

Everything is rendered from a `release.Release`, which never holds what is withheld (DESIGN §7
rule 5): no layout, size, font, name or hash can depend on it.
"""
