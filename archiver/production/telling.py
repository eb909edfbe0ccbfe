"""What a request's letters may tell of its productions."""

from __future__ import annotations

import sqlite3

from archiver.config import Home
from archiver.production.ledger import last_fingerprints, productions_of
from archiver.production.readiness import fingerprint
from archiver.production.releasing.going_out import volumes_out
from archiver.production.replacing import replaced_volumes
from archiver.requests.items import items_of
from archiver.requests.letters.facts import Produced, Volume


def produced_of(conn: sqlite3.Connection, home: Home, number: str) -> Produced:
    """Which items of a request have been produced as they are decided now, what the newest volume
    holds, and which volumes have not gone out. What is in a draft alone has not been produced."""
    made = last_fingerprints(conn, number)
    items = frozenset(
        item.id for item in items_of(conn, number) if made.get(item.id) == fingerprint(item)
    )
    volumes = productions_of(conn, home, number)
    if not items or not volumes:
        return Produced(items)
    last = volumes[-1]
    volume = Volume(
        *(last.volume, last.pages, last.first_bates, last.last_bates),
        *(last.released, last.withheld),
    )
    done = {*volumes_out(conn, number), *replaced_volumes(conn, number)}
    waiting = tuple(each.volume for each in volumes if each.volume not in done)
    return Produced(items, volume, waiting)
