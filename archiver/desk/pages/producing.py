"""Making a packet, following it, and handing out its files."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
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
from archiver.production.releasing.going_out import volumes_out
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
from archiver.requests.reviewing.blockers import NAMED, QUARANTINED, blockers_of
from archiver.requests.reviewing.instalments import instalments_of
from archiver.retention.quarantine import quarantined

KIND = "produce"
_SHOWN_FILES = 500
_VOLUME = re.compile(r"VOL\d{3,}\Z")
_INLINE = {".pdf": "application/pdf"}
_PLAIN = {".json": "application/json", ".csv": "text/csv", ".txt": "text/plain"}
WHOLE_NEEDED = "Somebody who may see everything in this request has to produce it."
"""Said to who may not see all that a packet would hold."""


@dataclass(frozen=True, slots=True)
class PacketFile:
    """A file of a volume; `path` is relative to the volume."""

    path: str
    label: str
    size: int


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume that has been made: the packet and its data first, everything else behind.
    `quarantined` of the records released in it are in quarantine now; `out_since` is when it was
    released, where it was and stands."""

    name: str
    made_at: str
    pages: str
    files: tuple[PacketFile, ...]
    more: tuple[PacketFile, ...]
    quarantined: int
    out_since: str | None = None


@dataclass(frozen=True, slots=True)
class PartToMake:
    """An instalment and what keeps it from being produced, each reason as a sentence."""

    n: int
    blocked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packets:
    """The productions of a request: the newest job, the volumes, what stands in the way of all of
    it, and of each instalment where there are several."""

    job: Job | None
    volumes: tuple[Volume, ...]
    blocked: tuple[str, ...]
    parts: tuple[PartToMake, ...] = ()


def produced(visit: Visit, office: sqlite3.Connection, request: Request) -> Packets:
    """What has been made for a request, as far as this person may know."""
    if not sees_all(visit, office, request):
        return Packets(None, (), (WHOLE_NEEDED,))
    made = productions_of(office, visit.desk.home, request.number)
    inside = standing_of_records(office, request.number, quarantined(office))
    out = volumes_out(office, request.number)
    volumes = tuple(
        _volume(
            each,
            len(inside.keys() & released_in(office, each.id)) if inside else 0,
            out.get(each.volume),
        )
        for each in made
    )
    numbers = [each.n for each in instalments_of(office, request.number) if each.records]
    several = numbers if len(numbers) > 1 else ()
    return Packets(
        _newest(office, request, numbers),
        volumes,
        blocked_by(visit, office, request, None),
        tuple(PartToMake(n, blocked_by(visit, office, request, n)) for n in several),
    )


def produce(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker for a packet, of the whole request or of one instalment. Pressing twice asks
    once."""
    with visit.office() as office:
        request = request_asked(office, asked)
        if not sees_all(visit, office, request):
            raise NotAllowed(WHOLE_NEEDED)
        if not request.is_open:
            raise InputError(f"request {request.number} is closed: reopen it first")
        given = asked.given("instalment")
        part = int(given) if given.isdecimal() and len(given) < 4 else None
        blocked = blocked_by(visit, office, request, part)
        if blocked:
            raise InputError(blocked[0])
        enqueue(
            office,
            kind=KIND,
            arguments=_arguments(request, part),
            actor=visit.person.login,
        )
    return Redirect(f"/requests/{request.number}#h-made")


def progress(visit: Visit, asked: Asked) -> Answer:
    """How far the newest packet is, for the page that waits for it."""
    with visit.office() as office:
        request = request_asked(office, asked)
        numbers = [each.n for each in instalments_of(office, request.number)]
        job = _newest(office, request, numbers)
        if job is None or not sees_all(visit, office, request):
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
        request = request_asked(office, asked)
        if not sees_all(visit, office, request):
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


def request_asked(office: sqlite3.Connection, asked: Asked) -> Request:
    """The request the address names. Raises NotHere where there is none."""
    try:
        return get_request(office, asked.parts["number"])
    except InputError:
        raise NotHere from None


def _arguments(request: Request, part: int | None) -> dict[str, object]:
    return {"request": request.number} | ({} if part is None else {"instalment": part})


def _newest(office: sqlite3.Connection, request: Request, numbers: Sequence[int]) -> Job | None:
    """The newest job that makes a packet of this request or of an instalment of it."""
    found = [
        latest_job(office, kind=KIND, arguments=_arguments(request, part))
        for part in (None, *numbers)
    ]
    return max((job for job in found if job is not None), key=lambda job: job.id, default=None)


def sees_all(visit: Visit, office: sqlite3.Connection, request: Request) -> bool:
    """Whether the person may see everything that is collected for a request."""
    if visit.sight.limited:
        return False
    if visit.private:
        return True
    private = ("private",)
    items = sum(counts_of(office, request.number, files=private).values())
    return not items and not lists_of(office, request.number, private)


def blocked_by(
    visit: Visit, office: sqlite3.Connection, request: Request, part: int | None
) -> tuple[str, ...]:
    """What keeps a packet from being made, each as a sentence."""
    lists = lists_of(office, request.number)
    if not sum(counts_of(office, request.number).values()) and not lists:
        return ("Nothing is collected yet.",)
    reasons = blockers_of(office, visit.desk.settings, request.number, part, listed=NAMED)
    return (
        *(
            f"Item {each.items[0]} cannot be produced: {IN_QUARANTINE}."
            if each.kind == QUARANTINED
            else f"{each.words}."
            for each in reasons
        ),
        *(
            f"The list “{each.title}” has no decision yet."
            for each in lists
            if each.choice is Choice.UNDECIDED
        ),
    )


def _volume(made: Production, inside: int, out_since: str | None) -> Volume:
    found = sorted(
        (path for path in made.folder.rglob("*") if path.is_file()),
        key=lambda path: (_rank(path), path.relative_to(made.folder).as_posix()),
    )
    files = [_file(path, made.folder) for path in found]
    first = [each for each in files if "/" not in each.path]
    more = [each for each in files if "/" in each.path]
    span = f"{counted(made.pages, 'page')}, {made.first_bates} to {made.last_bates}"
    return Volume(
        *(made.folder.name, made.made_at, span, tuple(first), tuple(more[:_SHOWN_FILES])),
        *(inside, out_since),
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
