"""What a custodian answers: where they searched, what they return, what they keep back and why.

Who keeps something back as personal gives facts from which it can be seen that it is no record of
the public's business; an affidavit of such facts satisfies the agency's duty to search (*City of
San José v. Superior Court* (2017) 2 Cal.5th 608). The words declared true are frozen with their
hash. The facts are personal: a packet shows them only where the clerk says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import msgspec

from archiver import clock
from archiver.clock import local_day
from archiver.config import Home, Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.names import key
from archiver.requests.custodians.asks import (
    Ask,
    add_step,
    cause_of,
    find_ask,
    is_withdrawn,
    steps_of,
    today_in,
)
from archiver.requests.custodians.declaration import Declared, declaration_text
from archiver.requests.custodians.handing_in import HandedFile, enter_handed, tidy_files
from archiver.requests.custodians.wording import block_of, kept_back_of, line_of
from archiver.requests.receiving.attaching import files_whole

NOTHING, RETURNED = "nothing", "returned"
MOST_ANSWERS = 50
"""Answers to one ask: a first, and what is handed in later."""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What a custodian says. `terms` are the words they searched for; `kept_back` what they keep
    back as personal, `facts` on what facts, both or none. `how` is how the clerk was told, where
    the clerk enters it for somebody without a login."""

    accounts: str
    declared_name: str
    declared_on: dt.date
    terms: str = ""
    devices: str = ""
    start_day: dt.date | None = None
    end_day: dt.date | None = None
    found_nothing: bool = False
    kept_back: str = ""
    facts: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer on record; `text` is the declaration, word for word, `sha256` its hash."""

    id: int
    ask_id: int
    at: str
    actor: str
    on_behalf: int
    how: str
    accounts: str
    devices: str
    terms: str
    start_day: str | None
    end_day: str | None
    outcome: str
    kept_back: str
    facts: str
    declared_name: str
    declared_on: str
    files: tuple[tuple[str, str], ...]
    text: str
    sha256: str

    @property
    def found_nothing(self) -> bool:
        """Whether nothing was returned."""
        return self.outcome == NOTHING


_COLUMNS = ", ".join(field.name for field in fields(Answer))


def answer(
    home: Home,
    conn: sqlite3.Connection,
    settings: Settings,
    ask_id: int,
    given: NewAnswer,
    files: Sequence[HandedFile],
    *,
    actor: str,
    on_behalf: bool = False,
) -> Answer:
    """Record an answer with the files it returns, whole or not at all. The same answer sent twice
    is one.

    The files are taken into the archive afterwards (`taking_in`). Raises InputError where a value
    or file cannot be used; RuleError where the ask was withdrawn or the request is closed.
    """
    kept = tidy_files(files)
    values = _checked(given, kept, today_in(settings), on_behalf=on_behalf)
    with files_whole() as written, write_transaction(conn):
        ask = find_ask(conn, ask_id)
        cause = cause_of(conn, ask)
        cause.require_open()
        if is_withdrawn(conn, ask):
            raise RuleError(f"ask {ask.id} was withdrawn: it takes no answer")
        if on_behalf and not _one_person(str(values["declared_name"]), ask.name):
            raise InputError(
                f"the declaration is {ask.name}'s, and nobody else declares it: give their name"
            )
        if cause.is_practice and kept:
            raise RuleError(f"{cause.reference} is for practice: no file of it enters the archive")
        text = declaration_text(_declared(ask, cause.subject, settings, values, kept))
        digest = hashlib.sha256(text.encode()).hexdigest()
        there = answers_of(conn, ask)
        same = next((each for each in there if each.sha256 == digest), None)
        if same is not None:
            return same
        if len(there) >= MOST_ANSWERS:
            raise InputError(f"ask {ask.id} has {MOST_ANSWERS} answers: no more are taken")
        cursor = conn.execute(
            "INSERT INTO main.custodian_answers (ask_id, at, actor, on_behalf, how, accounts, "
            "devices, terms, start_day, end_day, outcome, kept_back, facts, declared_name, "
            "declared_on, files, text, sha256) VALUES (:ask, :at, :actor, :on_behalf, :how, "
            ":accounts, :devices, :terms, :start_day, :end_day, :outcome, :kept_back, :facts, "
            ":declared_name, :declared_on, :files, :text, :sha256)",
            {
                **values,
                "ask": ask.id,
                "at": clock.now_text(),
                "actor": actor,
                "on_behalf": int(on_behalf),
                "files": msgspec.json.encode([(each.name, each.sha256) for each in kept]).decode(),
                "text": text,
                "sha256": digest,
            },
        )
        made = int(cursor.lastrowid or 0)
        for each in kept:
            enter_handed(home, conn, cause, ask, made, each, actor=actor, kept=written)
        detail = {"ask": ask.id, "answer": made, "files": len(kept), "on behalf": on_behalf}
        cause.note(conn, actor=actor, kind="custodian answered", detail=detail)
    return find_answer(conn, made)


def answers_of(conn: sqlite3.Connection, ask: Ask) -> list[Answer]:
    """The answers to an ask, oldest first."""
    found = rows(
        conn, f"SELECT {_COLUMNS} FROM custodian_answers WHERE ask_id = ? ORDER BY id", ask.id
    )
    return [_answer(each) for each in found]


def find_answer(conn: sqlite3.Connection, answer_id: int) -> Answer:
    """The answer of that number. Raises InputError where there is none."""
    found = row(conn, f"SELECT {_COLUMNS} FROM custodian_answers WHERE id = ?", answer_id)
    if found is None:
        raise InputError(f"there is no answer {answer_id}")
    return _answer(found)


def show_facts(conn: sqlite3.Connection, ask_id: int, *, shown: bool, actor: str) -> None:
    """Say whether the packet prints what was kept back and on what facts. Without a word it does
    not. Raises RuleError where the request is closed."""
    with write_transaction(conn):
        ask = find_ask(conn, ask_id)
        cause = cause_of(conn, ask)
        cause.require_open()
        if facts_are_shown(conn, ask) == shown:
            return
        what = "facts shown" if shown else "facts kept back"
        add_step(conn, ask, what, actor=actor)
        kind = f"custodian's {what}"
        cause.note(conn, actor=actor, kind=kind, detail={"ask": ask.id})


def facts_are_shown(conn: sqlite3.Connection, ask: Ask) -> bool:
    """Whether the clerk said that the packet prints the facts."""
    said = [each.what for each in steps_of(conn, ask) if each.what.startswith("facts")]
    return bool(said) and said[-1] == "facts shown"


def altered_answers(conn: sqlite3.Connection) -> tuple[int, list[str]]:
    """How many answers there are, and those whose words are not the ones that were declared, a line
    each: none, unless a row was changed past the triggers that keep them."""
    found = rows(conn, "SELECT id, ask_id, text, sha256 FROM custodian_answers ORDER BY id")
    wrong = [
        f"answer {each['id']} to ask {each['ask_id']} is not what was declared"
        for each in found
        if hashlib.sha256(each["text"].encode()).hexdigest() != each["sha256"]
    ]
    return len(found), wrong


def _one_person(declared: str, asked: str) -> bool:
    """Whether two names could be one person's: they share a word, as Bob Reyes and Roberto Reyes
    do."""
    return bool({key(one) for one in declared.split()} & {key(one) for one in asked.split()})


def _checked(
    given: NewAnswer, files: Sequence[HandedFile], today: dt.date, *, on_behalf: bool
) -> dict[str, str | None]:
    searched = block_of("what was searched", given.accounts)
    devices = block_of("the devices", given.devices)
    if not searched and not devices:
        raise InputError("say which accounts or devices were searched")
    if given.found_nothing and files:
        raise InputError("files are returned: do not say that nothing was found")
    if not given.found_nothing and not files:
        raise InputError("return the files, or say that nothing was found")
    kept_back, facts = kept_back_of(given.kept_back, given.facts)
    name = line_of("the name", given.declared_name)
    if not name:
        raise InputError("declare it true by your name")
    if given.declared_on > today:
        raise InputError("the day it is declared true lies ahead: give today's or an earlier one")
    start, end = given.start_day, given.end_day
    if start is not None and end is not None and start > end:
        raise InputError("the first day lies after the last: exchange them")
    how = line_of("how it was told", given.how)
    if on_behalf and not how:
        raise InputError("say how the custodian told you: by telephone, on paper, by e-mail")
    return {
        "accounts": searched,
        "devices": devices,
        "terms": block_of("the words searched for", given.terms),
        "start_day": start.isoformat() if start else None,
        "end_day": end.isoformat() if end else None,
        "outcome": NOTHING if given.found_nothing else RETURNED,
        "kept_back": kept_back,
        "facts": facts,
        "declared_name": name,
        "declared_on": given.declared_on.isoformat(),
        "how": how if on_behalf else "",
    }


def _declared(
    ask: Ask,
    subject: str,
    settings: Settings,
    values: Mapping[str, str | None],
    files: Sequence[HandedFile],
) -> Declared:
    return Declared(
        agency=settings.agency,
        subject=subject,
        ask=ask,
        asked_on=local_day(ask.at, settings.time_zone).isoformat(),
        accounts=values["accounts"] or "",
        devices=values["devices"] or "",
        terms=values["terms"] or "",
        start_day=values["start_day"],
        end_day=values["end_day"],
        files=tuple((each.name, each.sha256) for each in files),
        kept_back=values["kept_back"] or "",
        facts=values["facts"] or "",
        name=values["declared_name"] or "",
        on=values["declared_on"] or "",
        how=values["how"] or "",
    )


def _answer(found: sqlite3.Row) -> Answer:
    values = dict(found)
    values["files"] = msgspec.json.decode(found["files"], type=tuple[tuple[str, str], ...])
    return Answer(**values)
