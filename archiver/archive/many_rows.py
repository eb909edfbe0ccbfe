"""Inserting very many rows: many to a statement, which costs SQLite and Python half of what as many
statements of one row cost."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

ROWS = 32
"""Rows to a statement: more bring no more, and the thirty columns of a record stay far below the
32,766 values SQLite takes."""


def insert_rows(connection: sqlite3.Connection, into: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows in their order; `into` is a table with the columns they hold, in brackets.

    Not for a full-text table, which writes out what it collected with every such statement. Raises
    what sqlite3 raises; of the rows before the one that fails some are inserted: the caller's
    transaction is to be undone.
    """
    if not rows:
        return
    width = len(rows[0])
    whole = len(rows) - len(rows) % ROWS
    many = _statement(into, width, ROWS)
    for start in range(0, whole, ROWS):
        connection.execute(many, list(chain.from_iterable(rows[start : start + ROWS])))
    if whole < len(rows):
        connection.executemany(_statement(into, width, 1), rows[whole:])


@lru_cache(maxsize=64)
def _statement(into: str, width: int, rows: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"INSERT INTO {into} VALUES {', '.join([row] * rows)}"
