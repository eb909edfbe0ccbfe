"""The reading room's tables in office.db. Rows are only ever added."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate
from archiver.register.schema import append_only

MIGRATIONS = Migrations("reading room")


def migrate_reading_room(connection: sqlite3.Connection) -> None:
    """Bring the reading room's tables up to date; those of productions must be there."""
    migrate(connection, MIGRATIONS)


@MIGRATIONS()
def m001_postings(db: Database) -> None:
    """What was proposed for posting with the hash of its content, what was answered, who approved
    it, what was taken down, and each building of the room."""
    for statement in (
        """
        CREATE TABLE postings (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            production_id INTEGER NOT NULL REFERENCES productions (id),
            slug          TEXT NOT NULL UNIQUE CHECK (slug <> ''),
            title         TEXT NOT NULL CHECK (title <> ''),
            at            TEXT NOT NULL,
            actor         TEXT NOT NULL CHECK (actor <> ''),
            digest        TEXT NOT NULL CHECK (length(digest) = 64),
            numbers       TEXT NOT NULL CHECK (json_valid(numbers)),
            included      TEXT NOT NULL CHECK (json_valid(included)),
            left_out      TEXT NOT NULL CHECK (json_valid(left_out)),
            media         INTEGER NOT NULL CHECK (media IN (0, 1))
        ) STRICT
        """,
        """
        CREATE TABLE posting_answers (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            posting_id INTEGER NOT NULL REFERENCES postings (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            code       TEXT NOT NULL,
            question   TEXT NOT NULL,
            answer     TEXT NOT NULL CHECK (answer IN ('yes', 'no')),
            note       TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE posting_approvals (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            posting_id  INTEGER NOT NULL UNIQUE REFERENCES postings (id),
            at          TEXT NOT NULL,
            actor       TEXT NOT NULL CHECK (actor <> ''),
            attorney    TEXT NOT NULL CHECK (attorney <> ''),
            approved_on TEXT NOT NULL,
            digest      TEXT NOT NULL CHECK (length(digest) = 64)
        ) STRICT
        """,
        """
        CREATE TABLE posting_takedowns (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            posting_id INTEGER NOT NULL UNIQUE REFERENCES postings (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            reason     TEXT NOT NULL CHECK (reason <> '')
        ) STRICT
        """,
        """
        CREATE TABLE reading_room_builds (
            id        INTEGER PRIMARY KEY AUTOINCREMENT,
            at        TEXT NOT NULL,
            actor     TEXT NOT NULL CHECK (actor <> ''),
            posted    TEXT NOT NULL CHECK (json_valid(posted)),
            withheld  TEXT NOT NULL CHECK (json_valid(withheld)),
            db_sha256 TEXT NOT NULL CHECK (length(db_sha256) = 64)
        ) STRICT
        """,
        *(
            trigger
            for table in (
                *("postings", "posting_answers", "posting_approvals"),
                *("posting_takedowns", "reading_room_builds"),
            )
            for trigger in append_only(table)
        ),
    ):
        db.execute(statement)
