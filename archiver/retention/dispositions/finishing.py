"""What follows when the rows are gone: exchanges, bytes, seal, scrub, proof, certificate, ledger.

Each part is harmless to repeat and leaves an event when it is done, so that an interrupted
execution goes on at the part where it stopped. The certificate is written from these events.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from archiver import clock
from archiver.archive.destroying import Authority, destroy_exchanges, finish_bytes, scrub
from archiver.archive.seals import Seal, seal, seal_of_leaf
from archiver.archive.store import Archive
from archiver.database import row, write_transaction
from archiver.errors import BusyError, IntegrityError
from archiver.progress import Progress
from archiver.retention.dispositions.bags import remove_bags
from archiver.retention.dispositions.batches import (
    Batch,
    event_of,
    events_of,
    get_batch,
    items_of,
    note,
)
from archiver.retention.dispositions.certificate import GONE, write_certificate
from archiver.retention.dispositions.copies import (
    Exchange,
    downloads_left,
    exchanges_of,
    quoting,
    resting_on,
)
from archiver.retention.dispositions.holdings import RECORD, SUBSCRIBER
from archiver.retention.dispositions.outside import Key, Outside
from archiver.retention.dispositions.proof import Needles
from archiver.retention.holds import holds_over, holds_over_people
from archiver.retention.reporting import FILES

FAILED = "proof failed"
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class End:
    """What the end of an execution works with."""

    office: sqlite3.Connection
    archive: Archive
    outside: Outside
    authority: Authority
    actor: str
    progress: Progress | None = None


def finish(end: End, batch: Batch, needles: Needles) -> Batch:
    """Do what is left of an execution whose slices are done; the batch as it is then.

    Raises BusyError where a reader keeps an old state of a file in use (the next call goes on),
    IntegrityError where destroyed text is still found in a file, StorageError.
    """
    gone = _gone(end, batch)
    parts: tuple[tuple[str, Callable[[], Mapping[str, object]]], ...] = (
        ("exchanges", lambda: _exchanges(end, batch, gone)),
        ("bytes", lambda: {"places": finish_bytes(end.archive, batch.number)}),
        ("bags removed", lambda: {"bags": remove_bags(end.archive.home.path, batch.number)}),
        ("copies", lambda: _copies(end, batch, gone)),
        ("sealed", lambda: _seal(end, batch)),
        ("scrubbed", lambda: _scrub(end, batch)),
        ("proof", lambda: _proof(end, batch, needles)),
        ("certificate", lambda: write_certificate(end.archive.home, end.office, batch)),
        ("ledger", lambda: _ledger(end, batch)),
        ("done", dict),
    )
    for place, (what, part) in enumerate(parts):
        if event_of(end.office, batch, what) is not None:
            continue
        if end.progress:
            end.progress(f"finishing: {what}", place, len(parts))
        detail = part()
        with write_transaction(end.office):
            note(end.office, batch, what, actor=end.actor, detail=detail)
    return get_batch(end.office, batch.number)


def destroy_waiting(end: End, batch: Batch) -> int:
    """Destroy the exchanges of a finished batch that waited because a hold kept other records in
    them, as far as those holds are released; how many went. The certificate stays as it is: the
    events of the batch tell what followed.

    Raises as `finish` does.
    """
    found = event_of(end.office, batch, "exchanges")
    waiting: list[Any] = [] if found is None else found.detail["waiting"]
    if not waiting:
        return 0
    went = int(_exchanges(end, batch, _gone(end, batch))["destroyed"])
    if went:
        finish_bytes(end.archive, batch.number)
        _scrub(end, batch)
        seal(end.archive, now=clock.now_text())
        with write_transaction(end.office):
            detail = {"destroyed": went}
            note(end.office, batch, "exchanges followed", actor=end.actor, detail=detail)
    return went


def _gone(end: End, batch: Batch) -> set[Key]:
    return {
        item.key
        for item in items_of(end.office, batch)
        if item.kind == RECORD and item.outcome in GONE
    }


def _exchanges(end: End, batch: Batch, gone: Collection[Key]) -> dict[str, Any]:
    """Destroy the exchanges that held what went. One that is evidence of a held record waits: the
    hold keeps the evidence too, and the certificate says so."""
    people = any(
        item.kind == SUBSCRIBER and item.outcome in GONE for item in items_of(end.office, batch)
    )
    due = [
        each
        for each in exchanges_of(end.office, batch)
        if any(key in gone for key in each.listed) or (people and not each.listed)
    ]
    destroyed, waiting = 0, []
    for start in range(0, len(due), _AT_ONCE):
        # holding office.db, so that no hold is placed between the look and the act
        with write_transaction(end.office), end.archive.writer():
            free = []
            for each in due[start : start + _AT_ONCE]:
                holds = _holds_on(end, each)
                if holds:
                    told = {"file": each.file, "exchange": each.exchange_id, "holds": holds}
                    waiting.append(told)
                else:
                    free.append((FILES[each.file], each.exchange_id))
            now = clock.now_text()
            destroyed += destroy_exchanges(end.archive, free, end.authority, now=now)
    return {"destroyed": destroyed, "waiting": waiting}


def _holds_on(end: End, exchange: Exchange) -> list[str]:
    """The holds over what else an exchange is evidence of: records that rest on it, or, for a page
    of a list, the people of its account."""
    kept = [*holds_over(end.office, resting_on(end.archive, exchange)).values()]
    if not exchange.listed:
        account = row(
            end.archive.file(FILES[exchange.file]),
            "SELECT account_id FROM runs JOIN exchanges ON runs.id = run_id WHERE exchanges.id = ?",
            exchange.exchange_id,
        )
        if account is not None:
            kept += holds_over_people(end.office, [account["account_id"]]).values()
    return sorted({hold.title for holds in kept for hold in holds})


def _copies(end: End, batch: Batch, gone: Collection[Key]) -> dict[str, Any]:
    exchanges = event_of(end.office, batch, "exchanges")
    return {
        "held": [asdict(each) for each in end.outside.copies(gone)],
        "downloads": downloads_left(end.office, end.archive, batch),
        "quoting": quoting(end.office, batch, gone),
        "waiting": [] if exchanges is None else exchanges.detail["waiting"],
        "backups": [asdict(each) for each in end.outside.backups()],
    }


def _seal(end: End, batch: Batch) -> dict[str, Any]:
    """Seal the tombstones; which seals cover them (a nightly run may have been quicker)."""
    seal(end.archive, now=clock.now_text())
    covering: list[Seal] = []
    for file, access in FILES.items():
        found = end.archive.file(access).execute(
            "SELECT min(leaf), max(leaf) FROM tombstones "
            "WHERE detail IS NOT NULL AND json_extract(detail, '$.batch') = ?",
            (batch.number,),
        )
        for leaf in found.fetchone():
            one = None if leaf is None else seal_of_leaf(end.archive, file, leaf)
            if one is not None:
                covering.append(one)
    if not covering:
        return {"first": None, "last": None}
    last = max(covering, key=lambda each: each.n)
    return {
        "first": min(each.n for each in covering),
        "last": last.n,
        "sealed_at": last.sealed_at,
        "root": last.root.hex(),
    }


def _scrub(end: End, batch: Batch) -> dict[str, Any]:
    scrubbed = scrub(end.archive, end.progress)
    if not scrubbed.done:
        raise BusyError(f"{batch.number}: {'; '.join(scrubbed.not_yet)}; execute it again to go on")
    return {"not_yet": []}


def _proof(end: End, batch: Batch, needles: Needles) -> dict[str, Any]:
    """Look for the sample. A look that found something is written down before it is told, so that
    the next one, whose sample is smaller, does not make it forgotten."""
    proof = needles.look(end.archive)
    if proof.left:
        with write_transaction(end.office):
            note(end.office, batch, FAILED, actor=end.actor, detail=asdict(proof))
        raise IntegrityError(
            f"{batch.number}: {proof.left} destroyed texts still stand in the files; run `archiver "
            "verify`, then execute it again: the certificate will say so"
        )
    earlier = [event.detail for event in events_of(end.office, batch) if event.what == FAILED]
    return asdict(proof) | {"earlier_left": sum(each["left"] for each in earlier)}


def _ledger(end: End, batch: Batch) -> dict[str, Any]:
    certificate = event_of(end.office, batch, "certificate")
    went = [item for item in items_of(end.office, batch) if item.outcome in GONE]
    end.outside.ledger(
        {
            "number": batch.number,
            "act": batch.act,
            "authority": end.authority.words,
            "executed_at": max((item.outcome_at or "" for item in went), default=batch.frozen_at),
            "holdings": [[item.file, item.kind, item.ref, item.leaf] for item in went],
            "certificate": None if certificate is None else certificate.detail["json"],
        }
    )
    return {}
