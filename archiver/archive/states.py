"""What the archive holds of the records a batch meets, fetched set-wise, and how it compares."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from archiver import clock
from archiver.archive.asking_by_id import rows_of_ids
from archiver.archive.groups import metrics_text
from archiver.archive.ids import id_floor
from archiver.items import Item

_KNOWN = """
    SELECT r.native_id, r.id, r.version_count, r.version_id, r.stable, r.edit_id, r.visibility,
        r.presence, r.removed_at, r.removed_by, r.metrics, r.media_count, r.first_seen_at
    FROM json_each(?) AS wanted
    CROSS JOIN records AS r
        ON r.account_id = ? AND r.kind = ? AND r.native_id = wanted.value
"""
_VERSIONS = """
    SELECT record_id, n, id, edit_id, edit_position, observed_at, late, stable, run_id, original_id
    FROM versions WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY record_id, n
"""

KnownRow = tuple[Any, ...]
"""A row of `_KNOWN`: what most items need be compared with, before a `State` is made of it."""

floor_of = lru_cache(maxsize=4_096)(id_floor)
"""`id_floor`, kept: a batch asks for the same moment when it compares, numbers and writes."""


class Known(NamedTuple):
    """A version the archive holds, as far as new ones are compared with it."""

    n: int
    version_id: int
    edit_id: str | None
    edit_position: int
    observed_at: str
    late: bool
    stable: bytes
    run_id: int
    original_id: int | None

    @property
    def rank(self) -> tuple[int, bool, str, int]:
        """The current version of a record is the one of highest rank."""
        return (self.edit_position, not self.late, self.observed_at, self.n)


class State:
    """The current state of one record while a batch works on it."""

    __slots__ = (
        *("edit_id", "first_seen_at", "id", "is_new", "item", "media_count", "metrics"),
        *("presence", "rank", "removed_at", "removed_by", "stable", "state_changed", "touched"),
        *("version_count", "version_id", "versions", "visibility"),
    )

    def __init__(self, number: int) -> None:
        self.id = number
        self.is_new = True
        self.version_count = 0
        self.version_id = 0
        self.stable = b""
        self.edit_id: str | None = None
        self.visibility: str = ""
        self.presence: str = ""
        self.removed_at: str | None = None
        self.removed_by: str | None = None
        self.metrics: str | None = None
        self.media_count = 0
        self.first_seen_at = ""
        self.versions: list[Known] = []
        self.rank: tuple[int, bool, str, int] | None = None
        self.item: Item | None = None
        self.touched = False
        self.state_changed = False

    @classmethod
    def of(cls, row: KnownRow) -> State:
        """The state of a record the file holds."""
        state = cls(row[1])
        state.is_new = False
        state.version_count, state.version_id, state.stable, state.edit_id = row[2:6]
        state.visibility, state.presence, state.removed_at, state.removed_by = row[6:10]
        state.metrics, state.media_count, state.first_seen_at = row[10:]
        return state

    def take_versions(self, versions: list[Known]) -> None:
        """Take up what the file holds of its versions."""
        self.versions = versions
        self.rank = max((version.rank for version in versions), default=None)

    def told_with(self, edit_id: str | None) -> tuple[bytes, frozenset[bytes]]:
        """The stable form that one of this edit id is compared with, and those of the same edit id
        that one file of one import told beside it: a record told twice, in different words."""
        known = [one for one in self.versions if edit_id is None or one.edit_id == edit_id]
        latest = max(known, key=lambda version: version.rank, default=None)
        if latest is None or latest.original_id is None:
            return b"", frozenset()
        place = (latest.run_id, latest.original_id, edit_id)
        beside = (one for one in known if (one.run_id, one.original_id, one.edit_id) == place)
        return latest.stable, frozenset(one.stable for one in beside)


def known_rows(
    connection: sqlite3.Connection, account_id: int, kind: str, native_ids: Collection[str]
) -> dict[str, KnownRow]:
    """The records of one account and kind that the file holds, by native id, in one query."""
    cursor = connection.cursor()
    cursor.row_factory = None
    found = rows_of_ids(cursor, _KNOWN, native_ids, account_id, kind)
    return {row[0]: row for row in found}


def same_version(row: KnownRow, item: Item, stable: bytes) -> bool:
    """Whether an item is the current version of a record, told without looking further."""
    return bool(row[4] == stable and (item.edit_id is None or item.edit_id == row[5]))


def same_state(row: KnownRow, item: Item) -> bool:
    """Whether an item shows a record in the state it is known in."""
    _, _, _, _, _, _, visibility, presence, removed_at, _, metrics, *_ = row
    return bool(
        item.visibility == visibility
        and item.removed_at == removed_at
        and (removed_at is not None or presence == "present")
        and (not item.metrics or metrics_text(item.metrics) == metrics)
    )


def fetch_versions(connection: sqlite3.Connection, states: Iterable[State]) -> None:
    """Fetch the versions of these records, in one query."""
    by_id = {state.id: state for state in states}
    found: dict[int, list[Known]] = {number: [] for number in by_id}
    wanted = msgspec.json.encode(list(by_id)).decode()
    for row in connection.execute(_VERSIONS, (wanted,)):
        number, *told = row
        found[number].append(Known(*told))
    for number, versions in found.items():
        by_id[number].take_versions(versions)


def without_told_beside(
    items: Sequence[Item], work: list[tuple[int, bytes]], states: Mapping[tuple[str, str], State]
) -> list[tuple[int, bytes]]:
    """The work (places of items with their hashes) without what an import told of a record beside
    the version it is compared with, where the items tell that version too: a download that tells a
    record twice, in different words, does not change it each time it is imported."""
    suspects: dict[tuple[str, str, str | None], tuple[bytes, list[int]]] = {}
    for at, stable in work:
        item = items[at]
        state = states.get((item.kind, item.native_id))
        latest, beside = state.told_with(item.edit_id) if state else (b"", frozenset())
        if stable in beside and stable != latest:
            key = (item.kind, item.native_id, item.edit_id)
            suspects.setdefault(key, (latest, []))[1].append(at)
    if not suspects:
        return work
    dropped: set[int] = set()
    for item in items:
        found = suspects.get((item.kind, item.native_id, item.edit_id))
        if found is not None and sha256(item.stable).digest() == found[0]:
            dropped.update(found[1])
    return [entry for entry in work if entry[0] not in dropped]


def is_held(state: State, item: Item, stable: bytes, observed_at: str, late: bool) -> bool:
    """Whether an item is a version the archive holds already (needs `state.versions`).

    With an edit id it is compared with the latest version of that edit; without one with the
    current version; a late observation with every version.
    """
    versions = state.versions
    if item.edit_id is not None:
        versions = [version for version in versions if version.edit_id == item.edit_id]
        if not versions:
            return False
        latest = max(versions, key=lambda version: version.rank)
        if latest.stable == stable:
            return True
        late = late or observed_at < latest.observed_at
    elif state.stable == stable:
        return True
    else:
        late = late or (state.rank is not None and observed_at < state.rank[2])
    return late and any(version.stable == stable for version in versions)


def moment_of(created_at: str | None, otherwise: str) -> tuple[str, bool]:
    """When a record was made, as stored, and whether that had to be taken from its capture."""
    if created_at is not None:
        try:
            floor_of(created_at)
        except (ValueError, OverflowError):
            return otherwise, True
        if created_at.endswith("Z"):
            return created_at, False
        return clock.to_text(clock.parse(created_at)), False
    return otherwise, True


def by_kind(items: Sequence[Item]) -> Mapping[str, list[str]]:
    """The native ids of items, by kind."""
    groups: dict[str, list[str]] = {}
    for item in items:
        groups.setdefault(item.kind, []).append(item.native_id)
    return groups
