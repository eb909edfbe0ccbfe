"""What a request collects: records with their families, pinned to the version that was found."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.reading import Record, Version, records, version
from archiver.database import row, rows
from archiver.errors import InputError
from archiver.requests.decisions import Decision, latest_decisions
from archiver.requests.intake import get_request
from archiver.requests.redacting.bars import Redaction, redactions_in, redactions_of
from archiver.retention.quarantine import quarantined

_STILL_IN = """coalesce((
    SELECT what FROM request_item_moves WHERE item_id = request_items.id
    ORDER BY request_item_moves.id DESC LIMIT 1
), '') <> 'taken out'"""
IN_QUARANTINE = "its record is in quarantine, and the city attorney decides about it"


@dataclass(frozen=True, slots=True)
class Item:
    """One version of one record in a request. `leaf` is the version's leaf when it was collected
    (hexadecimal), `family` the thread it stands in, `as_family` whether it came along with
    another record of its thread, `search_id` the logged search that found it. `redactions` are the
    bars that stand on it."""

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
    redactions: tuple[Redaction, ...] = ()


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


def items_of(conn: sqlite3.Connection, number: str) -> list[Item]:
    """All items of a request in the order they were collected, each with its standing decision;
    what was taken out again is left out. A page reads `queue.items_page` instead."""
    request = get_request(conn, number)
    decided = latest_decisions(conn, request.id)
    found = rows(
        conn,
        f"SELECT * FROM request_items WHERE request_id = ? AND {_STILL_IN} ORDER BY id",
        request.id,
    )
    barred = redactions_in(conn, request.id)
    return [
        item_of_row(each, decided.get(each["id"]), barred.get(each["id"], ())) for each in found
    ]


def get_item(conn: sqlite3.Connection, number: str, item_id: int) -> Item:
    """One item of a request. Raises InputError where the request has no such item."""
    request = get_request(conn, number)
    found = row(
        conn,
        f"SELECT * FROM request_items WHERE request_id = ? AND id = ? AND {_STILL_IN}",
        request.id,
        item_id,
    )
    if found is None:
        raise InputError(f"request {request.number} has no item {item_id}")
    decided = latest_decisions(conn, request.id, item_id).get(item_id)
    return item_of_row(found, decided, redactions_of(conn, item_id))


def items_for_production(
    conn: sqlite3.Connection, files: Mapping[str, sqlite3.Connection], number: str
) -> list[ProductionItem]:
    """Every item with its record and version as the archive holds them now, by thread and time.

    The collected leaf is compared with the stored one: what does not match is named in `problem`
    and must not be produced.
    """
    checked = _as_held(conn, files, items_of(conn, number))
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


def items_of_record(
    conn: sqlite3.Connection, files: Mapping[str, sqlite3.Connection], number: str, item_id: int
) -> list[ProductionItem]:
    """An item first, then the request's other versions of its record, as `items_for_production`
    gives them. Raises InputError where there is no such item."""
    wanted = get_item(conn, number, item_id)
    found = rows(
        conn,
        "SELECT id FROM request_items WHERE request_id = ? AND file = ? AND record_id = ? "
        "ORDER BY id <> ?, id",
        wanted.request_id,
        wanted.file,
        wanted.record_id,
        item_id,
    )
    return _as_held(conn, files, [get_item(conn, number, each["id"]) for each in found])


def requests_touching(conn: sqlite3.Connection, file: str, record_id: int) -> list[str]:
    """The numbers of the requests that collected a record; practice is not told."""
    found = rows(
        conn,
        "SELECT DISTINCT number FROM request_items JOIN requests ON requests.id = request_id "
        f"WHERE file = ? AND record_id = ? AND {_STILL_IN} AND practice = 0 "
        "ORDER BY requests.id",
        file,
        record_id,
    )
    return [each["number"] for each in found]


def _as_held(
    conn: sqlite3.Connection, files: Mapping[str, sqlite3.Connection], items: Sequence[Item]
) -> list[ProductionItem]:
    held = _held_now(files, items)
    shut = quarantined(conn)
    return [
        ProductionItem(item, None, None, IN_QUARANTINE, False, quarantined=True)
        if item.record_id in shut.get(item.file, ())
        else _checked(files, item, held.get((item.file, item.record_id)))
        for item in items
    ]


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


def item_of_row(
    found: sqlite3.Row, decision: Decision | None, bars: Sequence[Redaction] = ()
) -> Item:
    """A row of `request_items`, read, with its standing decision and the bars on it."""
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
        tuple(bars),
    )
