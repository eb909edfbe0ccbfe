"""The names of minors a clerk marks for a request. A name taken out is gone from the book."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.requests.finding.minors import minor_name
from archiver.requests.intake import get_request, note, open_request

MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class MarkedMinor:
    """A name whose every occurrence in the request's records is suggested."""

    id: int
    name: str
    marked_at: str
    marked_by: str


def mark_minor(conn: sqlite3.Connection, number: str, name: str, *, actor: str) -> MarkedMinor:
    """Mark a name as a minor's for an open request. Neither history nor audit repeats it.

    Raises InputError where it is no name or marked already, RuleError where the request is closed
    or has 200 names.
    """
    written = " ".join(name.split())
    wanted = minor_name(written)
    with write_transaction(conn):
        request = open_request(conn, number)
        there = minors_of(conn, number)
        if any(minor_name(each.name) == wanted for each in there):
            raise InputError("that name is marked already")
        if len(there) >= MOST_NAMES:
            raise RuleError(f"{MOST_NAMES} names are marked: take out those no longer needed")
        cursor = conn.execute(
            "INSERT INTO request_minors (request_id, name, marked_at, marked_by) "
            "VALUES (?, ?, ?, ?)",
            (request.id, written, now_text(), actor),
        )
        made = int(cursor.lastrowid or 0)
        note(conn, request, actor=actor, kind="minor marked", detail={"name": made})
    return next(each for each in minors_of(conn, number) if each.id == made)


def unmark_minor(conn: sqlite3.Connection, number: str, minor_id: int, *, actor: str) -> None:
    """Take a name out, with everything found by it; bars already drawn stay. A closed request
    gives its names up, too.

    Raises InputError where the request has no such name.
    """
    with write_transaction(conn):
        request = get_request(conn, number)
        there = row(
            conn,
            "SELECT 1 FROM request_minors WHERE id = ? AND request_id = ? AND name IS NOT NULL",
            *(minor_id, request.id),
        )
        if there is None:
            raise InputError(f"request {request.number} has no marked name {minor_id}")
        conn.execute(
            "UPDATE request_minors SET name = NULL, removed_at = ?, removed_by = ? WHERE id = ?",
            (now_text(), actor, minor_id),
        )
        for table in ("personal_scans", "personal_finds"):
            conn.execute(
                f"DELETE FROM {table} WHERE finder GLOB ?", (f"*{minors_mark(request.id)}*",)
            )
        note(conn, request, actor=actor, kind="minor unmarked", detail={"name": minor_id})


def minors_of(conn: sqlite3.Connection, number: str) -> list[MarkedMinor]:
    """The names marked for a request now."""
    request = get_request(conn, number)
    found = rows(
        conn,
        "SELECT id, name, marked_at, marked_by FROM request_minors "
        "WHERE request_id = ? AND name IS NOT NULL ORDER BY id",
        request.id,
    )
    return [MarkedMinor(*each) for each in found]


def minors_mark(request_id: int) -> str:
    """What the finders that look for a request's names are known by."""
    return f"minors {request_id} "


def minors_finder(conn: sqlite3.Connection, request_id: int) -> str:
    """The finder that looks for a request's names as they are marked now: another after each
    change. It counts changes; a digest of the names could be guessed."""
    found = row(
        conn,
        "SELECT count(*) AS marked, count(removed_at) AS removed FROM request_minors "
        "WHERE request_id = ?",
        request_id,
    )
    assert found is not None
    return f"{minors_mark(request_id)}{found['marked']}-{found['removed']}"
