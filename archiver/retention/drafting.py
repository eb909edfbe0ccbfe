"""Drafts of a schedule: edited by the values of a form, written as TOML a lawyer can read."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.office import audit
from archiver.retention.floors import never_words
from archiver.retention.notation import read_rule, rule_text
from archiver.retention.periods import Period
from archiver.retention.schedules import Conditions, Cutoff, Schedule, Series, parse_schedule

HEAD = ("id", "title", "version", "effective_from", "agency_kind", "note")
SOURCE = ("title", "section", "says", "resolution")
FIELDS = ("code", "title", "authority", "mark", "notes", "exception", "never")
HOW_LONG = ("rule", "follows", "cutoff", "event", "year_end", "period")
"""What says how long: a form gives `rule` or `follows`, or the others."""
_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Draft:
    """A schedule somebody works on: its name, its TOML, who saved it when (UTC)."""

    id: int
    name: str
    text: str
    saved_at: str
    saved_by: str


_SINCE = {
    Cutoff.CREATED: "the day it was made",
    Cutoff.REMOVED: "the day it was removed",
    Cutoff.SUPERSEDED: "the day it was superseded",
    Cutoff.ACCOUNT_CLOSED: "the day the account was closed",
    Cutoff.EVENT_ENDED: "the end of its event",
}
_COLUMNS = ", ".join(field.name for field in fields(Draft))


def save_draft(conn: sqlite3.Connection, *, actor: str, name: str, text: str) -> Draft:
    """Save a draft under a name; an earlier one of that name stays below it. Any text can be saved:
    the linter says what is wrong in it. Raises RuleError where it has no name."""
    found = _save(conn, actor, name, text)
    assert found is not None
    return found


def discard_draft(conn: sqlite3.Connection, *, actor: str, name: str) -> None:
    """Give a draft up. Raises InputError where there is none of that name."""
    find_draft(conn, name)
    _save(conn, actor, name, None)


def find_draft(conn: sqlite3.Connection, name: str) -> Draft:
    """The draft of that name as last saved. Raises InputError where there is none."""
    found = [each for each in list_drafts(conn) if each.name == name]
    if not found:
        raise InputError(f"there is no draft {name!r}")
    return found[0]


def list_drafts(conn: sqlite3.Connection) -> list[Draft]:
    """All drafts not given up, as last saved, the newest first."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM schedule_drafts WHERE text IS NOT NULL AND id IN "
        "(SELECT max(id) FROM schedule_drafts GROUP BY name) ORDER BY id DESC",
    )
    return [Draft(*each) for each in found]


def edited(schedule: Schedule, changes: Mapping[str, str]) -> Schedule:
    """The schedule with the values of a form in the place of its own.

    Keys are a field of the head (``version``, ``effective_from``, ``source.resolution``), an event
    of the list (``event:NAME`` with what is meant, empty: not any more) or a series' code, a colon
    and a field (``GC-04:rule``, ``GC-04:authority``, ``GC-04:when.kind``). Lists are written with
    commas, a period as a rule writes it (``2``, ``1Y6M``, ``P``). An empty value takes an optional
    field out. ``CODE:remove`` with ``yes`` takes the series out; a code the schedule does not have
    adds one at the end. Raises InputError where the outcome is no schedule.
    """
    data = _plain(schedule)
    lines = {entry["code"]: entry for entry in data["series"]}
    lengths: dict[str, dict[str, str]] = {}
    for name, given in changes.items():
        code, colon, field = name.rpartition(":")
        value = given.strip()
        if not colon:
            _set_head(data, name, value)
        elif code == "event":
            _put(data["events"], field, value)
        elif field == "remove":
            if _YES.get(value.lower()):
                lines.pop(code, None)
        elif field in HOW_LONG:
            lines.setdefault(code, {"code": code})
            lengths.setdefault(code, {})[field] = value
        else:
            _set_line(lines.setdefault(code, {"code": code}), field, value)
    known = {series.code: _written_out(series) for series in schedule.series}
    for code, given_lengths in lengths.items():
        if code in lines:
            _set_length(lines[code], given_lengths, known.get(code, {}))
    data["series"] = list(lines.values())
    return parse_schedule(toml_text(data), f"{data['id']}.toml")


def schedule_text(schedule: Schedule) -> str:
    """The schedule as TOML: each series under a comment that says in words what it does."""
    return toml_text(_plain(schedule), schedule)


def toml_text(data: Mapping[str, Any], schedule: Schedule | None = None) -> str:
    """A schedule's data, as a file has it, as TOML; with `schedule`, commented."""
    lines = _opening(schedule) if schedule else []
    lines += [f"{name} = {_value(data[name])}" for name in HEAD if data.get(name) not in ("", None)]
    lines += ["", "[source]"]
    lines += [f"{name} = {_value(text)}" for name, text in data["source"].items() if text]
    if data.get("events"):
        lines += ["", "[events]"]
        lines += [f"{_value(name)} = {_value(text)}" for name, text in data["events"].items()]
    for entry in data["series"]:
        lines.append("")
        if schedule is not None:
            lines.append(_comment(described(schedule, schedule.find(entry["code"]))))
        lines.append("[[series]]")
        lines += [
            f"{name} = {_value(value)}"
            for name, value in entry.items()
            if name != "when" and value not in ("", None)
        ]
        if entry.get("when"):
            lines.append("[series.when]")
            lines += [f"{name} = {_value(value)}" for name, value in entry["when"].items()]
    return "\n".join(lines) + "\n"


def described(schedule: Schedule, series: Series) -> str:
    """What a series does, in one line: how long, from when, and on which conditions."""
    if series.never:
        return f"Never destroyed: {never_words(series.never, schedule.agency_kind)}."
    given = series.when.given
    of = "; ".join(_condition(name, value) for name, value in given.items()) or "everything"
    if series.period.permanent:
        return f"Kept for ever: {of}."
    since = f"the end of “{series.event}”" if series.event else _SINCE[series.cutoff]
    year = f"the end of the {series.year_end} year of " if series.year_end else ""
    return f"Kept {series.period.words} from {year}{since}: {of}."


def _condition(name: str, value: Any) -> str:
    words = name.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"not {words}"
    return f"{words} {_listed(value)}"


def _opening(schedule: Schedule) -> list[str]:
    return [
        _comment(f"{schedule.title}, version {schedule.version}"),
        "#",
        "# Days are anniversaries (Gov. Code §§ 6803-6804); of several series that apply, the one",
        "# that keeps longest wins. rule: CU current (creation), CY and FY from the end of the",
        "# calendar and fiscal year, RM removed, SU superseded, AC active (account closed), CL an",
        "# event's end; behind the plus years, or months (M) and days (D); P permanent.",
        "# mark: S the text was read, C secondary sources, K to be verified, ? unclear.",
        "",
    ]


def _comment(text: str) -> str:
    """A comment of one line, whatever the text holds: a line break in it would end the comment."""
    flat = "".join(character if character.isprintable() else " " for character in text)
    return f"# {' '.join(flat.split())}"


def _plain(schedule: Schedule) -> dict[str, Any]:
    """A schedule as its file would have it: short where it was written in short."""
    data: dict[str, Any] = msgspec.to_builtins(schedule, builtin_types=(dt.date,))
    data["series"] = [_plain_series(series) for series in schedule.series]
    return data


def _plain_series(series: Series) -> dict[str, Any]:
    entry: dict[str, Any] = {"code": series.code, "title": series.title}
    if series.follows:
        entry["follows"] = series.follows
    else:
        entry |= _length(series)
    for name in ("authority", "mark", "exception", "never", "notes"):
        if getattr(series, name):
            entry[name] = getattr(series, name)
    if series.when.given:
        entry["when"] = msgspec.to_builtins(series.when.given)
    return entry


def _written_out(series: Series) -> dict[str, Any]:
    """How long, in its parts."""
    period = msgspec.to_builtins(series.period)
    parts = {
        "cutoff": series.cutoff.value,
        "period": {name: value for name, value in period.items() if value},
        "year_end": series.year_end,
        "event": series.event,
    }
    return {name: value for name, value in parts.items() if value}


def _length(series: Series) -> dict[str, Any]:
    written = rule_text(series.cutoff.value, series.year_end, series.period)
    if written is None:
        return _written_out(series)
    return {"rule": written, **({"event": series.event} if series.event else {})}


def _set_head(data: dict[str, Any], name: str, value: str) -> None:
    table, dot, field = name.rpartition(".")
    if table == "source" and field in SOURCE:
        _put(data["source"], field, value)
    elif dot or name not in HEAD:
        raise InputError(f"a schedule has no field {name!r}")
    elif name == "effective_from":
        try:
            data[name] = dt.date.fromisoformat(value)
        except ValueError:
            raise InputError(f"effective_from {value!r} is no day: write YYYY-MM-DD") from None
    else:
        _put(data, name, value)


def _set_line(entry: dict[str, Any], field: str, value: str) -> None:
    table, _, condition = field.rpartition(".")
    if table == "when" and condition in Conditions.__struct_fields__:
        when = entry.setdefault("when", {})
        if condition in ("removed", "hidden"):
            if value and value.lower() not in _YES:
                raise InputError(f"series {entry['code']}: {condition} is yes or no, not {value!r}")
            _put(when, condition, _YES[value.lower()] if value else "")
        else:
            _put(when, condition, [each.strip() for each in value.split(",") if each.strip()])
    elif table or field not in FIELDS:
        raise InputError(f"series {entry['code']}: there is no field {field!r}")
    else:
        _put(entry, field, value)


def _set_length(entry: dict[str, Any], given: Mapping[str, str], before: Mapping[str, Any]) -> None:
    """How long, said anew: a rule or a series to follow takes the place of what stood there; of
    parts, those not given stay as they were."""
    code = entry["code"]
    event = given.get("event", entry.get("event", ""))
    if given.get("rule") or given.get("follows"):
        for name in HOW_LONG:
            entry.pop(name, None)
        short = "follows" if given.get("follows") else "rule"
        entry[short] = given[short]
        if short == "rule" and given[short].upper().startswith("CL"):
            _put(entry, "event", event)
        if short == "rule" and given.get("year_end"):
            entry["year_end"] = given["year_end"]
        return
    if not {"cutoff", "period", "year_end"} & given.keys():
        _put(entry, "event", event)
        return
    if entry.pop("rule", "") or entry.pop("follows", ""):
        entry |= before
    for name in ("cutoff", "year_end", "event"):
        if name in given:
            _put(entry, name, given[name])
    if given.get("period"):
        entry["period"] = _period(code, given["period"])


def _period(code: str, text: str) -> dict[str, Any]:
    written = text.upper() if text.upper().startswith("P") else f"CU+{text}"
    try:
        period: Period = read_rule(written).period
    except InputError as error:
        raise InputError(f"series {code}: {error}") from None
    return {name: value for name, value in msgspec.to_builtins(period).items() if value}


def _put(table: dict[str, Any], name: str, value: Any) -> None:
    if value in ("", []):
        table.pop(name, None)
    else:
        table[name] = value


def _value(value: Any) -> str:
    """A value in TOML. Its strings are written as JSON writes them, which TOML reads alike."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(each)}" for name, each in value.items()) + " }"
    return str(value)


def _listed(value: Any) -> str:
    if isinstance(value, list):
        return " or ".join(str(each) for each in value)
    return str(value)


def _save(conn: sqlite3.Connection, actor: str, name: str, text: str | None) -> Draft | None:
    named = " ".join(name.split())
    if not named:
        raise RuleError("a draft needs a name")
    with write_transaction(conn):
        cursor = conn.execute(
            "INSERT INTO schedule_drafts (name, text, saved_at, saved_by) VALUES (?, ?, ?, ?)",
            (named, text, now_text(), actor),
        )
        what = "schedule draft discarded" if text is None else "schedule draft saved"
        audit(conn, actor=actor, action=what, subject=f"draft {named}")
        found = row(conn, f"SELECT {_COLUMNS} FROM schedule_drafts WHERE id = ?", cursor.lastrowid)
    return None if found is None or text is None else Draft(*found)
