"""What a request's letters may tell of its productions."""

from __future__ import annotations

import sqlite3

from archiver.config import Home
from archiver.production.ledger import last_fingerprints, productions_of
from archiver.requests.letters.facts import Produced, Volume


def produced_of(conn: sqlite3.Connection, home: Home, number: str) -> Produced:
    """Which items of a request have been produced, and what the newest volume holds."""
    items = frozenset(last_fingerprints(conn, number))
    made = productions_of(conn, home, number)
    if not made:
        return Produced(items)
    last = made[-1]
    volume = Volume(
        *(last.volume, last.pages, last.first_bates, last.last_bates),
        *(last.released, last.withheld),
    )
    return Produced(items, volume)
