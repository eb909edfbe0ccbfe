"""Taking the last decision on an item back: the one before is decided again, nothing is erased."""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver.errors import RuleError
from archiver.requests.decisions import Decision, decide, history_of
from archiver.requests.exemptions import Catalogue, Claim


def undo(
    conn: sqlite3.Connection,
    number: str,
    item_id: int,
    *,
    actor: str,
    seen: int | None = None,
    law: Catalogue | None = None,
) -> Decision:
    """Take the standing decision on an item back and put the one before it in its place, as a new
    decision of this person. Undoing twice brings the first one back.

    `seen` is the id of the decision to be undone. Raises RuleError where nothing was decided or
    what stood before can no longer be decided (its exemption's attestation was withdrawn),
    BusyError where somebody decided in between.
    """
    history = history_of(conn, number, item_id)
    if not history:
        raise RuleError(f"item {item_id} has no decision yet: there is nothing to undo")
    before = history[-2] if len(history) > 1 else Decision.none()
    [made] = decide(
        conn,
        number,
        [item_id],
        before.choice,
        actor=actor,
        claims=[
            Claim(
                basis.section,
                balancing=basis.balancing,
                second_citation=basis.second_citation,
                review_on=dt.date.fromisoformat(basis.review_on) if basis.review_on else None,
            )
            for basis in before.exemptions
        ],
        note_text=before.note,
        seen=history[-1].id if seen is None else seen,
        duplicate_of=before.duplicate_of,
        law=law,
        step="decision undone",
    )
    return made
