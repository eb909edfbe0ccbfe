"""The linter of retention schedules: everything wrong or doubtful in a file, with its line.

Reads a file as far as it can be read and goes on behind a fault, so that a lawyer sees them all at
once. Errors refuse an adoption; warnings are for a person to judge; notes tell who wins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from archiver.clock import now
from archiver.decoding import converter
from archiver.errors import InputError
from archiver.items import AuthorRole, ContentState, Visibility
from archiver.retention.expanding import expanded
from archiver.retention.linting_law import law_findings
from archiver.retention.linting_together import together
from archiver.retention.linting_words import (
    ERROR,
    NOTE,
    SEVERITIES,
    WARNING,
    Finding,
    meant,
    unwritten,
)
from archiver.retention.periods import Period
from archiver.retention.schedules import (
    AGENCY_KINDS,
    KNOWN_VALUES,
    MARKS,
    NAME,
    Conditions,
    Cutoff,
    Schedule,
    Series,
    Source,
)
from archiver.retention.toml_lines import Lines, read_tolerantly

__all__ = ["ERROR", "NOTE", "WARNING", "Finding", "lint", "lint_file"]


def lint_file(path: Path) -> list[Finding]:
    """Lint a file. Raises InputError where it cannot be read at all."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        before = error.object[: error.start].count(b"\n") + 1
        return [Finding(path.name, before, None, "not TOML", ERROR, "is not UTF-8 text.")]
    return lint(text, path.name)


def lint(text: str, name: str, *, attested: Iterable[str] = ()) -> list[Finding]:
    """Everything found in a schedule's TOML, in the order of the file. `name` is what the findings
    call the file, `attested` are the codes of series the city attorney has attested."""
    data, lines, faults = read_tolerantly(text)
    linter = _Linter(name, lines)
    for fault in faults:
        if fault.is_date:
            sentence = "there is no such day in the calendar: write YYYY-MM-DD."
            linter.at_line(fault.line, "impossible date", ERROR, sentence)
        else:
            linter.at_line(fault.line, "not TOML", ERROR, f"this line is no TOML: {fault.words}.")
    linter.head(data)
    linter.series(data, frozenset(attested))
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    return sorted(linter.found, key=lambda each: (each.line, order[each.severity], each.rule))


_as_series = converter(Series)
_as_period = converter(Period)


class _Linter:
    """Goes through the data of one file."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.found: list[Finding] = []
        self._file = file
        self._lines = lines

    def at_line(
        self, line: int, rule: str, severity: str, sentence: str, series: str | None = None
    ) -> None:
        """Note a finding on a line."""
        self.found.append(Finding(self._file, line, series, rule, severity, sentence))

    def at(
        self,
        path: Sequence[str | int],
        rule: str,
        sentence: str,
        severity: str = ERROR,
        series: str | None = None,
    ) -> None:
        """Note a finding at a key."""
        self.at_line(self._lines.at(*path), rule, severity, sentence, series)

    def head(self, data: Mapping[str, Any]) -> None:
        """Check all that is not a series."""
        self._fields(data, Schedule, (), None)
        for name in ("id", "version"):
            value = data.get(name)
            if isinstance(value, str) and not NAME.fullmatch(value):
                self.at([name], "bad name", f"{name} is letters, digits, dots and hyphens only.")
        title = data.get("title")
        if isinstance(title, str) and not title.strip():
            self.at(["title"], "no title", "the schedule has no title.")
        kind = data.get("agency_kind")
        if isinstance(kind, str) and kind not in AGENCY_KINDS:
            nearest = meant(kind, AGENCY_KINDS)
            self.at(["agency_kind"], "unknown agency kind", f"agency_kind {kind!r}{nearest}.")
        source = data.get("source")
        if isinstance(source, dict):
            self._fields(source, Source, ("source",), None)
            if not str(source.get("title", "")).strip():
                self.at(["source"], "no source", "the schedule does not name its source.")
            elif not str(source.get("section", "")).strip():
                sentence = "the source does not say which section of it."
                self.at(["source", "section"], "no source", sentence, WARNING)
        effective = data.get("effective_from")
        if isinstance(effective, dt.datetime):
            effective = effective.date()
        if isinstance(effective, dt.date) and effective > now().date():
            sentence = (
                f"takes effect on {effective}, which lies ahead: until then it decides nothing."
            )
            self.at(["effective_from"], "effective date ahead", sentence, WARNING)

    def series(self, data: Mapping[str, Any], attested: frozenset[str]) -> None:
        """Check every series, and then all those that can be read against each other."""
        listed = data.get("series")
        if not isinstance(listed, list) or not listed:
            self.at(["series"], "no series", "the schedule has no series.")
            return
        written, problems = expanded(data)
        for problem in problems:
            self.at(
                ("series", problem.place, problem.key),
                problem.rule,
                f"{problem.words}.",
                series=problem.code,
            )
        unread = {problem.place for problem in problems}
        events = data.get("events") if isinstance(data.get("events"), dict) else {}
        kind = str(data.get("agency_kind", ""))
        sound: dict[int, Series] = {}
        codes: dict[str, int] = {}
        for place, entry in enumerate(written["series"]):
            if not isinstance(entry, dict):
                self.at(["series", place], "wrong type", "a series is a table: write [[series]].")
                continue
            code = str(entry.get("code", place + 1))
            if code in codes:
                first = self._lines.at("series", codes[code])
                sentence = f"the code {code} stands in the file twice (line {first})."
                self.at(["series", place, "code"], "duplicate code", sentence, series=code)
            codes.setdefault(code, place)
            read = self._one(place, code, entry, place in unread)
            if read is not None:
                sound[place] = read
        for place, series in sound.items():
            for each in law_findings(series, kind, events or {}, series.code in attested):
                self.at(
                    ("series", place, *each.key),
                    each.rule,
                    each.sentence,
                    each.severity,
                    series.code,
                )
        for told in together(sound, self._lines):
            self.at(told.path, told.rule, told.sentence, told.severity, told.series)

    def _one(
        self, place: int, code: str, entry: Mapping[str, Any], unexpanded: bool
    ) -> Series | None:
        """Check what one series says by itself; None where it cannot be read."""
        before = len(self.found)
        path = ("series", place)
        missing = ("cutoff", "period") if unexpanded else ()
        self._fields(entry, Series, path, code, missing_allowed=missing)
        if not NAME.fullmatch(code):
            sentence = "the code is letters, digits, dots and hyphens only."
            self.at((*path, "code"), "bad name", sentence, series=code)
        for name, rule, words in (
            ("title", "no title", "has no title."),
            ("authority", "no authority", "names no authority (a statute or a resolution)."),
        ):
            if isinstance(entry.get(name), str) and not entry[name].strip():
                self.at((*path, name), rule, words, series=code)
        mark = entry.get("mark")
        if isinstance(mark, str) and mark not in MARKS:
            self.at(
                (*path, "mark"),
                "unknown mark",
                f"mark {mark!r} is none of {', '.join(MARKS)}.",
                series=code,
            )
        self._period(entry.get("period"), path, code)
        when = entry.get("when", {})
        if isinstance(when, dict):
            self._conditions(when, (*path, "when"), code)
        if unexpanded or any(
            each.severity == ERROR and each.rule not in _STILL_READ for each in self.found[before:]
        ):
            return None
        try:
            return _as_series(entry)
        except msgspec.ValidationError as error:
            self.at(path, "wrong type", f"cannot be read: {error}.", series=code)
            return None

    def _fields(
        self,
        table: Mapping[str, Any],
        struct: type[msgspec.Struct],
        path: tuple[str | int, ...],
        code: str | None,
        *,
        missing_allowed: Sequence[str] = (),
    ) -> None:
        """Check that a table has the keys of the format, all those it must, and of their type."""
        known = {field.name: field for field in msgspec.structs.fields(struct)}
        for name, value in table.items():
            if name not in known:
                rule = "unknown condition" if struct is Conditions else "unknown key"
                sentence = f"there is no {rule.split()[1]} {name!r}{meant(name, known)}."
                self.at((*path, name), rule, sentence, series=code)
            elif name in _CHECKED_APART:
                continue
            else:
                try:
                    _FIELDS[struct, name](value)
                except msgspec.ValidationError as error:
                    self._wrong((*path, name), name, value, error, code)
        for name, field in known.items():
            if field.required and name not in table and name not in missing_allowed:
                known_rule = {"authority": "no authority", "source": "no source"}.get(name)
                sentence = f"{name} is missing."
                self.at(path or ("id",), known_rule or "missing key", sentence, series=code)

    def _wrong(
        self,
        path: tuple[str | int, ...],
        name: str,
        value: Any,
        error: msgspec.ValidationError,
        code: str | None,
    ) -> None:
        if name == "cutoff" and isinstance(value, str):
            nearest = meant(value, [each.value for each in Cutoff])
            self.at(path, "unknown cutoff", f"there is no cutoff {value!r}{nearest}.", series=code)
            return
        if name == "effective_from" and isinstance(value, str):
            sentence = f"{value!r} is no day: write YYYY-MM-DD without quotation marks."
            self.at(path, "impossible date", sentence, series=code)
            return
        self.at(path, "wrong type", f"{name}: {_lower(str(error))}.", series=code)

    def _period(self, period: Any, path: tuple[str | int, ...], code: str) -> None:
        if not isinstance(period, dict):
            if period is not None:
                sentence = "a period is a table: write { years = 2 }."
                self.at((*path, "period"), "wrong type", sentence, series=code)
            return
        before = len(self.found)
        self._fields(period, Period, (*path, "period"), code)
        if len(self.found) > before:
            return
        try:
            _as_period(period).check()
        except InputError as error:
            words = str(error)
            rule = next(rule for sign, rule in _PERIOD_RULES if sign in words)
            self.at((*path, "period"), rule, f"{words}.", series=code)

    def _conditions(self, when: Mapping[str, Any], path: tuple[str | int, ...], code: str) -> None:
        known = {field.name: field for field in msgspec.structs.fields(Conditions)}
        for name, value in when.items():
            if name not in known:
                sentence = f"there is no condition {name!r}{meant(name, known)}."
                self.at((*path, name), "unknown condition", sentence, series=code)
                continue
            if value == []:
                sentence = f"condition {name} is an empty list and can never hold."
                self.at((*path, name), "empty condition", sentence, series=code)
                continue
            allowed = KNOWN_VALUES.get(name) or _ENUMERATED.get(name)
            if allowed is not None and isinstance(value, list):
                for each in value:
                    if each not in allowed:
                        rule = "unknown kind" if name == "kind" else "unknown value"
                        sentence = f"{name} {each!r} is not known{meant(str(each), allowed)}."
                        self.at((*path, name), rule, sentence, series=code)
                continue
            try:
                _FIELDS[Conditions, name](value)
            except msgspec.ValidationError as error:
                sentence = f"{name}: {_lower(str(error))}."
                self.at((*path, name), "wrong type", sentence, series=code)
                continue
            for each in value if name in ("platform", "language") else ():
                wrong = unwritten(name, each)
                if wrong:
                    self.at((*path, name), "unknown value", wrong, series=code)


_FIELDS: dict[tuple[type[msgspec.Struct], str], Callable[[object], object]] = {
    (struct, field.name): converter(field.type)
    for struct in (Schedule, Source, Series, Period, Conditions)
    for field in msgspec.structs.fields(struct)
}
_CHECKED_APART = frozenset({"series", "source", "period", "when"})
_STILL_READ = frozenset({"no authority", "no title", "duplicate code", "bad name", "unknown mark"})
"""Errors that leave a series readable, so that the law is asked about it all the same."""
_PERIOD_RULES = (
    ("negative", "negative period"),
    ("permanent and has an end", "permanent with an end"),
    ("at once", "said twice"),
    ("empty", "empty period"),
    ("thousand", "period too long"),
)


_ENUMERATED = {
    "visibility": tuple(each.value for each in Visibility),
    "content_state": tuple(each.value for each in ContentState),
    "direction": tuple(each.value for each in AuthorRole),
}


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
