"""An office with two accounts in its register."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.register.accounts import add_account
from tests.empty_home import empty_office

NOW = "2026-11-20T18:00:00Z"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Friday, 20 November 2026, ten in the morning in California."""
    monkeypatch.setenv("ARCHIVER_NOW", NOW)


@pytest.fixture
def place(tmp_path: Path) -> Home:
    """Where the office and its documents lie."""
    return Home(tmp_path)


@pytest.fixture
def office(place: Home) -> Iterator[sqlite3.Connection]:
    """office.db with two accounts."""
    connection = empty_office(place)
    for handle in ("Parks", "Water"):
        add_account(connection, actor="of", platform="x", handle=handle, department=handle)
    yield connection
    connection.close()
