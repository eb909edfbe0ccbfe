"""Who hands in records stands in the register as an account of a class of its own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from archiver.config import Home
from archiver.database import connect, write_transaction
from archiver.errors import InputError
from archiver.register.accounts import find_account, list_accounts
from archiver.register.office import open_office
from archiver.register.schema import MIGRATIONS
from archiver.register.sources import source_account


def test_a_source_is_entered_once_and_a_namesake_elsewhere_is_another(tmp_path: Path) -> None:
    office = open_office(Home(tmp_path), create=True)
    with write_transaction(office):
        first = source_account(office, actor="of", name="Ana Reyes", department="City Council")
        again = source_account(office, actor="of", name=" Ana  Reyes", department="city council")
        other = source_account(office, actor="of", name="Ana Reyes", department="Library")
    assert first == again
    assert (first.handle, other.handle) == ("Ana-Reyes", "Ana-Reyes-2")
    assert find_account(office, "forwarded:Ana-Reyes") == first
    assert len(list_accounts(office)) == 2
    with pytest.raises(InputError, match="is named"), write_transaction(office):
        source_account(office, actor="of", name=" ", department="Library")
    office.close()


def test_a_register_from_before_keeps_its_accounts_and_their_handles(tmp_path: Path) -> None:
    path = tmp_path / "office.db"
    before = connect(path, create=True)
    with write_transaction(before):
        MIGRATIONS.apply(Database(before), stop_before="m005_sources_of_forwarded_records")
        before.execute(
            "INSERT INTO register_accounts (id, platform, handle, handle_key, display_name, "
            "department, department_key, division, division_key, account_class, created_at) "
            "VALUES (7, 'x', 'Parks', 'parks', 'Parks', 'Parks', 'parks', '', '', 'official', "
            "'2026-01-01T00:00:00Z')"
        )
        before.execute(
            "INSERT INTO register_handles (account_id, handle, handle_key, since) "
            "VALUES (7, 'Parks', 'parks', '2026-01-01T00:00:00Z')"
        )
    before.close()
    office = open_office(Home(tmp_path))
    assert [each.id for each in list_accounts(office)] == [7]
    assert office.execute("PRAGMA foreign_key_check").fetchall() == []
    for change in ("DELETE FROM register_handles", "UPDATE register_handles SET handle = 'x'"):
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            office.execute(change)
    office.close()
