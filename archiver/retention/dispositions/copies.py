"""Where else what goes still stands: exchanges, downloads, records that quote it.

Asked once, before the first slice, because afterwards nobody can tell any more which exchange held
what. What is found is written down in office.db, by number only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.archive.store import Archive
from archiver.archive.surveying import copies_of
from archiver.database import row, rows, write_transaction
from archiver.items import Access
from archiver.progress import Progress
from archiver.retention.dispositions.batches import Batch, event_of, items_of, note
from archiver.retention.dispositions.checks import citing
from archiver.retention.dispositions.holdings import ORIGINAL, RECORD, SUBSCRIBER
from archiver.retention.dispositions.outside import Key
from archiver.retention.reporting import FILES

SURVEYED = "surveyed"
MOST_NAMED = 1_000
"""So many quoting records are named one by one; beyond, they are counted."""
NAMES: Mapping[Access, str] = {access: file for file, access in FILES.items()}


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange that holds records of a batch: which of them, as (file, id). None: it is a page
    of a list that names people of the batch."""

    file: str
    exchange_id: int
    listed: tuple[Key, ...]


def survey_batch(
    office: sqlite3.Connection,
    archive: Archive,
    batch: Batch,
    *,
    actor: str,
    progress: Progress | None = None,
) -> None:
    """Find and write down where copies of a batch's records stand, once."""
    if event_of(office, batch, SURVEYED) is not None:
        return
    wanted: dict[Access, list[int]] = {access: [] for access in Access}
    people: list[int] = []
    for item in items_of(office, batch, only_waiting=True):
        if item.kind == RECORD:
            wanted[FILES[item.file]].append(item.ref)
        elif item.kind == SUBSCRIBER:
            people.append(item.ref)
    found = copies_of(archive, wanted, progress, people=people)
    quoting = [[NAMES[each.access], each.record_id] for each in found.quotations]
    detail = {
        "downloads": [[each.id, each.doomed] for each in found.originals],
        "quoting": {"records": len(quoting), "named": quoting[:MOST_NAMED]},
    }
    with write_transaction(office):
        office.executemany(
            "INSERT INTO disposition_exchanges (batch_id, file, exchange_id, listed) "
            "VALUES (?, ?, ?, ?)",
            (
                (
                    *(batch.id, NAMES[each.access], each.id),
                    msgspec.json.encode([(NAMES[at], ref) for at, ref in each.holds]).decode(),
                )
                for each in found.exchanges
            ),
        )
        note(office, batch, SURVEYED, actor=actor, detail=detail)


def exchanges_of(office: sqlite3.Connection, batch: Batch) -> list[Exchange]:
    """The exchanges that held records of a batch, as surveyed."""
    found = rows(
        office,
        "SELECT file, exchange_id, listed FROM disposition_exchanges WHERE batch_id = ? "
        "ORDER BY id",
        batch.id,
    )
    return [
        Exchange(
            each["file"],
            each["exchange_id"],
            msgspec.json.decode(each["listed"], type=tuple[tuple[str, int], ...]),
        )
        for each in found
    ]


def resting_on(archive: Archive, exchange: Exchange) -> set[Key]:
    """The records that rest on an exchange now, through its row in either file."""
    found: set[Key] = set()
    place = row(
        archive.file(FILES[exchange.file]),
        "SELECT warc, start, access FROM exchanges WHERE id = ?",
        exchange.exchange_id,
    )
    if place is None:
        return found
    for file, access in FILES.items():
        conn = archive.file(access)
        number = row(
            conn,
            "SELECT id FROM exchanges WHERE warc = ? AND start = ? AND access = ?",
            *tuple(place),
        )
        if number is not None:
            found |= {
                (file, each["record_id"])
                for each in rows(
                    conn,
                    "SELECT record_id FROM versions WHERE exchange_id = ?1 "
                    "UNION SELECT record_id FROM events WHERE exchange_id = ?1",
                    number["id"],
                )
            }
    return found


def downloads_left(
    office: sqlite3.Connection, archive: Archive, batch: Batch
) -> list[dict[str, Any]]:
    """The downloads that held what went and stay, each with how many records still rest on it."""
    surveyed = event_of(office, batch, SURVEYED)
    known: list[list[int]] = [] if surveyed is None else surveyed.detail["downloads"]
    ids = [number for number, _ in known]
    there = {
        each["id"]
        for each in rows(
            archive.private,
            "SELECT id FROM originals WHERE id IN (SELECT value FROM json_each(?))",
            msgspec.json.encode(ids).decode(),
        )
    }
    resting = citing(archive, "private", sorted(there))
    return [
        {
            "file": "private",
            "kind": ORIGINAL,
            "id": number,
            "gone": gone,
            "surviving": len(resting[number]),
        }
        for number, gone in known
        if number in there
    ]


def quoting(office: sqlite3.Connection, batch: Batch, gone: Collection[Key]) -> dict[str, Any]:
    """The records that quote what went and stay."""
    surveyed = event_of(office, batch, SURVEYED)
    known: dict[str, Any] = {} if surveyed is None else surveyed.detail["quoting"]
    named = [each for each in known.get("named", []) if tuple(each) not in gone]
    fewer = len(known.get("named", [])) - len(named)
    return {"records": known.get("records", 0) - fewer, "named": named}
