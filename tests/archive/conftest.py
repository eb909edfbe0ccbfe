"""A home with an empty archive, and short ways to make items."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.archive.writing import AccountRef, batch, begin_run
from archiver.config import Home
from archiver.items import Access, Author, AuthorRole, Exchange, Item, Kind
from tests.empty_home import empty_archive

ACCOUNT = AccountRef(
    id=1,
    platform="x",
    handle="AlderGlen",
    display_name="City of Alder Glen",
    department="City Manager",
    division="Communications",
    native_id="12",
    account_class="official",
)
CITY = Author("12", "AlderGlen", "City of Alder Glen", AuthorRole.AGENCY)


def make_item(native_id: str, text: str = "Park closure", **changes: object) -> Item:
    """A post as a source would give it; `changes` replace fields."""
    fields: dict[str, object] = {
        "platform": "x",
        "kind": Kind.POST,
        "native_id": native_id,
        "author": CITY,
        "created_at": "2026-08-14T14:52:00Z",
        "text": text,
    }
    fields.update(changes)
    stable = json.dumps({"id": native_id, "text": text}, sort_keys=True).encode()
    fields.setdefault("stable", stable)
    fields.setdefault("raw", b'{"tweet": ' + stable + b"}")
    return Item(**fields)  # type: ignore[arg-type]


@pytest.fixture(scope="session", name="one_item")
def _one_item() -> Callable[..., Item]:
    """Makes a post; keywords replace fields (for fixtures that outlive a test)."""
    return make_item


@pytest.fixture
def item() -> Callable[..., Item]:
    """Makes a post; keywords replace fields."""
    return make_item


@pytest.fixture
def account() -> AccountRef:
    """The account that items are of."""
    return ACCOUNT


@pytest.fixture
def exchange() -> Callable[..., Exchange]:
    """Makes an exchange as a connector hands it over."""

    def make(body: bytes = b'{"posts": []}', **changes: object) -> Exchange:
        fields: dict[str, object] = {
            "method": "GET",
            "url": "https://api.example.com/posts?page=1",
            "requested_at": "2026-08-15T00:00:00Z",
            "request_headers": (("Host", "api.example.com"),),
            "request_body": b"",
            "status": 200,
            "reason": "OK",
            "response_headers": (("Content-Type", "application/json"),),
            "response_body": body,
        }
        fields.update(changes)
        return Exchange(**fields)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_home() -> Callable[[Path], Home]:
    """Makes a home with an empty archive in a folder."""

    def make(path: Path) -> Home:
        home = Home(path)
        home.path.mkdir()
        home.settings_file.write_text(
            'agency = "City of Alder Glen"\nschedule = "palm-desert"\n', "utf-8"
        )
        empty_archive(home)
        return home

    return make


@pytest.fixture
def new_home(make_home: Callable[[Path], Home], tmp_path: Path) -> Callable[[str], Home]:
    """Makes a home with an empty archive, by name."""
    return lambda name: make_home(tmp_path / name)


@pytest.fixture
def city(new_home: Callable[[str], Home]) -> Home:
    """A home with an empty archive."""
    return new_home("home")


@pytest.fixture
def archive(city: Home) -> Iterator[Archive]:
    """That archive, open for writing."""
    with Archive.open(city, write=True) as opened:
        yield opened


class Rig:
    """An archive with one run open, and one-line ways to use it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.run = begin_run(archive, ACCOUNT, source="x-download")

    def add(self, *items: Item, at: str = "2026-08-15T00:00:00Z", **more: object) -> list[str]:
        """Add items in a batch of their own; the outcomes."""
        with batch(self.archive, self.run) as opened:
            outcomes = opened.add(items, observed_at=at, **more)  # type: ignore[arg-type]
        return [outcome.value for outcome in outcomes]

    def rows(self, sql: str, *values: object, access: Access = Access.PUBLIC) -> list[tuple]:
        """Rows of a query as tuples."""
        return [tuple(row) for row in self.archive.file(access).execute(sql, values)]

    def one(self, sql: str, *values: object, access: Access = Access.PUBLIC) -> object:
        """The one value a query gives."""
        return self.archive.file(access).execute(sql, values).fetchone()[0]

    def wrong(self) -> list[str]:
        """What verify finds, seal first."""
        seal(self.archive, now="2026-08-20T00:00:00Z")
        report = verify(self.archive.home)
        return [f"{found.where}: {found.what}" for found in report.findings]


@pytest.fixture(scope="session")
def make_rig() -> Callable[[Archive], Rig]:
    """Opens a run in an archive."""
    return Rig


@pytest.fixture
def rig(archive: Archive) -> Rig:
    """That archive with a run open."""
    return Rig(archive)
