"""Transfer instead of destruction: a BagIt bag for the receiving institution, then its receipt.

The bag holds each record with all its versions, events and the platform's own objects, its media,
and what proves it: the salt of each version, by which the receiver can recompute the leaf this
archive's seals hold. Whole exchanges are not handed over, because they hold other people's records.
Nothing is destroyed here before the receipt is recorded.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bagit
import msgspec

from archiver import clock
from archiver.archive import reading
from archiver.archive.files import find_media, find_original
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.database import row, write_transaction
from archiver.errors import InputError, IntegrityError, RuleError, StorageError
from archiver.items import Access
from archiver.retention.dispositions.approvals import missing
from archiver.retention.dispositions.bags import bag_folder, remove_bags
from archiver.retention.dispositions.batches import (
    Batch,
    Listed,
    check_list,
    event_of,
    get_batch,
    items_of,
    note,
    require_open,
)
from archiver.retention.dispositions.documents import Document, keep_document
from archiver.retention.dispositions.execution import Work, checker_for, keep_refused
from archiver.retention.dispositions.holdings import ORIGINAL, RECORD, SUBSCRIBER
from archiver.retention.dispositions.premis import premis
from archiver.retention.reporting import FILES
from archiver.retention.standing import catch_up

_CHUNK = 500
_LISTS = {RECORD: "records.jsonl", SUBSCRIBER: "people.jsonl", "unread": "unread.jsonl"}


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag as made: where it lies, how many holdings are in it, and the SHA-256 of its tag
    manifest, which covers everything in it."""

    path: Path
    name: str
    holdings: int
    files: int
    bytes: int
    tagmanifest_sha256: str


def make_bag(work: Work, number: str) -> Bag:
    """Make the bag of a transfer, once everything it needs is approved.

    What may not go any more (a hold, a change) is taken out of the batch first, so that exactly
    what is in the bag goes after the receipt. Raises RuleError where something is missing,
    IntegrityError where bytes are, StorageError where the bag cannot be written.
    """
    office, home = work.office, work.archive.home
    batch = require_open(get_batch(office, number), "make its bag")
    if batch.act != "transferred":
        raise RuleError(f"{batch.number} is no transfer")
    lacking = missing(office, batch, work.accounts)
    if lacking:
        named = "; ".join(one.words for one in lacking)
        raise RuleError(f"no bag is made for {batch.number}, it lacks: {named}")
    if event_of(office, batch, "receipt") is not None:
        raise RuleError(f"{batch.number}: its receipt is recorded already")
    check_list(office, batch)
    _take_out_refused(work, batch)
    name = f"{batch.number}-{clock.now():%Y%m%dT%H%M%S}"
    target = bag_folder(home.path) / name
    unfinished = target.with_name(f".{name}")
    try:
        unfinished.parent.mkdir(mode=0o700, exist_ok=True)
        remove_bags(home.path, batch.number)
        unfinished.mkdir(mode=0o700)
        counted = _fill(work, batch, unfinished)
        bag = _bag(work.settings, batch, unfinished, name)
        unfinished.rename(target)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise StorageError(f"{target} cannot be written: {error.strerror}") from None
    made = _measured(target, name, counted, bag)
    with write_transaction(office):
        detail = {
            "name": name,
            "holdings": made.holdings,
            "files": made.files,
            "bytes": made.bytes,
            "tagmanifest_sha256": made.tagmanifest_sha256,
            "receiver": batch.criteria.get("receiver", ""),
        }
        note(office, batch, "bag made", actor=work.actor, detail=detail)
    return made


def record_receipt(
    home: Home,
    office: sqlite3.Connection,
    settings: Settings,
    number: str,
    *,
    actor: str,
    name: str,
    position: str,
    on: dt.date,
    receipt_number: str = "",
    file: Path | None = None,
) -> Batch:
    """Record the receiving institution's receipt of the bag; then the batch may be executed.

    Raises RuleError where no bag was made or the day does not fit, InputError where the name is
    missing or the file cannot be used.
    """
    batch = require_open(get_batch(office, number), "record a receipt")
    made = event_of(office, batch, "bag made")
    if made is None:
        raise RuleError(f"{batch.number}: there is no bag to have been received; make it first")
    if not name.strip() or not position.strip():
        raise InputError("a receipt names who received the bag, and their office")
    bagged = clock.local_day(made.at, settings.time_zone)
    today = clock.local_day(clock.now_text(), settings.time_zone)
    if not bagged <= on <= today:
        raise RuleError(f"a receipt of {on} does not fit: the bag was made on {bagged}")
    kept: Document | None = None if file is None else keep_document(home, file)
    with write_transaction(office):
        batch = require_open(get_batch(office, number), "record a receipt")
        detail = {
            "bag": made.detail["name"],
            "name": name.strip(),
            "position": position.strip(),
            "number": receipt_number.strip(),
            "dated_on": on.isoformat(),
            "document_sha256": None if kept is None else kept.sha256,
        }
        note(office, batch, "receipt", actor=actor, detail=detail)
    return get_batch(office, number)


def _take_out_refused(work: Work, batch: Batch) -> None:
    catch_up(work.office, work.archive, work.settings)
    checker = checker_for(work, batch)
    with write_transaction(work.office):
        waiting = list(items_of(work.office, batch, only_waiting=True))
        leaving = {(item.file, item.kind, item.ref) for item in waiting}
        for start in range(0, len(waiting), _CHUNK):
            some = waiting[start : start + _CHUNK]
            refusals = checker.check_listed(some, leaving=leaving)
            keep_refused(work, batch, some, refusals)
    if get_batch(work.office, batch.number).waiting == 0:
        raise RuleError(f"{batch.number}: nothing of it may go any more; withdraw it")


def _fill(work: Work, batch: Batch, folder: Path) -> int:
    """Write what is handed over; how many holdings."""
    count = 0
    opened: dict[str, Any] = {}
    try:
        for item in items_of(work.office, batch, only_waiting=True):
            count += 1
            work.tell("packing the bag", count, batch.waiting)
            if item.kind == ORIGINAL:
                _copy_original(work.archive, item, folder)
                continue
            name = _LISTS[item.kind]
            if name not in opened:
                opened[name] = (folder / name).open("wb")
            facts = _facts(work.archive, item, folder)
            opened[name].write(msgspec.json.encode(facts, order="sorted") + b"\n")
    finally:
        for stream in opened.values():
            stream.close()
    (folder / "premis.xml").write_bytes(premis(work.office, batch, work.settings, folder))
    return count


def _facts(archive: Archive, item: Listed, folder: Path) -> Mapping[str, Any]:
    access = FILES[item.file]
    conn = archive.file(access)
    if item.kind != RECORD:
        table = "subscribers" if item.kind == SUBSCRIBER else "skipped"
        found = row(conn, f"SELECT * FROM {table} WHERE id = ?", item.ref)
        values = {} if found is None else dict(found)
        return {"kind": item.kind, "file": item.file, "leaf": item.leaf, "row": values}
    record = reading.record(conn, item.ref)
    if record is None:
        raise IntegrityError(f"{item.name} is missing: run `archiver verify`")
    versions = [_version(conn, each) for each in reading.versions(conn, item.ref)]
    media = list(_media(archive, conn, access, item, folder))
    return {
        "kind": RECORD,
        "file": item.file,
        "id": item.ref,
        "series": item.series,
        "cutoff_on": item.cutoff_on,
        "retain_until": item.retain_until,
        "leaf": item.leaf,
        "record": msgspec.to_builtins(record),
        "versions": versions,
        "events": [msgspec.to_builtins(each) for each in reading.events_of(conn, item.ref)],
        "media": media,
    }


def _version(conn: sqlite3.Connection, version: reading.Version) -> dict[str, Any]:
    """A version with what proves it: its salt opens the commitments under its leaf."""
    salt = row(conn, "SELECT salt FROM versions WHERE id = ?", version.id)
    raw = reading.raw_of(conn, version.id)
    evidence = reading.evidence_of(conn, version)
    return {
        **msgspec.to_builtins(version),
        "salt": "" if salt is None else salt["salt"].hex(),
        "received_base64": base64.b64encode(raw).decode(),
        "received_sha256": hashlib.sha256(raw).hexdigest(),
        "evidence": msgspec.to_builtins(evidence),
    }


def _media(
    archive: Archive, conn: sqlite3.Connection, access: Access, item: Listed, folder: Path
) -> Iterator[dict[str, Any]]:
    """Copy the media of every version into the bag, each file once."""
    found = conn.execute(
        "SELECT DISTINCT m.sha256, m.media_type FROM record_media AS rm "
        "JOIN media AS m ON m.sha256 = rm.sha256 WHERE rm.record_id = ? ORDER BY m.id",
        (item.ref,),
    ).fetchall()
    late = [
        bytes.fromhex(event.detail["sha256"])
        for event in reading.events_of(conn, item.ref)
        if event.what == "media received"
    ]
    wanted = {each["sha256"]: each["media_type"] for each in found}
    wanted |= {digest: "" for digest in late if digest not in wanted}
    for digest, media_type in wanted.items():
        name = digest.hex()
        held = find_media(archive.home, access, name)
        if held is None:
            raise IntegrityError(f"a file of {item.name} is missing: run `archiver verify`")
        target = folder / "media" / name
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            shutil.copyfile(held, target)
        yield {"sha256": name, "media_type": media_type, "file": f"data/media/{name}"}


def _copy_original(archive: Archive, item: Listed, folder: Path) -> None:
    found = row(
        archive.file(FILES[item.file]),
        "SELECT access, sha256, extension FROM originals WHERE id = ?",
        item.ref,
    )
    held = None
    if found is not None:
        digest = found["sha256"].hex()
        held = find_original(archive.home, Access(found["access"]), digest, found["extension"])
    if held is None:
        raise IntegrityError(f"{item.name} is missing: run `archiver verify`")
    target = folder / "originals" / held.name
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(held, target)


def _bag(settings: Settings, batch: Batch, folder: Path, name: str) -> Any:
    logging.getLogger("bagit").setLevel(logging.WARNING)
    info = {
        "Source-Organization": settings.agency,
        "External-Identifier": batch.number,
        "External-Description": f"Records transferred under batch {batch.number}",
        "Internal-Sender-Identifier": name,
        "Internal-Sender-Description": str(batch.criteria.get("agreement", "")),
        "Bagging-Date": clock.local_day(clock.now_text(), settings.time_zone).isoformat(),
        "Bag-Group-Identifier": batch.schedule,
        "Contact-Name": batch.frozen_by,
        "Receiving-Institution": str(batch.criteria.get("receiver", "")),
        "List-SHA256": batch.digest,
    }
    try:
        bag = bagit.make_bag(
            str(folder), {key: value for key, value in info.items() if value}, checksums=["sha256"]
        )
        bag.validate()
    except bagit.BagError as error:
        raise StorageError(f"the bag of {batch.number} does not validate: {error}") from None
    return bag


def _measured(path: Path, name: str, holdings: int, bag: Any) -> Bag:
    size, _, files = str(bag.info["Payload-Oxum"]).partition(".")
    tags = (path / "tagmanifest-sha256.txt").read_bytes()
    for folder, _, names in os.walk(path):
        for each in names:
            (Path(folder) / each).chmod(0o600)
    return Bag(path, name, holdings, int(files), int(size), hashlib.sha256(tags).hexdigest())
