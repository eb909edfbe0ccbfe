"""An empty office.db in an invented home."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.register.office import open_office


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 21 November 2026."""
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-21T18:00:00Z")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """office.db with the register's tables only."""
    connection = open_office(Home(tmp_path), create=True)
    yield connection
    connection.close()
