"""Repositories for the tests of the importer: written, walked, imported."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from archiver.archive.store import Archive
from archiver.capture.import_report import ImportReport
from archiver.capture.imports import import_download
from archiver.config import Home
from archiver.demo.accounts import BLUESKY_ACCOUNTS
from archiver.demo.bluesky_download import BlueskyWritten, write_bluesky_download
from archiver.exports.bluesky.download import FORMAT
from archiver.exports.counting import FileCount
from archiver.exports.formats import Download
from archiver.exports.reader import open_download
from archiver.items import Item, Skipped, Subscriber
from archiver.register.accounts import Account
from tests.capture.import_home import ACCOUNT_ROW, new_home

WHO = BLUESKY_ACCOUNTS[0]
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ACCOUNT = replace(ACCOUNT_ROW, platform="bluesky", handle=WHO.handle, native_id=WHO.native_id)


def written(folder: Path, posts: int = 120, **more: int) -> BlueskyWritten:
    """A download of the invented city's parks."""
    return write_bluesky_download(folder, account=WHO, posts=posts, generated_at=NOW, **more)


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

    @property
    def failed(self) -> list[Skipped]:
        """What could not be read."""
        return [one for one in self.skipped if one.failed]

    def adds_up(self) -> bool:
        """Whether each unit ended as one thing."""
        given = len(self.items) + len(self.people) + len(self.skipped)
        return given == sum(count.units - count.joined for count in self.counts.values())


def imported(tmp_path: Path, *paths: Path, account: Account = ACCOUNT, **more: str) -> ImportReport:
    """Import into a new home, or the one there is."""
    path = tmp_path / "home"
    home = new_home(path) if not path.exists() else None
    with Archive.open(home or Home(path), write=True) as archive:
        return import_download(archive, account, list(paths), **more)
