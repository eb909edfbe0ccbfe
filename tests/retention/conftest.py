"""An invented city's archive, office and register, and short ways to fill them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.archive.reading import Record, record_by_native
from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.config import Home, Settings
from archiver.items import Author, AuthorRole, Item, Kind
from archiver.register.accounts import Account, add_account
from tests.empty_home import empty_archive, empty_office

NOW = "2026-11-20T18:00:00Z"
CITY = Author("12", "AlderGlenParks", "Alder Glen Parks", AuthorRole.AGENCY)
RESIDENT = Author("90", "jfrost", "J. Frost", AuthorRole.PUBLIC)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Friday, 20 November 2026, ten in the morning in California."""
    monkeypatch.setenv("ARCHIVER_NOW", NOW)


@pytest.fixture
def settings() -> Settings:
    """The invented city's settings."""
    return Settings(agency="City of Alder Glen", schedule="palm-desert")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """office.db in an invented home."""
    connection = empty_office(Home(tmp_path))
    yield connection
    connection.close()


@pytest.fixture
def account(office: sqlite3.Connection) -> Account:
    """The one account of the register."""
    return add_account(
        office, actor="of", platform="x", handle="AlderGlenParks", department="Parks"
    )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive, open for writing."""
    empty_archive(Home(tmp_path))
    with Archive.open(Home(tmp_path), write=True) as opened:
        yield opened


@pytest.fixture
def store(archive: Archive, account: Account) -> Callable[..., Record]:
    """Stores a post (or what `changes` make of it) as seen at a time."""

    def stored(
        native_id: str,
        text: str = "The skate park is closed",
        *,
        observed_at: str = "2026-11-17T10:00:00Z",
        **changes: object,
    ) -> Record:
        stable = json.dumps([native_id, text]).encode()
        values: dict[str, object] = {
            "platform": "x",
            "kind": Kind.POST,
            "native_id": native_id,
            "author": CITY,
            "created_at": "2024-03-01T18:00:00Z",
            "text": text,
            "raw": stable,
            "stable": stable,
            **changes,
        }
        item = Item(**values)  # type: ignore[arg-type]
        reference = AccountRef(
            account.id,
            account.platform,
            account.handle,
            account.display_name,
            account.department,
            account.division,
            account.native_id,
            account.account_class,
        )
        run = begin_run(archive, reference, source="x-download")
        with batch(archive, run) as adding:
            adding.add([item], observed_at=observed_at)
        finish_run(archive, run, outcome="complete", notes={})
        found = record_by_native(archive.file(item.access), account.id, item.kind, native_id)
        assert found is not None
        return found

    return stored
