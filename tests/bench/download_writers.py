"""A writer of a synthetic download for each importer: where it lies, how many entries it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from archiver.demo.linkedin_download import write_linkedin_download
from archiver.demo.nextdoor_download import write_nextdoor_download
from archiver.demo.plain_download import PLAIN_ACCOUNT, write_plain_download
from archiver.demo.vine_download import write_vine_download
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


def plain(folder: Path, entries: int) -> list[Path]:
    """So many records in the plain form, as a table."""
    folder.mkdir()
    path = folder / "plain.zip"
    write_plain_download(path, count=entries)
    return [path]


WRITERS: Mapping[str, tuple[str, Callable[[Path, int], list[Path]]]] = {
    "x": ("x", x),
    "linkedin": ("linkedin", linkedin),
    "nextdoor": ("nextdoor", nextdoor),
    "vine": ("vine", vine),
    "plain": (PLAIN_ACCOUNT.platform, plain),
}
"""By the importer's name: the platform, and the writer."""
