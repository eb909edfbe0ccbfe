"""Homes for tests: the program makes each kind once in a test process, the tests get copies."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from archiver.config import Home, Settings
from archiver.operations.home import create_home
from archiver.register.office import open_office

SETTINGS = Settings(
    agency="City of Alder Glen", schedule="palm-desert", request_prefix="AG-", bates_prefix="AG"
)


def copied(make: Callable[[Path], object], path: Path) -> Home:
    """A copy of the home that `make` makes in an empty folder. `make` is called once, so what it
    makes must be the same for every test. Files that are in the way are replaced."""
    shutil.copytree(_made(make), path, dirs_exist_ok=True)
    return Home(path)


def empty_home(path: Path) -> Home:
    """A whole home with the settings of Alder Glen."""
    return copied(_empty, path)


def empty_archive(home: Home) -> None:
    """The evidence files, their folders and keys alone. Raises FileExistsError where the home has
    evidence already."""
    if home.archive_db.exists():
        raise FileExistsError(home.archive_db)
    made = _made(_empty)
    home.path.mkdir(parents=True, exist_ok=True)
    for name in ("archive.db", "private.db"):
        shutil.copy2(made / name, home.path / name)
    for name in ("keys", "public", "private"):
        shutil.copytree(made / name, home.path / name, dirs_exist_ok=True)


def empty_office(home: Home) -> sqlite3.Connection:
    """office.db with the tables of every room, open."""
    shutil.copy2(_made(_empty) / "office.db", home.office_db)
    return open_office(home)


def _empty(path: Path) -> None:
    create_home(path, SETTINGS)


@cache
def _made(make: Callable[[Path], object]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="archiver-test-homes-"))
    atexit.register(_remove, folder, os.getpid())
    make(folder / "home")
    return folder / "home"


def _remove(folder: Path, maker: int) -> None:
    """A forked child ends too, and must leave what is not its own."""
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)
