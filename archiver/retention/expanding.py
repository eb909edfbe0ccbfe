"""Writing out what a schedule's file says in short: ``rule = "CU+2"`` and ``follows = "GC-04"``.

Works on what TOML gives, before anything is checked, so that the reader and the linter see the
same and the linter can name all faults at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.errors import InputError
from archiver.retention.notation import read_rule
from archiver.retention.periods import Period

TAKEN = ("cutoff", "period", "year_end", "event")
"""What a series takes over from the one it follows."""
_PERMANENT = {"permanent": True}


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault met while writing out: the place of the series in the file (from 0), its code, the
    key it stands at, the linter's name for it, and the words."""

    place: int
    code: str
    key: str
    rule: str
    words: str


def expanded(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """A schedule's data with cutoff, period, year end and event of every series written out, and
    what could not be. Such a series stays as it stands in the file."""
    result = dict(data)
    listed = data.get("series")
    if not isinstance(listed, list):
        return result, []
    problems: list[Problem] = []
    series = [
        _ruled(place, entry, problems) if isinstance(entry, dict) else entry
        for place, entry in enumerate(listed)
    ]
    result["series"] = [
        _followed(place, series, problems) if isinstance(entry, dict) else entry
        for place, entry in enumerate(series)
    ]
    return result, problems


def _ruled(place: int, entry: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """A series with its written rule in the form the format has."""
    if entry.get("never") and not {"rule", "cutoff", "period", "follows"} & entry.keys():
        return {**entry, "cutoff": "created", "period": _PERMANENT}
    period = entry.get("period")
    if isinstance(period, dict) and period.get("permanent") is True and "cutoff" not in entry:
        entry = {"cutoff": "created", **entry}
    text = entry.get("rule")
    if not text:
        return entry
    code = str(entry.get("code", place + 1))
    twice = [key for key in ("cutoff", "period", "follows") if entry.get(key)]
    if twice:
        words = f"says by rule {text!r} and again by {', '.join(twice)} how long: keep one"
        problems.append(Problem(place, code, "rule", "said twice", words))
        return entry
    try:
        rule = read_rule(str(text))
    except InputError as error:
        problems.append(Problem(place, code, "rule", "unknown rule", str(error)))
        return entry
    year_end = entry.get("year_end")
    if rule.year_end and year_end and year_end != rule.year_end:
        words = f"rule {text!r} means the end of the {rule.year_end} year, year_end {year_end}"
        problems.append(Problem(place, code, "year_end", "said twice", words))
        return entry
    length = {
        name: value for name, value in msgspec.to_builtins(rule.period).items() if value
    } or msgspec.to_builtins(Period())
    written = {**entry, "cutoff": rule.cutoff, "period": length}
    if rule.year_end:
        written["year_end"] = rule.year_end
    return written


def _followed(place: int, series: list[Any], problems: list[Problem]) -> dict[str, Any]:
    """A series with what it takes over from the one it follows, through any chain."""
    entry: dict[str, Any] = series[place]
    code = str(entry.get("code", place + 1))
    if not entry.get("follows"):
        return entry
    twice = [key for key in TAKEN if entry.get(key)]
    if twice:
        words = f"follows {entry['follows']} and again says {', '.join(twice)}: keep one"
        problems.append(Problem(place, code, "follows", "said twice", words))
        return entry
    by_code = {str(each.get("code")): each for each in series if isinstance(each, dict)}
    way, current = [code], entry
    while current.get("follows"):
        wanted = str(current["follows"])
        if wanted not in by_code:
            words = f"follows {wanted}, which is no series of this schedule"
            problems.append(Problem(place, code, "follows", "unknown series", words))
            return entry
        current = by_code[wanted]
        if wanted in way:
            circle = " → ".join([*way[way.index(wanted) :], wanted])
            words = f"follows itself in a circle: {circle}"
            problems.append(Problem(place, code, "follows", "circular reference", words))
            return entry
        way.append(wanted)
    return {**entry, **{key: current[key] for key in TAKEN if key in current}}
