"""Reading a tar: only its headers are read, the bytes of the members stay where they are.

Python's tarfile takes a header's word for how much to read into memory and stops at the first
damaged one; here no header costs more than 1 MiB, and after a damaged one the next good one is
looked for. The formats are those of POSIX.1-2001 (ustar, pax) and of GNU tar (long names, sizes
in base 256).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from archiver.exports.streams import Region

BLOCK = 512
_LONGEST_HEADER = 1 << 20
_WINDOW = 1 << 20
_MAGIC = b"ustar"
_MAGIC_AT = 257
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"
_NO_DATA = b"123456"
_KINDS = {
    b"1": "it is a hard link",
    b"2": "it is a symbolic link",
    b"3": "it is a device, not a file",
    b"4": "it is a device, not a file",
    b"6": "it is a pipe, not a file",
    b"S": "it is a file with holes, which no platform makes",
}
_CUT_OFF = "the tar is cut off: only what stands before was read; download it again"
_PAX_LINE = re.compile(rb"(\d{1,7}) ")


@dataclass(frozen=True, slots=True)
class TarMember:
    """One member: where its bytes lie, and why it is not read, or None."""

    name: str
    data: Region
    folder: bool = False
    refusal: str | None = None


@dataclass(slots=True)
class TarListing:
    """The members of a tar, and in one line what is wrong with it, or None."""

    members: list[TarMember] = field(default_factory=list)
    broken: str | None = None


@dataclass(slots=True)
class _Told:
    """What the headers before a member say of it."""

    name: str | None = None
    size: int | None = None
    sparse: bool = False


def is_tar(block: bytes) -> bool:
    """Whether a file that begins with this block (512 bytes) is a tar: its checksum is right."""
    if len(block) < BLOCK or not block[0]:
        return False
    stated = _octal(block[148:156])
    return stated == sum(block[:148]) + 8 * 32 + sum(block[156:BLOCK])


def listed(region: Region, most: int) -> TarListing:
    """All members of the tar at `region`; at most `most` and one more, which tells that there are
    too many. Raises OSError where the disk does not give it back."""
    listing = TarListing()
    end = region.size()
    with region.seekable() as file:
        for member in _members(file, region, end, listing):
            listing.members.append(member)
            if len(listing.members) > most:
                break
    return listing


def _members(file: BinaryIO, region: Region, end: int, listing: TarListing) -> Iterator[TarMember]:
    told, at = _Told(), 0
    while at < end:
        file.seek(at)
        block = file.read(BLOCK)
        if not any(block) and not any(file.read(BLOCK)):
            listing.broken = listing.broken or (_CUT_OFF if len(block) < BLOCK else None)
            return
        size = _number(block[124:136]) if is_tar(block) else None
        if size is None:
            listing.broken = "the tar is damaged: what could be found in it was read"
            told, at = _Told(), _next_header(file, at + BLOCK)
            continue
        kind, start = block[156:157], at + BLOCK
        if kind in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL):
            body = file.read(min(size, _LONGEST_HEADER))
            if size > _LONGEST_HEADER:
                listing.broken = "the tar holds a header that is too long: the rest was read"
            _tell(told, kind, body)
        else:
            size = told.size if told.size is not None else size
            size = 0 if kind in _NO_DATA else size
            yield _member(told, block, region.part(start, size))
            told = _Told()
        at = start + size + -size % BLOCK
        if start + size > end:
            listing.broken = _CUT_OFF
    listing.broken = listing.broken or _CUT_OFF


def _member(told: _Told, block: bytes, data: Region) -> TarMember:
    kind = block[156:157]
    name = told.name if told.name is not None else _name(block)
    folder = kind == b"5" or (kind in b"\x000" and name.endswith("/"))
    refusal = _KINDS[b"S"] if told.sparse else _KINDS.get(kind)
    if refusal is None and not folder and kind not in (b"\0", b"0", b"7"):
        refusal = "it is of a kind this program does not know"
    return TarMember(name, data, folder, refusal)


def _next_header(file: BinaryIO, at: int) -> int:
    """Where the next header with the right mark and checksum begins, or where the file ends."""
    while True:
        file.seek(at)
        window = file.read(_WINDOW)
        found = window.find(_MAGIC)
        while found >= 0:
            begin = found - _MAGIC_AT
            if begin >= 0 and begin % BLOCK == 0 and is_tar(window[begin : begin + BLOCK]):
                return at + begin
            found = window.find(_MAGIC, found + 1)
        at += len(window)
        if len(window) < _WINDOW:
            return at


def _tell(told: _Told, kind: bytes, body: bytes) -> None:
    if kind == _LONG_NAME:
        told.name = _text(body.split(b"\0")[0])
    elif kind == _PAX:
        for key, value in _pax(body):
            if key in (b"path", b"GNU.sparse.name"):
                told.name = _text(value)
            elif key == b"size" and value.isdigit() and len(value) < 20:
                told.size = int(value)
            told.sparse = told.sparse or key.startswith(b"GNU.sparse")


def _pax(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The records of a pax header: `<length> <key>=<value>\\n`."""
    at = 0
    while found := _PAX_LINE.match(body, at):
        length = int(found[1])
        key, mark, value = body[found.end() : at + length - 1].partition(b"=")
        if not mark or length < len(found[0]):
            return
        yield key, value
        at += length


def _name(block: bytes) -> str:
    name = block[:100].split(b"\0")[0]
    prefix = block[345:500].split(b"\0")[0]
    if prefix and block[_MAGIC_AT : _MAGIC_AT + 6] == b"ustar\0":
        name = prefix + b"/" + name
    return _text(name)


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin-1")


def _number(field: bytes) -> int | None:
    """A size: octal digits, or, with the first bit set, a number in base 256 (GNU)."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ((1 << 95) - 1)
        return value if value < 1 << 63 else None
    return _octal(field)


def _octal(field: bytes) -> int | None:
    digits = field.strip(b"\0 ")
    if not digits:
        return 0
    try:
        return int(digits, 8)
    except ValueError:
        return None
