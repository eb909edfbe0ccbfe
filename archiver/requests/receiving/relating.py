"""Which requests belong together: related ones, duplicates, and those that follow another."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.requests.intake import Request, get_request, note


class Relation(StrEnum):
    """What one request has to do with another, said of the first."""

    RELATED = "related"
    DUPLICATE = "duplicate of"
    FOLLOWS = "follows"


_FROM_THE_OTHER = {
    Relation.RELATED: "related",
    Relation.DUPLICATE: "has the duplicate",
    Relation.FOLLOWS: "followed by",
}


@dataclass(frozen=True, slots=True)
class Related:
    """Another request, in the words of the one that is looked at: ``duplicate of``, ``has the
    duplicate``, ``followed by``. `id` names the link."""

    id: int
    words: str
    other: Request
    at: str
    actor: str

    @property
    def duplicates(self) -> bool:
        """Whether the two ask for the same."""
        return self.words in ("duplicate of", "has the duplicate")


def relate(
    conn: sqlite3.Connection, number: str, other: str, relation: Relation | str, *, actor: str
) -> None:
    """Say that a request is related to another, is its duplicate, or follows it. Both show it.

    Raises InputError where a request or the relation is not there, RuleError where they are one and
    the same, linked already, or one is for practice and the other is not.
    """
    with write_transaction(conn):
        enter_relation(conn, get_request(conn, number), other, relation, actor=actor)


def enter_relation(
    conn: sqlite3.Connection, request: Request, other: str, relation: Relation | str, *, actor: str
) -> None:
    """As `relate`, inside the caller's transaction."""
    try:
        kind = Relation(relation)
    except ValueError:
        known = ", ".join(each.value for each in Relation)
        raise InputError(f"that relation is not known: use one of {known}") from None
    second = get_request(conn, other)
    if request.id == second.id:
        raise RuleError(f"request {request.number} cannot be linked to itself")
    if request.practice != second.practice:
        raise RuleError("a practice request is linked to practice requests only")
    if any(each.other.id == second.id for each in related_to(conn, request)):
        raise RuleError(
            f"requests {request.number} and {second.number} are linked already: take that back "
            "first"
        )
    conn.execute(
        "INSERT INTO request_relations (request_id, other_id, kind, at, actor) "
        "VALUES (?, ?, ?, ?, ?)",
        (request.id, second.id, kind.value, now_text(), actor),
    )
    _note_both(conn, request, second, kind, actor, "linked")


def unrelate(conn: sqlite3.Connection, number: str, link: int, *, actor: str) -> None:
    """Take a link back; the history keeps it. Raises InputError where the request has none such."""
    with write_transaction(conn):
        request = get_request(conn, number)
        found = row(conn, f"{_STANDING} AND r.id = ?2", request.id, link)
        if found is None:
            raise InputError(f"request {request.number} has no such link: open the page again")
        conn.execute(
            "INSERT INTO request_relations (request_id, other_id, kind, takes_back, at, actor) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (found["request_id"], found["other_id"], found["kind"], link, now_text(), actor),
        )
        first, second = (_by_id(conn, found[name]) for name in ("request_id", "other_id"))
        _note_both(conn, first, second, Relation(found["kind"]), actor, "link taken back")


_STANDING = """
    SELECT r.* FROM request_relations AS r
    WHERE ?1 IN (r.request_id, r.other_id) AND r.takes_back IS NULL
        AND NOT EXISTS (SELECT 1 FROM request_relations AS later WHERE later.takes_back = r.id)
"""


def related_to(conn: sqlite3.Connection, request: Request) -> list[Related]:
    """The requests linked to one, from either side, in the order they were linked."""
    found = []
    for each in rows(conn, f"{_STANDING} ORDER BY r.id", request.id):
        here = each["request_id"] == request.id
        kind = Relation(each["kind"])
        found.append(
            Related(
                each["id"],
                kind.value if here else _FROM_THE_OTHER[kind],
                _by_id(conn, each["other_id" if here else "request_id"]),
                each["at"],
                each["actor"],
            )
        )
    return found


def _by_id(conn: sqlite3.Connection, request_id: int) -> Request:
    found = row(conn, "SELECT number FROM requests WHERE id = ?", request_id)
    if found is None:
        raise InputError("a linked request is not there any more: run `archiver verify`")
    return get_request(conn, found["number"])


def _note_both(
    conn: sqlite3.Connection, first: Request, second: Request, kind: Relation, actor: str, step: str
) -> None:
    for request, words, other in (
        (first, kind.value, second),
        (second, _FROM_THE_OTHER[kind], first),
    ):
        note(conn, request, actor=actor, kind=step, detail={"as": words, "request": other.number})
