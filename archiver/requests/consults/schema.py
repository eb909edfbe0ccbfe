"""The tables of consultations before a deletion, in office.db. All of them are append-only."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from archiver.register.schema import append_only

MIGRATIONS = Migrations("requests.consults")


@MIGRATIONS()
def m001_consults(db: Database) -> None:
    """What an official wants to delete, the copy that is kept, who decided what, what came of
    it."""
    for statement in (
        """
        CREATE TABLE deletion_consults (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            account_id INTEGER NOT NULL REFERENCES register_accounts (id),
            forward_id INTEGER REFERENCES forwards (id),
            hold_id    INTEGER NOT NULL REFERENCES holds (id),
            name       TEXT NOT NULL CHECK (name <> ''),
            title      TEXT NOT NULL,
            department TEXT NOT NULL CHECK (department <> ''),
            login      TEXT,
            source     TEXT NOT NULL CHECK (source <> ''),
            what       TEXT NOT NULL CHECK (what <> ''),
            why        TEXT NOT NULL CHECK (why <> ''),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> '')
        )
        """,
        "CREATE INDEX deletion_consults_login ON deletion_consults (login, id)",
        "CREATE INDEX deletion_consults_forward ON deletion_consults (forward_id)",
        """
        CREATE TABLE deletion_consult_records (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            consult_id INTEGER NOT NULL REFERENCES deletion_consults (id),
            file       TEXT NOT NULL CHECK (file IN ('archive', 'private')),
            record_id  INTEGER NOT NULL,
            UNIQUE (consult_id, file, record_id)
        )
        """,
        """
        CREATE TABLE deletion_consult_steps (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            consult_id INTEGER NOT NULL REFERENCES deletion_consults (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            what       TEXT NOT NULL CHECK (what IN ('may go', 'stays', 'deleted', 'withdrawn')),
            office     TEXT NOT NULL CHECK (office IN ('', 'city manager', 'city attorney')),
            name       TEXT NOT NULL,
            day        TEXT NOT NULL,
            reason     TEXT NOT NULL,
            CHECK ((what IN ('may go', 'stays')) = (office <> '')),
            CHECK (office = '' OR name <> '')
        )
        """,
        """
        CREATE UNIQUE INDEX deletion_consult_steps_once
            ON deletion_consult_steps (consult_id, office) WHERE office <> ''
        """,
        *append_only("deletion_consults"),
        *append_only("deletion_consult_records"),
        *append_only("deletion_consult_steps"),
    ):
        db.execute(statement)
