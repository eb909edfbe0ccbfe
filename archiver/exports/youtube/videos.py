"""The videos of a channel: the table of videos since 2023, one JSON file for each before."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.elements import Element, ElementScanner
from archiver.exports.guarding import ended, guarded
from archiver.exports.reader import DownloadReader
from archiver.exports.tables import Row, open_table
from archiver.exports.texts import whole
from archiver.exports.youtube import items
from archiver.exports.youtube.heads import Known
from archiver.exports.youtube.items import Owner
from archiver.exports.youtube.media import Shelf
from archiver.exports.youtube.words import who_may_see
from archiver.items import Item, Kind, MediaRef, Skipped, Visibility

UNKNOWN_WORD = "the word for who may see it is not known to this program: taken as private"


def note_titles(reader: DownloadReader, member: str, known: Known, shelf: Shelf) -> None:
    """Let the shelf know all titles, so that it can tell which files are one video's alone."""
    with reader.open(member) as stream:
        for row in open_table(stream, known.needed()).rows():
            shelf.note(row.cells.get(known.columns["video_title"], ""))


def from_table(
    member: str, known: Known, owner: Owner, shelf: Shelf, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """The rows of a table of videos."""
    table = open_table(stream, known.needed())
    for row in table.rows():
        yield from guarded(
            member, count, row, partial(_row, member, known, owner, shelf, row, count)
        )
    ended(table, count)


def _row(
    member: str, known: Known, owner: Owner, shelf: Shelf, row: Row, count: FileCount
) -> list[Unit]:
    cell = _Cells(known, row)
    if not owner.owns(cell("channel")):
        return [other_channel(member, row.index)]
    if not cell("video"):
        raise ValueError("no id")
    seen = who_may_see(cell("privacy")) if cell("privacy") else ("public", Visibility.PUBLIC)
    if seen is None:
        count.reason = count.reason or f"{UNKNOWN_WORD} ({cell('privacy')!r})"
        seen = "private", Visibility.PRIVATE
    return [
        _item(
            owner,
            video=cell("video"),
            title=cell("video_title"),
            about=cell("video_about"),
            created=items.moment(cell("video_published")) or items.moment(cell("video_created")),
            language=cell("video_language") or None,
            seen=seen,
            media=shelf.of_video(cell("video_title")),
            raw=row.raw,
            place=(member, row.index),
        )
    ]


class _Cells:
    """The cells of a row by what they mean; "" where the table has no such column."""

    def __init__(self, known: Known, row: Row) -> None:
        self._columns = known.columns
        self._cells = row.cells

    def __call__(self, role: str) -> str:
        name = self._columns.get(role)
        return self._cells.get(name, "").strip() if name else ""


def other_channel(member: str, index: int) -> Skipped:
    """What is another channel's: counted, and not taken."""
    return Skipped(
        member, index, "it is of another channel of the same Google account: not imported for this"
    )


def from_json(
    member: str, owner: Owner, shelf: Shelf, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """The file of a video as Takeout wrote it before 2023: the Data API's object in an array."""
    scanner = ElementScanner(stream)
    for element in scanner:
        yield from guarded(member, count, element, partial(_object, member, owner, shelf, element))
    ended(scanner, count)


def _object(member: str, owner: Owner, shelf: Shelf, element: Element) -> list[Unit]:
    value: dict[str, Any] = element.value
    told, status = value["snippet"], value.get("status", {})
    if not owner.owns(told.get("channelId", "")):
        return [other_channel(member, element.index)]
    privacy, planned = status.get("privacyStatus", "public"), status.get("publishAt")
    word = "scheduled" if privacy == "private" and planned else privacy
    seen = who_may_see(word) or ("private", Visibility.PRIVATE)
    stem = member.rpartition("/")[2].rpartition(".")[0]
    return [
        _item(
            owner,
            video=str(value["id"]),
            title=str(told.get("title", "")),
            about=str(told.get("description", "")),
            created=items.moment(str(told.get("publishedAt", ""))),
            language=told.get("defaultAudioLanguage"),
            seen=seen,
            media=shelf.of_name(stem),
            raw=element.raw,
            place=(member, element.index),
        )
    ]


def _item(
    owner: Owner,
    *,
    video: str,
    title: str,
    about: str,
    created: str | None,
    language: str | None,
    seen: tuple[str, Visibility],
    media: tuple[MediaRef, ...],
    raw: bytes,
    place: tuple[str, int],
) -> Item:
    """A video. Category, duration and language are left out of the canonical form: they are written
    in the language and the precision of the day, or not at all."""
    privacy, visibility = seen
    stable = {
        "id": video,
        "title": title,
        "description": about,
        "privacy": privacy,
        "published": created,
    }
    return Item(
        items.PLATFORM,
        Kind.POST,
        video,
        owner.author,
        created,
        whole("\n\n".join(part for part in (title, about) if part)),
        raw,
        items.canonical(stable),
        form="video",
        root_id=video,
        language=language,
        url=items.video_address(video),
        visibility=visibility,
        media=media,
        member=place[0],
        position=place[1],
    )
