"""Retention's tables in office.db: holds, what they cover and what they keep."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate
from archiver.register.schema import append_only
from archiver.retention.dispositions.schema import DISPOSITIONS

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
def m020_retention_events(db: Database) -> None:
    """The ends of named events; of several entries of one name the last counts."""
    db.execute(
        """
        CREATE TABLE retention_events (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            name        TEXT NOT NULL CHECK (name <> ''),
            ended_on    TEXT NOT NULL,
            document    TEXT NOT NULL CHECK (document <> ''),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        )
        """
    )
    for trigger in append_only("retention_events"):
        db.execute(trigger)


@MIGRATIONS()
def m021_schedule_adoptions(db: Database) -> None:
    """Schedules as adopted, with their whole text, and the drafts of those to come (a draft given
    up has an entry without a text)."""
    db.execute(
        """
        CREATE TABLE schedule_adoptions (
            id             INTEGER PRIMARY KEY AUTOINCREMENT,
            schedule_id    TEXT NOT NULL,
            version        TEXT NOT NULL,
            digest         TEXT NOT NULL,
            text           TEXT NOT NULL,
            effective_from TEXT NOT NULL,
            resolution     TEXT NOT NULL CHECK (resolution <> ''),
            resolved_on    TEXT NOT NULL,
            adopted_by     TEXT NOT NULL CHECK (adopted_by <> ''),
            recorded_at    TEXT NOT NULL,
            recorded_by    TEXT NOT NULL,
            UNIQUE (schedule_id, version)
        )
        """
    )
    db.execute(
        """
        CREATE TABLE schedule_drafts (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            name     TEXT NOT NULL CHECK (name <> ''),
            text     TEXT,
            saved_at TEXT NOT NULL,
            saved_by TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX schedule_drafts_name ON schedule_drafts (name, id)")
    for table in ("schedule_adoptions", "schedule_drafts"):
        for trigger in append_only(table):
            db.execute(trigger)
    db.execute(
        """
        CREATE TRIGGER schedule_adoptions_no_swap BEFORE INSERT ON schedule_adoptions
        WHEN EXISTS (
            SELECT 1 FROM schedule_adoptions
            WHERE schedule_id = NEW.schedule_id AND version = NEW.version
        )
        BEGIN SELECT RAISE(ABORT, 'a version of a schedule is adopted once'); END
        """
    )


@MIGRATIONS()
def m030_hold_searches(db: Database) -> None:
    """What a hold covers beside picked records: searches, and accounts as a whole. Neither ever
    changes: a hold that should cover more gets another search, and none it had is taken away."""
    db.execute(
        """
        CREATE TABLE hold_searches (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            hold_id  INTEGER NOT NULL REFERENCES holds (id),
            query    TEXT NOT NULL,
            filters  TEXT NOT NULL CHECK (json_valid(filters)),
            standing INTEGER NOT NULL CHECK (standing IN (0, 1)),
            added_at TEXT NOT NULL,
            added_by TEXT NOT NULL,
            UNIQUE (hold_id, query, filters, standing)
        )
        """
    )
    db.execute(
        """
        CREATE TABLE hold_accounts (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            hold_id    INTEGER NOT NULL REFERENCES holds (id),
            account_id INTEGER NOT NULL,
            what       TEXT NOT NULL CHECK (what IN ('everything', 'lists')),
            search_id  INTEGER REFERENCES hold_searches (id),
            added_at   TEXT NOT NULL,
            added_by   TEXT NOT NULL,
            UNIQUE (hold_id, account_id, what),
            CHECK ((what = 'everything') = (search_id IS NOT NULL))
        )
        """
    )
    db.execute("CREATE INDEX hold_accounts_account ON hold_accounts (account_id)")
    for table in ("hold_searches", "hold_accounts"):
        for trigger in append_only(table):
            db.execute(trigger)
        db.execute(
            f"""
            CREATE TRIGGER {table}_of_open_holds BEFORE INSERT ON {table}
            WHEN (SELECT released_at FROM holds WHERE id = NEW.hold_id) IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'a released hold stays released; place a new one'); END
            """
        )
    db.execute(
        """
        CREATE TRIGGER hold_searches_no_swap BEFORE INSERT ON hold_searches
        WHEN EXISTS (
            SELECT 1 FROM hold_searches WHERE hold_id = NEW.hold_id AND query = NEW.query
                AND filters = NEW.filters AND standing = NEW.standing
        )
        BEGIN SELECT RAISE(ABORT, 'a search of a hold never changes'); END
        """
    )
    db.execute(
        """
        CREATE TRIGGER hold_accounts_no_swap BEFORE INSERT ON hold_accounts
        WHEN EXISTS (
            SELECT 1 FROM hold_accounts
            WHERE hold_id = NEW.hold_id AND account_id = NEW.account_id AND what = NEW.what
        )
        BEGIN SELECT RAISE(ABORT, 'an account of a hold never changes'); END
        """
    )


@MIGRATIONS()
def m031_hold_cursors(db: Database) -> None:
    """How far each search of a hold has looked, per file: up to which version and which event, and
    what it asked then. Where a search has none, its records have not all been gathered yet."""
    db.execute(
        """
        CREATE TABLE hold_cursors (
            search_id  INTEGER NOT NULL REFERENCES hold_searches (id),
            file       TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            version_id INTEGER NOT NULL,
            event_id   INTEGER NOT NULL,
            reading    TEXT NOT NULL,
            looked_at  TEXT NOT NULL,
            PRIMARY KEY (search_id, file)
        ) WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TRIGGER hold_cursors_go_on BEFORE UPDATE ON hold_cursors
        WHEN OLD.search_id <> NEW.search_id OR OLD.file <> NEW.file
            OR NEW.version_id < OLD.version_id OR NEW.event_id < OLD.event_id
        BEGIN SELECT RAISE(ABORT, 'a search of a hold never looks back'); END
        """
    )


@MIGRATIONS()
def m032_hold_items_found_by(db: Database) -> None:
    """Which search caught a record (none: a person picked it). A released hold takes nothing."""
    db.execute("ALTER TABLE hold_items ADD COLUMN search_id INTEGER REFERENCES hold_searches (id)")
    db.execute("CREATE INDEX hold_items_picked ON hold_items (hold_id) WHERE search_id IS NULL")
    db.execute(
        """
        CREATE TRIGGER hold_items_of_open_holds BEFORE INSERT ON hold_items
        WHEN (SELECT released_at FROM holds WHERE id = NEW.hold_id) IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a released hold stays released; place a new one'); END
        """
    )


@MIGRATIONS()
def m033_holds_until(db: Database) -> None:
    """The moment (UTC) before which a hold is not released; a records request sets it when it
    closes and takes it back when it is opened again."""
    db.execute("ALTER TABLE holds ADD COLUMN hold_until TEXT")
    db.execute(
        """
        CREATE TRIGGER holds_until BEFORE UPDATE OF released_at ON holds
        WHEN NEW.released_at IS NOT NULL AND NEW.released_at < OLD.hold_until
        BEGIN SELECT RAISE(ABORT, 'it is held for a time after what it stood for has ended'); END
        """
    )


@MIGRATIONS()
def m040_dispositions(db: Database) -> None:
    """Batches with their frozen lists, what was approved and done, and what an execution intends.

    A batch's row is written after its items, in the same transaction: from then on no item can be
    added. An item's outcome is written once; while it has none, the holding is in no other batch.
    """
    for statement in DISPOSITIONS:
        db.execute(statement)


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


@MIGRATIONS()
def m050_quarantine(db: Database) -> None:
    """Every step of a record into quarantine and out of it, and the pictures it held then.

    The last step of a record says whether it is there now; the highest id changes with every step,
    which is how a reader knows that its list is old.
    """
    db.execute(
        """
        CREATE TABLE quarantine_steps (
            id        INTEGER PRIMARY KEY AUTOINCREMENT,
            act       INTEGER NOT NULL,
            file      TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            record_id INTEGER NOT NULL,
            chosen    INTEGER NOT NULL,
            what      TEXT NOT NULL CHECK (what IN ('placed', 'lifted')),
            kind      TEXT NOT NULL,
            reason    TEXT NOT NULL CHECK (reason <> ''),
            at        TEXT NOT NULL,
            actor     TEXT NOT NULL CHECK (actor <> '')
        )
        """
    )
    db.execute("CREATE INDEX quarantine_of ON quarantine_steps (file, record_id, id)")
    db.execute("CREATE INDEX quarantine_acts ON quarantine_steps (act)")
    db.execute(
        """
        CREATE TABLE quarantine_pictures (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            step_id INTEGER NOT NULL REFERENCES quarantine_steps (id),
            sha256  BLOB NOT NULL CHECK (length(sha256) = 32)
        )
        """
    )
    db.execute("CREATE INDEX quarantine_pictures_of ON quarantine_pictures (step_id)")
    for table in ("quarantine_steps", "quarantine_pictures"):
        for trigger in append_only(table):
            db.execute(trigger)
    db.execute(
        """
        CREATE TRIGGER quarantine_in_turn BEFORE INSERT ON quarantine_steps
        WHEN NEW.what = coalesce(
            (SELECT what FROM quarantine_steps WHERE file = NEW.file AND record_id = NEW.record_id
                ORDER BY id DESC LIMIT 1),
            'lifted'
        )
        BEGIN SELECT RAISE(ABORT, 'a record goes into quarantine, then out of it'); END
        """
    )
