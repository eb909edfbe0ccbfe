"""An ask on its way to the custodian: by the city's mail server, or saved and sent by hand.

As with letters: before the message is given to the mail server that is written down, and afterwards
what came of it. A stop in between leaves "begun", and nothing goes again before a person looked.
"""

from __future__ import annotations

import sqlite3

from archiver import clock
from archiver.config import Settings
from archiver.database import write_transaction
from archiver.errors import ArchiverError, InputError, RuleError
from archiver.requests.custodians.asks import (
    Ask,
    add_step,
    cause_of,
    find_ask,
    is_answered,
    is_withdrawn,
    steps_of,
)
from archiver.requests.custodians.causes import Cause
from archiver.requests.custodians.declaration import ask_face, ask_subject, ask_text
from archiver.requests.custodians.wording import LONGEST_LINE
from archiver.requests.letters.mailing import (
    Outgoing,
    Sheet,
    Unclear,
    compose_sheet,
    hand_over,
    require_server,
)
from archiver.requests.letters.paper import words_pdf
from archiver.requests.letters.words import line

SENT, REMINDED = "sent", "reminded"


def ask_sheet(
    conn: sqlite3.Connection, settings: Settings, ask: Ask, *, reminder: bool, clerk: str
) -> Sheet:
    """The ask, or a reminder of it, as it goes out; `clerk` is who signs it, by name."""
    cause = cause_of(conn, ask)
    at = clock.now_text() if reminder else ask.at
    return Sheet(
        ask_face(ask, cause, settings, at=at, clerk=clerk),
        ask_subject(cause, reminder=reminder),
        ask_text(ask, cause, time_zone=settings.time_zone, reminder=reminder),
        at,
        f"ask-{ask.id}-{'reminder-' + at[:10] if reminder else 'first'}",
        f"{cause.reference}-search.pdf",
    )


def sheet_pdf(sheet: Sheet) -> bytes:
    """The sheet on paper."""
    return words_pdf(sheet.face, sheet.subject, sheet.text, sheet.at, "")


def message_of(settings: Settings, ask: Ask, sheet: Sheet) -> Outgoing:
    """The sheet as a message. Raises InputError where the custodian has no address on record."""
    if not ask.email:
        raise InputError(
            f"ask {ask.id} has no e-mail address: print the ask and hand it over (its page at the "
            "desk, or --save FILE.pdf)"
        )
    return compose_sheet(sheet, settings.mail, ask.email, sheet_pdf(sheet))


def mark(conn: sqlite3.Connection, ask_id: int, what: str, *, actor: str, how: str) -> None:
    """Write down that the ask went out, or that the custodian was reminded, by other means.

    Raises InputError without the way, RuleError where nothing is to be sent any more.
    """
    way = line(how, LONGEST_LINE)
    if not way:
        raise InputError("say how it went out: by hand, by telephone, by your own e-mail")
    with write_transaction(conn):
        ask, cause = _require_open(conn, ask_id)
        if _done_today(conn, ask, what):
            return
        add_step(conn, ask, what, actor=actor, note_text=way)
        _note(conn, cause, ask, actor, what)


def check_sendable(conn: sqlite3.Connection, settings: Settings, ask_id: int, what: str) -> Ask:
    """The ask, if it may go to the mail server now.

    Raises ArchiverError where no server is set; RuleError where it was sent or is under way,
    was answered or withdrawn, the request is closed or for practice; InputError where it has no
    address.
    """
    require_server(settings.mail)
    ask, cause = _require_open(conn, ask_id)
    if cause.is_practice:
        raise RuleError(f"{cause.reference} is for practice: nothing of it ever goes out")
    if not ask.email:
        raise InputError(f"ask {ask.id} has no e-mail address: print it, and send it by hand")
    last = [each for each in steps_of(conn, ask) if not each.what.startswith("facts")][-1:]
    if last and last[0].what in ("begun", "unclear"):
        raise RuleError(
            f"ask {ask.id} was being sent and may have gone out: look into the mailbox it comes "
            "from, then write down that it was sent"
        )
    if what == SENT and any(each.what == SENT for each in steps_of(conn, ask)):
        raise RuleError(f"ask {ask.id} was sent already: remind the custodian instead")
    if what == REMINDED and _done_today(conn, ask, REMINDED):
        raise RuleError(f"the custodian of ask {ask.id} was reminded today already")
    return ask


def send(
    conn: sqlite3.Connection,
    settings: Settings,
    ask_id: int,
    what: str,
    *,
    actor: str,
    clerk: str,
) -> None:
    """Hand the ask, or a reminder of it, to the mail server, and write down what came of it.

    Raises as `check_sendable` and `hand_over` do: the ask then stands as not sent, with the reason.
    """
    ask = check_sendable(conn, settings, ask_id, what)
    sheet = ask_sheet(conn, settings, ask, reminder=what == REMINDED, clerk=clerk)
    message = message_of(settings, ask, sheet)
    with write_transaction(conn):
        check_sendable(conn, settings, ask_id, what)
        add_step(conn, ask, "begun", actor=actor, note_text=what)
    try:
        hand_over(message, settings.mail)
    except ArchiverError as error:
        came = "unclear" if isinstance(error, Unclear) else "failed"
        with write_transaction(conn):
            add_step(conn, ask, came, actor=actor, note_text=str(error))
        raise
    with write_transaction(conn):
        add_step(conn, ask, what, actor=actor, note_text="by e-mail")
        _note(conn, cause_of(conn, ask), ask, actor, what)


def _require_open(conn: sqlite3.Connection, ask_id: int) -> tuple[Ask, Cause]:
    ask = find_ask(conn, ask_id)
    cause = cause_of(conn, ask)
    cause.require_open()
    if is_withdrawn(conn, ask):
        raise RuleError(f"ask {ask.id} was withdrawn: nothing more goes out")
    if is_answered(conn, ask):
        raise RuleError(f"ask {ask.id} was answered: nothing more goes out")
    return ask, cause


def _done_today(conn: sqlite3.Connection, ask: Ask, what: str) -> bool:
    day = clock.now_text()[:10]
    return any(each.what == what and each.at[:10] == day for each in steps_of(conn, ask))


def _note(conn: sqlite3.Connection, cause: Cause, ask: Ask, actor: str, what: str) -> None:
    cause.note(conn, actor=actor, kind=f"custodian {what}", detail={"ask": ask.id})
