"""Marking every record with its series and the day it is kept until. Marks only: nothing here, and
nothing that runs by itself, ever destroys (DESIGN §7 rule 2)."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver.archive.retention_marks import Carried
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import rows
from archiver.items import Access
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.register.office import open_office
from archiver.retention.basis import accounts_to_renew, remember, told
from archiver.retention.facts import Marked
from archiver.retention.in_force import rulebook
from archiver.retention.in_force import schedule_in_force as schedule_in_force
from archiver.retention.rules import Ruling
from archiver.retention.ruling import Ruler, mark_under
from archiver.retention.schedules import Schedule
from archiver.retention.schema import migrate_retention
from archiver.retention.sweeping import Sweep
from archiver.retention.timekeeping import check_clock

BATCH = 5_000
"""So many records are looked at in one transaction: some fifty milliseconds of the writer lock."""
_WRITING = 2.0
_REST = 0.03
"""After so many seconds of writing the lock is left alone for so many, in which another program
that waits for it (it looks every 20 ms) gets its turn."""
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

_ANY_UNMARKED = """
    SELECT 1 FROM records INDEXED BY records_unmarked WHERE retention_rule IS NULL LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class MarkReport:
    """What a marking did: `marked` records got a new mark, `unchanged` were looked at again and
    stayed, `without_series` of both are in no series and are kept. `series` counts by code;
    `moved` counts the days that changed for records marked before; `refused` says why nothing was
    marked, where a caller goes on without."""

    schedule: str
    marked: int
    unchanged: int
    without_series: int
    series: Mapping[str, int]
    moved: int = 0
    refused: str = ""


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
        book = rulebook(office, settings, archive.home.path, accounts)
        schedule = book.schedule
        marking = _Marking(archive, Ruler(book), settings.time_zone, progress)
        for access in Access:
            moved = accounts_to_renew(office, archive.file(access), access, book, accounts)
            marking.mark_new(access, moved)
            if moved:
                marking.mark_again(access, moved)
            remember(office, access, book, accounts)
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

    def mark_new(self, access: Access, moved: Mapping[int, str]) -> None:
        """Mark what has no valid mark, but for the accounts that are walked whole anyway."""
        conn = self._archive.file(access)
        if not rows(conn, _ANY_UNMARKED):
            return
        last, many = -(2**63), BATCH
        with Sweep(conn, self._ruler, self._time_zone) as sweep:
            while many == BATCH:
                with self._archive.writer():
                    many, last = sweep.next_unmarked(last, BATCH, moved)
                    self._write(sweep, {})
                self._told()

    def mark_again(self, access: Access, moved: Mapping[int, str]) -> None:
        """Walk all records of some accounts. By ids and not by accounts: the file is then read and
        written from its one end to the other, each page once."""
        with Sweep(self._archive.file(access), self._ruler, self._time_zone) as sweep:
            for low, high in sweep.reader.spans(BATCH):
                with self._archive.writer():
                    sweep.span(low, high, moved)
                    self._write(sweep, moved)
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

    def _write(self, sweep: Sweep, moved: Mapping[int, str]) -> None:
        """Mark a batch in the transaction it was read in: a capture of another program cannot come
        in between and have its change covered by an older ruling."""
        conn = sweep.wanted.connection
        written = sweep.wanted.write(moved, lambda number: _own_cause(conn, number, moved))
        self._marked += written.marked
        self._unchanged += written.series.total() - written.marked
        self._series.update(written.series)
        self._moved += written.moved

    def _told(self) -> None:
        if self._progress:
            self._progress("marking retention", self._marked + self._unchanged, None)
        if time.monotonic() - self._rested > _WRITING:
            time.sleep(_REST)
            self._rested = time.monotonic()


def _own_cause(conn: sqlite3.Connection, record_id: int, shared: Mapping[int, str]) -> str:
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
    causes = [{"what": _OWN[each["what"]], "at": each["at"]} for each in found]
    [account] = rows(conn, "SELECT account_id FROM records WHERE id = ?", record_id)
    return told([*causes, *msgspec.json.decode(shared.get(account["account_id"], "[]"))])


def mark_for(schedule: Schedule, record: Marked, ruling: Ruling | None) -> Carried | None:
    """The mark a record should carry, or None where it carries it already."""
    wanted = mark_under(schedule, ruling)
    carried = (record.series, record.cutoff_on, record.retain_until, record.retention_rule)
    return None if carried == wanted else wanted
