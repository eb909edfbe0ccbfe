"""Which series of a schedule can apply to the same record, which wins, and which never does.

Conditions on what a record is are answered by trying every kind of record there can be; conditions
on names (accounts, departments, forms, languages) by comparing the lists themselves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import msgspec

from archiver.decoding import decoder
from archiver.items import AuthorRole, ContentState, Kind, Visibility
from archiver.register.names import key
from archiver.retention.periods import Period
from archiver.retention.rules import Facts, applies
from archiver.retention.schedules import KINDS, Conditions, Cutoff, HoldingKind, Series

NAMED = ("form", "platform", "account", "department", "division", "account_class", "language")
"""Conditions whose values are not known beforehand."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two series that can apply to one record, the earlier in the file first. `winner` is the one
    that always keeps at least as long, None where it depends on the days; `equal` says that they
    always reach equally far; `kinds` is what both can apply to, `by` by how much the winner keeps
    longer, in words, `partly` that neither takes in all the other does."""

    first: Series
    second: Series
    winner: Series | None
    equal: bool
    kinds: tuple[str, ...]
    by: str
    partly: bool


class Reach:
    """What the series of a schedule can apply to."""

    def __init__(self, series: Sequence[Series]) -> None:
        self.series = tuple(series)
        self._cells = [_cells_of(each.when) for each in self.series]

    def never_applying(self) -> list[Series]:
        """Series whose conditions no record can meet together."""
        return [each for each, cells in zip(self.series, self._cells, strict=True) if not cells]

    def shadowed(self) -> list[tuple[Series, tuple[Series, ...]]]:
        """Series that never win, with those that keep all they apply to at least as long."""
        found = []
        for place, each in enumerate(self.series):
            left: set[int] = set(self._cells[place])
            by: list[Series] = []
            for other, rival in enumerate(self.series):
                if other == place or not left or not _takes_in(rival.when, each.when):
                    continue
                wins = dominates(rival, each) if other < place else _outlasts(rival, each)
                if wins and left & self._cells[other]:
                    by.append(rival)
                    left -= self._cells[other]
            if self._cells[place] and not left:
                found.append((each, tuple(by)))
        return found

    def overlaps(self) -> Iterator[Overlap]:
        """Every two series that can apply to one record."""
        for place, first in enumerate(self.series):
            for other in range(place + 1, len(self.series)):
                second = self.series[other]
                shared = self._cells[place] & self._cells[other]
                if not shared or not _meet(first.when, second.when):
                    continue
                first_wins, second_wins = dominates(first, second), dominates(second, first)
                winner = first if first_wins else second if second_wins else None
                loser = second if winner is first else first
                kinds = {_CELLS[cell].kind for cell in shared}
                inside = (shared == self._cells[place] and _takes_in(second.when, first.when)) or (
                    shared == self._cells[other] and _takes_in(first.when, second.when)
                )
                yield Overlap(
                    first=first,
                    second=second,
                    winner=winner,
                    equal=first_wins and second_wins,
                    kinds=tuple(kind for kind in KINDS if kind in kinds),
                    by="" if winner is None else _by(winner, loser),
                    partly=not inside,
                )

    def uncovered(self) -> list[tuple[str, str]]:
        """Kinds some or all of which no series applies to, with what of them, in words ("" where
        it is the whole kind)."""
        whole: set[int] = set()
        some: set[int] = set()
        for each, cells in zip(self.series, self._cells, strict=True):
            some |= cells
            if not any(getattr(each.when, name) for name in NAMED):
                whole |= cells
        found = []
        for kind in KINDS:
            of_kind = {place for place, facts in enumerate(_CELLS) if facts.kind == kind}
            if not of_kind & some:
                found.append((kind, ""))
            elif of_kind - whole:
                found.append((kind, _said(_CELLS[min(of_kind - whole)])))
        return found


def dominates(one: Series, other: Series) -> bool:
    """Whether `one` keeps every record at least as long as `other` does, whatever the days."""
    if one.period.permanent:
        return True
    if other.period.permanent:
        return False
    if not _begins(other) <= _begins(one):
        return False
    longest = other.period
    if other.year_end and one.year_end != other.year_end:
        longest = Period(longest.years + 1, longest.months, longest.days)
    return one.period.reaches(longest)


def _begins(series: Series) -> frozenset[str]:
    """The events of which a series waits for the last, beside the record's creation. What is
    removed, or closed with its account, is superseded by then as well."""
    begins = {Cutoff.REMOVED.value} if series.when.removed_only else set()
    if series.cutoff is Cutoff.EVENT_ENDED:
        begins.add(f"event {series.event}")
    elif series.cutoff is not Cutoff.CREATED:
        begins.add(series.cutoff.value)
    if begins & {Cutoff.REMOVED, Cutoff.ACCOUNT_CLOSED}:
        begins.add(Cutoff.SUPERSEDED.value)
    return frozenset(begins)


def _outlasts(one: Series, other: Series) -> bool:
    """Whether `one` always keeps longer, so that it wins from behind as well."""
    if not dominates(one, other) or other.period.permanent:
        return False
    if one.period.permanent:
        return True
    return other.cutoff is Cutoff.CREATED and not other.period.reaches(one.period)


def _by(winner: Series, loser: Series) -> str:
    if winner.period.permanent:
        return "" if loser.period.permanent else "for ever"
    mine, its = winner.period, loser.period
    months = (mine.years - its.years) * 12 + mine.months - its.months
    days = mine.days - its.days
    more = []
    if months > 0 or days > 0:
        years, rest = divmod(max(months, 0), 12)
        more.append(Period(years, rest, max(days, 0)).words)
    if winner.year_end != loser.year_end and winner.year_end:
        more.append(f"the time to the end of the {winner.year_end} year")
    begins, ends = (
        Cutoff.REMOVED if each.when.removed_only and each.cutoff is Cutoff.CREATED else each.cutoff
        for each in (loser, winner)
    )
    if begins is not ends:
        words = [each.value.replace("_", " ") for each in (begins, ends)]
        more.append(f"the time from {words[0]} to {words[1]}")
    return " and ".join(more)


def _facts() -> Iterator[Facts]:
    day = dt.date(2000, 1, 1)
    roles = [role.value for role in AuthorRole]
    for kind, seen, state, role, removed in product(
        Kind, Visibility, ContentState, roles, (False, True)
    ):
        yield _fact(day, kind, seen, state, role, removed)
    for holding, seen in product(HoldingKind, (Visibility.PUBLIC, Visibility.PRIVATE)):
        yield _fact(day, holding, seen, ContentState.FULL, "", False)


def _fact(
    day: dt.date, kind: str, seen: Visibility, state: ContentState, role: str, removed: bool
) -> Facts:
    return Facts(
        record_id=0,
        account_id=0,
        platform="",
        kind=str(kind),
        form="",
        visibility=seen.value,
        content_state=state.value,
        author_role=role,
        removed=removed,
        hidden=seen is Visibility.HIDDEN,
        created_on=day,
        changed_on=None,
        removed_on=day,
        undated=False,
    )


_CELLS = tuple(_facts())


def _cells_of(when: Conditions) -> frozenset[int]:
    """What of all there can be meets the conditions, those on names left out of account."""
    unnamed = {name: value for name, value in when.given.items() if name not in NAMED}
    return _meeting(msgspec.json.encode(unnamed))


_read_conditions = decoder(Conditions)


@cache
def _meeting(conditions: bytes) -> frozenset[int]:
    when = _read_conditions(conditions)
    return frozenset(place for place, facts in enumerate(_CELLS) if applies(when, facts, None))


def _takes_in(wide: Conditions, narrow: Conditions) -> bool:
    """Whether the names `wide` asks for take in all those `narrow` asks for."""
    for name in NAMED:
        mine, its = getattr(wide, name), getattr(narrow, name)
        if mine is None:
            continue
        if its is None or not all(_is_in(name, each, mine) for each in its):
            return False
    return True


def _meet(one: Conditions, other: Conditions) -> bool:
    """Whether a record can have the names both ask for."""
    for name in NAMED:
        mine, its = getattr(one, name), getattr(other, name)
        if mine is None or its is None:
            continue
        if not any(_is_in(name, each, its) for each in mine) and not any(
            _is_in(name, each, mine) for each in its
        ):
            return False
    return True


def _is_in(name: str, value: str, listed: Sequence[str]) -> bool:
    if name == "language":
        said = value.lower()
        return any(said == each.lower() or said.startswith(f"{each.lower()}-") for each in listed)
    return key(value) in {key(each) for each in listed}


def _said(facts: Facts) -> str:
    """What kind of record that is, in words."""
    if facts.author_role == "":
        return f"{facts.visibility} ones under every name"
    removed = "removed" if facts.removed else "not removed"
    by = facts.author_role
    return f"{facts.visibility}, {facts.content_state}, written by {by}, {removed}"
