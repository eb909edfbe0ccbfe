"""Asking the city attorney about an item, and signing off what is withheld.

Questions and answers are privileged (Evid. Code §§ 950-962): they lie in tables of their own that
nothing else reads, and only whoever holds `view-privileged` is shown them. The history, the audit
and every blocked instalment name the item and never a word of what was asked or answered.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.clock import now_text
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.decisions import Choice, latest_decisions, require_items
from archiver.requests.intake import note, open_request
from archiver.requests.reviewing.confirming import state_of
from archiver.requests.reviewing.notes import written


@dataclass(frozen=True, slots=True)
class Question:
    """What the attorney was asked about an item, and the answer where there is one. Privileged."""

    id: int
    item_id: int
    at: str
    actor: str
    text: str
    answered_at: str | None
    answered_by: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class SignOff:
    """The attorney stands by a decision to withhold or to redact."""

    item_id: int
    at: str
    actor: str


def ask(conn: sqlite3.Connection, number: str, item_id: int, text: str, *, actor: str) -> int:
    """Ask the city attorney about an item of an open request; gives the question's id.

    Until it is answered the item cannot be produced. Raises RuleError where an earlier question on
    it is still open or the request is closed, InputError where nothing is asked.
    """
    words = written(text)
    with write_transaction(conn):
        request = open_request(conn, number)
        require_items(conn, request, [item_id])
        if item_id in with_attorney(conn, request.id):
            raise RuleError(f"item {item_id} is with the attorney already: wait for the answer")
        cursor = conn.execute(
            "INSERT INTO main.attorney_questions (item_id, at, actor, text) VALUES (?, ?, ?, ?)",
            (item_id, now_text(), actor, words),
        )
        note(conn, request, actor=actor, kind="asked the attorney", detail={"item": item_id})
    return int(cursor.lastrowid or 0)


def answer(conn: sqlite3.Connection, number: str, item_id: int, text: str, *, actor: str) -> None:
    """Answer the open question on an item.

    Raises BusyError where none is open (any more), InputError where the answer is empty.
    """
    words = written(text)
    with write_transaction(conn):
        request = open_request(conn, number)
        require_items(conn, request, [item_id])
        question = row(
            conn,
            "SELECT id FROM attorney_questions WHERE item_id = ? AND NOT EXISTS "
            "(SELECT 1 FROM attorney_answers WHERE question_id = attorney_questions.id)",
            item_id,
        )
        if question is None:
            raise BusyError(f"no question on item {item_id} is open: it may be answered already")
        conn.execute(
            "INSERT INTO main.attorney_answers (question_id, at, actor, text) VALUES (?, ?, ?, ?)",
            (question["id"], now_text(), actor, words),
        )
        note(conn, request, actor=actor, kind="attorney answered", detail={"item": item_id})


def with_attorney(conn: sqlite3.Connection, request_id: int) -> set[int]:
    """The items of a request with a question that is not answered. No words of it."""
    found = rows(
        conn,
        "SELECT questions.item_id AS item_id FROM attorney_questions AS questions "
        "CROSS JOIN request_items AS items ON items.id = questions.item_id "
        "CROSS JOIN request_standing AS standing ON standing.request_id = items.request_id "
        "AND standing.item_id = items.id WHERE items.request_id = ? AND NOT EXISTS "
        "(SELECT 1 FROM attorney_answers WHERE question_id = questions.id)",
        request_id,
    )
    return {each["item_id"] for each in found}


def questions_on(conn: sqlite3.Connection, item_id: int) -> list[Question]:
    """What was asked and answered about an item, oldest first. Privileged: the caller shows it to
    nobody but holders of `view-privileged`."""
    return [Question(*each) for each in rows(conn, f"{_QUESTIONS} WHERE item_id = ?1", item_id)]


def open_questions(conn: sqlite3.Connection) -> list[Question]:
    """The questions of every open request that wait for an answer. Privileged, as above."""
    found = rows(
        conn,
        f"{_QUESTIONS} WHERE answers.id IS NULL AND item_id IN (SELECT items.id "
        "FROM request_items AS items JOIN requests ON requests.id = request_id "
        "WHERE status = 'open') ORDER BY questions.id",
    )
    return [Question(*each) for each in found]


_QUESTIONS = """
    SELECT questions.id, item_id, questions.at, questions.actor, questions.text,
        answers.at, answers.actor, answers.text
    FROM attorney_questions AS questions
    LEFT JOIN attorney_answers AS answers ON question_id = questions.id
"""


def sign_off(conn: sqlite3.Connection, number: str, seen: Mapping[int, int], *, actor: str) -> int:
    """Record that the attorney stands by decisions to withhold or redact; `seen` gives the
    decision looked at for each item. Gives how many are signed off now.

    Raises RuleError where an item is neither withheld nor redacted, BusyError where it was decided
    anew in the meantime, InputError where an item is not the request's.
    """
    if not seen:
        raise InputError("no item named: nothing was signed off")
    with write_transaction(conn):
        request = open_request(conn, number)
        require_items(conn, request, list(seen))
        standing = latest_decisions(conn, request.id)
        for item_id, decision_id in seen.items():
            decision = standing.get(item_id)
            if decision is None or decision.id != decision_id:
                raise BusyError(
                    f"item {item_id} was decided anew in the meantime: look at it again, nothing "
                    "was signed off"
                )
            if decision.choice not in SIGNED:
                raise RuleError(f"item {item_id} is {decision.choice.value}: nothing to sign off")
            conn.execute(
                "INSERT INTO main.attorney_signoffs (decision_id, state, at, actor) "
                "VALUES (?, ?, ?, ?) ON CONFLICT (decision_id, state) DO NOTHING",
                (decision.id, state_of(conn, item_id, decision.id), now_text(), actor),
            )
        detail = {"items": list(seen)}
        note(conn, request, actor=actor, kind="attorney signed off", detail=detail)
    return len(seen)


SIGNED = (Choice.WITHHOLD, Choice.REDACT)
"""The decisions an attorney signs off."""


def signed_off(
    conn: sqlite3.Connection, request_id: int, item_id: int | None = None
) -> dict[int, SignOff]:
    """The items whose standing decision the attorney signed off, in the state it has now; only
    `item_id` where one is named."""
    found = rows(
        conn,
        "SELECT item_id, decision_id, state, signoffs.at AS at, signoffs.actor AS actor "
        "FROM attorney_signoffs AS signoffs "
        "CROSS JOIN request_decisions AS decisions ON decisions.id = decision_id "
        "CROSS JOIN request_items AS items ON items.id = item_id WHERE request_id = ?1 "
        "AND (?2 IS NULL OR item_id = ?2) "
        "AND decision_id = (SELECT max(id) FROM request_decisions WHERE item_id = items.id)",
        request_id,
        item_id,
    )
    return {
        each["item_id"]: SignOff(each["item_id"], each["at"], each["actor"])
        for each in found
        if state_of(conn, each["item_id"], each["decision_id"]) == each["state"]
    }


def unsigned(conn: sqlite3.Connection, settings: Settings, request_id: int) -> set[int]:
    """The items whose decision the city wants signed off by its attorney, and is not."""
    wanted = settings.requests.attorney_signs
    if not wanted:
        return set()
    found = rows(
        conn,
        "SELECT item_id FROM request_standing "
        "WHERE request_id = ? AND choice IN (SELECT value FROM json_each(?))",
        request_id,
        json.dumps(wanted),
    )
    return {each["item_id"] for each in found} - signed_off(conn, request_id).keys()
