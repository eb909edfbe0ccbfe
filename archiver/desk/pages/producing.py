"""Making a packet, following it, and handing out its files."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import msgspec

from archiver.database import write_transaction
from archiver.desk.answers import Answer, Asked, Bytes, Data, NotAllowed, NotHere, Redirect
from archiver.desk.visits import Visit
from archiver.desk.words import counted
from archiver.errors import InputError
from archiver.operations.jobs import Job, enqueue, latest_job
from archiver.production.ledger import Production, productions_of, released_in
from archiver.register.office import audit
from archiver.requests.book import (
    IN_QUARANTINE,
    Choice,
    Request,
    counts_of,
    get_request,
    standing_of_records,
)
from archiver.requests.collecting.lists import lists_of
from archiver.retention.quarantine import quarantined

KIND = "produce"
_SHOWN_FILES = 500
_VOLUME = re.compile(r"VOL\d{3,}\Z")
_INLINE = {".pdf": "application/pdf"}
_PLAIN = {".json": "application/json", ".csv": "text/csv", ".txt": "text/plain"}
_WHOLE = "somebody who may see everything in this request has to produce it"


@dataclass(frozen=True, slots=True)
class PacketFile:
    """A file of a volume; `path` is relative to the volume."""

    path: str
    label: str
    size: int


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume that has been made: the packet and its data first, everything else behind.
    `quarantined` of the records released in it are in quarantine now."""

    name: str
    made_at: str
    pages: str
    files: tuple[PacketFile, ...]
    more: tuple[PacketFile, ...]
    quarantined: int


@dataclass(frozen=True, slots=True)
class Packets:
    """The productions of a request: the newest job, the volumes, and what stands in the way."""

    job: Job | None
    volumes: tuple[Volume, ...]
    blocked: tuple[str, ...]


def produced(visit: Visit, office: sqlite3.Connection, request: Request) -> Packets:
    """What has been made for a request, as far as this person may know."""
    if not _sees_all(visit, office, request):
        return Packets(None, (), (_WHOLE.capitalize() + ".",))
    job = latest_job(office, kind=KIND, arguments={"request": request.number})
    made = productions_of(office, visit.desk.home, request.number)
    inside = standing_of_records(office, request.number, quarantined(office))
    volumes = tuple(
        _volume(each, len(inside.keys() & released_in(office, each.id)) if inside else 0)
        for each in made
    )
    return Packets(job, volumes, _blocked(office, request, inside))


def produce(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker for a packet. Pressing twice asks once."""
    with visit.office() as office:
        request = _request(office, asked)
        if not _sees_all(visit, office, request):
            raise NotAllowed(_WHOLE.capitalize() + ".")
        if not request.is_open:
            raise InputError(f"request {request.number} is closed: reopen it first")
        inside = standing_of_records(office, request.number, quarantined(office))
        blocked = _blocked(office, request, inside)
        if blocked:
            raise InputError(blocked[0])
        enqueue(
            office,
            kind=KIND,
            arguments={"request": request.number},
            actor=visit.person.login,
        )
    return Redirect(f"/requests/{request.number}#h-made")


def progress(visit: Visit, asked: Asked) -> Answer:
    """How far the newest packet is, for the page that waits for it."""
    with visit.office() as office:
        request = _request(office, asked)
        job = latest_job(office, kind=KIND, arguments={"request": request.number})
        if job is None or not _sees_all(visit, office, request):
            raise NotHere
    of = f": {job.done:,} of {job.total:,}" if job.total else ""
    shown = {
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "text": (job.message or "Waiting for the worker") + of,
    }
    return Data(msgspec.json.encode(shown).decode())


def file(visit: Visit, asked: Asked) -> Answer:
    """A file of a volume. The packet opens in the browser; everything else is saved."""
    with visit.office() as office:
        request = _request(office, asked)
        if not _sees_all(visit, office, request):
            raise NotHere
        volume = visit.desk.home.productions / request.number / asked.parts["volume"]
        path = _inside(volume, unquote(asked.parts["path"]))
        with write_transaction(office):
            audit(
                office,
                actor=visit.person.login,
                action="opened a produced file",
                subject=f"request {request.number}",
                detail={"volume": volume.name, "file": path.relative_to(volume).as_posix()},
            )
    suffix = path.suffix.lower()
    kind = _INLINE.get(suffix) or _PLAIN.get(suffix) or "application/octet-stream"
    name = f"{request.number}-{volume.name}-{path.name}"
    return Bytes(path, kind, name, inline=suffix in _INLINE)


def _request(office: sqlite3.Connection, asked: Asked) -> Request:
    try:
        return get_request(office, asked.parts["number"])
    except InputError:
        raise NotHere from None


def _sees_all(visit: Visit, office: sqlite3.Connection, request: Request) -> bool:
    if visit.private:
        return True
    private = ("private",)
    items = sum(counts_of(office, request.number, files=private).values())
    return not items and not lists_of(office, request.number, private)


def _blocked(
    office: sqlite3.Connection, request: Request, inside: Mapping[int, Choice]
) -> tuple[str, ...]:
    """What keeps a packet from being made, each as a sentence; `inside` are the items whose record
    is in quarantine."""
    counts, lists = counts_of(office, request.number), lists_of(office, request.number)
    if not sum(counts.values()) and not lists:
        return ("Nothing is collected yet.",)
    reasons = []
    undecided = counts[Choice.UNDECIDED]
    if undecided:
        verb = "has" if undecided == 1 else "have"
        reasons.append(f"{counted(undecided, 'record')} {verb} no decision yet.")
    reasons += [
        f"The list “{each.title}” has no decision yet."
        for each in lists
        if each.choice is Choice.UNDECIDED
    ]
    shut = [item for item, choice in sorted(inside.items()) if choice is Choice.RELEASE]
    if shut and not reasons:
        reasons.append(f"Item {shut[0]} cannot be produced: {IN_QUARANTINE}.")
    return tuple(reasons)


def _volume(made: Production, inside: int) -> Volume:
    found = sorted(
        (path for path in made.folder.rglob("*") if path.is_file()),
        key=lambda path: (_rank(path), path.relative_to(made.folder).as_posix()),
    )
    files = [_file(path, made.folder) for path in found]
    first = [each for each in files if "/" not in each.path]
    more = [each for each in files if "/" in each.path]
    span = f"{counted(made.pages, 'page')}, {made.first_bates} to {made.last_bates}"
    return Volume(
        made.folder.name, made.made_at, span, tuple(first), tuple(more[:_SHOWN_FILES]), inside
    )


def _file(path: Path, folder: Path) -> PacketFile:
    relative = path.relative_to(folder).as_posix()
    verb = "Open" if path.suffix.lower() in _INLINE else "Save"
    return PacketFile(relative, f"{verb} {relative}", path.stat().st_size)


def _rank(path: Path) -> int:
    if path.suffix.lower() == ".pdf":
        return 0
    return 1 if "manifest" in path.name.lower() else 2


def _inside(volume: Path, relative: str) -> Path:
    """A file of the volume. Raises NotHere for anything outside it, links included."""
    if not _VOLUME.match(volume.name):
        raise NotHere
    root = volume.resolve()
    path = (root / relative).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise NotHere
    return path
