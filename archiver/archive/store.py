"""The two evidence files of a home, opened together, and what has to stand before they can be."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from archiver.archive.dictionary import Codec
from archiver.archive.keys import TOMBSTONE_KEY, make_keys
from archiver.archive.schema import MIGRATIONS, migrate_archive
from archiver.archive.veil import draw, hidden_in
from archiver.config import Home
from archiver.database import connect, connect_read_only, rows, translated
from archiver.errors import BusyError, HomeError, StorageError
from archiver.items import Access

FOLDERS = ("media", "originals", "warc", "incoming")
LOCK_SECONDS = 60.0
WAL_PAGES = 4_000
"""So many pages (64 MB) collect in the log before they move to the file: an import touches the same
pages of its trees in every batch."""
CACHE_KIB = 32 * 1024
"""Page cache of each file: SQLite's 2 MB is 125 pages, too few for a batch that touches ten
trees."""


class Archive:
    """archive.db and private.db of a home. Use it as a context manager.

    Several programs may hold one open for writing; `writer` lets one at a time write. `walks` are
    the walks of lists of people under way here (run, relation): see `people`.
    """

    def __init__(self, home: Home, public: sqlite3.Connection, private: sqlite3.Connection) -> None:
        self.home = home
        self.public = public
        self.private = private
        self.walks: set[tuple[int, str]] = set()
        self._codecs: dict[Access, Codec] = {}

    @classmethod
    def open(cls, home: Home, *, write: bool = False, whole: bool = False) -> Archive:
        """Open both files.

        What is in quarantine is left out for who reads, unless the `whole` is asked for: by what
        verifies, holds, disposes, copies, and counts for the archive itself. Who writes sees it.

        Raises HomeError where one is missing, not migrated or of a newer program.
        """
        opened = connect if write else connect_read_only
        public = opened(home.archive_db)
        try:
            private = opened(home.private_db)
        except BaseException:
            public.close()
            raise
        archive = cls(home, public, private)
        try:
            for access in Access:
                archive.file(access).execute(f"PRAGMA cache_size = -{CACHE_KIB}")
                if write:
                    archive.file(access).execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
                _check_schema(archive.file(access), home.database(access))
            if not (write or whole):
                hidden = hidden_in(home)
                for file, connection in (("archive", public), ("private", private)):
                    if hidden.revision:
                        draw(connection, file, hidden)
        except BaseException as error:
            archive.close()
            if isinstance(error, sqlite3.DatabaseError):
                raise translated(error, home.path) from None
            raise
        return archive

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close both files."""
        self.public.close()
        self.private.close()

    def file(self, access: Access) -> sqlite3.Connection:
        """The file of an access class."""
        return self.public if access is Access.PUBLIC else self.private

    def codec(self, access: Access) -> Codec:
        """Packs and unpacks the raw objects of a file."""
        if access not in self._codecs:
            self._codecs[access] = Codec(self.file(access))
        return self._codecs[access]

    @contextmanager
    def writer(self) -> Iterator[None]:
        """One write to both files, whole or not at all in each; private.db commits first.

        A kill between the two commits leaves private.db one batch ahead; the batch comes again,
        because its cursor lies in archive.db, and finds its private part done.
        Raises BusyError where another program writes for longer than a minute.
        """
        with _locked(self.home.writer_lock):
            try:
                self.private.execute("BEGIN IMMEDIATE")
                self.public.execute("BEGIN IMMEDIATE")
                yield
                self.private.execute("COMMIT")
                self.public.execute("COMMIT")
            except BaseException as error:
                for connection in (self.private, self.public):
                    if connection.in_transaction:
                        connection.rollback()
                if isinstance(error, sqlite3.OperationalError):
                    raise translated(error, self.home.path) from error
                raise

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The writer lock without a transaction, for what SQLite does outside of one (VACUUM).

        Raises BusyError where another program writes for longer than a minute.
        """
        with _locked(self.home.writer_lock):
            yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from None
    try:
        _wait_for_lock(handle, path)
        yield
    finally:
        os.close(handle)


def _wait_for_lock(handle: int, path: Path) -> None:
    give_up = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise BusyError(
                    f"another program is writing to the archive ({path}): "
                    "wait for it and run the command again"
                ) from None
            time.sleep(0.02)
        else:
            return


def create_archive(home: Home) -> None:
    """Make folders, keys and both evidence files, or bring them up to date.

    Raises StorageError where the home cannot be written, HomeError where a file is of a newer
    program.
    """
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        for access in Access:
            folder = home.folder(access)
            folder.mkdir(exist_ok=True, mode=0o750 if access is Access.PUBLIC else 0o700)
            for name in FOLDERS:
                (folder / name).mkdir(exist_ok=True)
        _check_tombstone_key(home)
        make_keys(home.keys)
    except OSError as error:
        raise StorageError(f"{home.path} cannot be written: {error.strerror}") from None
    for access in Access:
        path = home.database(access)
        connection = connect(path, create=True)
        try:
            _check_not_newer(connection, path)
            migrate_archive(connection)
        finally:
            connection.close()
        path.chmod(0o640 if access is Access.PUBLIC else 0o600)


def _check_tombstone_key(home: Home) -> None:
    """A home from before there was this key gets one; where something was destroyed under a key
    that is lost, a new one would let it come back unnoticed."""
    if (home.keys / TOMBSTONE_KEY).exists():
        return
    for path in (home.archive_db, home.private_db):
        if path.exists() and _has_identities(path):
            raise HomeError(
                f"{home.path} has lost keys/{TOMBSTONE_KEY}, by which destroyed records are known: "
                "nothing was changed; restore it from the backup"
            )


def _has_identities(path: Path) -> bool:
    connection = connect_read_only(path)
    try:
        found = connection.execute("SELECT 1 FROM tombstones WHERE identity IS NOT NULL LIMIT 1")
        return found.fetchone() is not None
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()


def _applied(connection: sqlite3.Connection) -> set[str]:
    try:
        found = rows(
            connection, "SELECT name FROM _sqlite_migrations WHERE migration_set = 'archive'"
        )
    except sqlite3.OperationalError:
        return set()
    return {str(row["name"]) for row in found}


def _known() -> set[str]:
    return {migration.name for migration in MIGRATIONS._migrations}


def _check_not_newer(connection: sqlite3.Connection, path: Path) -> set[str]:
    applied = _applied(connection)
    if applied - _known():
        raise HomeError(f"{path} was written by a newer archiver: update this program")
    return applied


def _check_schema(connection: sqlite3.Connection, path: Path) -> None:
    if _check_not_newer(connection, path) != _known():
        raise HomeError(f"{path} is from an older archiver: run `archiver doctor`")
