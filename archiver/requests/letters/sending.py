"""How and when letters went out: by the city's mail server, or by hand and written down.

A person asks for it; before the letter is handed to the mail server that is written down, and
afterwards what came of it. The server is spoken to between the two, in no transaction. A stop in
between leaves "begun", and nothing is tried again before a person has looked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from archiver import clock
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import ArchiverError, BusyError, InputError, RuleError
from archiver.requests.intake import get_request, note
from archiver.requests.letters.face import is_practice
from archiver.requests.letters.mailing import (
    Outgoing,
    Unclear,
    hand_over,
    outgoing,
    require_server,
)
from archiver.requests.letters.taking_effect import take_effect
from archiver.requests.letters.words import line
from archiver.requests.letters.writing import Letter

BY_HAND = ("mail", "counter", "e-mail", "other system")
"""How a letter goes out other than by this program."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A step of sending a letter: asked, begun, sent, failed or unclear; `sent_at` is UTC."""

    id: int
    letter_id: int
    at: str
    actor: str
    step: str
    how: str
    sent_at: str | None
    address: str | None
    message_id: str | None
    sha256: str | None
    note: str | None


def sendings_of(conn: sqlite3.Connection, letter_id: int) -> list[Sending]:
    """Every step of sending a letter, oldest first."""
    found = rows(conn, "SELECT * FROM letter_sendings WHERE letter_id = ? ORDER BY id", letter_id)
    return [Sending(*each) for each in found]


def last_sending(conn: sqlite3.Connection, letter_id: int) -> Sending | None:
    """How a letter stands: its last step, or None where it was never sent."""
    found = row(
        conn,
        "SELECT * FROM letter_sendings WHERE letter_id = ? ORDER BY id DESC LIMIT 1",
        letter_id,
    )
    return None if found is None else Sending(*found)


def sent_at(conn: sqlite3.Connection, letter_id: int) -> str | None:
    """When a letter first went out (UTC), or None."""
    found = row(
        conn,
        "SELECT min(sent_at) AS first FROM letter_sendings WHERE letter_id = ? AND step = 'sent'",
        letter_id,
    )
    return found["first"] if found else None


def mark_sent(
    conn: sqlite3.Connection,
    settings: Settings,
    letter: Letter,
    *,
    actor: str,
    how: str,
    at: str,
    note_text: str = "",
    seen: int | None = None,
) -> Sending:
    """Write down that a letter went out by other means; `at` is when (UTC text).

    `seen` is the id of the last step the person saw. Raises InputError where the way is not known
    or the time lies ahead, BusyError where somebody else wrote something down in between.
    """
    if how not in BY_HAND:
        raise InputError(f"a letter goes out by {', '.join(BY_HAND)}: choose one of them")
    moment = clock.parse(at)
    if moment > clock.now() + dt.timedelta(minutes=1):
        raise InputError("the time of sending lies ahead: give the time at which it went out")
    if moment < clock.parse(letter.at) - dt.timedelta(minutes=1):
        raise InputError("the time of sending lies before the letter was written: check the day")
    with write_transaction(conn):
        _require_sendable(conn, letter, seen)
        step = _write(conn, letter, actor, "sent", how, sent_at=at, note_text=line(note_text, 500))
        _note(conn, letter, actor, "letter sent", {"letter": letter.id, "how": how})
        take_effect(conn, settings, letter, actor=actor, sent_at=at)
    return step


def ask_to_send(
    conn: sqlite3.Connection,
    settings: Settings,
    letter: Letter,
    *,
    actor: str,
    address: str,
    again: bool = False,
    seen: int | None = None,
) -> Sending:
    """Write down that a letter is to go out by the mail server; `carry_out` then does it.

    `again` says that a person wants it to go although it went before, or may have gone. Raises
    RuleError where it may not be sent, ArchiverError where no mail server is set, InputError where
    the address is none, BusyError where somebody else wrote something down in between.
    """
    require_server(settings.mail)
    message = outgoing(letter, settings.mail, address)
    with write_transaction(conn):
        _require_sendable(conn, letter, seen)
        _require_first(conn, letter, again=again)
        return _write(conn, letter, actor, "asked", "e-mail", message=message)


def carry_out(
    conn: sqlite3.Connection, settings: Settings, letter: Letter, asked: int, *, actor: str
) -> Sending:
    """Hand a letter to the mail server as was asked for (the id of that step), and write down what
    came of it.

    Raises RuleError where that step is not the last one any more, and what `hand_over` raises: the
    letter then stands as not sent, with the reason. A call that was cut short after the server was
    spoken to is not repeated; the letter then stands as unclear.
    """
    last = last_sending(conn, letter.id)
    if last is None or last.id != asked or not last.address:
        _settle(conn, letter, asked, actor)
        raise RuleError(f"letter {letter.id} was dealt with in the meantime: look at it again")
    message = outgoing(letter, settings.mail, last.address)
    with write_transaction(conn):
        _require_sendable(conn, letter, asked)
        _write(conn, letter, actor, "begun", "e-mail", message=message)
    try:
        hand_over(message, settings.mail)
    except ArchiverError as error:
        step = "unclear" if isinstance(error, Unclear) else "failed"
        with write_transaction(conn):
            _write(conn, letter, actor, step, "e-mail", message=message, note_text=str(error))
            _note(conn, letter, actor, f"letter sending {step}", {"letter": letter.id})
        raise
    with write_transaction(conn):
        now = clock.now_text()
        sent = _write(conn, letter, actor, "sent", "e-mail", message=message, sent_at=now)
        _note(conn, letter, actor, "letter sent", {"letter": letter.id, "how": "e-mail"})
        take_effect(conn, settings, letter, actor=actor, sent_at=now)
    return sent


def send_now(
    conn: sqlite3.Connection,
    settings: Settings,
    letter: Letter,
    *,
    actor: str,
    address: str,
    again: bool = False,
) -> Sending:
    """Ask for a letter to be sent and do it, for whoever can wait. Raises as the two parts do."""
    asked = ask_to_send(conn, settings, letter, actor=actor, address=address, again=again)
    return carry_out(conn, settings, letter, asked.id, actor=actor)


def _settle(conn: sqlite3.Connection, letter: Letter, asked: int, actor: str) -> None:
    """Where the attempt that followed this step was cut short, say so in the letter's steps."""
    with write_transaction(conn):
        last = last_sending(conn, letter.id)
        if last is not None and last.step == "begun" and last.id > asked:
            told = "the program was stopped while the letter was handed over"
            _write(conn, letter, actor, "unclear", "e-mail", note_text=told)
            _note(conn, letter, actor, "letter sending unclear", {"letter": letter.id})


def _require_sendable(conn: sqlite3.Connection, letter: Letter, seen: int | None) -> None:
    if is_practice(letter.request):
        raise RuleError(f"{letter.request} is for practice: its letters never go out")
    if letter.superseded_by is not None:
        raise RuleError(
            f"letter {letter.id} was corrected by letter {letter.superseded_by}: send that one"
        )
    last = last_sending(conn, letter.id)
    if seen is not None and seen != (last.id if last else 0):
        raise BusyError(
            f"somebody else has written down something about letter {letter.id} in the meantime: "
            "look at it again, nothing was sent"
        )


def _require_first(conn: sqlite3.Connection, letter: Letter, *, again: bool) -> None:
    last = last_sending(conn, letter.id)
    if again or last is None or last.step == "failed":
        return
    if last.step == "sent":
        raise RuleError(
            f"letter {letter.id} was sent already: say that it is to go once more, if it is"
        )
    if last.step == "asked":
        raise RuleError(f"letter {letter.id} waits to be sent already: look again in a moment")
    raise RuleError(
        f"letter {letter.id} was being sent and may have gone out: look into the mailbox it comes "
        "from; then write down that it was sent, or send it again"
    )


def _write(
    conn: sqlite3.Connection,
    letter: Letter,
    actor: str,
    step: str,
    how: str,
    *,
    sent_at: str | None = None,
    message: Outgoing | None = None,
    note_text: str = "",
) -> Sending:
    cursor = conn.execute(
        "INSERT INTO main.letter_sendings (letter_id, at, actor, step, how, sent_at, address, "
        "message_id, sha256, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(letter.id, clock.now_text(), actor, step, how, sent_at),
            message.address if message else None,
            message.message_id if message else None,
            hashlib.sha256(message.content).hexdigest() if message else None,
            note_text or None,
        ),
    )
    found = row(conn, "SELECT * FROM letter_sendings WHERE id = ?", cursor.lastrowid)
    return Sending(*(found or ()))


def _note(
    conn: sqlite3.Connection, letter: Letter, actor: str, kind: str, detail: Mapping[str, object]
) -> None:
    note(conn, get_request(conn, letter.request), actor=actor, kind=kind, detail=detail)
