"""A writer of a synthetic download for each importer: where it lies, how many entries it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

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


WRITERS: Mapping[str, tuple[str, Callable[[Path, int], list[Path]]]] = {"x": ("x", x)}
"""By the importer's name: the platform, and the writer."""
