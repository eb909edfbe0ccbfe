"""Reading a JSON document of any size: its long arrays element by element, the rest decoded.

Most data downloads are objects that hold, somewhere inside, the arrays that matter
(``{"participants": [...], "messages": [...]}``). The document is walked from its beginning in flat
memory; whoever reads it says which arrays to give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import msgspec

from archiver.exports.elements import Element, ElementScanner, decode, nearly_json

Path = tuple[str, ...]

CHUNK = 1 << 20
DEEPEST = 24
VALUE_LIMIT = 64 << 20

_SPACE = re.compile(rb"(?:\s|\xef\xbb\xbf)*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}]++(?=[\s,\]}])")
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]', re.DOTALL)


class Found(NamedTuple):
    """An element of an array that was asked for, and the names that lead to the array."""

    path: Path
    element: Element


class _Broken(ValueError):
    """The document cannot be followed any further."""


class DocumentScanner:
    """The elements of the arrays for whose path `wanted` is true, in the order of the document.

    Every other value is decoded into `values` under its path, objects entered up to 24 deep; one
    larger than 64 MiB ends the walk. A wanted array stands there as an empty list. After the walk,
    `complete` says whether the document ended as it should, `fault` what was wrong with it.
    """

    def __init__(self, stream: BinaryIO, wanted: Callable[[Path], bool]) -> None:
        self.complete = False
        self.fault: str | None = None
        self.values: dict[Path, Any] = {}
        self._stream = stream
        self._wanted = wanted
        self._buffer = b""
        self._at = 0
        self._ended = False

    def __iter__(self) -> Iterator[Found]:
        try:
            yield from self._value(())
            self._space()
            self.complete = self.fault is None
            if self._at < len(self._buffer):
                self.fault = self.fault or "something follows the end of the document"
        except _Broken as error:
            self.fault = self.fault or str(error)
        self.fault = self.fault or getattr(self._stream, "fault", None)

    def _more(self) -> bool:
        piece = b"" if self._ended else self._stream.read(CHUNK)
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        self._ended = not piece
        return bool(piece)

    def _space(self) -> None:
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer) or not self._more():
                return

    def _mark(self) -> bytes:
        """The next character that is no space, not taken."""
        self._space()
        found = self._buffer[self._at : self._at + 1]
        if not found:
            raise _Broken("the file ends before its document does")
        return found

    def _value(self, path: Path) -> Iterator[Found]:
        mark = self._mark()
        if mark == b"{" and len(path) < DEEPEST:
            self._at += 1
            yield from self._members(path)
        elif mark == b"[" and self._wanted(path):
            self._at += 1
            yield from self._elements(path)
        else:
            self._keep(path, mark)

    def _members(self, path: Path) -> Iterator[Found]:
        if self._mark() == b"}":
            self._at += 1
            self.values.setdefault(path, {})
            return
        while True:
            name = self._decoded(self._string())
            if self._mark() != b":":
                raise _Broken("its JSON is broken: a name without a value")
            self._at += 1
            yield from self._value((*path, str(name)))
            mark = self._mark()
            self._at += 1
            if mark == b"}":
                return
            if mark != b",":
                raise _Broken("its JSON is broken between two values")
            if self._mark() == b"}":
                raise _Broken("its JSON is broken: a comma before the end of an object")

    def _elements(self, path: Path) -> Iterator[Found]:
        self.values.setdefault(path, [])
        scanner = ElementScanner(self._stream, inside=self._buffer[self._at :])
        for element in scanner:
            yield Found(path, element)
        self._buffer, self._at = scanner.rest, 0
        if not scanner.complete:
            raise _Broken(scanner.fault or "the file ends before its array does")

    def _keep(self, path: Path, mark: bytes) -> None:
        raw = self._compound() if mark in b"{[" else self._string() if mark == b'"' else None
        if raw is None:
            raw = self._matched(_SCALAR)
        self.values[path] = self._decoded(raw)

    def _decoded(self, raw: bytes) -> Any:
        try:
            return decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            try:
                return nearly_json(raw)
            except (ValueError, RecursionError):
                raise _Broken("its JSON is broken in a value") from None

    def _string(self) -> bytes:
        if self._mark() != b'"':
            raise _Broken("its JSON is broken: a name is missing")
        return self._matched(_STRING)

    def _matched(self, pattern: re.Pattern[bytes]) -> bytes:
        while True:
            found = pattern.match(self._buffer, self._at)
            if found is not None:
                self._at = found.end()
                return found[0]
            if len(self._buffer) - self._at > VALUE_LIMIT:
                raise _Broken("a value in it is larger than any this program knows")
            if not self._more():
                if pattern is _SCALAR and self._at < len(self._buffer):
                    rest = self._buffer[self._at :]
                    self._at = len(self._buffer)
                    return rest
                raise _Broken("the file ends in the middle of a value")

    def _compound(self) -> bytes:
        """An object or array as it stands, by counting brackets."""
        depth = 0
        scanned = self._at
        while True:
            for token in _TOKEN.finditer(self._buffer, scanned):
                mark = token[0]
                if mark == b'"':
                    scanned = token.start()
                    break
                scanned = token.end()
                if mark in (b"{", b"["):
                    depth += 1
                elif mark in (b"}", b"]"):
                    depth -= 1
                    if depth == 0:
                        raw = self._buffer[self._at : scanned]
                        self._at = scanned
                        return raw
            else:
                scanned = len(self._buffer)
            behind = scanned - self._at
            if len(self._buffer) - self._at > VALUE_LIMIT:
                raise _Broken("a value in it is larger than any this program knows")
            if not self._more():
                raise _Broken("the file ends in the middle of a value")
            scanned = behind
