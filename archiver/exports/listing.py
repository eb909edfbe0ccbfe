"""The files of a download that are no data files, as the report tells of them: what was refused,
media, what is not known, what an operating system left."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archiver.exports.counting import KEPT, UNREADABLE, FileCount
from archiver.exports.reader import DownloadReader

SHOWN = 50
"""So many are named, the rest told together."""


def refused_files(reader: DownloadReader, named: Callable[[str], str]) -> list[FileCount]:
    """What was not read at all, and why; `named` says what a file may be called."""
    return [
        FileCount(named(one.name), "", None, 0, UNREADABLE, one.reason) for one in reader.refused
    ]


def kept_files(found: Mapping[str, int], holds: str, reason: str, *, more: str) -> list[FileCount]:
    """Files or folders that stay in the original, by name, with how many files each stands for;
    those beyond the first fifty as one line called `more`."""
    shown = list(found.items())
    lines = [FileCount(name, holds, None, count, KEPT, reason) for name, count in shown[:SHOWN]]
    if rest := sum(count for _, count in shown[SHOWN:]):
        lines.append(FileCount(more, holds, None, rest, KEPT, reason))
    return lines


def other_files(count: int, reason: str) -> list[FileCount]:
    """The files that only show the others, as one line; none where there are none."""
    return [FileCount("(other files)", "viewer", None, count, KEPT, reason)] if count else []


def litter(reader: DownloadReader) -> list[FileCount]:
    """What an operating system left, as one line; none where it left nothing."""
    reason = "left by an operating system, not part of the download"
    count = reader.litter
    return [FileCount("(litter)", "litter", None, count, KEPT, reason)] if count else []
