"""Outlook's message files (.msg): a compound file whose streams are the properties of a message, of
its recipients and of what it encloses (MS-OXMSG). Read here into a letter; nothing is run.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import olefile

from archiver.errors import InputError
from archiver.requests.receiving.mapi import (
    ATTACH_DATA,
    ATTACH_LONG_NAME,
    ATTACH_METHOD,
    ATTACH_NAME,
    BINARY,
    CODEPAGE,
    INTEGER,
    INTERNET_CODEPAGE,
    NAME,
    OBJECT,
    STRING8,
    UNICODE,
    WANTED,
    Letter,
    Properties,
    encoding_of,
    text_in,
    value_of,
)

MARK = olefile.MAGIC
"""How a compound file begins, Outlook's among them."""
DEEPEST = 6
MOST_PARTS = 300
_PROPERTIES = "__properties_version1.0"
_TOP, _INNER, _PART = 32, 24, 8
"""The bytes before the properties of a message, of an enclosed message, of anything else."""
_ENTRY = struct.Struct("<HHI8s")
_MOST_PROPERTIES = 4_000
_ENCLOSED_MESSAGE = 5

Path = tuple[str, ...]


def read_outlook(content: bytes) -> Letter:
    """The message in a file of Outlook's.

    Raises InputError where it holds none, or is damaged.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as file:
            if not file.exists(_PROPERTIES):
                raise InputError("this is no message of Outlook's")
            return _Reading(file, len(content)).letter((), _TOP, 0)
    except InputError:
        raise
    except Exception as error:
        # the library fails in many ways on damaged files, none of which says more than this
        raise InputError(
            "this message of Outlook's (.msg) is damaged: save it again, as .eml where that is "
            "offered"
        ) from error


@dataclass(slots=True)
class _Reading:
    """A file being read; `room` is how many bytes may still be taken out of it: streams that share
    their bytes would otherwise become more than the file."""

    file: olefile.OleFileIO
    room: int
    parts: int = 0

    def letter(self, at: Path, header: int, depth: int) -> Letter:
        """The message whose storage is `at`."""
        letter = Letter(self._properties(at, header))
        for name in self._storages(at):
            path = (*at, name)
            if name.lower().startswith("__recip_version1.0_"):
                letter.recipients.append(self._properties(path, _PART))
            elif name.lower().startswith("__attach_version1.0_"):
                self._enclosed(letter, path, depth)
        return letter

    def _enclosed(self, letter: Letter, path: Path, depth: int) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            if self.parts == MOST_PARTS + 1:
                letter.notices.append(f"Only the first {MOST_PARTS} enclosures were looked at")
            return
        told = self._properties(path, _PART)
        name = text_in(told, ATTACH_LONG_NAME) or text_in(told, ATTACH_NAME) or text_in(told, NAME)
        content = told.get(ATTACH_DATA)
        inner = (*path, f"__substg1.0_{ATTACH_DATA:04X}{OBJECT:04X}")
        if isinstance(content, bytes) and content:
            letter.files.append((name, content))
        elif told.get(ATTACH_METHOD) == _ENCLOSED_MESSAGE and depth < DEEPEST:
            letter.letters.append(self.letter(inner, _INNER, depth + 1))
        else:
            letter.notices.append(
                f"{name or 'Something enclosed'} lies elsewhere or in a form of Outlook's own, and "
                "is not kept beside the message: open the file in Outlook"
            )

    def _storages(self, at: Path) -> list[str]:
        """The names of the storages in a storage."""
        found = self.file.listdir(streams=False, storages=True)
        length = len(at)
        return sorted(path[-1] for path in found if len(path) == length + 1 and _same(path, at))

    def _properties(self, at: Path, header: int) -> Properties:
        """What is wanted of a storage's properties."""
        raw = self._stream((*at, _PROPERTIES))[header:]
        entries = [
            (number, kind, value)
            for kind, number, _, value in _ENTRY.iter_unpack(raw[: len(raw) // 16 * 16])
            if number in WANTED
        ][:_MOST_PROPERTIES]
        numbers = {number: value for number, kind, value in entries if kind == INTEGER}
        page = numbers.get(CODEPAGE) or numbers.get(INTERNET_CODEPAGE)
        encoding = encoding_of(int.from_bytes(page[:4], "little") if page else None)
        found: dict[int, object] = {}
        for number, kind, value in entries:
            if kind in (UNICODE, STRING8, BINARY):
                value = self._stream((*at, f"__substg1.0_{number:04X}{kind:04X}"))
            elif kind == OBJECT:
                continue
            found.setdefault(number, value_of(kind, value, encoding))
        return found

    def _stream(self, path: Path) -> bytes:
        where = list(path)
        if self.file.get_type(where) != olefile.STGTY_STREAM:
            return b""
        self.room -= self.file.get_size(where)
        if self.room < 0:
            raise InputError("this message of Outlook's holds more than its file: it is damaged")
        return bytes(self.file.openstream(where).read())


def _same(path: list[str], at: Path) -> bool:
    return all(mine.lower() == theirs.lower() for mine, theirs in zip(path, at, strict=False))
