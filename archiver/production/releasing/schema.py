"""The tables of releases in office.db. Rows are only ever added; a state is the last step."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate
from archiver.register.schema import append_only

MIGRATIONS = Migrations("releasing")


def migrate_releasing(connection: sqlite3.Connection) -> None:
    """Bring the tables of releases up to date; those of productions must be there."""
    migrate(connection, MIGRATIONS)


@MIGRATIONS()
def m001_releases(db: Database) -> None:
    """Releases with their volumes as they were then, their steps, the links, what was fetched by
    them, and the copies on drives. A link's token is nowhere, a fetcher's address neither."""
    for statement in (
        """
        CREATE TABLE releases (
            id        INTEGER PRIMARY KEY AUTOINCREMENT,
            request   TEXT NOT NULL,
            recipient TEXT NOT NULL CHECK (recipient <> ''),
            channel   TEXT NOT NULL CHECK (channel IN (
                'link', 'drive', 'paper', 'inspection', 'email'
            )),
            made_at   TEXT NOT NULL,
            actor     TEXT NOT NULL CHECK (actor <> ''),
            note      TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX releases_of ON releases (request, id)",
        """
        CREATE TABLE release_volumes (
            id              INTEGER PRIMARY KEY AUTOINCREMENT,
            release_id      INTEGER NOT NULL REFERENCES releases (id),
            production_id   INTEGER NOT NULL REFERENCES productions (id),
            manifest_sha256 TEXT NOT NULL CHECK (length(manifest_sha256) = 64),
            zip_sha256      TEXT NOT NULL CHECK (length(zip_sha256) = 64),
            zip_bytes       INTEGER NOT NULL,
            proof_sha256    TEXT CHECK (length(proof_sha256) = 64),
            UNIQUE (release_id, production_id)
        ) STRICT
        """,
        """
        CREATE TABLE release_steps (
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            release_id    INTEGER NOT NULL REFERENCES releases (id),
            at            TEXT NOT NULL,
            actor         TEXT NOT NULL CHECK (actor <> ''),
            step          TEXT NOT NULL CHECK (step IN (
                'staged', 'released', 'superseded', 'withdrawn'
            )),
            happened_at   TEXT NOT NULL,
            reason        TEXT NOT NULL,
            by_production INTEGER REFERENCES productions (id),
            CHECK (step NOT IN ('superseded', 'withdrawn') OR reason <> ''),
            CHECK ((step = 'superseded') = (by_production IS NOT NULL)),
            UNIQUE (release_id, step)
        ) STRICT
        """,
        """
        CREATE TABLE delivery_links (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            release_id INTEGER NOT NULL REFERENCES releases (id),
            public_id  TEXT NOT NULL UNIQUE,
            kind       TEXT NOT NULL CHECK (kind IN ('download', 'station')),
            made_at    TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            expires_at TEXT NOT NULL,
            most       INTEGER NOT NULL CHECK (most >= 0),
            passphrase INTEGER NOT NULL CHECK (passphrase IN (0, 1))
        ) STRICT
        """,
        """
        CREATE TABLE delivery_link_ends (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            link_id INTEGER NOT NULL UNIQUE REFERENCES delivery_links (id),
            at      TEXT NOT NULL,
            actor   TEXT NOT NULL CHECK (actor <> ''),
            why     TEXT NOT NULL CHECK (why <> '')
        ) STRICT
        """,
        """
        CREATE TABLE delivery_fetches (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            link_id  INTEGER NOT NULL REFERENCES delivery_links (id),
            line     INTEGER NOT NULL,
            at       TEXT NOT NULL,
            what     TEXT NOT NULL,
            file     TEXT NOT NULL,
            download INTEGER NOT NULL,
            bytes    INTEGER NOT NULL,
            outcome  TEXT NOT NULL,
            UNIQUE (link_id, line)
        ) STRICT
        """,
        """
        CREATE TABLE release_copies (
            id         INTEGER PRIMARY KEY AUTOINCREMENT,
            release_id INTEGER NOT NULL REFERENCES releases (id),
            at         TEXT NOT NULL,
            actor      TEXT NOT NULL CHECK (actor <> ''),
            place      TEXT NOT NULL CHECK (place <> ''),
            form       TEXT NOT NULL CHECK (form IN ('zip', 'folder')),
            files      INTEGER NOT NULL,
            bytes      INTEGER NOT NULL
        ) STRICT
        """,
        *(
            trigger
            for table in (
                *("releases", "release_volumes", "release_steps", "delivery_links"),
                *("delivery_link_ends", "delivery_fetches", "release_copies"),
            )
            for trigger in append_only(table)
        ),
    ):
        db.execute(statement)
