"""What was destroyed and is met again: known by its tombstone, never taken in again, flagged once.

A platform goes on showing what the city has destroyed, and a new download holds it still. It must
not come back in silence: whoever hands it in is told, and the first time is written down beside the
tombstone, for the records manager to look at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from archiver.archive.keys import tombstone_key
from archiver.archive.rows import RowWriter
from archiver.archive.store import Archive
from archiver.archive.stored_text import to_stored
from archiver.archive.tombstones import Tombstone, identity_of, tombstone_by_id
from archiver.items import Access, Item

AT_ONCE = 500
Name = tuple[str, str]
"""Kind and native id, as stored."""


class Gone(NamedTuple):
    """Something that was destroyed: where its tombstone stands, and under which number."""

    access: Access
    tombstone_id: int
    number: str


class Resighting(NamedTuple):
    """That something destroyed was met again: its tombstone, by which run of which account and
    source, when (UTC)."""

    tombstone: Tombstone
    run_id: int
    account_id: int
    source: str
    at: str


class Memory:
    """Knows what was destroyed. Made by `memory_of`."""

    def __init__(self, archive: Archive, files: Sequence[Access]) -> None:
        self._key = tombstone_key(archive.home.keys)
        self._files = {access: archive.file(access) for access in files}

    def among(self, account_id: int, names: Iterable[Name]) -> dict[Name, Gone]:
        """Those of these names that were destroyed."""
        identities = {identity_of(self._key, account_id, *name): name for name in names}
        wanted = list(identities)
        found: dict[Name, Gone] = {}
        for access, connection in self._files.items():
            cursor = connection.cursor()
            cursor.row_factory = None
            for start in range(0, len(wanted), AT_ONCE):
                some = wanted[start : start + AT_ONCE]
                marks = ", ".join("?" * len(some))
                for number, identity, under in cursor.execute(
                    f"""
                    SELECT id, identity, json_extract(detail, '$.batch') FROM tombstones
                    WHERE identity IN ({marks})
                    """,
                    some,
                ):
                    found[identities[identity]] = Gone(access, number, under or "")
        return found

    def of_items(self, account_id: int, items: Iterable[Item]) -> dict[Name, Gone]:
        """Those of these items that were destroyed, by their names (`name_of`)."""
        return self.among(account_id, [name_of(item) for item in items])


def name_of(item: Item) -> Name:
    """By what an item is known."""
    return item.kind.value, to_stored(item.native_id)


def memory_of(archive: Archive) -> Memory | None:
    """The memory of an archive; None where nothing that could be met again was destroyed, which
    costs one look in each file. Raises HomeError where the key of the tombstones is missing."""
    files = [access for access in Access if _has_identities(archive.file(access))]
    return Memory(archive, files) if files else None


def _has_identities(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM tombstones WHERE identity IS NOT NULL LIMIT 1")
    return found.fetchone() is not None


def destroyed_before(archive: Archive, account_id: int, items: Sequence[Item]) -> list[str | None]:
    """For each item the number under which it was destroyed; None where it was not."""
    memory = memory_of(archive)
    if memory is None:
        return [None] * len(items)
    gone = memory.of_items(account_id, items)
    return [gone[name].number if (name := name_of(item)) in gone else None for item in items]


def flag(rows: RowWriter, tombstone_id: int, run_id: int, at: str) -> None:
    """Write down that something destroyed was met again, the first time it is. `rows` is of the
    file of the tombstone."""
    rows.flush()
    found = rows.connection.execute(
        "SELECT 1 FROM resightings WHERE tombstone_id = ?", (tombstone_id,)
    ).fetchone()
    if found is None:
        rows.add("resighting", tombstone_id, run_id, at)
        rows.flush()


def resightings(archive: Archive) -> Iterator[Resighting]:
    """What was met again after it was destroyed, archive.db's first, oldest first."""
    for access in Access:
        connection = archive.file(access)
        for row in connection.execute(
            """
            SELECT s.tombstone_id, s.run_id, r.account_id, r.source, s.at
            FROM resightings AS s JOIN runs AS r ON r.id = s.run_id ORDER BY s.id
            """
        ).fetchall():
            yield Resighting(tombstone_by_id(connection, access, row[0]), *tuple(row)[1:])
