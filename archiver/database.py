"""How every room opens, migrates and writes SQLite files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from archiver.errors import BusyError, HomeError, StorageError

PAGE_SIZE = 16 * 1024
BUSY_MILLISECONDS = 30_000


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open a file for writing: WAL, full synchronisation, 16 KiB pages, secure delete.

    A new file can be read by its owner alone. Transactions are explicit (`write_transaction`).
    Raises HomeError where the file is missing (and not to be created) or is no database,
    StorageError where it cannot be created.
    """
    if not create and not path.exists():
        raise HomeError(f"{path} is missing: run `archiver doctor`")
    if create:
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror}") from None
    try:
        # by its URI, so that another file can be attached for reading alone
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        if create:
            connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        # else INSERT OR REPLACE takes rows out past the triggers that keep them
        connection.execute("PRAGMA recursive_triggers = ON")
    except sqlite3.Error as error:
        raise translated(error, path) from None
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a file for reading only.

    Raises HomeError where the file is missing or is no database.
    """
    if not path.exists():
        raise HomeError(f"{path} is missing: run `archiver doctor`")
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise translated(error, path) from None
    return connection


@contextmanager
def write_transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One write, whole or not at all. Takes the write lock at once (`BEGIN IMMEDIATE`), because a
    transaction that has read first cannot wait for another writer.

    Raises BusyError after 30 seconds of waiting, StorageError where the disk is full or read-only.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise translated(error, None) from error


def migrate(connection: sqlite3.Connection, migrations: Migrations) -> None:
    """Apply what has not been applied yet, all of it or nothing.

    Whoever comes second while another program migrates waits, and finds it done.
    Raises HomeError where a newer program has been at the file, BusyError and StorageError as
    `write_transaction` does.
    """
    database = Database(connection)
    known = {each.name for each in migrations.pending(Database(memory=True))}
    if any(each.name not in known for each in migrations.applied(database)):
        raise HomeError(
            f"a newer archiver has changed the archive home ({migrations.name}): "
            "update this program, then run the command again"
        )
    if migrations.pending(database):
        with write_transaction(connection):
            migrations.apply(database)


def translated(error: sqlite3.Error, path: Path | None) -> Exception:
    """The error a person can act on for what SQLite says; other errors come back unchanged."""
    where = f" ({path})" if path else ""
    text = str(error)
    if "locked" in text or "busy" in text:
        return BusyError(
            f"another writer holds the database{where}: wait and run the command again"
        )
    if "full" in text:
        return StorageError(f"the disk is full{where}: free some space and run the command again")
    if "readonly" in text or "unable to open" in text or "disk I/O" in text:
        return StorageError(
            f"the archive home cannot be written{where}: {text}; "
            "see whether its disk is full or read-only"
        )
    if "not a database" in text or "malformed" in text:
        return HomeError(f"the file is damaged or no database{where}: restore it from the backup")
    return error


def rows(connection: sqlite3.Connection, sql: str, *values: Any) -> list[sqlite3.Row]:
    """All rows of a query."""
    return connection.execute(sql, values).fetchall()


def row(connection: sqlite3.Connection, sql: str, *values: Any) -> sqlite3.Row | None:
    """The first row of a query, or None."""
    found: sqlite3.Row | None = connection.execute(sql, values).fetchone()
    return found
