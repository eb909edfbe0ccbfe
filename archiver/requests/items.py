"""What a request collects: records with their families, pinned to the version that was found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.reading import Record, Version, record, records, thread, version
from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.requests.decisions import Decision, latest_decisions
from archiver.requests.intake import Request, get_request, hold_touched, note, open_request
from archiver.retention.quarantine import quarantined

FAMILY_LIMIT = 10_000
IN_QUARANTINE = "its record is in quarantine, and the city attorney decides about it"


@dataclass(frozen=True, slots=True)
class Item:
    """One version of one record in a request. `leaf` is the version's leaf when it was collected
    (hexadecimal), `family` the thread it stands in, `as_family` whether it came along with
    another record of its thread, `search_id` the logged search that found it."""

    id: int
    request_id: int
    file: str
    record_id: int
    version_id: int
    leaf: str
    family: str
    as_family: bool
    search_id: int | None
    added_at: str
    added_by: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class AddReport:
    """What adding records did. `notices` say in words what a clerk should know."""

    added: int
    duplicates: int
    newer: int
    held: int
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductionItem:
    """An item with what the archive holds for it now.

    `version` is the collected version. `problem` is None where it stands as collected; otherwise it
    says in one line why it must not be produced. `edited_since` marks a record with a later
    version: what was collected is still true, but it is no longer the latest. `quarantined` marks
    one nobody may see: it cannot be released, and what withholds it needs nothing of it.
    """

    item: Item
    record: Record | None
    version: Version | None
    problem: str | None
    edited_since: bool
    quarantined: bool = False


def add_items(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    picked: Sequence[tuple[str, int]],
    *,
    actor: str,
    families: bool = False,
    search_id: int | None = None,
) -> AddReport:
    """Put records, as (file, record id), into an open request, in their current version, and hold
    them for as long as the request is open (notes on § 34090; DESIGN §7 rule 2).

    `files` are the archive's files by name (``archive``, ``private``) as far as the person may see
    them; `families` brings the rest of each thread along. A record already there is left as it is;
    one edited since it was collected comes in as a further item. Raises InputError where a record
    does not exist, and then nothing is added; RuleError where the request is closed.
    """
    wanted = _with_families(files, picked) if families else _found(files, picked)
    with write_transaction(conn):
        request = open_request(conn, number)
        there = _collected(conn, request)
        added, duplicates, newer = 0, 0, 0
        now = now_text()
        for file, found, as_family in wanted:
            known = there.setdefault((file, found.id), set())
            if found.version_id in known:
                duplicates += 1
                continue
            newer += bool(known)
            known.add(found.version_id)
            added += 1
            conn.execute(
                "INSERT INTO request_items (request_id, file, record_id, version_id, leaf, family, "
                "as_family, search_id, added_at, added_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    request.id,
                    file,
                    found.id,
                    found.version_id,
                    found.leaf,
                    family_of(found),
                    as_family,
                    search_id,
                    now,
                    actor,
                ),
            )
        touched = [(file, found.id) for file, found, _ in wanted]
        held = hold_touched(conn, request, touched, actor=actor)
        if added:
            detail = {"added": added, "newer": newer, "search": search_id}
            note(conn, request, actor=actor, kind="items added", detail=detail)
    return AddReport(added, duplicates, newer, held, _notices(request, added, duplicates, newer))


def items_of(conn: sqlite3.Connection, number: str) -> list[Item]:
    """A request's items in the order they were collected, each with its standing decision."""
    request = get_request(conn, number)
    decided = latest_decisions(conn, request.id)
    found = rows(conn, "SELECT * FROM request_items WHERE request_id = ? ORDER BY id", request.id)
    return [_item(each, decided.get(each["id"])) for each in found]


def get_item(conn: sqlite3.Connection, number: str, item_id: int) -> Item:
    """One item of a request. Raises InputError where the request has no such item."""
    request = get_request(conn, number)
    found = row(
        conn,
        "SELECT * FROM request_items WHERE request_id = ? AND id = ?",
        request.id,
        item_id,
    )
    if found is None:
        raise InputError(f"request {request.number} has no item {item_id}")
    return _item(found, latest_decisions(conn, request.id, item_id).get(item_id))


def items_for_production(
    conn: sqlite3.Connection, files: Mapping[str, sqlite3.Connection], number: str
) -> list[ProductionItem]:
    """Every item with its record and version as the archive holds them now, by thread and time.

    The collected leaf is compared with the stored one: what does not match is named in `problem`
    and must not be produced.
    """
    items = items_of(conn, number)
    held = _held_now(files, items)
    shut = quarantined(conn)
    checked = [
        ProductionItem(item, None, None, IN_QUARANTINE, False, quarantined=True)
        if item.record_id in shut.get(item.file, ())
        else _checked(files, item, held.get((item.file, item.record_id)))
        for item in items
    ]
    first: dict[tuple[str, str], int] = {}
    for each in checked:
        group = (each.item.file, each.item.family)
        first[group] = min(first.get(group, each.item.record_id), each.item.record_id)
    return sorted(
        checked,
        key=lambda each: (
            first[each.item.file, each.item.family],
            each.item.file,
            each.item.family,
            each.item.record_id,
            each.item.id,
        ),
    )


def requests_touching(conn: sqlite3.Connection, file: str, record_id: int) -> list[str]:
    """The numbers of the requests that collected a record; practice is not told."""
    found = rows(
        conn,
        "SELECT DISTINCT number FROM request_items JOIN requests ON requests.id = request_id "
        "WHERE file = ? AND record_id = ? AND practice = 0 ORDER BY requests.id",
        file,
        record_id,
    )
    return [each["number"] for each in found]


def family_of(found: Record) -> str:
    """The thread a record stands in, as a key that is equal for all its records."""
    return f"{found.account_id}:{found.root_id or found.native_id}"


def _found(
    files: Mapping[str, sqlite3.Connection], picked: Iterable[tuple[str, int]]
) -> list[tuple[str, Record, bool]]:
    return [(file, _record(files, file, record_id), False) for file, record_id in picked]


def _with_families(
    files: Mapping[str, sqlite3.Connection], picked: Sequence[tuple[str, int]]
) -> list[tuple[str, Record, bool]]:
    chosen_first = _found(files, picked)
    chosen = {(file, found.id) for file, found, _ in chosen_first}
    wanted = list(chosen_first)
    families: set[tuple[str, str]] = set()
    for file, found, _ in chosen_first:
        if (file, family_of(found)) in families:
            continue
        families.add((file, family_of(found)))
        for entry in thread(files[file], found, limit=FAMILY_LIMIT):
            if (file, entry.record.id) not in chosen:
                chosen.add((file, entry.record.id))
                wanted.append((file, entry.record, True))
    return wanted


def _record(files: Mapping[str, sqlite3.Connection], file: str, record_id: int) -> Record:
    connection = files.get(file)
    found = None if connection is None else record(connection, record_id)
    if found is None:
        raise InputError(f"no record {record_id} in {file}: nothing was added")
    return found


def _collected(conn: sqlite3.Connection, request: Request) -> dict[tuple[str, int], set[int]]:
    there: dict[tuple[str, int], set[int]] = {}
    for each in rows(
        conn,
        "SELECT file, record_id, version_id FROM request_items WHERE request_id = ?",
        request.id,
    ):
        there.setdefault((each["file"], each["record_id"]), set()).add(each["version_id"])
    return there


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


def _held_now(
    files: Mapping[str, sqlite3.Connection], items: Sequence[Item]
) -> dict[tuple[str, int], Record]:
    held = {}
    for file, connection in files.items():
        wanted = {item.record_id for item in items if item.file == file}
        held.update({(file, found.id): found for found in records(connection, sorted(wanted))})
    return held


def _checked(
    files: Mapping[str, sqlite3.Connection], item: Item, found: Record | None
) -> ProductionItem:
    connection = files.get(item.file)
    if connection is None:
        return ProductionItem(item, None, None, f"{item.file} may not be read here", False)
    if found is None:
        return ProductionItem(item, None, None, "the record is no longer in the archive", False)
    kept = version(connection, item.version_id)
    if kept is None or kept.record_id != item.record_id:
        problem = "the collected version is no longer in the archive: run `archiver verify`"
        return ProductionItem(item, found, None, problem, False)
    if kept.leaf != item.leaf:
        problem = "the record differs from what was collected: run `archiver verify`"
        return ProductionItem(item, found, kept, problem, False)
    return ProductionItem(item, found, kept, None, found.version_id != item.version_id)


def _item(found: sqlite3.Row, decision: Decision | None) -> Item:
    return Item(
        found["id"],
        found["request_id"],
        found["file"],
        found["record_id"],
        found["version_id"],
        found["leaf"],
        found["family"],
        bool(found["as_family"]),
        found["search_id"],
        found["added_at"],
        found["added_by"],
        decision or Decision.none(),
    )
