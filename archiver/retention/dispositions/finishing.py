"""What follows when the rows are gone: exchanges, bytes, seal, scrub, proof, certificate, ledger.

Each part is harmless to repeat and leaves an event when it is done, so that an interrupted
execution goes on at the part where it stopped. The certificate is written from these events.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from archiver import clock
from archiver.archive.destroying import Authority, destroy_exchanges, finish_bytes, scrub
from archiver.archive.seals import seal, seal_by_number
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import write_transaction
from archiver.errors import BusyError, IntegrityError
from archiver.register.accounts import Account
from archiver.retention.dispositions.batches import (
    Batch,
    check_list,
    event_of,
    get_batch,
    items_of,
    note,
)
from archiver.retention.dispositions.certificate import write_certificate
from archiver.retention.dispositions.copies import Exchange, downloads_left, exchanges_of
from archiver.retention.dispositions.holdings import RECORD
from archiver.retention.dispositions.outside import Key, Outside
from archiver.retention.dispositions.proof import Needles
from archiver.retention.dispositions.routes import find_route
from archiver.retention.holds import holds_over
from archiver.retention.reporting import FILES

Progress = Callable[[str, int, int | None], None]
GONE = ("destroyed", "transferred", "removed")
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class End:
    """What the end of an execution works with."""

    office: sqlite3.Connection
    archive: Archive
    settings: Settings
    accounts: Sequence[Account]
    outside: Outside
    authority: Authority
    actor: str
    progress: Progress | None = None


def finish(end: End, batch: Batch, needles: Needles) -> Batch:
    """Do what is left of an execution whose slices are done; the batch as it is then.

    Raises BusyError where a reader keeps an old state of a file in use (the next call goes on),
    IntegrityError where destroyed text is still found in a file, StorageError.
    """
    gone = {
        (item.file, item.ref)
        for item in items_of(end.office, batch)
        if item.kind == RECORD and item.outcome in GONE
    }
    parts: tuple[tuple[str, Callable[[], Mapping[str, object]]], ...] = (
        ("exchanges", lambda: _exchanges(end, batch, gone)),
        ("bytes", lambda: _bytes(end, batch)),
        ("copies", lambda: _copies(end, batch, gone)),
        ("sealed", lambda: _seal(end)),
        ("scrubbed", lambda: _scrub(end)),
        ("proof", lambda: _proof(end, needles)),
    )
    for place, (what, part) in enumerate(parts):
        if event_of(end.office, batch, what) is None:
            if end.progress:
                end.progress(f"finishing: {what}", place, len(parts))
            _note(end, batch, what, part())
    if event_of(end.office, batch, "done") is None:
        _note(end, batch, "done", {})
    certify(end, batch)
    return get_batch(end.office, batch.number)


def certify(end: End, batch: Batch) -> None:
    """Write the certificate and the line of the ledger, where they are not there yet."""
    found = event_of(end.office, batch, "certificate")
    if found is None:
        written = write_certificate(end.archive.home, end.office, end.settings, batch)
        _note(end, batch, "certificate", written)
        found = event_of(end.office, batch, "certificate")
    if event_of(end.office, batch, "ledger") is None and found is not None:
        end.outside.ledger(_entry(end, batch, str(found.detail["json"])))
        _note(end, batch, "ledger", {})


def _note(end: End, batch: Batch, what: str, detail: Mapping[str, object]) -> None:
    with write_transaction(end.office):
        note(end.office, batch, what, actor=end.actor, detail=detail)
