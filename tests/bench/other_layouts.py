"""Downloads in the layouts that are not measured: what each platform gave before, gives beside, or
gives in another language. The fuzzing begins with these too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from archiver.demo import facebook_download, instagram_download
from archiver.demo.accounts import BLUESKY_ACCOUNTS, X_ACCOUNTS
from archiver.demo.bluesky_download import write_bluesky_download
from archiver.demo.facebook_encrypted import write_encrypted_download
from archiver.demo.linkedin_download import write_linkedin_download
from archiver.demo.linkedin_page import write_page_export
from archiver.demo.mastodon_download import write_mastodon_download, write_mastodon_tables
from archiver.demo.plain_download import write_plain_download
from archiver.demo.threads_download import write_threads_download
from archiver.demo.tiktok_download import write_json_download, write_text_download
from archiver.demo.vine_download import write_periscope_download, write_vine_download
from archiver.demo.x_older import Layout as XLayout
from archiver.demo.x_older import write_older_download
from archiver.demo.youtube_download import write_takeout
from archiver.demo.youtube_older import write_older_takeout
from archiver.exports.reader import open_download
from tests.bench.download_writers import WRITERS

Write = Callable[[Path, int], object]


def _facebook(path: Path, entries: int, layout: facebook_download.Layout) -> None:
    facebook_download.write_facebook_download(path, layout, entries)


def _instagram(path: Path, entries: int, layout: instagram_download.Layout) -> None:
    instagram_download.write_instagram_download(path, layout, entries)


def _x(path: Path, entries: int, form: XLayout) -> None:
    write_older_download(path, account=X_ACCOUNTS[0], form=form, posts=entries)


def _mastodon(path: Path, entries: int, layout: str) -> None:
    write_mastodon_download(path, posts=entries, layout=layout)


def _tables(path: Path, entries: int, head: bool) -> None:
    write_mastodon_tables(path.parent, people=entries, head=head)


def _plain(path: Path, entries: int, layout: str) -> None:
    write_plain_download(path, count=entries, layout=layout)


def _bluesky(path: Path, entries: int) -> None:
    account = BLUESKY_ACCOUNTS[0]
    write_bluesky_download(path, account=account, posts=entries, messages=entries)


def _takeout(path: Path, entries: int, language: str, brand: bool) -> None:
    write_takeout(path.parent, language=language, brand=brand, videos=3, comments=entries, films=0)


def _tiktok(path: Path, entries: int, year: int) -> None:
    few = max(2, entries // 4)
    write_json_download(
        path.parent, year=year, posts=few, comments=few, messages=few, seen=few, people=3
    )


def _tiktok_text(path: Path, entries: int, language: str) -> None:
    few = max(2, entries // 4)
    write_text_download(
        path.parent, language=language, posts=few, comments=few, messages=few, people=3
    )


_WRITERS: Mapping[str, Write] = {
    **{
        f"facebook {one}": partial(_facebook, layout=one)
        for one in facebook_download.Layout
        if one not in (facebook_download.Layout.PAGE, facebook_download.Layout.NEW_PAGES)
    },
    "facebook encrypted": lambda path, entries: write_encrypted_download(path, entries),
    **{
        f"instagram {one}": partial(_instagram, layout=one)
        for one in instagram_download.Layout
        if one is not instagram_download.Layout.NEW
    },
    "threads pages": lambda path, entries: write_threads_download(path, entries, pages=True),
    **{f"x {one}": partial(_x, form=one) for one in XLayout},
    **{f"mastodon {one}": partial(_mastodon, layout=one) for one in ("tar", "zip", "pleroma")},
    "mastodon tables": partial(_tables, head=True),
    "mastodon older tables": partial(_tables, head=False),
    **{f"plain {one}": partial(_plain, layout=one) for one in ("excel", "json", "jsonl")},
    "bluesky messages": _bluesky,
    "linkedin 2020": lambda path, entries: write_linkedin_download(path, count=entries, era=2020),
    "linkedin page": lambda path, entries: write_page_export(path, count=entries),
    "linkedin page newer": lambda path, entries: write_page_export(path, count=entries, newer=True),
    "youtube brand": partial(_takeout, language="en", brand=True),
    "youtube ja": partial(_takeout, language="ja", brand=False),
    "youtube older": lambda path, entries: write_older_takeout(path.parent, comments=entries),
    "tiktok 2022": partial(_tiktok, year=2022),
    "tiktok-text nl": partial(_tiktok_text, language="nl"),
    "vine interface": lambda path, entries: write_vine_download(
        path, count=entries, interface=True
    ),
    "periscope": lambda path, entries: write_periscope_download(path, count=entries),
}


OTHER_LAYOUTS = tuple(_WRITERS)


def files_of(name: str, folder: Path, entries: int) -> dict[str, bytes]:
    """The files of the download of that name, a measured one or another, written into a new
    folder."""
    if name in WRITERS:
        paths = WRITERS[name][1](folder, entries)
    else:
        folder.mkdir(parents=True)
        _WRITERS[name](folder / "download.zip", entries)
        paths = sorted(folder.iterdir())
    with open_download(*paths) as reader:
        found = {}
        for member in reader.members:
            with reader.open(member) as stream:
                found[member] = stream.read()
    return found
