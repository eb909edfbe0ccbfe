"""Which series apply to a record, until when each keeps it, and which one wins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from archiver.register.accounts import Account
from archiver.register.names import key
from archiver.retention.floors import FLOOR, FLOOR_AUTHORITY, floor_of
from archiver.retention.periods import FURTHEST, anniversary
from archiver.retention.schedules import (
    OF_REQUESTS,
    REQUEST_CLOSED,
    Conditions,
    Cutoff,
    Schedule,
    Series,
)

__all__ = [
    "FLOOR",
    "FLOOR_AUTHORITY",
    "Facts",
    "Rulebook",
    "Ruling",
    "Term",
    "applies",
    "floor_on",
    "year_ended_on",
]

_PUBLISHED = frozenset({"public", "hidden"})
_SUBMITTED = frozenset({"pending", "rejected", "draft", "scheduled"})
_SAID_IN_PUBLIC = frozenset({"post", "comment", "reaction"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What retention looks at in a record. Days are in the agency's time zone.

    `changed_on` is the day of its last edit; where the platform does not date edits, the day the
    changed words or media were first seen, and `change_seen` says so. `removed_on` is the day it
    was removed, or hidden, where it was; `undated` marks a creation day that is the capture's;
    `language` its BCP 47 tag. What is no record (a list's interval, a download) has facts as well:
    its kind is a `HoldingKind` and `removed_on` the day it ended.
    """

    record_id: int
    account_id: int
    platform: str
    kind: str
    form: str
    visibility: str
    content_state: str
    author_role: str
    removed: bool
    hidden: bool
    created_on: dt.date
    changed_on: dt.date | None
    removed_on: dt.date | None
    undated: bool
    change_seen: bool = False
    language: str | None = None

    @property
    def latest_on(self) -> dt.date:
        """The day of its latest fact: nothing about it is younger."""
        return max(day for day in (self.created_on, self.changed_on, self.removed_on) if day)


@dataclass(frozen=True, slots=True)
class Term:
    """One series applied to one record. `cutoff_on` is None where its event has not happened, and
    the day the year of the event had ended where the period runs from that; `until`, the first day
    on which disposition may be considered, is None then and for ever."""

    series: Series
    cutoff_on: dt.date | None
    until: dt.date | None

    @property
    def permanent(self) -> bool:
        """Whether the series keeps the record for ever."""
        return self.series.period.permanent

    @property
    def rank(self) -> tuple[int, dt.date]:
        """Larger is kept longer: permanent, then waiting for an event, then by day."""
        if self.until is not None:
            return (0, self.until)
        return (2 if self.permanent else 1, dt.date.max)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the schedule says about a record: the term that wins, all that apply, and the floor.

    `until` is the later of the winning term's day and the statutory floor, None where the term has
    no day. `by_floor` says that the floor decided.
    """

    winner: Term
    terms: tuple[Term, ...]
    floor_on: dt.date | None
    until: dt.date | None

    @property
    def by_floor(self) -> bool:
        """Whether the statutory floor reaches further than every series."""
        return self.until is not None and self.until != self.winner.until


class Rulebook:
    """A schedule ready to be applied to many records of the register's accounts. `events` are the
    days named events ended on, `fiscal_year_start` is the first day of the fiscal year (MM-DD)."""

    def __init__(
        self,
        schedule: Schedule,
        accounts: Sequence[Account],
        *,
        events: Mapping[str, dt.date] | None = None,
        fiscal_year_start: str = "07-01",
    ) -> None:
        self.schedule = schedule
        self._events = dict(events or {})
        self._fiscal_year_start = fiscal_year_start
        self._accounts = {account.id: account for account in accounts}
        self._applicable: dict[tuple[object, ...], tuple[Series, ...]] = {}

    @property
    def grounds(self) -> dict[str, object]:
        """All that decides beside the records and their accounts, as plain values: the schedule's
        wording, and the events and the fiscal year where a series goes by them."""
        named = {series.event for series in self.schedule.series if series.event}
        fiscal = any(series.year_end == "fiscal" for series in self.schedule.series)
        events = {name: day.isoformat() for name, day in self._events.items() if name in named}
        return {
            "schedule": self.schedule.digest,
            **({"events": events} if events else {}),
            **({"fiscal_year_start": self._fiscal_year_start} if fiscal else {}),
        }

    def rule(self, facts: Facts) -> Ruling | None:
        """What the schedule says about a record; None where no series applies to it (such a record
        is kept, and reported).

        The longest applicable series wins, the earlier one in the file where two are equal.
        """
        account = self._accounts.get(facts.account_id)
        terms = tuple(self._term(series, facts, account) for series in self._series(facts, account))
        if not terms:
            return None
        winner = max(terms, key=lambda term: term.rank)
        floor = floor_on(self.schedule.agency_kind, facts, terms)
        until = winner.until
        if until is not None and floor is not None:
            until = max(until, floor)
        return Ruling(winner, terms, floor, until)

    def alike(self, facts: Facts) -> Hashable:
        """All that `rule` looks at beside a record's days: two records of which this is equal, and
        the days as well, are kept equally long and in the same series."""
        account = self._accounts.get(facts.account_id)
        codes = tuple(series.code for series in self._series(facts, account))
        return codes, account.closed_on if account else None

    def _series(self, facts: Facts, account: Account | None) -> tuple[Series, ...]:
        alike = (
            facts.account_id,
            facts.kind,
            facts.form,
            facts.visibility,
            facts.content_state,
            facts.author_role,
            facts.removed,
            facts.hidden,
            facts.language,
        )
        found = self._applicable.get(alike)
        if found is None:
            found = tuple(
                series for series in self.schedule.series if applies(series.when, facts, account)
            )
            self._applicable[alike] = found
        return found

    def _term(self, series: Series, facts: Facts, account: Account | None) -> Term:
        happened = self._happened(series, facts, account)
        if happened is None:
            return Term(series, None, None)
        happened = max(happened, facts.created_on, facts.changed_on or facts.created_on)
        if series.when.removed_only and facts.removed_on is not None:
            happened = max(happened, facts.removed_on)
        cutoff = happened
        if series.year_end:
            start = self._fiscal_year_start if series.year_end == "fiscal" else "01-01"
            cutoff = year_ended_on(happened, start)
        return Term(series, cutoff, anniversary(cutoff, series.period))

    def _happened(self, series: Series, facts: Facts, account: Account | None) -> dt.date | None:
        """The day of a series' event, or None where it has not come."""
        closed = account.closed_on if account else None
        closed_on = None if closed is None else dt.date.fromisoformat(closed)
        cutoff = series.cutoff
        if cutoff is Cutoff.CREATED:
            return facts.created_on
        if cutoff is Cutoff.REMOVED:
            return facts.removed_on
        if cutoff is Cutoff.ACCOUNT_CLOSED:
            return closed_on
        if cutoff is Cutoff.EVENT_ENDED:
            if series.event != REQUEST_CLOSED:
                return self._events.get(series.event)
            return facts.removed_on if facts.kind in OF_REQUESTS else None
        ends = [day for day in (facts.removed_on, closed_on) if day is not None]
        return min(ends, default=None)


def year_ended_on(day: dt.date, start: str) -> dt.date:
    """The first day after the year `day` falls in, where years begin on `start` (MM-DD): from it a
    period that runs from the year's end is counted, so that the last day of the year is in it."""
    month, first = (int(part) for part in start.split("-"))
    year = day.year + ((day.month, day.day) >= (month, first))
    return dt.date(year, month, first) if year <= FURTHEST.year else FURTHEST


def floor_on(agency_kind: str, facts: Facts, terms: Sequence[Term] = ()) -> dt.date | None:
    """The day before which statute forbids destroying the record, whatever a schedule says; None
    where no statute does. An exception lowers it only where every series that applies has one:
    of all `terms` the furthest floor counts."""
    exceptions = [term.series.exception for term in terms] or [""]
    floors = [floor_of(agency_kind, exception) for exception in exceptions]
    days = [anniversary(facts.latest_on, floor[0]) for floor in floors if floor is not None]
    return max((day for day in days if day is not None), default=None)


def applies(when: Conditions, facts: Facts, account: Account | None) -> bool:
    """Whether every condition given holds for the record."""
    listed: tuple[tuple[Sequence[str] | None, str], ...] = (
        (when.kind, facts.kind),
        (when.form, facts.form),
        (when.visibility, facts.visibility),
        (when.content_state, facts.content_state),
        (when.direction, facts.author_role),
        (when.platform, facts.platform),
        (when.account_class, account.account_class if account else ""),
    )
    if any(wanted is not None and value not in wanted for wanted, value in listed):
        return False
    named: tuple[tuple[Sequence[str] | None, str], ...] = (
        (when.account, account.handle if account else ""),
        (when.department, account.department if account else ""),
        (when.division, account.division if account else ""),
    )
    for wanted, value in named:
        if wanted is not None and key(value) not in {key(each) for each in wanted}:
            return False
    if when.language is not None and not _speaks(facts.language, when.language):
        return False
    if when.policy is not None and not any(_is_called(phrase, facts) for phrase in when.policy):
        return False
    if when.removed is not None and when.removed is not facts.removed:
        return False
    return when.hidden is None or when.hidden is facts.hidden


def _speaks(tag: str | None, wanted: Sequence[str]) -> bool:
    """Whether a language tag is one of those wanted or more special (RFC 4647 basic filtering)."""
    said = (tag or "").lower()
    return any(said == each.lower() or said.startswith(f"{each.lower()}-") for each in wanted)


def _is_called(phrase: str, facts: Facts) -> bool:
    """Whether a record is what the policies call by one of `POLICY_PHRASES`."""
    if phrase == "posted communications":
        return facts.kind in _SAID_IN_PUBLIC and facts.visibility in _PUBLISHED
    if phrase == "communications submitted for posting":
        return facts.visibility in _SUBMITTED
    if phrase == "private messages":
        return facts.kind == "message"
    if phrase == "lists of subscribers":
        return facts.kind == "subscriber"
    return facts.removed
