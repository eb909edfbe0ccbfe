"""Records that count as one: the download's without an id, and the other that is the same thing.

A person decides it (`pairs_deciding`); here is what follows for whoever reads. Of a group of
records one is kept in view, and `pairs` says of each of the others under which it counts: they are
not in the search index, so no search, facet, count or list shows them by themselves. Every
function takes the connection of one evidence file; a pair never reaches over two.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

DERIVED = "derived:"
"""How the native id begins that was made because a download gives none."""
PAIRED, PARTED = "paired", "taken apart"
"""What the events of the two records are called that a decision writes."""


class Strength(StrEnum):
    """How much speaks for a pair. `STRONG`: the same second, author and words; `WEAK`: the time
    differs by whole hours, one text is the beginning of the other, or neither has words."""

    STRONG = "strong"
    GOOD = "good"
    WEAK = "weak"


class What(StrEnum):
    """What a person decided about a proposal."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    TAKEN_APART = "taken apart"
    TAKEN_BACK = "rejection taken back"


class Standing(StrEnum):
    """How a proposal stands after the last decision about it."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two records that may be one: `derived_id` would count under `other_id`. `ground` says in
    words why; `rivals` is how many other records could be the same as one of the two."""

    id: int
    account_id: int
    run_id: int
    kind: str
    derived_id: int
    other_id: int
    strength: str
    ground: str
    rivals: int
    proposed_at: str
    state: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a pair, when (UTC), by whom and why. Never changed nor deleted."""

    id: int
    at: str
    actor: str
    what: str
    derived_id: int
    other_id: int
    strength: str
    ground: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many proposals stand alike. `contested` of them have rivals."""

    account_id: int
    kind: str
    strength: str
    state: str
    pairs: int
    contested: int


def _all(connection: sqlite3.Connection, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()


def _text(ids: Iterable[int]) -> str:
    return msgspec.json.encode(list(ids)).decode()


def any_pairs(connection: sqlite3.Connection) -> bool:
    """Whether any two records of the file count as one."""
    return bool(_all(connection, "SELECT 1 FROM pairs LIMIT 1"))


def kept_of(connection: sqlite3.Connection, ids: Collection[int]) -> dict[int, int]:
    """Under which record each of these counts; those that are in view themselves are left out."""
    return dict(
        _all(
            connection,
            "SELECT p.derived_id, p.kept_id FROM json_each(?) AS wanted"
            " CROSS JOIN pairs AS p ON p.derived_id = wanted.value",
            (_text(ids),),
        )
    )


def shown_ids(connection: sqlite3.Connection, ids: Iterable[int]) -> list[int]:
    """These records as they are in view: each under the record it counts under, once, in order."""
    wanted = list(ids)
    kept = kept_of(connection, wanted)
    return list(dict.fromkeys(kept.get(number, number) for number in wanted))


def partners_of(connection: sqlite3.Connection, ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """All other records each of these counts as one with, ascending; records alone are left out."""
    kept = kept_of(connection, ids)
    roots = {number: kept.get(number, number) for number in ids}
    groups: dict[int, set[int]] = {}
    for derived_id, root in _all(
        connection,
        "SELECT p.derived_id, p.kept_id FROM json_each(?) AS wanted"
        " CROSS JOIN pairs AS p ON p.kept_id = wanted.value",
        (_text(set(roots.values())),),
    ):
        groups.setdefault(root, {root}).add(derived_id)
    return {
        number: tuple(sorted(groups[root] - {number}))
        for number, root in roots.items()
        if root in groups
    }


_PROPOSAL = """
    SELECT p.id, p.account_id, p.run_id, p.kind, p.derived_id, p.other_id, p.strength, p.ground,
        p.rivals, p.proposed_at, p.state
    FROM pair_proposals AS p
"""
_SEEN = """
    EXISTS (SELECT 1 FROM records AS r WHERE r.id = p.derived_id)
    AND EXISTS (SELECT 1 FROM records AS r WHERE r.id = p.other_id)
"""


def proposal(connection: sqlite3.Connection, number: int) -> Proposal | None:
    """A proposal by its number; None where there is none, or one of its records is not shown."""
    found = _all(connection, f"{_PROPOSAL} WHERE p.id = ? AND {_SEEN}", (number,))
    return Proposal(*found[0]) if found else None


def proposals(
    connection: sqlite3.Connection,
    *,
    account_id: int | None = None,
    state: Standing = Standing.OPEN,
    strength: str | None = None,
    contested: bool | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Proposal]:
    """Proposals in one standing, in the order of their numbers from behind `after`.

    `contested`: only those with rivals (True) or without (False).
    """
    found = _all(
        connection,
        f"""
        {_PROPOSAL} WHERE p.state = :state AND p.id > :after
            AND (:account IS NULL OR p.account_id = :account)
            AND (:strength IS NULL OR p.strength = :strength)
            AND (:contested IS NULL OR (p.rivals > 0) = :contested) AND {_SEEN}
        ORDER BY p.id LIMIT :limit
        """,
        {
            "state": state.value,
            "after": after,
            "account": account_id,
            "strength": strength,
            "contested": contested,
            "limit": limit,
        },
    )
    return [Proposal(*row) for row in found]


def proposal_counts(connection: sqlite3.Connection) -> list[Counted]:
    """How many proposals there are, by account, kind, strength and standing."""
    return [
        Counted(*row)
        for row in _all(
            connection,
            f"""
            SELECT p.account_id, p.kind, p.strength, p.state, count(*), sum(p.rivals > 0)
            FROM pair_proposals AS p WHERE {_SEEN}
            GROUP BY p.account_id, p.kind, p.strength, p.state ORDER BY 1, 2, 3, 4
            """,
        )
    ]


_DECISION = """
    SELECT id, at, actor, what, derived_id, other_id, strength, ground, reason FROM pair_decisions
"""


def decisions_on(connection: sqlite3.Connection, record_id: int) -> list[Decision]:
    """All that was decided about pairs of a record, in order."""
    found = _all(
        connection,
        f"{_DECISION} WHERE derived_id = ?1 UNION {_DECISION} WHERE other_id = ?1 ORDER BY id",
        (record_id,),
    )
    return [Decision(*row) for row in found]


def open_proposals_on(connection: sqlite3.Connection, record_id: int) -> list[Proposal]:
    """The proposals about a record that nobody has decided."""
    found = _all(
        connection,
        f"""
        {_PROPOSAL} WHERE p.derived_id = ?1 AND p.state = 'open' AND {_SEEN}
        UNION {_PROPOSAL} WHERE p.other_id = ?1 AND p.state = 'open' AND {_SEEN} ORDER BY 1
        """,
        (record_id,),
    )
    return [Proposal(*row) for row in found]


def grouped(pairs: Mapping[int, int]) -> dict[int, int]:
    """From what each record was decided to be the same as, under which record it counts in the
    end: decisions may follow one another (an old download's, a newer one's, the interface's)."""
    kept = {}
    for number in pairs:
        end = pairs[number]
        passed = {number}
        while end in pairs and end not in passed:
            passed.add(end)
            end = pairs[end]
        kept[number] = end
    return kept
