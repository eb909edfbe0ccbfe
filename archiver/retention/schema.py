"""Retention's tables in office.db: holds and what they keep, what marks rest on, the clock."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate
from archiver.register.schema import append_only

MIGRATIONS = Migrations("retention")


def migrate_retention(connection: sqlite3.Connection) -> None:
    """Bring retention's tables of office.db up to date; costs one read when they are."""
    migrate(connection, MIGRATIONS)


@MIGRATIONS()
def m001_holds(db: Database) -> None:
    """Holds and the records they keep. A released hold stays, with who released it and why."""
    db.execute(
        """
        CREATE TABLE holds (
            id             INTEGER PRIMARY KEY AUTOINCREMENT,
            kind           TEXT NOT NULL,
            reference      TEXT NOT NULL CHECK (reference <> ''),
            reason         TEXT NOT NULL CHECK (reason <> ''),
            placed_at      TEXT NOT NULL,
            placed_by      TEXT NOT NULL,
            released_at    TEXT,
            released_by    TEXT,
            release_reason TEXT,
            CHECK ((released_at IS NULL) = (released_by IS NULL)),
            CHECK ((released_at IS NULL) = (release_reason IS NULL))
        )
        """
    )
    db.execute("CREATE UNIQUE INDEX hold_open ON holds (kind, reference) WHERE released_at IS NULL")
    db.execute(
        """
        CREATE TABLE hold_items (
            file      TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            record_id INTEGER NOT NULL,
            hold_id   INTEGER NOT NULL REFERENCES holds (id),
            added_at  TEXT NOT NULL,
            PRIMARY KEY (file, record_id, hold_id)
        ) WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX hold_items_hold ON hold_items (hold_id)")
    db.execute(
        "CREATE TRIGGER hold_items_stay BEFORE DELETE ON hold_items "
        "BEGIN SELECT RAISE(ABORT, 'a hold keeps its items; release the hold instead'); END"
    )
    db.execute(
        "CREATE TRIGGER holds_stay BEFORE DELETE ON holds "
        "BEGIN SELECT RAISE(ABORT, 'a hold is released, never deleted'); END"
    )
    db.execute(
        "CREATE TRIGGER holds_release_once BEFORE UPDATE ON holds WHEN OLD.released_at IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'a released hold stays released; place a new one'); END"
    )


@MIGRATIONS()
def m002_marked(db: Database) -> None:
    """On which schedule and account facts the marks of an account's records rest."""
    db.execute(
        """
        CREATE TABLE retention_marked (
            file       TEXT NOT NULL,
            account_id INTEGER NOT NULL,
            digest     TEXT NOT NULL,
            PRIMARY KEY (file, account_id)
        ) WITHOUT ROWID
        """
    )


@MIGRATIONS()
def m003_holds_stay(db: Database) -> None:
    """Close the back door of ``INSERT OR REPLACE`` over a hold and over what it keeps."""
    db.execute(
        """
        CREATE TRIGGER holds_no_replace BEFORE INSERT ON holds
        WHEN EXISTS (
            SELECT 1 FROM holds WHERE id = NEW.id
                OR (kind = NEW.kind AND reference = NEW.reference AND released_at IS NULL)
        )
        BEGIN SELECT RAISE(ABORT, 'a hold is released, never replaced'); END
        """
    )
    db.execute(
        "CREATE TRIGGER hold_items_as_placed BEFORE UPDATE ON hold_items "
        "BEGIN SELECT RAISE(ABORT, 'a hold keeps its items; release the hold instead'); END"
    )
    db.execute(
        """
        CREATE TRIGGER holds_as_placed BEFORE UPDATE ON holds
        WHEN OLD.id IS NOT NEW.id OR OLD.kind IS NOT NEW.kind
            OR OLD.reference IS NOT NEW.reference OR OLD.reason IS NOT NEW.reason
            OR OLD.placed_at IS NOT NEW.placed_at OR OLD.placed_by IS NOT NEW.placed_by
        BEGIN SELECT RAISE(ABORT, 'a hold stays as it was placed'); END
        """
    )


@MIGRATIONS()
def m010_marked_by_what(db: Database) -> None:
    """What the digest of `retention_marked` is made of (JSON), to tell what changed since."""
    db.execute("ALTER TABLE retention_marked ADD COLUMN basis TEXT")


@MIGRATIONS()
def m011_clock(db: Database) -> None:
    """When the machine's clock passed for right, one row a day, or was `accepted` by a person
    although `newest`, the youngest thing the archive knew, spoke against it."""
    db.execute(
        """
        CREATE TABLE retention_clock (
            id     INTEGER PRIMARY KEY AUTOINCREMENT,
            at     TEXT NOT NULL,
            newest TEXT,
            how    TEXT NOT NULL CHECK (how IN ('passed', 'accepted'))
        )
        """
    )
    for trigger in append_only("retention_clock"):
        db.execute(trigger)
