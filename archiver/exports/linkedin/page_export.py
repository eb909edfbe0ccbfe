"""What a Page's administrator can export: the analytics of its content, followers and visitors.

Only the content export holds records: the Page's posts with text, day and address. The others are
counts. LinkedIn names the files ``<page>_content_<milliseconds since 1970>.xls``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.faults import UnreadableError
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.identity import Identity
from archiver.exports.linkedin import urns
from archiver.exports.linkedin.rows import PLATFORM, canonical
from archiver.exports.linkedin.writing import NotADateError, moment
from archiver.exports.reader import DownloadReader
from archiver.exports.sheets import Cell, Sheet, read_sheets
from archiver.exports.texts import whole
from archiver.exports.times import since_1970
from archiver.items import (
    Author,
    AuthorRole,
    Capability,
    ContentState,
    Extent,
    Item,
    Kind,
    Relation,
    Skipped,
)

_NAMED = re.compile(
    r"(?:.*/)?(?P<page>[^/]+)_(?P<what>content|updates?|followers?|visitors?|leads|"
    r"competitor_analytics|search_appearances|newsletter)_(?P<made>\d{13})(?: \(\d+\))?\.xlsx?",
    re.IGNORECASE,
)
_POSTS = frozenset(("content", "update", "updates"))
_NAMES = {
    "text": ("post title", "update title"),
    "link": ("post link", "update link"),
    "type": ("post type", "update type"),
    "campaign": ("campaign name",),
    "by": ("posted by",),
    "day": ("created date",),
    "audience": ("audience",),
    "content": ("content type",),
}
_COUNTERS = {
    "impressions": "impressions",
    "views": "views",
    "views (excluding offsite video views)": "views",
    "offsite views": "offsite views",
    "clicks": "clicks",
    "likes": "likes",
    "reactions": "likes",
    "comments": "comments",
    "reposts": "reposts",
    "shares": "reposts",
    "follows": "follows",
}
_HEAD_ROWS = 12
_NOTES = (
    "the export gives the day of a post: its hour is read from the number LinkedIn gave the post, "
    "where both tell the same day (UTC)",
    "a post is known by its activity number here, and by its share or ugcPost number to LinkedIn's "
    "interface: records of both roads are proposed as pairs",
)
_COUNTS = "counts by day and kind of people: no communication"
GIVES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(
        Extent.PARTIAL,
        "a content export holds the Page's posts of the period that was chosen (at most a year), "
        "as text without pictures",
    ),
    Kind.COMMENT: Capability(Extent.NONE, "a Page's exports hold no comments, only their number"),
    Kind.MESSAGE: Capability(Extent.NONE, "a Page's exports hold no messages"),
    Kind.PROFILE: Capability(Extent.NONE, "a Page's exports do not hold its description"),
    Relation.FOLLOWER: Capability(
        Extent.NONE, "a Page's exports count followers and do not name them"
    ),
}


def find(reader: DownloadReader) -> list[str]:
    """The folders in which files stand that are named as LinkedIn names such exports."""
    folders = [one.rpartition("/") for one in reader.members if _NAMED.fullmatch(one)]
    return list(dict.fromkeys(folder + mark for folder, mark, _ in folders))


def open_export(reader: DownloadReader, root: str) -> FilesDownload:
    """Open the exports in a folder. Raises InputError where they cannot be."""
    named = [
        (one, found)
        for one in sorted(reader.members)
        if one.rpartition("/")[0] == root.rstrip("/") and (found := _NAMED.fullmatch(one))
    ]
    pages = {found["page"] for _, found in named}
    made = max(int(found["made"]) for _, found in named)
    notes = [*_NOTES]
    if len(pages) > 1:
        notes.append(f"the files are of {len(pages)} Pages by their names: look whose they are")
    return FilesDownload(
        reader,
        Contents(
            identity=Identity(display_name=pages.pop() if len(pages) == 1 else None),
            files=[
                DataFile(one, "posts", partial(_read, one), covers=(Kind.POST,))
                if found["what"].lower() in _POSTS
                else DataFile(one, "counts", reason=_COUNTS)
                for one, found in named
            ],
            gives=GIVES,
            generated_at=since_1970(made, "ms"),
            notes=notes,
        ),
    )


def _read(member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    repeats = Repeats()
    found = False
    for sheet in read_sheets(stream):
        head = _head(sheet)
        if head is None:
            detail = f"a sheet of {len(sheet.rows)} rows of counts: kept in the original"
            yield Skipped(member, None, detail)
            continue
        found = True
        at, columns, counters = head
        for row in sheet.rows[at + 1 :]:
            if any(cell not in ("", None) for cell in row):
                yield from _guarded(member, count, row, columns, counters, repeats)
    if not found:
        raise UnreadableError(
            "no sheet names the columns of posts in English: set LinkedIn to English, export again"
        )


def _head(sheet: Sheet) -> tuple[int, dict[str, int], dict[int, str]] | None:
    """The row that names the columns, the places of those that are read, and of the counters."""
    for at, row in enumerate(sheet.rows[:_HEAD_ROWS]):
        names = [str(cell).strip().casefold() for cell in row]
        columns = {
            what: next(names.index(one) for one in spelled if one in names)
            for what, spelled in _NAMES.items()
            if any(one in names for one in spelled)
        }
        if {"text", "link", "day"} <= columns.keys():
            counters = {
                place: _COUNTERS[name] for place, name in enumerate(names) if name in _COUNTERS
            }
            return at, columns, counters
    return None


def _guarded(
    member: str,
    count: FileCount,
    row: Sequence[Cell],
    columns: Mapping[str, int],
    counters: Mapping[int, str],
    repeats: Repeats,
) -> Iterator[Unit]:
    position = count.read
    count.read += 1
    raw = canonical({str(place): cell for place, cell in enumerate(row)})
    cells = {
        what: str(row[place]).strip() if place < len(row) else "" for what, place in columns.items()
    }
    try:
        yield _post(member, position, raw, cells, _counted(row, counters), repeats)
    except NotADateError as error:
        yield Skipped(member, position, str(error), failed=True, raw=raw)


def _post(
    member: str,
    position: int,
    raw: bytes,
    cells: Mapping[str, str],
    metrics: dict[str, int],
    repeats: Repeats,
) -> Item:
    urn = urns.post_urn(cells["link"])
    day = moment(cells["day"])
    told = urns.made_at(urn) if urn else None
    created_at = told if told and (day is None or told[:10] == day[:10]) else day
    text = whole(cells["text"])
    made = derived_id(Kind.POST, "page", day, "", text)
    named = ("type", "campaign", "by", "audience", "content")
    stable = {"text": text, "link": urn or cells["link"], "day": day} | {
        name: cells.get(name, "") for name in named
    }
    cut = text.endswith(("…", "..."))
    return Item(
        platform=PLATFORM,
        kind=Kind.POST,
        native_id=urn or repeats.next(made),
        author=Author(None, None, cells.get("by") or None, AuthorRole.AGENCY),
        created_at=created_at,
        text=text,
        raw=raw,
        stable=canonical(stable),
        form="post",
        url=urns.post_address(urn) if urn else cells["link"] or None,
        content_state=ContentState.TRUNCATED if cut else ContentState.FULL,
        metrics=metrics or None,
        member=member,
        position=position,
    )


def _counted(row: Sequence[Cell], counters: Mapping[int, str]) -> dict[str, int]:
    found = {}
    for place, name in counters.items():
        cell = row[place] if place < len(row) else None
        whole_number = isinstance(cell, float) and cell.is_integer()
        if isinstance(cell, (str, float)) and (whole_number or str(cell).strip().isdecimal()):
            found[name] = int(cell)
    return found


FORMAT = Format(
    "linkedin", "LinkedIn Page analytics", 1, "linkedin", find, open_export, road="page"
)
