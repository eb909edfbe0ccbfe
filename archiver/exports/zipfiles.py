"""Reading one member of a zip: from its central directory, or, where that is missing, from the
local headers that stand before each member (a download that broke off).

Python's zipfile raises away the last chunk of a member whose checksum is wrong, and reads nothing
at all without a central directory; here everything that can be read is given, and what is wrong
with it is said.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

STORED = 0
DEFLATED = 8
LOCAL_HEADER = b"PK\x03\x04"
ENCRYPTED_FLAG = 0x1
STREAMED_FLAG = 0x8
UTF8_FLAG = 0x800
ZIP64_EXTRA = 0x0001
ZIP64_MARK = 0xFFFFFFFF
COMPRESSED_STEP = 256 * 1024

_LOCAL = struct.Struct("<4sHHHHHIIIHH")


@dataclass(frozen=True, slots=True)
class ZipMember:
    """One member of a zip. Sizes in bytes; `crc` and `packed` are None where not stated."""

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


class MemberStream(io.RawIOBase):
    """The bytes of one member. Never raises for damaged content: it ends early and says in `fault`
    why. It gives at most the size the directory states, whatever the packed bytes hold."""

    def __init__(self, path: Path, member: ZipMember) -> None:
        super().__init__()
        self.fault: str | None = None
        self._member = member
        self._file: BinaryIO = path.open("rb")
        self._inflate = zlib.decompressobj(-15) if member.method == DEFLATED else None
        self._tail = b""
        self._crc = 0
        self._given = 0
        self._packed_left = member.packed
        self._ended = False
        self._skip_header()

    def _skip_header(self) -> None:
        head = b""
        if self._member.offset >= 0:
            self._file.seek(self._member.offset)
            head = self._file.read(_LOCAL.size)
        if len(head) < _LOCAL.size or not head.startswith(LOCAL_HEADER):
            self._end("its header is damaged")
            return
        *_, name_length, extra_length = _LOCAL.unpack(head)
        self._file.seek(name_length + extra_length, io.SEEK_CUR)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        parts: list[bytes] = []
        wanted = size if size >= 0 else -1
        while wanted and not self._ended:
            try:
                piece = self._step(wanted if wanted > 0 else 1 << 20)
            except OSError as error:
                self._end(f"the disk does not give it back: {error.strerror}")
                break
            parts.append(piece)
            if wanted > 0:
                wanted -= len(piece)
        return b"".join(parts)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _step(self, most: int) -> bytes:
        piece = self._stored(most) if self._inflate is None else self._inflated(most)
        stated = self._member.size
        if stated is not None and self._given + len(piece) > stated:
            piece = piece[: stated - self._given]
            self._given += len(piece)
            self._end("it holds more than its directory entry states")
            return piece
        self._given += len(piece)
        self._crc = zlib.crc32(piece, self._crc)
        if self._ended:
            self._check()
        return piece

    def _stored(self, most: int) -> bytes:
        left = self._packed_left if self._packed_left is not None else most
        piece = self._file.read(min(most, left))
        if self._packed_left is not None:
            self._packed_left -= len(piece)
        if not piece or self._packed_left == 0:
            self._ended = True
        return piece

    def _inflated(self, most: int) -> bytes:
        assert self._inflate is not None
        if not self._tail:
            left = self._packed_left if self._packed_left is not None else COMPRESSED_STEP
            self._tail = self._file.read(min(COMPRESSED_STEP, left))
            if self._packed_left is not None:
                self._packed_left -= len(self._tail)
        if not self._tail:
            self._end("it breaks off in the middle")
            return b""
        try:
            piece = self._inflate.decompress(self._tail, most)
        except zlib.error:
            self._end("its packed bytes are damaged")
            return b""
        self._tail = self._inflate.unconsumed_tail
        if self._inflate.eof:
            self._ended = True
        return piece

    def _end(self, fault: str) -> None:
        self._ended = True
        self.fault = self.fault or fault

    def _check(self) -> None:
        stated = self._member
        if stated.size is not None and self._given < stated.size:
            self._end("it breaks off in the middle")
        elif stated.crc is not None and self._crc != stated.crc:
            self._end("its checksum does not match: it was changed or damaged")


def listed(path: Path) -> list[ZipMember]:
    """The members as the central directory lists them.

    Raises zipfile.BadZipFile where there is none (the end is missing) or it is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        return [_from_directory(info) for info in archive.infolist()]


def _from_directory(info: zipfile.ZipInfo) -> ZipMember:
    mode = info.external_attr >> 16
    return ZipMember(
        name=info.orig_filename,
        offset=info.header_offset,
        method=info.compress_type,
        size=info.file_size,
        packed=info.compress_size,
        crc=info.CRC,
        encrypted=bool(info.flag_bits & ENCRYPTED_FLAG),
        symlink=(mode & 0o170000) == 0o120000,
        folder=info.orig_filename.endswith(("/", "\\")),
    )


def salvaged(path: Path) -> Iterator[ZipMember]:
    """The members found by walking the local headers from the start, until the bytes end or make
    no sense. A member without stated sizes is inflated once to find its end. The last one may be
    `cut_off`.
    """
    end = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while True:
            file.seek(at)
            head = file.read(_LOCAL.size)
            if len(head) < _LOCAL.size or not head.startswith(LOCAL_HEADER):
                return
            found = _local_member(file, head, at, end)
            if found is None:
                return
            member, at = found
            yield member
            if member.cut_off:
                return


def _local_member(file: BinaryIO, head: bytes, at: int, end: int) -> tuple[ZipMember, int] | None:
    (_, _, flags, method, _, _, crc, packed, size, name_length, extra_length) = _LOCAL.unpack(head)
    name_bytes = file.read(name_length)
    extra = file.read(extra_length)
    if len(name_bytes) < name_length or len(extra) < extra_length:
        return None
    name = name_bytes.decode("utf-8" if flags & UTF8_FLAG else "cp437", "replace")
    start = at + _LOCAL.size + name_length + extra_length
    encrypted = bool(flags & ENCRYPTED_FLAG)
    if flags & STREAMED_FLAG:
        if method != DEFLATED or encrypted:
            return ZipMember(name, at, method, None, None, None, encrypted, cut_off=True), end
        packed, size, crc, whole = _inflated_extent(file, start)
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
        folder=name.endswith("/"),
        cut_off=not whole,
    )
    return member, next_at


def _inflated_extent(file: BinaryIO, start: int) -> tuple[int, int, int, bool]:
    file.seek(start)
    inflate = zlib.decompressobj(-15)
    packed = size = crc = 0
    while not inflate.eof:
        chunk = inflate.unconsumed_tail
        if not chunk:
            chunk = file.read(COMPRESSED_STEP)
            packed += len(chunk)
        if not chunk:
            return packed, size, crc, False
        try:
            piece = inflate.decompress(chunk, 1 << 22)
        except zlib.error:
            return packed, size, crc, False
        size += len(piece)
        crc = zlib.crc32(piece, crc)
    return packed - len(inflate.unused_data), size, crc, True


def _after_descriptor(file: BinaryIO, at: int) -> int:
    """Where the next header begins: a descriptor has 12 to 24 bytes, with or without its mark."""
    file.seek(at)
    window = file.read(64)
    marks = (LOCAL_HEADER, b"PK\x01\x02", b"PK\x06\x06", b"PK\x05\x06")
    found = [length for length in (12, 16, 20, 24) if window[length : length + 4] in marks]
    return at + (found[0] if found else 16)


def _zip64_sizes(extra: bytes, packed: int, size: int) -> tuple[int, int]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        if tag == ZIP64_EXTRA and length >= 16:
            size, packed = struct.unpack_from("<QQ", extra, at + 4)
            return packed, size
        at += 4 + length
    return packed, size
