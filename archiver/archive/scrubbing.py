"""Scrubbing: after rows are deleted, their words still stand in the search index's segments, in
free pages and in the log. Only all of these together clear them (measured; `secure_delete` alone
leaves index segments): merge the index, move the log into the file and cut it, write the file anew,
cut the log again.

The log can be cut only when no reader looks at an older state. Such a reader is waited for a while;
then what could not be done is said, and the next scrub does it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archiver.archive.indexing import optimize
from archiver.archive.store import Archive
from archiver.database import translated, write_transaction
from archiver.items import Access
from archiver.progress import Progress

PATIENCE_SECONDS = 20.0
_STEPS = ("merging the index", "cutting the log", "writing the file anew", "cutting the log again")


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """Whether all is clear, and in one line each what could not be done yet and why."""

    done: bool
    not_yet: tuple[str, ...] = ()


def is_unscrubbed(archive: Archive) -> bool:
    """Whether something was destroyed since the last whole scrub. Costs a look."""
    return any(_is_due(archive.file(access)) for access in Access)


def _is_due(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM unfinished WHERE what = 'scrub'").fetchone()
    return found is not None


def scrub(
    archive: Archive,
    progress: Progress | None = None,
    *,
    patience: float = PATIENCE_SECONDS,
) -> Scrubbed:
    """Clear both files of what was destroyed; a file in which nothing was is left alone.

    `patience` is how many seconds a reader is waited for, in each file. Needs about as much free
    space as the larger file takes twice. Must not be called inside `archive.writer()`.
    Raises StorageError where the disk is full (nothing is half done: the next scrub begins anew),
    BusyError where another program writes.
    """
    due = [access for access in Access if _is_due(archive.file(access))]
    not_yet = []
    for done, access in enumerate(due):

        def tell(step: int, done: int = done, access: Access = access) -> None:
            if progress is not None:
                name = archive.home.database(access).name
                progress(f"scrubbing {name}: {_STEPS[step]}", done * 4 + step, len(due) * 4)

        with archive.alone():
            late = _scrub(archive, access, tell, patience)
        if late:
            not_yet.append(late)
    if progress is not None and due:
        progress("scrubbing", len(due) * 4, len(due) * 4)
    return Scrubbed(not not_yet, tuple(not_yet))


def _scrub(
    archive: Archive, access: Access, tell: Callable[[int], None], patience: float
) -> str | None:
    """Scrub one file; what could not be done."""
    connection = archive.file(access)
    path = archive.home.database(access)
    until = time.monotonic() + patience
    with _impatient(connection):
        try:
            tell(0)
            with write_transaction(connection):
                optimize(connection)
            tell(1)
            _cut_log(connection, until)
            tell(2)
            connection.execute("VACUUM")
            tell(3)
            if not _cut_log(connection, until):
                return (
                    f"{path.name}: a reader has looked at an older state for {patience:.0f} "
                    "seconds, so its log still holds what was destroyed; scrub again later"
                )
            with write_transaction(connection):
                connection.execute("DELETE FROM unfinished WHERE what = 'scrub'")
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.rollback()
            raise translated(error, path) from error
    return None


def _cut_log(connection: sqlite3.Connection, until: float) -> bool:
    """Move the whole log into the file and cut it to nothing; False where readers were in the
    way until time was up."""
    while True:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)


@contextmanager
def _impatient(connection: sqlite3.Connection) -> Iterator[None]:
    """SQLite's own waiting kept short: `_cut_log` counts the time."""
    before = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout = 200")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before}")
