"""Working out the marks of very many records at once.

Nearly every record is an ordinary one: it was made on a day, and nothing has happened to it since.
Of such records SQLite looks up the group they belong to and the local day they were made on, and
nothing is computed for a group and a day but once, by the rulebook. All others, and the ordinary
ones of a kind not met before, are read and ruled one by one. Both ways ask the same rulebook;
SQLite reckons no date, it compares with those it was given.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection
from types import TracebackType

import msgspec

from archiver import clock
from archiver.archive.retention_marks import Wanted
from archiver.retention.days import turns
from archiver.retention.facts import Reader, Row
from archiver.retention.ruling import Ruler

_FIRST = dt.date(2000, 1, 1)
_AHEAD = dt.timedelta(days=400)
_DAYS = 1 << 22
"""More than the number of any day the calendar knows: a verdict is numbered group * _DAYS + day."""
_KEPT = 50_000
_ORDINARY = """
    presence <> 'absent' AND removed_at IS NULL AND visibility <> 'hidden' AND version_count = 1
    AND edited_at IS NULL AND undated = 0 AND created_at GLOB '????-??-??T??:??:??*Z'
"""
_TOKEN = """
    printf('%d%Q%Q%Q%Q%Q%Q%Q', account_id, platform, kind, form, content_state, author_role,
        language, visibility)
"""
"""Everything `Facts` holds of an ordinary record beside its day."""
_GATHER = f"""
    INSERT INTO temp.wanted (record_id, verdict)
    SELECT id, CASE WHEN {_ORDINARY} THEN
        (SELECT number FROM temp.groups WHERE token = {_TOKEN}) * {_DAYS}
        + (SELECT day FROM temp.turns WHERE first_at <= created_at ORDER BY first_at DESC LIMIT 1)
    END
    FROM records
"""
# CROSS keeps SQLite from going through all records for the few it is asked for
_OPEN = "temp.wanted CROSS JOIN records ON id = record_id WHERE verdict IS NULL"
_TABLES = {
    "groups": "token TEXT PRIMARY KEY, number INTEGER NOT NULL",
    "turns": "first_at TEXT PRIMARY KEY, day INTEGER",
}


class Sweep:
    """Works through the records of one evidence file. Use it as a context manager."""

    def __init__(self, conn: sqlite3.Connection, ruler: Ruler, time_zone: str) -> None:
        self.wanted = Wanted(conn)
        self.reader = Reader(conn, time_zone)
        self._conn = conn
        self._ruler = ruler
        self._time_zone = time_zone

    def __enter__(self) -> Sweep:
        self.wanted.__enter__()
        for table, columns in _TABLES.items():
            self._conn.execute(f"CREATE TEMP TABLE {table} ({columns}) WITHOUT ROWID")
        last = clock.now().date() + _AHEAD
        self._conn.executemany(
            "INSERT INTO temp.turns VALUES (?, ?)", turns(_FIRST, last, self._time_zone)
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for table in _TABLES:
            self._conn.execute(f"DROP TABLE temp.{table}")
        self.wanted.__exit__(kind, error, trace)

    def next_unmarked(self, after: int, size: int, without: Collection[int]) -> tuple[int, int]:
        """Work out the next records that have no valid mark, leaving some accounts out: how many
        were looked at (fewer than `size`: there are no more), and the id of the last."""
        self._begin()
        found = self._all(
            f"""
            {_GATHER} INDEXED BY records_unmarked
            WHERE retention_rule IS NULL AND id > ? ORDER BY id LIMIT ?
            RETURNING record_id
            """,
            after,
            size,
        )
        if without:
            self._conn.execute(
                """
                DELETE FROM temp.wanted WHERE record_id IN (
                    SELECT record_id FROM temp.wanted CROSS JOIN records ON id = record_id
                    WHERE account_id IN (SELECT value FROM json_each(?)))
                """,
                (_listed(without),),
            )
        self._rule()
        return len(found), max((number for (number,) in found), default=after)

    def span(self, low: int, high: int, accounts: Collection[int]) -> None:
        """Work out the records of some accounts from one id to another, both included."""
        self._begin()
        # + keeps SQLite from looking up each account instead of reading on
        self._conn.execute(
            f"""
            {_GATHER} WHERE id BETWEEN ? AND ?
                AND +account_id IN (SELECT value FROM json_each(?))
            """,
            (low, high, _listed(accounts)),
        )
        self._rule()

    def _begin(self) -> None:
        self.wanted.clear(verdicts=self.wanted.named >= _KEPT)

    def _rule(self) -> None:
        """Give every record gathered its verdict."""
        self._rule_one_by_one()
        for (number,) in self._all(
            """
            SELECT DISTINCT verdict FROM temp.wanted
            WHERE verdict >= 0 AND verdict NOT IN (SELECT id FROM temp.verdicts)
            """
        ):
            group, day = divmod(number, _DAYS)
            self.wanted.name(
                number, self._ruler.mark_in(group, (dt.date.fromordinal(day), None, None))
            )

    def _rule_one_by_one(self) -> None:
        found = self.reader.read(f"{_OPEN} ORDER BY record_id")
        if not found:
            return
        by_id = {record.record_id: record for record in found}
        for token, number in self._all(
            f"""
            SELECT {_TOKEN} AS token, min(id) FROM {_OPEN} AND {_ORDINARY} GROUP BY 1
            """
        ):
            group = self._ruler.group_of(by_id[number])
            self._conn.execute("INSERT OR IGNORE INTO temp.groups VALUES (?, ?)", (token, group))
        mark_of = self._ruler.mark_of
        self.wanted.want([(record.record_id, mark_of(record)) for record in found])

    def _all(self, sql: str, *values: object) -> list[Row]:
        cursor = self._conn.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, values).fetchall()


def _listed(numbers: Collection[int]) -> str:
    return msgspec.json.encode(list(numbers)).decode()
