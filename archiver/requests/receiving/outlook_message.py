"""Outlook's message files (.msg): a compound file whose streams are the properties of a message, of
its recipients and of what it encloses (MS-OXMSG). Read here into a letter; nothing is run.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from archiver.errors import InputError
from archiver.requests.receiving.code_pages import encoding_of
from archiver.requests.receiving.compound import MARK, CompoundFile, Storage
from archiver.requests.receiving.mapi import (
    ATTACH_DATA,
    ATTACH_LONG_NAME,
    ATTACH_METHOD,
    ATTACH_NAME,
    BINARY,
    CODEPAGE,
    INTEGER,
    INTERNET_CODEPAGE,
    MOST_PARTS,
    MOST_RECIPIENTS,
    NAME,
    OBJECT,
    STRING8,
    UNICODE,
    WANTED,
    Letter,
    Properties,
    text_in,
    value_of,
)

__all__ = ["MARK", "read_outlook"]

DEEPEST = 6
_PROPERTIES = "__properties_version1.0"
_TOP, _INNER, _PART = 32, 24, 8
"""The bytes before the properties of a message, of an enclosed message, of anything else."""
_ENTRY = struct.Struct("<HHI8s")
_MOST_PROPERTIES = 4_000
_ENCLOSED_MESSAGE = 5


def read_outlook(content: bytes) -> Letter:
    """The message in a file of Outlook's.

    Raises InputError where it holds none, or is damaged.
    """
    try:
        file = CompoundFile(content)
        if _PROPERTIES not in file.root.streams:
            raise InputError("this is no message of Outlook's")
        return _Reading(file, len(content)).letter(file.root, _TOP, 0)
    except (ValueError, struct.error) as error:
        raise InputError(
            "this message of Outlook's (.msg) is damaged: save it again, as .eml where that is "
            "offered"
        ) from error


@dataclass(slots=True)
class _Reading:
    """A file being read; `room` is how many bytes may still be taken out of it: streams that share
    their bytes would otherwise become more than the file."""

    file: CompoundFile
    room: int
    parts: int = 0

    def letter(self, storage: Storage, header: int, depth: int) -> Letter:
        """The message in a storage."""
        letter = Letter(self._properties(storage, header))
        for name, inside in sorted(storage.storages.items()):
            if name.startswith("__recip_version1.0_"):
                if len(letter.recipients) < MOST_RECIPIENTS:
                    letter.recipients.append(self._properties(inside, _PART))
            elif name.startswith("__attach_version1.0_"):
                self._enclosed(letter, inside, depth)
        return letter

    def _enclosed(self, letter: Letter, storage: Storage, depth: int) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            if self.parts == MOST_PARTS + 1:
                letter.notices.append(f"Only the first {MOST_PARTS} enclosures were looked at")
            return
        told = self._properties(storage, _PART)
        name = text_in(told, ATTACH_LONG_NAME) or text_in(told, ATTACH_NAME) or text_in(told, NAME)
        content = told.get(ATTACH_DATA)
        inner = storage.storages.get(f"__substg1.0_{ATTACH_DATA:04x}{OBJECT:04x}")
        method = told.get(ATTACH_METHOD)
        if isinstance(content, bytes) and content:
            letter.files.append((name, content))
        elif inner is not None and method == _ENCLOSED_MESSAGE and depth < DEEPEST:
            letter.letters.append(self.letter(inner, _INNER, depth + 1))
        else:
            letter.notices.append(
                f"{name[:200] or 'Something enclosed'} lies elsewhere or in a form of Outlook's "
                "own, and is not kept beside the message: open the file in Outlook"
            )

    def _properties(self, storage: Storage, header: int) -> Properties:
        """What is wanted of a storage's properties."""
        raw = self._stream(storage, _PROPERTIES)[header:]
        entries = [
            (number, kind, value)
            for kind, number, _, value in _ENTRY.iter_unpack(raw[: len(raw) // 16 * 16])
            if number in WANTED
        ][:_MOST_PROPERTIES]
        numbers = {
            number: value_of(kind, value, "") for number, kind, value in entries if kind == INTEGER
        }
        encoding = encoding_of(numbers.get(CODEPAGE) or numbers.get(INTERNET_CODEPAGE))
        found: dict[int, object] = {}
        for number, kind, value in entries:
            if number in found or kind == OBJECT:
                continue
            if kind in (UNICODE, STRING8, BINARY):
                value = self._stream(storage, f"__substg1.0_{number:04x}{kind:04x}")
            found[number] = value_of(kind, value, encoding)
        return found

    def _stream(self, storage: Storage, name: str) -> bytes:
        stream = storage.streams.get(name)
        if stream is None:
            return b""
        self.room -= stream.size
        if self.room < 0:
            raise ValueError("it holds more than its file")
        return self.file.read(stream)
