"""The register's tables in office.db, and the audit trail every room of that file writes to."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate

MIGRATIONS = Migrations("register")


def migrate_register(connection: sqlite3.Connection) -> None:
    """Bring the register's tables up to date; costs one read when they are."""
    migrate(connection, MIGRATIONS)


def append_only(table: str) -> tuple[str, str, str]:
    """Triggers under which rows of `table` (with an integer `id`) can only ever be added.

    The third one stands because ``INSERT OR REPLACE`` takes a row out without a delete trigger.
    """
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    )


@MIGRATIONS()
def m001_audit(db: Database) -> None:
    """Who did what to which thing, and when."""
    db.execute(
        """
        CREATE TABLE audit (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            at      TEXT NOT NULL,
            actor   TEXT NOT NULL CHECK (actor <> ''),
            action  TEXT NOT NULL CHECK (action <> ''),
            subject TEXT NOT NULL,
            detail  TEXT CHECK (detail IS NULL OR json_valid(detail))
        )
        """
    )
    db.execute("CREATE INDEX audit_subject ON audit (subject, id)")
    for trigger in append_only("audit"):
        db.execute(trigger)


@MIGRATIONS()
def m002_accounts(db: Database) -> None:
    """The accounts. The partial unique index is the policy's rule itself (City of Sacramento social
    media policy, section 4.A): one active account per division and platform, a waiver excepted."""
    db.execute(
        """
        CREATE TABLE register_accounts (
            id             INTEGER PRIMARY KEY AUTOINCREMENT,
            platform       TEXT NOT NULL,
            handle         TEXT NOT NULL,
            handle_key     TEXT NOT NULL,
            native_id      TEXT,
            display_name   TEXT NOT NULL,
            department     TEXT NOT NULL CHECK (department <> ''),
            department_key TEXT NOT NULL,
            division       TEXT NOT NULL,
            division_key   TEXT NOT NULL,
            account_class  TEXT NOT NULL CHECK (account_class IN ('official', 'official-capacity')),
            url            TEXT,
            service        TEXT,
            credential     TEXT,
            status         TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'closed')),
            opened_on      TEXT,
            closed_on      TEXT,
            close_reason   TEXT,
            waiver_reason  TEXT CHECK (waiver_reason <> ''),
            approval       TEXT,
            created_at     TEXT NOT NULL,
            CHECK ((status = 'closed') = (closed_on IS NOT NULL AND close_reason IS NOT NULL))
        )
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX register_one_per_division "
        "ON register_accounts (department_key, division_key, platform) "
        "WHERE status = 'active' AND waiver_reason IS NULL"
    )
    db.execute(
        "CREATE UNIQUE INDEX register_one_handle ON register_accounts (platform, handle_key) "
        "WHERE status = 'active'"
    )
    db.execute(
        "CREATE UNIQUE INDEX register_one_native_id ON register_accounts (platform, native_id) "
        "WHERE status = 'active' AND native_id IS NOT NULL"
    )
    db.execute(
        """
        CREATE TABLE register_handles (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            account_id INTEGER NOT NULL REFERENCES register_accounts (id),
            handle     TEXT NOT NULL,
            handle_key TEXT NOT NULL,
            since      TEXT NOT NULL
        )
        """
    )
    for trigger in append_only("register_handles"):
        db.execute(trigger)


@MIGRATIONS()
def m003_attestations(db: Database) -> None:
    """What the city attorney attested or took back, by name and date."""
    db.execute(
        """
        CREATE TABLE attestations (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            kind        TEXT NOT NULL,
            subject     TEXT NOT NULL,
            digest      TEXT NOT NULL CHECK (length(digest) = 64),
            attorney    TEXT NOT NULL CHECK (attorney <> ''),
            attested_on TEXT NOT NULL,
            note        TEXT,
            withdrawn   INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX attestations_subject ON attestations (kind, subject, digest, id)")
    for trigger in append_only("attestations"):
        db.execute(trigger)


@MIGRATIONS()
def m004_audit_by_time(db: Database) -> None:
    """The audit is read by time, by who and by what; by subject it was read in its own order."""
    db.execute("DROP INDEX audit_subject")
    db.execute("CREATE INDEX audit_subject ON audit (subject, at, id)")
    db.execute("CREATE INDEX audit_at ON audit (at, id)")
    db.execute("CREATE INDEX audit_actor ON audit (actor, at, id)")
    db.execute("CREATE INDEX audit_action ON audit (action, at, id)")


@MIGRATIONS()
def m005_sources_of_forwarded_records(db: Database) -> None:
    """Who hands in records stands in the register as an account of its own class: a custodian or a
    department. No platform knows it, and a division may hold many."""
    for ending in ("no_update", "no_delete", "no_replace"):
        db.execute(f"DROP TRIGGER register_handles_{ending}")
    db.execute("ALTER TABLE register_accounts RENAME TO register_accounts_before")
    db.execute("ALTER TABLE register_handles RENAME TO register_handles_before")
    for index in ("one_per_division", "one_handle", "one_native_id"):
        db.execute(f"DROP INDEX register_{index}")
    db.execute(
        """
        CREATE TABLE register_accounts (
            id             INTEGER PRIMARY KEY AUTOINCREMENT,
            platform       TEXT NOT NULL,
            handle         TEXT NOT NULL,
            handle_key     TEXT NOT NULL,
            native_id      TEXT,
            display_name   TEXT NOT NULL,
            department     TEXT NOT NULL CHECK (department <> ''),
            department_key TEXT NOT NULL,
            division       TEXT NOT NULL,
            division_key   TEXT NOT NULL,
            account_class  TEXT NOT NULL
                CHECK (account_class IN ('official', 'official-capacity', 'forwarded')),
            url            TEXT,
            service        TEXT,
            credential     TEXT,
            status         TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'closed')),
            opened_on      TEXT,
            closed_on      TEXT,
            close_reason   TEXT,
            waiver_reason  TEXT CHECK (waiver_reason <> ''),
            approval       TEXT,
            created_at     TEXT NOT NULL,
            CHECK ((status = 'closed') = (closed_on IS NOT NULL AND close_reason IS NOT NULL)),
            CHECK ((account_class = 'forwarded') = (platform = 'forwarded'))
        )
        """
    )
    db.execute("INSERT INTO register_accounts SELECT * FROM register_accounts_before")
    db.execute(
        """
        CREATE TABLE register_handles (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            account_id INTEGER NOT NULL REFERENCES register_accounts (id),
            handle     TEXT NOT NULL,
            handle_key TEXT NOT NULL,
            since      TEXT NOT NULL
        )
        """
    )
    db.execute("INSERT INTO register_handles SELECT * FROM register_handles_before")
    db.execute("DROP TABLE register_handles_before")
    db.execute("DROP TABLE register_accounts_before")
    db.execute(
        "CREATE UNIQUE INDEX register_one_per_division "
        "ON register_accounts (department_key, division_key, platform) "
        "WHERE status = 'active' AND waiver_reason IS NULL AND account_class <> 'forwarded'"
    )
    db.execute(
        "CREATE UNIQUE INDEX register_one_handle ON register_accounts (platform, handle_key) "
        "WHERE status = 'active'"
    )
    db.execute(
        "CREATE UNIQUE INDEX register_one_native_id ON register_accounts (platform, native_id) "
        "WHERE status = 'active' AND native_id IS NOT NULL"
    )
    for trigger in append_only("register_handles"):
        db.execute(trigger)
