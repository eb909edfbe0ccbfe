"""What the city has on platforms that are read from downloads alone: one account each, with a small
download of the layout of today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archiver.demo.accounts import DemoAccount
from archiver.demo.facebook_download import Layout as FacebookLayout
from archiver.demo.facebook_download import write_facebook_download
from archiver.demo.facebook_encrypted import write_encrypted_download
from archiver.demo.instagram_download import Layout as InstagramLayout
from archiver.demo.instagram_download import write_instagram_download
from archiver.demo.linkedin_page import LINKEDIN_PAGE, write_page_export
from archiver.demo.mastodon_download import ACCOUNT as MASTODON_ACCOUNT
from archiver.demo.mastodon_download import write_mastodon_download
from archiver.demo.meta_story import MetaAccount
from archiver.demo.nextdoor_download import NEXTDOOR_ACCOUNT, write_nextdoor_download
from archiver.demo.tiktok_download import HANDLE, write_json_download
from archiver.demo.youtube_download import CHANNEL, NAME, write_takeout

ENTRIES = 24
ATTESTED = "Downloaded by the communications office, signed in as the account."


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An account and how its download is written: into a new folder, with about so many entries;
    gives the files. `of` tells the downloads of one account apart."""

    account: DemoAccount
    write: Callable[[Path, int], list[Path]]
    of: str = ""

    @property
    def name(self) -> str:
        """What the download is known by in the demonstration."""
        return f"{self.account.platform}-{self.of}" if self.of else self.account.platform


def _account(platform: str, handle: str, native_id: str, name: str) -> DemoAccount:
    return DemoAccount(
        *(platform, handle, native_id, name, "city", "City Manager", "Communications"),
        *(f"{name} on {platform.capitalize()}.", 5),
    )


def _facebook(folder: Path, entries: int) -> list[Path]:
    path = folder / "facebook-cityofalderglen.zip"
    write_facebook_download(path, FacebookLayout.PAGE, entries)
    return [path]


def _facebook_encrypted(folder: Path, entries: int) -> list[Path]:
    """Messenger gives encrypted chats apart; a few of them are in the ordinary download too."""
    path = folder / "messenger-encrypted-chats.zip"
    write_encrypted_download(path, entries // 2)
    return [path]


def _instagram(folder: Path, entries: int) -> list[Path]:
    path = folder / "instagram-cityofalderglen.zip"
    write_instagram_download(path, InstagramLayout.NEW, entries)
    return [path]


def _linkedin(folder: Path, entries: int) -> list[Path]:
    path = folder / "linkedin-alder-glen-page.zip"
    write_page_export(path, count=entries)
    return [path]


def _nextdoor(folder: Path, entries: int) -> list[Path]:
    path = folder / "nextdoor-alder-glen.zip"
    write_nextdoor_download(path, count=entries)
    return [path]


def _youtube(folder: Path, entries: int) -> list[Path]:
    return write_takeout(folder, videos=entries // 4, comments=entries, films=2, parts=2).paths


def _tiktok(folder: Path, entries: int) -> list[Path]:
    written = write_json_download(folder, posts=entries // 2, comments=entries, messages=entries)
    return [written.path]


def _mastodon(folder: Path, entries: int) -> list[Path]:
    path = folder / "archive-20261120.zip"
    write_mastodon_download(path, posts=entries, layout="new")
    return [path]


_META = MetaAccount()
_FACEBOOK = _account("facebook", _META.handle, _META.number, _META.name)

ELSEWHERE: tuple[Elsewhere, ...] = (
    Elsewhere(_FACEBOOK, _facebook),
    Elsewhere(_FACEBOOK, _facebook_encrypted, "encrypted"),
    Elsewhere(_account("instagram", _META.handle, "", _META.name), _instagram),
    Elsewhere(_account("youtube", "cityofalderglen", CHANNEL, NAME), _youtube),
    Elsewhere(_account("tiktok", HANDLE, "", NAME), _tiktok),
    Elsewhere(MASTODON_ACCOUNT, _mastodon),
    Elsewhere(LINKEDIN_PAGE, _linkedin),
    Elsewhere(NEXTDOOR_ACCOUNT, _nextdoor),
)
"""In the order they are imported."""
