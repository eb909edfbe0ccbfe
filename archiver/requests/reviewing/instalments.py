"""What goes out when: the parts a large production is promised in.

A city may answer in parts as records become ready, and says by when it expects the rest (Gov. Code
§ 7922.535(a): the determination states the estimated date and time of availability).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError
from archiver.requests.decisions import require_items
from archiver.requests.intake import Request, get_request, note, open_request

FIRST = 1
_MOST = 99


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of a production. `promised_at` is when it was last said to be ready (UTC), or None;
    `records` are in it, `decided` of them have a decision."""

    n: int
    title: str
    promised_at: str | None
    records: int
    decided: int


def instalments_of(conn: sqlite3.Connection, number: str) -> list[Instalment]:
    """The instalments of a request in order; the first is always there."""
    request = get_request(conn, number)
    told = {
        each["n"]: each
        for each in rows(
            conn,
            "SELECT n, title, promised_at FROM request_instalments WHERE request_id = ? "
            "ORDER BY id",
            request.id,
        )
    }
    counted = {
        each["n"]: each
        for each in rows(conn, _COUNTED if is_parted(conn, request.id) else _ALL_FIRST, request.id)
    }
    return [
        Instalment(
            n,
            told[n]["title"] if n in told else "",
            told[n]["promised_at"] if n in told else None,
            counted[n]["records"] if n in counted else 0,
            counted[n]["decided"] if n in counted else 0,
        )
        for n in sorted({FIRST, *told, *counted})
    ]


_PLACES = """
    SELECT item_id, choice, coalesce((
        SELECT n FROM instalment_moves WHERE item_id = standing.item_id
        ORDER BY instalment_moves.id DESC LIMIT 1
    ), 1) AS n
    FROM request_standing AS standing WHERE request_id = ?1
"""


_COUNTED = f"""
    SELECT n, count(*) AS records, sum(choice <> 'undecided') AS decided FROM ({_PLACES}) GROUP BY n
"""

_ALL_FIRST = """
    SELECT 1 AS n, count(*) AS records, coalesce(sum(choice <> 'undecided'), 0) AS decided
    FROM request_standing WHERE request_id = ?1
"""


def items_in(conn: sqlite3.Connection, number: str, n: int) -> set[int]:
    """The items of an instalment. Raises InputError where there is no such instalment."""
    request = get_request(conn, number)
    require_instalment(conn, request, n)
    found = rows(conn, f"SELECT item_id FROM ({_PLACES}) WHERE n = ?2", request.id, n)
    return {each["item_id"] for each in found}


def require_instalment(conn: sqlite3.Connection, request: Request, n: int) -> None:
    """Raise InputError where a request has no instalment `n`: none was planned, and it is not the
    first."""
    planned = row(
        conn, "SELECT 1 FROM request_instalments WHERE request_id = ? AND n = ?", request.id, n
    )
    if n != FIRST and planned is None:
        raise InputError(f"request {request.number} has no instalment {n}")


def place_of(conn: sqlite3.Connection, item_id: int) -> int:
    """The instalment an item is in."""
    moved = row(
        conn,
        "SELECT n FROM instalment_moves WHERE item_id = ? ORDER BY id DESC LIMIT 1",
        item_id,
    )
    return FIRST if moved is None else int(moved["n"])


def is_parted(conn: sqlite3.Connection, request_id: int) -> bool:
    """Whether any item of a request was ever moved out of the first instalment."""
    moved = row(
        conn,
        "SELECT 1 FROM instalment_moves AS moves JOIN request_items AS items "
        "ON items.id = moves.item_id WHERE request_id = ? LIMIT 1",
        request_id,
    )
    return moved is not None


def places_of(conn: sqlite3.Connection, number: str) -> dict[int, int]:
    """The instalment each item is in, by item id."""
    request = get_request(conn, number)
    return {each["item_id"]: each["n"] for each in rows(conn, _PLACES, request.id)}


def plan(
    conn: sqlite3.Connection,
    number: str,
    *,
    actor: str,
    n: int | None = None,
    title: str = "",
    promised_at: str | None = None,
) -> Instalment:
    """Add an instalment to an open request (the next number), or say of `n` what it is and by when
    it is expected, as UTC text. What was promised before stays in the history.

    Raises InputError where the moment is no time, lies before the request came in, or the number
    is not the next one; RuleError where the request is closed.
    """
    with write_transaction(conn):
        request = open_request(conn, number)
        known = [each.n for each in instalments_of(conn, number)]
        wanted = known[-1] + 1 if n is None else n
        if wanted > _MOST or wanted not in (*known, known[-1] + 1):
            raise InputError(f"instalment {wanted} is not the next one: that is {known[-1] + 1}")
        promised = None if promised_at is None else _moment(promised_at, request.received_at)
        conn.execute(
            "INSERT INTO request_instalments (request_id, n, title, promised_at, at, actor) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (request.id, wanted, " ".join(title.split()), promised, clock.now_text(), actor),
        )
        detail = {"instalment": wanted, "promised": promised}
        note(conn, request, actor=actor, kind="instalment planned", detail=detail)
        return next(each for each in instalments_of(conn, number) if each.n == wanted)


def move(
    conn: sqlite3.Connection, number: str, item_ids: Sequence[int], n: int, *, actor: str
) -> int:
    """Move items into an instalment that was planned; gives how many moved.

    Raises InputError where it was not planned or an item is not the request's, RuleError where the
    request is closed.
    """
    wanted = list(dict.fromkeys(item_ids))
    if not wanted:
        raise InputError("no item named: nothing was moved")
    with write_transaction(conn):
        request = open_request(conn, number)
        require_items(conn, request, wanted)
        if n not in {each.n for each in instalments_of(conn, number)}:
            raise InputError(f"request {request.number} has no instalment {n}: plan it first")
        now = places_of(conn, number)
        moving = [each for each in wanted if now[each] != n]
        if moving:
            conn.execute(
                "INSERT INTO main.instalment_moves (item_id, n, at, actor) "
                "SELECT value, ?, ?, ? FROM json_each(?)",
                (n, clock.now_text(), actor, json.dumps(moving)),
            )
            detail = {"instalment": n, "items": moving}
            note(conn, request, actor=actor, kind="items moved", detail=detail)
    return len(moving)


def remaining_after(conn: sqlite3.Connection, number: str, n: int) -> tuple[int, str | None]:
    """How many items stand in instalments after `n`, and the next moment promised for any of them
    (UTC) or None: what the letter with an instalment says."""
    later = [each for each in instalments_of(conn, number) if each.n > n]
    promised = [each.promised_at for each in later if each.promised_at and each.records]
    return sum(each.records for each in later), min(promised, default=None)


def _moment(text: str, received_at: str) -> str:
    try:
        moment = clock.to_text(clock.parse(text))
    except ValueError:
        raise InputError(
            "the promised date is no time with a zone: write it like 2026-12-04T16:00:00-08:00"
        ) from None
    if moment < received_at:
        raise InputError("the promised date lies before the request came in: check the year")
    return moment
