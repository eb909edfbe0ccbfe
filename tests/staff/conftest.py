"""A staff file, and cheap hashing so that the rules, not Argon2, take the time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from archiver.config import Home
from archiver.staff import passwords
from archiver.staff.schema import open_staff


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    )
    passwords._nobody.cache_clear()


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_staff(Home(tmp_path), create=True)
    yield connection
    connection.close()
