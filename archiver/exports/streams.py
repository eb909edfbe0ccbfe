"""The bytes of one member, wherever they lie, piece by piece.

A stream never raises for damaged content: it gives what can be read, ends early and says in
`fault` why.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol, cast

PIECE = 256 * 1024
UNPACKED_PIECE = 1024 * 1024
"""Bytes that need no unpacking are read in larger pieces."""
XZ_MEMORY = 256 * 1024**2
"""The most an .xz may ask for: `xz -9` needs 65 MiB, a made-up header could ask for 4 GiB."""

GZIP = "gzip"
BZIP2 = "bzip2"
XZ = "xz"
_BREAKS_OFF = "it breaks off in the middle"
_DAMAGED = "its packed bytes are damaged"


class Damaged(Exception):
    """The bytes end here; the words say why."""


class PieceStream(io.RawIOBase):
    """Pieces as a stream. The end is looked for as soon as the last byte was given, so that
    `fault` is known to whoever read as many bytes as were stated."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        super().__init__()
        self.fault: str | None = None
        self._pieces = pieces
        self._piece = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        parts: list[bytes] = []
        while size and (self._piece or self._next()):
            left = len(self._piece) - self._at
            if size < 0 or left <= size:
                parts.append(self._piece[self._at :] if self._at else self._piece)
                size -= left if size > 0 else 0
                self._piece, self._at = b"", 0
            else:
                parts.append(self._piece[self._at : self._at + size])
                self._at += size
                size = 0
        if parts and not self._piece:
            self._next()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._pieces.close()
        super().close()

    def _next(self) -> bool:
        try:
            self._piece = next(filter(None, self._pieces), b"")
        except Damaged as damage:
            self.fault = str(damage)
        except OSError as error:
            self.fault = f"the disk does not give it back: {error.strerror or error}"
        return bool(self._piece)


class Place(Protocol):
    """Where the bytes of a member lie."""

    def open(self) -> BinaryIO:
        """A stream of the bytes; it may carry `fault`."""

    def region(self) -> Region | None:
        """Where they lie on the disk as they are, None where they have to be unpacked."""


class Files:
    """The files of a download on the disk. The one read last is kept open until another is: the
    members of a zip are read one after the other, and opening it for each costs more than reading
    a small one. Where a file has a copy, the copy is read."""

    def __init__(self) -> None:
        self._copies: dict[Path, Path] = {}
        self._path: Path | None = None
        self._descriptor = -1

    def where(self, path: Path) -> Path:
        """Where a file is read from."""
        return self._copies.get(path, path)

    def copied(self, copies: Mapping[Path, Path]) -> None:
        """Have files read from copies from now on."""
        self.close()
        before = {path: copies.get(there, there) for path, there in self._copies.items()}
        self._copies = {**copies, **before}

    def read_at(self, path: Path, offset: int, most: int) -> bytes:
        """Up to `most` bytes of a file from a place in it. Raises OSError."""
        if path is not self._path:
            self.close()
            self._descriptor = os.open(self.where(path), os.O_RDONLY | os.O_CLOEXEC)
            self._path = path
        return os.pread(self._descriptor, most, offset)

    def close(self) -> None:
        """Let go of the file that is open."""
        if self._path is not None:
            self._path = None
            os.close(self._descriptor)

    def __del__(self) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a file on the disk, in bytes; `length` None is to the end of the file. It is
    the place of a member that is not packed. `files` are those of the download it is of."""

    path: Path
    start: int = 0
    length: int | None = None
    files: Files = field(default_factory=Files, repr=False, compare=False)

    def open(self) -> BinaryIO:
        return cast("BinaryIO", PieceStream(self._pieces()))

    def region(self) -> Region:
        return self

    def size(self) -> int:
        """How many bytes there are. Raises OSError."""
        there = max(0, self.files.where(self.path).stat().st_size - self.start)
        return there if self.length is None else min(there, self.length)

    def part(self, start: int, length: int) -> Region:
        """A stretch of this stretch."""
        return Region(self.path, self.start + start, length, self.files)

    def read_at(self, offset: int, most: int) -> bytes:
        """Up to `most` bytes from a place in the stretch. Raises OSError."""
        if self.length is not None:
            most = max(0, min(most, self.length - offset))
        return self.files.read_at(self.path, self.start + offset, most)

    def seekable(self) -> BinaryIO:
        """The stretch as a file that can be read at any place. Raises OSError."""
        file = self.files.where(self.path).open("rb")
        if self.start == 0 and self.length is None:
            return file
        return cast("BinaryIO", _Window(file, self.start, self.size()))

    def _pieces(self) -> Generator[bytes, None, None]:
        with self.seekable() as file:
            yield from stretch(file, self.length, UNPACKED_PIECE)


@dataclass(frozen=True, slots=True)
class Packed:
    """A single packed file (`chat.jsonl.gz`): the place of the one member in it. It gives at most
    `most` bytes."""

    source: Place
    packing: str
    most: int

    def open(self) -> BinaryIO:
        return cast("BinaryIO", PieceStream(self._pieces()))

    def region(self) -> None:
        return None

    def _pieces(self) -> Generator[bytes, None, None]:
        given = 0
        with self.source.open() as packed:
            for piece in unpacked(_from(packed), self.packing):
                given += len(piece)
                if given > self.most:
                    yield piece[: self.most - given + len(piece)]
                    raise Damaged("it grows beyond what a download holds: it looks like a bomb")
                yield piece
            if fault := getattr(packed, "fault", None):
                raise Damaged(fault)


class _Window(io.RawIOBase):
    """A stretch of an open file as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        super().__init__()
        self._file = file
        self._start = start
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise OSError(22, "a place before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._length - self._at)
        self._file.seek(self._start + self._at)
        piece = self._file.read(left if size < 0 else min(size, left))
        self._at += len(piece)
        return piece

    def close(self) -> None:
        self._file.close()
        super().close()


def stretch(file: BinaryIO, length: int | None, step: int = PIECE) -> Iterator[bytes]:
    """The next `length` bytes of a file, to its end where None, `step` at a time. Raises Damaged
    where there are fewer."""
    left = length
    while left is None or left > 0:
        piece = file.read(step if left is None else min(step, left))
        if not piece:
            if left is not None:
                raise Damaged(_BREAKS_OFF)
            return
        if left is not None:
            left -= len(piece)
        yield piece


def unpacked(chunks: Iterator[bytes], packing: str) -> Iterator[bytes]:
    """What is packed in `chunks`, in pieces of at most 256 KiB. Raises Damaged after the last
    byte that can be read."""
    if packing == GZIP:
        return inflated(chunks, 31, joined=True)
    if packing == BZIP2:
        return _decompressed(chunks, bz2.BZ2Decompressor)
    return _decompressed(chunks, lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY))


def inflated(chunks: Iterator[bytes], wbits: int, *, joined: bool = False) -> Iterator[bytes]:
    """Inflate `chunks` as zlib's `wbits` says; `joined` where several streams may stand one after
    the other, as in a gzip file. Raises Damaged after the last byte that can be read."""
    inflate = zlib.decompressobj(wbits)
    for received in chunks:
        chunk = received
        while chunk:
            if inflate.eof:
                if not joined or not chunk.strip(b"\0"):
                    return
                inflate = zlib.decompressobj(wbits)
            before = inflate.copy()
            try:
                piece = inflate.decompress(chunk, PIECE)
            except zlib.error:
                yield from _remains(before, chunk)
                raise Damaged(_DAMAGED) from None
            yield piece
            chunk = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        if inflate.eof and not joined:
            return
    while not inflate.eof and (piece := inflate.decompress(b"", PIECE)):
        yield piece
    if not inflate.eof:
        raise Damaged(_BREAKS_OFF)


def _remains(inflate: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    """What comes out of a damaged chunk before the damage: zlib gives nothing of a call that
    fails, so the bytes are handed to it one at a time."""
    out: list[bytes] = []
    size = 0
    for at in range(len(chunk)):
        try:
            out.append(inflate.decompress(chunk[at : at + 1]))
        except zlib.error:
            break
        size += len(out[-1])
        if size >= PIECE:
            break
    yield b"".join(out)


def _decompressed(
    chunks: Iterator[bytes],
    fresh: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
) -> Iterator[bytes]:
    decompressor = fresh()
    for received in chunks:
        chunk = received
        while True:
            if decompressor.eof:
                if not chunk.strip(b"\0"):
                    break
                decompressor = fresh()
            try:
                piece = decompressor.decompress(chunk, PIECE)
            except (OSError, ValueError, EOFError, MemoryError, lzma.LZMAError):
                raise Damaged(_DAMAGED) from None
            yield piece
            chunk = decompressor.unused_data if decompressor.eof else b""
            if decompressor.needs_input if not decompressor.eof else not chunk:
                break
    if not decompressor.eof:
        raise Damaged(_BREAKS_OFF)


def _from(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
