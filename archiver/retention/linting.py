"""The linter of schedules, as a lawyer reads them: what is wrong, in which line, by which rule.

First the form (keys, values, periods), each fault on its own; where the form is sound, the meaning:
the statutory floor and its exceptions, series that can never be named, conflicts in which the
longest wins, kinds that no series covers.
"""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.errors import InputError
from archiver.items import AuthorRole, ContentState, Visibility
from archiver.register.accounts import CLASSES
from archiver.retention.floors import EXCEPTIONS
from archiver.retention.lint_lines import Lines, line_of_error
from archiver.retention.lint_meaning import meaning
from archiver.retention.notation import read_rule
from archiver.retention.periods import Period
from archiver.retention.schedules import (
    AGENCY_KINDS,
    MARKS,
    NEVER,
    POLICY_PHRASES,
    YEAR_ENDS,
    Conditions,
    Cutoff,
    Holding,
    Schedule,
    Series,
    Source,
    schedule_of,
)

ERROR, WARNING, NOTE = "error", "warning", "note"
_WORDS: Mapping[str, Sequence[str]] = {
    "kind": tuple(Holding),
    "visibility": tuple(Visibility),
    "content_state": tuple(ContentState),
    "direction": tuple(AuthorRole),
    "account_class": tuple(CLASSES),
    "policy": tuple(POLICY_PHRASES),
}
_CHOICES: Mapping[str, Sequence[str]] = {
    "cutoff": tuple(Cutoff),
    "mark": MARKS,
    "year_end": YEAR_ENDS,
    "never": tuple(NEVER),
    "exception": tuple(EXCEPTIONS),
}
_NEEDED = ("code", "title", "authority", "mark")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a linter says of a schedule: where (file, line, the code of the series or ""), by
    which `rule`, how grave (error, warning, note), and in one sentence."""

    file: str
    line: int
    series: str
    rule: str
    severity: str
    told: str


def lint(text: str, file: str, *, events: Iterable[str] | None = None) -> list[Finding]:
    """All there is to say about a schedule, by line; an empty list: nothing.

    `events` are the names of the city's list of events, where there is one.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = str(error)
        line = line_of_error(told)
        return [Finding(file, line, "", "not-toml", ERROR, f"it is no TOML: {told}")]
    lines = Lines(text)
    found = [*_head(data, file, lines), *_series(data, file, lines)]
    if not any(each.severity == ERROR for each in found):
        found += _meaning(text, file, lines, events)
    return sorted(found, key=lambda each: (each.line, each.series, each.rule))


def _meaning(text: str, file: str, lines: Lines, events: Iterable[str] | None) -> Iterator[Finding]:
    try:
        schedule = schedule_of(text, file)
    except InputError as error:
        yield Finding(file, 1, "", "unreadable", ERROR, str(error).removeprefix(f"{file}: "))
        return
    for each in meaning(schedule, events):
        code = "" if each.series is None else schedule.series[each.series].code
        line = lines.of(each.key, each.series)
        yield Finding(file, line, code, each.rule, each.severity, each.told)


def _head(data: Mapping[str, Any], file: str, lines: Lines) -> Iterator[Finding]:
    known = Schedule.__struct_fields__
    for key in data:
        if key not in known:
            yield Finding(file, lines.of(key), "", "unknown-key", ERROR, _unknown(key, known))
    for key in ("id", "title", "version", "effective_from", "agency_kind", "source", "series"):
        if key not in data:
            yield Finding(file, 1, "", "missing", ERROR, f"{key} is missing")
    source = data.get("source")
    if isinstance(source, Mapping):
        for key in source:
            if key not in Source.__struct_fields__:
                told = _unknown(key, Source.__struct_fields__)
                yield Finding(file, lines.of(f"source.{key}"), "", "unknown-key", ERROR, told)
    day = data.get("effective_from")
    if day is not None and (not isinstance(day, dt.date) or isinstance(day, dt.datetime)):
        told = f"effective_from is no date: {day!r}; write 2026-07-01, without quotes"
        yield Finding(file, lines.of("effective_from"), "", "date", ERROR, told)
    kind = data.get("agency_kind")
    if isinstance(kind, str) and kind not in AGENCY_KINDS:
        told = _no_choice("agency_kind", kind, AGENCY_KINDS)
        yield Finding(file, lines.of("agency_kind"), "", "agency-kind", ERROR, told)


def _series(data: Mapping[str, Any], file: str, lines: Lines) -> Iterator[Finding]:
    listed = data.get("series")
    if not isinstance(listed, list):
        return
    entries = [each for each in listed if isinstance(each, dict)]
    codes: dict[str, int] = {}
    for place, entry in enumerate(entries):
        code = str(entry.get("code", place + 1))
        for key, rule, told in _faults_of(entry, entries):
            yield Finding(file, lines.of(key, place), code, rule, ERROR, told)
        if code in codes:
            told = f"the code {code} stands in line {lines.of('code', codes[code])} already"
            yield Finding(file, lines.of("code", place), code, "duplicate-code", ERROR, told)
        codes.setdefault(code, place)


Fault = tuple[str, str, str]
"""The key it is about, the rule, the sentence."""


def _faults_of(entry: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    known = Series.__struct_fields__
    for key in entry:
        if key not in known:
            yield key, "unknown-key", _unknown(key, known)
    for key in _NEEDED:
        if not str(entry.get(key, "")).strip():
            rule = "missing-authority" if key == "authority" else "missing"
            more = ": name the statute or the resolution" if key == "authority" else ""
            yield "code", rule, f"{key} is missing{more}"
    for key, choices in _CHOICES.items():
        value = entry.get(key)
        if value not in (None, "") and value not in choices:
            yield key, f"unknown-{key.replace('_', '-')}", _no_choice(key, value, choices)
    yield from _timing(entry, entries)
    when = entry.get("when")
    if isinstance(when, Mapping):
        yield from _conditions(when)


def _timing(entry: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Cutoff and period, or the rule or series that gives them."""
    if entry.get("follows"):
        yield from _following(entry, entries)
        return
    if entry.get("rule"):
        try:
            read_rule(str(entry["rule"]))
        except InputError as error:
            yield "rule", "rule", str(error)
        return
    if not entry.get("cutoff"):
        yield "code", "missing", "cutoff is missing: say from which event the period runs"
    period = entry.get("period")
    if period is None:
        yield "code", "missing", "period is missing: give years, months or days, or a rule"
        return
    try:
        msgspec.convert(period, Period).check()
    except msgspec.ValidationError as error:
        yield "period", "period", f"the period cannot be read: {error}"
    except InputError as error:
        yield "period", "period", str(error)


def _following(entry: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    by_code = {str(each.get("code")): each for each in entries}
    chain, last = [str(entry.get("code"))], entry
    while last.get("follows"):
        code = str(last["follows"])
        if code in chain:
            told = f"it follows itself in a circle: {' → '.join([*chain, code])}"
            yield "follows", "circular", told
            return
        if code not in by_code:
            yield "follows", "follows", f"it follows {code}, which is not in the schedule"
            return
        chain.append(code)
        last = by_code[code]


def _conditions(when: Mapping[str, Any]) -> Iterator[Fault]:
    known = Conditions.__struct_fields__
    for key, value in when.items():
        place = f"when.{key}"
        if key not in known:
            yield place, "unknown-condition", _unknown(key, known)
        elif value == []:
            yield place, "empty-condition", f"the condition {key} is an empty list: it never holds"
        elif key in _WORDS and isinstance(value, list):
            for each in value:
                if each not in _WORDS[key]:
                    rule = "unknown-kind" if key == "kind" else "unknown-word"
                    yield place, rule, _no_choice(key, each, _WORDS[key])
        elif key in ("removed", "hidden"):
            if not isinstance(value, bool):
                yield place, "unknown-word", f"{key} is true or false, without quotes"
        elif not isinstance(value, list):
            yield place, "unknown-word", f"{key} is a list, such as {key} = [{value!r}]"


def _unknown(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"{key!r} is not known" + (f": did you mean {near[0]!r}?" if near else "")


def _no_choice(key: str, value: object, choices: Sequence[str]) -> str:
    near = difflib.get_close_matches(str(value), choices, n=1)
    meant = f"did you mean {str(near[0])!r}?" if near else f"known are {', '.join(choices)}"
    return f"{key} {value!r} is not known: {meant}"
