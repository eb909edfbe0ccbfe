"""Verify, part four: what was destroyed. Every tombstone against the leaf it stands for, nothing
beside its tombstone, and nothing left to do on the disk."""

from __future__ import annotations

import sqlite3
from typing import Any

from archiver.archive.findings import Findings
from archiver.archive.store import Archive
from archiver.archive.tombstones import ACTS, CLOSING, TABLES, WITHDRAWN
from archiver.items import Access

_PLURAL = {
    "record": "records",
    "version": "versions",
    "event": "events",
    "metrics": "counters",
    "media": "media",
    "exchange": "exchanges",
    "original": "originals",
    "skipped": "unread",
    "subscriber": "subscribers",
    CLOSING: "ends of intervals",
    "subscriber count": "counts of people",
    "coverage": "statements of coverage",
    "resighting": "resightings",
}
_LEAF_OF = {
    "media": ("media", "salted media"),
    "skipped": ("skipped", "salted skipped"),
    CLOSING: ("subscriber end",),
}
_LEFT = {
    "exchange": "the bytes of an exchange are not overwritten yet",
    "media": "the file of a picture or video is not unlinked yet",
    "original": "the file of an original is not unlinked yet",
    "cursors": "a source still remembers a destroyed record",
}


def check_destroyed(archive: Archive, access: Access, findings: Findings) -> None:
    """Every tombstone of a file."""
    name = archive.home.database(access).name
    connection = archive.file(access)
    findings.tell(f"{name}: tombstones", 0, None)
    _count(connection, findings)
    for check in (_leaves, _beside, _parts, _twice, _resightings, _left):
        for place, row, what in check(connection):
            findings.add(f"{name}, {place}", row, what)


def _all(connection: sqlite3.Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()


def _count(connection: sqlite3.Connection, findings: Findings) -> None:
    """How much went, by act and number."""
    for kind, act, number, count in _all(
        connection,
        """
        SELECT kind, json_extract(detail, '$.act'), json_extract(detail, '$.batch'), count(*)
        FROM tombstones GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
    ):
        if kind in _PLURAL:
            under = f"under {number}" if number else "by law"
            said = act if act in ACTS else "destroyed"
            findings.checked[f"{_PLURAL[kind]} {said} {under}"] += count


def _leaves(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """A tombstone stands for one leaf, and holds that leaf; a record's for its versions'."""
    found = []
    for number, kind, seq, leaf, stands in _all(
        connection,
        """
        SELECT t.id, t.kind, t.leaf_seq, l.kind, l.hash IS t.leaf_hash FROM tombstones AS t
        LEFT JOIN leaves AS l ON l.seq = t.leaf_seq
        WHERE t.kind <> 'record' ORDER BY t.id
        """,
    ):
        row = f"tombstone {number}"
        if kind not in TABLES and kind != CLOSING:
            found.append(("tombstones", row, "it stands for nothing the archive has"))
        elif seq is None or leaf not in _LEAF_OF.get(kind, (kind,)):
            found.append(("tombstones", row, "there is no such leaf"))
        elif not stands:
            found.append(("tombstones", row, "it does not hold the leaf it stands for"))
    for number, sealed in _all(
        connection,
        """
        WITH version (record_id, leaf_hash) AS MATERIALIZED (
            SELECT record_id, leaf_hash FROM tombstones WHERE kind = 'version')
        SELECT t.id, t.leaf_seq FROM tombstones AS t
        LEFT JOIN version AS v ON v.record_id = t.ref AND v.leaf_hash = t.leaf_hash
        WHERE t.kind = 'record' AND (t.leaf_seq IS NOT NULL OR t.record_id <> t.ref
            OR v.record_id IS NULL
            OR length(t.identity) IS NOT iif(json_extract(t.detail, '$.act') = ?, NULL, 32))
        """,
        WITHDRAWN,
    ):
        what = (
            "it is not that of a record's version" if sealed is None else "it has a leaf of its own"
        )
        found.append(("tombstones", f"tombstone {number}", what))
    return found


def _beside(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """What has its tombstone must not be there."""
    found = []
    for kind, table in TABLES.items():
        for (number,) in _all(
            connection,
            f"""
            SELECT t.ref FROM tombstones AS t JOIN {table} AS r ON r.id = t.ref
            WHERE t.kind = ? ORDER BY t.ref
            """,
            kind,
        ):
            found.append((table, f"row {number}", "it is there although it was destroyed"))
    return found


def _parts(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """A version, event or counter goes only with its record, or with the import that brought it."""
    return [
        ("tombstones", f"tombstone {number}", "its record has no tombstone")
        for (number,) in _all(
            connection,
            """
            SELECT t.id FROM tombstones AS t WHERE t.kind IN ('version', 'event', 'metrics')
                AND json_extract(t.detail, '$.act') IS NOT ?
                AND NOT EXISTS (
                    SELECT 1 FROM tombstones AS r WHERE r.kind = 'record' AND r.ref = t.record_id)
            """,
            WITHDRAWN,
        )
    ]


def _twice(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return [
        ("tombstones", f"tombstone {number}", "another stands for the same leaf")
        for (number,) in _all(
            connection,
            """
            SELECT max(id) FROM tombstones WHERE leaf_seq IS NOT NULL
            GROUP BY leaf_seq HAVING count(*) > 1
            """,
        )
    ]


def _resightings(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return [
        ("resightings", f"row {number}", "there is no such tombstone")
        for (number,) in _all(
            connection,
            """
            SELECT r.id FROM resightings AS r LEFT JOIN tombstones AS t ON t.id = r.tombstone_id
            WHERE t.id IS NULL
            """,
        )
    ]


def _left(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """What is still to be done on the disk (the search index's old pages are no finding: `scrub`
    waits for readers)."""
    return [
        ("unfinished", f"row {number}", _LEFT[what])
        for number, what in _all(
            connection, "SELECT id, what FROM unfinished WHERE what <> 'scrub' ORDER BY id"
        )
    ]
