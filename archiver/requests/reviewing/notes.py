"""What the people who review tell each other about an item. It never leaves the building: nothing
that is produced, exported or printed reads these rows."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver.clock import now_text
from archiver.database import rows, write_transaction
from archiver.errors import InputError
from archiver.requests.decisions import require_items
from archiver.requests.intake import note, open_request

LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class ItemNote:
    """A note on an item; `at` is UTC."""

    id: int
    at: str
    actor: str
    text: str


def add_note(conn: sqlite3.Connection, number: str, item_id: int, text: str, *, actor: str) -> None:
    """Add an internal note to an item of an open request.

    Raises InputError where it is empty, too long or the item is not the request's.
    """
    words = written(text)
    with write_transaction(conn):
        request = open_request(conn, number)
        require_items(conn, request, [item_id])
        conn.execute(
            "INSERT INTO main.item_notes (item_id, at, actor, text) VALUES (?, ?, ?, ?)",
            (item_id, now_text(), actor, words),
        )
        note(conn, request, actor=actor, kind="item noted", detail={"item": item_id})


def notes_of(conn: sqlite3.Connection, item_id: int) -> list[ItemNote]:
    """The internal notes on an item, oldest first."""
    found = rows(
        conn, "SELECT id, at, actor, text FROM item_notes WHERE item_id = ? ORDER BY id", item_id
    )
    return [ItemNote(*each) for each in found]


def written(text: str) -> str:
    """Words a person wrote, without the space around them.

    Raises InputError where nothing is left or it is longer than a page can hold.
    """
    words = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not words:
        raise InputError("nothing was written: write it down, then save")
    if len(words) > LONGEST:
        raise InputError(f"longer than {LONGEST:,} characters: shorten it")
    return words
