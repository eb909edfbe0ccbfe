"""Deciding about pairs: confirm, reject, take apart, take a rejection back.

Every decision is a sealed row that is never changed, with a row of the audit in the same
transaction, and an event of both records where what is shown of them changes: a standing hold looks
at them again by it. What is shown follows from the last decision about each pair and from nothing
else; `verify` derives it anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from archiver import clock
from archiver.archive.indexing import index_changed, index_hidden, index_new
from archiver.archive.pairs import (
    PAIRED,
    PARTED,
    Proposal,
    Standing,
    What,
    grouped,
    proposal,
)
from archiver.archive.rebuilding import index_rows
from archiver.archive.rows import RowWriter
from archiver.archive.runs import write_audit
from archiver.archive.store import Archive
from archiver.errors import InputError, RuleError
from archiver.items import Access

_FROM = {
    What.CONFIRMED: (Standing.OPEN, Standing.REJECTED),
    What.REJECTED: (Standing.OPEN,),
    What.TAKEN_APART: (Standing.CONFIRMED,),
    What.TAKEN_BACK: (Standing.REJECTED,),
}
_TO = {
    What.CONFIRMED: Standing.CONFIRMED,
    What.REJECTED: Standing.REJECTED,
    What.TAKEN_APART: Standing.OPEN,
    What.TAKEN_BACK: Standing.OPEN,
}
_ACTIONS = {
    What.CONFIRMED: "pairs confirmed",
    What.REJECTED: "pairs rejected",
    What.TAKEN_APART: "pairs taken apart",
    What.TAKEN_BACK: "rejections of pairs taken back",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision about several pairs: how many were decided, and how many had been
    decided otherwise in the meantime and were left as they are."""

    what: str
    decided: int
    passed_over: int


def decide_pairs(
    archive: Archive,
    access: Access,
    numbers: Sequence[int],
    what: What,
    *,
    actor: str,
    reason: str,
    all_or_none: bool = True,
) -> Decided:
    """Decide about proposals of one file by their numbers, in one transaction.

    A pair is confirmed from open or rejected, rejected from open, taken apart from confirmed; a
    rejection is taken back from rejected. With `all_or_none` one that stands otherwise stops all;
    without it is passed over (many at once, while others decide too). Raises RuleError where no
    reason or nobody is named, or a pair cannot be decided so; InputError where there is none.
    """
    if not reason.strip() or not actor.strip():
        raise RuleError("deciding about a pair needs a name and a reason")
    connection = archive.file(access)
    decided = passed_over = 0
    with archive.writer():
        act = _Act(connection, what, actor, reason.strip())
        for number in dict.fromkeys(numbers):
            found = proposal(connection, number)
            if found is None:
                raise InputError(f"there is no pair {number}: `archiver pairs list` shows them")
            refused = act.refusal(found)
            if refused and all_or_none:
                raise RuleError(refused)
            if refused:
                passed_over += 1
                continue
            act.take(found)
            decided += 1
        act.finish()
    return Decided(what.value, decided, passed_over)


class _Act:
    """One decision about several pairs, inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, what: What, actor: str, reason: str) -> None:
        self._connection = connection
        self._rows = RowWriter(connection)
        self._what = what
        self._actor = actor
        self._reason = reason
        self._now = clock.now_text()
        self._first: int | None = None
        self._last = 0
        self._same = {
            row[0]: row[1] for row in connection.execute("SELECT derived_id, other_id FROM pairs")
        }
        self._before = grouped(self._same)
        self._touched: set[int] = set()

    def refusal(self, found: Proposal) -> str:
        """Why a proposal cannot be decided so, or nothing."""
        if found.state not in _FROM[self._what]:
            return f"pair {found.id} is {found.state}: it cannot be {self._what.value}"
        same = self._same.get(found.derived_id)
        if self._what is What.CONFIRMED and same is not None:
            return (
                f"record {found.derived_id} counts as one with record {same} already: take that "
                "pair apart first"
            )
        return ""

    def take(self, found: Proposal) -> None:
        """Write a decision, and collect what it changes."""
        number = self._rows.add(
            *("pair decision", self._now, self._actor, self._what.value, found.derived_id),
            *(found.other_id, found.strength, found.ground, self._reason),
        )
        self._first = number if self._first is None else self._first
        self._last = number
        self._connection.execute(
            "UPDATE pair_proposals SET state = ? WHERE id = ?",
            (_TO[self._what].value, found.id),
        )
        if self._what is What.CONFIRMED:
            self._same[found.derived_id] = found.other_id
        elif self._what is What.TAKEN_APART:
            del self._same[found.derived_id]
        else:
            return
        event = PAIRED if self._what is What.CONFIRMED else PARTED
        self._touched |= {found.derived_id, found.other_id}
        for own, other in (
            (found.derived_id, found.other_id),
            (found.other_id, found.derived_id),
        ):
            detail = {"with": other, "decision": number}
            text = msgspec.json.encode(detail, order="sorted").decode()
            self._rows.add(
                *("event", own, None, event, self._now, self._now, text),
                *(None, None, None, self._rows.salt()),
            )

    def finish(self) -> None:
        """Write the rows, say who did it, and bring what is shown in line."""
        if self._first is None:
            return
        write_audit(
            self._rows,
            actor=self._actor,
            action=_ACTIONS[self._what],
            subject=f"pair decisions {self._first} to {self._last}",
            detail={"pairs": self._last - self._first + 1, "reason": self._reason},
        )
        self._rows.flush()
        if self._touched:
            _show(self._connection, self._before, self._same)


def _show(connection: sqlite3.Connection, before: dict[int, int], same: dict[int, int]) -> None:
    """Bring `pairs` and the search index from one grouping to another."""
    after = grouped(same)
    gone = before.keys() - after.keys()
    changed = [number for number in after if before.get(number) != after[number]]
    connection.executemany(
        "DELETE FROM pairs WHERE derived_id = ?", [(number,) for number in sorted(gone)]
    )
    connection.executemany(
        """
        INSERT INTO pairs (derived_id, other_id, kept_id) VALUES (?, ?, ?)
        ON CONFLICT (derived_id) DO UPDATE SET other_id = excluded.other_id,
            kept_id = excluded.kept_id
        """,
        [(number, same[number], after[number]) for number in sorted(changed)],
    )
    index_hidden(connection, sorted(after.keys() - before.keys()))
    index_new(connection, list(index_rows(connection, sorted(gone))))
    kept = {before[number] for number in gone} | {after[number] for number in changed}
    kept |= {before[number] for number in changed if number in before}
    index_changed(connection, list(index_rows(connection, sorted(kept - after.keys() - gone))))
