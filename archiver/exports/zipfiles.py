"""Reading a zip: from its central directory, or, where that is missing, from the local headers
that stand before each member (a download that broke off).

Python's zipfile raises away the last chunk of a member whose checksum is wrong, and reads nothing
at all without a central directory; here everything that can be read is given, and what is wrong
with it is said.
"""

from __future__ import annotations

import io
import itertools
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from typing import BinaryIO, cast

import msgspec

from archiver.exports.limits import BombError, Limits
from archiver.exports.naming import shown_name
from archiver.exports.streams import (
    PIECE,
    UNPACKED_PIECE,
    Damaged,
    PieceStream,
    Region,
    inflated,
    stretch,
)

STORED = 0
DEFLATED = 8
LOCAL_HEADER = b"PK\x03\x04"
ENCRYPTED_FLAG = 0x1
STREAMED_FLAG = 0x8
UTF8_FLAG = 0x800
ZIP64_EXTRA = 0x0001
UNICODE_PATH_EXTRA = 0x7075
ZIP64_MARK = 0xFFFFFFFF

_HEADER_MORE = 1024
"""So many bytes a name and what stands beside it may take to be read at once with the member."""
_LOCAL = struct.Struct("<4sHHHHHIIIHH")


class ZipMember(msgspec.Struct, frozen=True):
    """One member of a zip. Sizes in bytes; `crc` and `packed` are None where not stated. A member
    without a stated size gives at most `most` bytes."""

    name: str
    offset: int
    method: int
    size: int | None
    packed: int | None
    crc: int | None
    encrypted: bool = False
    symlink: bool = False
    folder: bool = False
    cut_off: bool = False
    most: int | None = None


class ZipPlace(msgspec.Struct, frozen=True):
    """A member of a zip as the place of its bytes. It gives at most the size the directory states,
    whatever the packed bytes hold."""

    zip: Region
    member: ZipMember

    def open(self) -> BinaryIO:
        data = self._at_once()
        return cast("BinaryIO", PieceStream(self._pieces())) if data is None else io.BytesIO(data)

    def region(self) -> Region | None:
        member = self.member
        if member.method != STORED or member.packed is None or member.packed != member.size:
            return None
        try:
            with self.zip.seekable() as file:
                _skip_header(file, member)
                return self.zip.part(file.tell(), member.packed)
        except (Damaged, OSError):
            return None

    def _at_once(self) -> bytes | None:
        """All of a small member; None where it is large, or anything is not as the directory says:
        reading piece by piece gives what can be read and tells what is wrong."""
        member = self.member
        size, packed = member.size, member.packed
        if size is None or packed is None or member.cut_off or member.offset < 0:
            return None
        if max(size, packed) > PIECE:
            return None
        try:
            read = self.zip.read_at(member.offset, _LOCAL.size + _HEADER_MORE + packed)
            *_, name_length, extra_length = _LOCAL.unpack_from(read)
            start = _LOCAL.size + name_length + extra_length
            data = read[start : start + packed]
            if not read.startswith(LOCAL_HEADER) or len(data) < packed:
                return None
            if member.method != STORED:
                inflate = zlib.decompressobj(-15)
                data = inflate.decompress(data, size + 1)
                if not inflate.eof:
                    return None
        except (OSError, struct.error, zlib.error):
            return None
        whole = len(data) == size and member.crc in (None, zlib.crc32(data))
        return data if whole else None

    def _pieces(self) -> Generator[bytes, None, None]:
        member = self.member
        most = member.most if member.size is None else member.size
        given = crc = 0
        with self.zip.seekable() as file:
            _skip_header(file, member)
            if member.method == STORED:
                pieces = stretch(file, member.packed, UNPACKED_PIECE)
            else:
                pieces = inflated(stretch(file, member.packed), -15)
            for piece in pieces:
                given += len(piece)
                if most is not None and given > most:
                    yield piece[: most - given + len(piece)]
                    raise Damaged("it holds more than its directory entry states")
                crc = zlib.crc32(piece, crc)
                yield piece
        if member.cut_off or (member.size is not None and given < member.size):
            raise Damaged("it breaks off in the middle")
        if member.crc is not None and crc != member.crc:
            raise Damaged("its checksum does not match: it was changed or damaged")


def _skip_header(file: BinaryIO, member: ZipMember) -> None:
    head = b""
    if member.offset >= 0:
        file.seek(member.offset)
        head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(LOCAL_HEADER):
        raise Damaged("its header is damaged")
    *_, name_length, extra_length = _LOCAL.unpack(head)
    file.seek(member.offset + _LOCAL.size + name_length + extra_length)


def listed(region: Region) -> tuple[list[ZipMember], str]:
    """The members as the central directory lists them, and the comment of the zip.

    Raises zipfile.BadZipFile, or what else zipfile raises, where there is no directory (the end is
    missing) or it is damaged.
    """
    with region.seekable() as file, zipfile.ZipFile(file) as archive:
        comment = archive.comment.decode("utf-8", "replace")
        return [_from_directory(info) for info in archive.infolist()], comment


def _from_directory(info: zipfile.ZipInfo) -> ZipMember:
    mode = info.external_attr >> 16
    name = info.orig_filename
    if not info.flag_bits & UTF8_FLAG and not name.isascii():
        name = _decoded(name.encode("cp437", "replace"), info.extra)
    return ZipMember(
        name=name,
        offset=info.header_offset,
        method=info.compress_type,
        size=info.file_size,
        packed=info.compress_size,
        crc=info.CRC,
        encrypted=bool(info.flag_bits & ENCRYPTED_FLAG),
        symlink=(mode & 0o170000) == 0o120000,
        folder=name.endswith(("/", "\\")),
    )


def _decoded(name: bytes, extra: bytes) -> str:
    """A name whose flag does not say UTF-8: the Unicode path beside it where there is one, UTF-8
    where it is that all the same (macOS and Java leave the flag out), else cp437 as the format
    says (APPNOTE.TXT, appendix D)."""
    for tag, body in _extras(extra):
        if tag == UNICODE_PATH_EXTRA and body[1:5] == zlib.crc32(name).to_bytes(4, "little"):
            return body[5:].decode("utf-8", "replace")
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


def check_overlap(shown: str, members: Sequence[ZipMember]) -> None:
    """Raise BombError where two members share bytes: a small zip becomes a big one that way."""
    ordered = sorted((member.offset, member.packed or 0) for member in members)
    for (offset, length), (following, _) in itertools.pairwise(ordered):
        if offset + length > following:
            raise BombError(
                f"{shown} looks like a zip bomb or is damaged: members overlap; nothing was read"
            )


def check_ratios(shown: str, members: Sequence[ZipMember], limits: Limits) -> None:
    """Raise BombError where a member states that it grows more than data does."""
    for member in members:
        size, packed = member.size or 0, member.packed or 0
        if size > limits.ratio_from_bytes and size > limits.ratio * max(packed, 1):
            raise BombError(
                f"{shown} looks like a zip bomb: {shown_name(member.name)} would grow to "
                f"{size:,} bytes from {packed:,}; nothing was read"
            )


def salvaged(region: Region, limits: Limits) -> Iterator[ZipMember]:
    """The members found by walking the local headers from the start, until the bytes end or make
    no sense. A member without stated sizes is inflated once to find its end, as far as `limits` let
    a member grow. The last one may be `cut_off`.
    """
    end = region.size()
    with region.seekable() as file:
        at = 0
        while True:
            file.seek(at)
            head = file.read(_LOCAL.size)
            if len(head) < _LOCAL.size or not head.startswith(LOCAL_HEADER):
                return
            found = _local_member(file, head, at, end, limits)
            if found is None:
                return
            member, at = found
            yield member
            if member.cut_off:
                return


def _local_member(
    file: BinaryIO, head: bytes, at: int, end: int, limits: Limits
) -> tuple[ZipMember, int] | None:
    (_, _, flags, method, _, _, crc, packed, size, name_length, extra_length) = _LOCAL.unpack(head)
    name_bytes = file.read(name_length)
    extra = file.read(extra_length)
    if len(name_bytes) < name_length or len(extra) < extra_length:
        return None
    if flags & UTF8_FLAG:
        name = name_bytes.decode("utf-8", "replace")
    else:
        name = _decoded(name_bytes, extra)
    start = at + _LOCAL.size + name_length + extra_length
    encrypted = bool(flags & ENCRYPTED_FLAG)
    if flags & STREAMED_FLAG:
        if method != DEFLATED or encrypted:
            most = end - start
            cut_off = ZipMember(
                *(name, at, method, None, None, None, encrypted), cut_off=True, most=most
            )
            return cut_off, end
        packed, size, crc, whole = _inflated_extent(file, start, limits)
        next_at = _after_descriptor(file, start + packed) if whole else end
    else:
        if ZIP64_MARK in (packed, size):
            packed, size = _zip64_sizes(extra, packed, size)
        whole = start + packed <= end
        next_at = start + packed
    member = ZipMember(
        name,
        at,
        method,
        size=size if whole else None,
        packed=packed if whole else None,
        crc=crc if whole else None,
        encrypted=encrypted,
        folder=name.endswith(("/", "\\")),
        cut_off=not whole,
        most=limits.alone(end - start),
    )
    return member, next_at


def _inflated_extent(file: BinaryIO, start: int, limits: Limits) -> tuple[int, int, int, bool]:
    file.seek(start)
    inflate = zlib.decompressobj(-15)
    packed = size = crc = 0
    while not inflate.eof and size <= limits.alone(packed):
        chunk = inflate.unconsumed_tail
        if not chunk:
            chunk = file.read(PIECE)
            packed += len(chunk)
        if not chunk:
            return packed, size, crc, False
        try:
            piece = inflate.decompress(chunk, 1 << 22)
        except zlib.error:
            return packed, size, crc, False
        size += len(piece)
        crc = zlib.crc32(piece, crc)
    return packed - len(inflate.unused_data), size, crc, inflate.eof


def _after_descriptor(file: BinaryIO, at: int) -> int:
    """Where the next header begins: a descriptor has 12 to 24 bytes, with or without its mark."""
    file.seek(at)
    window = file.read(64)
    marks = (LOCAL_HEADER, b"PK\x01\x02", b"PK\x06\x06", b"PK\x05\x06")
    found = [length for length in (12, 16, 20, 24) if window[length : length + 4] in marks]
    return at + (found[0] if found else 16)


def _zip64_sizes(extra: bytes, packed: int, size: int) -> tuple[int, int]:
    for tag, body in _extras(extra):
        if tag == ZIP64_EXTRA and len(body) >= 16:
            size, packed = struct.unpack_from("<QQ", body)
            return packed, size
    return packed, size


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        yield tag, extra[at + 4 : at + 4 + length]
        at += 4 + length
