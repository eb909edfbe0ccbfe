"""Looking through the download of a personal account: in memory only, gone with the program."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from archiver.errors import InputError
from archiver.exports.formats import Download
from archiver.exports.known import recognise
from archiver.exports.reader import DownloadReader
from archiver.items import Item
from archiver.progress import Progress

PAGE_SIZE = 50
SHOWN_TEXT = 600


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as its owner sees it. `number` is its place in the download, from 1."""

    number: int
    kind: str
    at: str
    author: str
    text: str
    thread: str
    media: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words that all have to be in it, a kind, days (YYYY-MM-DD), a
    conversation. Empty parts do not limit."""

    words: str = ""
    kind: str = ""
    start: str = ""
    end: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The downloads in a file, in the order of the importers."""

    reader: DownloadReader
    downloads: Sequence[Download]
    platforms: Sequence[str]

    @property
    def shown(self) -> str:
        """Whose they are, as a person reads it."""
        told = [
            f"{platform}: {one.identity.shown}"
            for platform, one in zip(self.platforms, self.downloads, strict=True)
        ]
        return "; ".join(dict.fromkeys(told))

    @property
    def incomplete(self) -> list[str]:
        """What is wrong with the download as a whole, one line each; nothing where it is whole."""
        found = [self.reader.broken] if self.reader.broken else []
        if any(one.partial for one in self.downloads):
            found.append("it is one part of a larger download: give the other parts with it")
        return found

    def items(self) -> Iterator[tuple[int, Item, Download]]:
        """Every item with its number and the download it stands in. Lists of people are never
        given: whom a person follows is nobody's business."""
        number = 0
        for download in self.downloads:
            for page in download.walk():
                for item in page.items:
                    number += 1
                    yield number, item, download


def open_for_choosing(reader: DownloadReader) -> Opened:
    """Open the downloads in a file. Raises InputError where no importer knows it."""
    found = recognise(reader)
    if not found:
        raise InputError(
            f"{reader.path} is no download this program knows: give the file as it was sent"
        )
    return Opened(
        reader, [one.open(reader) for one in found], [one.format.platform for one in found]
    )


class Choice:
    """What is in a download, to be searched, and what was picked of it."""

    def __init__(self, opened: Opened, progress: Progress | None = None) -> None:
        self.picked: set[int] = set()
        self.searched: list[str] = []
        self._found = sqlite3.connect(":memory:", check_same_thread=False)
        self._found.execute(
            "CREATE TABLE entries (number INTEGER PRIMARY KEY, kind TEXT, at TEXT, author TEXT, "
            "text TEXT, thread TEXT, media INTEGER, folded TEXT) STRICT"
        )
        self.total = 0
        for number, item, _ in opened.items():
            self._found.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _entry_row(number, item)
            )
            self.total = number
            if progress is not None and number % 1000 == 0:
                progress("looking through", number, None)

    def kinds(self) -> list[tuple[str, int]]:
        """What kinds there are, and how many of each."""
        found = self._found.execute("SELECT kind, count(*) FROM entries GROUP BY kind ORDER BY 1")
        return [(str(kind), int(count)) for kind, count in found]

    def search(self, wanted: Wanted, page: int = 1) -> tuple[int, list[Entry]]:
        """How many items fit, and one page of them, oldest first. The words are noted: they belong
        to the statement of what was searched."""
        told = wanted.words.strip()
        if told and told not in self.searched:
            self.searched.append(told)
        where, values = _conditions(wanted)
        [count] = self._found.execute(f"SELECT count(*) FROM entries{where}", values).fetchone()
        rows = self._found.execute(
            f"SELECT number, kind, at, author, substr(text, 1, {SHOWN_TEXT}), thread, media "
            f"FROM entries{where} ORDER BY at, number LIMIT {PAGE_SIZE} OFFSET ?",
            (*values, (max(1, page) - 1) * PAGE_SIZE),
        )
        return int(count), [Entry(*row) for row in rows]

    def entries(self, numbers: Collection[int]) -> list[Entry]:
        """The items of these numbers, oldest first; numbers there are none of are left out."""
        found = []
        for number in numbers:
            row = self._found.execute(
                "SELECT number, kind, at, author, text, thread, media FROM entries "
                "WHERE number = ?",
                (number,),
            ).fetchone()
            if row is not None:
                found.append(Entry(*row))
        return sorted(found, key=lambda entry: (entry.at, entry.number))


def _entry_row(number: int, item: Item) -> tuple[object, ...]:
    author = item.author.display_name or item.author.handle or item.author.native_id or ""
    text = item.text.encode("utf-8", "replace").decode()
    author = author.encode("utf-8", "replace").decode()
    thread = (item.root_id or "").encode("utf-8", "replace").decode()
    folded = f"{author} {text}".casefold()
    return (
        *(number, item.kind.value, item.created_at or "", author, text, thread),
        *(len(item.media), folded),
    )


def _conditions(wanted: Wanted) -> tuple[str, list[str]]:
    parts: list[str] = []
    values: list[str] = []
    for word in wanted.words.casefold().split():
        parts.append("instr(folded, ?) > 0")
        values.append(word)
    for condition, value in (
        ("kind = ?", wanted.kind),
        # what has no time may be of any day: whoever looks by day sees it too
        ("(at >= ? OR at = '')", wanted.start),
        ("substr(at, 1, 10) <= ?", wanted.end),
        ("thread = ?", wanted.thread),
    ):
        if value:
            parts.append(condition)
            values.append(value)
    return (" WHERE " + " AND ".join(parts) if parts else ""), values
