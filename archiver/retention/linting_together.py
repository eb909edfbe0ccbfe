"""What the linter says of a schedule's series taken together: equal, unreachable, overlapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archiver.retention.linting_words import ERROR, NOTE, WARNING
from archiver.retention.overlapping import Overlap, Reach
from archiver.retention.schedules import Series
from archiver.retention.toml_lines import Lines


@dataclass(frozen=True, slots=True)
class Told:
    """Something found between series: the path of the key it is shown at, and what is said."""

    path: tuple[str | int, ...]
    series: str | None
    rule: str
    severity: str
    sentence: str


def together(sound: Mapping[int, Series], lines: Lines) -> Iterator[Told]:
    """Check the series that could be read (by their place in the file) against each other."""
    reach = Reach(list(sound.values()))
    place_of = {id(series): place for place, series in sound.items()}
    hidden: set[int] = set()
    for series in reach.never_applying():
        hidden.add(id(series))
        sentence = "no record can meet its conditions together: it never applies."
        at = ("series", place_of[id(series)], "when")
        yield Told(at, series.code, "never applies", ERROR, sentence)
    for place, series in sound.items():
        twin = next(
            (at for at in sound if at < place and _alike(sound[at]) == _alike(series)), None
        )
        if twin is None:
            continue
        hidden.add(id(series))
        sentence = (
            f"is equal to series {sound[twin].code} (line {lines.at('series', twin)}): same "
            "conditions, event and period."
        )
        yield Told(("series", place), series.code, "equal series", ERROR, sentence)
    for series, by in reach.shadowed():
        if id(series) in hidden:
            continue
        hidden.add(id(series))
        names = ", ".join(each.code for each in by)
        sentence = f"never wins: all it applies to is kept at least as long by {names}."
        path = ("series", place_of[id(series)])
        yield Told(path, series.code, "unreachable series", WARNING, sentence)
    for overlap in reach.overlaps():
        if not {id(overlap.first), id(overlap.second)} & hidden:
            yield _overlapping(overlap, place_of[id(overlap.second)])
    for kind, which in reach.uncovered():
        what = (
            f"no series covers every {kind} (not: {which})"
            if which
            else (f"no series covers {kind}")
        )
        sentence = f"{what}: what is in none is kept."
        yield Told(("series",), None, "kind without a series", WARNING, sentence)


def _overlapping(overlap: Overlap, place: int) -> Told:
    """Who wins of two series that overlap, and by how much."""
    path, code = ("series", place), overlap.second.code
    both = f"overlaps with {overlap.first.code} ({', '.join(overlap.kinds)}):"
    if overlap.winner is None:
        sentence = f"{both} which of them keeps longer depends on the days; the longer wins."
        return Told(path, code, "longest wins", NOTE, sentence)
    if overlap.equal:
        sentence = f"{both} both reach equally far, {overlap.first.code} is named, being first."
        return Told(path, code, "overlap", NOTE, sentence)
    by = f" by {overlap.by}" if overlap.by else ""
    if overlap.winner.period.permanent:
        by = " and keeps for ever"
    sentence = f"{both} {overlap.winner.code} wins{by}."
    if overlap.partly and overlap.first.cutoff is overlap.second.cutoff:
        return Told(path, code, "longest wins", WARNING, sentence)
    return Told(path, code, "overlap", NOTE, sentence)


def _alike(series: Series) -> tuple[object, ...]:
    """What two series have in common that are equal, in whatever order their lists are."""
    conditions = tuple(
        (name, tuple(sorted(str(each) for each in value)) if isinstance(value, list) else value)
        for name, value in series.when.given.items()
    )
    return (conditions, series.cutoff, series.period, series.year_end, series.event, series.never)
