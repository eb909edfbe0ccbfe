"""Productions: what a request releases, as a packet anyone can read and check.

Everything is rendered from a `release.Release`, which never holds what is withheld (DESIGN §7
rule 5): no layout, size, font, name or hash can depend on it. The way of a production:

    planning, loading   what goes in, as a release view
    volumes, printing   cut into volumes, each printed by a process of the `press`: packet, `twins`
    leaks               every file looked through for what is covered
    finishing           signature, zip and `proof`, which need keys
    produce, staging    entered in the `ledger`, moved into place
    previewing, replacing   the same before it goes out; a volume in place of another
    releasing, delivery, reading_room   what goes out, to whom, and what everybody may read
"""
