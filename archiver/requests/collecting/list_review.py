"""Working on a collected list: the decision about it, and bars over rows, columns and cells."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from archiver import clock
from archiver.database import write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.collecting.lists import CHOICES, CollectedList, list_by_id
from archiver.requests.decisions import Basis, Choice, ground_for
from archiver.requests.exemptions import Catalogue, Claim, catalogue
from archiver.requests.intake import note, open_request


def decide_list(
    conn: sqlite3.Connection,
    number: str,
    list_id: int,
    choice: Choice | str,
    *,
    actor: str,
    claims: Sequence[Claim] = (),
    note_text: str | None = None,
    seen: int | None = None,
    law: Catalogue | None = None,
) -> CollectedList:
    """Decide about a whole list: release (with its bars), withhold, or not responsive.

    `seen` is the id of the last step the person was looking at. Raises RuleError as `decide` does,
    BusyError where something was done since.
    """
    try:
        chosen = Choice(choice)
    except ValueError:
        chosen = None
    if chosen not in CHOICES:
        raise InputError(f"decision is not known: use one of {', '.join(CHOICES)}")
    if (chosen is Choice.WITHHOLD) != bool(claims):
        raise RuleError("withholding names its exemption, and nothing else does: give at least one")
    return _do(conn, number, list_id, chosen.value, actor, claims, note_text, seen, law)


def bar(
    conn: sqlite3.Connection,
    number: str,
    list_id: int,
    *,
    actor: str,
    claims: Sequence[Claim],
    row_n: int | None = None,
    column: int | None = None,
    note_text: str | None = None,
    seen: int | None = None,
    law: Catalogue | None = None,
) -> CollectedList:
    """Bar a row, a column, or one cell of a list, each on at least one attested exemption.

    Raises RuleError where the law's conditions are not met, InputError where there is no such part.
    """
    if not claims:
        raise RuleError("what is barred names the exemption it rests on: give at least one")
    collected = list_by_id(conn, number, list_id)
    if row_n is None and column is None:
        raise InputError("say which row or which column is barred")
    if row_n is not None and not 1 <= row_n <= collected.rows:
        raise InputError(f"list {list_id} has no row {row_n}")
    if column is not None and not 0 <= column < len(collected.columns):
        raise InputError(f"list {list_id} has no column {column}")
    place = (row_n, column)
    return _do(conn, number, list_id, "bar", actor, claims, note_text, seen, law, place=place)


def lift_bar(
    conn: sqlite3.Connection, number: str, list_id: int, bar_id: int, *, actor: str
) -> CollectedList:
    """Lift a bar. Raises InputError where it does not stand."""
    if bar_id not in {each.id for each in list_by_id(conn, number, list_id).bars}:
        raise InputError(f"no bar {bar_id} stands over list {list_id}")
    return _do(conn, number, list_id, "bar lifted", actor, (), None, None, None, bar_id=bar_id)


def _do(
    conn: sqlite3.Connection,
    number: str,
    list_id: int,
    what: str,
    actor: str,
    claims: Sequence[Claim],
    note_text: str | None,
    seen: int | None,
    law: Catalogue | None,
    *,
    place: tuple[int | None, int | None] = (None, None),
    bar_id: int | None = None,
) -> CollectedList:
    if len({claim.section for claim in claims}) != len(claims):
        raise RuleError("an exemption is named twice for one decision")
    shipped = law or catalogue()
    with write_transaction(conn):
        request = open_request(conn, number)
        collected = list_by_id(conn, number, list_id)
        last = collected.steps[-1].id if collected.steps else 0
        if seen is not None and seen != last:
            raise BusyError(
                f"someone else worked on list {list_id} in the meantime: look at it again, nothing "
                "was overwritten"
            )
        grounds = []
        for claim in claims:
            exemption, attestation_id = ground_for(conn, shipped, claim)
            day = None if claim.review_on is None else claim.review_on.isoformat()
            words = (claim.balancing or None, claim.second_citation or None, day)
            grounds.append(Basis(exemption.section, exemption.digest, attestation_id, *words))
        conn.execute(
            "INSERT INTO main.request_list_steps "
            "(list_id, at, actor, what, row_n, position, bar_id, grounds, note) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(
                    list_id,
                    clock.now_text(),
                    actor,
                    what,
                    *place,
                    bar_id,
                    msgspec.json.encode(grounds).decode(),
                ),
                (note_text or "").strip() or None,
            ),
        )
        note(conn, request, actor=actor, kind=f"list: {what}", detail={"list": list_id})
    return list_by_id(conn, number, list_id)
