"""Letting records stand as what is left of their versions, events and counters says."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from archiver.archive.current import DERIVED, STATE_EVENTS, StateEvent, VersionFacts, derive
from archiver.archive.dooming import all_rows, ids_text
from archiver.archive.groups import read_author, read_details, read_place
from archiver.archive.ids import note_moment
from archiver.archive.indexing import index_changed
from archiver.archive.rebuilding import index_rows, media_facts

_UPDATE = f"""
    UPDATE records SET {", ".join(f"{column} = ?" for column in DERIVED)}, retention_rule = NULL
    WHERE id = ?
"""
_CREATED_AT = DERIVED.index("created_at")


def restand(connection: sqlite3.Connection, record_ids: Sequence[int]) -> None:
    """Derive these records anew, with their place in time and in the search index; retention looks
    at them anew. Inside the caller's transaction; each must have a version left."""
    ids = ids_text(record_ids)
    versions: dict[int, list[VersionFacts]] = {}
    for record_id, *row in all_rows(
        connection,
        """
        SELECT record_id, id, n, stable, text, author, place, details, media FROM versions
        WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY record_id, n
        """,
        ids,
    ):
        versions.setdefault(record_id, []).append(_facts(row))
    events: dict[int, list[StateEvent]] = {}
    for record_id, what, at, detail in all_rows(
        connection,
        """
        SELECT record_id, what, at, detail FROM events
        WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY id
        """,
        ids,
    ):
        if what in STATE_EVENTS:
            events.setdefault(record_id, []).append(StateEvent(what, at, detail))
    counters = dict(
        all_rows(
            connection,
            """
            SELECT record_id, counters FROM metrics
            WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY id
            """,
            ids,
        )
    )
    for number in record_ids:
        values = derive(versions[number], events.get(number, ()), counters.get(number))
        connection.execute(_UPDATE, (*values, number))
        note_moment(connection, number, values[_CREATED_AT])
    index_changed(connection, list(index_rows(connection, record_ids)))


def _facts(row: Sequence[Any]) -> VersionFacts:
    number, n, stable, text, author, place, details, media = row
    return VersionFacts(
        *(number, n, stable, text, read_author(author), read_place(place)),
        *(read_details(details), media_facts(media)),
    )
