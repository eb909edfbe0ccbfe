"""The tables of operations in office.db: nightly runs, the queue of jobs, backups, imports."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate
from archiver.register.schema import append_only

MIGRATIONS = Migrations("operations")


@MIGRATIONS()
def m001_nightly_runs_and_jobs(database: Database) -> None:
    """What ran at night, and what the desk asked a worker to do."""
    database.execute(
        """
        CREATE TABLE nightly_runs (
            id INTEGER PRIMARY KEY,
            started_at TEXT NOT NULL,
            finished_at TEXT,
            outcome TEXT CHECK (outcome IN ('complete', 'partial', 'failed', 'interrupted')),
            summary TEXT NOT NULL DEFAULT '{}'
        ) STRICT
        """
    )
    database.execute(
        """
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            arguments TEXT NOT NULL,
            actor TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'done', 'failed')),
            done INTEGER NOT NULL DEFAULT 0,
            total INTEGER,
            message TEXT NOT NULL DEFAULT '',
            result TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            queued_at TEXT NOT NULL,
            started_at TEXT,
            finished_at TEXT
        ) STRICT
        """
    )
    database.execute(
        """
        CREATE UNIQUE INDEX one_open_job ON jobs (kind, arguments)
        WHERE state IN ('queued', 'running')
        """
    )


@MIGRATIONS()
def m010_backups(database: Database) -> None:
    """Backups made, backups removed, restores tested, and destructions a restore replayed."""
    database.execute(
        """
        CREATE TABLE backups (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            target TEXT NOT NULL,
            at TEXT NOT NULL,
            finished_at TEXT NOT NULL,
            files INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            copied INTEGER NOT NULL,
            seal INTEGER,
            root TEXT,
            outcome TEXT NOT NULL CHECK (outcome IN ('complete', 'partial', 'failed')),
            message TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    database.execute(
        """
        CREATE TABLE backups_removed (
            id INTEGER PRIMARY KEY,
            backup_id INTEGER NOT NULL UNIQUE REFERENCES backups,
            at TEXT NOT NULL,
            actor TEXT NOT NULL
        ) STRICT
        """
    )
    database.execute(
        """
        CREATE TABLE restore_tests (
            id INTEGER PRIMARY KEY,
            backup TEXT NOT NULL,
            target TEXT NOT NULL,
            made_at TEXT,
            at TEXT NOT NULL,
            seconds REAL NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('passed', 'failed')),
            detail TEXT NOT NULL,
            actor TEXT NOT NULL
        ) STRICT
        """
    )
    database.execute(
        """
        CREATE TABLE replayed (
            id INTEGER PRIMARY KEY,
            number TEXT NOT NULL UNIQUE,
            act TEXT NOT NULL,
            authority TEXT NOT NULL,
            executed_at TEXT NOT NULL,
            replayed_at TEXT NOT NULL,
            backup TEXT NOT NULL,
            destroyed INTEGER NOT NULL,
            absent INTEGER NOT NULL,
            unmatched TEXT NOT NULL
        ) STRICT
        """
    )
    for table in ("backups", "backups_removed", "restore_tests", "replayed"):
        for trigger in append_only(table):
            database.execute(trigger)


@MIGRATIONS()
def m020_imports(database: Database) -> None:
    """Downloads brought to the desk: their files on the way, what is inside, what became of them.

    `departments` are those of whoever brought it (a line each; empty: not limited), `preview` and
    `report` JSON as `archiver.operations.importing` writes them.
    """
    database.execute(
        """
        CREATE TABLE imports (
            id INTEGER PRIMARY KEY,
            state TEXT NOT NULL DEFAULT 'uploading' CHECK (state IN ('uploading', 'looking',
                'preview', 'importing', 'done', 'failed', 'removed', 'withdrawn')),
            actor TEXT NOT NULL,
            departments TEXT NOT NULL DEFAULT '',
            account_id INTEGER,
            preview TEXT,
            attested TEXT NOT NULL DEFAULT '',
            confirmed_by TEXT,
            confirmed_at TEXT,
            run INTEGER,
            report TEXT,
            message TEXT NOT NULL DEFAULT '',
            at TEXT NOT NULL,
            touched_at TEXT NOT NULL,
            finished_at TEXT
        ) STRICT
        """
    )
    database.execute(
        """
        CREATE TABLE import_files (
            id INTEGER PRIMARY KEY,
            import_id INTEGER NOT NULL REFERENCES imports,
            name TEXT NOT NULL,
            size INTEGER NOT NULL CHECK (size > 0),
            received INTEGER NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND size),
            first_sha256 TEXT NOT NULL,
            last_sha256 TEXT NOT NULL,
            sha256 TEXT
        ) STRICT
        """
    )
    database.execute("CREATE INDEX import_files_of ON import_files (import_id)")
    database.execute("CREATE INDEX import_files_same ON import_files (size, first_sha256)")
    database.execute("CREATE INDEX import_files_hash ON import_files (sha256)")


def migrate_operations(connection: sqlite3.Connection) -> None:
    """Bring the operations tables of office.db up to date."""
    migrate(connection, MIGRATIONS)
