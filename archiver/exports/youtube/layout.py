"""What lies where in a Takeout: its folder for YouTube under any name, and what each file is.

Names are in the language of whoever asked, so a file is told by its beginning (`heads`, `shapes`)
and only where that says nothing by its name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from archiver.exports.nesting import INSIDE
from archiver.exports.reader import DownloadReader
from archiver.exports.youtube.heads import Kind, Known, by_names, details, plain
from archiver.exports.youtube.shapes import CHANNEL, by_values, has_texts

PEEK = 16 << 10
SAMPLE_ROWS = 40
MEDIA = (
    *(".mp4", ".mov", ".webm", ".mkv", ".avi", ".wmv", ".flv", ".3gp", ".mpg", ".mpeg", ".m4v"),
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp3", ".m4a", ".srt", ".sbv", ".vtt"),
)
_YOUTUBE = re.compile(r"youtube|يوتيوب|یوتیوب", re.IGNORECASE)
_THING = re.compile(rb'"kind"\s*:\s*"youtube#(\w+)"')
_OWNER = re.compile(rb'"channelId"\s*:\s*"(UC[\w-]{22})"')
_HISTORY = re.compile(rb'"titleUrl"\s*:|"activityControls"\s*:|class="outer-cell')
_SENT = re.compile(rb"<li>[^<]{0,400}(?:<a [^>]*>[^<]*</a>[^<]*){0,3}\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


class Page(StrEnum):
    """What a file is that is no table."""

    VIDEO = "video"
    PLAYLIST_ITEMS = "playlistItem"
    SUBSCRIPTIONS = "subscription"
    CHANNEL = "channel"
    COMMENTS = "comments page"
    CHATS = "live chats page"
    HISTORY = "history"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is no media: a table (`known`) or a page."""

    member: str
    known: Known | None = None
    page: Page | None = None


@dataclass(slots=True)
class Survey:
    """What the beginnings of a Takeout's files say. `channels` are the channels it holds with their
    names, `addresses` the names under which each is found, in the order they were met."""

    root: str
    files: list[Found] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    channels: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, list[str]] = field(default_factory=dict)

    def tables(self, kind: Kind) -> list[Found]:
        """The tables of a kind."""
        return [one for one in self.files if one.known is not None and one.known.kind is kind]


def find_roots(members: Iterable[str]) -> list[str]:
    """The folders of a Takeout that hold YouTube, seen from inside the parts they came in."""
    folders = dict.fromkeys(inner(name).rpartition("/")[0] for name in members)
    return list(dict.fromkeys(root for one in folders if (root := _root_of(one)) is not None))


def inner(name: str) -> str:
    """A member's name inside the archive it lies in."""
    return name.rpartition(INSIDE)[2]


def _root_of(path: str) -> str | None:
    folders = path.split("/")
    if "Takeout" in folders:
        at = folders.index("Takeout") + 1
        if at < len(folders) and _YOUTUBE.search(folders[at]):
            return "/".join(folders[: at + 1]) + "/"
        return None
    for at, folder in enumerate(folders):
        told = plain(folder)
        if told == "youtube" or len(_YOUTUBE.findall(told)) == 2:
            return "/".join(folders[: at + 1]) + "/"
    return None


def survey(reader: DownloadReader, root: str) -> Survey:
    """Look at the beginning of every file under a root."""
    found = Survey(root)
    for member in reader.members:
        if not inner(member).startswith(root):
            continue
        ending = "." + member.rpartition(".")[2].casefold()
        if ending in MEDIA:
            found.media.append(member)
        elif ending in (".csv", ".json", ".html"):
            with reader.open(member) as stream:
                start = stream.read(PEEK)
            _look(found, member, ending, start)
        else:
            found.files.append(Found(member, page=Page.UNKNOWN))
    return found


def _look(found: Survey, member: str, ending: str, start: bytes) -> None:
    if ending != ".csv":
        page = _page(member, start)
        found.files.append(Found(member, page=page))
        if page is Page.VIDEO and (owner := _OWNER.search(start)):
            found.channels.setdefault(owner[1].decode(), "")
        return
    rows = _rows(start)
    head, sample = (rows[0], rows[1:]) if rows else ([], [])
    known = _known(head, sample)
    found.files.append(Found(member, known, None if known else Page.UNKNOWN))
    if known is None:
        return
    places = {role: head.index(name) for role, name in known.columns.items()}
    if known.kind is Kind.CHANNEL:
        _channels(found, sample, places["channel"], places["channel_title"])
    elif known.kind is Kind.ADDRESSES:
        for role in ("channel_address", "channel_address_2"):
            if role in places:
                _addresses(found, sample, places["channel"], places[role])


def _known(head: Sequence[str], sample: Sequence[Sequence[str]]) -> Known | None:
    """What a table is: as its head says, and where the head leaves a column open, as the values
    in it show."""
    named, shown = by_names(head), by_values(head, sample)
    if named is None and shown is None:
        return details(head) if not has_texts(sample) else None
    if named is None or shown is None or named.kind is not shown.kind:
        return named or shown
    taken = set(named.columns.values())
    more = {role: name for role, name in shown.columns.items() if name not in taken}
    return Known(named.kind, {**more, **named.columns})


def _channels(found: Survey, rows: Sequence[Sequence[str]], channel: int, name: int) -> None:
    for row in rows:
        if max(channel, name) < len(row) and CHANNEL.match(row[channel].strip()):
            found.channels[row[channel].strip()] = row[name].strip()


def _addresses(found: Survey, rows: Sequence[Sequence[str]], channel: int, address: int) -> None:
    for row in rows:
        if max(channel, address) < len(row) and row[address].strip():
            found.addresses.setdefault(row[channel].strip(), []).append(row[address].strip())


def written_by(reader: DownloadReader, found: Survey) -> None:
    """Where no file lists the channels: those whose comments, chats and videos are in it."""
    for kind in (Kind.VIDEOS, Kind.COMMENTS, Kind.CHATS):
        for one in found.tables(kind):
            assert one.known is not None
            column = one.known.columns.get("channel")
            if column is None:
                continue
            with reader.open(one.member) as stream:
                rows = _rows(stream.read(PEEK))
            place = rows[0].index(column)
            for row in rows[1:]:
                if place < len(row) and CHANNEL.match(row[place].strip()):
                    found.channels.setdefault(row[place].strip(), "")


def _page(member: str, start: bytes) -> Page:
    thing = _THING.search(start)
    if thing is not None:
        name = thing[1].decode()
        return Page(name) if name in Page._value2member_map_ else Page.UNKNOWN
    if _HISTORY.search(start):
        return Page.HISTORY
    if _SENT.search(start):
        told = member.casefold()
        chats = "chat" in told or b"while watching" in start
        return Page.CHATS if chats else Page.COMMENTS
    return Page.UNKNOWN


def _rows(start: bytes) -> list[list[str]]:
    """The first lines of a table; the last one only where it is whole."""
    text = start.decode("utf-8-sig", "replace")
    if len(start) == PEEK:
        text = text[: text.rfind("\n") + 1]
    rows: list[list[str]] = []
    try:
        for row in csv.reader(text.splitlines(keepends=True)):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        return rows
    return rows
