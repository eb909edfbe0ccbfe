"""The rule of two: where the city wants it, a decision stands only when somebody else confirmed it.

A confirmation is of a decision in one state: with other bars on the record it is given anew.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping

from archiver.clock import now_text
from archiver.config import Settings
from archiver.database import rows, write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.decisions import latest_decisions, require_items
from archiver.requests.intake import note, open_request
from archiver.requests.redacting.bars import steps_on


def state_of(conn: sqlite3.Connection, item_id: int, decision_id: int) -> str:
    """What a person who confirms or signs off was looking at: the decision with its bars, as a
    hash that tells nothing of them."""
    return _state(item_id, decision_id, steps_on(conn, item_id))


def _state(item_id: int, decision_id: int, steps: int) -> str:
    return hashlib.sha256(json.dumps([item_id, decision_id, steps]).encode()).hexdigest()


def confirm(
    conn: sqlite3.Connection,
    settings: Settings,
    number: str,
    seen: Mapping[int, int],
    *,
    actor: str,
) -> int:
    """Confirm decisions of somebody else; `seen` gives the decision looked at for each item.

    Gives how many were confirmed. Raises RuleError where the decision is the person's own or needs
    no second person, BusyError where it changed since, InputError where an item is not the
    request's.
    """
    if not seen:
        raise InputError("no item named: nothing was confirmed")
    with write_transaction(conn):
        request = open_request(conn, number)
        require_items(conn, request, list(seen))
        standing = latest_decisions(conn, request.id)
        fresh = []
        for item_id, decision_id in seen.items():
            decision = standing.get(item_id)
            if decision is None or decision.id != decision_id:
                raise BusyError(
                    f"item {item_id} was decided anew in the meantime: look at it again, nothing "
                    "was confirmed"
                )
            if decision.choice.value not in settings.requests.second_person:
                raise RuleError(
                    f"item {item_id} needs no second person: “{decision.choice.value}” is not in "
                    "second_person of archive.toml"
                )
            if decision.actor == actor:
                raise RuleError(
                    f"item {item_id}: you decided it, and somebody else has to confirm it"
                )
            fresh.append((decision.id, state_of(conn, item_id, decision.id), now_text(), actor))
        known = conn.total_changes
        conn.executemany(
            "INSERT INTO main.decision_confirmations (decision_id, state, at, actor) "
            "VALUES (?, ?, ?, ?) ON CONFLICT (decision_id, state) DO NOTHING",
            fresh,
        )
        confirmed = conn.total_changes - known
        detail = {"items": list(seen)}
        note(conn, request, actor=actor, kind="decision confirmed", detail=detail)
    return confirmed


def unconfirmed(
    conn: sqlite3.Connection, settings: Settings, request_id: int, item_id: int | None = None
) -> dict[int, str]:
    """The items whose decision waits for a second person, with who decided, by item id; only
    `item_id` where one is named."""
    wanted = settings.requests.second_person
    if not wanted:
        return {}
    given: dict[int, set[str]] = {}
    for each in rows(
        conn,
        "SELECT confirmations.decision_id AS decision_id, state "
        "FROM decision_confirmations AS confirmations JOIN request_standing AS standing "
        "ON standing.decision_id = confirmations.decision_id WHERE request_id = ?",
        request_id,
    ):
        given.setdefault(each["decision_id"], set()).add(each["state"])
    waiting = rows(
        conn,
        "SELECT standing.item_id AS item_id, decision_id, actor, coalesce(steps, 0) AS steps "
        "FROM request_standing AS standing "
        "JOIN request_decisions AS decisions ON decisions.id = decision_id "
        "LEFT JOIN item_bars AS bars ON bars.request_id = standing.request_id "
        "AND bars.item_id = standing.item_id "
        "WHERE standing.request_id = ?1 AND (?3 IS NULL OR standing.item_id = ?3) "
        "AND choice IN (SELECT value FROM json_each(?2))",
        request_id,
        json.dumps(wanted),
        item_id,
    )
    return {
        each["item_id"]: each["actor"]
        for each in waiting
        if each["decision_id"] not in given
        or _state(each["item_id"], each["decision_id"], each["steps"])
        not in given[each["decision_id"]]
    }
