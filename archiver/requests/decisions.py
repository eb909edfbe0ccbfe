"""Release, redact, withhold, not responsive: what was decided, by whom, on which law."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import overload

import msgspec

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.exemptions import Catalogue, Claim, Exemption, attestation_of, catalogue
from archiver.requests.intake import Request, get_request, note, open_request
from archiver.requests.redacting.bars import barred_items, steps_on
from archiver.requests.redacting.earlier import Conflict, conflicts_of, released_before
from archiver.requests.reviewing.duplicates import check_duplicates

_NAMED = 5


class Choice(StrEnum):
    """What may be decided about an item."""

    UNDECIDED = "undecided"
    RELEASE = "release"
    REDACT = "redact"
    WITHHOLD = "withhold"
    NOT_RESPONSIVE = "not responsive"
    DUPLICATE = "duplicate"

    @property
    def goes_out(self) -> bool:
        """Whether the requester gets the record, whole or under bars."""
        return self in (Choice.RELEASE, Choice.REDACT)


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


class Decided(Sequence[Decision]):
    """The same decision made about many items, in their order; each is put together when looked
    at, since whoever decides about twenty thousand at once looks at none."""

    def __init__(self, first: Decision, ids: Sequence[int]) -> None:
        self._first = first
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, place: int) -> Decision: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Decision]: ...
    def __getitem__(self, place: int | slice) -> Decision | Sequence[Decision]:
        if isinstance(place, slice):
            return Decided(self._first, self._ids[place])
        return replace(self._first, id=self._ids[place])


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
    seen_bars: int | None = None,
    files: Mapping[str, sqlite3.Connection] | None = None,
    acknowledge_earlier: bool = False,
    duplicate_of: int | None = None,
    law: Catalogue | None = None,
    step: str = "decided",
) -> Sequence[Decision]:
    """Decide about items of an open request; earlier decisions stay in the history.

    Withholding names at least one exemption of the catalogue `law` (the shipped one by default)
    that the city attorney has attested in its present wording; nothing else takes an exemption.
    Redacting needs a bar on each item, releasing in full takes none. A duplicate says which item of
    the request it is the same as: one that is decided and no duplicate itself.

    `seen` is the id of the decision the person was looking at, `seen_bars` what
    `redacting.bars.steps_on` gave then: where either changed since, nothing is overwritten. Where
    an earlier volume showed what is kept back now, or the reverse, `acknowledge_earlier` with a
    note says that this is meant; `files` (the archive's, as far as the person may see them) let
    other versions be compared, without them they count as differing. `step` is how the request's
    history calls it. Where the caller has opened a transaction, this is part of it.

    Raises RuleError where the law's conditions are not met, the bars do not fit the decision, an
    earlier release differs or the request is closed, BusyError where someone decided in between,
    InputError where an item is not there.
    """
    try:
        chosen = Choice(choice)
    except ValueError:
        known = ", ".join(each.value for each in Choice)
        raise InputError(f"decision is not known: use one of {known}") from None
    if not item_ids:
        raise InputError("no item named: nothing was decided")
    _fits(chosen, claims)
    shipped = law or catalogue()
    with nullcontext() if conn.in_transaction else write_transaction(conn):
        request = open_request(conn, number)
        grounds = [(claim, *ground_for(conn, shipped, claim)) for claim in claims]
        wanted = list(dict.fromkeys(item_ids))
        _bars_fit(conn, request, wanted, chosen, seen_bars)
        check_duplicates(conn, request, wanted, chosen.value, duplicate_of)
        made = decide_many(
            conn, request, wanted, chosen, grounds, actor, note_text, seen, duplicate_of
        )
        earlier = _earlier(conn, request, wanted, chosen, files or {})
        if earlier:
            _acknowledged(earlier, acknowledge_earlier, note_text)
        detail: dict[str, object] = {
            "items": wanted,
            "decision": chosen.value,
            "exemptions": [claim.section for claim in claims],
        }
        if duplicate_of is not None:
            detail["duplicate of"] = duplicate_of
        if earlier:
            detail["differs from"] = [f"item {one.item_id}, {one.words}" for one in earlier]
        note(conn, request, actor=actor, kind=step, detail=detail)
    return Decided(decisions_by_id(conn, made[:1])[made[0]], made)


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
    made = decisions_by_id(conn, [each["id"] for each in found])
    return [made[each["id"]] for each in found]


def latest_decisions(
    conn: sqlite3.Connection, request_id: int, item_id: int | None = None
) -> dict[int, Decision]:
    """The standing decision of each decided item of a request, by item id."""
    found = rows(
        conn,
        """
        SELECT items.id AS item_id,
            (SELECT max(id) FROM request_decisions WHERE item_id = items.id) AS last
        FROM request_items AS items WHERE request_id = ?1 AND (?2 IS NULL OR items.id = ?2)
        """,
        request_id,
        item_id,
    )
    standing = {each["item_id"]: each["last"] for each in found if each["last"] is not None}
    made = decisions_by_id(conn, standing.values())
    return {item: made[last] for item, last in standing.items()}


def decisions_by_id(conn: sqlite3.Connection, decision_ids: Collection[int]) -> dict[int, Decision]:
    """Decisions with the exemptions they rest on, by their ids; an id that is none is left out."""
    wanted = msgspec.json.encode(list(decision_ids)).decode()
    bases: dict[int, list[Basis]] = {}
    for each in rows(
        conn,
        "SELECT decision_id, section, digest, attestation_id, balancing, second_citation, "
        "review_on FROM decision_exemptions "
        "WHERE decision_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        wanted,
    ):
        bases.setdefault(each["decision_id"], []).append(Basis(*tuple(each)[1:]))
    return {
        each["id"]: _decision(each, tuple(bases.get(each["id"], ())))
        for each in rows(
            conn,
            "SELECT id, decision, at, actor, note, duplicate_of FROM request_decisions "
            "WHERE id IN (SELECT value FROM json_each(?))",
            wanted,
        )
    }


def decide_many(
    conn: sqlite3.Connection,
    request: Request,
    item_ids: Sequence[int],
    chosen: Choice,
    grounds: Sequence[tuple[Claim, Exemption, int]],
    actor: str,
    note_text: str | None,
    seen: int | None,
    duplicate_of: int | None = None,
) -> range:
    """Write the same decision about items, all or none, inside the caller's transaction; the ids
    of the decisions in the order of `item_ids`, which name each item once.

    It costs one statement, not one for each item: twenty thousand are decided at once. Raises
    InputError where the request has not (or no longer) such an item, BusyError where one was
    decided since `seen`.
    """
    wanted = msgspec.json.encode(list(item_ids)).decode()
    if seen is not None:
        _unchanged(conn, request, wanted, seen)
    before = row(conn, "SELECT coalesce(max(id), 0) AS last FROM main.request_decisions")
    last = int(before["last"]) if before else 0
    try:
        conn.execute(
            "INSERT INTO main.request_decisions (item_id, at, actor, decision, note, duplicate_of) "
            "SELECT value, ?, ?, ?, ?, ? FROM json_each(?)",
            (now_text(), actor, chosen.value, _filled(note_text), duplicate_of, wanted),
        )
    except sqlite3.IntegrityError:
        require_items(conn, request, item_ids)
        raise
    decided = row(
        conn,
        "SELECT count(*) AS items FROM request_standing WHERE request_id = ? AND decision_id > ?",
        request.id,
        last,
    )
    if decided is None or decided["items"] != len(item_ids):
        require_items(conn, request, item_ids)
    for claim, exemption, attestation_id in grounds:
        conn.execute(
            "INSERT INTO main.decision_exemptions (decision_id, section, digest, attestation_id, "
            "balancing, second_citation, review_on) "
            "SELECT id, ?, ?, ?, ?, ?, ? FROM request_decisions WHERE id > ?",
            (
                exemption.section,
                exemption.digest,
                attestation_id,
                _filled(claim.balancing),
                _filled(claim.second_citation),
                _day(claim.review_on),
                last,
            ),
        )
    # inside one transaction the ids follow each other, in the order the items were named
    after = row(conn, "SELECT max(id) AS last FROM main.request_decisions")
    end = int(after["last"]) + 1 if after else 0
    return range(end - len(item_ids), end)


def require_items(conn: sqlite3.Connection, request: Request, item_ids: Sequence[int]) -> None:
    """Raise InputError where one of the items is not the request's."""
    missing = row(
        conn,
        "SELECT value AS item FROM json_each(?) WHERE NOT EXISTS "
        "(SELECT 1 FROM request_standing WHERE item_id = value AND request_id = ?)",
        msgspec.json.encode(list(item_ids)).decode(),
        request.id,
    )
    if missing is not None:
        raise InputError(
            f"request {request.number} has no item {missing['item']}: nothing was changed"
        )


def _unchanged(conn: sqlite3.Connection, request: Request, wanted: str, seen: int) -> None:
    changed = row(
        conn,
        "SELECT item_id FROM json_each(?) CROSS JOIN request_standing ON item_id = value "
        "WHERE request_id = ? AND decision_id <> ? LIMIT 1",
        wanted,
        request.id,
        seen,
    )
    if changed is not None:
        raise BusyError(
            f"someone else decided item {changed['item_id']} in the meantime: look at it again, "
            "nothing was overwritten"
        )


def _fits(chosen: Choice, claims: Sequence[Claim]) -> None:
    if chosen is Choice.WITHHOLD and not claims:
        raise RuleError(
            "withholding names the exemption it rests on (Gov. Code § 7922.000): give at least one"
        )
    if chosen is not Choice.WITHHOLD and claims:
        raise RuleError(f"an exemption belongs to withholding, not to “{chosen.value}”")
    if len({claim.section for claim in claims}) != len(claims):
        raise RuleError("an exemption is named twice for one decision")


def _bars_fit(
    conn: sqlite3.Connection,
    request: Request,
    item_ids: Sequence[int],
    chosen: Choice,
    seen_bars: int | None,
) -> None:
    """Raise RuleError where the items' bars contradict the decision, BusyError where they changed
    since the person looked."""
    if seen_bars is not None and any(steps_on(conn, each) != seen_bars for each in item_ids):
        raise BusyError(
            "someone else changed the bars of this item in the meantime: look at it again, "
            "nothing was decided"
        )
    if not chosen.goes_out:
        return
    barred = barred_items(conn, request.id)
    wrong = [each for each in item_ids if (each in barred) is not (chosen is Choice.REDACT)]
    if wrong and chosen is Choice.REDACT:
        raise RuleError(
            f"nothing is covered on item {_listed(wrong)}: cover something, or release in full"
        )
    if wrong:
        raise RuleError(
            f"item {_listed(wrong)} has bars: take the bars off, or choose release with redactions"
        )


def _earlier(
    conn: sqlite3.Connection,
    request: Request,
    item_ids: Sequence[int],
    chosen: Choice,
    files: Mapping[str, sqlite3.Connection],
) -> list[Conflict]:
    """Where the decision differs from what an earlier volume did with the same records."""
    if not chosen.goes_out and chosen is not Choice.WITHHOLD:
        return []
    withheld = chosen is Choice.WITHHOLD
    return [
        conflict
        for each in released_before(conn, item_ids, withheld=withheld)
        for conflict in conflicts_of(conn, files, request.number, each, withheld=withheld)
    ]


def _acknowledged(earlier: Sequence[Conflict], said: bool, note_text: str | None) -> None:
    first = earlier[0]
    if not said:
        raise RuleError(
            f"item {first.item_id} was released before, and differently: {first.words}; look at "
            "it, then decide again and say why it is treated differently now"
        )
    if not (note_text or "").strip():
        raise RuleError(
            f"item {first.item_id} was released before, and differently: give the reason in the "
            "note"
        )


def _listed(item_ids: Sequence[int]) -> str:
    named = ", ".join(str(each) for each in item_ids[:_NAMED])
    return f"{named} …" if len(item_ids) > _NAMED else named


def ground_for(conn: sqlite3.Connection, law: Catalogue, claim: Claim) -> tuple[Exemption, int]:
    """The exemption a claim names, with the attestation it is used on (its id).

    Raises InputError where the catalogue has none such, RuleError where what the exemption demands
    is missing or the city attorney has not attested it.
    """
    exemption = law.find(claim.section)
    exemption.check(claim)
    attestation = attestation_of(conn, exemption)
    if attestation is None:
        raise RuleError(
            f"Gov. Code § {exemption.section} cannot be used yet: the city attorney has not "
            "attested its wording, by name and date (`archiver requests exemptions`)"
        )
    return exemption, attestation.id


def _decision(found: sqlite3.Row, exemptions: tuple[Basis, ...]) -> Decision:
    return Decision(
        found["id"],
        Choice(found["decision"]),
        found["at"],
        found["actor"],
        found["note"],
        exemptions,
        found["duplicate_of"],
    )


def _filled(text: str | None) -> str | None:
    return (text or "").strip() or None


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
