"""Free chronological ids for many new records at once (DESIGN §6; `ids` says what an id means)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from archiver.archive.ids import SLOTS_PER_SECOND, note_moment
from archiver.archive.states import floor_of

_TAKEN = """
    SELECT id FROM records WHERE id IN (SELECT value FROM json_each(:ids))
    UNION ALL
    SELECT ref FROM tombstones WHERE kind = 'record' AND ref IN (SELECT value FROM json_each(:ids))
"""
_AFTER_RUN = """
    SELECT t.id + 1 FROM records t
    WHERE t.id >= ? AND NOT EXISTS (SELECT 1 FROM records n WHERE n.id = t.id + 1)
    ORDER BY t.id LIMIT 1
"""


class IdGiver:
    """Gives out ids inside one write transaction; what it gave stays taken until the end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._given: set[int] = set()
        self._next: dict[int, int] = {}

    def take(self, moments: Sequence[str]) -> list[int]:
        """An id for each moment, in order: the first free one at or after it.

        Raises ValueError where a moment is no time.
        """
        floors = [floor_of(moment) for moment in moments]
        wanted = [self._free_here(floor) for floor in floors]
        given = self._given
        taken = self._taken(wanted)
        if taken:
            given.difference_update(wanted)
            given.update(free for free in wanted if free not in taken)
            for at, free in enumerate(wanted):
                if free in taken:
                    wanted[at] = self._free_anywhere(free)
                    self._next[floors[at]] = wanted[at] + 1
        for free, floor, moment in zip(wanted, floors, moments, strict=True):
            if free // SLOTS_PER_SECOND != floor // SLOTS_PER_SECOND:
                note_moment(self._connection, free, moment)
        return wanted

    def _free_here(self, floor: int) -> int:
        """The first number at or after a floor that was not given out in this transaction."""
        free = self._next.get(floor, floor)
        while free in self._given:
            free += 1
        self._given.add(free)
        self._next[floor] = free + 1
        return free

    def _taken(self, wanted: Sequence[int]) -> set[int]:
        ids = msgspec.json.encode(wanted).decode()
        return {int(row[0]) for row in self._connection.execute(_TAKEN, {"ids": ids})}

    def _free_anywhere(self, candidate: int) -> int:
        while True:
            while candidate in self._given:
                candidate += 1
            if not self._taken([candidate]):
                self._given.add(candidate)
                return candidate
            after = self._connection.execute(_AFTER_RUN, (candidate,)).fetchone()
            candidate = max(candidate + 1, int(after[0]) if after else 0)
