"""What passes between the process that holds the archive and one that prints.

A task goes to the printing process as the parent's own objects; the way back is msgpack with the
types below and no other, because a process that has decoded residents' pictures is not trusted.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from archiver.decoding import unpacker
from archiver.production.release import Release

_HEAD = struct.Struct(">I")
_LONGEST = 1 << 30


@dataclass(frozen=True, slots=True)
class Measure:
    """Find out how many pages a volume takes; numbers are stand-ins from `first` on."""

    release: Release
    first: int


@dataclass(frozen=True, slots=True)
class Print:
    """Print a volume into `folder`, its pages numbered from `first` on. `heights` are those a
    measuring found, by record."""

    release: Release
    folder: Path
    first: int
    heights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Job:
    """A task with the places it may read and write; nothing else is open to it."""

    task: Measure | Print
    read: tuple[Path, ...]
    write: tuple[Path, ...]


class Progressed(msgspec.Struct, frozen=True, tag="progress"):
    """How far a process is."""

    what: str
    done: int
    total: int | None


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """How many pages a volume takes, the first page of each record, sheet and list counted from
    its first, and the height of each short record in points."""

    pages: int
    records: dict[str, int]
    sheets: dict[str, int]
    heights: dict[str, float]


class PrintedRecord(msgspec.Struct, frozen=True, array_like=True):
    """Where a record stands: its number and pages; `media` names its files, each with the place of
    the picture or file in the record."""

    ordinal: int
    first: int
    last: int
    media: list[tuple[int, str]]


class Printed(msgspec.Struct, frozen=True, tag="printed"):
    """A volume as it was printed: its pages, and where everything stands."""

    first: int
    last: int
    records: dict[str, PrintedRecord]
    sheets: dict[str, int]
    lists: dict[str, tuple[int, int]]
    manifest_sha256: str
    confined: bool


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Why a process could not go on: the name of one of the archiver's errors with its line for a
    person, ``disk`` with the system's words, or ``fault`` with the kind of error alone (its words
    may be a resident's)."""

    kind: str
    words: str


Told = Progressed | Measured | Printed | Failed
_decode: Callable[[bytes], Told] = unpacker(Told)


def tell(stream: BinaryIO, told: Told) -> None:
    """Send a message to the process that holds the archive."""
    data = msgspec.msgpack.encode(told)
    stream.write(_HEAD.pack(len(data)) + data)
    stream.flush()


def heard(stream: BinaryIO) -> Iterator[Told]:
    """Every message a printing process sends, until it ends or says what nobody understands."""
    while len(head := stream.read(_HEAD.size)) == _HEAD.size:
        [length] = _HEAD.unpack(head)
        if length > _LONGEST:
            return
        data = stream.read(length)
        if len(data) < length:
            return
        try:
            yield _decode(data)
        except msgspec.DecodeError:
            return
