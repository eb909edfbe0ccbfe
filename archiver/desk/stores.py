"""Connections the desk's pages borrow: the evidence files read-only, the offices for short writes.

A page borrows a connection for as long as it works and gives it back; a few are kept open, because
opening one costs more than most queries. Who is limited to departments is lent connections of
their own, fitted to what they may know; nobody else's is ever fitted so, and never theirs lent.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

from archiver.archive.sight import Sight
from archiver.archive.veil import NOTHING, draw, refresh
from archiver.config import Home
from archiver.database import connect, connect_read_only
from archiver.desk.office_limits import connect_limited, limit

_KEPT = 8


class Pool:
    """Connections of one file. `lend` gives one that no other thread holds."""

    def __init__(self, opener: Callable[[], sqlite3.Connection]) -> None:
        self._open = opener
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection for the length of the block; an open transaction is rolled back after."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._open()
        try:
            yield connection
        finally:
            self._take_back(connection)

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.rollback()
        with self._lock:
            keep = not self._closed and len(self._idle) < _KEPT
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()


class Stores:
    """The files of a home as the desk may touch them. Datasette knows only the first two."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._archive = Pool(lambda: connect_read_only(home.archive_db))
        self._private = Pool(lambda: connect_read_only(home.private_db))
        self._office = Pool(lambda: connect(home.office_db))
        self._limited = {
            "archive": Pool(lambda: connect_read_only(home.archive_db)),
            "private": Pool(lambda: connect_read_only(home.private_db)),
        }
        self._limited_office = {
            True: Pool(lambda: connect_limited(home, private=True)),
            False: Pool(lambda: connect_limited(home, private=False)),
        }
        self._staff = Pool(lambda: connect(home.staff_db))

    @contextmanager
    def evidence(self, sight: Sight) -> Iterator[dict[str, sqlite3.Connection]]:
        """The evidence files by name, without what is in quarantine at this moment and what is of
        accounts the person is not to know of; private.db is not even opened for who may not see
        it."""
        whole = {"archive": self._archive, "private": self._private}
        pools = self._limited if sight.limited else whole
        with ExitStack() as stack:
            files = {name: stack.enter_context(pools[name].lend()) for name in sight.files}
            with self._office.lend() as office:
                for name, connection in files.items():
                    refresh(connection, name, office, sight.accounts)
            yield files

    @contextmanager
    def whole_evidence(self, sight: Sight) -> Iterator[dict[str, sqlite3.Connection]]:
        """Both evidence files by name with what is in quarantine, as far as the person may know of
        its accounts: for the attorney's pages of it alone. They are closed after; none of them is
        ever lent to another page."""
        with ExitStack() as stack:
            files = {
                name: stack.enter_context(closing(connect_read_only(path)))
                for name, path in (
                    ("archive", self._home.archive_db),
                    ("private", self._home.private_db),
                )
            }
            if sight.limited:
                for name, connection in files.items():
                    draw(connection, name, NOTHING, sight.accounts)
            yield files

    @contextmanager
    def office(self, sight: Sight) -> Iterator[sqlite3.Connection]:
        """office.db, for reading and short writes, as far as the person may know of it."""
        if not sight.limited:
            with self._office.lend() as connection:
                yield connection
            return
        with self._limited_office[sight.private].lend() as connection:
            limit(connection, sight)
            yield connection

    @contextmanager
    def staff(self) -> Iterator[sqlite3.Connection]:
        """staff.db, for reading and short writes."""
        with self._staff.lend() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        whole = (self._archive, self._private, self._office, self._staff)
        for pool in (*whole, *self._limited.values(), *self._limited_office.values()):
            pool.close()
