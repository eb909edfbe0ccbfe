"""Marking every record with its series and the day it is kept until. Marks only: nothing here, and
nothing that runs by itself, ever destroys (DESIGN §7 rule 2)."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver.archive.retention_marks import Carried, Cause, Marking, mark
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import rows
from archiver.items import Access
from archiver.register.accounts import Account
from archiver.register.office import open_office
from archiver.retention.basis import accounts_to_renew, cause_of, remember
from archiver.retention.facts import Marked, Reader, Seen
from archiver.retention.in_force import schedule_in_force as schedule_in_force
from archiver.retention.rules import Ruling
from archiver.retention.ruling import Ruler, mark_under
from archiver.retention.schedules import Schedule
from archiver.retention.schema import migrate_retention
from archiver.retention.timekeeping import check_clock

BATCH = 5_000
"""So many records are looked at in one transaction: some fifty milliseconds of the writer lock."""
_WRITING = 1.0
_REST = 0.05
"""After so many seconds of writing the lock is left alone for so many, in which another program
that waits for it (it looks every 20 ms) gets its turn."""
_NEW = Cause("[]", own=True)
_OWN: Mapping[str, str] = {
    "gone": "record removed",
    "hidden": "record hidden",
    "edited": "record edited",
    "reappeared": "record back on the platform",
    "confirmed": "record back on the platform",
    "unhidden": "record shown again",
    "visibility": "visibility of the record changed",
    "unknown": "record could not be confirmed",
}

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class MarkReport:
    """What a marking did: `marked` records got a new mark, `unchanged` were looked at again and
    stayed, `without_series` of both are in no series and are kept. `series` counts by code;
    `moved` counts the days that changed for records marked before."""

    schedule: str
    marked: int
    unchanged: int
    without_series: int
    series: Mapping[str, int]
    moved: int = 0


def mark_all(
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    *,
    progress: Progress | None = None,
    accept_clock: bool = False,
    actor: str = "retention",
) -> MarkReport:
    """Mark what has no valid mark: new records, records whose facts changed, and every record of
    an account for which the schedule or the account itself (closed, moved) has changed since.

    Writes in batches; killed at any moment, the next call goes on. Costs nothing for what has not
    changed. Raises InputError where the schedule cannot be read, RuleError where it is not in
    force yet or made for another kind of agency, and ClockError, a RuleError, where the machine's
    clock cannot be right; `accept_clock` is a person's word (`actor`) that it is.
    """
    office = open_office(archive.home)
    try:
        migrate_retention(office)
        check_clock(archive, office, accept=accept_clock, actor=actor)
        schedule = schedule_in_force(settings, archive.home.path)
        marking = _Marking(archive, Ruler(schedule, accounts), settings.time_zone, progress)
        for access in Access:
            moved = accounts_to_renew(office, archive.file(access), access, schedule, accounts)
            marking.mark_new(access, moved)
            if moved:
                marking.mark_again(access, moved)
            remember(office, access, schedule, accounts)
    finally:
        office.close()
    return marking.report(f"{schedule.id}@{schedule.version}")


class _Marking:
    """Goes through the records that need a mark and keeps count."""

    def __init__(
        self, archive: Archive, ruler: Ruler, time_zone: str, progress: Progress | None
    ) -> None:
        self._archive = archive
        self._ruler = ruler
        self._time_zone = time_zone
        self._progress = progress
        self._rested = time.monotonic()
        self._series: Counter[str | None] = Counter()
        self._marked = self._unchanged = self._moved = 0

    def mark_new(self, access: Access, moved: Mapping[int, Cause]) -> None:
        """Mark what has no valid mark, but for the accounts that are walked whole anyway."""
        reader = Reader(self._archive.file(access), self._time_zone)
        last: int | None = None
        while reader.unmarked(last, 1):
            with self._archive.writer():
                batch = reader.unmarked(last, BATCH)
                self._take(access, [each for each in batch if each.account_id not in moved], moved)
            self._told()
            if len(batch) < BATCH:
                return
            last = batch[-1].record_id

    def mark_again(self, access: Access, moved: Mapping[int, Cause]) -> None:
        """Walk all records of some accounts. By ids and not by accounts: the file is then read and
        written from its one end to the other, each page once."""
        reader = Reader(self._archive.file(access), self._time_zone)
        for low, high in reader.spans(BATCH):
            with self._archive.writer():
                self._take(access, reader.between(low, high, list(moved)), moved)
            self._told()

    def report(self, schedule: str) -> MarkReport:
        """What was done."""
        counts = {code: count for code, count in self._series.items() if code is not None}
        return MarkReport(
            schedule=schedule,
            marked=self._marked,
            unchanged=self._unchanged,
            without_series=self._series[None],
            series=dict(sorted(counts.items())),
            moved=self._moved,
        )

    def _take(self, access: Access, batch: Sequence[Seen], moved: Mapping[int, Cause]) -> None:
        """Mark a batch, read in the transaction it is written in: a capture of another program
        cannot come in between and have its change covered by an older ruling."""
        conn, mark_of = self._archive.file(access), self._ruler.mark_of
        wanted = [mark_of(record) for record in batch]
        self._series.update(after.series for after in wanted)
        markings = []
        for record, after in zip(batch, wanted, strict=True):
            number, before, alike = record
            if before == after:
                continue
            cause = moved.get(alike[0], _NEW)
            if before.retention_rule is None:
                cause = _NEW if before.series is None else _own_cause(conn, number, cause)
            markings.append(Marking(number, before, after, cause))
        if markings:
            self._moved += mark(conn, markings)
        self._marked += len(markings)
        self._unchanged += len(batch) - len(markings)

    def _told(self) -> None:
        if self._progress:
            self._progress("marking retention", self._marked + self._unchanged, None)
        if time.monotonic() - self._rested > _WRITING:
            time.sleep(_REST)
            self._rested = time.monotonic()


def _own_cause(conn: sqlite3.Connection, record_id: int, shared: Cause) -> Cause:
    """What was last noted of a record that carries no valid mark any more, and what of its account
    or schedule changed as well."""
    found = rows(
        conn,
        """
        SELECT DISTINCT what, at FROM events WHERE record_id = ?1 AND what IN (
            SELECT value FROM json_each(?2)
        ) AND observed_at = (
            SELECT max(observed_at) FROM events WHERE record_id = ?1 AND what IN (
                SELECT value FROM json_each(?2))
        ) ORDER BY id
        """,
        record_id,
        msgspec.json.encode(list(_OWN)).decode(),
    )
    told = [{"what": _OWN[each["what"]], "at": each["at"]} for each in found]
    return cause_of([*told, *msgspec.json.decode(shared.told)], own=True)


def mark_for(schedule: Schedule, record: Marked, ruling: Ruling | None) -> Carried | None:
    """The mark a record should carry, or None where it carries it already."""
    wanted = mark_under(schedule, ruling)
    carried = (record.series, record.cutoff_on, record.retain_until, record.retention_rule)
    return None if carried == wanted else wanted
