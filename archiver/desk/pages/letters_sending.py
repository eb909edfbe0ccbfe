"""A frozen letter: its sheet, its files, and how it went out."""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver import clock
from archiver.database import write_transaction
from archiver.desk.answers import Answer, Asked, Made, NotHere, Page, Redirect
from archiver.desk.numbers import whole
from archiver.desk.pages.letters import sees_all, state_of
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.operations.jobs import latest_job
from archiver.operations.mailing import SEND_JOB, queue_sending
from archiver.register.office import audit
from archiver.requests.book import Request
from archiver.requests.letters.face import is_practice, parts_of
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.mailing import address_in, outgoing
from archiver.requests.letters.paper import letter_pdf
from archiver.requests.letters.sending import (
    BY_HAND,
    Sending,
    ask_to_send,
    mark_sent,
    sendings_of,
)
from archiver.requests.letters.writing import Letter, get_letter
from archiver.staff.roles import MANAGE_REQUESTS

_STEPS = {
    "asked": "Asked to be sent",
    "begun": "Handed to the mail server",
    "sent": "Sent",
    "failed": "Not sent",
    "unclear": "May have been sent",
}


def show(visit: Visit, asked: Asked) -> Answer:
    """The letter as it was frozen, what can be done with it, and what was done."""
    request, letter = _letter(visit, asked)
    return _page(visit, request, letter, written=bool(asked.asked("written")))


def _page(
    visit: Visit, request: Request, letter: Letter, problem: str = "", *, written: bool = False
) -> Page:
    with visit.office() as office:
        steps = sendings_of(office, letter.id)
        last = steps[-1] if steps else None
        waiting = last is not None and last.step == "asked" and _under_way(office, last)
    now = clock.now().astimezone(clock.zone(visit.desk.settings.time_zone))
    return Page(
        "letter.html",
        {
            "request": request,
            "letter": letter,
            "kind": kinds().find(letter.kind),
            "state": state_of(letter, last),
            "steps": [(step, _STEPS[step.step]) for step in steps],
            "last": last,
            "waiting": waiting,
            "sheet": list(parts_of(letter.text)),
            "practice": is_practice(letter.request),
            "server": visit.desk.settings.mail.host,
            "address": address_in("\n".join(letter.face.address)) or address_in(request.contact),
            "ways": BY_HAND,
            "today": now.date().isoformat(),
            "time": f"{now:%H:%M}",
            "can_manage": visit.may(MANAGE_REQUESTS),
            "written": written,
            "problem": problem,
        },
        422 if problem else 200,
    )


def paper(visit: Visit, asked: Asked) -> Answer:
    """The letter as a PDF."""
    _, letter = _letter(visit, asked)
    _looked(visit, letter, "letter.pdf")
    return Made(letter_pdf(letter), "application/pdf", f"{letter.name}.pdf", inline=True)


def message(visit: Visit, asked: Asked) -> Answer:
    """The letter as a message file, for the clerk's own mail program."""
    request, letter = _letter(visit, asked)
    address = address_in("\n".join(letter.face.address)) or address_in(request.contact)
    if not address:
        raise InputError(
            "there is no e-mail address in this letter or request: correct the letter and add one, "
            "or print it"
        )
    made = outgoing(letter, visit.desk.settings.mail, address)
    _looked(visit, letter, "letter.eml")
    return Made(made.content, "message/rfc822", f"{letter.name}.eml")


def send(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker to send the letter. Pressing twice sends once."""
    request, letter = _letter(visit, asked)
    try:
        with visit.office() as office:
            step = ask_to_send(
                office,
                visit.desk.settings,
                letter,
                actor=visit.person.login,
                address=asked.given("address"),
                again=bool(asked.given("again")),
                seen=_seen(asked),
            )
            queue_sending(office, step, actor=visit.person.login)
    except ArchiverError as wrong:
        return _page(visit, request, letter, str(wrong))
    return Redirect(f"/requests/{request.number}/letters/{letter.id}#h-sent")


def mark(visit: Visit, asked: Asked) -> Answer:
    """Write down that the letter went out another way."""
    request, letter = _letter(visit, asked)
    try:
        with visit.office() as office:
            mark_sent(
                office,
                visit.desk.settings,
                letter,
                actor=visit.person.login,
                how=asked.given("how"),
                at=_moment(visit, asked.given("on"), asked.given("at")),
                note_text=asked.given("note"),
                seen=_seen(asked),
            )
    except ArchiverError as wrong:
        return _page(visit, request, letter, str(wrong))
    return Redirect(f"/requests/{request.number}/letters/{letter.id}#h-sent")


def _letter(visit: Visit, asked: Asked) -> tuple[Request, Letter]:
    """The letter of an address. Raises NotHere where there is none this person may know of."""
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        try:
            letter = get_letter(office, request.number, int(asked.parts["letter"]))
        except InputError:
            raise NotHere from None
        if kinds().find(letter.kind).counts and not sees_all(visit, office, request):
            raise NotHere
    return request, letter


def _under_way(office: sqlite3.Connection, step: Sending) -> bool:
    arguments = {"letter": step.letter_id, "step": step.id}
    job = latest_job(office, kind=SEND_JOB, arguments=arguments)
    return job is not None and job.state in ("queued", "running")


def _looked(visit: Visit, letter: Letter, file: str) -> None:
    with visit.office() as office, write_transaction(office):
        audit(
            office,
            actor=visit.person.login,
            action="opened a letter",
            subject=f"request {letter.request}",
            detail={"letter": letter.id, "file": file},
        )


def _seen(asked: Asked) -> int:
    text = asked.given("seen")
    return whole(text) or 0


def _moment(visit: Visit, day: str, time: str) -> str:
    zone = clock.zone(visit.desk.settings.time_zone)
    try:
        found = dt.datetime.combine(dt.date.fromisoformat(day), dt.time.fromisoformat(time), zone)
        return clock.to_text(found)
    except (ValueError, OverflowError):
        raise InputError("the day or the time of sending is missing: give both") from None
