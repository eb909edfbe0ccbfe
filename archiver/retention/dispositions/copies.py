"""Where else what goes still stands: exchanges, downloads, records that quote it.

Asked once, before the first slice, because afterwards nobody can tell any more which exchange held
what. What is found is written down in office.db, by number only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver.archive.surveying import copies_of
from archiver.archive.store import Archive
from archiver.clock import now_text
from archiver.database import rows, write_transaction
from archiver.items import Access
from archiver.retention.dispositions.batches import Batch, event_of, items_of, note
from archiver.retention.dispositions.holdings import RECORD
from archiver.retention.reporting import FILES

Progress = Callable[[str, int, int | None], None]
SURVEYED = "surveyed"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange that holds records of a batch: which of them, and which others (file, id)."""

    file: str
    exchange_id: int
    listed: tuple[tuple[str, int], ...]
    others: tuple[tuple[str, int], ...]


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
    wanted: dict[str, list[int]] = {file: [] for file in FILES}
    for item in items_of(office, batch):
        if item.kind == RECORD and item.outcome is None:
            wanted[item.file].append(item.ref)
    found = copies_of(archive, wanted, progress)
    with write_transaction(office):
        raise NotImplementedError


def exchanges_of(office: sqlite3.Connection, batch: Batch) -> list[Exchange]:
    """The exchanges that held records of a batch, as surveyed."""
    found = rows(
        office,
        "SELECT file, exchange_id, listed, others FROM disposition_exchanges WHERE batch_id = ? "
        "ORDER BY id",
        batch.id,
    )
    kind = tuple[tuple[str, int], ...]
    return [
        Exchange(
            each["file"],
            each["exchange_id"],
            msgspec.json.decode(each["listed"], type=kind),
            msgspec.json.decode(each["others"], type=kind),
        )
        for each in found
    ]
