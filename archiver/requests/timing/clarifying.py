"""Asking the requester what is meant: part of the duty to assist (Gov. Code § 7922.600).

No statute stops the clock for it, so it never does here.
"""

from __future__ import annotations

import sqlite3
from contextlib import nullcontext
from dataclasses import dataclass

from archiver import clock
from archiver.database import rows, write_transaction
from archiver.errors import InputError
from archiver.requests.intake import Request, note, open_request

RUNS_ON = "Asking what is meant does not stop the clock: the dates stay as they are."


@dataclass(frozen=True, slots=True)
class Clarification:
    """A question to the requester (`asked`) or what came back (`answered`), in words."""

    id: int
    request_id: int
    at: str
    actor: str
    step: str
    words: str


def ask_clarification(
    conn: sqlite3.Connection, number: str, *, actor: str, words: str
) -> Clarification:
    """Write down that the requester was asked to clarify. No date moves. Where the caller has
    opened a transaction, this is part of it.

    Raises InputError without words, RuleError where the request is closed.
    """
    return _add(conn, number, actor, "asked", words)


def clarified(conn: sqlite3.Connection, number: str, *, actor: str, words: str) -> Clarification:
    """Write down what the requester answered. What was asked first stays as received.

    Raises InputError without words, RuleError where the request is closed.
    """
    return _add(conn, number, actor, "answered", words)


def clarifications_of(conn: sqlite3.Connection, request: Request) -> list[Clarification]:
    """What was asked back and answered, oldest first."""
    found = rows(
        conn, "SELECT * FROM request_clarifications WHERE request_id = ? ORDER BY id", request.id
    )
    return [Clarification(**dict(each)) for each in found]


def _add(conn: sqlite3.Connection, number: str, actor: str, step: str, words: str) -> Clarification:
    if not words.strip():
        raise InputError("the clarification is empty: write down what was said")
    with nullcontext() if conn.in_transaction else write_transaction(conn):
        request = open_request(conn, number)
        conn.execute(
            "INSERT INTO request_clarifications (request_id, at, actor, step, words) "
            "VALUES (?, ?, ?, ?, ?)",
            (request.id, clock.now_text(), actor, step, words.strip()),
        )
        note(conn, request, actor=actor, kind=f"clarification {step}")
        return clarifications_of(conn, request)[-1]
