"""The acknowledgement to an official: on paper, as a message, and on its way by the mail server.

As with letters: before the message is given to the mail server that is written down, and afterwards
what came of it. A stop in between leaves "begun", and nothing goes again before a person looked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.config import Settings
from archiver.database import rows, write_transaction
from archiver.errors import ArchiverError, InputError, RuleError
from archiver.register.office import audit
from archiver.requests.custodians.wording import LONGEST_LINE, day_in
from archiver.requests.forwards.forwarding import Forward, find_forward
from archiver.requests.forwards.stating import Statement, statements_of
from archiver.requests.forwards.wording import (
    Acknowledged,
    acknowledgement_text,
    attestation_of,
    texts,
)
from archiver.requests.letters.face import Face
from archiver.requests.letters.mailing import (
    Outgoing,
    Sheet,
    Unclear,
    compose_sheet,
    hand_over,
    require_server,
)
from archiver.requests.letters.paper import words_pdf
from archiver.requests.letters.words import date_in, line

DONE = "acknowledged"
_SIGNED = (".eml", ".msg", ".mbox", ".dat", ".zip")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done to acknowledge a forward; `at` is UTC."""

    id: int
    forward_id: int
    at: str
    actor: str
    what: str
    note: str


def steps_of(conn: sqlite3.Connection, forward: Forward) -> list[Step]:
    """What was done about the acknowledgement, oldest first."""
    sql = "SELECT * FROM forward_steps WHERE forward_id = ? ORDER BY id"
    return [Step(*each) for each in rows(conn, sql, forward.id)]


def is_acknowledged(conn: sqlite3.Connection, forward: Forward) -> bool:
    """Whether the official was told."""
    return any(each.what == DONE for each in steps_of(conn, forward))


def unacknowledged(conn: sqlite3.Connection) -> list[int]:
    """The numbers of forwards whose official was not told yet, oldest first."""
    found = rows(
        conn,
        "SELECT id FROM forwards WHERE id NOT IN "
        "(SELECT forward_id FROM forward_steps WHERE what = 'acknowledged') ORDER BY id",
    )
    return [each["id"] for each in found]


def is_usable(conn: sqlite3.Connection) -> bool:
    """Whether the city attorney attested the acknowledgement as it reads now."""
    return attestation_of(conn, texts()[1]) is not None


def acknowledgement(
    conn: sqlite3.Connection, settings: Settings, forward: Forward, *, clerk: str
) -> Sheet:
    """The acknowledgement as it goes out; `clerk` is who signs it, by name."""
    names = rows(
        conn, "SELECT name FROM handed_in_files WHERE forward_id = ? ORDER BY id", forward.id
    )
    stated = statements_of(conn, forward.id)
    text = acknowledgement_text(
        Acknowledged(
            settings.agency,
            forward.name,
            day_in(clock.local_day(forward.sent_at, settings.time_zone).isoformat()),
            forward.id,
            [each["name"] for each in names],
            settings.forwarding.channel,
            wanting=not stated,
            unsigned=[] if any(each.sender for each in stated) else _unsigned(names),
            desk=bool(forward.login),
        )
    )
    face = _face(settings, forward, forward.at, clerk, "For the city clerk")
    name = f"forward-{forward.id}-{'received' if stated else 'wanting'}"
    subject = f"What you forwarded (F-{forward.id})"
    return Sheet(face, subject, text, forward.at, name, f"F-{forward.id}-acknowledgement.pdf")


def _unsigned(names: Sequence[sqlite3.Row]) -> list[str]:
    """The files that cannot say themselves who wrote them: all but messages and what an official
    picked."""
    return [each["name"] for each in names if not each["name"].lower().endswith(_SIGNED)]


def statement_pdf(settings: Settings, forward: Forward, statement: Statement) -> bytes:
    """A statement on paper, with a place to sign."""
    face = _face(settings, forward, statement.at, forward.name, forward.department)
    mark = f"Statement {statement.sha256[:16]}"
    subject = f"Statement about forward F-{forward.id}"
    return words_pdf(face, subject, statement.text, statement.at, mark)


def sheet_pdf(sheet: Sheet) -> bytes:
    """The acknowledgement on paper."""
    return words_pdf(sheet.face, sheet.subject, sheet.text, sheet.at, "")


def message_of(settings: Settings, forward: Forward, sheet: Sheet) -> Outgoing:
    """The acknowledgement as a message. Raises InputError where no address is on record."""
    if not forward.email:
        raise InputError(
            f"F-{forward.id} has no e-mail address: print the acknowledgement and hand it over "
            "(its page at the desk, or --save FILE.pdf)"
        )
    return compose_sheet(sheet, settings.mail, forward.email, sheet_pdf(sheet))


def check_sendable(conn: sqlite3.Connection, settings: Settings, forward: Forward) -> None:
    """Raises ArchiverError where no server is set; RuleError where the wording is not attested, it
    went out or may have; InputError where no address is on record."""
    require_server(settings.mail)
    if not forward.email:
        raise InputError(
            f"F-{forward.id} has no e-mail address: print the acknowledgement and hand it over "
            "(its page at the desk, or --save FILE.pdf)"
        )
    if not is_usable(conn):
        raise RuleError(
            "the wording of the acknowledgement waits for the city attorney's word: it is attested "
            "under “Attest”, and goes out then"
        )
    last = steps_of(conn, forward)[-1:]
    if last and last[0].what in ("begun", "unclear"):
        raise RuleError(
            f"the acknowledgement of F-{forward.id} was being sent and may have gone out: look "
            "into the mailbox it comes from, then write down that the official was told"
        )
    if is_acknowledged(conn, forward):
        raise RuleError(f"the official of F-{forward.id} was told already")


def send(
    conn: sqlite3.Connection, settings: Settings, forward_id: int, *, actor: str, clerk: str
) -> None:
    """Hand the acknowledgement to the mail server, and write down what came of it.

    Raises as `check_sendable` and `hand_over` do: it then stands as not sent, with the reason.
    """
    forward = find_forward(conn, forward_id)
    check_sendable(conn, settings, forward)
    message = message_of(settings, forward, acknowledgement(conn, settings, forward, clerk=clerk))
    with write_transaction(conn):
        check_sendable(conn, settings, forward)
        _step(conn, forward, "begun", actor, "")
    try:
        hand_over(message, settings.mail)
    except ArchiverError as error:
        came = "unclear" if isinstance(error, Unclear) else "failed"
        with write_transaction(conn):
            _step(conn, forward, came, actor, str(error))
        raise
    with write_transaction(conn):
        _step(conn, forward, DONE, actor, "by e-mail")


def mark(conn: sqlite3.Connection, forward_id: int, *, actor: str, how: str) -> None:
    """Write down that the official was told by other means. Raises InputError without the way."""
    way = line(how, LONGEST_LINE)
    if not way:
        raise InputError("say how the official was told: by hand, by telephone, by your own e-mail")
    forward = find_forward(conn, forward_id)
    with write_transaction(conn):
        if not is_acknowledged(conn, forward):
            _step(conn, forward, DONE, actor, way)


def _step(
    conn: sqlite3.Connection, forward: Forward, what: str, actor: str, note_text: str
) -> None:
    conn.execute(
        "INSERT INTO main.forward_steps (forward_id, at, actor, what, note) VALUES (?, ?, ?, ?, ?)",
        (forward.id, clock.now_text(), actor, what, note_text),
    )
    if what == DONE:
        audit(
            conn,
            actor=actor,
            action="forward acknowledged",
            subject=f"forward {forward.id}",
            detail={"how": note_text},
        )


def _face(settings: Settings, forward: Forward, at: str, signer: str, title: str) -> Face:
    address = [forward.name, forward.title, forward.department, forward.email]
    return Face(
        agency=settings.agency,
        letterhead=list(settings.letterhead.lines),
        date=date_in(clock.local_day(at, settings.time_zone), "en"),
        address=list(filter(None, address)),
        reference=f"F-{forward.id}",
        signer_name=signer,
        signer_title=title,
        language="en",
    )
