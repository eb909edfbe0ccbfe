"""The searches made for a request: who looked for what, where, when, and how much was found."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.register.office import audit
from archiver.requests.intake import Request, get_request, open_request


@dataclass(frozen=True, slots=True)
class LoggedSearch:
    """One search made for a request. `files` are the access classes looked through; `exact` is
    False where the count is a lower bound because the time budget ended first. `departments` are
    those the person was limited to: no other's records were looked through (None: all were)."""

    id: int
    at: str
    actor: str
    text: str
    filters: Mapping[str, Any]
    files: tuple[str, ...]
    found: int
    exact: bool
    departments: tuple[str, ...] | None = None


def log_search(
    conn: sqlite3.Connection,
    number: str,
    *,
    actor: str,
    text: str,
    filters: Mapping[str, object],
    files: Sequence[str],
    found: int,
    accounts: Collection[int] | None,
    exact: bool = True,
) -> LoggedSearch:
    """Write down a search made for an open request; the statement of search quotes it.

    `accounts` are those whose records were looked through (`archive.veil.seen_in`), None: all.
    Raises RuleError where the request is closed.
    """
    with write_transaction(conn):
        search_id = enter_search(
            conn,
            open_request(conn, number),
            actor=actor,
            text=text,
            filters=filters,
            files=files,
            found=found,
            accounts=accounts,
            exact=exact,
        )
    found_row = row(conn, "SELECT * FROM request_searches WHERE id = ?", search_id)
    if found_row is None:
        raise InputError(f"search {search_id} of request {number} was not recorded")
    return _search(found_row)


def enter_search(
    conn: sqlite3.Connection,
    request: Request,
    *,
    actor: str,
    text: str,
    filters: Mapping[str, object],
    files: Sequence[str],
    found: int,
    accounts: Collection[int] | None,
    exact: bool,
) -> int:
    """Write a search into the log, in the caller's transaction; the id of its row."""
    cursor = conn.execute(
        "INSERT INTO main.request_searches (request_id, at, actor, text, filters, files, found, "
        "exact, sight) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            request.id,
            now_text(),
            actor,
            text,
            msgspec.json.encode(filters).decode(),
            " ".join(files),
            found,
            exact,
            None if accounts is None else sight_text(conn, accounts),
        ),
    )
    search_id = int(cursor.lastrowid or 0)
    audit(
        conn,
        actor=actor,
        action="searched for a request",
        subject=f"request {request.number}",
        detail={"search": search_id, "files": list(files), "found": found},
    )
    return search_id


def searches_of(conn: sqlite3.Connection, number: str) -> list[LoggedSearch]:
    """The searches made for a request, oldest first."""
    request = get_request(conn, number)
    found = rows(
        conn, "SELECT * FROM request_searches WHERE request_id = ? ORDER BY id", request.id
    )
    return [_search(each) for each in found]


def sight_text(conn: sqlite3.Connection, accounts: Collection[int]) -> str:
    """The accounts that somebody limited to departments looks through, and the departments they
    belong to now, as JSON."""
    looked = sorted(accounts)
    departments = rows(
        conn,
        "SELECT min(department) AS name FROM register_accounts "
        "WHERE id IN (SELECT value FROM json_each(?)) GROUP BY department_key ORDER BY name",
        msgspec.json.encode(looked).decode(),
    )
    names = [each["name"] for each in departments]
    return msgspec.json.encode({"departments": names, "accounts": looked}).decode()


def _search(found: sqlite3.Row) -> LoggedSearch:
    sight = found["sight"]
    return LoggedSearch(
        found["id"],
        found["at"],
        found["actor"],
        found["text"],
        msgspec.json.decode(found["filters"]),
        tuple(found["files"].split()),
        found["found"],
        bool(found["exact"]),
        None if sight is None else tuple(msgspec.json.decode(sight)["departments"]),
    )
