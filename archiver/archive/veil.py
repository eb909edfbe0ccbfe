"""What somebody is not to see is left out of a connection, for every statement asked of it: what is
in quarantine, and for who is limited to departments the records of all other accounts.

A view of the temporary schema stands in front of each table that says anything about a record:
SQLite looks for a table's name there first. So no statement of any page has to remember it; one
written tomorrow sees nothing either. Where nothing is left out there are no views, and nothing is
slower for it.

The list is kept in office.db (`retention.quarantine` writes it); it is read here because whoever
opens the evidence files for reading is given the veil with them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType

from archiver.archive.limits import VIRTUAL, condition_of, tables_of
from archiver.config import Home
from archiver.database import connect_read_only, rows

PLACED = "placed"
"""The step by which a record comes into quarantine; any other takes it out."""
UNLAWFUL = "unlawful image"
"""The kind whose pictures are shown nowhere, whichever record holds them."""

_COLUMNS = {
    "records": "id",
    "versions": "record_id",
    "events": "record_id",
    "metrics": "record_id",
    "record_media": "record_id",
    "search_docs": "id",
    "facet": "id",
    "displaced": "id",
    "retention_moved": "record_id",
    "pairs": "derived_id",
    "pair_proposals": "derived_id",
    "pair_decisions": "derived_id",
    "reconciled": "record_id",
}
"""The tables that speak of records, and the column that says of which."""

_COLUMNS_OF_FTS = "rowid, fts, rank, text, earlier, people, recipients, files, tokens"

STANDING = f"""
    SELECT s.* FROM quarantine_steps AS s
    WHERE s.what = '{PLACED}' AND NOT EXISTS (
        SELECT 1 FROM quarantine_steps AS later
        WHERE later.file = s.file AND later.record_id = s.record_id AND later.id > s.id
    )
"""
"""The steps by which what is in quarantine now came there."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is in quarantine: record ids by file, and the digests of pictures shown nowhere.
    `revision` is different after every change."""

    revision: int
    ids: Mapping[str, frozenset[int]]
    pictures: frozenset[bytes]

    def of(self, file: str) -> frozenset[int]:
        """The ids of a file."""
        return self.ids.get(file, frozenset())


NOTHING = Hidden(0, MappingProxyType({}), frozenset())


def revision_of(office: sqlite3.Connection) -> int:
    """A number that changes whenever anything goes into quarantine or comes out; 0: never did."""
    try:
        found = office.execute("SELECT max(id) FROM quarantine_steps").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return 0
        raise
    return int(found or 0)


def hidden_now(office: sqlite3.Connection) -> Hidden:
    """What is in quarantine now."""
    # the number first: what comes in between is then read again, never missed
    revision = revision_of(office)
    if not revision:
        return NOTHING
    ids: dict[str, set[int]] = {}
    for each in rows(office, f"SELECT file, record_id FROM ({STANDING})"):
        ids.setdefault(each["file"], set()).add(each["record_id"])
    pictures = rows(
        office,
        "SELECT DISTINCT sha256 FROM quarantine_pictures"
        f" WHERE step_id IN (SELECT id FROM ({STANDING}) WHERE kind = ?)",
        UNLAWFUL,
    )
    return Hidden(
        revision,
        {file: frozenset(some) for file, some in ids.items()},
        frozenset(each["sha256"] for each in pictures),
    )


def refresh(
    connection: sqlite3.Connection,
    file: str,
    office: sqlite3.Connection,
    accounts: frozenset[int] | None = None,
) -> None:
    """Let a read-only connection of a file ("archive" or "private") leave out what is in quarantine
    now, and the records of all accounts but these (None: of none). Costs a few reads of one row
    where nothing has changed since the last time.

    Call it outside a transaction, before the connection is lent.
    """
    drawn = connection.execute("PRAGMA temp.user_version").fetchone()[0]
    if drawn != revision_of(office) or seen_accounts(connection) != accounts:
        draw(connection, file, hidden_now(office), accounts)


def seen_accounts(connection: sqlite3.Connection) -> frozenset[int] | None:
    """The accounts a connection is limited to by `draw`; None: it shows the records of all."""
    limited = "SELECT 1 FROM temp.sqlite_master WHERE name = 'seen_accounts'"
    if connection.execute(limited).fetchone() is None:
        return None
    return frozenset(each[0] for each in connection.execute("SELECT id FROM temp.seen_accounts"))


def seen_in(files: Iterable[sqlite3.Connection]) -> frozenset[int] | None:
    """The accounts that files lent together are limited to; None: they show the records of all."""
    for connection in files:
        return seen_accounts(connection)
    return None


def draw(
    connection: sqlite3.Connection,
    file: str,
    hidden: Hidden,
    accounts: frozenset[int] | None = None,
) -> None:
    """Put the veil over a read-only connection, or take it away where it hides nothing."""
    ids = _with_partners(connection, hidden.of(file))
    conditions: dict[str, list[str]] = {}
    if ids:
        for name, column in {**_COLUMNS, VIRTUAL: "rowid"}.items():
            conditions[name] = [f"{name}.{column} NOT IN (SELECT id FROM temp.quarantined)"]
    if hidden.pictures:
        conditions["media"] = ["media.sha256 NOT IN (SELECT sha256 FROM temp.quarantined_bytes)"]
    if accounts is not None:
        for name in tables_of(connection):
            conditions.setdefault(name, []).append(condition_of(name, accounts))
    connection.execute("PRAGMA temp_store = MEMORY")
    # the temporary schema is written to here, the file cannot be: it is open for reading only
    connection.execute("PRAGMA query_only = OFF")
    try:
        _undress(connection)
        if ids:
            connection.execute("CREATE TEMP TABLE quarantined (id INTEGER PRIMARY KEY)")
            connection.executemany(
                "INSERT INTO temp.quarantined VALUES (?)", ((number,) for number in sorted(ids))
            )
        if hidden.pictures:
            connection.execute(
                "CREATE TEMP TABLE quarantined_bytes (sha256 BLOB PRIMARY KEY) WITHOUT ROWID"
            )
            connection.executemany(
                "INSERT INTO temp.quarantined_bytes VALUES (?)",
                ((digest,) for digest in hidden.pictures),
            )
        for name, each in conditions.items():
            columns = _COLUMNS_OF_FTS if name == VIRTUAL else "*"
            connection.execute(
                f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM main.{name}"
                f" WHERE {' AND '.join(each)}"
            )
        if accounts is not None:
            # the last step: what was interrupted before it is drawn again before it is lent
            connection.execute("CREATE TEMP TABLE seen_accounts (id INTEGER PRIMARY KEY)")
            connection.executemany(
                "INSERT INTO temp.seen_accounts VALUES (?)", ((number,) for number in accounts)
            )
        connection.execute(f"PRAGMA temp.user_version = {hidden.revision}")
    finally:
        connection.execute("PRAGMA query_only = ON")


def _with_partners(connection: sqlite3.Connection, ids: frozenset[int]) -> frozenset[int]:
    """What is in quarantine, and the records that count as one with it: they say the same."""
    if not ids:
        return ids
    return ids.union(
        number
        for (number,) in connection.execute(
            """
            WITH shut (id) AS (SELECT value FROM json_each(?)),
                kept (id) AS (
                    SELECT id FROM shut UNION
                    SELECT p.kept_id FROM shut JOIN main.pairs AS p ON p.derived_id = shut.id)
            SELECT id FROM kept UNION
            SELECT p.derived_id FROM kept JOIN main.pairs AS p ON p.kept_id = kept.id
            """,
            (json.dumps(sorted(ids)),),
        )
    )


def _undress(connection: sqlite3.Connection) -> None:
    """Take everything off that `draw` put on, beginning with what says to whom it was fitted."""
    connection.execute("DROP TABLE IF EXISTS temp.seen_accounts")
    views = connection.execute("SELECT name FROM temp.sqlite_master WHERE type = 'view'").fetchall()
    for view in views:
        connection.execute(f"DROP VIEW temp.{view[0]}")
    connection.execute("DROP TABLE IF EXISTS temp.quarantined")
    connection.execute("DROP TABLE IF EXISTS temp.quarantined_bytes")


def hidden_in(home: Home) -> Hidden:
    """What is in quarantine now in a home; nothing where it has no office.db yet."""
    if not home.office_db.exists():
        return NOTHING
    with closing(connect_read_only(home.office_db)) as office:
        return hidden_now(office)
