"""What officials forward from accounts of their own: the official's own page, and the clerk's.

An official sees their own forwards and nothing of anybody else's; the clerk sees all, and enters
what an official brings on paper or by telephone.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from archiver import clock
from archiver.desk.answers import Answer, Asked, Made, NotHere, Page, Redirect
from archiver.desk.custodians_shown import (
    FileShown,
    custodians_who_sign_in,
    day_of,
    files_shown,
)
from archiver.desk.looking import note_look
from archiver.desk.states import State
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.operations.forwarding import queue_acknowledgement, queue_taking, taking_job
from archiver.operations.jobs import Job
from archiver.requests.custodians.asks import today_in
from archiver.requests.custodians.handing_in import lot_of_forward, waiting_in
from archiver.requests.custodians.selection import check_owner, picked_in
from archiver.requests.forwards.acknowledging import (
    Step,
    acknowledgement,
    check_sendable,
    is_acknowledged,
    is_usable,
    mark,
    message_of,
    sheet_pdf,
    statement_pdf,
    steps_of,
)
from archiver.requests.forwards.forwarding import (
    DESK,
    Forward,
    ForwardedFile,
    find_forward,
    forward,
    list_forwards,
)
from archiver.requests.forwards.officials import Official
from archiver.requests.forwards.stating import (
    NewStatement,
    Statement,
    received_in,
    state,
    statements_of,
)
from archiver.requests.forwards.wording import attestation_of, reply_text, texts
from archiver.requests.letters.face import parts_of
from archiver.staff.roles import MANAGE_REQUESTS

FIELDS = (
    *("name", "title", "department", "email", "login", "how", "source", "received", "time"),
    *("sender", "searched", "kept_back", "facts", "remark", "stated_by"),
)
STEPS = {
    "begun": "Handed to the mail server",
    "acknowledged": "The official was told",
    "failed": "Not sent",
    "unclear": "May have been sent",
}


@dataclass(frozen=True, slots=True)
class ForwardShown:
    """A forward as a page shows it. `received` is what the newest statement says, in words."""

    forward: Forward
    statements: tuple[Statement, ...]
    received: str
    files: tuple[FileShown, ...]
    waiting: int
    job: Job | None
    steps: tuple[tuple[Step, str], ...]
    told: bool

    @property
    def badges(self) -> Iterator[State]:
        """How it stands."""
        if not self.statements:
            yield State("Statement missing", "warn")
        if self.job is not None and self.job.state == "failed":
            yield State("Not taken in", "bad")
        elif self.waiting:
            yield State("Being taken in", "info")
        else:
            yield State("In the archive", "ok")
        if not self.told:
            yield State("Not acknowledged", "info")


def listed(visit: Visit, asked: Asked) -> Answer:
    """What was forwarded: all of it for the clerk, their own for an official."""
    own = None if visit.may(MANAGE_REQUESTS) else visit.person.login
    with _office(visit) as office:
        shown = [_shown(visit, office, each) for each in list_forwards(office, login=own)]
    page = {"forwards": shown, "all": own is None, "saved": _number(asked.asked("saved"))}
    return Page("forwards.html", page)


def form(visit: Visit, asked: Asked) -> Answer:
    """The form of a forward."""
    return _form(visit, asked)


def _form(visit: Visit, asked: Asked, problem: str = "") -> Page:
    clerk = visit.may(MANAGE_REQUESTS)
    given = {name: asked.given(name) for name in FIELDS}
    with _office(visit) as office:
        if not problem and not clerk:
            last = next(iter(list_forwards(office, login=visit.person.login, limit=1)), None)
            given |= {"department": last.department, "title": last.title} if last else {}
        attested = attestation_of(office, texts()[0]) is not None
    shown = {
        "given": given,
        "clerk": clerk,
        "people": custodians_who_sign_in(visit) if clerk else [],
        "departments": visit.person.departments,
        "today": today_in(visit.desk.settings).isoformat(),
        "attested": attested,
        "problem": problem,
    }
    return Page("forward_new.html", shown, 422 if problem else 200)


def hand_in(visit: Visit, asked: Asked) -> Answer:
    """Take a forward with its files. Sending it twice gives one."""
    try:
        made = entered(visit, asked)
    except ArchiverError as wrong:
        return _form(visit, asked, str(wrong))
    return Redirect(f"/forwards?saved={made.id}")


def entered(visit: Visit, asked: Asked) -> Forward:
    """The forward of a form, on record and on its way into the archive. Raises ArchiverError."""
    uploads = asked.all_files("file")
    picked = picked_in(each.path for each in uploads)
    official = official_given(visit, asked)
    check_owner(picked, official.name)
    given = _statement(visit, asked, official.name, picked)
    settings, actor = visit.desk.settings, visit.person.login
    with _office(visit) as office:
        made = forward(
            *(visit.desk.home, office, settings, official),
            [ForwardedFile(each.path, each.name) for each in uploads],
            given,
            way=DESK,
            actor=actor,
            how=asked.given("how") if visit.may(MANAGE_REQUESTS) else "",
        )
        if waiting_in(office, lot_of_forward(made.id)):
            queue_taking(office, lot_of_forward(made.id), actor=actor)
        if not is_acknowledged(office, made):
            queue_acknowledgement(office, settings, made.id, actor=actor, clerk=settings.agency)
    return made


def official_given(visit: Visit, asked: Asked) -> Official:
    """Who forwards: the person signed in, or whom the clerk names. Raises InputError."""
    department = asked.given("department")
    limits = {each.casefold() for each in visit.person.departments}
    if limits and department.strip().casefold() not in limits:
        raise InputError(f"give a department of yours: {' or '.join(visit.person.departments)}")
    if not visit.may(MANAGE_REQUESTS):
        person = visit.person
        return Official(person.name, department, person.title, "", person.login)
    login = asked.given("login").strip()
    if login and login not in {each.login for each in custodians_who_sign_in(visit)}:
        raise InputError(f"nobody called {login} signs in as a custodian")
    if not login and not asked.given("how").strip():
        raise InputError("say how the official told you: on paper, by telephone, by e-mail")
    return Official(
        asked.given("name"), department, asked.given("title"), asked.given("email"), login
    )


def one(visit: Visit, asked: Asked) -> Answer:
    """One forward. Raises NotHere for every forward of somebody else's, but for the clerk."""
    return _page(visit, asked)


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    settings, clerk = visit.desk.settings, visit.may(MANAGE_REQUESTS)
    with _office(visit) as office:
        found = _mine(visit, office, asked)
        shown = _shown(visit, office, found)
        sheet = acknowledgement(office, settings, found, clerk=_signs(visit))
        usable = is_usable(office)
        attested = attestation_of(office, texts()[0]) is not None
    page = {
        "shown": shown,
        "forward": found,
        "clerk": clerk,
        "private": visit.private or found.login == visit.person.login,
        "times": {
            each.id: received_in(each.received, settings.time_zone) for each in shown.statements
        },
        "sheet": list(parts_of(sheet.text)),
        "reply": reply_text(settings.agency, settings.forwarding.channel),
        "server": settings.mail.host,
        "usable": usable,
        "attested": attested,
        "given": {name: asked.given(name) for name in FIELDS},
        "today": today_in(settings).isoformat(),
        "problem": problem,
    }
    return Page("forward.html", page, 422 if problem else 200)


def act(visit: Visit, asked: Asked) -> Answer:
    """Add a statement, tell the official, write down that they were told, or take in again."""
    what, actor, settings = asked.given("act"), visit.person.login, visit.desk.settings
    clerk = visit.may(MANAGE_REQUESTS)
    with _office(visit) as office:
        found = _mine(visit, office, asked)
        try:
            if what == "state":
                how = asked.given("how") if clerk and found.login != actor else ""
                given = _statement(visit, asked, found.name, {})
                state(office, settings, found.id, given, actor=actor, how=how)
            elif not clerk:
                raise InputError("choose what is to be done about the forward")
            elif what == "send":
                check_sendable(office, settings, found)
                queue_acknowledgement(office, settings, found.id, actor=actor, clerk=_signs(visit))
            elif what == "told":
                mark(office, found.id, actor=actor, how=asked.given("how"))
            elif what == "take in":
                queue_taking(office, lot_of_forward(found.id), actor=actor)
            else:
                raise InputError("choose what is to be done about the forward")
        except ArchiverError as wrong:
            return _page(visit, asked, str(wrong))
    return Redirect(f"/forwards/{found.id}")


def statement(visit: Visit, asked: Asked) -> Answer:
    """A statement as a PDF to sign. Raises NotHere where the forward has none such."""
    wanted = int(asked.parts["statement"])
    with _office(visit) as office:
        found = _mine(visit, office, asked)
        stated = statements_of(office, found.id)
    chosen = next((each for each in stated if each.id == wanted), None)
    if chosen is None:
        raise NotHere
    note_look(visit, "opened a statement", f"forward {found.id}", {"statement": chosen.id})
    pdf = statement_pdf(visit.desk.settings, found, chosen)
    return Made(pdf, "application/pdf", f"F-{found.id}-statement-{chosen.id}.pdf", inline=True)


def acknowledged(visit: Visit, asked: Asked) -> Answer:
    """The acknowledgement as a PDF, or as a message file for the clerk's own mail program."""
    settings = visit.desk.settings
    with _office(visit) as office:
        found = _mine(visit, office, asked)
        sheet = acknowledgement(office, settings, found, clerk=_signs(visit))
    if asked.parts["form"] == "pdf":
        return Made(sheet_pdf(sheet), "application/pdf", sheet.file, inline=True)
    try:
        made = message_of(settings, found, sheet)
    except InputError:
        raise NotHere from None
    return Made(made.content, "message/rfc822", sheet.file.replace(".pdf", ".eml"))


def _office(visit: Visit) -> AbstractContextManager[sqlite3.Connection]:
    return visit.office_of_own(sees_all=visit.may(MANAGE_REQUESTS))


def _mine(visit: Visit, office: sqlite3.Connection, asked: Asked) -> Forward:
    try:
        found = find_forward(office, int(asked.parts["forward"]))
    except InputError:
        raise NotHere from None
    if not visit.may(MANAGE_REQUESTS) and found.login != visit.person.login:
        raise NotHere
    return found


def _shown(visit: Visit, office: sqlite3.Connection, found: Forward) -> ForwardShown:
    lot = lot_of_forward(found.id)
    stated = statements_of(office, found.id)
    files = files_shown(visit, office, lot)
    waiting = sum(each.taken is None for each in files)
    zone = visit.desk.settings.time_zone
    return ForwardShown(
        found,
        tuple(stated),
        received_in(stated[-1].received, zone) if stated else "",
        tuple(files),
        waiting,
        taking_job(office, lot) if waiting else None,
        tuple((each, STEPS[each.what]) for each in steps_of(office, found)),
        is_acknowledged(office, found),
    )


def _statement(visit: Visit, asked: Asked, name: str, picked: Mapping[str, str]) -> NewStatement:
    def said(field: str) -> str:
        return asked.given(field) or picked.get(field, "")

    if asked.given("true") != "1":
        raise InputError("tick that it is true")
    on = today_in(visit.desk.settings)
    typed = ("source", "received", "sender", "searched", "kept_back", "facts", "remark")
    if not any(asked.given(field) for field in typed):
        # then it is wholly what its owner stated, on the day they did
        on = day_of(picked.get("stated_on", ""), "the day it was stated") or on
    received = _received(visit, asked)
    remark = asked.given("remark") if received else said("remark")
    return NewStatement(
        said("source"),
        received or picked.get("received", ""),
        asked.given("stated_by") or name,
        on,
        sender=said("sender"),
        searched=said("searched"),
        kept_back=said("kept_back"),
        facts=said("facts"),
        remark=remark,
    )


def _received(visit: Visit, asked: Asked) -> str:
    """The day as typed, with its time in UTC where one was given."""
    day = day_of(asked.given("received"), "the day it was received")
    clock_time = asked.given("time").strip()
    if day is None or not clock_time:
        return day.isoformat() if day is not None else ""
    try:
        at = dt.time.fromisoformat(clock_time)
    except ValueError:
        raise InputError("the time it was received is none: write it like 17:30") from None
    zone = clock.zone(visit.desk.settings.time_zone)
    return clock.to_text(dt.datetime.combine(day, at, tzinfo=zone))


def _signs(visit: Visit) -> str:
    return visit.person.name if visit.may(MANAGE_REQUESTS) else visit.desk.settings.agency


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
