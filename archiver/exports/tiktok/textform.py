"""The text form: a file for each list, an entry a block of "Name: value" lines, messages a line."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.elements import Element
from archiver.exports.guarding import guarded
from archiver.exports.tiktok import values
from archiver.exports.tiktok.records import Entry, Maker, Owner, conversation_of, profile
from archiver.exports.tiktok.sections import RELATIONS, Section
from archiver.exports.tiktok.userdata import persons
from archiver.exports.tiktok.values import plain, says

CHUNK = 256 << 10
LINE_LIMIT = 4 << 20
FIELDS = frozenset(
    {
        *("date", "comment", "photo", "video", "sticker", "originalpost", "username", "link"),
        *("likes", "whocanview", "allowcomments", "allowstitches", "allowduets", "allowstickers"),
        *("allowsharingtostory", "contentdisclosure", "aigeneratedcontent", "sound", "location"),
        *("title", "addyourstext", "alternatetext", "coverimage", "datedeleted", "foto"),
        *("livestarttime", "liveendtime", "liveduration", "roomid", "roomtitle", "replayurl"),
    }
)
_FIELD = re.compile(r"([^:\n]{1,60}?):(?: |$)(.*)\Z", re.DOTALL)
_MESSAGE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: UTC)? ([^:\n]{1,80}): ?(.*)\Z", re.DOTALL
)
_TALK = re.compile(r">>> (.{1,200}?):*\s*\Z")


@dataclass(slots=True)
class _Lines:
    """The lines of a text, without their ends; `fault` is known after the walk."""

    stream: BinaryIO
    fault: str | None = None

    def __iter__(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        rest = ""
        while piece := self.stream.read(CHUNK):
            told = rest + decoder.decode(piece)
            *lines, rest = told.split("\n")
            for line in lines:
                yield line.removesuffix("\r")
            if len(rest) > LINE_LIMIT:
                yield rest
                rest = ""
        if rest := rest + decoder.decode(b"", final=True):
            yield rest
        self.fault = getattr(self.stream, "fault", None)


def records(
    member: str, section: Section, owner: Owner, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """The records of a file of blocks."""
    lines = _Lines(stream)
    maker, fields = Maker(owner), _Fields()
    for place, block in enumerate(_blocks(lines)):
        cells = fields.of(block)
        if not cells and len(block) == 1:
            continue
        element = Element(place, "\n".join(block).encode("utf-8", "replace"))
        entry = Entry(cells, element.raw, member, place)
        yield from guarded(member, count, element, partial(_one, maker, section, entry))
    _note(lines, count)


def _one(maker: Maker, section: Section, entry: Entry) -> list[Unit]:
    return [maker.make(section, entry)]


def profile_file(member: str, owner: Owner, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """The file of the profile."""
    lines = _Lines(stream)
    cells = _fields(lines)
    if cells:
        element = Element(0, values.canonical(cells))
        yield from guarded(member, count, element, lambda: [profile(owner, cells, member, 0)])
    _note(lines, count)


def people(section: Section, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """The people on a list."""
    lines, fields = _Lines(stream), _Fields()
    entries = (cells for block in _blocks(lines) if (cells := fields.of(block)))
    names = (cells.get("username", "") for cells in entries)
    yield from persons(RELATIONS[section], names, count)
    _note(lines, count)


def messages(
    member: str, section: Section, owner: Owner, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """The conversations of a file: a line ">>> Chat History with NAME::", then a line for each
    message; what follows without a time goes on in the message before."""
    lines = _Lines(stream)
    talk, place = "", 0
    waiting: list[str] = []
    maker = Maker(owner)
    for line in lines:
        begun = _TALK.match(line)
        if begun or _MESSAGE.match(line):
            yield from _message(member, section, maker, talk, waiting, place, count)
            place += bool(waiting)
            waiting = [] if begun else [line]
            if begun:
                talk, maker = begun[1], Maker(owner)
        elif waiting:
            waiting.append(line)
    yield from _message(member, section, maker, talk, waiting, place, count)
    _note(lines, count)


def _message(
    member: str,
    section: Section,
    maker: Maker,
    talk: str,
    waiting: list[str],
    place: int,
    count: FileCount,
) -> Iterator[Unit]:
    if not waiting:
        return
    told = "\n".join(waiting).rstrip("\n")
    element = Element(place, told.encode("utf-8", "replace"))
    found = _MESSAGE.match(told)
    assert found is not None
    cells = {"date": found[1], "from": found[2], "content": found[3].strip()}
    entry = Entry(cells, element.raw, member, place)
    made = partial(_under, maker, section, entry, conversation_of(talk))
    yield from guarded(member, count, element, made)


def _under(maker: Maker, section: Section, entry: Entry, talk: str) -> list[Unit]:
    return [maker.make(section, entry, talk)]


def is_conversation(start: bytes) -> bool:
    """Whether a file begins as one of conversations does, whatever its name."""
    lines = start.decode("utf-8-sig", "replace").splitlines()
    begun = any(_TALK.match(line) for line in lines[:40])
    return begun and any(_MESSAGE.match(line) for line in lines[:200])


def cells_in(start: bytes) -> dict[str, str]:
    """The fields in the beginning of the file of the profile."""
    return _fields(start.decode("utf-8-sig", "replace").splitlines())


def _fields(lines: Iterable[str]) -> dict[str, str]:
    """The fields of a file that is one block. Every line that can be a field is one, so that what
    is not the public's never hangs on to what is; only the description may go on."""
    told: dict[str, str] = {}
    last = ""
    for line in lines:
        found = _FIELD.match(line)
        if found:
            last = plain(found[1])
            told.setdefault(last, found[2].strip())
        elif last == "biodescription" and line.strip():
            told[last] += f"\n{line}"
    return {name: text for name, text in told.items() if says(text)}


def _blocks(lines: _Lines) -> Iterator[list[str]]:
    """The entries of a file: an empty line parts two where the next begins with the name with
    which the first began; otherwise it is an empty line in a text."""
    first = ""
    block: list[str] = []
    gap = 0
    for line in lines:
        if not line.strip():
            gap += bool(block)
            continue
        begun = _FIELD.match(line)
        name = plain(begun[1]) if begun else ""
        first = first or name
        if block and name == first and (gap or begun):
            yield block
            block, gap = [], 0
        block += [""] * gap
        block.append(line)
        gap = 0
    if block:
        yield block


class _Fields:
    """Reads the fields of the blocks of one file. A line begins a field where its name is one that
    TikTok uses, or stands in the file's first block; otherwise it goes on in the field before."""

    def __init__(self) -> None:
        self._names = set(FIELDS)
        self._met = False

    def of(self, block: list[str]) -> dict[str, str]:
        """The fields of a block by their plain names; those that say nothing are left out."""
        told: dict[str, str] = {}
        last = ""
        for line in block:
            found = _FIELD.match(line)
            name = plain(found[1]) if found else ""
            if found and name not in told and (name in self._names or self._is_new(found[1])):
                last = name
                told[name] = found[2]
            elif last:
                told[last] += f"\n{line}"
        if not self._met:
            self._names.update(told)
            self._met = bool(told)
        return {name: text.strip() for name, text in told.items() if says(text)}

    def _is_new(self, name: str) -> bool:
        """Whether what stands before a colon in the first block can be the name of a field."""
        return not self._met and name[:1].isupper() and len(name.split()) <= 5


def _note(lines: _Lines, count: FileCount) -> None:
    if lines.fault:
        count.complete = False
        count.reason = count.reason or lines.fault
