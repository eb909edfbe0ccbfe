"""Which pictures, videos and files of an item somebody has looked at while reviewing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.requests.items import Item


def mark_seen(conn: sqlite3.Connection, item_id: int, position: int, *, person: str) -> None:
    """Note that a person was shown a file of an item in review; a second look adds nothing."""
    known = row(
        conn,
        "SELECT 1 FROM media_seen WHERE item_id = ? AND position = ? AND person = ?",
        item_id,
        position,
        person,
    )
    if known is None:
        with write_transaction(conn):
            conn.execute(
                "INSERT INTO main.media_seen (item_id, position, person, at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (item_id, position, person) DO NOTHING",
                (item_id, position, person, now_text()),
            )


def seen_by(conn: sqlite3.Connection, item_id: int) -> dict[int, list[str]]:
    """Who saw which file of an item, by its position in the record."""
    found: dict[int, list[str]] = {}
    for each in rows(
        conn, "SELECT position, person FROM media_seen WHERE item_id = ? ORDER BY id", item_id
    ):
        found.setdefault(each["position"], []).append(each["person"])
    return found


def items_with_unseen(
    conn: sqlite3.Connection, files: Mapping[str, sqlite3.Connection], items: Sequence[Item]
) -> dict[int, int]:
    """The items with files nobody has looked at in review, with how many, by item id."""
    held: dict[tuple[str, int], set[int]] = {}
    for file, connection in files.items():
        wanted = [item.version_id for item in items if item.file == file]
        for version_id, position in _held(connection, wanted):
            held.setdefault((file, version_id), set()).add(position)
    seen: dict[int, set[int]] = {}
    for each in rows(
        conn,
        "SELECT item_id, position FROM media_seen "
        "WHERE item_id IN (SELECT value FROM json_each(?))",
        json.dumps([item.id for item in items]),
    ):
        seen.setdefault(each["item_id"], set()).add(each["position"])
    unseen = {
        item.id: len(held.get((item.file, item.version_id), set()) - seen.get(item.id, set()))
        for item in items
    }
    return {item_id: count for item_id, count in unseen.items() if count}


def _held(connection: sqlite3.Connection, version_ids: Sequence[int]) -> list[tuple[int, int]]:
    """The files of versions of which the archive holds the bytes, those that came later included,
    as (version id, position)."""
    found = connection.execute(
        """
        SELECT version_id, position FROM record_media AS media
        WHERE version_id IN (SELECT value FROM json_each(?)) AND (sha256 IS NOT NULL OR EXISTS (
            SELECT 1 FROM events WHERE events.record_id = media.record_id
                AND what = 'media received' AND json_extract(detail, '$.key') = media.key
        ))
        """,
        (json.dumps(version_ids),),
    )
    return [(each[0], each[1]) for each in found]
