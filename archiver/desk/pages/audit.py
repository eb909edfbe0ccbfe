"""The audit trail: who did, searched and looked at what, filtered, paged and exported."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from urllib.parse import urlencode

from archiver import clock
from archiver.desk.answers import Answer, Asked, Data, Page
from archiver.desk.looking import note_look
from archiver.desk.visits import Visit
from archiver.errors import InputError
from archiver.operations.audit_reading import (
    FILES,
    PRIVATE_FILE,
    Line,
    Wanted,
    days_wanted,
    every_line,
    known_actions,
    read_lines,
)
from archiver.production.cells import safe

_ROWS = 100
MOST_EXPORTED = 100_000
_FIELDS = ("actor", "action", "subject", "file", "since", "until")
_COLUMNS = ("at", "file", "number", "who", "what", "on", "detail")


def show(visit: Visit, asked: Asked) -> Answer:
    """The newest lines that fit, or those behind a given one."""
    problem = ""
    try:
        wanted, after = _wanted(visit, asked), asked.asked("after")
        with _files(visit) as files:
            lines = read_lines(files, wanted, private=visit.private, limit=_ROWS + 1, after=after)
    except InputError as error:
        problem, lines = str(error), []
    with _files(visit) as files:
        actions = known_actions(files, private=visit.private)
    given = {name: asked.asked(name)[:200] for name in _FIELDS}
    filters = {name: value for name, value in given.items() if value}
    shown = {
        "lines": lines[:_ROWS],
        "older": _address("/audit", {**filters, "after": lines[_ROWS - 1].key})
        if len(lines) > _ROWS
        else None,
        "given": given,
        "filtered": bool(filters),
        "actions": actions,
        "files": [name for name in FILES if visit.private or name != PRIVATE_FILE],
        "csv": _address("/audit/export.csv", filters),
        "json": _address("/audit/export.json", filters),
        "most": MOST_EXPORTED,
        "only": lambda name, value: _address("/audit", {**filters, name: value}),
        "problem": problem,
    }
    return Page("audit.html", shown, 400 if problem else 200)


def export(visit: Visit, asked: Asked) -> Answer:
    """The lines that fit as CSV or JSON, at most 100,000; the export is a line of the audit too."""
    wanted, form = _wanted(visit, asked), asked.parts["shape"]
    filters = {name: asked.asked(name)[:200] for name in _FIELDS if asked.asked(name)}
    note_look(visit, "exported the audit", form, filters)
    with _files(visit) as files:
        every = every_line(files, wanted, private=visit.private)
        lines = list(islice(every, MOST_EXPORTED))
        more = next(every, None) is not None
    if form == "csv":
        return Data(_as_csv(lines, more=more), media_type="text/csv; charset=utf-8")
    told = {
        "agency": visit.desk.settings.agency,
        "made_at": clock.now_text(),
        "made_by": visit.person.login,
        "filter": filters,
        "complete": not more,
        "lines": [_row(line) for line in lines],
    }
    return Data(json.dumps(told, ensure_ascii=False))


def _as_csv(lines: list[Line], *, more: bool) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(_COLUMNS)
    for line in lines:
        row = _row(line)
        row["detail"] = json.dumps(row["detail"], ensure_ascii=False) if row["detail"] else ""
        table.writerow([safe(str(row[column])) for column in _COLUMNS])
    if more:
        told = f"There are more than {MOST_EXPORTED} lines: choose fewer days for the older ones."
        table.writerow(["", "", "", "", told, "", ""])
    return out.getvalue()


def _row(line: Line) -> dict[str, object]:
    return {
        "at": line.at,
        "file": line.file,
        "number": line.id,
        "who": line.actor,
        "what": line.action,
        "on": "a private record" if line.veiled else line.subject,
        "detail": line.detail,
    }


def _wanted(visit: Visit, asked: Asked) -> Wanted:
    since, until = days_wanted(
        asked.asked("since"), asked.asked("until"), visit.desk.settings.time_zone
    )
    file = asked.asked("file")
    if file not in ("", *FILES):
        raise InputError("an audit is that of archive, office, private or staff")
    return Wanted(
        actor=asked.asked("actor").strip()[:200],
        action=asked.asked("action").strip()[:200],
        subject=asked.asked("subject").strip()[:200],
        file=file,
        since=since,
        until=until,
    )


@contextmanager
def _files(visit: Visit) -> Iterator[dict[str, sqlite3.Connection]]:
    with (
        visit.evidence() as evidence,
        visit.office() as office,
        visit.desk.stores.staff() as staff,
    ):
        yield {**evidence, "office": office, "staff": staff}


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
