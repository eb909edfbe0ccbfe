"""What is in quarantine is left out of a connection, for every statement that is asked of it.

A view of the temporary schema stands in front of each table that says anything about a record:
SQLite looks for a table's name there first. So no statement of any page has to remember it; one
written tomorrow sees nothing either. Where nothing is in quarantine there are no views.

The list is kept in office.db (`retention.quarantine` writes it); it is read here because whoever
opens the evidence files for reading is given the veil with them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType

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
}
"""The tables that speak of records, and the column that says of which."""

_FTS = """
    CREATE TEMP VIEW fts AS
    SELECT rowid, fts, rank, text, earlier, people, recipients, files, tokens FROM main.fts
    WHERE rowid NOT IN (SELECT id FROM temp.quarantined)
"""
_MEDIA = """
    CREATE TEMP VIEW media AS
    SELECT * FROM main.media WHERE sha256 NOT IN (SELECT sha256 FROM temp.quarantined_bytes)
"""

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


def refresh(connection: sqlite3.Connection, file: str, office: sqlite3.Connection) -> None:
    """Let a read-only connection of a file ("archive" or "private") leave out what is in quarantine
    now. Costs two reads of one row where nothing has changed since the last time.

    Call it outside a transaction, before the connection is lent.
    """
    drawn = connection.execute("PRAGMA temp.user_version").fetchone()[0]
    if drawn != revision_of(office):
        draw(connection, file, hidden_now(office))


def draw(connection: sqlite3.Connection, file: str, hidden: Hidden) -> None:
    """Put the veil over a read-only connection, or take it away where it hides nothing."""
    ids = hidden.of(file)
    connection.execute("PRAGMA temp_store = MEMORY")
    # the temporary schema is written to here, the file cannot be: it is open for reading only
    connection.execute("PRAGMA query_only = OFF")
    try:
        for name in (*_COLUMNS, "fts", "media"):
            connection.execute(f"DROP VIEW IF EXISTS temp.{name}")
        connection.execute("DROP TABLE IF EXISTS temp.quarantined")
        connection.execute("DROP TABLE IF EXISTS temp.quarantined_bytes")
        if ids:
            connection.execute("CREATE TEMP TABLE quarantined (id INTEGER PRIMARY KEY)")
            connection.executemany(
                "INSERT INTO temp.quarantined VALUES (?)", ((number,) for number in sorted(ids))
            )
            for name, column in _COLUMNS.items():
                connection.execute(
                    f"CREATE TEMP VIEW {name} AS SELECT * FROM main.{name}"
                    f" WHERE {column} NOT IN (SELECT id FROM temp.quarantined)"
                )
            connection.execute(_FTS)
        if hidden.pictures:
            connection.execute(
                "CREATE TEMP TABLE quarantined_bytes (sha256 BLOB PRIMARY KEY) WITHOUT ROWID"
            )
            connection.executemany(
                "INSERT INTO temp.quarantined_bytes VALUES (?)",
                ((digest,) for digest in hidden.pictures),
            )
            connection.execute(_MEDIA)
        connection.execute(f"PRAGMA temp.user_version = {hidden.revision}")
    finally:
        connection.execute("PRAGMA query_only = ON")


def hidden_in(home: Home) -> Hidden:
    """What is in quarantine now in a home; nothing where it has no office.db yet."""
    if not home.office_db.exists():
        return NOTHING
    with closing(connect_read_only(home.office_db)) as office:
        return hidden_now(office)
