"""The data files of an X download, written piece by piece: an assignment of a list of objects."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import IO

from archiver.demo.x_objects import Object, layout

_BATCH = 200


class Aside:
    """Entries that wait on disk until their member may be written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._waiting: list[Object] = []
        self.count = 0

    def add(self, entries: list[Object]) -> None:
        """Put entries aside."""
        self._waiting += entries
        if len(self._waiting) >= _BATCH:
            self._settle()

    def _settle(self) -> None:
        if self._waiting:
            self._file.write(b",\n" if self.count else b"\n")
            self._file.write(layout(self._waiting)[2:-2])
            self.count += len(self._waiting)
            self._waiting = []

    def pieces(self) -> Iterator[bytes]:
        """All of it, as it stands between the brackets of the data file."""
        self._settle()
        self._file.seek(0)
        while piece := self._file.read(1 << 20):
            yield piece


class ArrayFile:
    """A data file inside the zip: an assignment of a list, written piece by piece."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, variable: str) -> None:
        self._archive = archive
        self._info = info
        self._variable = variable
        self._out: IO[bytes] | None = None
        self.size = 0

    def __enter__(self) -> ArrayFile:
        self._out = self._archive.open(self._info, "w", force_zip64=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._out is not None:
            self._out.close()

    def write_all(self, entries: Iterable[Object] | Aside) -> int:
        """Write the entries and return how many there were."""
        count = 0
        if isinstance(entries, Aside):
            self._write(self._variable.encode() + b"[")
            for piece in entries.pieces():
                self._write(piece)
            self._write(b"\n]" if entries.count else b" ]")
            return entries.count
        self._write(self._variable.encode() + b"[")
        source = iter(entries)
        while batch := list(islice(source, _BATCH)):
            self._write(b",\n" if count else b"\n")
            self._write(layout(batch)[2:-2])
            count += len(batch)
        self._write(b"\n]" if count else b" ]")
        return count

    def _write(self, piece: bytes) -> None:
        if self._out is None:
            raise RuntimeError("the data file is not open")
        self._out.write(piece)
        self.size += len(piece)
