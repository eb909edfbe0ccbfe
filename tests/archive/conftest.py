"""A home with an empty archive, and short ways to make items."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.archive.store import Archive, create_archive
from archiver.archive.writing import AccountRef
from archiver.config import Home
from archiver.items import Author, AuthorRole, Item, Kind

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


@pytest.fixture
def new_home(tmp_path: Path) -> Callable[[str], Home]:
    """Makes a home with an empty archive."""

    def make(name: str = "home") -> Home:
        home = Home(tmp_path / name)
        home.path.mkdir()
        home.settings_file.write_text(
            'agency = "City of Alder Glen"\nschedule = "palm-desert"\n', "utf-8"
        )
        create_archive(home)
        return home

    return make


@pytest.fixture
def city(new_home: Callable[[str], Home]) -> Home:
    """A home with an empty archive."""
    return new_home("home")


@pytest.fixture
def archive(city: Home) -> Iterator[Archive]:
    """That archive, open for writing."""
    with Archive.open(city, write=True) as opened:
        yield opened
