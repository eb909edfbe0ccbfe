"""What is found in the versions of a request's items, looked for once and remembered by place.

A version never changes, so what one finder found in it holds until the finder does. Versions go by
their leaf: whatever is not what was collected has another.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import msgspec

from archiver.archive.reading import versions_up_to
from archiver.config import Settings
from archiver.database import rows, write_transaction
from archiver.requests.finding.found import FieldFound, Found, PersonalKind
from archiver.requests.finding.marking import minors_finder, minors_of
from archiver.requests.finding.minors import minor_name
from archiver.requests.finding.personal import FINDER, find_in_fields, find_names_in_fields
from archiver.requests.finding.sections import likely_section
from archiver.requests.intake import Request
from archiver.requests.items import Item
from archiver.requests.redacting.fields import fields_of

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
    items: Iterable[Item],
    progress: Progress | None = None,
) -> frozenset[int]:
    """Look at the versions of items that a finder has not looked at yet, and remember what it
    found. The ids of items whose version cannot be read here as it was collected are returned.

    One transaction for each 500 versions: stopped half way, it goes on where it was. `progress` is
    told how many of how many are done.
    """
    todo = _not_scanned(conn, finders, items)
    unread: set[int] = set()
    for start in range(0, len(todo), _BATCH):
        batch = todo[start : start + _BATCH]
        read = fields_as_collected(files, [item for item, _ in batch])
        unread.update(item.id for item, _ in batch if item.id not in read)
        _remember(conn, batch, read)
        if progress is not None:
            progress("looking at records", start + len(batch), len(todo))
    return frozenset(unread)


def finds_in(
    conn: sqlite3.Connection, finders: Sequence[Finder], items: Iterable[Item]
) -> dict[int, list[FieldFound]]:
    """What was found in items already looked at, by item id, in the order it stands.

    What a longer finding covers is not suggested a second time as something else within it.
    """
    found: dict[str, list[FieldFound]] = {}
    for each in rows(
        conn,
        'SELECT leaf, field, start, "end", kind, reason FROM personal_finds '
        "WHERE leaf IN (SELECT value FROM json_each(?)) "
        "AND finder IN (SELECT value FROM json_each(?)) "
        'ORDER BY leaf, field, start, "end" DESC',
        *(_array(item.leaf for item in items), _array(finder.key for finder in finders)),
    ):
        kind = PersonalKind(each["kind"])
        one = Found(each["start"], each["end"], kind, each["reason"], likely_section(kind))
        found.setdefault(each["leaf"], []).append(FieldFound(each["field"], one))
    return {item.id: _without_inner(found[item.leaf]) for item in items if item.leaf in found}


def _without_inner(found: Sequence[FieldFound]) -> list[FieldFound]:
    kept: list[FieldFound] = []
    for each in found:
        last = kept[-1] if kept and kept[-1].field == each.field else None
        if last is None or each.found.end > last.found.end:
            kept.append(each)
    return kept


def _not_scanned(
    conn: sqlite3.Connection, finders: Sequence[Finder], items: Iterable[Item]
) -> list[tuple[Item, list[Finder]]]:
    wanted = list(items)
    leaves = _array(item.leaf for item in wanted)
    done = {
        finder.key: {
            each["leaf"]
            for each in rows(
                conn,
                "SELECT leaf FROM personal_scans WHERE finder = ? "
                "AND leaf IN (SELECT value FROM json_each(?))",
                *(finder.key, leaves),
            )
        }
        for finder in finders
    }
    todo = (
        (item, [finder for finder in finders if item.leaf not in done[finder.key]])
        for item in wanted
    )
    return [(item, left) for item, left in todo if left]


def fields_as_collected(
    files: Mapping[str, sqlite3.Connection], items: Sequence[Item]
) -> dict[int, list[tuple[str, str]]]:
    """The fields of items, by item id; what is not as it was collected is left out."""
    read = {}
    for file, connection in files.items():
        here = [item for item in items if item.file == file]
        found = versions_up_to(connection, {item.version_id for item in here})
        for item in here:
            kept = found.get(item.version_id, [])
            if kept and kept[-1].leaf == item.leaf:
                places = fields_of(kept[-1], kept[:-1])
                read[item.id] = [(each.name, each.value) for each in places if each.value]
    return read


def _remember(
    conn: sqlite3.Connection,
    batch: Sequence[tuple[Item, Sequence[Finder]]],
    read: Mapping[int, Sequence[tuple[str, str]]],
) -> None:
    scans, finds = [], []
    for item, finders in batch:
        if item.id not in read:
            continue
        for finder in finders:
            scans.append((item.leaf, finder.key))
            finds += [
                (
                    *(item.leaf, finder.key, each.field, each.found.start, each.found.end),
                    *(each.found.kind.value, each.found.reason),
                )
                for each in finder.find(read[item.id])
            ]
    with write_transaction(conn):
        conn.executemany("INSERT OR IGNORE INTO personal_scans VALUES (?, ?)", scans)
        conn.executemany("INSERT OR IGNORE INTO personal_finds VALUES (?, ?, ?, ?, ?, ?, ?)", finds)


def _array(values: Iterable[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
