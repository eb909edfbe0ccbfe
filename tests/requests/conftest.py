"""A request book in an invented home, and an attorney who attests."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.config import Home, Settings
from archiver.register.office import open_office
from archiver.requests.book import Request, attest_exemption, new_request
from archiver.requests.schema import migrate_requests
from archiver.retention.schema import migrate_retention

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
    """office.db with the tables of register, retention and requests."""
    connection = open_office(Home(tmp_path), create=True)
    migrate_retention(connection)
    migrate_requests(connection)
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
