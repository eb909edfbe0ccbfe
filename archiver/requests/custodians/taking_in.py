"""What was handed in becomes records of the archive and items of its request.

Two files are written, the archive's first. What a kill leaves in the archive alone is found there
by the next run and becomes items then: the ids of the records are made of the file's number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver import clock
from archiver.archive.store import Archive
from archiver.capture.forwarding import alone, take_in_file
from archiver.capture.imports import account_ref
from archiver.config import Home
from archiver.database import rows, write_transaction
from archiver.errors import IntegrityError, RuleError
from archiver.items import Author, AuthorRole
from archiver.progress import Progress
from archiver.register.accounts import account_by_id
from archiver.requests.collecting.adding import enter_records
from archiver.requests.custodians.handing_in import (
    HandedIn,
    content_of,
    handed_in_of,
    remove_copy,
    waiting_files,
)
from archiver.requests.custodians.reading import Handed, Part, read_file
from archiver.requests.custodians.repeats import Repeat, repeats_of
from archiver.requests.intake import Request, note, open_request
from archiver.requests.receiving.attaching import file_path

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
    with alone(archive):
        found = waiting_files(office, number)
        damaged: list[IntegrityError] = []
        for done, file in enumerate(found):
            if progress is not None:
                progress("taking in what was handed in", done, len(found))
            try:
                _take(home, office, archive, request, file, actor)
            except IntegrityError as error:
                damaged.append(error)
        _tidy(home, office, request)
    if damaged:
        raise damaged[0]
    taken = {each.file.id: each for each in taken_files(office, request)}
    return [taken[file.id] for file in found]


def taken_files(office: sqlite3.Connection, request: Request) -> list[TakenFile]:
    """What became of everything that was handed in for a request and is in the archive."""
    done = {
        each["file_id"]: tuple(msgspec.json.decode(each["notices"], type=list[str]))
        for each in rows(
            office,
            "SELECT file_id, notices FROM handed_in_taken AS taken JOIN handed_in_files AS files "
            "ON files.id = taken.file_id WHERE files.request_id = ?",
            request.id,
        )
    }
    made: dict[int, list[int]] = {}
    for each in rows(
        office,
        "SELECT file_id, record_id FROM handed_in_records AS made JOIN handed_in_files AS files "
        "ON files.id = made.file_id WHERE files.request_id = ? ORDER BY made.id",
        request.id,
    ):
        made.setdefault(each["file_id"], []).append(each["record_id"])
    repeats: dict[int, list[tuple[int, Repeat]]] = {}
    for each in rows(
        office,
        "SELECT made.file_id, made.record_id AS own, repeats.file, repeats.record_id, why "
        "FROM handed_in_repeats AS repeats JOIN handed_in_records AS made "
        "ON made.id = repeats.made_id JOIN handed_in_files AS files ON files.id = made.file_id "
        "WHERE files.request_id = ? ORDER BY repeats.id",
        request.id,
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
        for file in handed_in_of(office, request)
        if file.id in done
    ]


def _take(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    request: Request,
    file: HandedIn,
    actor: str,
) -> None:
    account = account_by_id(office, file.account_id)
    custodian = Author(None, None, account.display_name, AuthorRole.AGENCY)
    content = content_of(home, request.number, file)
    parts = read_file(Handed(file.id, content, file.name, custodian))
    notices = [told for part in parts for told in part.notices]
    try:
        taken = take_in_file(
            archive,
            account_ref(account),
            file_path(home, request.number, file.sha256),
            name=file.name,
            items=[part.item for part in parts],
            media={key: content for part in parts for key, content in part.media.items()},
            handed_in_at=file.at,
            notes={
                "request": request.number,
                "ask": file.ask_id,
                "file": file.id,
                "handed in by": file.actor,
                "handed in at": file.at,
            },
        )
        records = taken.records
    except RuleError as refused:
        notices.append(
            f"No record was made of {file.name}, and it stays with the request as it was handed "
            f"in: {refused}"
        )
        records = (None,) * len(parts)
    files = {"archive": archive.public, FILE: archive.private}
    made = []
    for place, (part, record_id) in enumerate(zip(parts, records, strict=True), 1):
        if record_id is None:
            continue
        digests = _digests(archive, record_id) + ([file.sha256] if place == 1 else [])
        repeats = repeats_of(office, files, part, record_id, digests)
        made.append(_Made(part, place, record_id, repeats))
    _enter(office, files, request, file, made, notices, actor)


def _digests(archive: Archive, record_id: int) -> list[str]:
    found = archive.private.execute(
        "SELECT DISTINCT lower(hex(sha256)) FROM record_media "
        "WHERE record_id = ? AND sha256 IS NOT NULL",
        (record_id,),
    )
    return [each[0] for each in found]


def _enter(
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    request: Request,
    file: HandedIn,
    made: Sequence[_Made],
    notices: Sequence[str],
    actor: str,
) -> None:
    """The records become items, and the file is marked as taken in: one transaction."""
    with write_transaction(office):
        open_request(office, request.number)
        keys = [(FILE, each.record_id) for each in made]
        if keys:
            enter_records(office, files, request, keys, actor=actor)
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
        note(office, request, actor=actor, kind="handed in records taken in", detail=detail)


def _tidy(home: Home, office: sqlite3.Connection, request: Request) -> None:
    """Remove the copies of what the archive keeps now, also where a kill left one."""
    with write_transaction(office):
        for file in handed_in_of(office, request):
            if file.own_id is None:
                remove_copy(home, office, request.number, file)
