"""What Outlook wraps the enclosures of an e-mail in (winmail.dat): the Transport Neutral
Encapsulation Format (MS-OXTNEF). Unwrapped here into a letter; nothing is run.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from archiver.errors import InputError
from archiver.requests.receiving.code_pages import encoding_of
from archiver.requests.receiving.mapi import (
    ATTACH_DATA,
    ATTACH_LONG_NAME,
    BINARY,
    BODY,
    MOST_PARTS,
    MOST_RECIPIENTS,
    NAME,
    OBJECT,
    STRING8,
    SUBJECT,
    UNICODE,
    WANTED,
    Letter,
    Properties,
    text_in,
    value_of,
)

MARK = b"\x78\x9f\x3e\x22"
"""How it begins (MS-OXTNEF 2.1.3.1)."""
DEEPEST = 6
_ATTRIBUTE = struct.Struct("<BHHI")
_CHECKSUM = 2
_SUBJECT, _BODY, _DATA, _TITLE = 0x8004, 0x800C, 0x800F, 0x8010
_BEGINS, _MAPI, _RECIPIENTS, _ATTACHED, _PAGE = 0x9002, 0x9003, 0x9004, 0x9005, 0x9007
_NAMED = 0x8000
_SEVERAL = 0x1000
_SIZES = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4, 0x0048: 16}
"""The bytes of a value of fixed size; 8 of all others."""
_VARIABLE = (STRING8, UNICODE, BINARY, OBJECT)
_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
"""Before an enclosed message (IID_IMessage)."""
_MOST = 20_000


def unwrap(content: bytes) -> Letter:
    """What is in it: words, if any, and enclosures.

    Raises InputError where it is damaged or no such file.
    """
    try:
        return _unwrapped(content, 0)
    except (struct.error, IndexError, ValueError, RecursionError) as error:
        raise InputError("what Outlook wrapped the enclosures in is damaged") from error


@dataclass(slots=True)
class _File:
    name: str = ""
    content: bytes = b""
    told: Properties = field(default_factory=dict)


def _unwrapped(content: bytes, depth: int) -> Letter:
    if not content.startswith(MARK):
        raise ValueError("it begins otherwise")
    told: dict[int, object] = {}
    letter, files, encoding = Letter(told), list[_File](), "cp1252"
    for number, data in _attributes(content):
        if number == _PAGE:
            encoding = encoding_of(int.from_bytes(data[:4], "little"))
        elif number == _BEGINS:
            files.append(_File())
        elif number == _MAPI:
            told |= _Properties(data, encoding).read()
        elif number in (_SUBJECT, _BODY):
            text = value_of(STRING8, data, encoding)
            told.setdefault(SUBJECT if number == _SUBJECT else BODY, text)
        elif number == _RECIPIENTS:
            letter.recipients += _Properties(data, encoding).rows()[:MOST_RECIPIENTS]
        elif files and number == _TITLE:
            files[-1].name = str(value_of(STRING8, data, encoding))
        elif files and number == _DATA:
            files[-1].content = data
        elif files and number == _ATTACHED:
            files[-1].told = _Properties(data, encoding).read()
    for file in files[:MOST_PARTS]:
        _take(letter, file, depth)
    if len(files) > MOST_PARTS:
        letter.notices.append(f"Only the first {MOST_PARTS} enclosures were looked at")
    return letter


def _take(letter: Letter, file: _File, depth: int) -> None:
    name = text_in(file.told, ATTACH_LONG_NAME) or file.name or text_in(file.told, NAME)
    inside = file.told.get(ATTACH_DATA)
    content = file.content or (inside if isinstance(inside, bytes) else b"")
    if content.startswith(_MESSAGE) and depth < DEEPEST:
        letter.letters.append(_unwrapped(content[len(_MESSAGE) :], depth + 1))
    elif content:
        letter.files.append((name, content))
    else:
        letter.notices.append(
            f"{name[:200] or 'Something enclosed'} is empty or in a form of its own"
        )


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each attribute, up to where the file ends."""
    at = len(MARK) + 2
    for _ in range(_MOST):
        if at + _ATTRIBUTE.size > len(content):
            return
        _, number, _, length = _ATTRIBUTE.unpack_from(content, at)
        at += _ATTRIBUTE.size
        if at + length > len(content):
            raise ValueError("it breaks off")
        yield number, content[at : at + length]
        at += length + _CHECKSUM


class _Properties:
    """MAPI properties one after the other (MS-OXTNEF 2.1.3.4)."""

    def __init__(self, data: bytes, encoding: str) -> None:
        self._data = data
        self._encoding = encoding
        self._at = 0

    def rows(self) -> list[Properties]:
        """Several sets of them."""
        return [self.read() for _ in range(min(self._number(), _MOST))]

    def read(self) -> dict[int, object]:
        """One set: what is wanted of it."""
        found: dict[int, object] = {}
        for _ in range(min(self._number(), _MOST)):
            kind, number = struct.unpack_from("<HH", self._data, self._at)
            self._at += 4
            if number >= _NAMED:
                self._pass_name()
            single = kind & ~_SEVERAL
            raw = [self._value(single) for _ in range(self._count(kind))]
            if raw and number in WANTED:
                found.setdefault(number, value_of(single, raw[0], self._encoding))
        return found

    def _count(self, kind: int) -> int:
        counted = kind & _SEVERAL or kind in _VARIABLE
        return min(self._number(), _MOST) if counted else 1

    def _value(self, kind: int) -> bytes:
        if kind not in _VARIABLE:
            return self._bytes(_SIZES.get(kind, 8))
        length = self._number()
        raw = self._bytes(length)
        self._at += -length % 4
        return raw

    def _pass_name(self) -> None:
        """Pass by the name of a property that has one: a set and a number, or a set and words."""
        self._bytes(16)
        if self._number() == 0:
            self._number()
            return
        length = self._number()
        self._bytes(length + -length % 4)

    def _number(self) -> int:
        return int.from_bytes(self._bytes(4), "little")

    def _bytes(self, length: int) -> bytes:
        found = self._data[self._at : self._at + length]
        if len(found) < length:
            raise ValueError("it breaks off")
        self._at += length
        return found
