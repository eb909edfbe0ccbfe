"""Asking for rows by a platform's own ids, many at once, whatever characters an id has."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

_MANY = "json_each(?) AS wanted"
_ONE = "(SELECT ? AS value) AS wanted"


def rows_of_ids(
    cursor: sqlite3.Cursor, query: str, ids: Collection[str], *rest: object
) -> Sequence[Any]:
    """The rows of a query for these ids. The query reads them as `wanted.value` from
    `json_each(?) AS wanted`, its first parameter; `rest` are the others.

    SQLite's JSON ends a text where it holds NUL: ids with one are asked for one by one.
    """
    whole = [each for each in ids if "\0" not in each]
    found = cursor.execute(query, (msgspec.json.encode(whole).decode(), *rest)).fetchall()
    if len(whole) < len(ids):
        single = query.replace(_MANY, _ONE)
        for each in ids:
            if "\0" in each:
                found += cursor.execute(single, (each, *rest)).fetchall()
    return found
