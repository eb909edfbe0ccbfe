"""How the city understands a request, in fields beside its words: which accounts, which days, what
about, which kinds of record. Each wording stays in the history; the words as received never change.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from archiver.clock import now_text
from archiver.database import row, write_transaction
from archiver.errors import BusyError, InputError
from archiver.items import Kind
from archiver.register.accounts import list_accounts
from archiver.requests.intake import Request, note, open_request

MOST_TOPICS = 40
LONGEST_TOPIC = 200


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request covers. `accounts` are ids of the register and `kinds` values of `Kind`, both
    empty for all; days are included, None where the request names none. `id` is 0 where nobody has
    filled the fields in yet."""

    id: int = 0
    accounts: tuple[int, ...] = ()
    start_day: dt.date | None = None
    end_day: dt.date | None = None
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def says_anything(self) -> bool:
        """Whether any field narrows the request."""
        return bool(self.accounts or self.start_day or self.end_day or self.topics or self.kinds)


def scope_of(conn: sqlite3.Connection, request: Request) -> Scope:
    """The scope that stands for a request; an empty one where there is none."""
    found = row(
        conn,
        "SELECT id, accounts, start_day, end_day, topics, kinds FROM request_scopes "
        "WHERE request_id = ? ORDER BY id DESC LIMIT 1",
        request.id,
    )
    if found is None:
        return Scope()
    return Scope(
        found["id"],
        tuple(msgspec.json.decode(found["accounts"])),
        _stored_day(found["start_day"]),
        _stored_day(found["end_day"]),
        tuple(msgspec.json.decode(found["topics"])),
        tuple(msgspec.json.decode(found["kinds"])),
    )


def set_scope(
    conn: sqlite3.Connection, number: str, scope: Scope, *, actor: str, seen: int | None = None
) -> Scope:
    """Write down what an open request covers; `seen` is the id of the scope the person saw.

    Raises InputError where a value cannot be used, RuleError where the request is closed, BusyError
    where somebody else changed the scope in between.
    """
    with write_transaction(conn):
        request = open_request(conn, number)
        known = scope_of(conn, request)
        if seen is not None and seen != known.id:
            raise BusyError(
                f"somebody else changed what request {request.number} covers: open the page again"
            )
        enter_scope(conn, request, scope, actor=actor)
        return scope_of(conn, request)


def enter_scope(conn: sqlite3.Connection, request: Request, scope: Scope, *, actor: str) -> None:
    """Write down a scope inside the caller's transaction; nothing where it is as it was.

    Raises InputError where a value cannot be used.
    """
    checked = _checked(conn, scope)
    before = scope_of(conn, request)
    if _fields(before) == _fields(checked):
        return
    conn.execute(
        "INSERT INTO request_scopes (request_id, accounts, start_day, end_day, topics, kinds, at, "
        "actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            request.id,
            _json(checked.accounts),
            checked.start_day.isoformat() if checked.start_day else None,
            checked.end_day.isoformat() if checked.end_day else None,
            _json(checked.topics),
            _json(checked.kinds),
            now_text(),
            actor,
        ),
    )
    detail = {"from": _fields(before), "to": _fields(checked)}
    note(conn, request, actor=actor, kind="scope fields changed", detail=detail)


def topics_of(text: str) -> tuple[str, ...]:
    """Topics as a form holds them, one a line or parted by semicolons."""
    parts = text.replace(";", "\n").splitlines()
    return tuple(dict.fromkeys(line for part in parts if (line := " ".join(part.split()))))


def _checked(conn: sqlite3.Connection, scope: Scope) -> Scope:
    known = {account.id for account in list_accounts(conn)}
    if any(number not in known for number in scope.accounts):
        raise InputError("an account of the scope is not in the register: see the list of accounts")
    kinds = {kind.value for kind in Kind}
    if any(kind not in kinds for kind in scope.kinds):
        raise InputError(f"a kind of the scope is not known: use {', '.join(sorted(kinds))}")
    if scope.start_day and scope.end_day and scope.start_day > scope.end_day:
        raise InputError("the scope ends before it begins: check its two days")
    topics = topics_of("\n".join(scope.topics))
    if len(topics) > MOST_TOPICS or any(len(topic) > LONGEST_TOPIC for topic in topics):
        raise InputError(
            f"topics are at most {MOST_TOPICS}, of at most {LONGEST_TOPIC} letters each"
        )
    return Scope(
        0,
        tuple(sorted(set(scope.accounts))),
        scope.start_day,
        scope.end_day,
        topics,
        tuple(kind.value for kind in Kind if kind.value in scope.kinds),
    )


def _fields(scope: Scope) -> dict[str, object]:
    return {
        "accounts": list(scope.accounts),
        "start_day": scope.start_day.isoformat() if scope.start_day else None,
        "end_day": scope.end_day.isoformat() if scope.end_day else None,
        "topics": list(scope.topics),
        "kinds": list(scope.kinds),
    }


def _stored_day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
