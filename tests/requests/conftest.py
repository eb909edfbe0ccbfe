"""A request book in an invented home, and an attorney who attests."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.archive.reading import record_by_native
from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.config import Home, Settings
from archiver.items import Author, AuthorRole, Item, Kind
from archiver.requests.book import Request, attest_exemption, new_request
from tests.empty_home import empty_archive, empty_office

NOW = "2026-11-20T18:00:00Z"
RECEIVED = "2026-11-16T17:12:00Z"
ASKED = "All comments on the city's posts about the skate park."


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Friday, 20 November 2026, ten in the morning in California."""
    monkeypatch.setenv("ARCHIVER_NOW", NOW)


@pytest.fixture
def settings() -> Settings:
    """The invented city's settings."""
    return Settings(agency="City of Alder Glen", schedule="palm-desert", request_prefix="")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """office.db in an invented home."""
    connection = empty_office(Home(tmp_path))
    yield connection
    connection.close()


@pytest.fixture
def request_made(office: sqlite3.Connection, settings: Settings) -> Request:
    """Request 2026-0001, received at the counter."""
    return new_request(
        office,
        settings,
        actor="of",
        received_at=RECEIVED,
        channel="counter",
        verbatim=ASKED,
    )


@pytest.fixture
def attest(office: sqlite3.Connection) -> Callable[[str], None]:
    """The fictional city attorney attests a section."""

    def attested(section: str) -> None:
        attest_exemption(
            office, section, actor="ph", attorney="P. Haldane", on=dt.date(2026, 1, 12)
        )

    return attested


ACCOUNT = AccountRef(
    id=1,
    platform="x",
    handle="AlderGlenParks",
    display_name="Alder Glen Parks",
    department="Parks and Recreation",
    division="",
    native_id="12",
    account_class="official",
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive, open for writing."""
    home = Home(tmp_path)
    empty_archive(home)
    with Archive.open(home, write=True) as opened:
        yield opened


@pytest.fixture
def files(archive: Archive) -> dict[str, sqlite3.Connection]:
    """The archive's files by the names request items use."""
    return {"archive": archive.public, "private": archive.private}


@pytest.fixture
def store(archive: Archive) -> Callable[..., int]:
    """Stores a comment (or what `changes` make of it) as seen at a time; gives its record id."""

    def stored(
        native_id: str,
        text: str = "The lights at the skate park are out",
        *,
        observed_at: str = "2026-11-17T10:00:00Z",
        **changes: object,
    ) -> int:
        stable = json.dumps([native_id, text]).encode()
        values: dict[str, object] = {
            "platform": "x",
            "kind": Kind.COMMENT,
            "native_id": native_id,
            "author": Author("90", "jfrost", "J. Frost", AuthorRole.PUBLIC),
            "created_at": "2026-11-16T10:00:00Z",
            "text": text,
            "raw": stable,
            "stable": stable,
            **changes,
        }
        item = Item(**values)  # type: ignore[arg-type]
        run = begin_run(archive, ACCOUNT, source="x-download")
        with batch(archive, run) as adding:
            adding.add([item], observed_at=observed_at)
        finish_run(archive, run, outcome="complete", notes={})
        found = record_by_native(archive.file(item.access), ACCOUNT.id, item.kind, native_id)
        assert found is not None
        return found.id

    return stored
