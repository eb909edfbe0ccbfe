"""Playlists: what the channel put together for others to see, with the ids of its videos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.faults import UnreadableError
from archiver.exports.guarding import ended, guarded
from archiver.exports.reader import DownloadReader
from archiver.exports.tables import Row, open_table
from archiver.exports.texts import whole
from archiver.exports.youtube import items
from archiver.exports.youtube.heads import Kind as Table
from archiver.exports.youtube.heads import Known
from archiver.exports.youtube.items import Owner
from archiver.exports.youtube.layout import Found, Survey, inner
from archiver.exports.youtube.media import title_key
from archiver.exports.youtube.videos import UNKNOWN_WORD, other_channel
from archiver.exports.youtube.words import who_may_see
from archiver.items import Item, Kind, Skipped, Visibility

_OWN_USE = ("LL", "WL", "HL")
_LONG = 30


def contents_of(reader: DownloadReader, found: Survey) -> dict[str, Found]:
    """For each playlist (by id) the one file that holds its videos, which only its name tells; a
    file that could be two playlists' is none's."""
    files = {title_key(_stem(one.member)): one for one in found.tables(Table.PLAYLIST_VIDEOS)}
    told: dict[str, Found] = {}
    claimed: dict[str, int] = {}
    for table in found.tables(Table.PLAYLISTS):
        assert table.known is not None
        for identity, title in _titles(reader, table.member, table.known):
            fitting = [one for key, one in files.items() if _fits(key, title_key(title))]
            if title and len(fitting) == 1:
                told[identity] = fitting[0]
                claimed[fitting[0].member] = claimed.get(fitting[0].member, 0) + 1
    return {
        key: one
        for key, one in told.items()
        if claimed[one.member] == 1 and not key.startswith(_OWN_USE)
    }


def _titles(reader: DownloadReader, member: str, known: Known) -> list[tuple[str, str]]:
    """The id and the title of each playlist; none where the table cannot be read."""
    columns = known.columns
    with reader.open(member) as stream, suppress(UnreadableError):
        return [
            (
                row.cells.get(columns["playlist"], "").strip(),
                row.cells.get(columns["playlist_title"], "").strip(),
            )
            for row in open_table(stream, known.needed()).rows()
        ]
    return []


def _stem(member: str) -> str:
    return inner(member).rpartition("/")[2].rpartition(".")[0]


def _fits(file: str, title: str) -> bool:
    """Whether a file's name is a playlist's title with the word for videos before or behind it."""
    whole_title = len(file) - len(title) <= 16 and (file.startswith(title) or file.endswith(title))
    return whole_title or (len(title) >= _LONG and file.startswith(title[:_LONG]))


def from_table(
    reader: DownloadReader,
    member: str,
    known: Known,
    owner: Owner,
    contents: Mapping[str, Found],
    stream: BinaryIO,
    count: FileCount,
) -> Iterator[Unit]:
    """The table of playlists."""
    table = open_table(stream, known.needed())
    for row in table.rows():
        read = partial(_row, reader, member, known, owner, contents, row, count)
        yield from guarded(member, count, row, read)
    ended(table, count)


def _row(
    reader: DownloadReader,
    member: str,
    known: Known,
    owner: Owner,
    contents: Mapping[str, Found],
    row: Row,
    count: FileCount,
) -> list[Unit]:
    cells, columns = row.cells, known.columns
    identity = cells[columns["playlist"]].strip()
    if identity.startswith(_OWN_USE):
        return [own_use(member, row.index)]
    inside = contents.get(identity)
    return [
        _item(
            owner,
            identity,
            cells.get(columns["playlist_title"], ""),
            cells.get(columns.get("playlist_about", ""), ""),
            cells.get(columns.get("playlist_created", ""), ""),
            cells.get(columns.get("playlist_visibility", ""), ""),
            _video_ids(reader, inside) if inside else [],
            row.raw,
            (member, row.index),
            count,
        )
    ]


def own_use(member: str, index: int) -> Skipped:
    """Likes and what is to be watched later: no communication."""
    return Skipped(member, index, "likes and videos to watch later are no communication: kept")


def _video_ids(reader: DownloadReader, found: Found) -> list[str]:
    assert found.known is not None
    column = found.known.columns["video"]
    with reader.open(found.member) as stream:
        table = open_table(stream, found.known.needed())
        return [row.cells.get(column, "").strip() for row in table.rows()]


def joined(known: Known, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """The videos of a playlist: they stand in the playlist's own record."""
    table = open_table(stream, known.needed())
    for _ in table.rows():
        count.read += 1
        count.join()
    ended(table, count)
    yield from ()


def from_old_table(
    member: str, known: Known, owner: Owner, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """A playlist as Takeout wrote it until 2023: one file, a line on the playlist, then its
    videos under a head of their own."""
    table = open_table(stream, known.needed())
    rows = table.rows()
    first = next(rows, None)
    if first is None:
        return
    column = table.head[0]
    videos = [row.cells.get(column, "").strip() for row in rows]
    ended(table, count)
    yield from guarded(
        member, count, first, partial(_old, member, known, owner, first, videos, count)
    )


def _old(
    member: str, known: Known, owner: Owner, row: Row, videos: list[str], count: FileCount
) -> list[Unit]:
    cells, columns = row.cells, known.columns
    identity = cells[columns["playlist"]].strip()
    count.read += max(0, len(videos) - 1)
    count.join(max(0, len(videos) - 1))
    if not owner.owns(cells.get(columns.get("channel", ""), "").strip()):
        return [other_channel(member, row.index)]
    if identity.startswith(_OWN_USE):
        return [own_use(member, row.index)]
    return [
        _item(
            owner,
            identity,
            cells.get(columns["old_title"], ""),
            cells.get(columns.get("old_about", ""), ""),
            cells.get(columns["old_created"], ""),
            cells.get(columns.get("old_visibility", ""), ""),
            videos[1:],
            row.raw,
            (member, row.index),
            count,
        )
    ]


def _item(
    owner: Owner,
    identity: str,
    title: str,
    about: str,
    created: str,
    word: str,
    videos: list[str],
    raw: bytes,
    place: tuple[str, int],
    count: FileCount,
) -> Item:
    if not identity:
        raise ValueError("no id")
    seen = who_may_see(word.strip()) if word.strip() else ("public", Visibility.PUBLIC)
    if seen is None:
        count.reason = count.reason or f"{UNKNOWN_WORD} ({word.strip()!r})"
        seen = "private", Visibility.PRIVATE
    stable = {
        "id": identity,
        "title": title,
        "description": about,
        "privacy": seen[0],
        "videos": videos,
    }
    return Item(
        items.PLATFORM,
        Kind.POST,
        identity,
        owner.author,
        items.moment(created.strip()),
        whole("\n\n".join(part for part in (title.strip(), about.strip()) if part)),
        raw,
        items.canonical(stable),
        form="playlist",
        root_id=identity,
        url=f"https://www.youtube.com/playlist?list={identity}",
        visibility=seen[1],
        member=place[0],
        position=place[1],
    )
