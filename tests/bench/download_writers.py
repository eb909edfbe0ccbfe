"""A writer of a synthetic download for each importer: where it lies, how many entries it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from archiver.demo import facebook_download, instagram_download
from archiver.demo.accounts import BLUESKY_ACCOUNTS
from archiver.demo.bluesky_download import write_bluesky_download
from archiver.demo.linkedin_download import write_linkedin_download
from archiver.demo.mastodon_download import write_mastodon_download
from archiver.demo.nextdoor_download import write_nextdoor_download
from archiver.demo.plain_download import PLAIN_ACCOUNT, write_plain_download
from archiver.demo.threads_download import write_threads_download
from archiver.demo.tiktok_download import write_json_download, write_text_download
from archiver.demo.vine_download import write_vine_download
from archiver.demo.youtube_download import write_takeout
from tests.bench.bench_import import write_download


def x(folder: Path, entries: int) -> list[Path]:
    """An X download of so many posts."""
    folder.mkdir()
    path = folder / "twitter.zip"
    write_download(path, entries)
    return [path]


def x_post_id(number: int) -> int:
    """The id of a post of that download."""
    return 20_000_000_000_000 + number * 7919


def linkedin(folder: Path, entries: int) -> list[Path]:
    """A LinkedIn member's download of so many rows."""
    folder.mkdir()
    path = folder / "linkedin.zip"
    write_linkedin_download(path, count=entries)
    return [path]


def nextdoor(folder: Path, entries: int) -> list[Path]:
    """A table of so many posts, as an agency can save it."""
    folder.mkdir()
    path = folder / "nextdoor.zip"
    write_nextdoor_download(path, count=entries)
    return [path]


def vine(folder: Path, entries: int) -> list[Path]:
    """So many saved vines."""
    folder.mkdir()
    path = folder / "vine.zip"
    write_vine_download(path, count=entries)
    return [path]


def vine_timelines(folder: Path, entries: int) -> list[Path]:
    """So many vines as the interface gave them, a hundred to a file."""
    folder.mkdir()
    path = folder / "vine.zip"
    write_vine_download(path, count=entries, together=100)
    return [path]


def plain(folder: Path, entries: int) -> list[Path]:
    """So many records in the plain form, as a table."""
    folder.mkdir()
    path = folder / "plain.zip"
    write_plain_download(path, count=entries)
    return [path]


def facebook(folder: Path, entries: int) -> list[Path]:
    """A Facebook Page's download with so many posts, and as many messages."""
    return _facebook(folder, entries, facebook_download.Layout.PAGE)


def facebook_pages(folder: Path, entries: int) -> list[Path]:
    """The same as web pages."""
    return _facebook(folder, entries, facebook_download.Layout.NEW_PAGES)


def _facebook(folder: Path, entries: int, layout: facebook_download.Layout) -> list[Path]:
    folder.mkdir()
    path = folder / "facebook.zip"
    facebook_download.write_facebook_download(path, layout, entries)
    return [path]


def instagram(folder: Path, entries: int) -> list[Path]:
    """An Instagram download with so many posts, and as many messages."""
    folder.mkdir()
    path = folder / "instagram.zip"
    layout = instagram_download.Layout.NEW
    instagram_download.write_instagram_download(path, layout, entries)
    return [path]


def threads(folder: Path, entries: int) -> list[Path]:
    """A Threads download of so many posts."""
    folder.mkdir()
    path = folder / "threads.zip"
    write_threads_download(path, entries)
    return [path]


def youtube(folder: Path, entries: int) -> list[Path]:
    """A Google Takeout: nine comments for each video, without films."""
    return write_takeout(
        folder, videos=entries // 10, comments=entries - entries // 10, films=0
    ).paths


def tiktok(folder: Path, entries: int) -> list[Path]:
    """A TikTok download in JSON: half messages, the rest comments and posts, and as many likes."""
    done = write_json_download(
        folder,
        posts=entries // 4,
        comments=entries // 4,
        messages=entries // 2,
        seen=entries,
        people=max(3, entries // 20),
    )
    return [done.path]


def tiktok_text(folder: Path, entries: int) -> list[Path]:
    """The same as text files."""
    done = write_text_download(
        folder,
        posts=entries // 4,
        comments=entries // 4,
        messages=entries // 2,
        people=max(3, entries // 20),
    )
    return [done.path]


def bluesky(folder: Path, entries: int) -> list[Path]:
    """A Bluesky repository of so many posts, with the account's DID document."""
    write_bluesky_download(folder, account=BLUESKY_ACCOUNTS[0], posts=entries)
    return [folder]


def mastodon(folder: Path, entries: int) -> list[Path]:
    """A Mastodon archive of so many posts, in the layout of today."""
    folder.mkdir()
    path = folder / "archive.zip"
    write_mastodon_download(path, posts=entries, layout="new")
    return [path]


WRITERS: Mapping[str, tuple[str, Callable[[Path, int], list[Path]]]] = {
    "x": ("x", x),
    "bluesky": ("bluesky", bluesky),
    "mastodon": ("mastodon", mastodon),
    "linkedin": ("linkedin", linkedin),
    "nextdoor": ("nextdoor", nextdoor),
    "vine": ("vine", vine),
    "vine timelines": ("vine", vine_timelines),
    "plain": (PLAIN_ACCOUNT.platform, plain),
    "facebook": ("facebook", facebook),
    "facebook pages": ("facebook", facebook_pages),
    "instagram": ("instagram", instagram),
    "threads": ("threads", threads),
    "youtube": ("youtube", youtube),
    "tiktok": ("tiktok", tiktok),
    "tiktok-text": ("tiktok", tiktok_text),
}
"""By the importer's name: the platform, and the writer."""
