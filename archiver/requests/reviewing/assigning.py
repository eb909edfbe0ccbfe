"""Who looks at which item: assigned by item, by search or by account, and taken back again.

A department's reviewer is shown what stands assigned to them and nothing else of a request.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from archiver.clock import now_text
from archiver.database import rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.accounts import account_by_id, accounts_of_departments
from archiver.requests.decisions import Choice, require_items
from archiver.requests.intake import get_request, note, open_request

ACCOUNT = "CAST(substr(family, 1, instr(family, ':') - 1) AS INTEGER)"
"""An item's account, as its family begins with it."""
_STANDING = """
    assignments.assigned = 1 AND assignments.id = (
        SELECT max(id) FROM item_assignments
        WHERE item_id = assignments.item_id AND person = assignments.person
    )
"""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a reviewer would decide; it decides nothing until a clerk does. `section` is the
    exemption they would name."""

    id: int
    item_id: int
    at: str
    actor: str
    choice: Choice
    section: str | None
    note: str | None


def assign(
    conn: sqlite3.Connection,
    number: str,
    item_ids: Sequence[int],
    person: str,
    *,
    departments: Collection[str],
    actor: str,
    taken_back: bool = False,
) -> int:
    """Assign items of an open request to a person (their login), or take them back; gives how many
    changed hands.

    `departments` are those the person is limited to, none where they see all. Raises InputError
    where nobody or no item is named, or an item is not the request's; RuleError where the request
    is closed, or an item is of an account of none of their departments.
    """
    login = person.strip().lower()
    wanted = list(dict.fromkeys(item_ids))
    if not login:
        raise InputError("nobody named: give the login of the person who is to review")
    if not wanted:
        raise InputError("no item named: nothing was assigned")
    with write_transaction(conn):
        request = open_request(conn, number)
        require_items(conn, request, wanted)
        there = assigned_to(conn, login)
        moving = [each for each in wanted if (each in there) == taken_back]
        if not moving:
            return 0
        if departments and not taken_back:
            _require_seen(conn, moving, login, departments)
        conn.execute(
            "INSERT INTO main.item_assignments (item_id, person, at, actor, assigned) "
            "SELECT value, ?, ?, ?, ? FROM json_each(?)",
            (login, now_text(), actor, not taken_back, json.dumps(moving)),
        )
        kind = "assignment taken back" if taken_back else "items assigned"
        detail = {"person": login, "items": moving}
        note(conn, request, actor=actor, kind=kind, detail=detail)
    return len(moving)


def _require_seen(
    conn: sqlite3.Connection, item_ids: Sequence[int], login: str, departments: Collection[str]
) -> None:
    """Raise RuleError where an item stands on an account of none of these departments."""
    outside = rows(
        conn,
        f"SELECT id, {ACCOUNT} AS account FROM request_items "
        "WHERE id IN (SELECT value FROM json_each(?)) "
        f"AND {ACCOUNT} NOT IN (SELECT value FROM json_each(?)) ORDER BY id",
        json.dumps(list(item_ids)),
        json.dumps(sorted(accounts_of_departments(conn, departments))),
    )
    if outside:
        of = account_by_id(conn, outside[0]["account"]).department
        more = f" ({len(outside) - 1} more are outside too)" if len(outside) > 1 else ""
        raise RuleError(
            f"item {outside[0]['id']} is of {of}, and {login} sees only records of "
            f"{' and '.join(departments)}{more}: assign it to somebody else, or have an "
            "administrator change the limit"
        )


def items_of_search(conn: sqlite3.Connection, number: str, search_id: int) -> list[int]:
    """The items a logged search brought into a request."""
    request = get_request(conn, number)
    found = rows(
        conn,
        "SELECT id FROM request_items JOIN request_standing USING (request_id) "
        "WHERE item_id = id AND request_id = ? AND search_id = ? ORDER BY id",
        request.id,
        search_id,
    )
    return [each["id"] for each in found]


def items_of_accounts(
    conn: sqlite3.Connection, number: str, account_ids: Sequence[int]
) -> list[int]:
    """The items of a request that stand on any of these accounts (register ids)."""
    request = get_request(conn, number)
    found = rows(
        conn,
        "SELECT id FROM request_items JOIN request_standing USING (request_id) "
        "WHERE item_id = id AND request_id = ? "
        f"AND {ACCOUNT} "
        "IN (SELECT value FROM json_each(?)) ORDER BY id",
        request.id,
        json.dumps(list(account_ids)),
    )
    return [each["id"] for each in found]


def assigned_to(conn: sqlite3.Connection, person: str) -> set[int]:
    """Every item that stands assigned to a person, in any request."""
    found = rows(
        conn,
        f"SELECT item_id FROM item_assignments AS assignments WHERE person = ? AND {_STANDING}",
        person.lower(),
    )
    return {each["item_id"] for each in found}


def is_assigned(conn: sqlite3.Connection, item_id: int, person: str) -> bool:
    """Whether an item stands assigned to a person."""
    return person.lower() in assignees(conn, item_id)


def assignees(conn: sqlite3.Connection, item_id: int) -> list[str]:
    """Who an item stands assigned to, by login."""
    found = rows(
        conn,
        f"SELECT person FROM item_assignments AS assignments WHERE item_id = ? AND {_STANDING} "
        "ORDER BY person",
        item_id,
    )
    return [each["person"] for each in found]


def recommend(
    conn: sqlite3.Connection,
    number: str,
    item_id: int,
    choice: Choice | str,
    *,
    actor: str,
    section: str | None = None,
    note_text: str | None = None,
) -> None:
    """Write down what a reviewer would decide about an item assigned to them.

    Raises InputError where it is not assigned to them or the choice cannot be recommended,
    RuleError where the request is closed.
    """
    try:
        chosen = Choice(choice)
    except ValueError:
        chosen = Choice.UNDECIDED
    if chosen in (Choice.UNDECIDED, Choice.DUPLICATE):
        raise InputError("recommend to release, redact or withhold, or say it is not responsive")
    with write_transaction(conn):
        request = open_request(conn, number)
        require_items(conn, request, [item_id])
        if not is_assigned(conn, item_id, actor):
            raise InputError(f"item {item_id} is not assigned to {actor}")
        conn.execute(
            "INSERT INTO main.item_recommendations (item_id, at, actor, decision, section, note) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(item_id, now_text(), actor, chosen.value),
                *((section or "").strip() or None, (note_text or "").strip() or None),
            ),
        )
        detail = {"item": item_id, "decision": chosen.value}
        note(conn, request, actor=actor, kind="decision recommended", detail=detail)


def recommendations_of(conn: sqlite3.Connection, item_id: int) -> list[Recommendation]:
    """What reviewers recommended for an item, oldest first."""
    found = rows(
        conn,
        "SELECT id, item_id, at, actor, decision, section, note FROM item_recommendations "
        "WHERE item_id = ? ORDER BY id",
        item_id,
    )
    return [
        Recommendation(
            *(each["id"], each["item_id"], each["at"], each["actor"]),
            *(Choice(each["decision"]), each["section"], each["note"]),
        )
        for each in found
    ]
