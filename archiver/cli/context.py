"""What a command gets from the words before it: the home and how talkative to be."""

from __future__ import annotations

import getpass
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from archiver.config import Home, find_home

if TYPE_CHECKING:
    from archiver.archive.store import Archive


@dataclass
class State:
    """The shared options of a call."""

    home: str | None
    quiet: bool

    @cached_property
    def found_home(self) -> Home:
        """The archive home. Raises HomeError where there is none, or this user cannot write it."""
        # slow to load, and `--help` and a wrong word need it not
        from archiver.operations.home import require_writable

        home = find_home(self.home)
        require_writable(home)
        return home

    @contextmanager
    def office(self) -> Iterator[sqlite3.Connection]:
        """office.db, up to date, closed afterwards."""
        # slow to load, and `--help` and a wrong word need neither
        from archiver.operations.home import prepare
        from archiver.register.office import open_office

        prepare(self.found_home)
        connection = open_office(self.found_home)
        try:
            yield connection
        finally:
            connection.close()


def actor() -> str:
    """Who acts on the command line: the name the machine knows the person by."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def archive_files(archive: Archive) -> dict[str, sqlite3.Connection]:
    """The archive's files by the name a record is known under."""
    return {"archive": archive.public, "private": archive.private}
