"""The file that an owner hands over: the picked items, their media, the statement; nothing else.

statement.json    who, of which account, what was searched, what is kept back and why
items.jsonl       one picked item a line, with the object as the platform's download holds it
media/            the files of picked items
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
from msgspec.structs import replace

from archiver.decoding import decoder
from archiver.errors import InputError, StorageError, UsageError
from archiver.exports.formats import Download
from archiver.exports.reader import DownloadReader
from archiver.items import (
    Author,
    AuthorRole,
    ContentState,
    Item,
    Kind,
    MediaRef,
    Visibility,
)
from archiver.selecting.choosing import Opened
from archiver.selecting.statement import FORMAT, Statement

STATEMENT, ITEMS, MEDIA = "statement.json", "items.jsonl", "media/"
MOST_ITEMS = 10_000
LONGEST_LINE = 16 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_T = TypeVar("_T", bound=msgspec.Struct)
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


class _Media(msgspec.Struct, frozen=True, omit_defaults=True):
    file: str = ""
    name: str = ""
    media_type: str = ""
    alt_text: str = ""


class _Person(msgspec.Struct, frozen=True, omit_defaults=True):
    native_id: str = ""
    handle: str = ""
    name: str = ""


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picked item. `received` is the object as it stands in the download."""

    platform: str
    kind: Kind
    native_id: str
    text: str
    author: _Person
    received: bytes
    form: str = ""
    created_at: str = ""
    edited_at: str = ""
    thread: str = ""
    parent: str = ""
    url: str = ""
    language: str = ""
    visibility: Visibility = Visibility.PUBLIC
    content_state: ContentState = ContentState.FULL
    recipients: tuple[_Person, ...] = ()
    links: tuple[str, ...] = ()
    media: tuple[_Media, ...] = ()


class _Cover(msgspec.Struct, frozen=True):
    format: str
    statement: Statement
    items: int


_read_cover = decoder(_Cover)
_read_line = decoder(_Line)


def write_selection(
    path: Path, opened: Opened, picked: Collection[int], statement: Statement
) -> int:
    """Write the picked items and the statement into a new zip; how many items it holds.

    Raises InputError where nothing was picked, too much was, or the statement is not complete;
    UsageError where the file exists already; StorageError where it cannot be written, and then none
    is left behind.
    """
    if not picked:
        raise InputError("nothing is picked: pick what concerns the city's business")
    if len(picked) > MOST_ITEMS:
        raise InputError(f"{len(picked):,} items are picked: at most {MOST_ITEMS:,} in one file")
    if faults := statement.faults():
        raise InputError(f"the statement is not complete: {'; '.join(faults)}")
    try:
        target = path.open("xb")
    except FileExistsError:
        raise UsageError(f"{path} exists already: choose another name") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with target, zipfile.ZipFile(target, "w") as archive:
            return _write(archive, opened, picked, statement)
    except BaseException as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StorageError(f"{path} cannot be written: {error.strerror}") from None
        raise


def _write(
    archive: zipfile.ZipFile, opened: Opened, picked: Collection[int], statement: Statement
) -> int:
    lines: list[bytes] = []
    for number, item, download in opened.items():
        if number in picked:
            place = len(lines) + 1
            media = tuple(
                _copied(archive, download, ref, f"{place}-{at}")
                for at, ref in enumerate(item.media, 1)
            )
            lines.append(msgspec.json.encode(_line(item, media)))
            if len(lines) == len(picked):
                break
    cover = _Cover(FORMAT, statement, len(lines))
    archive.writestr(_info(ITEMS), b"\n".join(lines) + b"\n")
    archive.writestr(_info(STATEMENT), msgspec.json.format(msgspec.json.encode(cover), indent=2))
    return len(lines)


def _info(name: str, compressed: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = compressed
    info.external_attr = 0o600 << 16
    return info


def _copied(archive: zipfile.ZipFile, download: Download, ref: MediaRef, number: str) -> _Media:
    name = ref.name or ref.key.rsplit("/", 1)[-1]
    told = (name, ref.media_type or "", ref.alt_text or "")
    stream = download.open_media(ref)
    if stream is None:
        return _Media("", *told)
    file = f"{MEDIA}{number}-{_PLAIN.sub('_', name)[-60:]}"
    with (
        stream as source,
        archive.open(_info(file, zipfile.ZIP_STORED), "w", force_zip64=True) as out,
    ):
        shutil.copyfileobj(source, out, 1 << 20)
    return _Media(file, *told)


def _line(item: Item, media: tuple[_Media, ...]) -> _Line:
    return _Line(
        platform=item.platform,
        kind=item.kind,
        native_id=item.native_id,
        text=_text(item.text),
        author=_person(item.author),
        received=item.raw,
        form=item.form,
        created_at=item.created_at or "",
        edited_at=item.edited_at or "",
        thread=item.root_id or "",
        parent=item.parent_id or "",
        url=item.url or "",
        language=item.language or "",
        visibility=item.visibility,
        content_state=item.content_state,
        recipients=tuple(_person(one) for one in item.recipients),
        links=tuple(map(_text, item.links)),
        media=media,
    )


def _person(author: Author) -> _Person:
    parts = (author.native_id, author.handle, author.display_name)
    return _Person(*(_text(part or "") for part in parts))


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class Selection:
    """A selection that was handed in: its statement and its items. `open_media` gives the bytes of
    a picked item's file."""

    def __init__(self, reader: DownloadReader) -> None:
        """Raises InputError, naming what is wrong, where it is none or was changed by hand."""
        self._reader = reader
        if not is_selection(reader):
            raise InputError(f"{reader.path} is no selection made by `archiver select`")
        cover = _decoded(reader, STATEMENT, _read(reader, STATEMENT), _read_cover)
        if cover.format != FORMAT:
            raise InputError(f"{reader.path} was made by a newer program: update this one")
        if faults := cover.statement.faults():
            raise InputError(f"{reader.path}: its statement is not complete: {'; '.join(faults)}")
        self.statement = cover.statement
        self.count = cover.items

    def items(self) -> Iterator[Item]:
        """The picked items, in their order. Raises InputError where one cannot be read, or there
        are not as many as the file says."""
        number = 0
        with self._reader.open(ITEMS) as stream:
            for number, raw in enumerate(_lines(stream), 1):
                line = _decoded(self._reader, f"{ITEMS} line {number}", raw, _read_line)
                yield self._item(line, number)
        if number != self.count:
            raise InputError(
                f"{self._reader.path} says it holds {self.count} items and holds {number}: make "
                "it again"
            )

    def open_media(self, ref: MediaRef) -> BinaryIO | None:
        """The bytes of a file of a picked item, or None where it was not in the download."""
        if not ref.available or ref.key not in self._reader.members:
            return None
        return self._reader.open(ref.key)

    def _item(self, line: _Line, number: int) -> Item:
        return Item(
            platform=line.platform,
            kind=line.kind,
            native_id=line.native_id,
            author=_author(line.author),
            created_at=line.created_at or None,
            text=line.text,
            raw=line.received,
            stable=msgspec.json.encode(_without_received(line), order="sorted"),
            form=line.form,
            parent_id=line.parent or None,
            root_id=line.thread or None,
            edited_at=line.edited_at or None,
            language=line.language or None,
            url=line.url or None,
            links=line.links,
            recipients=tuple(_author(one) for one in line.recipients),
            visibility=line.visibility,
            content_state=line.content_state,
            media=tuple(_ref(one, f"{number}-{at}") for at, one in enumerate(line.media, 1)),
            member=ITEMS,
            position=number - 1,
        )


def is_selection(reader: DownloadReader) -> bool:
    """Whether a file was made by `archiver select`: nothing else than that makes is in it."""
    others = reader.members.keys() - {STATEMENT, ITEMS}
    whole = len(reader.members) == len(others) + 2
    return whole and all(name.startswith(MEDIA) for name in others)


def _without_received(line: _Line) -> _Line:
    """What the versions of an item are compared by."""
    return msgspec.structs.replace(line, received=b"")


def _ref(media: _Media, number: str) -> MediaRef:
    ref = MediaRef(
        key=media.file or f"missing-{number}",
        name=media.name or None,
        media_type=media.media_type or None,
        alt_text=media.alt_text or None,
    )
    return ref if media.file else replace(ref, available=False)


def _author(person: _Person) -> Author:
    return Author(
        person.native_id or None, person.handle or None, person.name or None, AuthorRole.UNKNOWN
    )


def _read(reader: DownloadReader, name: str) -> bytes:
    with reader.open(name) as stream:
        return stream.read(LONGEST_LINE)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while piece := stream.read(1 << 20):
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line for line in whole if line)
        if len(rest) > LONGEST_LINE:
            break
    if rest:
        yield rest


def _decoded(reader: DownloadReader, what: str, raw: bytes, decode: Callable[[bytes], _T]) -> _T:
    try:
        return decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{reader.path}: {what} cannot be read: make the file again") from None
