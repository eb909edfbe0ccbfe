"""The four databases of a home at one point in time, while others go on writing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.database import connect, connect_read_only, translated
from archiver.errors import BusyError

PATIENCE_SECONDS = 600.0
SHORT_MILLISECONDS = 200
"""How long the writer lock is held in waiting for office.db or staff.db: then everything is let go
and asked for anew, so that nobody who holds one of them and waits for another is kept waiting."""
STEP_PAGES = 4096


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Read transactions on all four files, begun while nobody wrote. `archive` reads the evidence,
    `at` is when; `held` is for how many seconds writers had to wait."""

    home: Home
    at: str
    archive: Archive
    office: sqlite3.Connection
    staff: sqlite3.Connection
    held: float

    def files(self) -> dict[str, sqlite3.Connection]:
        """The connections by the name of their file."""
        return {
            self.home.archive_db.name: self.archive.public,
            self.home.private_db.name: self.archive.private,
            self.home.office_db.name: self.office,
            self.home.staff_db.name: self.staff,
        }

    def tombstones(self) -> int:
        """How many things had been destroyed by then."""
        return count_tombstones(self.archive)


@contextmanager
def snapshot(home: Home) -> Iterator[Snapshot]:
    """Open all four databases at one point: what commits later is not seen, whatever file it is in.

    Writers wait only while the read transactions are opened. Raises BusyError where somebody writes
    without a pause for ten minutes, HomeError where a file is missing.
    """
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        with ExitStack() as stack:
            try:
                taken = _take(home, stack)
            except (BusyError, sqlite3.OperationalError) as error:
                known = translated(error, None) if isinstance(error, sqlite3.Error) else error
                if not isinstance(known, BusyError) or time.monotonic() > give_up:
                    raise known from None
            else:
                yield taken
                return
        time.sleep(0.05)


def _take(home: Home, stack: ExitStack) -> Snapshot:
    archive = stack.enter_context(Archive.open(home, whole=True))
    others = [
        stack.enter_context(closing(connect_read_only(path)))
        for path in (home.office_db, home.staff_db)
    ]
    with ExitStack() as locks:
        writers = [
            locks.enter_context(closing(connect(path))) for path in (home.office_db, home.staff_db)
        ]
        for writer in writers:
            writer.execute(f"PRAGMA busy_timeout = {SHORT_MILLISECONDS}")
        locks.enter_context(archive.alone())
        began = time.monotonic()
        for writer in writers:
            writer.execute("BEGIN IMMEDIATE")
        for reader in (archive.public, archive.private, *others):
            reader.execute("BEGIN")
            # a read transaction begins with the first look, not with BEGIN
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        at = clock.now_text()
        for writer in writers:
            writer.execute("ROLLBACK")
        held = time.monotonic() - began
    return Snapshot(home, at, archive, others[0], others[1], held)


def count_tombstones(archive: Archive) -> int:
    """How many tombstones stand in both files."""
    return sum(
        int(connection.execute("SELECT count(*) FROM tombstones").fetchone()[0])
        for connection in (archive.public, archive.private)
    )


def copy_database(
    source: sqlite3.Connection, path: Path, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write what a snapshot's connection sees into a new file, readable by its owner alone.

    `progress` is told bytes done, of how many. Raises OSError or StorageError where the disk is
    full or not writable.
    """
    size = int(source.execute("PRAGMA page_size").fetchone()[0])

    def step(_: int, left: int, total: int) -> None:
        if progress:
            progress((total - left) * size, total * size)

    try:
        path.touch(mode=0o600, exist_ok=False)
        with closing(sqlite3.connect(path, isolation_level=None)) as copy:
            # the copy counts only once the whole backup has its name: one sync at its end is enough
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA synchronous = OFF")
            source.backup(copy, pages=STEP_PAGES, progress=step)
    except sqlite3.Error as error:
        raise translated(error, path) from None
