"""Which rows of an evidence file tell of the accounts somebody is limited to, table by table.

A table that is not named here tells them nothing: one added tomorrow is empty to them until it is
written down what of it they may see.
"""

from __future__ import annotations

import sqlite3
from types import MappingProxyType

from archiver.archive.indexing import account_shift

VIRTUAL = "fts"
"""The table of the search index; SQLite keeps others for it, which nobody asks."""
OPEN = frozenset({"leaves", "seals", "dictionaries", "_sqlite_migrations"})
"""Tables that tell of no account: digests, signatures, how rows are packed."""

_RECORD = MappingProxyType(
    {
        "versions": "record_id",
        "events": "record_id",
        "metrics": "record_id",
        "record_media": "record_id",
        "search_docs": "id",
        "displaced": "id",
        "pairs": "derived_id",
        "pair_decisions": "derived_id",
        "reconciled": "record_id",
    }
)
"""Tables that speak of records, and the column that says of which."""
_ACCOUNT = MappingProxyType(
    {
        "records": "account_id",
        "accounts": "id",
        "runs": "account_id",
        "coverage": "account_id",
        "subscribers": "account_id",
        "subscriber_counts": "account_id",
        "skipped": "account_id",
        "cursors": "account_id",
        "observed": "account_id",
        "pair_proposals": "account_id",
        "reconciliations": "account_id",
    }
)
"""Tables that speak of accounts, and the column that says of which."""
_RUN = frozenset({"exchanges", "originals", "observed_before", "withdrawals"})
"""Tables of a run and what it brought, which is of one account."""


def tables_of(connection: sqlite3.Connection) -> list[str]:
    """The tables of a file that a statement may name."""
    found = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
    return [name for (name,) in map(tuple, found) if not name.startswith(("fts_", "sqlite_"))]


def condition_of(table: str, accounts: frozenset[int]) -> str:
    """What holds of the rows of a table that tell of these accounts, in SQL."""
    these = f"({', '.join(map(str, sorted(accounts)))})"
    if table in OPEN:
        return "1"
    if table in _ACCOUNT:
        return f"{table}.{_ACCOUNT[table]} IN {these}"
    if table in _RECORD:
        return of_record(f"{table}.{_RECORD[table]}", accounts)
    if table in _RUN:
        return (
            f"EXISTS (SELECT 1 FROM main.runs AS seen WHERE seen.id = {table}.run_id"
            f" AND seen.account_id IN {these})"
        )
    if table == "facet":
        return f"(facet.code >> {account_shift()}) IN {these}"
    if table == VIRTUAL:
        return (
            "EXISTS (SELECT 1 FROM main.facet AS seen WHERE seen.id = fts.rowid"
            f" AND (seen.code >> {account_shift()}) IN {these})"
        )
    if table == "media":
        return (
            "(EXISTS (SELECT 1 FROM main.record_media AS of WHERE of.sha256 = media.sha256"
            f" AND {of_record('of.record_id', accounts)})"
            " OR EXISTS (SELECT 1 FROM main.events AS of WHERE of.what = 'media received'"
            " AND json_extract(of.detail, '$.sha256') = lower(hex(media.sha256))"
            f" AND {of_record('of.record_id', accounts)}))"
        )
    return "0"


def of_record(column: str, accounts: frozenset[int], schema: str = "main") -> str:
    """What holds where a column names a record of these accounts, in SQL."""
    these = ", ".join(map(str, sorted(accounts)))
    return (
        f"EXISTS (SELECT 1 FROM {schema}.records AS seen WHERE seen.id = {column}"
        f" AND seen.account_id IN ({these}))"
    )
