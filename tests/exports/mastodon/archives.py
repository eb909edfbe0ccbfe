"""Mastodon archives for the tests of the importer."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from archiver.archive.store import Archive
from archiver.capture.import_report import ImportReport
from archiver.capture.imports import import_download
from archiver.config import Home
from archiver.demo.mastodon_download import ACCOUNT as WHO
from archiver.exports.counting import FileCount
from archiver.exports.formats import Download
from archiver.exports.mastodon.download import FORMAT
from archiver.exports.reader import open_download
from archiver.items import Item, Skipped, Subscriber
from tests.capture.import_home import ACCOUNT_ROW, new_home

ACCOUNT = replace(ACCOUNT_ROW, platform="mastodon", handle=WHO.handle, native_id=None)
HOST = "https://social.example.org"
OWN = f"{HOST}/users/city"
FOLLOWERS = f"{OWN}/followers"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTOR: dict[str, Any] = {
    "id": OWN,
    "type": "Person",
    "preferredUsername": "city",
    "name": "City of Alder Glen",
    "followers": FOLLOWERS,
    "summary": "<p>News.</p>",
    "published": "2022-11-07T00:00:00Z",
}


def note(number: int = 1, **more: Any) -> dict[str, Any]:
    """A public post with that id."""
    return {
        "id": f"{OWN}/statuses/{number}",
        "type": "Note",
        "published": "2026-03-01T10:00:00Z",
        "attributedTo": OWN,
        "to": [PUBLIC],
        "cc": [FOLLOWERS],
        "content": f"<p>text {number}</p>",
        **more,
    }


def create(about: Mapping[str, Any]) -> dict[str, Any]:
    """The activity around a post."""
    return {
        "id": f"{about['id']}/activity",
        "type": "Create",
        "actor": OWN,
        "published": about.get("published"),
        "to": about.get("to"),
        "cc": about.get("cc"),
        "object": dict(about),
    }


def outbox(*activities: Any, **more: Any) -> bytes:
    """An outbox of these."""
    total = {"totalItems": len(activities), **more}
    return json.dumps({"type": "OrderedCollection", **total, "orderedItems": activities}).encode()


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip of these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


class Walked:
    """What a walk of a download gave."""

    def __init__(self, *paths: Path) -> None:
        with open_download(*paths) as reader:
            (root,) = FORMAT.find(reader)
            self.download: Download = FORMAT.open(reader, root)
            self.pages = list(self.download.walk())
            self.counts: dict[str, FileCount] = {
                count.member: count for count in self.download.inventory()
            }
            self.notes = self.download.warnings
        self.items: list[Item] = [item for page in self.pages for item in page.items]
        self.people: list[Subscriber] = [one for page in self.pages for one in page.subscribers]
        self.skipped: list[Skipped] = [one for page in self.pages for one in page.skipped]

    def adds_up(self) -> bool:
        """Whether each unit ended as one thing."""
        given = len(self.items) + len(self.people) + len(self.skipped)
        return given == sum(count.units - count.joined for count in self.counts.values())


def walked(tmp_path: Path, *activities: Any, **files: bytes) -> Walked:
    """A walk of an archive with these activities."""
    held = {"outbox.json": outbox(*activities), "actor.json": json.dumps(ACTOR).encode()}
    return Walked(zipped(tmp_path / "archive.zip", {**held, **files}))


def only(found: Walked) -> Item:
    """The one record beside the profile."""
    (item,) = (item for item in found.items if item.form != "profile")
    return item


def imported(tmp_path: Path, *paths: Path, **more: str) -> ImportReport:
    """Import into a new home, or the one there is."""
    path = tmp_path / "home"
    home = Home(path) if path.exists() else new_home(path)
    with Archive.open(home, write=True) as archive:
        return import_download(archive, ACCOUNT, list(paths), **more)
