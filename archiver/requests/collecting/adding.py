"""Putting records into a request: with what comes along, previewed first.

What is added is pinned to one version and its leaf, and held while the request is open. An addition
is one act (`undoing` takes it back).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from archiver.archive.pairs import kept_of
from archiver.clock import now_text
from archiver.database import row, write_transaction
from archiver.errors import InputError
from archiver.requests.collecting.families import Along, family_ids
from archiver.requests.intake import Request, get_request, hold_touched, note, open_request

Key = tuple[str, int]
"""A record: its file ("archive" or "private") and its id."""

_AT_ONCE = 5_000
_ROWS = """
    SELECT r.id, v.id, lower(hex(l.hash)), r.account_id || ':' || coalesce(r.root_id, r.native_id),
        r.kind, r.platform
    FROM json_each(:ids) AS wanted CROSS JOIN records AS r ON r.id = wanted.value
    CROSS JOIN versions AS v ON {versions}
    CROSS JOIN leaves AS l ON l.seq = v.leaf ORDER BY r.id, v.n
"""
_CURRENT = _ROWS.format(versions="v.id = r.version_id")
_ALL_VERSIONS = _ROWS.format(versions="v.record_id = r.id")


@dataclass(frozen=True, slots=True)
class How:
    """What comes along, and whether every earlier version becomes an item of its own."""

    along: Along = Along.NOTHING
    versions: bool = False


@dataclass(frozen=True, slots=True)
class AddReport:
    """What adding records did. `notices` say in words what a clerk should know."""

    added: int
    duplicates: int
    newer: int
    held: int
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What adding would do, before it is done. `along` of the `added` items only come along;
    `private` of them are private (0 where the person may not know of any)."""

    added: int
    along: int
    already: int
    private: int
    kinds: tuple[tuple[str, int], ...]
    platforms: tuple[tuple[str, int], ...]


class _Wanted(NamedTuple):
    file: str
    record_id: int
    version_id: int
    leaf: str
    family: str
    kind: str
    platform: str
    along: bool


def add_records(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    picked: Sequence[Key],
    how: How,
    *,
    actor: str,
    search_id: int | None = None,
    pinned: Mapping[Key, int] | None = None,
) -> AddReport:
    """Put records into an open request and hold them for as long as it is open (notes on § 34090;
    DESIGN §7 rule 2).

    `files` are the archive's files by name (``archive``, ``private``) as far as the person may see
    them. Each record comes in its current version, or in the version `pinned` names for it (a
    frozen search). What is there already is left as it is; a record edited since it was collected
    comes in as a further item; what was taken out comes back. Raises InputError where a record or
    a pinned version does not exist, and then nothing is added; RuleError where the request is
    closed.
    """
    wanted = _wanted(files, picked, how, pinned or {})
    with write_transaction(conn):
        request = open_request(conn, number)
        return _add(conn, request, picked, wanted, how, actor, search_id)


def enter_records(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    request: Request,
    picked: Sequence[Key],
    *,
    actor: str,
) -> AddReport:
    """As `add_records` with nothing but the records, inside the caller's transaction."""
    wanted = _wanted(files, picked, How(), {})
    return _add(conn, request, picked, wanted, How(), actor, None)


def _add(
    conn: sqlite3.Connection,
    request: Request,
    picked: Sequence[Key],
    wanted: Sequence[_Wanted],
    how: How,
    actor: str,
    search_id: int | None,
) -> AddReport:
    fresh, again, duplicates, newer = _sorted_out(conn, request, wanted)
    duplicates += len(picked) - len(set(picked))
    added = len(fresh) + len(again)
    if added:
        detail = {"added": added, "newer": newer, "search": search_id, "along": how.along.value}
        addition = _enter(conn, request, fresh, search_id, actor, detail)
        _put_back(conn, addition, again, actor)
        note(conn, request, actor=actor, kind="items added", detail=detail)
    touched = list(dict.fromkeys((each.file, each.record_id) for each in wanted))
    held = hold_touched(conn, request, touched, actor=actor)
    return AddReport(added, duplicates, newer, held, _notices(request, added, duplicates, newer))


def add_items(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    picked: Sequence[Key],
    *,
    actor: str,
    families: bool = False,
    search_id: int | None = None,
) -> AddReport:
    """`add_records` with each record's whole conversation, or with nothing but the records."""
    how = How(Along.THREAD if families else Along.NOTHING)
    return add_records(conn, files, number, picked, how, actor=actor, search_id=search_id)


def preview(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str | None,
    picked: Sequence[Key],
    how: How,
    *,
    pinned: Mapping[Key, int] | None = None,
) -> Preview:
    """What `add_records` would add to a request (None: to one that is new), counted."""
    wanted = _wanted(files, picked, how, pinned or {})
    if number is None:
        coming, already = wanted, 0
    else:
        fresh, again, already, _ = _sorted_out(conn, get_request(conn, number), wanted)
        coming = [*fresh, *(each for each, _ in again)]
    return Preview(
        len(coming),
        sum(each.along for each in coming),
        already,
        sum(each.file == "private" for each in coming),
        tuple(Counter(each.kind for each in coming).most_common()),
        tuple(Counter(each.platform for each in coming).most_common()),
    )


def _wanted(
    files: Mapping[str, sqlite3.Connection],
    picked: Sequence[Key],
    how: How,
    pinned: Mapping[Key, int],
) -> list[_Wanted]:
    """The picked records in their order, then what comes along, each version that is to be in. What
    counts under another record comes as that one."""
    chosen = _in_view(files, picked)
    of_file: dict[str, list[int]] = {}
    for file, record_id in chosen:
        of_file.setdefault(file, []).append(record_id)
    found: dict[Key, list[_Wanted]] = {}
    for file, ids in of_file.items():
        if file not in files:
            raise InputError(f"no record {ids[0]} in {file}: nothing was added")
        picked_ids = frozenset(ids)
        for each in _rows_of(files[file], file, family_ids(files[file], ids, how.along), how):
            along = each.record_id not in picked_ids
            found.setdefault((file, each.record_id), []).append(each._replace(along=along))
        found.update(_pinned(files[file], file, ids, pinned, found, how))
    for file, record_id in chosen:
        if (file, record_id) not in found:
            raise InputError(f"no record {record_id} in {file}: nothing was added")
    first = [each for key in chosen for each in found.pop(key)]
    return first + [each for versions in found.values() for each in versions]


def _in_view(files: Mapping[str, sqlite3.Connection], picked: Sequence[Key]) -> list[Key]:
    kept: dict[Key, int] = {}
    for file, connection in files.items():
        ids = [number for at, number in picked if at == file]
        kept.update(((file, number), under) for number, under in kept_of(connection, ids).items())
    return list(dict.fromkeys((key[0], kept.get(key, key[1])) for key in picked))


def _rows_of(
    connection: sqlite3.Connection, file: str, ids: Sequence[int], how: How
) -> Iterator[_Wanted]:
    sql = _ALL_VERSIONS if how.versions else _CURRENT
    cursor = connection.cursor()
    cursor.row_factory = None
    for start in range(0, len(ids), _AT_ONCE):
        wanted = msgspec.json.encode(ids[start : start + _AT_ONCE]).decode()
        for number, version_id, leaf, family, kind, platform in cursor.execute(
            sql, {"ids": wanted}
        ):
            yield _Wanted(file, number, version_id, leaf, family, kind, platform, along=False)


def _pinned(
    connection: sqlite3.Connection,
    file: str,
    ids: Sequence[int],
    pinned: Mapping[Key, int],
    found: Mapping[Key, list[_Wanted]],
    how: How,
) -> dict[Key, list[_Wanted]]:
    """The records whose pinned version is not the current one, in that version."""
    other = {
        pinned[file, number]: (file, number)
        for number in ids
        if not how.versions
        and (file, number) in pinned
        and (file, number) in found
        and found[file, number][0].version_id != pinned[file, number]
    }
    leaves: dict[int, str] = {}
    numbers = list(other)
    for start in range(0, len(numbers), _AT_ONCE):
        wanted = msgspec.json.encode(numbers[start : start + _AT_ONCE]).decode()
        leaves.update(
            connection.execute(
                "SELECT v.id, lower(hex(l.hash)) FROM json_each(?) AS wanted "
                "CROSS JOIN versions AS v ON v.id = wanted.value "
                "CROSS JOIN leaves AS l ON l.seq = v.leaf",
                (wanted,),
            ).fetchall()
        )
    for version_id, (_, record_id) in other.items():
        if version_id not in leaves:
            raise InputError(
                f"version {version_id} of record {record_id} in {file} is no longer in the "
                "archive: nothing was added"
            )
    return {
        key: [found[key][0]._replace(version_id=version_id, leaf=leaves[version_id])]
        for version_id, key in other.items()
    }


def _sorted_out(
    conn: sqlite3.Connection, request: Request, wanted: Iterable[_Wanted]
) -> tuple[list[_Wanted], list[tuple[_Wanted, int]], int, int]:
    """What is new to the request, what comes back (with its item id), and how many are there
    already or are further versions of records that are."""
    there: dict[Key, dict[int, tuple[int, bool]]] = {}
    cursor = conn.cursor()
    cursor.row_factory = None
    for item_id, file, record_id, version_id, still_in in cursor.execute(
        """
        SELECT items.id, items.file, record_id, version_id, standing.item_id IS NOT NULL
        FROM request_items AS items LEFT JOIN request_standing AS standing
            ON standing.request_id = items.request_id AND standing.item_id = items.id
        WHERE items.request_id = ?
        """,
        (request.id,),
    ):
        there.setdefault((file, record_id), {})[version_id] = (item_id, bool(still_in))
    known = frozenset(
        key for key, found in there.items() if any(each[1] for each in found.values())
    )
    fresh: list[_Wanted] = []
    again: list[tuple[_Wanted, int]] = []
    duplicates, newer = 0, 0
    for each in wanted:
        key = (each.file, each.record_id)
        item_id, still_in = there.get(key, {}).get(each.version_id, (0, False))
        if still_in:
            duplicates += 1
            continue
        newer += key in known
        if item_id:
            again.append((each, item_id))
        else:
            fresh.append(each)
    return fresh, again, duplicates, newer


def _enter(
    conn: sqlite3.Connection,
    request: Request,
    fresh: Sequence[_Wanted],
    search_id: int | None,
    actor: str,
    detail: Mapping[str, object],
) -> int:
    """Write the items and the addition they came with, in the caller's transaction."""
    now = now_text()
    before = row(conn, "SELECT coalesce(max(id), 0) AS last FROM main.request_items")
    conn.executemany(
        "INSERT INTO main.request_items (request_id, file, record_id, version_id, leaf, family, "
        "as_family, search_id, added_at, added_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(request.id, each.file, each.record_id, each.version_id, each.leaf, each.family),
                *(each.along, search_id, now, actor),
            )
            for each in fresh
        ),
    )
    after = row(conn, "SELECT coalesce(max(id), 0) AS last FROM main.request_items")
    assert before is not None and after is not None
    cursor = conn.execute(
        "INSERT INTO main.request_additions (request_id, at, actor, first_item, last_item, detail) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            *(request.id, now, actor, before["last"] + 1, after["last"]),
            msgspec.json.encode(detail).decode(),
        ),
    )
    return int(cursor.lastrowid or 0)


def _put_back(
    conn: sqlite3.Connection,
    addition: int,
    again: Sequence[tuple[_Wanted, int]],
    actor: str,
) -> None:
    now = now_text()
    conn.executemany(
        "INSERT INTO main.request_item_moves (item_id, addition_id, what, at, actor, reason) "
        "VALUES (?, ?, 'put back', ?, ?, 'added again')",
        ((item_id, addition, now, actor) for _, item_id in again),
    )


def _notices(request: Request, added: int, duplicates: int, newer: int) -> tuple[str, ...]:
    notices = []
    if duplicates:
        notices.append(f"{duplicates} already in request {request.number}: left as they were")
    if newer:
        notices.append(f"{newer} were edited since they were collected: both versions are in now")
    if added and request.practice:
        notices.append(f"{added} added for practice: nothing is held from disposition")
    elif added:
        notices.append(f"{added} added, and held from disposition while the request is open")
    return tuple(notices)
