"""Release, withhold or not responsive: what was decided about an item, by whom, on which law."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.exemptions import Catalogue, Claim, Exemption, attestation_of, catalogue
from archiver.requests.intake import Request, get_request, note, open_request


class Choice(StrEnum):
    """What may be decided about an item."""

    UNDECIDED = "undecided"
    RELEASE = "release"
    WITHHOLD = "withhold"
    NOT_RESPONSIVE = "not responsive"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Basis:
    """An exemption a decision rests on, by section, in the wording attested when it was made."""

    section: str
    digest: str
    attestation_id: int
    balancing: str | None
    second_citation: str | None
    review_on: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. `id` is 0, and time and actor empty, where none was made yet; `duplicate_of` is
    the item that a duplicate says the same as."""

    id: int
    choice: Choice
    at: str
    actor: str
    note: str | None
    exemptions: tuple[Basis, ...]
    duplicate_of: int | None = None

    @classmethod
    def none(cls) -> Decision:
        """No decision yet."""
        return cls(0, Choice.UNDECIDED, "", "", None, ())


def decide(
    conn: sqlite3.Connection,
    number: str,
    item_ids: Sequence[int],
    choice: Choice | str,
    *,
    actor: str,
    claims: Sequence[Claim] = (),
    note_text: str | None = None,
    seen: int | None = None,
    duplicate_of: int | None = None,
    law: Catalogue | None = None,
    step: str = "decided",
) -> list[Decision]:
    """Decide about items of an open request; earlier decisions stay in the history.

    Withholding names at least one exemption of the catalogue `law` (the shipped one by default)
    that the city attorney has attested in its present wording; nothing else takes an exemption.
    `seen` is the id of the decision the person was looking at: where another was made since, it is
    not overwritten. A duplicate says which item of the request it is the same as: one that is
    decided and no duplicate itself. `step` is how the request's history calls it. Raises RuleError
    where the law's conditions are not met or the request is closed, BusyError where someone decided
    in between, InputError where an item is not there.
    """
    with write_transaction(conn):
        return decide_within(
            conn,
            number,
            item_ids,
            choice,
            actor=actor,
            claims=claims,
            note_text=note_text,
            seen=seen,
            duplicate_of=duplicate_of,
            law=law,
            step=step,
        )


def decide_within(
    conn: sqlite3.Connection,
    number: str,
    item_ids: Sequence[int],
    choice: Choice | str,
    *,
    actor: str,
    claims: Sequence[Claim] = (),
    note_text: str | None = None,
    seen: int | None = None,
    duplicate_of: int | None = None,
    law: Catalogue | None = None,
    step: str = "decided",
) -> list[Decision]:
    """The same inside the caller's transaction."""
    try:
        chosen = Choice(choice)
    except ValueError:
        known = ", ".join(each.value for each in Choice)
        raise InputError(f"decision is not known: use one of {known}") from None
    if not item_ids:
        raise InputError("no item named: nothing was decided")
    _fits(chosen, claims)
    wanted = list(dict.fromkeys(item_ids))
    shipped = law or catalogue()
    request = open_request(conn, number)
    grounds = [(claim, *_ground(conn, shipped, claim)) for claim in claims]
    _current(conn, request, wanted, seen)
    _same_as(conn, request, wanted, chosen, duplicate_of)
    made = _enter(conn, wanted, chosen, actor, note_text, duplicate_of)
    _rest_on(conn, made, grounds)
    detail: dict[str, object] = {
        "items": wanted,
        "decision": chosen.value,
        "exemptions": [claim.section for claim in claims],
    }
    if duplicate_of is not None:
        detail["duplicate of"] = duplicate_of
    note(conn, request, actor=actor, kind=step, detail=detail)
    return _decisions(conn, made)


def history_of(conn: sqlite3.Connection, number: str, item_id: int) -> list[Decision]:
    """Every decision made about an item, oldest first."""
    request = get_request(conn, number)
    found = rows(
        conn,
        "SELECT request_decisions.id FROM request_decisions "
        "JOIN request_items ON request_items.id = item_id "
        "WHERE request_id = ? AND item_id = ? ORDER BY request_decisions.id",
        request.id,
        item_id,
    )
    return _decisions(conn, [each["id"] for each in found])


def latest_decisions(
    conn: sqlite3.Connection, request_id: int, item_id: int | None = None
) -> dict[int, Decision]:
    """The standing decision of each decided item of a request, by item id."""
    found = rows(
        conn,
        """
        SELECT item_id, decisions.id AS id, decision, decisions.at AS at, actor, note, duplicate_of
        FROM request_items AS items JOIN request_decisions AS decisions ON item_id = items.id
        WHERE request_id = ?1 AND (?2 IS NULL OR items.id = ?2)
            AND decisions.id = (SELECT max(id) FROM request_decisions WHERE item_id = items.id)
        """,
        request_id,
        item_id,
    )
    bases: dict[int, list[Basis]] = {}
    for each in rows(
        conn,
        """
        SELECT decision_id, section, digest, attestation_id, balancing, second_citation, review_on
        FROM request_items AS items
        JOIN request_decisions AS decisions ON item_id = items.id
        JOIN decision_exemptions AS exemptions ON decision_id = decisions.id
        WHERE request_id = ?1 AND (?2 IS NULL OR items.id = ?2) ORDER BY exemptions.id
        """,
        request_id,
        item_id,
    ):
        bases.setdefault(each["decision_id"], []).append(Basis(*tuple(each)[1:]))
    return {
        each["item_id"]: Decision(
            each["id"],
            Choice(each["decision"]),
            each["at"],
            each["actor"],
            each["note"],
            tuple(bases.get(each["id"], ())),
            each["duplicate_of"],
        )
        for each in found
    }


def _fits(chosen: Choice, claims: Sequence[Claim]) -> None:
    if chosen is Choice.WITHHOLD and not claims:
        raise RuleError(
            "withholding names the exemption it rests on (Gov. Code § 7922.000): give at least one"
        )
    if chosen is not Choice.WITHHOLD and claims:
        raise RuleError(f"an exemption belongs to withholding, not to “{chosen.value}”")
    if len({claim.section for claim in claims}) != len(claims):
        raise RuleError("an exemption is named twice for one decision")


def _ground(conn: sqlite3.Connection, law: Catalogue, claim: Claim) -> tuple[Exemption, int]:
    exemption = law.find(claim.section)
    exemption.check(claim)
    attestation = attestation_of(conn, exemption)
    if attestation is None:
        raise RuleError(
            f"Gov. Code § {exemption.section} cannot be used yet: the city attorney has not "
            "attested its wording, by name and date (`archiver requests exemptions`)"
        )
    return exemption, attestation.id


def _current(
    conn: sqlite3.Connection, request: Request, item_ids: Sequence[int], seen: int | None
) -> None:
    """Raise InputError where an item is not the request's, BusyError where somebody decided it
    after `seen`."""
    last = {
        each["id"]: each["last"] or 0
        for each in rows(
            conn,
            "SELECT items.id, (SELECT max(id) FROM request_decisions WHERE item_id = items.id) "
            "AS last FROM json_each(?) JOIN request_items AS items ON items.id = value "
            "WHERE request_id = ?",
            json.dumps(item_ids),
            request.id,
        )
    }
    for item_id in item_ids:
        if item_id not in last:
            raise InputError(f"request {request.number} has no item {item_id}: nothing was decided")
        if seen is not None and last[item_id] != seen:
            raise BusyError(
                f"someone else decided item {item_id} in the meantime: look at it again, "
                "nothing was overwritten"
            )


def _same_as(
    conn: sqlite3.Connection,
    request: Request,
    item_ids: Sequence[int],
    chosen: Choice,
    duplicate_of: int | None,
) -> None:
    """Raise RuleError where a duplicate has no other decided item to be the same as, or where an
    item others are duplicates of would become undecided or a duplicate."""
    if (chosen is Choice.DUPLICATE) != (duplicate_of is not None):
        raise RuleError(
            "a duplicate names the item it is the same as, and nothing else does: give that item"
        )
    if duplicate_of is not None:
        if duplicate_of in item_ids:
            raise RuleError(f"item {duplicate_of} cannot be a duplicate of itself: name another")
        standing = latest_decisions(conn, request.id, duplicate_of).get(duplicate_of)
        if standing is None or standing.choice in (Choice.UNDECIDED, Choice.DUPLICATE):
            state = standing.choice.value if standing else Choice.UNDECIDED.value
            raise RuleError(
                f"item {duplicate_of} is {state} in request {request.number}: a duplicate names an "
                "item of the same request that is decided and no duplicate itself"
            )
    if chosen not in (Choice.UNDECIDED, Choice.DUPLICATE):
        return
    leaning = row(
        conn,
        """
        SELECT decisions.item_id AS item, duplicate_of FROM request_decisions AS decisions
        WHERE duplicate_of IN (SELECT value FROM json_each(?1))
            AND item_id NOT IN (SELECT value FROM json_each(?1))
            AND decisions.id = (
                SELECT max(id) FROM request_decisions WHERE item_id = decisions.item_id
            )
        """,
        json.dumps(item_ids),
    )
    if leaning is not None:
        raise RuleError(
            f"item {leaning['item']} is a duplicate of item {leaning['duplicate_of']}: "
            "decide that one anew first"
        )


def _enter(
    conn: sqlite3.Connection,
    item_ids: Sequence[int],
    chosen: Choice,
    actor: str,
    note_text: str | None,
    duplicate_of: int | None,
) -> list[int]:
    """Write one decision for each item; gives their ids in the same order."""
    before = row(conn, "SELECT coalesce(max(id), 0) AS last FROM request_decisions")
    conn.execute(
        "INSERT INTO request_decisions (item_id, at, actor, decision, note, duplicate_of) "
        "SELECT value, ?, ?, ?, ?, ? FROM json_each(?) ORDER BY key",
        (now_text(), actor, chosen.value, _filled(note_text), duplicate_of, json.dumps(item_ids)),
    )
    made = rows(
        conn,
        "SELECT id FROM request_decisions WHERE id > ? ORDER BY id",
        before["last"] if before else 0,
    )
    return [each["id"] for each in made]


def _rest_on(
    conn: sqlite3.Connection,
    decision_ids: Sequence[int],
    grounds: Sequence[tuple[Claim, Exemption, int]],
) -> None:
    conn.executemany(
        "INSERT INTO decision_exemptions (decision_id, section, digest, attestation_id, balancing, "
        "second_citation, review_on) SELECT value, ?, ?, ?, ?, ?, ? FROM json_each(?) ORDER BY key",
        (
            (
                exemption.section,
                exemption.digest,
                attestation_id,
                _filled(claim.balancing),
                _filled(claim.second_citation),
                _day(claim.review_on),
                json.dumps(decision_ids),
            )
            for claim, exemption, attestation_id in grounds
        ),
    )


def _decisions(conn: sqlite3.Connection, decision_ids: Sequence[int]) -> list[Decision]:
    """Decisions by id, in that order."""
    wanted = json.dumps(decision_ids)
    bases: dict[int, list[Basis]] = {}
    for each in rows(
        conn,
        "SELECT decision_id, section, digest, attestation_id, balancing, second_citation, "
        "review_on FROM json_each(?) JOIN decision_exemptions AS exemptions "
        "ON decision_id = value ORDER BY exemptions.id",
        wanted,
    ):
        bases.setdefault(each["decision_id"], []).append(Basis(*tuple(each)[1:]))
    return [
        Decision(
            each["id"],
            Choice(each["decision"]),
            each["at"],
            each["actor"],
            each["note"],
            tuple(bases.get(each["id"], ())),
            each["duplicate_of"],
        )
        for each in rows(
            conn,
            "SELECT decisions.* FROM json_each(?) JOIN request_decisions AS decisions "
            "ON decisions.id = value ORDER BY json_each.key",
            wanted,
        )
    ]


def _filled(text: str | None) -> str | None:
    return (text or "").strip() or None


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
