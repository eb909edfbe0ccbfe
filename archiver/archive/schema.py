"""The tables of archive.db and private.db: one schema, one file per access class (DESIGN §4, §6).

What has been evidence once is append-only by trigger: versions, leaves, events, metrics, exchanges,
originals, media, coverage, skipped, seals, tombstones and the audit take no update, and a delete
only where a tombstone for that very row stands in the same file. Runs and subscriber intervals are
closed once and never changed again.

What the migrations run stands beside, by what it is for (`evidence_tables`, `destroying_tables` …).
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.archive.destroying_tables import DESTROYING
from archiver.archive.dictionary import build_dictionary, store_dictionary
from archiver.archive.evidence_guards import guards
from archiver.archive.evidence_tables import TABLES
from archiver.archive.indexing import FTS_SCHEMA
from archiver.archive.pairs_tables import PAIRS
from archiver.archive.withdrawing_tables import WITHDRAWING
from archiver.database import migrate

MIGRATIONS = Migrations("archive")


@MIGRATIONS()
def m001_evidence(db: Database) -> None:
    """The evidence tables, their guards, the search index and the compression dictionary."""
    for statement in (*TABLES, *guards(), *FTS_SCHEMA):
        db.conn.execute(statement)
    store_dictionary(db.conn, build_dictionary())


@MIGRATIONS()
def m002_tombstones_say_why(db: Database) -> None:
    """What a tombstone says beside the leaf: `detail` is JSON (series, dates, batch), `identity` a
    keyed digest of a record's native id, by which a capture knows what was destroyed."""
    db.conn.execute("ALTER TABLE tombstones ADD COLUMN detail TEXT")
    db.conn.execute("ALTER TABLE tombstones ADD COLUMN identity BLOB")
    db.conn.execute(
        "CREATE INDEX tombstones_identity ON tombstones (identity) WHERE identity IS NOT NULL"
    )


@MIGRATIONS()
def m010_destroying(db: Database) -> None:
    """What a destruction needs: a salt for media and for what could not be read (their leaves
    outlive them), what was met again after it, what is still to be done on the disk, and how its
    places and citations are found.

    `unfinished` is a list of work, not evidence: a row stands from the commit that destroys until
    the bytes are gone too.
    """
    for statement in DESTROYING:
        db.conn.execute(statement)


_RETENTION_CHANGES = (
    """
    CREATE TABLE retention_changes (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        cause TEXT NOT NULL,
        until_from TEXT,
        until_to TEXT,
        series_from TEXT,
        series_to TEXT,
        rule_from TEXT,
        rule TEXT NOT NULL,
        records INTEGER NOT NULL CHECK (records > 0),
        members BLOB NOT NULL CHECK (length(members) = 32),
        leaf INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE retention_moved (
        record_id INTEGER NOT NULL,
        change_id INTEGER NOT NULL,
        PRIMARY KEY (record_id, change_id)
    ) STRICT, WITHOUT ROWID
    """,
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in ("retention_changes", "retention_moved")
        for name, act in (("keep", "UPDATE"), ("stay", "DELETE"))
    ),
    "DROP INDEX records_due",
    "CREATE INDEX records_due ON records (retain_until, retention_rule)",
)


@MIGRATIONS()
def m015_retention_changes(db: Database) -> None:
    """Days that moved for many records at once: `members` is the digest of the ids of the `records`
    that `retention_moved` lists (they stay listed when they are destroyed). The index of days
    answers by rule too, so that a report reads no record."""
    for statement in _RETENTION_CHANGES:
        db.conn.execute(statement)


@MIGRATIONS()
def m016_audit_by_time(db: Database) -> None:
    """The audits of all files are read together, by time."""
    db.conn.execute("CREATE INDEX audit_at ON audit (at, id)")


@MIGRATIONS()
def m020_withdrawing(db: Database) -> None:
    """What withdrawing an import needs: its trace (`withdrawals`, one row for each run withdrawn),
    what had been observed of the account before an import began (`observed_before`: kind to time),
    and guards that let a statement of coverage, a count of people or a resighting go with its
    tombstone, and an interval stand open again where a tombstone says that its closing is undone.
    """
    for statement in WITHDRAWING:
        db.conn.execute(statement)


@MIGRATIONS()
def m021_pairs(db: Database) -> None:
    """Records that may be one: what people decided about it (sealed, kept for ever), what is
    proposed, which record counts under which other (`pairs`, that follows from the decisions), and
    what an import found on each side."""
    for statement in PAIRS:
        db.conn.execute(statement)


def migrate_archive(connection: sqlite3.Connection) -> None:
    """Bring one evidence file up to the present schema."""
    migrate(connection, MIGRATIONS)
