"""Repository files (CAR, version 1): a head that names the root, then blocks with their ids.

https://ipld.io/specs/transport/car/carv1/. A file is gone through once: every block's bytes are
hashed and compared with its id, and what is kept is where each lies. So a repository of any size
needs memory for its ids alone (about 210 bytes a block), and a block is read when it is needed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO, NamedTuple

import libipld

from archiver.atproto.cids import DAG_CBOR, LENGTH, RAW

LARGEST_HEAD = 1 << 16
LARGEST_BLOCK = 8 << 20
"""No block of a repository comes near it: a record has at most 1 MiB
(https://atproto.com/specs/repository)."""
MOST_BLOCKS = 8_000_000
"""More than ten times what the largest accounts have."""
_CHUNK = 1 << 20
_LONGEST_NUMBER = 5


class CarError(ValueError):
    """A file that is no repository file. The message is one line for the report."""


class Section(NamedTuple):
    """A block as it stands in the file: its id, where its content begins, the content."""

    cid: bytes
    start: int
    content: bytes


class Sections:
    """The blocks of a stream, one after the other. `root` is the id the head names; after the walk
    `fault` says why it stopped before the end, None where it did not."""

    def __init__(self, stream: BinaryIO) -> None:
        self.fault: str | None = None
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._passed = 0
        self.root = self._head()

    def __iter__(self) -> Iterator[Section]:
        while self._has(1):
            begins = self._passed + self._at
            length = self._number()
            if length is None and not self._has(1):
                self.fault = f"the file breaks off in the length of the block at byte {begins}"
                break
            if length is None or not LENGTH < length <= LARGEST_BLOCK + LENGTH:
                self.fault = f"at byte {begins} stands no block: the rest cannot be read"
                break
            if not self._has(length):
                self.fault = f"the file breaks off in the middle of the block at byte {begins}"
                break
            cid = self._buffer[self._at : self._at + LENGTH]
            if not cid.startswith((DAG_CBOR, RAW)):
                self.fault = f"the block at byte {begins} has an id of an unknown kind"
                break
            content = self._buffer[self._at + LENGTH : self._at + length]
            start = self._passed + self._at + LENGTH
            self._at += length
            yield Section(cid, start, content)
        self.fault = self.fault or getattr(self._stream, "fault", None)

    def _head(self) -> bytes:
        length = self._number() if self._has(1) else None
        if not length or length > LARGEST_HEAD or not self._has(length):
            raise CarError("it does not begin as a repository file does")
        try:
            head = libipld.decode_dag_cbor(self._buffer[self._at : self._at + length])
            version, roots = head["version"], head["roots"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CarError("it does not begin as a repository file does") from None
        if version != 1 or not isinstance(roots, list):
            raise CarError(f"it is a repository file of the unknown version {version!r:.20}")
        if len(roots) != 1 or not isinstance(roots[0], bytes) or len(roots[0]) != LENGTH:
            raise CarError("it names no root, or more than one: no account's repository does")
        self._at += length
        return roots[0]

    def _has(self, length: int) -> bool:
        """Whether so many bytes follow; they are in the buffer then."""
        if len(self._buffer) - self._at >= length:
            return True
        pieces = [self._buffer[self._at :]]
        waiting = len(pieces[0])
        while waiting < length:
            piece = self._stream.read(max(_CHUNK, length - waiting))
            if not piece:
                break
            pieces.append(piece)
            waiting += len(piece)
        self._passed += self._at
        self._buffer, self._at = b"".join(pieces), 0
        return waiting >= length

    def _number(self) -> int | None:
        """A variable-length number; None where none stands here."""
        number = 0
        for place in range(_LONGEST_NUMBER):
            if not self._has(1):
                return None
            byte = self._buffer[self._at]
            self._at += 1
            number |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return number
        return None


@dataclass(slots=True)
class Blocks:
    """The blocks of a repository file by their ids. `file` can be read at any place.

    `root` is the id the head names, `count` how many blocks there are, `altered` the places (byte
    in the file) of those whose bytes are not what their id says, `fault` why the file could not be
    gone through to its end. `used` marks the blocks that were asked for.
    """

    root: bytes
    file: BinaryIO
    altered: list[int] = field(default_factory=list)
    fault: str | None = None
    used: bytearray = field(default_factory=bytearray)
    _places: dict[bytes, int] = field(default_factory=dict)
    _wrong: set[bytes] = field(default_factory=set)
    _starts: array[int] = field(default_factory=lambda: array("Q"))
    _lengths: array[int] = field(default_factory=lambda: array("L"))

    @property
    def count(self) -> int:
        """How many different blocks there are that are what their id says."""
        return len(self._places)

    @property
    def unused(self) -> int:
        """How many of them were never asked for."""
        return self.used.count(0)

    def get(self, cid: bytes) -> tuple[int, bytes]:
        """Where a block's content begins, and the content. Raises MissingBlockError."""
        place = self._places.get(cid)
        if place is None:
            raise MissingBlockError(altered=cid in self._wrong)
        self.used[place] = 1
        start = self._starts[place]
        self.file.seek(start)
        return start, self.file.read(self._lengths[place])

    def take(self, section: Section) -> None:
        """Note a block, if its bytes are what its id says."""
        if sha256(section.content).digest() != section.cid[4:]:
            self.altered.append(section.start)
            self._wrong.add(section.cid)
        elif section.cid not in self._places:
            self._places[section.cid] = len(self._starts)
            self._starts.append(section.start)
            self._lengths.append(len(section.content))
            self.used.append(0)


class MissingBlockError(LookupError):
    """A block is not there; `altered`: there is one of that id with other bytes."""

    def __init__(self, *, altered: bool) -> None:
        super().__init__(
            "its bytes are not what its id says" if altered else "it is not in the file"
        )
        self.altered = altered


def indexed(file: BinaryIO) -> Blocks:
    """Go through a repository file and check every block. Raises CarError."""
    file.seek(0)
    sections = Sections(file)
    blocks = Blocks(sections.root, file)
    for section in sections:
        if blocks.count >= MOST_BLOCKS:
            blocks.fault = f"it holds more than {MOST_BLOCKS:,} blocks: the rest was not read"
            return blocks
        blocks.take(section)
    blocks.fault = sections.fault
    return blocks
