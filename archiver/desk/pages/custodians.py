"""The city's side of asking custodians, for a request or a hold: asking, sending, reminding, what
came back."""

from __future__ import annotations

from collections.abc import Callable

from archiver.desk.answers import Answer, Asked, Made, NotHere, Page, Redirect
from archiver.desk.custodians_shown import (
    ask_shown,
    files_shown,
    given_answer,
    new_answer,
    new_ask,
    sees_facts,
)
from archiver.desk.looking import note_look
from archiver.desk.pages.holds import one as one_hold
from archiver.desk.pages.request import refused
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.operations.forwarding import queue_message, queue_taking
from archiver.requests.book import Request
from archiver.requests.custodians.answers import (
    answer,
    answers_of,
    facts_are_shown,
    show_facts,
)
from archiver.requests.custodians.asks import (
    Ask,
    ask_custodian,
    ask_for_hold,
    ask_of,
    ask_of_hold,
    withdraw,
)
from archiver.requests.custodians.causes import Cause, cause_of_hold
from archiver.requests.custodians.declaration import declaration_pdf
from archiver.requests.custodians.handing_in import (
    lot_of_cause,
    lot_of_request,
    review_department_files,
    waiting_files,
)
from archiver.requests.custodians.messages import (
    REMINDED,
    SENT,
    ask_sheet,
    check_sendable,
    mark,
    message_of,
    sheet_pdf,
)
from archiver.requests.letters.face import parts_of
from archiver.staff.roles import MANAGE_HOLDS, MANAGE_REQUESTS


def ask(visit: Visit, asked: Asked) -> Answer:
    """Ask a custodian. Pressing twice asks once. Who is asked may be of any department."""
    visit.need_whole()
    request = find_request(visit, asked.parts["number"])
    try:
        wanted = new_ask(visit, asked)
        with visit.office() as office:
            settings = visit.desk.settings
            made = ask_custodian(office, settings, request.number, wanted, actor=visit.person.login)
    except ArchiverError as wrong:
        return refused(visit, asked, request.number, str(wrong))
    return Redirect(f"/requests/{request.number}/custodians/{made.id}?asked=1")


def ask_about_hold(visit: Visit, asked: Asked) -> Answer:
    """Ask a custodian for a hold. Pressing twice asks once."""
    hold = int(asked.parts["hold"])
    try:
        wanted = new_ask(visit, asked)
        with visit.office() as office:
            settings = visit.desk.settings
            made = ask_for_hold(office, settings, hold, wanted, actor=visit.person.login)
    except ArchiverError as wrong:
        return one_hold(visit, asked, problem=str(wrong))
    return Redirect(f"/retention/holds/{hold}/custodians/{made.id}?asked=1")


def show(visit: Visit, asked: Asked) -> Answer:
    """One ask: its words, what was done about it, what came back."""
    cause, found = _ask(visit, asked)
    return _page(visit, asked, cause, found)


def _page(
    visit: Visit,
    asked: Asked,
    cause: Cause,
    found: Ask,
    problem: str = "",
    *,
    typed: bool = False,
) -> Page:
    settings = visit.desk.settings
    with visit.office() as office:
        sheet = ask_sheet(office, settings, found, reminder=False, clerk=visit.person.name)
        shown = ask_shown(visit, office, found)
        files = files_shown(visit, office, lot_of_cause(cause), found)
        facts_shown = facts_are_shown(office, found)
    return Page(
        "custodian_ask.html",
        {
            "cause": cause,
            "shown": shown,
            "ask": found,
            "subject": sheet.subject,
            "sheet": list(parts_of(sheet.text)),
            "files": files,
            "given": given_answer(visit, found, asked if typed else None, on_behalf=True),
            "facts_shown": facts_shown,
            "sees_facts": sees_facts(visit),
            "server": settings.mail.host,
            "sent": any(step.what == SENT for step, _ in shown.steps),
            "can_manage": _manages(visit, cause) and cause.is_open,
            "may_open": _manages(visit, cause),
            "made": bool(asked.asked("asked")),
            "problem": problem,
            "private": visit.private,
        },
        422 if problem else 200,
    )


def act(visit: Visit, asked: Asked) -> Answer:
    """Do one thing about an ask: send it, remind, write down that it went out, withdraw it, or say
    whether the packet prints the facts."""
    cause, found = _ask(visit, asked)
    actor, what = visit.person.login, asked.given("act")
    settings = visit.desk.settings
    try:
        with visit.office() as office:
            if what in ("send", "remind"):
                step = SENT if what == "send" else REMINDED
                check_sendable(office, settings, found.id, step)
                queue_message(office, found.id, step, actor=actor, clerk=visit.person.name)
            elif what in (SENT, REMINDED):
                mark(office, found.id, what, actor=actor, how=asked.given("how"))
            elif what == "withdraw":
                withdraw(office, found.id, actor=actor, reason=asked.given("reason"))
            elif what in ("show facts", "hide facts"):
                show_facts(office, found.id, shown=what == "show facts", actor=actor)
            else:
                raise InputError("choose what is to be done about the ask")
    except ArchiverError as wrong:
        return _page(visit, asked, cause, found, str(wrong))
    return Redirect(f"{cause.address}/custodians/{found.id}")


def enter_answer(visit: Visit, asked: Asked) -> Answer:
    """Enter the answer of a custodian who told it to the clerk."""
    cause, found = _ask(visit, asked)
    actor = visit.person.login
    try:
        given, files = new_answer(asked)
        with visit.office() as office:
            answer(
                *(visit.desk.home, office, visit.desk.settings, found.id, given, files),
                actor=actor,
                on_behalf=True,
            )
            if files:
                queue_taking(office, lot_of_cause(cause), actor=actor)
    except ArchiverError as wrong:
        return _page(visit, asked, cause, found, str(wrong), typed=True)
    return Redirect(f"{cause.address}/custodians/{found.id}#h-back")


def message(visit: Visit, asked: Asked) -> Answer:
    """The ask as a PDF, or as a message file for the clerk's own mail program; with `?reminder=1`
    the reminder."""
    cause, found = _ask(visit, asked)
    form = asked.parts["form"]
    settings = visit.desk.settings
    with visit.office() as office:
        reminder = asked.asked("reminder") == "1"
        clerk = visit.person.name
        sheet = ask_sheet(office, settings, found, reminder=reminder, clerk=clerk)
    note_look(visit, "opened an ask", cause.name, {"ask": found.id, "as": form})
    if form == "pdf":
        return Made(sheet_pdf(sheet), "application/pdf", sheet.file, inline=True)
    made = message_of(settings, found, sheet)
    return Made(made.content, "message/rfc822", sheet.file.replace(".pdf", ".eml"))


def declaration(visit: Visit, asked: Asked) -> Answer:
    """A declaration as a PDF to sign or file."""
    cause, found = _ask(visit, asked)
    made = declaration_made(visit, cause, found, int(asked.parts["answer"]))
    note_look(visit, "opened a declaration", cause.name, {"ask": found.id})
    return made


def declaration_made(visit: Visit, cause: Cause, found: Ask, answer_id: int) -> Made:
    """The declaration of an answer to an ask. Raises NotHere where the ask has none such."""
    with visit.office() as office:
        chosen = next((each for each in answers_of(office, found) if each.id == answer_id), None)
    if chosen is None:
        raise NotHere
    pdf = declaration_pdf(
        found,
        cause,
        chosen.text,
        at=chosen.at,
        digest=chosen.sha256,
        settings=visit.desk.settings,
    )
    name = f"{cause.reference}-declaration-{chosen.id}.pdf"
    return Made(pdf, "application/pdf", name, inline=True)


def review_files(visit: Visit, asked: Asked) -> Answer:
    """Let the files of other departments become records of the request."""
    visit.need_whole()

    def begin(request: Request) -> None:
        with visit.office() as office:
            review_department_files(office, request.number, actor=visit.person.login)
            queue_taking(office, lot_of_request(request), actor=visit.person.login)

    return _acted(visit, asked, begin)


def take_in_for_hold(visit: Visit, asked: Asked) -> Answer:
    """Try again to take in what was handed in for a hold and waits."""
    hold = int(asked.parts["hold"])
    with visit.office() as office:
        try:
            lot = lot_of_cause(cause_of_hold(office, hold))
        except InputError:
            raise NotHere from None
        queue_taking(office, lot, actor=visit.person.login)
    return Redirect(f"/retention/holds/{hold}#h-cust")


def take_in(visit: Visit, asked: Asked) -> Answer:
    """Try again to take in what was handed in and waits."""

    def begin(request: Request) -> None:
        with visit.office() as office:
            if not waiting_files(office, request.number):
                raise InputError("nothing that was handed in waits to be taken in")
            queue_taking(office, lot_of_request(request), actor=visit.person.login)

    return _acted(visit, asked, begin)


def _acted(visit: Visit, asked: Asked, begin: Callable[[Request], None]) -> Answer:
    request = find_request(visit, asked.parts["number"])
    try:
        begin(request)
    except ArchiverError as wrong:
        return refused(visit, asked, request.number, str(wrong))
    return Redirect(f"/requests/{request.number}#h-cust")


def _manages(visit: Visit, cause: Cause) -> bool:
    return visit.may(MANAGE_HOLDS if cause.request is None else MANAGE_REQUESTS)


def _ask(visit: Visit, asked: Asked) -> tuple[Cause, Ask]:
    """The ask of an address. Raises NotHere where the request or hold has none such."""
    wanted = int(asked.parts["ask"])
    if "hold" in asked.parts:
        return _ask_of_hold(visit, int(asked.parts["hold"]), wanted)
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        try:
            return Cause(request=request), ask_of(office, request.number, wanted)
        except InputError:
            raise NotHere from None


def _ask_of_hold(visit: Visit, hold: int, wanted: int) -> tuple[Cause, Ask]:
    with visit.office() as office:
        try:
            return cause_of_hold(office, hold), ask_of_hold(office, hold, wanted)
        except InputError:
            raise NotHere from None
