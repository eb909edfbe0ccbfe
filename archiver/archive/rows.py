"""Writing sealed rows: every row gets its leaf, in the same transaction of the same file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from typing import Any

from archiver.archive.leaves import SEALED, row_leaf

SALT_SIZE = 32
SALTS_AT_ONCE = 256

_INSERT = {
    kind: f"INSERT INTO {sealed.table} ({', '.join(sealed.columns)}, {sealed.leaf})"
    f" VALUES ({', '.join('?' * (len(sealed.columns) + 1))})"
    for kind, sealed in SEALED.items()
    if sealed.leaf == "leaf"
}


class RowWriter:
    """Numbers, leaves and inserts for one file inside one write transaction.

    Rows are collected and written by `flush`, many at a time.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._seq = int(
            connection.execute("SELECT coalesce(max(seq), 0) FROM leaves").fetchone()[0]
        )
        self._ids: dict[str, int] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._leaves: list[tuple[int, str, bytes]] = []
        self._salts: list[bytes] = []

    def next_id(self, kind: str, table: str | None = None) -> int:
        """The next number of a kind of row; a number once destroyed is never given again."""
        last = self._ids.get(kind)
        if last is None:
            named = (SEALED[kind].named if kind in SEALED else "") or kind
            last = int(
                self.connection.execute(
                    f"""
                    SELECT max(
                        (SELECT coalesce(max(id), 0) FROM {table or SEALED[kind].table}),
                        (SELECT coalesce(max(ref), 0) FROM tombstones WHERE kind = ?)
                    )
                    """,
                    (named,),
                ).fetchone()[0]
            )
        self._ids[kind] = last + 1
        return last + 1

    def leaf(self, kind: str, digest: bytes) -> int:
        """Take up a leaf; its number."""
        self._seq += 1
        self._leaves.append((self._seq, kind, digest))
        return self._seq

    def add(self, kind: str, *values: Any) -> int:
        """Collect a row of a sealed table: all columns `SEALED[kind]` names but the id.

        Returns the row's id.
        """
        number = self.next_id(kind)
        row = (number, *values)
        self._rows.setdefault(kind, []).append((*row, self.leaf(kind, row_leaf(kind, row))))
        return number

    def salt(self) -> bytes:
        """A fresh random salt."""
        if not self._salts:
            many = os.urandom(SALT_SIZE * SALTS_AT_ONCE)
            self._salts = [many[at : at + SALT_SIZE] for at in range(0, len(many), SALT_SIZE)]
        return self._salts.pop()

    def end(self, kind: str, values: Sequence[Any]) -> int:
        """The leaf of a second fact about a row that stands already ("run end")."""
        return self.leaf(kind, row_leaf(kind, values))

    def flush(self) -> None:
        """Write what was collected."""
        for kind, rows in self._rows.items():
            if rows:
                self.connection.executemany(_INSERT[kind], rows)
        self._rows.clear()
        self.connection.executemany(
            "INSERT INTO leaves (seq, kind, hash) VALUES (?, ?, ?)", self._leaves
        )
        self._leaves.clear()
