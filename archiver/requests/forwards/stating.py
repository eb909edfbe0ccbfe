"""What an official states of a forward: where it came to them, when, where they looked, what they
keep back as personal and on what facts. The words are frozen with their hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from archiver import clock
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.register.office import audit
from archiver.requests.custodians.wording import block_of, day_in, kept_back_of, line_of
from archiver.requests.forwards.wording import Stated, statement_text, texts

MOST_STATEMENTS = 20
"""Statements about one forward: a first, and what is added later."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_OLDEST = "1990"


@dataclass(frozen=True, slots=True)
class NewStatement:
    """What an official says. `source` is the account it came to, in words (`facebook: own
    profile`); `received` a day (YYYY-MM-DD) or a time in UTC; `sender` who wrote it, where the
    files do not say; `searched` where else they looked, a line each."""

    source: str
    received: str
    stated_by: str
    stated_on: dt.date
    sender: str = ""
    searched: str = ""
    kept_back: str = ""
    facts: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement on record. `text` is what was stated, word for word, `sha256` its hash, `wording`
    the digest of the wording it was made in; `how` is set where somebody else wrote it down."""

    id: int
    forward_id: int
    at: str
    actor: str
    how: str
    source: str
    received: str
    sender: str
    searched: str
    kept_back: str
    facts: str
    remark: str
    stated_by: str
    stated_on: str
    wording: str
    text: str
    sha256: str


_COLUMNS = ", ".join(field.name for field in fields(Statement))


def state(
    conn: sqlite3.Connection,
    settings: Settings,
    forward_id: int,
    given: NewStatement,
    *,
    actor: str,
    how: str = "",
) -> Statement:
    """Add a statement to a forward. The same one sent twice is one.

    Raises InputError where a value cannot be used, or there is no such forward.
    """
    today = clock.local_day(clock.now_text(), settings.time_zone)
    values = state_checked(given, today)
    with write_transaction(conn):
        found = row(conn, "SELECT name, title, department FROM forwards WHERE id = ?", forward_id)
        if found is None:
            raise InputError(f"there is no forward F-{forward_id}")
        files = rows(
            conn, "SELECT name, sha256 FROM handed_in_files WHERE forward_id = ?", forward_id
        )
        who = ", ".join(filter(None, tuple(found)))
        names = [(each["name"], each["sha256"]) for each in files]
        return enter_statement(conn, settings, forward_id, who, values, names, actor=actor, how=how)


def state_checked(given: NewStatement, today: dt.date) -> dict[str, str]:
    """The values of a statement as they are kept. Raises InputError."""
    source = line_of("the account it came to", given.source)
    if not source:
        raise InputError(
            "say which account it came to, such as “Facebook, own profile” or “personal e-mail”"
        )
    kept_back, facts = kept_back_of(given.kept_back, given.facts)
    name = line_of("the name", given.stated_by)
    if not name:
        raise InputError("state it by your name")
    if given.stated_on > today:
        raise InputError("the day it is stated lies ahead: give today's or an earlier one")
    return {
        "source": source,
        "received": _received(given.received, today),
        "sender": line_of("who wrote it", given.sender),
        "searched": block_of("what was searched", given.searched),
        "kept_back": kept_back,
        "facts": facts,
        "remark": block_of("what is added", given.remark),
        "stated_by": name,
        "stated_on": given.stated_on.isoformat(),
    }


def _received(text: str, today: dt.date) -> str:
    wanted = text.strip()
    if not wanted:
        raise InputError("say on which day it was received")
    try:
        if _DAY.fullmatch(wanted):
            day = dt.date.fromisoformat(wanted)
            kept = day.isoformat()
        else:
            moment = clock.parse(wanted)
            day, kept = moment.date(), clock.to_text(moment)
    except ValueError:
        raise InputError(
            "the day it was received is no date: write it like 2026-11-03, or with its time like "
            "2026-11-03 17:30"
        ) from None
    if day > today + dt.timedelta(days=1) or kept < _OLDEST:
        raise InputError("the day it was received lies ahead or too far back: look at it again")
    return kept


def enter_statement(
    conn: sqlite3.Connection,
    settings: Settings,
    forward_id: int,
    who: str,
    values: Mapping[str, str],
    files: Sequence[tuple[str, str]],
    *,
    actor: str,
    how: str,
) -> Statement:
    """Keep a statement of checked values, in the caller's transaction."""
    told = line_of("how it was told", how)
    text = statement_text(
        Stated(
            settings.agency,
            who,
            values["stated_by"],
            day_in(values["stated_on"]),
            values["source"],
            received_in(values["received"], settings.time_zone),
            files,
            **{
                name: values[name]
                for name in ("sender", "searched", "kept_back", "facts", "remark")
            },
            how=told,
        )
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    there = statements_of(conn, forward_id)
    same = next((each for each in there if each.sha256 == digest), None)
    if same is not None:
        return same
    if len(there) >= MOST_STATEMENTS:
        raise InputError(f"F-{forward_id} has {MOST_STATEMENTS} statements: no more are taken")
    wording = texts()[0].digest
    conn.execute(
        "INSERT INTO main.forward_statements (forward_id, at, actor, how, source, received, "
        "sender, searched, kept_back, facts, remark, stated_by, stated_on, wording, text, sha256) "
        "VALUES (:forward, :at, :actor, :how, :source, :received, :sender, :searched, :kept_back, "
        ":facts, :remark, :stated_by, :stated_on, :wording, :text, :sha256)",
        {
            **values,
            "forward": forward_id,
            "at": clock.now_text(),
            "actor": actor,
            "how": told,
            "wording": wording,
            "text": text,
            "sha256": digest,
        },
    )
    audit(
        conn,
        actor=actor,
        action="forward stated",
        subject=f"forward {forward_id}",
        detail={"sha256": digest},
    )
    return statements_of(conn, forward_id)[-1]


def statements_of(conn: sqlite3.Connection, forward_id: int) -> list[Statement]:
    """What was stated of a forward, oldest first."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM forward_statements WHERE forward_id = ? ORDER BY id",
        forward_id,
    )
    return [Statement(*each) for each in found]


def altered_statements(conn: sqlite3.Connection) -> tuple[int, list[str]]:
    """How many statements there are, and those whose words are not the ones that were stated, a
    line each: none, unless a row was changed past the triggers that keep them."""
    found = rows(conn, "SELECT id, forward_id, text, sha256 FROM forward_statements ORDER BY id")
    wrong = [
        f"statement {each['id']} of forward F-{each['forward_id']} is not what was stated"
        for each in found
        if hashlib.sha256(each["text"].encode()).hexdigest() != each["sha256"]
    ]
    return len(found), wrong


def received_in(received: str, zone: str) -> str:
    """When something was received, as people write it: a day, or a time in the agency's zone."""
    return day_in(received) if _DAY.fullmatch(received) else clock.shown(received, zone)
