"""Writing schedules: the text of one as a lawyer reads it, and what a form changes in it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from archiver.errors import InputError
from archiver.retention.periods import Period
from archiver.retention.schedules import Conditions, Schedule, Series, faults, written_out

_HEAD = """\
# {title}
#
# A records retention schedule, as archiver reads it. One [[series]] for each line; where several
# apply to a record the longest wins, and of equals the one that stands first.
#
# Marks: S the text was read, C secondary sources, K to be verified, ? unclear. What is not marked S
# lets nothing go before the city attorney has attested it.
"""


def schedule_text(schedule: Schedule) -> str:
    """A schedule as a TOML file that people can read and edit; reading it gives the schedule."""
    source = schedule.source
    lines = [
        _HEAD.format(title=schedule.title.replace("\n", " ")),
        f"id = {_quoted(schedule.id)}",
        f"title = {_quoted(schedule.title)}",
        f"version = {_quoted(schedule.version)}",
        f"effective_from = {schedule.effective_from.isoformat()}",
        f"agency_kind = {_quoted(schedule.agency_kind)}",
    ]
    if schedule.note:
        lines.append(f"note = {_quoted(schedule.note)}")
    if schedule.fiscal_year_start != "07-01":
        lines.append(f"fiscal_year_start = {_quoted(schedule.fiscal_year_start)}")
    lines += ["", "[source]"]
    for name in source.__struct_fields__:
        if said := getattr(source, name):
            lines.append(f"{name} = {_quoted(said)}")
    if schedule.events:
        lines += ["", "[events]"]
        lines += [f"{_quoted(name)} = {day}" for name, day in sorted(schedule.events.items())]
    for series in schedule.series:
        lines += ["", *_series_lines(series)]
    return "\n".join(lines) + "\n"


def _series_lines(series: Series) -> list[str]:
    lines = ["[[series]]", f"code = {_quoted(series.code)}", f"title = {_quoted(series.title)}"]
    if series.follows:
        lines.append(f"follows = {_quoted(series.follows)}")
    elif series.rule:
        lines.append(f"rule = {_quoted(series.rule)}")
        lines += [f"event = {_quoted(series.event)}"] if series.event else []
    else:
        lines.append(f"cutoff = {_quoted(series.cutoff.value)}")
        for name in ("year_end", "event"):
            if said := getattr(series, name):
                lines.append(f"{name} = {_quoted(said)}")
        lines.append(f"period = {_period(series.period)}")
    lines += [f"authority = {_quoted(series.authority)}", f"mark = {_quoted(series.mark)}"]
    for name in ("never", "exception", "notes"):
        if said := getattr(series, name):
            lines.append(f"{name} = {_quoted(said)}")
    given = [
        (name, value)
        for name in Conditions.__struct_fields__
        if (value := getattr(series.when, name)) is not None
    ]
    if given:
        lines.append("[series.when]")
        lines += [f"{name} = {_value(value)}" for name, value in given]
    return lines


def _period(period: Period) -> str:
    if period.permanent:
        return "{ permanent = true }"
    parts = [("years", period.years), ("months", period.months), ("days", period.days)]
    return "{ " + ", ".join(f"{name} = {count}" for name, count in parts if count) + " }"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_quoted(str(each)) for each in value)}]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """A TOML string. JSON's escapes are TOML's, except that TOML wants DEL escaped too."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def edited(
    schedule: Schedule,
    *,
    head: Mapping[str, object] | None = None,
    series: Mapping[str, Mapping[str, object]] | None = None,
    removed: Sequence[str] = (),
    added: Sequence[Mapping[str, object]] = (),
) -> Schedule:
    """A schedule with what a form changed: fields of its head, of series by their code, series
    taken out, series added at the end. A cutoff or period given takes the place of a rule.

    Raises InputError, naming the series and the fault, where the result cannot be used.
    """
    data = msgspec.to_builtins(schedule)
    data |= {name: _plain(value) for name, value in (head or {}).items()}
    listed: list[dict[str, Any]] = []
    for entry in data["series"]:
        if entry["code"] in removed:
            continue
        changes = dict((series or {}).get(entry["code"], {}))
        if {"cutoff", "period", "year_end"} & changes.keys():
            changes |= {"rule": "", "follows": ""}
        listed.append(entry | {name: _plain(value) for name, value in changes.items()})
    listed += [{name: _plain(value) for name, value in each.items()} for each in added]
    data["series"] = listed
    try:
        made = msgspec.convert(written_out(data), Schedule)
    except msgspec.ValidationError as error:
        raise InputError(f"the schedule cannot be used: {error}") from None
    for fault in faults(made):
        raise InputError(fault)
    return made


def _plain(value: object) -> object:
    """A value as a decoded file would have it."""
    return value.isoformat() if isinstance(value, dt.date) else msgspec.to_builtins(value)


def next_version(version: str, today: dt.date) -> str:
    """A version for a copy: this year with the next number."""
    year, _, number = version.partition(".")
    if year == str(today.year) and number.isdecimal():
        return f"{year}.{int(number) + 1}"
    return f"{today.year}.1"
