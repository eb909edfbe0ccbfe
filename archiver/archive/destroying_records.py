"""Destroying records: every version, event and counter, the search index, and their media."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from archiver.archive.destroying_bytes import words_of
from archiver.archive.dooming import Act, Destroyed, Doomed, all_rows, ids_text, said_of
from archiver.archive.indexing import forget_moments, index_removed
from archiver.archive.pairs import kept_of
from archiver.archive.pairs_dropping import drop_group_of
from archiver.archive.tombstones import Graveyard


def destroy_records(act: Act, wanted: Mapping[int, Doomed]) -> Destroyed:
    """Records with all that belongs to them, and media nothing names any more."""
    ids = ids_text(wanted)
    rows = act.all(
        """
        SELECT r.id, r.account_id, r.kind, r.native_id, l.hash FROM records AS r
        JOIN versions AS v ON v.id = r.version_id JOIN leaves AS l ON l.seq = v.leaf
        WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY r.id
        """,
        ids,
    )
    act.check(wanted, {row[0]: row[4] for row in rows})
    pictures = _pictures(act, ids)
    graveyard = act.graveyard(act.access)
    for number, account_id, kind, native_id, leaf in rows:
        said = said_of(wanted[number])
        identity = act.identity(account_id, kind, native_id)
        graveyard.add(
            *("record", number),
            leaf_seq=None,
            leaf=leaf,
            record_id=number,
            said=said,
            identity=identity,
        )
    counts = {}
    for kind, table in (("version", "versions"), ("event", "events"), ("metrics", "metrics")):
        parts = act.all(
            f"""
            SELECT t.id, t.record_id, t.leaf, l.hash FROM {table} AS t
            JOIN leaves AS l ON l.seq = t.leaf
            WHERE t.record_id IN (SELECT value FROM json_each(?)) ORDER BY t.id
            """,
            ids,
        )
        counts[table] = len(parts)
        for number, record_id, seq, leaf in parts:
            graveyard.add(kind, number, leaf_seq=seq, leaf=leaf, record_id=record_id)
    _note_cursors(act, graveyard, rows)
    graveyard.close()
    _delete_records(act, ids, [row[0] for row in rows])
    media = bury_unused_media(act, graveyard, pictures)
    return Destroyed(records=len(rows), media=media, **counts)


def _delete_records(act: Act, ids: str, numbers: Sequence[int]) -> None:
    hidden = kept_of(act.connection, numbers)
    index_removed(act.connection, [number for number in numbers if number not in hidden])
    forget_moments(act.connection, hidden)
    drop_group_of(act.connection, numbers)
    act.connection.execute(
        """
        DELETE FROM record_media WHERE version_id IN (
            SELECT id FROM versions WHERE record_id IN (SELECT value FROM json_each(?)))
        """,
        (ids,),
    )
    for table, column in (
        ("events", "record_id"),
        ("metrics", "record_id"),
        ("versions", "record_id"),
        ("records", "id"),
    ):
        act.connection.execute(
            f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", (ids,)
        )


def _pictures(act: Act, ids: str) -> set[bytes]:
    """The hashes of all media these records show or were sent later."""
    shown = act.all(
        """
        SELECT DISTINCT sha256 FROM record_media WHERE sha256 IS NOT NULL AND version_id IN (
            SELECT id FROM versions WHERE record_id IN (SELECT value FROM json_each(?)))
        """,
        ids,
    )
    later = act.all(
        """
        SELECT json_extract(detail, '$.sha256') FROM events
        WHERE what = 'media received' AND record_id IN (SELECT value FROM json_each(?))
        """,
        ids,
    )
    return {row[0] for row in shown} | {bytes.fromhex(row[0]) for row in later}


def bury_unused_media(act: Act, graveyard: Graveyard, pictures: Collection[bytes]) -> int:
    """Of these media (SHA-256) those that nothing names any more; how many there were."""
    unused = []
    for digest in sorted(pictures):
        unused += act.all(
            """
            SELECT m.id, m.sha256, m.leaf, l.hash FROM media AS m
            JOIN leaves AS l ON l.seq = m.leaf
            WHERE m.sha256 = ?1
                AND NOT EXISTS (SELECT 1 FROM record_media AS r WHERE r.sha256 = ?1)
                AND NOT EXISTS (
                    SELECT 1 FROM events
                    WHERE what = 'media received' AND json_extract(detail, '$.sha256') = ?2)
            """,
            digest,
            digest.hex(),
        )
    for number, digest, seq, leaf in unused:
        made = graveyard.add("media", number, leaf_seq=seq, leaf=leaf)
        graveyard.leave("media", digest.hex(), made)
    graveyard.close()
    act.delete("media", [row[0] for row in unused])
    return len(unused)


def _note_cursors(act: Act, graveyard: Graveyard, rows: Sequence[tuple[Any, ...]]) -> None:
    """Sources remember where they go on, now and then by a record's own id."""
    positions = dict[int, str]()
    for account_id, value in all_rows(act.archive.public, "SELECT account_id, value FROM cursors"):
        positions[account_id] = positions.get(account_id, "") + value
    for _, account_id, _, native_id, _ in rows:
        if any(word in positions.get(account_id, "") for word in words_of(native_id)):
            named = msgspec.json.encode([account_id, native_id]).decode()
            graveyard.leave("cursors", named)
