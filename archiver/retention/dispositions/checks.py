"""Whether a holding may go, asked when a batch is built and again at the moment of execution.

Every check answers in words, because whoever reads the batch is told why something stays. The order
is that of the law: what may never go, what is held, then what the schedule says.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver.archive.pairs import partners_of
from archiver.archive.store import Archive
from archiver.clock import local_day, now_text
from archiver.config import Settings
from archiver.database import row, rows
from archiver.register.accounts import Account
from archiver.retention.attesting import attestation_of
from archiver.retention.dispositions.batches import Listed
from archiver.retention.dispositions.holdings import (
    ORIGINAL,
    RECORD,
    UNREAD,
    Found,
    find_holdings,
    is_video,
)
from archiver.retention.dispositions.outside import Outside
from archiver.retention.dispositions.routes import Route
from archiver.retention.facts import Marked
from archiver.retention.floors import FLOOR_AUTHORITY, never_words
from archiver.retention.holds import Hold, holds_over, holds_over_people
from archiver.retention.in_force import rulebook
from archiver.retention.marking import mark_for, schedule_in_force
from archiver.retention.reporting import FILES
from archiver.retention.rules import Ruling, floor_on
from archiver.retention.schedules import Schedule, Series

Whole = tuple[str, str, int]
"""A holding of any kind: file, kind, id."""

CHANGED = "it is no longer what it was when the list was frozen"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a holding stays. `holds` are those that keep it, where holds do."""

    words: str
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """A holding that may go, with the series, the days and the rule that say so."""

    found: Found
    series: str | None
    cutoff_on: str | None
    retain_until: str | None
    rule: str | None


class Checker:
    """The checks of one route against the schedule in force, for many holdings. `kept_record` is
    what is kept in the place of duplicates; where it is a record of the archive, it must stand.

    Raises, when it is made, InputError or RuleError where no schedule is in force.
    """

    def __init__(
        self,
        office: sqlite3.Connection,
        archive: Archive,
        settings: Settings,
        accounts: Sequence[Account],
        route: Route,
        outside: Outside,
        *,
        schedule: Schedule | None = None,
        kept_record: str = "",
    ) -> None:
        self.schedule = schedule or schedule_in_force(settings, archive.home.path)
        self._office = office
        self._archive = archive
        self._settings = settings
        self._accounts = accounts
        self._route = route
        self._outside = outside
        self._kept_record = kept_record
        self._book = rulebook(office, settings, archive.home.path, accounts, schedule=self.schedule)
        self._today = local_day(now_text(), settings.time_zone)
        self._attested: dict[str, bool] = {}

    def check(
        self, file: str, kind: str, refs: Sequence[int], *, leaving: Collection[Whole] = ()
    ) -> dict[int, Passed | Refusal]:
        """What becomes of holdings of one kind and file; those that are not there are left out.

        `leaving` goes with the batch: what of it rests on a download does not keep that. Records
        that count as one go together or stay together: what keeps one keeps all.
        """
        if kind != RECORD:
            return self._each(file, kind, refs, leaving)
        partners = partners_of(self._archive.file(FILES[file]), refs)
        if not partners:
            return self._each(file, kind, refs, leaving)
        whole = dict.fromkeys([*refs, *(each for some in partners.values() for each in some)])
        results = self._each(file, kind, list(whole), leaving)
        return {ref: _with_partners(ref, partners, results) for ref in refs if ref in results}

    def _each(
        self, file: str, kind: str, refs: Sequence[int], leaving: Collection[Whole]
    ) -> dict[int, Passed | Refusal]:
        """What becomes of holdings, each by itself."""
        there = find_holdings(
            self._archive, file, kind, refs, self._settings.time_zone, self._accounts
        )
        quarantine = self._outside.quarantined(self._office).get(file, frozenset())
        holds = self._holds(kind, there)
        in_use = (
            self._outside.in_use([each.key for each in there.values()]) if (kind == RECORD) else {}
        )
        results: dict[int, Passed | Refusal] = {}
        for ref, found in there.items():
            if ref in holds:
                named = ", ".join(hold.title for hold in holds[ref])
                results[ref] = Refusal(f"held by {named}", tuple(holds[ref]))
            elif kind == RECORD and ref in quarantine and not self._route.removal:
                results[ref] = Refusal("it is in quarantine: the city attorney decides about it")
            elif found.key in in_use:
                results[ref] = Refusal(in_use[found.key])
            else:
                results[ref] = self._by_law(found)
        if kind == ORIGINAL:
            self._cited(file, results, leaving)
        return results

    def check_listed(
        self, items: Sequence[Listed], *, leaving: Collection[Whole] = ()
    ) -> dict[int, Refusal]:
        """Why listed items stay, by their place in the list; what may still go is left out, and so
        is what is gone already (its tombstone says so)."""
        refusals = self._alone(items)
        groups: dict[tuple[str, str], list[Listed]] = {}
        for item in items:
            groups.setdefault((item.file, item.kind), []).append(item)
        for (file, kind), group in groups.items():
            found = self.check(file, kind, [item.ref for item in group], leaving=leaving)
            for item in group:
                result = found.get(item.ref)
                if item.n in refusals:
                    continue
                if result is None:
                    refusals[item.n] = Refusal(CHANGED)
                elif isinstance(result, Refusal):
                    refusals[item.n] = result
                elif words := _differs(item, result):
                    refusals[item.n] = Refusal(words)
        return self._together(items, refusals)

    def _partners(self, items: Sequence[Listed]) -> dict[int, list[Listed | None]]:
        """By the place of each listed record that counts as one with others: these others as they
        are listed (None: not among the items)."""
        found: dict[int, list[Listed | None]] = {}
        for file, access in FILES.items():
            listed = {each.ref: each for each in items if (each.file, each.kind) == (file, RECORD)}
            for ref, others in partners_of(self._archive.file(access), listed).items():
                found[listed[ref].n] = [listed.get(other) for other in others]
        return found

    def _alone(self, items: Sequence[Listed]) -> dict[int, Refusal]:
        """The listed records that count as one with a record that is not in the list with them."""
        return {
            n: Refusal(
                "it counts as one with a record that is not in this list: both go or neither"
            )
            for n, others in self._partners(items).items()
            if None in others
        }

    def _together(
        self, items: Sequence[Listed], refusals: dict[int, Refusal]
    ) -> dict[int, Refusal]:
        """The refusals, with those of records that count as one with a refused one."""
        more = dict(refusals)
        for n, others in self._partners(items).items():
            kept = [each for each in others if each is not None and each.n in refusals]
            if n not in refusals and kept:
                more[n] = _beside(kept[0].ref, refusals[kept[0].n])
        return more

    def _holds(self, kind: str, there: Mapping[int, Found]) -> dict[int, list[Hold]]:
        if kind == RECORD:
            over = holds_over(self._office, [each.key for each in there.values()])
            return {key[1]: holds for key, holds in over.items() if holds}
        people = holds_over_people(
            self._office, {each.account_id for each in there.values() if each.account_id}
        )
        return {
            ref: people[each.account_id]
            for ref, each in there.items()
            if people.get(each.account_id)
        }

    def _by_law(self, found: Found) -> Passed | Refusal:
        if self._route.removal:
            return _passed(found, None, None)
        if self._route.needs_kept_record:
            return self._duplicate(found)
        ruling = self._book.rule(found.facts)
        if ruling is None:
            return Refusal("no series of the schedule in force applies to it")
        series = ruling.winner.series
        never = _never(ruling, self.schedule.agency_kind)
        if never:
            return never
        if ruling.winner.permanent:
            return Refusal(f"series {series.code} is permanent")
        if found.mark is not None and self._mark_differs(found, ruling):
            return Refusal("its mark is not what the schedule in force says: mark anew first")
        if ruling.until is None:
            return Refusal("the day from which its period runs has not come")
        if ruling.until > self._today:
            return Refusal(f"it is kept until {ruling.until}")
        floor = self._below_floor(found, ruling)
        if floor:
            return floor
        if not self._is_attested(series):
            return Refusal(
                f"series {series.code} is not attested (mark {series.mark}): the city attorney's "
                "word comes first"
            )
        return _passed(found, ruling, self.schedule.rule(series))

    def _below_floor(self, found: Found, ruling: Ruling) -> Refusal | None:
        """The statute's own floor, asked again whatever the schedule said; a series with a listed
        exception has that exception's."""
        if not self._route.floor:
            return None
        kind = self._settings.agency_kind
        day = floor_on(kind, found.facts, ruling.terms)
        if day is None or day <= self._today:
            return None
        if day == floor_on(kind, found.facts):
            return Refusal(f"it is less than two years old until {day} ({FLOOR_AUTHORITY[kind]})")
        return Refusal(f"the exception of its series lets it go on {day} at the earliest")

    def _duplicate(self, found: Found) -> Passed | Refusal:
        """A duplicate has no period of its own; a video waits out its days after the event."""
        ruling = self._book.rule(found.facts)
        never = None if ruling is None else _never(ruling, self.schedule.agency_kind)
        if never:
            return never
        if not self._kept_record_stands():
            return Refusal(f"what is kept in its place, {self._kept_record}, is not there")
        if self._route.video_days and found.kind == RECORD:
            conn = self._archive.file(FILES[found.file])
            day = found.facts.created_on + dt.timedelta(days=self._route.video_days)
            if is_video(conn, found.ref) and day > self._today:
                return Refusal(
                    f"it is a video, kept until {day}: {self._route.video_days} days after the "
                    f"event ({self._route.section})"
                )
        rule = None if ruling is None else self.schedule.rule(ruling.winner.series)
        return _passed(found, ruling, rule)

    def _kept_record_stands(self) -> bool:
        """A record named as ``archive:ID`` is looked for; minutes and other papers are not ours."""
        file, _, number = self._kept_record.strip().partition(":")
        if file not in FILES or not number.lstrip("-").isdecimal():
            return True
        sql = "SELECT 1 FROM records WHERE id = ?"
        return row(self._archive.file(FILES[file]), sql, int(number)) is not None

    def _mark_differs(self, found: Found, ruling: Ruling) -> bool:
        if found.mark is None:
            return False
        return mark_for(self.schedule, Marked(found.facts, *found.mark), ruling) is not None

    def _is_attested(self, series: Series) -> bool:
        if series.code not in self._attested:
            self._attested[series.code] = (
                series.mark == "S"
                or attestation_of(self._office, self.schedule, series) is not None
            )
        return self._attested[series.code]

    def _cited(
        self, file: str, results: dict[int, Passed | Refusal], leaving: Collection[Whole]
    ) -> None:
        """A download stays while something outside the batch, in either file, rests on it."""
        wanted = [ref for ref, each in results.items() if isinstance(each, Passed)]
        for ref, resting in citing(self._archive, file, wanted).items():
            if any(each not in leaving for each in resting):
                results[ref] = Refusal(
                    "what stays rests on this download: it goes when the last of that has gone"
                )


def _with_partners(
    ref: int, partners: Mapping[int, tuple[int, ...]], results: Mapping[int, Passed | Refusal]
) -> Passed | Refusal:
    """What becomes of a record, where the records it counts as one with have their say as well."""
    own = results[ref]
    if isinstance(own, Refusal):
        return own
    for other in partners.get(ref, ()):
        theirs = results.get(other)
        if isinstance(theirs, Refusal):
            return _beside(other, theirs)
    return own


def _beside(other: int, refusal: Refusal) -> Refusal:
    return Refusal(f"it counts as one with record {other}: {refusal.words}", refusal.holds)


def citing(archive: Archive, file: str, refs: Sequence[int]) -> dict[int, set[Whole]]:
    """What rests on downloads of a file, in both files: records and what could not be read.

    Reads every version once, because no download is cited often enough to keep an index for it.
    """
    found: dict[int, set[Whole]] = {ref: set() for ref in refs}
    if not refs:
        return found
    for name, access in FILES.items():
        conn = archive.file(access)
        own = _twins(archive, file, name, refs)
        text = msgspec.json.encode(list(own)).decode()
        for table, kind, column in (
            ("versions", RECORD, "record_id"),
            ("events", RECORD, "record_id"),
            ("skipped", UNREAD, "id"),
        ):
            for each in conn.execute(
                f"SELECT DISTINCT original_id, {column} AS id FROM {table} "
                "WHERE original_id IN (SELECT value FROM json_each(?))",
                (text,),
            ):
                found[own[each["original_id"]]].add((name, kind, each["id"]))
    return found


def _twins(archive: Archive, file: str, other: str, refs: Sequence[int]) -> dict[int, int]:
    """The numbers downloads of one file have in another, with the number they have here."""
    found = rows(
        archive.file(FILES[file]),
        "SELECT id, sha256 FROM originals WHERE id IN (SELECT value FROM json_each(?))",
        msgspec.json.encode(list(refs)).decode(),
    )
    numbers = {}
    for each in found:
        twin = row(
            archive.file(FILES[other]), "SELECT id FROM originals WHERE sha256 = ?", each["sha256"]
        )
        if twin is not None:
            numbers[twin["id"]] = each["id"]
    return numbers


def never_destroyed(series: Series, agency_kind: str) -> str:
    """Why statute lets records of a series never be destroyed, or ""."""
    return never_words(series.never, agency_kind) if series.never else ""


def _never(ruling: Ruling, agency_kind: str) -> Refusal | None:
    """Whether a series that applies is never destroyed, also where another keeps longer."""
    for term in ruling.terms:
        said = never_destroyed(term.series, agency_kind)
        if said:
            return Refusal(f"series {term.series.code} is never destroyed: {said}")
    return None


def _passed(found: Found, ruling: Ruling | None, rule: str | None) -> Passed:
    if ruling is None:
        return Passed(found, None, None, None, rule)
    term = ruling.winner
    return Passed(
        found,
        term.series.code,
        None if term.cutoff_on is None else term.cutoff_on.isoformat(),
        None if ruling.until is None else ruling.until.isoformat(),
        rule,
    )


def _differs(item: Listed, now: Passed) -> str | None:
    """What is not as it was frozen, in words."""
    found = now.found
    if (item.leaf, item.versions, item.leaves) != (found.leaf, found.versions, found.leaves):
        return CHANGED
    if (item.series, item.cutoff_on, item.retain_until) != (
        now.series,
        now.cutoff_on,
        now.retain_until,
    ):
        return "the schedule in force says something else of it now"
    return None
