"""What is doomed, what came of it, and one act of destroying: what its parts share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from archiver.archive.keys import tombstone_key
from archiver.archive.store import Archive
from archiver.archive.tombstones import ROW_OF, WITHDRAWN, Authority, Graveyard, identity_of
from archiver.errors import RuleError
from archiver.items import Access


@dataclass(frozen=True, slots=True)
class Doomed:
    """A holding as it was frozen. `kind` is record, subscriber, original or unread, `leaf` the leaf
    in hex: of a record's current version, else of the row. What follows it stays on the tombstone.
    """

    kind: str
    id: int
    leaf: str
    series: str | None = None
    cutoff_on: str | None = None
    retain_until: str | None = None


class Changed(RuleError):
    """A holding is no longer what was frozen; `doomed` tells which."""

    def __init__(self, message: str, doomed: Doomed) -> None:
        super().__init__(message)
        self.doomed = doomed


@dataclass(frozen=True, slots=True)
class Destroyed:
    """How much went: holdings by kind, what belonged to them, and how many were gone already."""

    records: int = 0
    versions: int = 0
    events: int = 0
    metrics: int = 0
    media: int = 0
    subscribers: int = 0
    originals: int = 0
    unread: int = 0
    already: int = 0

    def __add__(self, other: Destroyed) -> Destroyed:
        """What two slices destroyed together."""
        return Destroyed(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )


class Act:
    """One call of `destroy`: what is the same for everything it destroys."""

    def __init__(self, archive: Archive, access: Access, authority: Authority, now: str) -> None:
        self.archive = archive
        self.access = access
        self.authority = authority
        self.now = now
        self.key = tombstone_key(archive.home.keys)
        self.connection = archive.file(access)
        self.name = archive.home.database(access).name

    def graveyard(self, access: Access) -> Graveyard:
        """Open the tombstones of a file, and note that it is to be scrubbed."""
        opened = Graveyard(self.archive.file(access), self.authority, self.now)
        opened.leave("scrub", "")
        return opened

    def identity(self, account_id: int, kind: str, native_id: str) -> bytes | None:
        """By what it is known again when it is met again; None for what was withdrawn, which may
        come again."""
        if self.authority.act == WITHDRAWN:
            return None
        return identity_of(self.key, account_id, kind, native_id)

    def gone(self, kind: str, ids: Iterable[int]) -> set[int]:
        """Which of these holdings have their tombstone."""
        found = self.connection.execute(
            """
            SELECT ref FROM tombstones
            WHERE kind = ? AND ref IN (SELECT value FROM json_each(?))
            """,
            (ROW_OF[kind], ids_text(ids)),
        )
        return {row[0] for row in found}

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query on the file, as tuples."""
        return all_rows(self.connection, sql, *values)

    def check(self, wanted: Mapping[int, Doomed], leaves: Mapping[int, bytes]) -> None:
        """Raise Changed where something is not what was frozen."""
        for number, one in wanted.items():
            if number not in leaves:
                what = "is not there and has no tombstone"
            elif leaves[number].hex() != one.leaf:
                what = "is no longer what was decided on"
            else:
                continue
            raise Changed(
                f"{one.kind} {number} of {self.name} {what}: nothing was destroyed; "
                "take it out of the batch or decide on it again",
                one,
            )

    def delete(self, table: str, numbers: Iterable[int]) -> None:
        """Delete rows of the file; their tombstones must be written."""
        self.connection.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))",
            (ids_text(numbers),),
        )


def said_of(one: Doomed) -> dict[str, Any]:
    """What its tombstone says of a holding."""
    return {
        "series": one.series,
        "cutoff_on": one.cutoff_on,
        "retain_until": one.retain_until,
    }


def ids_text(ids: Iterable[int]) -> str:
    """Numbers as `json_each` takes them."""
    return msgspec.json.encode(list(ids)).decode()


def all_rows(connection: sqlite3.Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """All rows of a query, as tuples."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()
