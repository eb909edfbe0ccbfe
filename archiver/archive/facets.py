"""Counts, facets and the histogram of a search, drawn back in time within a time budget.

Both files are walked together from the newest record back, in slices of ids. When the time is up
the walk stops, and says to which day it came: the numbers are then "at least", never a guess.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import neg

from archiver import clock
from archiver.archive import ids
from archiver.archive.deadline import OutOfTime, time_limit
from archiver.archive.filters import KnownAccount
from archiver.archive.indexing import read_code
from archiver.archive.span import Counted, Span
from archiver.archive.vocabulary import state_names

_FIRST_SLICES = 512
_OVERRUN = 1.25


@dataclass(frozen=True, slots=True)
class FacetCount:
    """One value of a facet: what a link carries, what a person reads, how many hits have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """How the counted hits spread. Each list is ordered by count, most first."""

    account: tuple[FacetCount, ...] = ()
    platform: tuple[FacetCount, ...] = ()
    kind: tuple[FacetCount, ...] = ()
    state: tuple[FacetCount, ...] = ()


NO_FACETS = Facets()


@dataclass(slots=True)
class Tally:
    """What was counted. `back_to` is the lowest id the walk reached where it did not see all."""

    count: int = 0
    exact: bool = True
    back_to: int | None = None
    codes: Counter[int] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)

    def add(self, hits: Counted, time_zone: str) -> None:
        """Count hits."""
        numbers = hits.ids
        self.count += len(numbers)
        self.codes.update(hits.codes)
        place = 0
        while place < len(numbers):
            name, first = _month_of(numbers[place], time_zone)
            after = bisect_right(numbers, -first, lo=place, key=neg)
            self.months[name] += after - place
            place = after


def _month_of(record_id: int, time_zone: str) -> tuple[str, int]:
    """The local month an id falls in, and that month's first id."""
    return _month(record_id // (ids.SLOTS_PER_SECOND * 900), time_zone)


@lru_cache(maxsize=8_192)
def _month(quarter_hour: int, time_zone: str) -> tuple[str, int]:
    # every zone in use differs from UTC by whole quarter hours, so a quarter never spans months
    moment = ids.id_moment(quarter_hour * ids.SLOTS_PER_SECOND * 900)
    try:
        first = moment.astimezone(clock.zone(time_zone)).date().replace(day=1)
    except OverflowError:
        first = dt.date.min
    return first.isoformat()[:7], ids.id_range_for_days(first, None, time_zone)[0]


def walk(
    files: Mapping[str, sqlite3.Connection],
    match: str | None,
    span: Span,
    *,
    time_zone: str,
    budget_ms: float,
) -> Tally:
    """Count the hits of a search from the newest back, for about `budget_ms` milliseconds."""
    tally = Tally()
    begun = time.perf_counter()
    budget = budget_ms / 1000
    edges = [edge for file in files.values() if (edge := _edges(file))]
    if not edges:
        return tally
    high = min(span.high, max(edge[1] for edge in edges))
    low = max(span.low, min(edge[0] for edge in edges))
    try:
        for name, connection in files.items():
            with time_limit(connection, begun + _OVERRUN * budget):
                tally.add(span.strays(name, connection, match), time_zone)
        width = max((high - low) // _FIRST_SLICES, 1)
        while high >= low:
            start = max(low, high - width + 1)
            parts = []
            for name, connection in files.items():
                with time_limit(connection, begun + _OVERRUN * budget):
                    parts.append(span.slice(name, connection, match, start, high))
            for part in parts:
                tally.add(part, time_zone)
            high = start - 1
            spent = time.perf_counter() - begun
            if spent > budget:
                break
            width *= 2
            if spent > budget / 8:
                done = sum(len(part.ids) for part in parts)
                width = _fitting(width, done, tally.count, spent, budget)
    except OutOfTime:
        pass
    if high >= low:
        tally.exact, tally.back_to = False, high + 1
    return tally


def _fitting(width: int, done: int, total: int, spent: float, budget: float) -> int:
    """The width of the next slice, so that it ends with the budget."""
    cost = spent * (done / total if total else 1)
    return max(1, min(width, int(width / 2 * (budget - spent) / max(cost, 1e-6))))


def _edges(connection: sqlite3.Connection) -> tuple[int, int] | None:
    found = connection.execute("SELECT (SELECT min(id) FROM facet), (SELECT max(id) FROM facet)")
    first, last = found.fetchone()
    return None if first is None else (first, last)


@lru_cache(maxsize=65_536)
def _read(code: int) -> tuple[int, str, tuple[str, ...]]:
    account_id, kind, state = read_code(code)
    return account_id, kind.value, state_names(state)


def facets_of(tally: Tally, accounts: Mapping[int, KnownAccount]) -> Facets:
    """Spread what was counted over account, platform, kind and state."""
    by_account: Counter[int] = Counter()
    by_kind: Counter[str] = Counter()
    by_state: Counter[str] = Counter()
    for code, count in tally.codes.items():
        account_id, kind, states = _read(code)
        by_account[account_id] += count
        by_kind[kind] += count
        for name in states:
            by_state[name] += count
    by_platform: Counter[str] = Counter()
    for account_id, count in by_account.items():
        if account_id in accounts:
            by_platform[accounts[account_id].platform] += count
    return Facets(
        account=_account_counts(by_account, accounts),
        platform=_counts(by_platform),
        kind=_counts(by_kind),
        state=_counts(by_state),
    )


def _account_counts(
    counter: Counter[int], accounts: Mapping[int, KnownAccount]
) -> tuple[FacetCount, ...]:
    names = {number: _name(accounts.get(number)) for number in counter}
    often = Counter(names.values())
    counts = []
    for number, count in counter.most_common():
        name = names[number]
        if often[name] > 1 and number in accounts:
            name = f"{name} ({accounts[number].platform})"
        counts.append(FacetCount(str(number), name, count))
    return tuple(counts)


def _name(account: KnownAccount | None) -> str:
    return (account.display_name or account.handle) if account else "unknown account"


def _counts(counter: Counter[str]) -> tuple[FacetCount, ...]:
    return tuple(FacetCount(value, value, count) for value, count in counter.most_common())
