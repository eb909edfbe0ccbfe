"""Making a packet, following it, and handing out its files."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from archiver.database import write_transaction
from archiver.desk.answers import Answer, Asked, Bytes, NotAllowed, NotHere, Redirect
from archiver.desk.job_progress import told
from archiver.desk.visits import Visit
from archiver.desk.words import counted
from archiver.errors import InputError
from archiver.operations.jobs import Job, enqueue, latest_job_of
from archiver.production.ledger import Production, productions_of, released_in
from archiver.production.releasing.going_out import volumes_out
from archiver.production.replacing import replaced_volumes, replacement_of
from archiver.production.staging import BESIDE
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
_FIRST = ("packet.pdf", "data/records.xlsx", "data/records.csv", "verify.html", "manifest.json")
"""What of a volume people look for, in their order; the rest comes behind."""
_CALLED = {"verify.html": "verify.html (checks the volume in a browser)"}
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
    """A volume that has been made: the packet, what lies beside it and its data first, everything
    else behind. `quarantined` of the records released in it are in quarantine now; `out_since` is
    when it was released, where it was and stands; `replaced_by` the volume in its place; `undated`
    says that and why its proof has no time stamp, where the authority was asked."""

    number: int
    name: str
    made_at: str
    pages: str
    files: tuple[PacketFile, ...]
    more: tuple[PacketFile, ...]
    quarantined: int
    out_since: str | None = None
    replaced_by: int | None = None
    undated: str | None = None


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
    replaced = replaced_volumes(office, request.number)
    volumes = tuple(
        _volume(
            each,
            len(inside.keys() & released_in(office, each.id)) if inside else 0,
            out.get(each.volume),
            replaced.get(each.volume),
        )
        for each in made
    )
    numbers = [each.n for each in instalments_of(office, request.number) if each.records]
    several = numbers if len(numbers) > 1 else ()
    return Packets(
        _newest(office, request),
        volumes,
        blocked_by(visit, office, request, None),
        tuple(PartToMake(n, blocked_by(visit, office, request, n)) for n in several),
    )


def produce(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker for a packet, of the whole request or of one instalment, or for what takes the
    place of a volume. Pressing twice asks once."""
    with visit.office() as office:
        request = request_asked(office, asked)
        if not sees_all(visit, office, request):
            raise NotAllowed(WHOLE_NEEDED)
        if not request.is_open:
            raise InputError(f"request {request.number} is closed: reopen it first")
        volume = _small(asked.given("replaces"))
        part = _small(asked.given("instalment"))
        if volume is not None:
            reason = asked.given("reason")
            replacement_of(office, request.number, volume, reason)
            more: dict[str, object] = {"replaces": volume, "reason": reason}
        else:
            blocked = blocked_by(visit, office, request, part)
            if blocked:
                raise InputError(blocked[0])
            more = {} if part is None else {"instalment": part}
        enqueue(
            office,
            kind=KIND,
            arguments={"request": request.number} | more,
            actor=visit.person.login,
        )
    return Redirect(f"/requests/{request.number}#h-made")


def progress(visit: Visit, asked: Asked) -> Answer:
    """How far the newest packet is, for the page that waits for it."""
    with visit.office() as office:
        request = request_asked(office, asked)
        job = _newest(office, request)
        if job is None or not sees_all(visit, office, request):
            raise NotHere
    return told(job)


def file(visit: Visit, asked: Asked) -> Answer:
    """A file of a volume. The packet opens in the browser; everything else is saved."""
    request = _whole_request(visit, asked)
    volume = visit.desk.home.productions / request.number / asked.parts["volume"]
    path = _inside(volume, unquote(asked.parts["path"]))
    _note(visit, request, {"volume": volume.name, "file": path.relative_to(volume).as_posix()})
    suffix = path.suffix.lower()
    kind = _INLINE.get(suffix) or _PLAIN.get(suffix) or "application/octet-stream"
    name = f"{request.number}-{volume.name}-{path.name}"
    return Bytes(path, kind, name, inline=suffix in _INLINE)


def beside(visit: Visit, asked: Asked) -> Answer:
    """The zip or the proof of a volume, which lie beside its folder."""
    request = _whole_request(visit, asked)
    name = asked.parts["beside"]
    path = visit.desk.home.productions / request.number / name
    if path.is_symlink() or not path.is_file():
        raise NotHere
    _note(visit, request, {"file": name})
    kind = _PLAIN.get(path.suffix) or "application/zip"
    return Bytes(path, kind, f"{request.number}-{name}")


def _whole_request(visit: Visit, asked: Asked) -> Request:
    with visit.office() as office:
        request = request_asked(office, asked)
        if not sees_all(visit, office, request):
            raise NotHere
    return request


def _note(visit: Visit, request: Request, detail: dict[str, object]) -> None:
    with visit.office() as office, write_transaction(office):
        audit(
            office,
            actor=visit.person.login,
            action="opened a produced file",
            subject=f"request {request.number}",
            detail=detail,
        )


def request_asked(office: sqlite3.Connection, asked: Asked) -> Request:
    """The request the address names. Raises NotHere where there is none."""
    try:
        return get_request(office, asked.parts["number"])
    except InputError:
        raise NotHere from None


def _small(given: str) -> int | None:
    return int(given) if given.isdecimal() and len(given) < 5 else None


def _newest(office: sqlite3.Connection, request: Request) -> Job | None:
    """The newest job that makes something of this request."""
    return latest_job_of(office, kind=KIND, name="request", value=request.number)


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


def _volume(
    made: Production, inside: int, out_since: str | None, replaced_by: int | None
) -> Volume:
    found = sorted(path for path in made.folder.rglob("*") if path.is_file())
    within = {path.relative_to(made.folder).as_posix(): path for path in found}
    first = [_file(path, within[path]) for path in _FIRST if path in within]
    first[1:1] = [
        _file(f"{made.folder.name}{ending}", beside)
        for ending in BESIDE
        if (beside := made.folder.with_name(made.folder.name + ending)).is_file()
    ]
    more = [_file(name, path) for name, path in within.items() if name not in _FIRST]
    span = f"{counted(made.pages, 'page')}, {made.first_bates} to {made.last_bates}"
    return Volume(
        number=made.volume,
        name=made.folder.name,
        made_at=made.made_at,
        pages=span,
        files=tuple(first),
        more=tuple(more[:_SHOWN_FILES]),
        quarantined=inside,
        out_since=out_since,
        replaced_by=replaced_by,
        undated=made.undated_words,
    )


def _file(name: str, path: Path) -> PacketFile:
    verb = "Open" if path.suffix.lower() in _INLINE else "Save"
    return PacketFile(name, f"{verb} {_CALLED.get(path.name, name)}", path.stat().st_size)


def _inside(volume: Path, relative: str) -> Path:
    """A file of the volume. Raises NotHere for anything outside it, links included."""
    if not _VOLUME.match(volume.name):
        raise NotHere
    root = volume.resolve()
    path = (root / relative).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise NotHere
    return path
