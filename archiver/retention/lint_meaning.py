"""What the linter says of a schedule whose form is sound."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from archiver import clock
from archiver.items import AuthorRole, Visibility
from archiver.retention.floors import EXCEPTIONS, FLOOR, FLOOR_AUTHORITY
from archiver.retention.periods import anniversary
from archiver.retention.rules import Facts, applies
from archiver.retention.schedules import Conditions, Cutoff, Holding, Schedule, Series

_RECORDS = (Holding.POST, Holding.COMMENT, Holding.MESSAGE, Holding.PROFILE, Holding.REACTION)
_DAY = dt.date(2025, 1, 1)
_LISTS = (
    *("kind", "form", "visibility", "content_state", "direction", "platform", "account"),
    *("department", "division", "account_class", "language", "policy"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A finding by the place of its series in the schedule (None: the schedule itself)."""

    series: int | None
    key: str
    rule: str
    severity: str
    told: str


def meaning(schedule: Schedule, events: Iterable[str] | None) -> Iterator[Said]:
    """Everything the linter says of a schedule that can be read."""
    yield from _head(schedule)
    for place, series in enumerate(schedule.series):
        yield from _floor(schedule, place, series)
        if series.mark not in ("S",) and not series.never:
            told = f"mark {series.mark}: it lets nothing go before the city attorney attests it"
            yield Said(place, "mark", "unverified", "note", told)
        if series.event and events is not None and series.event not in events:
            told = f"no event “{series.event}” is in the city's list: its period never begins"
            yield Said(place, "event", "unknown-event", "warning", told)
        if series.never and not series.period.permanent:
            told = "what may never be destroyed is permanent: write period = { permanent = true }"
            yield Said(place, "never", "never", "warning", told)
    yield from _pairs(schedule)
    yield from _uncovered(schedule)


def _head(schedule: Schedule) -> Iterator[Said]:
    today = clock.now().date()
    if schedule.effective_from > today:
        told = f"it takes effect on {schedule.effective_from}, which lies ahead"
        yield Said(None, "effective_from", "effective-later", "warning", told)
    if not schedule.source.title.strip() or not schedule.source.section.strip():
        told = "the source is not named: say which document and section it comes from"
        yield Said(None, "source", "missing-source", "warning", told)


def _floor(schedule: Schedule, place: int, series: Series) -> Iterator[Said]:
    kind = schedule.agency_kind
    exception = EXCEPTIONS.get(series.exception)
    if exception is not None and exception.agency != kind:
        told = f"{exception.section} is an exception for a {exception.agency}, not for a {kind}"
        yield Said(place, "exception", "exception", "error", told)
        return
    if exception is not None and exception.minimum is None:
        told = f"the text of {exception.section} was not read: it lowers no floor"
        yield Said(place, "exception", "exception", "error", told)
        return
    if series.period.permanent or (kind not in FLOOR_AUTHORITY and exception is None):
        return
    lowest = exception.minimum if exception is not None and exception.minimum else FLOOR
    if _reach(series) >= (anniversary(_DAY, lowest) or dt.date.max):
        return
    if exception is not None:
        told = f"{series.period.words} is less than {exception.section} asks: {exception.about}"
        yield Said(place, "period", "below-exception", "error", told)
    elif series.cutoff in (Cutoff.CREATED, Cutoff.REMOVED):
        told = (
            f"{series.period.words} is less than the two years before which statute forbids "
            f"destroying a {kind} record ({FLOOR_AUTHORITY[kind]}): the program keeps two years; "
            "lengthen it, or name the exception it rests on"
        )
        yield Said(place, "period", "below-floor", "error", told)
    else:
        told = (
            f"{series.period.words} after an event that may come early: the two years of "
            f"{FLOOR_AUTHORITY[kind]} count beside it"
        )
        yield Said(place, "period", "below-floor", "note", told)


def _pairs(schedule: Schedule) -> Iterator[Said]:
    for (first, one), (second, other) in combinations(enumerate(schedule.series), 2):
        if _timing(one) == _timing(other) and one.when == other.when:
            told = f"it says the same as {one.code}: one of them is never named"
            yield Said(second, "code", "equal", "error", told)
        elif _covers(one, other) and _at_least(one, other, first=True):
            yield Said(second, "code", "unreachable", "warning", _never_named(other, one))
        elif _covers(other, one) and _at_least(other, one, first=False):
            yield Said(first, "code", "unreachable", "warning", _never_named(one, other))
        elif _overlap(one.when, other.when) and _reach(one) != _reach(other):
            longer, shorter = (one, other) if _reach(one) > _reach(other) else (other, one)
            told = (
                f"overlaps with {one.code}: where both apply the longest wins, {longer.code} with "
                f"{longer.period.words} over {shorter.code} with {shorter.period.words}"
            )
            yield Said(second, "code", "longest-wins", "note", told)


def _timing(series: Series) -> tuple[object, ...]:
    return (series.cutoff, series.year_end, series.event, series.period)


def _never_named(series: Series, by: Series) -> str:
    return (
        f"it is never named: {by.code} applies wherever it does and keeps at least as long; "
        "narrow one of them or take it out"
    )


def _covers(wide: Series, narrow: Series) -> bool:
    """Whether the wide series applies to every record the narrow one applies to."""
    for name in _LISTS:
        mine, theirs = getattr(wide.when, name), getattr(narrow.when, name)
        if mine is not None and (theirs is None or not set(theirs) <= set(mine)):
            return False
    return all(
        getattr(wide.when, name) in (None, getattr(narrow.when, name))
        for name in ("removed", "hidden")
    )


def _at_least(one: Series, other: Series, *, first: bool) -> bool:
    """Whether one series surely keeps as long as another for a record both apply to, and is named
    (of two that reach equally far it is the one that stands first)."""
    if one.period.permanent:
        return not other.period.permanent or first
    if other.period.permanent:
        return False
    same = (one.cutoff, one.year_end, one.event) == (other.cutoff, other.year_end, other.event)
    later = (other.cutoff, other.year_end) == (Cutoff.CREATED, "") and one.cutoff is not (
        Cutoff.EVENT_ENDED
    )
    if not (same or later):
        return False
    mine, theirs = _reach(one), _reach(other)
    return mine > theirs or (mine == theirs and first)


def _overlap(one: Conditions, other: Conditions) -> bool:
    """Whether some record could meet both."""
    for name in _LISTS:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None and not set(mine) & set(theirs):
            return False
    for name in ("removed", "hidden"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None and mine is not theirs:
            return False
    return True


def _reach(series: Series) -> dt.date:
    return anniversary(_DAY, series.period) or dt.date.max


def _uncovered(schedule: Schedule) -> Iterator[Said]:
    """Kinds, and authors and states of them, that no series takes without further conditions."""
    for kind in Holding:
        missing = [
            words
            for words, facts in _examples(kind)
            if not any(applies(series.when, facts, None) for series in schedule.series)
        ]
        if not missing:
            continue
        whole = len(missing) == len(_examples(kind))
        what = f"no series covers {kind.value}" + ("" if whole else f" {missing[0]}")
        more = f" and {len(missing) - 1} more cases" if not whole and len(missing) > 1 else ""
        told = f"{what}{more}: it is kept until one does"
        yield Said(None, "series", "uncovered", "warning", told)


def _examples(kind: Holding) -> list[tuple[str, Facts]]:
    """Facts a holding of a kind can have, with words for what is special in them."""
    if kind not in _RECORDS:
        return [("", _facts(kind, "", "private"))]
    shown = [Visibility.PRIVATE] if kind is Holding.MESSAGE else [Visibility.PUBLIC]
    if kind in (Holding.POST, Holding.COMMENT):
        shown += [Visibility.PENDING, Visibility.REJECTED, Visibility.DRAFT, Visibility.SCHEDULED]
    return [
        (f"by the {role.value}, {visibility.value}", _facts(kind, role, visibility))
        for role in AuthorRole
        for visibility in shown
    ]


def _facts(kind: str, role: str, visibility: str) -> Facts:
    return Facts(
        record_id=0,
        account_id=0,
        platform="",
        kind=kind,
        form="",
        visibility=visibility,
        content_state="full",
        author_role=role,
        removed=False,
        hidden=False,
        created_on=_DAY,
        changed_on=None,
        removed_on=None,
        undated=False,
    )
