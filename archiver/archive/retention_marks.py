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
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from sys import byteorder
from types import TracebackType
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


_NONE = Carried(None, None, None, None)


class Way(NamedTuple):
    """Records that carry one mark and are to carry another, or the same; `account_id` is 0 where
    accounts make no difference."""

    account_id: int
    before: Carried
    after: Carried
    ids: list[int]


class Written(NamedTuple):
    """How many records got a new mark, for how many the day they are kept until moved, and how many
    of all belong to which series."""

    marked: int
    moved: int
    series: Counter[str | None]


class Wanted:
    """The marks some records of a file are to carry, collected in two temporary tables so that one
    statement marks a batch. Use it as a context manager; outside of a transaction.

    `wanted` holds a record's id and the number of its mark (NULL as long as it is not known),
    `verdicts` the marks by number. Numbers from 0 are the caller's own, those below are given here.
    The tables lie in memory, and take a connection that only reads as well.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._numbers: dict[Carried, int] = {}
        self._marks: dict[int, Carried] = {}
        self._reading = 0

    def __enter__(self) -> Wanted:
        run = self.connection.execute
        self._reading = run("PRAGMA query_only").fetchone()[0]
        run("PRAGMA query_only = OFF")
        if not self.connection.in_transaction:
            run("PRAGMA temp_store = MEMORY")
        run("CREATE TEMP TABLE wanted (record_id INTEGER PRIMARY KEY, verdict INTEGER)")
        run(
            """
            CREATE TEMP TABLE verdicts (id INTEGER PRIMARY KEY, series TEXT, cutoff_on TEXT,
                retain_until TEXT, retention_rule TEXT)
            """
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for table in ("wanted", "verdicts"):
            self.connection.execute(f"DROP TABLE temp.{table}")
        self.connection.execute(f"PRAGMA query_only = {self._reading}")

    def clear(self, *, verdicts: bool = False) -> None:
        """Forget the records, and the marks as well where that is asked for."""
        self.connection.execute("DELETE FROM temp.wanted")
        if verdicts:
            self.connection.execute("DELETE FROM temp.verdicts")
            self._numbers.clear()
            self._marks.clear()

    def name(self, number: int, mark: Carried) -> None:
        """Take up the mark of a number of the caller's own."""
        self._marks[number] = mark
        self.connection.execute("INSERT INTO temp.verdicts VALUES (?, ?, ?, ?, ?)", (number, *mark))

    @property
    def named(self) -> int:
        """How many marks have a number."""
        return len(self._marks)

    def want(self, marks: Iterable[tuple[int, Carried]]) -> None:
        """Say which mark each of these records is to carry."""
        pairs = []
        for record_id, mark in marks:
            number = self._numbers.get(mark)
            if number is None:
                number = self._numbers[mark] = -1 - len(self._numbers)
                self.name(number, mark)
            pairs.append((record_id, number))
        self.connection.executemany(
            "INSERT OR REPLACE INTO temp.wanted (record_id, verdict) VALUES (?, ?)", pairs
        )

    def ways(self, *, by_account: bool = False) -> list[Way]:
        """The records by the mark they carry and the one they are to carry."""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return [
            Way(account, Carried(*before), self._marks[number], _decoded(f"[{numbers}]"))
            for account, number, numbers, *before in cursor.execute(
                _WAYS.format(account="r.account_id" if by_account else "0")
            )
        ]

    def write(self, shared: Mapping[int, str], own: Callable[[int], str]) -> Written:
        """Mark the records, inside the caller's transaction (`Archive.writer`), in which what
        decides over them was read as well.

        Why a day moves is told as a JSON list of objects: `shared`, by account, for records whose
        mark was valid until now, `own` for one whose own facts changed. A first mark moves nothing.
        """
        told = set(shared.values())
        ways = self.ways(by_account=len(told) > 1)
        series: Counter[str | None] = Counter()
        writer = RowWriter(self.connection)
        now = clock.now_text()
        changes: dict[tuple[Any, ...], list[int]] = {}
        same: list[int] = []
        moved = 0
        for account_id, before, after, ids in ways:
            series[after.series] += len(ids)
            if before == after:
                same += ids
            if before.retain_until == after.retain_until or before == _NONE:
                continue
            moved += len(ids)
            if before.retention_rule is None:
                for number in sorted(ids):
                    _add_event(writer, now, number, before, after, own(number))
                continue
            why = shared[account_id] if len(told) > 1 else next(iter(told))
            key = (why, before[2], after[2], before[0], after[0], before[3], after[3])
            changes.setdefault(key, []).extend(ids)
        for key, ids in changes.items():
            self._add_change(writer, now, key, sorted(ids))
        if same:
            self.connection.execute(
                "DELETE FROM temp.wanted WHERE record_id IN (SELECT value FROM json_each(?))",
                (_encoded(same),),
            )
        marked = series.total() - len(same)
        if marked:
            self.connection.execute(_MARK)
        writer.flush()
        return Written(marked, moved, series)

    def _add_change(
        self, writer: RowWriter, now: str, key: tuple[Any, ...], ids: list[int]
    ) -> None:
        """One change for all records that went the same way for the same reason."""
        change = writer.add(KIND, now, *key, len(ids), members_digest(ids))
        self.connection.execute(
            "INSERT INTO retention_moved (record_id, change_id) SELECT value, ? FROM json_each(?)",
            (change, _encoded(ids)),
        )


def _add_event(
    writer: RowWriter, now: str, number: int, before: Carried, after: Carried, told: str
) -> None:
    """The event of a record whose own facts moved its day."""
    detail = {
        "from": before.retain_until,
        "to": after.retain_until,
        "series_from": before.series,
        "series_to": after.series,
        "rule": after.retention_rule,
        "causes": msgspec.json.decode(told),
    }
    text = msgspec.json.encode(detail, order="sorted").decode()
    writer.add(
        *("event", number, None, "retention", now, now, text, None, None, None),
        writer.salt(),
    )


def _encoded(numbers: list[int]) -> str:
    return msgspec.json.encode(numbers).decode()


def _decoded(text: str) -> list[int]:
    return msgspec.json.decode(text, type=list[int])


_WAYS = """
    SELECT {account}, w.verdict, group_concat(w.record_id),
        r.series, r.cutoff_on, r.retain_until, r.retention_rule
    FROM temp.wanted AS w CROSS JOIN records AS r ON r.id = w.record_id
    GROUP BY w.verdict, r.retain_until, r.retention_rule, r.cutoff_on, r.series, 1
"""
_MARK = """
    UPDATE records SET (series, cutoff_on, retain_until, retention_rule) = (
        SELECT v.series, v.cutoff_on, v.retain_until, v.retention_rule
        FROM temp.wanted AS w CROSS JOIN temp.verdicts AS v ON v.id = w.verdict
        WHERE w.record_id = records.id)
    WHERE id IN (SELECT record_id FROM temp.wanted)
"""


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
