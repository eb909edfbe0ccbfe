"""The tables of operations in office.db: nightly runs and the queue of jobs."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from archiver.database import migrate

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


def migrate_operations(connection: sqlite3.Connection) -> None:
    """Bring the operations tables of office.db up to date."""
    migrate(connection, MIGRATIONS)
