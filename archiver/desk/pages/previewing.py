"""A packet before it is produced: page by page, with what is worth a look."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from archiver.database import write_transaction
from archiver.desk.answers import (
    Answer,
    Asked,
    Bytes,
    Made,
    NotAllowed,
    NotHere,
    Page,
    Redirect,
)
from archiver.desk.job_progress import told
from archiver.desk.pages.producing import WHOLE_NEEDED, blocked_by, request_asked, sees_all
from archiver.desk.visits import Visit
from archiver.errors import InputError
from archiver.operations.jobs import Job, enqueue, latest_job
from archiver.pdf.looking import page_picture, page_text
from archiver.production.previewing import (
    Look,
    Preview,
    drop_shut_preview,
    mark_of,
    packet_of,
    preview_of,
)
from archiver.register.office import audit
from archiver.requests.book import Request
from archiver.staff.roles import PRODUCE

KIND = "preview"
_NAMED = 6


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was looked at, and how it came out: ``ok``, ``bad`` or ``warn``."""

    name: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The page of the preview that is shown: its volume, its place there, and its neighbours."""

    volume: str
    number: int
    of: int
    before: str | None
    after: str | None


def show(visit: Visit, asked: Asked) -> Answer:
    """The preview as it lies there, one page of it, and what stands in the way."""
    part = _part(asked.asked("part"))
    with visit.office() as office:
        request = request_asked(office, asked)
        _need_all(visit, office, request)
        drop_shut_preview(visit.desk.home, office, request.number)
        preview = preview_of(visit.desk.home, request.number, part)
        blocked = blocked_by(visit, office, request, part)
        job = latest_job(office, kind=KIND, arguments=_arguments(request, part))
        stale = preview is not None and preview.mark != mark_of(office, request.number, part)
        shown = _page(preview, asked, part)
        if shown is not None:
            _note(visit, office, request, f"{shown.volume}, page {shown.number}, as text")
    return Page(
        "preview.html",
        {
            "request": request,
            "part": part,
            "preview": preview,
            "stale": stale,
            "job": job,
            "working": job is not None and job.state in ("queued", "running"),
            "failed": _failed(job, preview),
            "blocked": blocked,
            "shown": shown,
            "text": _text(visit, request, part, shown),
            "checks": _checks(preview, blocked),
            "stops": _of(preview, "earlier"),
            "looks": _others(preview),
            "named": _NAMED,
            "can_produce": visit.may(PRODUCE),
        },
    )


def make(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker for a preview. Pressing twice asks once."""
    part = _part(asked.given("part"))
    with visit.office() as office:
        request = request_asked(office, asked)
        _need_all(visit, office, request)
        blocked = blocked_by(visit, office, request, part)
        if blocked:
            raise InputError(blocked[0])
        enqueue(office, kind=KIND, arguments=_arguments(request, part), actor=visit.person.login)
    return Redirect(f"/requests/{request.number}/preview{_query(part)}")


def progress(visit: Visit, asked: Asked) -> Answer:
    """How far the newest preview is, for the page that waits for it."""
    part = _part(asked.asked("part"))
    with visit.office() as office:
        request = request_asked(office, asked)
        job = latest_job(office, kind=KIND, arguments=_arguments(request, part))
        if job is None or not sees_all(visit, office, request):
            raise NotHere
    return told(job)


def page(visit: Visit, asked: Asked) -> Answer:
    """A page of the preview as a picture."""
    part = _part(asked.asked("part"))
    with visit.office() as office:
        request = request_asked(office, asked)
        path = _packet(visit, office, request, part, asked)
        number = int(asked.parts["page"])
        picture = page_picture(path, number)
        if picture is None:
            raise NotHere
        _note(visit, office, request, f"{asked.parts['volume']}, page {number}")
    return Made(picture, "image/png", f"page-{number}.png", inline=True)


def packet(visit: Visit, asked: Asked) -> Answer:
    """The whole preview of a volume, for a reader program."""
    part = _part(asked.asked("part"))
    with visit.office() as office:
        request = request_asked(office, asked)
        path = _packet(visit, office, request, part, asked)
        _note(visit, office, request, f"{asked.parts['volume']}, as a file")
    name = f"{request.number}-{asked.parts['volume']}-preview.pdf"
    return Bytes(path, "application/pdf", name, inline=True)


def _packet(
    visit: Visit, office: sqlite3.Connection, request: Request, part: int | None, asked: Asked
) -> Path:
    """The preview of a volume. Raises NotHere where there is none for this person."""
    if not sees_all(visit, office, request):
        raise NotHere
    if drop_shut_preview(visit.desk.home, office, request.number):
        raise NotHere
    path = packet_of(visit.desk.home, request.number, part, asked.parts["volume"])
    if path is None:
        raise NotHere
    return path


def _need_all(visit: Visit, office: sqlite3.Connection, request: Request) -> None:
    if not sees_all(visit, office, request):
        raise NotAllowed(WHOLE_NEEDED)


def _note(visit: Visit, office: sqlite3.Connection, request: Request, what: str) -> None:
    with write_transaction(office):
        audit(
            office,
            actor=visit.person.login,
            action="looked at a preview",
            subject=f"request {request.number}",
            detail={"what": what},
        )


def _part(given: str) -> int | None:
    return int(given) if given.isdecimal() and len(given) < 4 else None


def _query(part: int | None) -> str:
    return "" if part is None else f"?part={part}"


def _arguments(request: Request, part: int | None) -> dict[str, object]:
    return {"request": request.number} | ({} if part is None else {"instalment": part})


def _failed(job: Job | None, preview: Preview | None) -> str:
    """Why the newest preview was not made, where that is newer than what lies there."""
    if job is None or job.state != "failed":
        return ""
    older = preview is None or (job.finished_at or "") > preview.made_at
    return job.message if older else ""


def _page(preview: Preview | None, asked: Asked, part: int | None) -> ShownPage | None:
    if preview is None:
        return None
    pages = [(each.name, n) for each in preview.volumes for n in range(1, each.pages + 1)]
    wanted = (asked.asked("volume"), int(asked.asked("page") or 0) if _is_number(asked) else 0)
    at = pages.index(wanted) if wanted in pages else 0
    query = "" if part is None else f"&part={part}"

    def link(place: int) -> str | None:
        if not 0 <= place < len(pages):
            return None
        return f"?volume={pages[place][0]}&page={pages[place][1]}{query}#ph"

    volume, number = pages[at]
    return ShownPage(
        volume,
        number,
        next(each.pages for each in preview.volumes if each.name == volume),
        link(at - 1),
        link(at + 1),
    )


def _text(visit: Visit, request: Request, part: int | None, shown: ShownPage | None) -> str:
    """The text of a page as a reader program finds it, for who does not see the picture."""
    path = shown and packet_of(visit.desk.home, request.number, part, shown.volume)
    if not shown or not path:
        return ""
    return page_text(path, shown.number)


def _is_number(asked: Asked) -> bool:
    given = asked.asked("page")
    return given.isdecimal() and len(given) < 6


def _of(preview: Preview | None, kind: str) -> list[Look]:
    return [] if preview is None else [each for each in preview.looks if each.kind == kind]


def _others(preview: Preview | None) -> list[Look]:
    return [] if preview is None else [each for each in preview.looks if each.kind != "earlier"]


def _checks(preview: Preview | None, blocked: tuple[str, ...]) -> list[Check]:
    if preview is None:
        return []
    earlier, bare, openly, files = (
        len([item for look in _of(preview, kind) for item in look.items])
        for kind in ("earlier", "described", "open", "files")
    )
    return [
        Check("Every record decided", "bad" if blocked else "ok", "No" if blocked else "Passed"),
        Check(
            "Covered words are gone",
            "bad" if preview.leaks else "ok",
            "Found" if preview.leaks else "Passed",
        ),
        Check(
            "Nothing covered stands open",
            "warn" if openly else "ok",
            f"{openly} to look at" if openly else "Passed",
        ),
        Check(
            "Same as earlier releases",
            "warn" if earlier else "ok",
            f"{earlier} differ" if earlier else "Passed",
        ),
        Check(
            "Pictures described", "warn" if bare else "ok", f"{bare} missing" if bare else "Passed"
        ),
        Check(
            "Every file goes out",
            "warn" if files else "ok",
            f"{files} cannot" if files else "Passed",
        ),
    ]
