"""What was handed in becomes records of the archive: items of its request, held under its hold, or
with no more about it than its forward.

Two files are written, the archive's first. What a kill leaves in the archive alone is found there
by the next run and becomes items then: the ids of the records are made of the file's number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from archiver import clock
from archiver.archive.store import Archive
from archiver.capture.forwarding import alone, take_in_file
from archiver.capture.imports import account_ref
from archiver.config import Home
from archiver.database import row, rows, write_transaction
from archiver.errors import IntegrityError, RuleError
from archiver.items import Author, AuthorRole, Item
from archiver.progress import Progress
from archiver.register.accounts import account_by_id
from archiver.register.office import audit
from archiver.requests.collecting.adding import enter_records
from archiver.requests.custodians.describing import described
from archiver.requests.custodians.handing_in import (
    HandedIn,
    Lot,
    checked_path,
    handed_in_of,
    lot_of_request,
    remove_copy,
    waiting_in,
)
from archiver.requests.custodians.reading import Part
from archiver.requests.custodians.repeats import MESSAGE, Repeat, repeats_of
from archiver.requests.custodians.unpacking import HandedPath, read_parts
from archiver.requests.intake import open_request
from archiver.retention.holds import hold_by_id, hold_records

FILE = "private"
"""Where what is handed in lies: a custodian may enclose anything."""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """What became of a file: its records, those that repeat others, and what is to be looked at."""

    file: HandedIn
    records: tuple[int, ...]
    repeats: tuple[tuple[int, Repeat], ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    part: Part
    number: int
    record_id: int
    repeats: Sequence[Repeat]


def take_in_request(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    number: str,
    *,
    actor: str,
    progress: Progress | None = None,
) -> list[TakenFile]:
    """Take into the archive, and into the request, everything that was handed in for it and waits.

    Raises RuleError where the request is closed or for practice, BusyError where somebody else is
    at it, StorageError; and at the end IntegrityError where a file is not what was handed in. The
    other files are taken in then, and what was taken in stays.
    """
    request = open_request(office, number)
    if request.practice:
        raise RuleError(f"{request.number} is for practice: nothing of it enters the archive")
    lot = lot_of_request(request)
    return take_in_lot(home, office, archive, lot, actor=actor, progress=progress)


def take_in_lot(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    lot: Lot,
    *,
    actor: str,
    progress: Progress | None = None,
) -> list[TakenFile]:
    """As `take_in_request`, for whatever was handed in together."""
    with alone(archive):
        found = waiting_in(office, lot)
        damaged: list[IntegrityError] = []
        for done, file in enumerate(found):
            if progress is not None:
                progress("taking in what was handed in", done, len(found))
            try:
                _take(home, office, archive, lot, file, actor)
            except IntegrityError as error:
                damaged.append(error)
        _tidy(home, office, lot)
    if damaged:
        raise damaged[0]
    taken = {each.file.id: each for each in taken_files(office, lot)}
    return [taken[file.id] for file in found]


def taken_files(office: sqlite3.Connection, lot: Lot) -> list[TakenFile]:
    """What became of everything that was handed in together and is in the archive."""
    done = {
        each["file_id"]: tuple(msgspec.json.decode(each["notices"], type=list[str]))
        for each in rows(
            office,
            "SELECT file_id, notices FROM handed_in_taken AS taken JOIN handed_in_files AS files "
            f"ON files.id = taken.file_id WHERE files.{lot.column} = ?",
            lot.id,
        )
    }
    made: dict[int, list[int]] = {}
    for each in rows(
        office,
        "SELECT file_id, record_id FROM handed_in_records AS made JOIN handed_in_files AS files "
        f"ON files.id = made.file_id WHERE files.{lot.column} = ? ORDER BY made.id",
        lot.id,
    ):
        made.setdefault(each["file_id"], []).append(each["record_id"])
    repeats: dict[int, list[tuple[int, Repeat]]] = {}
    for each in rows(
        office,
        "SELECT made.file_id, made.record_id AS own, repeats.file, repeats.record_id, why "
        "FROM handed_in_repeats AS repeats JOIN handed_in_records AS made "
        "ON made.id = repeats.made_id JOIN handed_in_files AS files ON files.id = made.file_id "
        f"WHERE files.{lot.column} = ? ORDER BY repeats.id",
        lot.id,
    ):
        found = Repeat(each["file"], each["record_id"], each["why"])
        repeats.setdefault(each["file_id"], []).append((each["own"], found))
    return [
        TakenFile(
            file,
            tuple(made.get(file.id, ())),
            tuple(repeats.get(file.id, ())),
            done[file.id],
        )
        for file in handed_in_of(office, lot)
        if file.id in done
    ]


def _take(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    lot: Lot,
    file: HandedIn,
    actor: str,
) -> None:
    account = account_by_id(office, file.account_id)
    custodian = Author(None, None, account.display_name, AuthorRole.AGENCY)
    path = checked_path(home, lot, file)
    stated = _stated(office, lot)
    sender = Author(None, None, stated["sender"]) if stated and stated["sender"] else None
    parts: list[Part] = []
    notices: list[str] = []

    def read() -> Iterator[tuple[Item, Mapping[str, bytes | Path]]]:
        for part in read_parts(HandedPath(file.id, path, file.name, custodian, sender)):
            seen = described(part)
            notices.extend(seen.notices)
            parts.append(replace(seen, media={}))
            yield seen.item, seen.media

    try:
        taken = take_in_file(
            archive,
            account_ref(account),
            path,
            name=file.name,
            parts=read(),
            handed_in_at=file.at,
            notes=_notes(lot, file, stated),
        )
        records = taken.records
    except RuleError as refused:
        where = "with the request" if lot.cause and lot.cause.request else "beside the archive"
        kept = f"and it stays {where} as it was handed in"
        notices.append(f"No record was made of {file.name}, {kept}: {refused}")
        records = (None,) * len(parts)
    files = {"archive": archive.public, FILE: archive.private}
    made: list[_Made] = []
    seen: dict[str, int] = {}
    for place, (part, record_id) in enumerate(zip(parts, records, strict=True), 1):
        if record_id is None:
            continue
        digests = _digests(archive, record_id) + ([file.sha256] if place == 1 else [])
        repeats = repeats_of(office, files, part, record_id, digests)
        first = seen.setdefault(part.message_id, record_id) if part.message_id else record_id
        if first not in (record_id, *(each.record_id for each in repeats)):
            repeats.append(Repeat(FILE, first, MESSAGE))
        made.append(_Made(part, place, record_id, repeats))
    _enter(office, files, lot, file, made, notices, actor)


def _stated(office: sqlite3.Connection, lot: Lot) -> sqlite3.Row | None:
    """What the official first stated of a forward; None for what an ask returned."""
    if lot.cause is not None:
        return None
    return row(
        office,
        "SELECT source, received, sender, sha256 FROM forward_statements WHERE forward_id = ? "
        "ORDER BY id LIMIT 1",
        lot.id,
    )


def _notes(lot: Lot, file: HandedIn, stated: sqlite3.Row | None) -> dict[str, object]:
    """What the run says of the file, under the seal: who handed it in, when, for what; and of a
    forward what the official stated."""
    about: dict[str, object] = {"file": file.id}
    if lot.cause is not None:
        kind = "request" if lot.cause.request is not None else "hold"
        about |= {kind: lot.cause.reference, "ask": file.ask_id}
    else:
        about["forward"] = lot.id
        if stated is not None:
            about |= {
                "source": stated["source"],
                "received": stated["received"],
                "statement": stated["sha256"],
            }
    return {**about, "handed in by": file.actor, "handed in at": file.at}


def _digests(archive: Archive, record_id: int) -> list[str]:
    found = archive.private.execute(
        "SELECT DISTINCT lower(hex(sha256)) FROM records "
        "JOIN record_media ON record_media.version_id = records.version_id "
        "WHERE records.id = ? AND sha256 IS NOT NULL",
        (record_id,),
    )
    return [each[0] for each in found]


def _enter(
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    lot: Lot,
    file: HandedIn,
    made: Sequence[_Made],
    notices: Sequence[str],
    actor: str,
) -> None:
    """The records come where they belong, and the file is marked as taken in: one transaction."""
    with write_transaction(office):
        _put_under(office, files, lot, [(FILE, each.record_id) for each in made], actor)
        for each in made:
            cursor = office.execute(
                "INSERT INTO main.handed_in_records (file_id, part, record_id, message_id) "
                "VALUES (?, ?, ?, ?)",
                (file.id, each.number, each.record_id, each.part.message_id or None),
            )
            office.executemany(
                "INSERT INTO main.handed_in_repeats (made_id, file, record_id, why) "
                "VALUES (?, ?, ?, ?)",
                ((cursor.lastrowid, one.file, one.record_id, one.why) for one in each.repeats),
            )
        told = msgspec.json.encode(list(dict.fromkeys(notices))).decode()
        office.execute(
            "INSERT INTO main.handed_in_taken (file_id, at, records, notices) VALUES (?, ?, ?, ?)",
            (file.id, clock.now_text(), len(made), told),
        )
        detail = {"file": file.id, "ask": file.ask_id, "records": len(made)}
        kind = "handed in records taken in"
        if lot.cause is not None:
            lot.cause.note(office, actor=actor, kind=kind, detail=detail)
        else:
            audit(office, actor=actor, action=kind, subject=lot.name, detail=detail)


def _put_under(
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    lot: Lot,
    keys: Sequence[tuple[str, int]],
    actor: str,
) -> None:
    """Make them items of the request, or hold them under the hold where it still stands."""
    cause = lot.cause
    if cause is None:
        return
    if cause.request is not None:
        request = open_request(office, cause.request.number)
        if keys:
            enter_records(office, files, request, keys, actor=actor)
    elif cause.hold is not None and hold_by_id(office, cause.hold.id).released_at is None:
        hold_records(office, cause.hold, keys, actor=actor)


def _tidy(home: Home, office: sqlite3.Connection, lot: Lot) -> None:
    """Remove the copies of what the archive keeps now, also where a kill left one."""
    with write_transaction(office):
        for file in handed_in_of(office, lot):
            if file.own_id is None:
                remove_copy(home, office, lot, file)
