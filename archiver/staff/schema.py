"""The tables of staff.db: people, their roles, their sessions, and what was done about them."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.config import Home
from archiver.database import connect, migrate

MIGRATIONS = Migrations("staff")

_TABLES = (
    """
    CREATE TABLE people (
        id INTEGER PRIMARY KEY,
        login TEXT NOT NULL UNIQUE CHECK (login = lower(login) AND login <> ''),
        name TEXT NOT NULL,
        title TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0,
        locked_until TEXT,
        created_at TEXT NOT NULL,
        disabled_at TEXT
    ) STRICT
    """,
    """
    CREATE TABLE person_roles (
        person_id INTEGER NOT NULL REFERENCES people (id),
        role TEXT NOT NULL,
        PRIMARY KEY (person_id, role)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE sessions (
        token_hash TEXT PRIMARY KEY,
        person_id INTEGER NOT NULL REFERENCES people (id),
        created_at TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        revoked_at TEXT
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX sessions_by_person ON sessions (person_id)",
    """
    CREATE TABLE stranger_attempts (
        bucket INTEGER PRIMARY KEY,
        failures INTEGER NOT NULL,
        locked_until TEXT
    ) STRICT
    """,
    """
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT '{}'
    ) STRICT
    """,
    """
    CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    """
    CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
)


@MIGRATIONS()
def m001_people_sessions_audit(db: Database) -> None:
    """People, roles, sessions, failed attempts on names nobody bears, and the audit."""
    for statement in _TABLES:
        db.execute(statement)


@MIGRATIONS()
def m002_second_factor(db: Database) -> None:
    """The second factor, sign-ins that wait for it, and what a person is shown of their sessions.

    `sealed` opens with keys/staff.key alone (`archiver.staff.vault`); `last_step` is the last half
    minute whose code was used, so that none is used twice.
    """
    for statement in (
        """
        CREATE TABLE second_factors (
            person_id INTEGER PRIMARY KEY REFERENCES people (id),
            sealed BLOB NOT NULL,
            session TEXT NOT NULL,
            begun_at TEXT NOT NULL,
            confirmed_at TEXT,
            last_step INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        """
        CREATE TABLE recovery_codes (
            person_id INTEGER NOT NULL REFERENCES people (id),
            digest TEXT NOT NULL,
            used_at TEXT,
            PRIMARY KEY (person_id, digest)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE pending_sign_ins (
            token_hash TEXT PRIMARY KEY,
            person_id INTEGER NOT NULL REFERENCES people (id),
            means TEXT NOT NULL,
            expires_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX pending_sign_ins_by_person ON pending_sign_ins (person_id)",
        "ALTER TABLE sessions ADD COLUMN handle TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE sessions ADD COLUMN means TEXT NOT NULL DEFAULT 'password'",
        "ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT ''",
        "UPDATE sessions SET handle = lower(hex(randomblob(8)))",
    ):
        db.execute(statement)


@MIGRATIONS()
def m003_audit_by_time(db: Database) -> None:
    """The audit is read by time, by who and by what."""
    db.execute("CREATE INDEX audit_at ON audit (at, id)")
    db.execute("CREATE INDEX audit_actor ON audit (actor, at, id)")
    db.execute("CREATE INDEX audit_action ON audit (action, at, id)")
    db.execute("CREATE INDEX audit_subject ON audit (subject, at, id)")


@MIGRATIONS()
def m004_departments(db: Database) -> None:
    """The departments a person is limited to, by their names in the account register."""
    db.execute(
        """
        CREATE TABLE person_departments (
            person_id INTEGER NOT NULL REFERENCES people (id),
            department TEXT NOT NULL CHECK (department <> ''),
            PRIMARY KEY (person_id, department)
        ) STRICT, WITHOUT ROWID
        """
    )


def migrate_staff(connection: sqlite3.Connection) -> None:
    """Bring staff.db to this version's tables."""
    migrate(connection, MIGRATIONS)


def open_staff(home: Home, *, create: bool = False) -> sqlite3.Connection:
    """Open staff.db for writing, its tables brought up to date.

    The file holds password hashes, so a new one is readable by its owner alone.
    Raises HomeError where it is missing and not to be created.
    """
    new = create and not home.staff_db.exists()
    if new:
        home.staff_db.touch(mode=0o600)
    connection = connect(home.staff_db, create=create)
    migrate_staff(connection)
    return connection
