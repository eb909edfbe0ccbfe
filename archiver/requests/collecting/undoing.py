"""Taking back the last addition to a request, as long as nothing in it is decided.

Nothing is deleted: what was taken out leaves the request's lists, and its history stays.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver.clock import now_text
from archiver.database import rows, write_transaction
from archiver.errors import RuleError
from archiver.requests.intake import get_request, note, open_request

_OF_ADDITION = """
    request_id = :request AND (item_id BETWEEN :first AND :last OR item_id IN (
        SELECT item_id FROM request_item_moves
        WHERE addition_id = :addition AND what = 'put back'
    ))
"""


@dataclass(frozen=True, slots=True)
class Addition:
    """An addition that stands; `items` of it are still in the request, `decided` of them decided.
    `private` of them are private records. `first` and `last` bound the ids of its new items."""

    id: int
    request_id: int
    at: str
    actor: str
    items: int
    decided: int
    private: int
    first: int
    last: int


def last_addition(conn: sqlite3.Connection, number: str) -> Addition | None:
    """The newest addition of which anything is still in the request; None where there is none."""
    request = get_request(conn, number)
    for each in rows(
        conn,
        "SELECT id, at, actor, first_item, last_item FROM request_additions WHERE request_id = ? "
        "ORDER BY id DESC",
        request.id,
    ):
        bounds = (each["first_item"], each["last_item"])
        items, decided, private = conn.execute(
            "SELECT count(*), coalesce(sum(choice <> 'undecided'), 0), "
            f"coalesce(sum(file = 'private'), 0) FROM request_standing WHERE {_OF_ADDITION}",
            _of(request.id, each["id"], *bounds),
        ).fetchone()
        if items:
            found = (each["id"], request.id, each["at"], each["actor"])
            return Addition(*found, items, decided, private, *bounds)
    return None


def undo_addition(
    conn: sqlite3.Connection, number: str, addition_id: int, *, actor: str, reason: str
) -> int:
    """Take out of an open request what its last addition put in; how many items.

    They stay held: a hold ends with the request, never by an undo. Raises RuleError where
    something of it is decided, it is not the last addition, the request is closed, or no reason is
    given.
    """
    if not reason.strip():
        raise RuleError("taking items out of a request needs a reason: say why")
    with write_transaction(conn):
        request = open_request(conn, number)
        last = last_addition(conn, number)
        if last is None or last.id != addition_id:
            raise RuleError(
                "only the last addition can be undone, and this is no longer the last: look again"
            )
        if last.decided:
            raise RuleError(
                f"{last.decided:,} of the {last.items:,} items added are decided: take their "
                "decisions back first, or mark the rest not responsive"
            )
        conn.execute(
            "INSERT INTO main.request_item_moves (item_id, addition_id, what, at, actor, reason) "
            "SELECT item_id, :addition, 'taken out', :at, :actor, :reason FROM request_standing "
            f"WHERE {_OF_ADDITION}",
            {
                **_of(request.id, last.id, last.first, last.last),
                "at": now_text(),
                "actor": actor,
                "reason": reason.strip(),
            },
        )
        detail = {"items": last.items, "addition": addition_id, "reason": reason.strip()}
        note(conn, request, actor=actor, kind="addition undone", detail=detail)
    return last.items


def _of(request_id: int, addition_id: int, first: int, last: int) -> dict[str, int | str]:
    return {"request": request_id, "addition": addition_id, "first": first, "last": last}
