"""Tombstones: what stays of what was destroyed. Who, what and why, and never a word of it.

A tombstone names the row that went (kind and number), its leaf (which the seals still cover), by
which act and authority, and for a record its series and dates. `identity` is a keyed digest of the
platform's id, so that a capture knows what was destroyed and nobody without the home's secret does.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.archive.rows import RowWriter
from archiver.archive.store import Archive
from archiver.items import Access

WITHDRAWN = "withdrawn"
"""The act of a tombstone of what an import brought and that was taken back with it: it may come
again."""

ACTS = ("destroyed", "transferred", "removed", WITHDRAWN)
NO_RECORD = 0
"""What stands in `record_id` where a thing belongs to no record, or to several."""

ROW_OF = {
    "record": "record",
    "subscriber": "subscriber",
    "original": "original",
    "unread": "skipped",
}
"""The kind of tombstone for each kind of holding."""

TABLES = {
    "record": "records",
    "version": "versions",
    "event": "events",
    "metrics": "metrics",
    "media": "media",
    "exchange": "exchanges",
    "original": "originals",
    "skipped": "skipped",
    "subscriber": "subscribers",
    "subscriber end": "subscribers",
    "coverage": "coverage",
    "subscriber count": "subscriber_counts",
    "resighting": "resightings",
}
"""The table in which a row of each kind stood."""

CLOSING = "closing"
"""The tombstone of the end of an interval that stands open again: `ref` is the number of the leaf,
because one interval can be closed and opened again more than once."""

_COLUMNS = "id, kind, ref, record_id, leaf_seq, leaf_hash, at, authority, detail"


@dataclass(frozen=True, slots=True)
class Authority:
    """On what a destruction rests: the batch's or removal's `number`, the `act` (one of `ACTS`) and
    the `words` that every tombstone carries."""

    number: str
    act: str
    words: str

    def __post_init__(self) -> None:
        """Raises ValueError where the act is no word of the archive or something is missing."""
        if self.act not in ACTS or not self.number or not self.words:
            raise ValueError(f"no authority: {self.act!r} under {self.number!r}")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays of one row. `kind` is one of `TABLES`, `ref` the number it had, `leaf` in hex.

    `detail` holds what else is said: for an exchange its place and the hash of what stands there.
    """

    access: Access
    id: int
    kind: str
    ref: int
    record_id: int
    leaf_seq: int | None
    leaf: str | None
    at: str
    authority: str
    number: str
    act: str
    series: str | None
    cutoff_on: str | None
    retain_until: str | None
    detail: Mapping[str, Any]


def identity_of(key: bytes, account_id: int, kind: str, native_id: str) -> bytes:
    """The keyed digest by which something destroyed is known again (HMAC-SHA256)."""
    named = msgspec.json.encode((account_id, str(kind), native_id))
    return hmac.digest(key, named, "sha256")


class Graveyard:
    """Writes tombstones of one act into one file, inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, authority: Authority, now: str) -> None:
        self.rows = RowWriter(connection)
        self.connection = connection
        self._authority = authority
        self._now = now

    def add(
        self,
        kind: str,
        ref: int,
        *,
        leaf_seq: int | None,
        leaf: bytes,
        record_id: int = NO_RECORD,
        said: Mapping[str, Any] | None = None,
        identity: bytes | None = None,
    ) -> int:
        """Collect a tombstone; its number."""
        about = {"act": self._authority.act, "batch": self._authority.number, **(said or {})}
        text = msgspec.json.encode(about, order="sorted").decode()
        return self.rows.add(
            *("tombstone", kind, ref, record_id, leaf_seq, leaf, self._now),
            *(self._authority.words, text, identity),
        )

    def leave(self, what: str, name: str, tombstone_id: int | None = None) -> None:
        """Note what is to be done on the disk once this is committed."""
        self.connection.execute(
            "INSERT OR IGNORE INTO unfinished (what, tombstone_id, name) VALUES (?, ?, ?)",
            (what, tombstone_id, name),
        )

    def close(self) -> None:
        """Write what was collected; the rows may go then."""
        self.rows.flush()


def is_destroyed(archive: Archive, access: Access, kind: str, ref: int) -> Tombstone | None:
    """The tombstone of a holding (record, subscriber, original, unread) or of a row of another kind
    (`TABLES`); None where there is none."""
    cursor = archive.file(access).cursor()
    cursor.row_factory = None
    found = cursor.execute(
        f"SELECT {_COLUMNS} FROM tombstones WHERE kind = ? AND ref = ?",
        (ROW_OF.get(kind, kind), ref),
    ).fetchone()
    return None if found is None else _tombstone(access, found)


def tombstones_of(archive: Archive, number: str) -> Iterator[Tombstone]:
    """All tombstones of a batch or removal, archive.db's first, in the order they were made."""
    for access in Access:
        cursor = archive.file(access).cursor()
        cursor.row_factory = None
        cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM tombstones
            WHERE detail IS NOT NULL AND json_extract(detail, '$.batch') = ? ORDER BY id
            """,
            (number,),
        )
        while block := cursor.fetchmany(1_000):
            for row in block:
                yield _tombstone(access, row)


def tombstone_by_id(connection: sqlite3.Connection, access: Access, number: int) -> Tombstone:
    """A tombstone by its own number. Raises KeyError where there is none."""
    cursor = connection.cursor()
    cursor.row_factory = None
    found = cursor.execute(f"SELECT {_COLUMNS} FROM tombstones WHERE id = ?", (number,)).fetchone()
    if found is None:
        raise KeyError(number)
    return _tombstone(access, found)


def _tombstone(access: Access, row: tuple[Any, ...]) -> Tombstone:
    number, kind, ref, record_id, leaf_seq, leaf, at, authority, detail = row
    said = {} if detail is None else msgspec.json.decode(detail)
    return Tombstone(
        *(access, number, kind, ref, record_id, leaf_seq, leaf.hex() if leaf else None),
        *(at, authority, str(said.get("batch", "")), str(said.get("act", "destroyed"))),
        *(said.get("series"), said.get("cutoff_on"), said.get("retain_until"), said),
    )
