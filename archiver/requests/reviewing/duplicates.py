"""A record that says the same as another of the request is decided by pointing at that one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from archiver.database import row
from archiver.errors import RuleError
from archiver.requests.intake import Request

DUPLICATE: Final = "duplicate"
UNDECIDED: Final = "undecided"


def check_duplicates(
    conn: sqlite3.Connection,
    request: Request,
    item_ids: Sequence[int],
    choice: str,
    duplicate_of: int | None,
) -> None:
    """Raise RuleError where a duplicate has no other item to be the same as, decided and no
    duplicate itself, or where an item others point at would become undecided or a duplicate."""
    if (choice == DUPLICATE) != (duplicate_of is not None):
        raise RuleError(
            "a duplicate names the item it is the same as, and nothing else does: give that item"
        )
    if duplicate_of is not None:
        _can_stand_for(conn, request, item_ids, duplicate_of)
    if choice in (UNDECIDED, DUPLICATE):
        _points_at_none(conn, item_ids)


def _can_stand_for(
    conn: sqlite3.Connection, request: Request, item_ids: Sequence[int], same: int
) -> None:
    if same in item_ids:
        raise RuleError(f"item {same} cannot be a duplicate of itself: name another")
    standing = row(
        conn,
        "SELECT choice FROM request_standing WHERE request_id = ? AND item_id = ?",
        request.id,
        same,
    )
    state = "not there" if standing is None else str(standing["choice"])
    if standing is None or state in (UNDECIDED, DUPLICATE):
        raise RuleError(
            f"item {same} is {state} in request {request.number}: a duplicate names an item of the "
            "same request that is decided and no duplicate itself"
        )


def _points_at_none(conn: sqlite3.Connection, item_ids: Sequence[int]) -> None:
    leaning = row(
        conn,
        """
        SELECT standing.item_id AS item, duplicate_of FROM request_decisions AS decisions
        JOIN request_standing AS standing ON standing.decision_id = decisions.id
        WHERE duplicate_of IN (SELECT value FROM json_each(?1))
            AND standing.item_id NOT IN (SELECT value FROM json_each(?1))
        """,
        json.dumps(list(item_ids)),
    )
    if leaning is not None:
        raise RuleError(
            f"item {leaning['item']} is a duplicate of item {leaning['duplicate_of']}: "
            "decide that one anew first"
        )
