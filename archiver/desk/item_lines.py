"""A request's items as pages list them: what this person may know of, with the records."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.archive.reading import Record, Version, record, version
from archiver.desk.answers import NotHere
from archiver.desk.looking import note_private
from archiver.desk.states import State, states_of
from archiver.desk.visits import Visit
from archiver.requests.book import Item, Request, items_by_id
from archiver.retention.quarantine import quarantined


@dataclass(frozen=True, slots=True)
class Line:
    """An item with the record as it was collected."""

    item: Item
    record: Record | None
    version: Version | None
    states: list[State]
    edited_since: bool
    quarantined: bool


def known_files(visit: Visit) -> tuple[str, ...]:
    """The access classes this person may know of."""
    return visit.sight.files


def find_item(visit: Visit, office: sqlite3.Connection, request: Request, item_id: int) -> Item:
    """An item of a request that this person may know of. Raises NotHere for every other."""
    found = items_by_id(office, [item_id])
    if not found or found[0].request_id != request.id or found[0].file not in known_files(visit):
        raise NotHere
    return found[0]


def lines_of(
    visit: Visit,
    files: dict[str, sqlite3.Connection],
    request: Request,
    items: Sequence[Item],
) -> list[Line]:
    """Items with their records; one that is gone or may not be read stands without.

    Which private records are about to be shown is written down first.
    """
    with visit.office() as office:
        shut = quarantined(office)
    shown = [item for item in items if item.record_id not in shut.get(item.file, ())]
    note_private(
        visit, f"request {request.number}", ((item.file, item.record_id) for item in shown)
    )
    lines = []
    for item in items:
        connection = files.get(item.file)
        found = record(connection, item.record_id) if connection is not None else None
        collected = version(connection, item.version_id) if connection is not None else None
        lines.append(
            Line(
                item,
                found,
                collected,
                states_of(found, visit.desk.settings.time_zone) if found else [],
                found is not None and found.version_id != item.version_id,
                item.record_id in shut.get(item.file, ()),
            )
        )
    return lines
