"""An invented city with an archive, a request book and an attorney: everything a volume needs."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from archiver.archive.media import store_media
from archiver.archive.reading import record_by_native
from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.config import Home, Settings
from archiver.items import Access, Author, AuthorRole, Item, Kind, MediaRef
from archiver.operations.home import create_home
from archiver.production.ledger import Production
from archiver.production.produce import produce
from archiver.register.office import open_office
from archiver.requests.book import (
    Claim,
    Request,
    add_items,
    attest_exemption,
    decide,
    items_of,
    new_request,
)
from tests.empty_home import copied

HERE = Path(__file__).parent
NOW = "2026-11-20T18:00:00Z"
PARKS = AccountRef(
    1, "x", "AlderGlenParks", "Alder Glen Parks", "Parks and Recreation", "", "12", "official"
)
RESIDENT = Author("90", "jfrost", "J. Frost", AuthorRole.PUBLIC)


def _module(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


synthetic = _module("synthetic_release", HERE / "synthetic.py")


@dataclass
class City:
    """A home with one account, one request, and short words for what a test does with them."""

    home: Home
    office: sqlite3.Connection
    archive: Archive
    requests: list[Request] = field(default_factory=list)

    def ask(
        self, wording: str = "All comments on the skate park.", *, practice: bool = False
    ) -> str:
        """Log a request; gives its number."""
        request = new_request(
            self.office,
            self.home.settings(),
            actor="of",
            received_at="2026-11-16T17:12:00Z",
            channel="counter",
            verbatim=wording,
            practice=practice,
        )
        self.requests.append(request)
        return request.number

    def store(
        self,
        native_id: str,
        text: str = "The lights at the skate park are out",
        *,
        observed_at: str = "2026-11-17T10:00:00Z",
        pictures: tuple[tuple[Path, str], ...] = (),
        **changes: object,
    ) -> tuple[str, int]:
        """Take a comment into the archive, as it stood at a time; gives its file and record id."""
        stable = json.dumps([native_id, text]).encode()
        values: dict[str, object] = {
            "platform": "x",
            "kind": Kind.COMMENT,
            "native_id": native_id,
            "author": RESIDENT,
            "created_at": "2026-11-16T10:00:00Z",
            "text": text,
            "raw": stable,
            "stable": stable,
            "media": tuple(MediaRef(path.name, alt_text=alt) for path, alt in pictures),
            **changes,
        }
        item = Item(**values)
        held = {}
        for path, _ in pictures:
            with path.open("rb") as stream:
                held[path.name] = store_media(self.home, item.access, stream)
        run = begin_run(self.archive, PARKS, source="x-download")
        with batch(self.archive, run) as adding:
            adding.add([item], observed_at=observed_at, media=held)
        finish_run(self.archive, run, outcome="complete", notes={})
        found = record_by_native(self.archive.file(item.access), PARKS.id, item.kind, native_id)
        return ("private" if item.access is Access.PRIVATE else "archive"), found.id

    def collect(self, number: str, *records: tuple[str, int]) -> list[int]:
        """Put records into a request; gives the numbers of all its items."""
        files = {"archive": self.archive.public, "private": self.archive.private}
        add_items(self.office, files, number, records, actor="of")
        return [item.id for item in items_of(self.office, number)]

    def release(self, number: str, *items: int) -> None:
        """Decide that items are released."""
        decide(self.office, number, items, "release", actor="of")

    def withhold(self, number: str, *items: int, section: str = "7927.105", **more: object) -> None:
        """Decide that items are withheld; the attorney attests the section first."""
        self.attest(section)
        claims = [Claim(section)]
        decide(self.office, number, items, "withhold", actor="of", claims=claims, **more)

    def attest(self, section: str) -> None:
        """The attorney attests a section."""
        attest_exemption(
            self.office, section, actor="ph", attorney="P. Haldane", on=dt.date(2026, 1, 12)
        )

    def produce(self, number: str, now: str = NOW) -> Production:
        """Produce what is decided."""
        [made] = produce(self.home, self.office, self.archive, number, actor="of", now=now)
        return made

    def close(self) -> None:
        """Close every file."""
        self.archive.close()
        self.office.close()


def found_city(path: Path) -> City:
    """A new city in a folder. Each has the same key: its packets name the key's fingerprint."""
    home = copied(_with_the_key, path)
    return City(home, open_office(home), Archive.open(home, write=True))


def _with_the_key(path: Path) -> None:
    settings = Settings(agency="City of Alder Glen", schedule="palm-desert", bates_prefix="AG")
    (path / "keys").mkdir(parents=True, mode=0o700)
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (path / "keys" / "seal.key").write_bytes(pem)
    create_home(path, settings)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Friday, 20 November 2026, ten in the morning in California."""
    monkeypatch.setenv("ARCHIVER_NOW", NOW)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """The invented city."""
    made = found_city(tmp_path / "city")
    yield made
    made.close()


@pytest.fixture
def new_city() -> Callable[[Path], City]:
    """Founds a city in a folder; the test closes it."""
    return found_city


@pytest.fixture
def parks() -> AccountRef:
    """The city's account of its parks on X."""
    return PARKS


@pytest.fixture(scope="session")
def people() -> ModuleType:
    """Synthetic records and releases to print from."""
    return synthetic


@pytest.fixture(scope="session")
def failures() -> Callable[[Path, str], dict[str, str]]:
    """veraPDF's findings about a file."""
    return _module("pdf_conformance", HERE.parent / "pdf" / "conformance.py").failures
