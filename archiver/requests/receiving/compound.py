"""Compound files (MS-CFB): a file system in a file, as Outlook keeps its messages.

Read here and not by a library, because those that there are follow a stranger's tables as far as
they lead: a file of two kilobytes can have them take gigabytes, or go round for ever. Here no table
is followed longer than the file has sectors, and nothing is larger than the file.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = struct.Struct("<8s16xHHHHH6xIIIIIIIII")
_ENTRY = struct.Struct("<64sHBBIII16xI16xIQ")
_LISTED = 109
"""So many sectors of the table stand in the header itself."""
_LAST = 0xFFFFFFFA
"""The highest number a sector can have; what lies above says that a chain ends."""
_MINI = 64
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(slots=True)
class Stream:
    """Where the bytes of a stream begin, and how many there are."""

    start: int
    size: int


@dataclass(slots=True)
class Storage:
    """A folder: what is in it, by its name in small letters."""

    streams: dict[str, Stream] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)


class CompoundFile:
    """A compound file. `root` is what is in it. Raises ValueError where it is damaged."""

    def __init__(self, content: bytes) -> None:
        if len(content) < 512 or not content.startswith(MARK):
            raise ValueError("it is no compound file")
        told = _HEADER.unpack_from(content)
        shift, mini_shift = told[4:6]
        directory, _, self._cutoff, mini_table, _, more, _ = told[8:]
        if shift not in (9, 12) or 1 << mini_shift != _MINI:
            raise ValueError("its sectors have no size there is")
        self._content = content
        self._size = 1 << shift
        self._sectors = max(0, -(-len(content) // self._size) - 1)
        self._table = self._read_table(more)
        entries = b"".join(self._whole(directory))
        self._entries = [
            _ENTRY.unpack_from(entries, at) for at in range(0, len(entries) - 127, 128)
        ]
        if not self._entries or self._entries[0][2] != _ROOT:
            raise ValueError("it has no root")
        self._mini_table = array("I", self._aligned(b"".join(self._whole(mini_table))))
        first, length = self._entries[0][8:]
        self._mini = self._bytes(first, self._size_of(length))
        self.root = self._tree()

    def read(self, stream: Stream) -> bytes:
        """The bytes of a stream. Raises ValueError where it is damaged."""
        if stream.size >= self._cutoff:
            return self._bytes(stream.start, stream.size)
        count = -(-stream.size // _MINI)
        pieces = [
            self._mini[number * _MINI : (number + 1) * _MINI]
            for number in self._chain(stream.start, self._mini_table, count)
        ]
        return self._exactly(b"".join(pieces), stream.size)

    def _read_table(self, more: int) -> array[int]:
        """The table that says which sector follows which; no sector of it counts twice."""
        places = list(struct.unpack_from(f"<{_LISTED}I", self._content, _HEADER.size))
        seen: set[int] = set()
        while more <= _LAST and more not in seen:
            seen.add(more)
            listed = array("I", self._aligned(self._sector(more)))
            if not listed:
                raise ValueError("it breaks off")
            places += listed[:-1]
            more = listed[-1]
        used = dict.fromkeys(place for place in places if place < self._sectors)
        return array("I", self._aligned(b"".join(map(self._sector, used))))

    def _aligned(self, raw: bytes) -> bytes:
        """Whole numbers only."""
        return raw[: len(raw) // 4 * 4]

    def _sector(self, number: int) -> bytes:
        if number >= self._sectors:
            raise ValueError("it breaks off")
        at = (number + 1) * self._size
        return self._content[at : at + self._size]

    def _chain(self, start: int, table: Sequence[int], most: int) -> Iterator[int]:
        """The sectors of a chain, `most` at most: what is longer goes round."""
        number = start
        for _ in range(most):
            if number > _LAST:
                return
            if number >= len(table):
                raise ValueError("a chain leads out of it")
            yield number
            number = table[number]

    def _whole(self, start: int) -> Iterator[bytes]:
        """A chain of sectors to its end, as long as the file at most."""
        return map(self._sector, self._chain(start, self._table, self._sectors))

    def _bytes(self, start: int, size: int) -> bytes:
        count = -(-size // self._size)
        return self._exactly(
            b"".join(map(self._sector, self._chain(start, self._table, count))), size
        )

    def _exactly(self, found: bytes, size: int) -> bytes:
        if len(found) < size:
            raise ValueError("it breaks off")
        return found[:size]

    def _size_of(self, told: int) -> int:
        """A size as it is told; in files of small sectors its upper half means nothing."""
        size = told if self._size > 512 else told & 0xFFFFFFFF
        if size > len(self._content):
            raise ValueError("something in it is larger than the file")
        return size

    def _tree(self) -> Storage:
        """The folders and what is in them; every entry stands in one place only."""
        root = Storage()
        waiting, seen = [(self._entries[0][6], root)], {0}
        while waiting:
            number, inside = waiting.pop()
            if number >= len(self._entries) or number in seen:
                continue
            seen.add(number)
            name, length, kind, _, left, right, child, _, start, size = self._entries[number]
            waiting += [(left, inside), (right, inside)]
            shown = name[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
            if kind == _STREAM:
                inside.streams[shown] = Stream(start, self._size_of(size))
            elif kind == _STORAGE:
                below = inside.storages.setdefault(shown, Storage())
                waiting.append((child, below))
        return root
