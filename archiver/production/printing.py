"""Printing a production: measured where it takes several volumes, then printed, each by a process.

Page numbers run through all volumes, so a volume can be printed when those before it have been
measured. What is printed must take the pages that were measured; where it does not (a number grew a
digit) the volumes are measured again from the numbers they really begin with.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import StorageError
from archiver.production import record_pages
from archiver.production.bates import Range, bates
from archiver.production.packet import MOST_PAGES as WIDEST
from archiver.production.packet import Packet, reading_order
from archiver.production.press import press
from archiver.production.press.given import set_aside
from archiver.production.press.tasks import Job, Measure, Measured, Print, Printed
from archiver.production.release import Release
from archiver.production.volumes import MOST_PAGES, Part, halves, parts_of, releases_of
from archiver.progress import Progress

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class PrintedVolume:
    """A volume that lies printed in `folder`: what it was printed from, and where all stands.
    `undated` is why its proof has no time stamp, where the authority was asked for one."""

    release: Release
    folder: Path
    packet: Packet
    manifest_sha256: str
    confined: bool
    undated: str | None = None


def print_volumes(
    release: Release,
    staging: Path,
    first: int,
    *,
    most_pages: int = MOST_PAGES,
    progress: Progress | None = None,
) -> list[PrintedVolume]:
    """Print a release as volumes of at most `most_pages` into `staging`, numbered from `first` on.

    Raises OSError where the disk is full or cannot be written, StorageError where the volumes do
    not come to rest, and what printing raises.
    """
    parts = parts_of(release, most_pages)
    starts = [first] * len(parts)
    for _ in range(_ATTEMPTS):
        try:
            measured, parts = _measured(release, parts, starts, most_pages, staging, progress)
            starts = _starts(first, measured)
            made = _printed(release, parts, measured, starts, staging, progress)
        finally:
            shutil.rmtree(staging / "given", ignore_errors=True)
        if len(parts) == 1 and _pages_of(made[0]) > most_pages:
            parts = halves(parts[0])
            starts = [first] * len(parts)
        if len(parts) == len(made) and _as_measured(made, measured):
            return [_volume(each, printed, staging) for each, printed in made]
        for each, _ in made:
            shutil.rmtree(_folder(staging, each), ignore_errors=True)
    raise StorageError("the volumes do not come to rest: nothing was produced; please report this")


def _pages_of(made: tuple[Release, Printed]) -> int:
    return made[1].last - made[1].first + 1


def _as_measured(made: Sequence[tuple[Release, Printed]], measured: Sequence[Measured]) -> bool:
    return len(made) == 1 or all(
        _pages_of(one) == found.pages for one, found in zip(made, measured, strict=True)
    )


_UNMEASURED = Measured(0, {}, {}, {})


def _measured(
    release: Release,
    parts: list[Part],
    starts: Sequence[int],
    most_pages: int,
    staging: Path,
    progress: Progress | None,
) -> tuple[list[Measured], list[Part]]:
    """What each part takes, those too long cut again. A single part is not measured: it is printed
    and looked at."""
    while len(parts) > 1:
        views = _views(release, parts, _stand_in(release, starts[-1]), staging)
        jobs = [
            Job(Measure(view, start), (_given(staging, view),), ())
            for view, start in zip(views, starts, strict=True)
        ]
        found = press.run(jobs, Measured, progress)
        cut: list[Part] = []
        for part, one in zip(parts, found, strict=True):
            cut += halves(part) if one.pages > most_pages else [part]
        if len(cut) == len(parts):
            return found, parts
        parts, starts = cut, [starts[0]] * len(cut)
    return [_UNMEASURED], parts


def _stand_in(release: Release, first: int) -> Callable[[str], str]:
    """A page number as wide as those of the volumes, for every place that is not known yet."""
    page = bates(release.office.bates_prefix, first + WIDEST)
    return lambda _: page


def _starts(first: int, measured: Sequence[Measured]) -> list[int]:
    starts = [first]
    for one in measured[:-1]:
        starts.append(starts[-1] + one.pages)
    return starts


def _printed(
    release: Release,
    parts: Sequence[Part],
    measured: Sequence[Measured],
    starts: Sequence[int],
    staging: Path,
    progress: Progress | None,
) -> list[tuple[Release, Printed]]:
    pages = _pages(measured, starts)
    prefix = release.office.bates_prefix
    views = _views(release, parts, lambda key: bates(prefix, pages[key]), staging)
    jobs = []
    for view, one, start in zip(views, measured, starts, strict=True):
        folder = _folder(staging, view)
        folder.mkdir(mode=0o750)
        jobs.append(
            Job(Print(view, folder, start, one.heights), (_given(staging, view),), (folder,))
        )
    return list(zip(views, press.run(jobs, Printed, progress), strict=True))


def _pages(measured: Sequence[Measured], starts: Sequence[int]) -> Mapping[str, int]:
    """The page on which each record and sheet of all volumes begins."""
    return {
        key: start + page
        for one, start in zip(measured, starts, strict=True)
        for key, page in (one.records | one.sheets).items()
    }


def _views(
    release: Release, parts: Sequence[Part], page_of: Callable[[str], str], staging: Path
) -> list[Release]:
    shutil.rmtree(staging / "given", ignore_errors=True)
    views = releases_of(release, parts, page_of)
    return [set_aside(view, _given(staging, view)) for view in views]


def _given(staging: Path, release: Release) -> Path:
    return staging / "given" / f"{release.volume:03d}"


def _folder(staging: Path, release: Release) -> Path:
    return staging / f"VOL{release.volume:03d}"


def _volume(release: Release, told: Printed, staging: Path) -> PrintedVolume:
    order = [record for thread in release.threads for record in reading_order(thread)]
    printed = {
        record.key: record_pages.Printed(
            one.ordinal,
            one.first,
            one.last,
            [(record.media[place], name) for place, name in one.media],
        )
        for record in order
        if (one := told.records[record.key])
    }
    pages = Range(release.office.bates_prefix, told.first, told.last)
    packet = Packet(pages, tuple(order), printed, told.sheets, told.lists)
    folder = _folder(staging, release)
    return PrintedVolume(release, folder, packet, told.manifest_sha256, told.confined)
