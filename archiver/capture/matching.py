"""Which records of an account may be the same thing: a download's without an id, and another.

Compared are kind, author, time and text; each proposal says in words what agrees and how well. The
time may agree to the second, to the minute (where the download's has no seconds), or differ by
whole hours (where the download writes local times without their zone). Nothing is chosen: where
two records could be the one, both are proposed, and each says that it has a rival.

Both sides are grouped by what must be equal, and only records of one group are compared, at most
`CANDIDATES` with each: the work grows with the number of records, not with its square.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from archiver import clock
from archiver.archive.pairs import Strength
from archiver.capture.agreeing import (
    BEGINS,
    NO_WORDS,
    SAME_WORDS,
    TEXT_WORDS,
    UNSAID,
    Side,
    author_words,
    text_level,
)

CANDIDATES = 10
"""So many records are proposed for one at most."""
LOOKED_AT = 50
"""So many records of one group are compared with one at most."""
MOST_HOURS = 14
"""No place's time is further from UTC (Kiritimati, UTC+14)."""
_HOUR, _MINUTE = 3_600, 60
_MOST_SHIFT = MOST_HOURS * _HOUR

_SECOND, _TO_MINUTE, _SHIFTED = range(3)


@dataclass(frozen=True, slots=True)
class Match:
    """Two records that may be one: `derived_id` would count under `other_id`."""

    derived_id: int
    other_id: int
    strength: Strength
    ground: str
    rivals: int


@dataclass(frozen=True, slots=True)
class _Found:
    derived: Side
    other: Side
    strength: Strength
    ground: str


def seconds_of(created_at: str) -> int:
    """A stored time as seconds since 1970."""
    return int(clock.parse(created_at).timestamp())


def matches(derived: Sequence[Side], others: Iterable[Side]) -> list[Match]:
    """The pairs among records of one account and kind: each of `derived` with those of `others`
    that have an id of their own, and, where it has none such, with derived ones of another
    download. The same whatever the order of both.
    """
    undecided = sorted((side for side in derived if side.moment is not None), key=_in_time)
    wanted = _Keys(undecided)
    known = sorted((side for side in others if wanted.could_match(side)), key=_in_time)
    found = list(_best(undecided, known))
    matched = {each.derived.id for each in found}
    left = [side for side in undecided if side.id not in matched]
    among = {(each.derived.id, each.other.id): each for each in _best(left, left)}
    return _with_rivals([*found, *among.values()])


def _in_time(side: Side) -> tuple[int, int]:
    return side.moment or 0, side.id


class _Keys:
    """What must be equal for one of some records to be matched: most others are left out by it."""

    def __init__(self, sides: Iterable[Side]) -> None:
        self._seconds: set[int] = set()
        self._minutes: set[int] = set()
        self._words: set[tuple[int, str]] = set()
        for side in sides:
            assert side.moment is not None
            self._seconds.add(side.moment)
            if _has_no_seconds(side):
                self._minutes.add(side.moment // _MINUTE)
            self._words.add((side.moment % _HOUR // _MINUTE, side.words))

    def could_match(self, side: Side) -> bool:
        """Whether it is worth keeping in memory."""
        moment = side.moment
        if moment is None:
            return False
        if moment in self._seconds or moment // _MINUTE in self._minutes:
            return True
        return (moment % _HOUR // _MINUTE, side.words) in self._words


def _best(derived: Sequence[Side], others: Sequence[Side]) -> Iterator[_Found]:
    """For each derived record the candidates for which most speaks; all of them, where equal.

    Both sides come in the order of time.
    """
    groups = _Groups(others)
    for side in derived:
        found = list(_compared(side, groups.same_second(side), _SECOND))
        if not found:
            found = list(_compared(side, groups.same_minute(side), _TO_MINUTE))
        if not found:
            found = list(_compared(side, groups.beside(side), _SECOND))
            found += _compared(side, groups.minute_beside(side), _TO_MINUTE)
            found += _compared(side, groups.hours_away(side), _SHIFTED)
        best = min((_ORDER[each.strength] for each in found), default=0)
        yield from [each for each in found if _ORDER[each.strength] == best][:CANDIDATES]


class _Groups:
    """Records by what of them must be equal."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._by_second: dict[int, list[Side]] = {}
        self._by_minute: dict[int, list[Side]] = {}
        self._second_words: dict[tuple[int, str], list[Side]] = {}
        self._minute_words: dict[tuple[int, str], list[Side]] = {}
        self._hour_words: dict[tuple[int, str], list[Side]] = {}
        for side in sides:
            moment, words = side.moment or 0, side.words
            minute = moment // _MINUTE
            self._by_second.setdefault(moment, []).append(side)
            self._by_minute.setdefault(minute, []).append(side)
            self._second_words.setdefault((moment, words), []).append(side)
            self._minute_words.setdefault((minute, words), []).append(side)
            self._hour_words.setdefault((moment % _HOUR // _MINUTE, words), []).append(side)

    def same_second(self, side: Side) -> Sequence[Side]:
        """Those of the same second with the same words."""
        return self._second_words.get((side.moment or 0, side.words), ())

    def same_minute(self, side: Side) -> Sequence[Side]:
        """Those of the same minute with the same words."""
        return self._minute_words.get(((side.moment or 0) // _MINUTE, side.words), ())

    def beside(self, side: Side) -> Sequence[Side]:
        """Those of the same second, whatever their words."""
        return self._by_second.get(side.moment or 0, ())

    def minute_beside(self, side: Side) -> Iterator[Side]:
        """Those of the same minute but not the same second."""
        for other in self._by_minute.get((side.moment or 0) // _MINUTE, ()):
            if other.moment != side.moment:
                yield other

    def hours_away(self, side: Side) -> Sequence[Side]:
        """Those with the same words at the same minute of another hour, near enough."""
        moment, words = side.moment or 0, side.words
        group = self._hour_words.get((moment % _HOUR // _MINUTE, words), ()) if words else ()
        first = bisect_left(group, moment - _MOST_SHIFT - _MINUTE, key=lambda one: one.moment or 0)
        return group[first : first + LOOKED_AT]


_ORDER = {Strength.STRONG: 0, Strength.GOOD: 1, Strength.WEAK: 2}


def _compared(side: Side, others: Iterable[Side], level: int) -> Iterator[_Found]:
    apart = (other for other in others if other.id != side.id and not _same_download(side, other))
    for other in islice(apart, LOOKED_AT):
        newer, older = (side, other)
        if other.derived and other.age > side.age:
            newer, older = other, side
        found = _compare(newer, older, level)
        if found is not None:
            yield found


def _compare(side: Side, other: Side, level: int) -> _Found | None:
    time = _time_words(side, other, level)
    author = time and author_words(side, other)
    text = text_level(side, other) if author else None
    if text is None or (level == _SHIFTED and text > SAME_WORDS):
        return None
    if level == _SHIFTED or text in (BEGINS, NO_WORDS):
        strength = Strength.WEAK
    elif level == _SECOND and author != UNSAID:
        strength = Strength.STRONG
    else:
        strength = Strength.GOOD
    return _Found(side, other, strength, f"{time}; {author}; {TEXT_WORDS[text]}")


def _same_download(side: Side, other: Side) -> bool:
    """Two things in one download are two."""
    return other.derived and side.source is not None and side.source == other.source


def _has_no_seconds(side: Side) -> bool:
    return side.derived and side.moment is not None and side.moment % _MINUTE == 0


def _only_minutes(side: Side, other: Side) -> bool:
    return _has_no_seconds(side) or _has_no_seconds(other)


def _time_words(side: Side, other: Side, level: int) -> str:
    assert side.moment is not None and other.moment is not None
    if level == _SECOND:
        return "the same second"
    if level == _TO_MINUTE:
        words = "the same minute, the download’s time has no seconds"
        return words if _only_minutes(side, other) else ""
    shift = other.moment - side.moment
    whole = round(shift / _HOUR)
    if not 0 < abs(whole) <= MOST_HOURS:
        return ""
    rest = abs(shift - whole * _HOUR)
    if rest and not (rest < _MINUTE and _only_minutes(side, other)):
        return ""
    later = "later" if shift > 0 else "earlier"
    hours = "1 hour" if abs(whole) == 1 else f"{abs(whole)} hours"
    return f"{hours} {later} to the {'minute' if rest else 'second'}, as a time without its zone is"


def _with_rivals(found: Sequence[_Found]) -> list[Match]:
    """Each pair with how many other candidates either side has. Two downloads that both hold what
    the interface gave are no rivals of each other: all three can be one."""
    of_derived: dict[int, int] = {}
    of_other: dict[tuple[int, int | None], int] = {}
    for each in found:
        key = (each.other.id, each.derived.source)
        of_derived[each.derived.id] = of_derived.get(each.derived.id, 0) + 1
        of_other[key] = of_other.get(key, 0) + 1
    return sorted(
        (
            Match(
                *(each.derived.id, each.other.id, each.strength, each.ground),
                of_derived[each.derived.id] + of_other[each.other.id, each.derived.source] - 2,
            )
            for each in found
        ),
        key=lambda match: (match.derived_id, match.other_id),
    )
