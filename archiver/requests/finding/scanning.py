"""What is found in the versions of a request's items, looked for once and remembered by place.

A version never changes, so what one finder found in it holds until the finder does.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import msgspec

from archiver.archive.reading import Version, versions_up_to
from archiver.config import Settings
from archiver.database import rows, write_transaction
from archiver.requests.finding.fields import fields_to_search
from archiver.requests.finding.found import FieldFound, Found, PersonalKind
from archiver.requests.finding.marking import minors_finder, minors_of
from archiver.requests.finding.minors import minor_name
from archiver.requests.finding.personal import FINDER, find_in_fields, find_names_in_fields
from archiver.requests.finding.sections import likely_section
from archiver.requests.intake import Request

_BATCH = 500
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Finder:
    """One way of looking, by the key under which its findings are remembered."""

    key: str
    find: Callable[[Sequence[tuple[str, str]]], list[FieldFound]]


def finders_of(conn: sqlite3.Connection, settings: Settings, request: Request) -> list[Finder]:
    """How a request's items are looked at: for everything, and for its minors' names if any."""
    written = settings.requests.utility_account_pattern
    own = re.compile(written, re.ASCII | re.IGNORECASE) if written else None
    key = f"{FINDER} {sha256((written or '').encode()).hexdigest()[:12]}"
    finders = [Finder(key, partial(find_in_fields, utility_account=own))]
    names = [minor_name(each.name) for each in minors_of(conn, request.number)]
    if names:
        by_name = partial(find_names_in_fields, names=names)
        finders.append(Finder(f"{FINDER} {minors_finder(conn, request.id)}", by_name))
    return finders


def scan(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    finders: Sequence[Finder],
    wanted: Iterable[tuple[str, int]],
    progress: Progress | None = None,
) -> set[tuple[str, int]]:
    """Look at versions, given as (file, version id), that a finder has not looked at yet, and
    remember what it found; those that cannot be read here are returned.

    One transaction for each 500 versions: stopped half way, it goes on where it was. `progress` is
    told how many of how many are done.
    """
    todo = _not_scanned(conn, finders, wanted)
    unread: set[tuple[str, int]] = set()
    done = 0
    for file, numbers in _in_batches(todo):
        connection = files.get(file)
        read = {} if connection is None else versions_up_to(connection, numbers)
        unread.update((file, number) for number in numbers if number not in read)
        _remember(conn, file, finders, todo, read)
        done += len(numbers)
        if progress is not None:
            progress("looking at records", done, len(todo))
    return unread


def finds_in(
    conn: sqlite3.Connection, finders: Sequence[Finder], wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], list[FieldFound]]:
    """What was found in versions already looked at, by (file, version id), in the order it stands.

    What a name of a minor covers is not suggested a second time as something else within it.
    """
    keys = {finder.key for finder in finders}
    found: dict[tuple[str, int], list[FieldFound]] = {}
    for file, numbers in _by_file(wanted).items():
        for each in rows(
            conn,
            'SELECT version_id, field, start, "end", kind, reason FROM personal_finds '
            "WHERE file = ? AND version_id IN (SELECT value FROM json_each(?)) "
            "AND finder IN (SELECT value FROM json_each(?)) "
            'ORDER BY version_id, field, start, "end" DESC',
            *(file, _array(numbers), _array(keys)),
        ):
            kind = PersonalKind(each["kind"])
            one = Found(each["start"], each["end"], kind, each["reason"], likely_section(kind))
            found.setdefault((file, each["version_id"]), []).append(FieldFound(each["field"], one))
    return {key: _without_inner(value) for key, value in found.items()}


def _without_inner(found: Sequence[FieldFound]) -> list[FieldFound]:
    kept: list[FieldFound] = []
    for each in found:
        last = kept[-1] if kept and kept[-1].field == each.field else None
        if last is None or each.found.end > last.found.end:
            kept.append(each)
    return kept


def _not_scanned(
    conn: sqlite3.Connection, finders: Sequence[Finder], wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], list[Finder]]:
    todo: dict[tuple[str, int], list[Finder]] = {}
    for file, numbers in _by_file(wanted).items():
        for finder in finders:
            done = {
                each["version_id"]
                for each in rows(
                    conn,
                    "SELECT version_id FROM personal_scans WHERE file = ? AND finder = ? "
                    "AND version_id IN (SELECT value FROM json_each(?))",
                    *(file, finder.key, _array(numbers)),
                )
            }
            for number in numbers:
                if number not in done:
                    todo.setdefault((file, number), []).append(finder)
    return todo


def _remember(
    conn: sqlite3.Connection,
    file: str,
    finders: Sequence[Finder],
    todo: Mapping[tuple[str, int], Sequence[Finder]],
    read: Mapping[int, Sequence[Version]],
) -> None:
    scans, finds = [], []
    for number, (*earlier, shown) in read.items():
        fields = fields_to_search(shown, earlier)
        for finder in todo[file, number]:
            scans.append((file, number, finder.key))
            finds += [
                (
                    *(file, number, finder.key, each.field, each.found.start, each.found.end),
                    *(each.found.kind.value, each.found.reason),
                )
                for each in finder.find(fields)
            ]
    with write_transaction(conn):
        conn.executemany("INSERT OR IGNORE INTO personal_scans VALUES (?, ?, ?)", scans)
        conn.executemany(
            "INSERT OR IGNORE INTO personal_finds VALUES (?, ?, ?, ?, ?, ?, ?, ?)", finds
        )


def _in_batches(todo: Iterable[tuple[str, int]]) -> Iterator[tuple[str, list[int]]]:
    for file, numbers in _by_file(todo).items():
        for start in range(0, len(numbers), _BATCH):
            yield file, numbers[start : start + _BATCH]


def _by_file(wanted: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    by_file: dict[str, list[int]] = {}
    for file, number in dict.fromkeys(wanted):
        by_file.setdefault(file, []).append(number)
    return by_file


def _array(values: Iterable[int | str]) -> str:
    return msgspec.json.encode(list(values)).decode()
