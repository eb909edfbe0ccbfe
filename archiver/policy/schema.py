"""The tables of this room in office.db."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate
from archiver.register.schema import append_only

MIGRATIONS = Migrations("policy")


def migrate_policy(connection: sqlite3.Connection) -> None:
    """Bring this room's tables up to date; costs one read when they are."""
    migrate(connection, MIGRATIONS)


@MIGRATIONS()
def m001_policies_and_keywords(db: Database) -> None:
    """Versions of the city's policies, and word lists as they stood. Nothing of either is ever
    changed: an entry made by mistake is taken back by a row of its own."""
    for statement in (
        """
        CREATE TABLE policy_versions (
            id              INTEGER PRIMARY KEY AUTOINCREMENT,
            policy          TEXT NOT NULL CHECK (policy <> ''),
            policy_key      TEXT NOT NULL CHECK (policy_key <> ''),
            version         TEXT NOT NULL CHECK (version <> ''),
            effective_from  TEXT NOT NULL,
            adopted_by      TEXT NOT NULL CHECK (adopted_by <> ''),
            departments     TEXT NOT NULL CHECK (json_valid(departments)),
            accounts        TEXT NOT NULL CHECK (json_valid(accounts)),
            document_sha256 TEXT CHECK (length(document_sha256) = 64),
            document_type   TEXT,
            document_name   TEXT NOT NULL,
            wording         TEXT NOT NULL,
            wording_sha256  TEXT NOT NULL CHECK (length(wording_sha256) = 64),
            note            TEXT NOT NULL,
            recorded_at     TEXT NOT NULL,
            recorded_by     TEXT NOT NULL,
            CHECK (document_sha256 IS NOT NULL OR wording <> ''),
            CHECK ((document_sha256 IS NULL) = (document_type IS NULL))
        )
        """,
        "CREATE INDEX policy_versions_in_force ON policy_versions (policy_key, effective_from)",
        """
        CREATE TABLE keyword_lists (
            id          INTEGER PRIMARY KEY AUTOINCREMENT,
            account_id  INTEGER NOT NULL REFERENCES register_accounts (id),
            stood_on    TEXT NOT NULL,
            words       TEXT NOT NULL CHECK (json_valid(words)),
            sha256      TEXT NOT NULL CHECK (length(sha256) = 64),
            source      TEXT NOT NULL,
            note        TEXT NOT NULL,
            recorded_at TEXT NOT NULL,
            recorded_by TEXT NOT NULL
        )
        """,
        "CREATE INDEX keyword_lists_account ON keyword_lists (account_id, stood_on, id)",
        """
        CREATE TABLE policy_entries_taken_back (
            id       INTEGER PRIMARY KEY AUTOINCREMENT,
            kind     TEXT NOT NULL CHECK (kind IN ('policy version', 'keyword list')),
            entry_id INTEGER NOT NULL,
            reason   TEXT NOT NULL CHECK (reason <> ''),
            at       TEXT NOT NULL,
            actor    TEXT NOT NULL,
            UNIQUE (kind, entry_id)
        )
        """,
        *append_only("policy_versions"),
        *append_only("keyword_lists"),
        *append_only("policy_entries_taken_back"),
    ):
        db.execute(statement)
