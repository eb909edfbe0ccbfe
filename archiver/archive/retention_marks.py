"""The marks `retention` sets on records: series, cutoff and the day a record is kept until.

A record whose `retention_rule` is NULL needs marking: it is new, or a fact that retention looks at
has changed. Where a mark moves the day, that is written down and sealed, in one of two forms: an
event "retention" of the one record whose own facts changed, or, where a schedule or an account
moved many, a row of `retention_changes` for all that went from the same days to the same days, with
their number and the digest of their ids, and a row of `retention_moved` for each.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from sys import byteorder
from typing import Any, NamedTuple

import msgspec

from archiver import clock
from archiver.archive.rows import RowWriter

KIND = "retention change"


class Carried(NamedTuple):
    """A mark. Days are ISO dates; `retain_until` None is permanent, waiting for an event or, with
    no series, undecided. `retention_rule` names schedule, version and rule; None: needs marking."""

    series: str | None
    cutoff_on: str | None
    retain_until: str | None
    retention_rule: str | None


class Cause(NamedTuple):
    """Why a mark moves. `told` is a JSON list of objects with `what` and particulars; `own` says
    that the record's own facts changed, and not those of a schedule or an account."""

    told: str
    own: bool


class Marking(NamedTuple):
    """A record, the mark it carries, the one it is to carry, and why."""

    record_id: int
    before: Carried
    after: Carried
    cause: Cause


@dataclass(frozen=True, slots=True)
class Move:
    """A day a record was kept until that moved: when, from and to which (None: no day), and why.
    `causes` is empty where it was not written down."""

    at: str
    causes: list[dict[str, Any]]
    until_from: str | None
    until_to: str | None
    series_from: str | None
    series_to: str | None
    rule: str | None


def mark(connection: sqlite3.Connection, markings: Sequence[Marking]) -> int:
    """Mark records, inside the caller's transaction (`Archive.writer`), in which the marks they
    carry were read as well.

    Returns how many days moved. A first mark moves nothing.
    """
    writer = RowWriter(connection)
    now = clock.now_text()
    moved = 0
    many: dict[tuple[Any, ...], list[int]] = {}
    for number, before, after, cause in markings:
        if before[2] == after[2] or (before[0] is None and before[3] is None):
            continue
        moved += 1
        if cause.own:
            _add_event(writer, now, number, before, after, cause)
        else:
            # two steps of a schedule's changes end alike only where all of this is alike
            key = (cause.told, before[2], after[2], before[0], after[0], before[3], after[3])
            many.setdefault(key, []).append(number)
    connection.executemany(
        """
        UPDATE records SET series = ?, cutoff_on = ?, retain_until = ?, retention_rule = ?
        WHERE id = ?
        """,
        [(*after, number) for number, _, after, _ in markings],
    )
    pairs: list[tuple[int, int]] = []
    for key, numbers in many.items():
        numbers.sort()
        change = writer.add(KIND, now, *key, len(numbers), members_digest(numbers))
        pairs += [(number, change) for number in numbers]
    pairs.sort()
    connection.executemany(
        "INSERT INTO retention_moved (record_id, change_id) VALUES (?, ?)", pairs
    )
    writer.flush()
    return moved


def _add_event(
    writer: RowWriter, now: str, number: int, before: Carried, after: Carried, cause: Cause
) -> None:
    detail = {
        "from": before.retain_until,
        "to": after.retain_until,
        "series_from": before.series,
        "series_to": after.series,
        "rule": after.retention_rule,
        "causes": msgspec.json.decode(cause.told),
    }
    text = msgspec.json.encode(detail, order="sorted").decode()
    writer.add(
        *("event", number, None, "retention", now, now, text, None, None, None),
        writer.salt(),
    )


def members_digest(numbers: Iterable[int]) -> bytes:
    """SHA-256 over record ids in ascending order, each as eight bytes, the highest first."""
    return sha256(packed(numbers)).digest()


def packed(numbers: Iterable[int]) -> bytes:
    """Record ids as `members_digest` hashes them."""
    ids = array("q", numbers)
    if byteorder == "little":
        ids.byteswap()
    return ids.tobytes()


def retention_history(connection: sqlite3.Connection, record_id: int) -> list[Move]:
    """Every move of the day a record is kept until, the newest first, whichever way it was written
    down. A record that was destroyed keeps the moves it shared with others."""
    found: list[tuple[int, Move]] = []
    cursor = connection.cursor()
    cursor.row_factory = None
    for leaf, at, cause, *values in cursor.execute(
        """
        SELECT c.leaf, c.at, c.cause, c.until_from, c.until_to, c.series_from, c.series_to, c.rule
        FROM retention_moved AS m JOIN retention_changes AS c ON c.id = m.change_id
        WHERE m.record_id = ?
        """,
        (record_id,),
    ):
        found.append((leaf, Move(at, msgspec.json.decode(cause), *values)))
    for leaf, at, text in cursor.execute(
        "SELECT leaf, at, detail FROM events WHERE record_id = ? AND what = 'retention'",
        (record_id,),
    ):
        found.append((leaf, _of_event(at, msgspec.json.decode(text))))
    return [move for _, move in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _of_event(at: str, detail: Mapping[str, Any]) -> Move:
    return Move(
        at=at,
        causes=detail.get("causes", []),
        until_from=detail.get("from"),
        until_to=detail.get("to"),
        series_from=detail.get("series_from"),
        series_to=detail.get("series_to"),
        rule=detail.get("rule"),
    )
