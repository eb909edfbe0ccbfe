"""Which series apply to a record, until when each keeps it, and which one wins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from archiver.register.accounts import Account
from archiver.register.names import key
from archiver.retention.floors import floor_day
from archiver.retention.periods import anniversary
from archiver.retention.schedules import Conditions, Cutoff, Schedule, Series

_NOT_PUBLISHED = frozenset({"pending", "rejected"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What retention looks at in a record. Days are in the agency's time zone.

    `changed_on` is the day of its last edit; where the platform does not date edits, the day the
    changed words or media were first seen, and `change_seen` says so. `removed_on` is the day it
    was removed, or hidden, where it was; `undated` marks a creation day that is the capture's.
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
    """One series applied to one record. `cutoff_on` is None where its event has not happened;
    `until`, the first day on which disposition may be considered, is None then and for ever."""

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
    """A schedule ready to be applied to many records of the register's accounts."""

    def __init__(self, schedule: Schedule, accounts: Sequence[Account]) -> None:
        self.schedule = schedule
        self._accounts = {account.id: account for account in accounts}
        self._applicable: dict[tuple[object, ...], tuple[Series, ...]] = {}

    def rule(self, facts: Facts) -> Ruling | None:
        """What the schedule says about a record; None where no series applies to it (such a record
        is kept, and reported).

        The longest applicable series wins, the earlier one in the file where two are equal.
        """
        account = self._accounts.get(facts.account_id)
        terms = tuple(
            _term(self.schedule, series, facts, account) for series in self._series(facts, account)
        )
        if not terms:
            return None
        winner = max(terms, key=lambda term: term.rank)
        # an exception lowers the floor only where no other series of the record lacks it
        floors = [floor_on(self.schedule.agency_kind, facts, term.series) for term in terms]
        floor = max((day for day in floors if day is not None), default=None)
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


def floor_on(agency_kind: str, facts: Facts, series: Series | None = None) -> dt.date | None:
    """The day before which statute forbids destroying the record, whatever a schedule says. A
    series that claims a listed exception has that exception's own floor."""
    exception = series.exception if series is not None else ""
    return floor_day(agency_kind, facts.latest_on, exception)


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
    """Whether a BCP 47 tag is one of these or more special: "es-MX" is "es"."""
    said = (tag or "").lower()
    return any(said == each.lower() or said.startswith(f"{each.lower()}-") for each in wanted)


def _is_called(phrase: str, facts: Facts) -> bool:
    """Whether a record is what the policies call by a phrase (`POLICY_PHRASES`)."""
    if phrase == "private messages":
        return facts.kind == "message"
    if phrase == "lists of subscribers":
        return facts.kind == "subscriber"
    if phrase == "removed content":
        return facts.removed
    if phrase == "communications submitted for posting":
        return facts.visibility in _NOT_PUBLISHED
    return facts.visibility in ("public", "hidden")


def _term(schedule: Schedule, series: Series, facts: Facts, account: Account | None) -> Term:
    happened = _cutoff(schedule, series, facts, account)
    if happened is None:
        return Term(series, None, None)
    cutoff = _end_of_year(schedule, series, happened)
    return Term(series, cutoff, anniversary(cutoff, series.period))


def _end_of_year(schedule: Schedule, series: Series, day: dt.date) -> dt.date:
    """The last day of the year a day falls in, where the period runs from that; else the day."""
    if series.year_end == "calendar":
        return dt.date(day.year, 12, 31)
    if series.year_end != "fiscal":
        return day
    month, number = (int(part) for part in schedule.fiscal_year_start.split("-"))
    year = day.year if (day.month, day.day) < (month, number) else day.year + 1
    if year > dt.MAXYEAR:
        return dt.date.max
    return dt.date(year, month, number) - dt.timedelta(days=1)


def _cutoff(
    schedule: Schedule, series: Series, facts: Facts, account: Account | None
) -> dt.date | None:
    """The day the event of a series happened to a record, the record's own last change included."""
    cutoff = series.cutoff
    closed = account.closed_on if account else None
    closed_on = None if closed is None else dt.date.fromisoformat(closed)
    happened: dt.date | None
    if cutoff is Cutoff.CREATED:
        happened = facts.created_on
    elif cutoff is Cutoff.REMOVED:
        happened = facts.removed_on
    elif cutoff is Cutoff.ACCOUNT_CLOSED:
        happened = closed_on
    elif cutoff is Cutoff.EVENT_ENDED:
        happened = schedule.events.get(series.event)
    else:
        ends = [day for day in (facts.removed_on, closed_on) if day is not None]
        happened = min(ends, default=None)
    if happened is None:
        return None
    return max(happened, facts.created_on, facts.changed_on or facts.created_on)
