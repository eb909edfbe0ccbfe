"""The production room's tables in office.db: what was produced, and every page number given out."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate
from archiver.register.schema import append_only

MIGRATIONS = Migrations("production")


def migrate_production(connection: sqlite3.Connection) -> None:
    """Bring the production tables of office.db up to date."""
    migrate(connection, MIGRATIONS)


@MIGRATIONS()
def m001_productions(db: Database) -> None:
    """Volumes, what each holds of which item, and the Bates sequence of the city.

    A volume's row is committed with its page numbers before its folder is moved into place;
    `moved` says that it was. Nothing else of a volume ever changes.
    """
    db.execute(
        """
        CREATE TABLE productions (
            id              INTEGER PRIMARY KEY AUTOINCREMENT,
            request         TEXT NOT NULL,
            volume          INTEGER NOT NULL CHECK (volume > 0),
            made_at         TEXT NOT NULL,
            actor           TEXT NOT NULL CHECK (actor <> ''),
            bates_prefix    TEXT NOT NULL,
            first_page      INTEGER NOT NULL CHECK (first_page > 0),
            last_page       INTEGER NOT NULL,
            released        INTEGER NOT NULL,
            withheld        INTEGER NOT NULL,
            manifest_sha256 TEXT NOT NULL,
            staging         TEXT NOT NULL,
            moved           INTEGER NOT NULL DEFAULT 0 CHECK (moved IN (0, 1)),
            UNIQUE (request, volume),
            CHECK (last_page >= first_page)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TRIGGER productions_stand BEFORE UPDATE ON productions
        WHEN OLD.moved = 1 OR NEW.moved <> 1 OR OLD.id <> NEW.id OR OLD.request <> NEW.request
            OR OLD.volume <> NEW.volume OR OLD.made_at <> NEW.made_at OR OLD.actor <> NEW.actor
            OR OLD.bates_prefix <> NEW.bates_prefix OR OLD.first_page <> NEW.first_page
            OR OLD.last_page <> NEW.last_page OR OLD.released <> NEW.released
            OR OLD.withheld <> NEW.withheld OR OLD.manifest_sha256 <> NEW.manifest_sha256
        BEGIN SELECT RAISE(ABORT, 'a production stands as it was made'); END
        """
    )
    for trigger in append_only("productions")[1:]:
        db.execute(trigger)
    db.execute(
        """
        CREATE TABLE production_items (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            production_id INTEGER NOT NULL REFERENCES productions (id),
            item_id       INTEGER NOT NULL,
            outcome       TEXT NOT NULL CHECK (outcome IN ('released', 'withheld')),
            fingerprint   TEXT NOT NULL,
            first_page    INTEGER NOT NULL,
            last_page     INTEGER NOT NULL,
            UNIQUE (production_id, item_id)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX production_items_of ON production_items (item_id, id)")
    db.execute(
        """
        CREATE TABLE bates_pages (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            prefix        TEXT NOT NULL,
            page          INTEGER NOT NULL,
            production_id INTEGER NOT NULL REFERENCES productions (id),
            UNIQUE (prefix, page)
        ) STRICT
        """
    )
    for table in ("production_items", "bates_pages"):
        for trigger in append_only(table):
            db.execute(trigger)


@MIGRATIONS()
def m002_production_starts(db: Database) -> None:
    """When the making of a production was begun, before anything of it was made.

    What is made bears that time, so that a production that was broken off and is begun again comes
    out byte for byte as it would have.
    """
    db.execute(
        """
        CREATE TABLE production_starts (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            request    TEXT NOT NULL,
            form       TEXT NOT NULL,
            started_at TEXT NOT NULL
        ) STRICT
        """
    )
    for trigger in append_only("production_starts"):
        db.execute(trigger)


@MIGRATIONS()
def m003_production_replacements(db: Database) -> None:
    """Volumes that take the place of an earlier one, whose pages bear its numbers with a suffix."""
    db.execute(
        """
        CREATE TABLE production_replacements (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            production_id INTEGER NOT NULL UNIQUE REFERENCES productions (id),
            replaced_id   INTEGER NOT NULL REFERENCES productions (id),
            times         INTEGER NOT NULL CHECK (times > 0),
            reason        TEXT NOT NULL CHECK (trim(reason) <> '')
        ) STRICT
        """
    )
    for trigger in append_only("production_replacements"):
        db.execute(trigger)


@MIGRATIONS()
def m004_production_undated(db: Database) -> None:
    """Volumes whose proof the time-stamp authority did not date, though it was asked, and why."""
    db.execute(
        """
        CREATE TABLE production_undated (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            production_id INTEGER NOT NULL UNIQUE REFERENCES productions (id),
            reason        TEXT NOT NULL CHECK (trim(reason) <> '')
        ) STRICT
        """
    )
    for trigger in append_only("production_undated"):
        db.execute(trigger)
