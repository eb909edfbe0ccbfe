"""The audits of the home's four files read as one, newest first, a page at a time.

Each file has its own audit, because SQLite commits one file at a time (DESIGN §4); whoever reads
wants one line of time. A page goes on behind a key (time, file, number), so that the ten-thousandth
page costs what the first does.
"""

from __future__ import annotations

import datetime as dt
import heapq
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from archiver import clock
from archiver.database import rows
from archiver.errors import InputError

FILES = ("archive", "office", "private", "staff")
PRIVATE_FILE = "private"
_PAGE = 1_000
_KEY = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z)\.([a-z]{5,7})\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the audit is wanted; empty words mean all of it. `since` and `until` are stored (UTC)
    times, the second one no longer included."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    file: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of one of the audits. `veiled` says that it tells of a private record and that whoever
    reads may not see such: its subject and detail are left out."""

    at: str
    file: str
    id: int
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    veiled: bool = False

    @property
    def key(self) -> str:
        """Where the next page begins: behind this line."""
        return f"{self.at}.{self.file}.{self.id}"


Files = Mapping[str, sqlite3.Connection]


def read_lines(
    files: Files, wanted: Wanted, *, private: bool, limit: int, after: str = ""
) -> list[Line]:
    """The newest `limit` lines that fit, or those behind the line with the key `after`.

    `private` says whether the reader may see private records: otherwise the audit of private.db is
    left out, and lines elsewhere that tell of such records are veiled. Raises InputError where the
    key is none.
    """
    key = _parsed(after) if after else None
    names = [
        name
        for name in FILES
        if name in files and wanted.file in ("", name) and (private or name != PRIVATE_FILE)
    ]
    found = [_of_file(files[name], name, wanted, key, limit, private=private) for name in names]
    merged = heapq.merge(*found, key=lambda line: (line.at, line.file, line.id), reverse=True)
    return list(islice(merged, limit))


def every_line(files: Files, wanted: Wanted, *, private: bool) -> Iterator[Line]:
    """Every line that fits, newest first, read a thousand at a time."""
    after = ""
    while True:
        page = read_lines(files, wanted, private=private, limit=_PAGE, after=after)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].key


def known_actions(files: Files, *, private: bool) -> list[str]:
    """Every action that stands in the audits, in order; costs as much as there are actions."""
    found: set[str] = set()
    for name, connection in files.items():
        if private or name != PRIVATE_FILE:
            found.update(each["action"] for each in rows(connection, _ACTIONS))
    return sorted(found)


_ACTIONS = """
    WITH RECURSIVE known (action) AS (
        SELECT min(action) FROM audit
        UNION ALL
        SELECT (SELECT min(action) FROM audit WHERE action > known.action)
        FROM known WHERE known.action IS NOT NULL
    )
    SELECT action FROM known WHERE action IS NOT NULL
"""


def days_wanted(first: str, last: str, zone: str) -> tuple[str, str]:
    """Two days (YYYY-MM-DD, either may be empty) as `since` and `until`, in the agency's zone.

    Raises InputError where one is no day.
    """
    try:
        since = clock.start_of_day(dt.date.fromisoformat(first), zone) if first else ""
        end = dt.date.fromisoformat(last) + dt.timedelta(days=1) if last else None
        return since, clock.start_of_day(end, zone) if end else ""
    except (ValueError, OverflowError):
        raise InputError("a day is written YYYY-MM-DD, as 2026-11-20") from None


def _of_file(
    connection: sqlite3.Connection,
    name: str,
    wanted: Wanted,
    key: tuple[str, str, int] | None,
    limit: int,
    *,
    private: bool,
) -> list[Line]:
    # staff.db tells of people and roles only, one of which is called private-records
    tells = "0" if name == "staff" else _TELLS_OF_PRIVATE
    conditions, values = ["1"], []
    indexed = ""
    # in the order of how little they leave: SQLite, which does not know, must not choose (the plus
    # keeps it from the other indexes)
    for column in ("subject", "action", "actor"):
        if word := getattr(wanted, column):
            conditions.append(f"{'+' if indexed else ''}{column} = ?")
            values.append(word)
            indexed = column
    if wanted.subject and not private:
        conditions.append(f"NOT ({tells})")
    if wanted.since:
        conditions.append("at >= ?")
        values.append(wanted.since)
    if wanted.until:
        conditions.append("at < ?")
        values.append(wanted.until)
    if key is not None:
        at, file, number = key
        if name == file:
            conditions.append("(at, id) < (?, ?)")
            values += [at, number]
        else:
            conditions.append("at <= ?" if name < file else "at < ?")
            values.append(at)
    found = rows(
        connection,
        f"SELECT id, at, actor, action, subject, detail, {tells} AS of_private"
        f" FROM audit WHERE {' AND '.join(conditions)} ORDER BY at DESC, id DESC LIMIT ?",
        *values,
        limit,
    )
    return [_line(name, each, private=private) for each in found]


_TELLS_OF_PRIVATE = (
    "(instr(lower(subject), 'private') > 0 OR instr(lower(coalesce(detail, '')), 'private') > 0)"
)


def _line(file: str, found: sqlite3.Row, *, private: bool) -> Line:
    veiled = bool(found["of_private"]) and not private
    detail = None if veiled or not found["detail"] else msgspec.json.decode(found["detail"])
    return Line(
        at=found["at"],
        file=file,
        id=found["id"],
        actor=found["actor"],
        action=found["action"],
        subject="" if veiled else found["subject"],
        detail=detail if isinstance(detail, dict) else {},
        veiled=veiled,
    )


def _parsed(text: str) -> tuple[str, str, int]:
    match = _KEY.fullmatch(text)
    if match is None or match.group(2) not in FILES:
        raise InputError("that page of the audit is not known: begin again at the newest lines")
    return match.group(1), match.group(2), int(match.group(3))
