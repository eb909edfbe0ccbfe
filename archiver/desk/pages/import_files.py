"""Taking the files of a download: in pieces from a page with script, whole from a plain form."""

from __future__ import annotations

import msgspec

from archiver.desk.answers import Answer, Asked, Data, Redirect
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, BusyError, InputError, StorageError
from archiver.operations.import_book import earlier_same, get_import
from archiver.operations.import_steps import ask_look
from archiver.operations.upload_room import tidy
from archiver.operations.uploading import (
    Offered,
    leave_out,
    receive,
    take_whole,
)
from archiver.operations.uploading import (
    begin as begin_upload,
)

_MISPLACED, _GONE, _FULL, _BUSY, _UNFIT = 409, 410, 507, 503, 400


def begin(visit: Visit, asked: Asked) -> Answer:
    """Begin to take files, or go on with what was sent before. The answer names the place of each
    file and how much of it is there, and earlier imports that held the very same file."""
    try:
        with visit.office() as office:
            home = visit.desk.home
            offered = _offered(asked)
            begun = begin_upload(
                *(home, office, offered),
                actor=visit.person.login,
                departments=visit.person.departments,
            )
            files = []
            for each in offered:
                file = next(
                    one
                    for one in begun.files
                    if (one.name, one.size, one.first_sha256, one.last_sha256)
                    == (tidy(each.name), each.size, each.first_sha256, each.last_sha256)
                )
                same = earlier_same(office, each.size, each.first_sha256, each.last_sha256)
                earlier = None if same is None else {"import": same.id, "at": same.finished_at}
                files.append({"id": file.id, "received": file.received, "earlier": earlier})
            # what arrived before may be all of it
            ready = ask_look(office, begun, actor=visit.person.login)
    except ArchiverError as error:
        return _refused(error)
    return _told({"import": begun.id, "files": files, "ready": ready})


def piece(visit: Visit, asked: Asked) -> Answer:
    """Take a piece of a file. When the last one of the download is there, the worker begins."""
    number, offset = int(asked.parts["import"]), asked.asked("offset")
    if not (offset.isdecimal() and len(offset) < 16):
        return _told({"problem": "a piece says at which byte it begins"}, _UNFIT)
    try:
        with visit.office() as office:
            sent = receive(
                *(visit.desk.home, office, number, int(asked.parts["place"])),
                actor=visit.person.login,
                offset=int(offset),
                sha256=asked.asked("sha256"),
                content=asked.body,
            )
            found = get_import(office, number) if sent.whole else None
            ready = found is not None and ask_look(office, found, actor=visit.person.login)
    except InputError as error:
        return _told({"problem": str(error)}, _GONE)
    except ArchiverError as error:
        return _refused(error)
    told = {"received": sent.received, "ready": ready, "problem": sent.problem}
    return _told(told, _MISPLACED if sent.problem else 200)


def leave(visit: Visit, asked: Asked) -> Answer:
    """Leave a file out that has not arrived whole. Where the others have, the worker begins."""
    number, login = int(asked.parts["import"]), visit.person.login
    with visit.office() as office:
        place = int(asked.parts["place"])
        left = leave_out(visit.desk.home, office, number, place, actor=login)
        ask_look(office, left, actor=login)
    return Redirect(f"/import/{number}")


def send_whole(visit: Visit, asked: Asked) -> Answer:
    """Take the files of a plain form. Raises InputError without a file."""
    files = [(upload.path, upload.name) for name in asked.files for upload in asked.all_files(name)]
    if not files:
        raise InputError("no file was chosen: choose the file the platform sent, then press Send")
    with visit.office() as office:
        taken = take_whole(
            *(visit.desk.home, office, files),
            actor=visit.person.login,
            departments=visit.person.departments,
        )
        ask_look(office, taken, actor=visit.person.login)
    return Redirect(f"/import/{taken.id}")


def _offered(asked: Asked) -> list[Offered]:
    """The files a page wants to send. Raises InputError where it does not say what it must."""
    fields = [asked.all_given(name) for name in ("name", "size", "first", "last")]
    if len({len(values) for values in fields}) != 1:
        raise InputError("name, size and both hashes come with every file: open the page again")
    try:
        return [
            Offered(name, int(size), first, last)
            for name, size, first, last in zip(*fields, strict=True)
        ]
    except ValueError:
        raise InputError("the size of a file is a number of bytes") from None


def _refused(error: ArchiverError) -> Data:
    kinds = {StorageError: _FULL, BusyError: _BUSY}
    return _told({"problem": str(error)}, kinds.get(type(error), _UNFIT))


def _told(values: object, status: int = 200) -> Data:
    return Data(msgspec.json.encode(values).decode(), status)
