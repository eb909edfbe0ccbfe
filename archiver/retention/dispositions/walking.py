"""Walking through all that may be eligible: what a batch would list, and what stays and why."""

from __future__ import annotations

import datetime as dt
import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from archiver.archive.pairs import any_pairs, kept_of, partners_of
from archiver.archive.store import Archive
from archiver.clock import local_day, now_text
from archiver.config import Settings
from archiver.database import rows
from archiver.errors import InputError
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.retention.dispositions.batches import HeldOut, LeftOut, Listed
from archiver.retention.dispositions.checks import Checker, Passed, Refusal, Whole
from archiver.retention.dispositions.guarding import check_clock
from archiver.retention.dispositions.holdings import KINDS, ORIGINAL, RECORD, SUBSCRIBER
from archiver.retention.dispositions.outside import Outside
from archiver.retention.dispositions.routes import Route
from archiver.retention.holds import Hold
from archiver.retention.reporting import FILES
from archiver.retention.standing import catch_up

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch is to hold. None or empty: everything eligible.

    `until` leaves out what had to be kept later than that day; `picked` names the holdings of a
    route that needs them named (file, kind, id); `kept_record` is what is kept in the place of
    duplicates; `receiver` and `agreement` belong to a transfer.
    """

    series: tuple[str, ...] = ()
    accounts: tuple[int, ...] = ()
    until: dt.date | None = None
    kinds: tuple[str, ...] = KINDS
    picked: tuple[Whole, ...] = ()
    kept_record: str = ""
    receiver: str = ""
    agreement: str = ""

    def criteria(self) -> dict[str, object]:
        """As the batch keeps it."""
        said: dict[str, object] = {
            "series": list(self.series),
            "accounts": list(self.accounts),
            "until": None if self.until is None else self.until.isoformat(),
            "kinds": list(self.kinds),
            "picked": len(self.picked),
            "kept_record": self.kept_record,
            "receiver": self.receiver,
            "agreement": self.agreement,
        }
        return {name: value for name, value in said.items() if value not in (None, "", [], 0)}


EVERYTHING = Wanted()
"""All that is eligible."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch built now would hold: its list, and what is left out and why."""

    route: str
    act: str
    schedule: str
    items: tuple[Listed, ...]
    left_out: LeftOut
    titles: Mapping[str, str]


@dataclass(slots=True)
class _Tally:
    """What is left out while walking."""

    held: int = 0
    by_hold: Counter[int] = field(default_factory=Counter)
    holds: dict[int, Hold] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def take(self, refusal: Refusal) -> None:
        if refusal.holds:
            self.held += 1
            for hold in refusal.holds:
                self.by_hold[hold.id] += 1
                self.holds[hold.id] = hold
        else:
            self.reasons[refusal.words] += 1

    def told(self) -> LeftOut:
        lines = tuple(
            HeldOut(number, self.holds[number].title, count)
            for number, count in sorted(self.by_hold.items())
        )
        return LeftOut(self.held, lines, dict(sorted(self.reasons.items())))


def walk(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    wanted: Wanted,
    chosen: Route,
    *,
    act: str,
    outside: Outside,
    progress: Progress | None = None,
) -> Preview:
    """Look at everything wanted and say what may go on this route and what may not.

    Raises RuleError where the clock cannot be trusted.
    """
    check_clock(archive, office)
    catch_up(office, archive, settings, progress)
    checker = Checker(
        *(office, archive, settings, accounts, chosen, outside), kept_record=wanted.kept_record
    )
    for code in wanted.series:
        checker.schedule.find(code)
    tally = _Tally()
    steps = _Walk(office, archive, settings, checker, wanted, tally, progress)
    listed = tuple(steps.numbered())
    schedule = f"{checker.schedule.id}@{checker.schedule.version}"
    titles = {series.code: series.title for series in checker.schedule.series}
    return Preview(chosen.code, act, schedule, listed, tally.told(), titles)


class _Walk:
    """Walks what may be eligible, in the order of the list."""

    def __init__(
        self,
        office: sqlite3.Connection,
        archive: Archive,
        settings: Settings,
        checker: Checker,
        wanted: Wanted,
        tally: _Tally,
        progress: Progress | None,
    ) -> None:
        self._office = office
        self._archive = archive
        self._checker = checker
        self._wanted = wanted
        self._tally = tally
        self._progress = progress
        self._today = local_day(now_text(), settings.time_zone)
        self._leaving: set[Whole] = set()

    def numbered(self) -> Iterator[Listed]:
        n = 0
        for kind in self._wanted.kinds:
            for file in FILES:
                for passed in self._passed(file, kind):
                    n += 1
                    found = passed.found
                    self._leaving.add((file, kind, found.ref))
                    yield Listed(
                        *(n, file, kind, found.ref, found.leaf, found.versions, found.leaves),
                        *(found.account_id, passed.series, passed.cutoff_on),
                        *(passed.retain_until, passed.rule),
                    )

    def _passed(self, file: str, kind: str) -> Iterator[Passed]:
        refs = self._candidates(file, kind)
        # a download is judged beside all that leaves with it, so all downloads at once
        whole = kind == ORIGINAL
        for start, end in self._steps(file, kind, refs, len(refs) if whole else CHUNK):
            some = self._not_listed(file, kind, refs[start:end])
            found = self._checker.check(file, kind, some, leaving=self._leaving)
            self._refuse_missing(file, kind, some, found)
            passed = {}
            for ref in some:
                result = found.get(ref)
                if isinstance(result, Refusal):
                    self._tally.take(result)
                elif result is not None and self._is_wanted(result):
                    passed[ref] = result
            yield from self._whole_groups(file, kind, passed)
            if self._progress:
                self._progress(f"checking {kind}s of {file}", end, len(refs))

    def _steps(
        self, file: str, kind: str, refs: Sequence[int], size: int
    ) -> Iterator[tuple[int, int]]:
        """Where each part begins and ends; none ends between records that count as one."""
        conn = self._archive.file(FILES[file])
        kept = kept_of(conn, refs) if kind == RECORD and any_pairs(conn) else {}
        start = 0
        while start < len(refs):
            end = min(start + size, len(refs))
            while end < len(refs) and _root(kept, refs[end]) == _root(kept, refs[end - 1]):
                end += 1
            yield start, end
            start = end

    def _whole_groups(self, file: str, kind: str, passed: Mapping[int, Passed]) -> Iterator[Passed]:
        """What passed, without records that count as one with others that are not listed too."""
        partners = partners_of(self._archive.file(FILES[file]), passed) if kind == RECORD else {}
        for ref, result in passed.items():
            if all(other in passed for other in partners.get(ref, ())):
                yield result
            else:
                self._tally.take(Refusal("it counts as one with a record that is not listed"))

    def _is_wanted(self, passed: Passed) -> bool:
        until = self._wanted.until
        if self._wanted.series and passed.series not in self._wanted.series:
            return False
        return until is None or (
            passed.retain_until is not None and passed.retain_until <= until.isoformat()
        )

    def _candidates(self, file: str, kind: str) -> Sequence[int]:
        """Ids that may be eligible, from indexes and small tables; the checks decide."""
        if self._wanted.picked:
            named = [ref for at, sort, ref in self._wanted.picked if (at, sort) == (file, kind)]
            named = list(dict.fromkeys(named))
            conn = self._archive.file(FILES[file])
            return self._groups_together(conn, named) if kind == RECORD else named
        access = FILES[file]
        conn = self._archive.file(access)
        accounts = msgspec.json.encode(list(self._wanted.accounts)).decode()
        chosen = "AND (?2 = '[]' OR account_id IN (SELECT value FROM json_each(?2)))"
        if kind == RECORD:
            until = self._today if self._wanted.until is None else self._wanted.until
            sql = f"SELECT id FROM records WHERE retain_until <= ?1 {chosen} ORDER BY id"
            found = conn.execute(sql, (min(until, self._today).isoformat(), accounts))
        elif kind == SUBSCRIBER:
            sql = f"SELECT id FROM subscribers WHERE to_at IS NOT NULL AND ?1 {chosen} ORDER BY id"
            found = conn.execute(sql, (1, accounts))
        elif kind == ORIGINAL:
            sql = (
                "SELECT o.id FROM originals AS o JOIN runs AS r ON r.id = o.run_id "
                f"WHERE o.access = ?1 {chosen} ORDER BY o.id"
            )
            found = conn.execute(sql, (access.value, accounts))
        else:
            sql = f"SELECT id FROM skipped WHERE raw IS NOT NULL AND ?1 {chosen} ORDER BY id"
            found = conn.execute(sql, (1, accounts))
        ids = array("q", (each["id"] for each in found))
        return self._groups_together(conn, ids) if kind == RECORD else ids

    def _groups_together(self, conn: sqlite3.Connection, ids: Sequence[int]) -> Sequence[int]:
        """The ids, those that count as one side by side: they are looked at, listed and destroyed
        together."""
        if not any_pairs(conn):
            return ids
        kept = kept_of(conn, ids)
        return array("q", sorted(ids, key=lambda number: (kept.get(number, number), number)))

    def _not_listed(self, file: str, kind: str, refs: Sequence[int]) -> list[int]:
        """Leave out what is in another open batch."""
        taken = {
            each["ref"]
            for each in rows(
                self._office,
                "SELECT ref FROM disposition_items WHERE file = ? AND kind = ? "
                "AND outcome IS NULL AND ref IN (SELECT value FROM json_each(?))",
                *(file, kind, msgspec.json.encode(list(refs)).decode()),
            )
        }
        if taken:
            self._tally.reasons["it is in another open batch"] += len(taken)
        return [ref for ref in refs if ref not in taken]

    def _refuse_missing(
        self, file: str, kind: str, some: Collection[int], found: Mapping[int, object]
    ) -> None:
        """What a person named and is not there is a mistake to be told at once."""
        lacking = [ref for ref in some if ref not in found]
        if self._wanted.picked and lacking:
            raise InputError(f"there is no {kind} {lacking[0]} in {file}: nothing was built")


def _root(kept: Mapping[int, int], number: int) -> int:
    return kept.get(number, number)
