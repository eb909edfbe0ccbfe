"""Reading the elements of one enormous JSON array, in flat memory, at the speed of a C search.

A data file is one JSON array, in an X download assigned to a JavaScript variable. The scanner never
decodes the whole: it looks for the text that stands between two elements (``}, { "tweet"``), takes
what lies before it as an element and lets the decoder judge. Only where the decoder disagrees are
brackets and quotes counted. An element that cannot be decoded is given with its fault, and the rest
goes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import msgspec

from archiver.exports.faults import UnreadableError

CHUNK = 1 << 20
ELEMENT_LIMIT = 1 << 30
WINDOW = 8 << 20
SMALL_WINDOW = 256 << 10

_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:(?:var|let|const)\s++)?"
    rb"(?:[A-Za-z_$][\w$.\[\]\"'-]*+\s*+=)?\s*+([\[{])"
)
_SPACE = re.compile(rb"\s*+")
_KEY = re.compile(rb'\{\s*+"((?:[^"\\]|\\.){0,200}+)"')
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},"]', re.DOTALL)
_CLOSING = {b"{": b"}", b"[": b"]"}
_LONE = re.compile("[\ud800-\udfff]")

decode = msgspec.json.Decoder().decode
"""Decodes any JSON."""


class Element(msgspec.Struct, frozen=True, gc=False):
    """One element: its index in the file, its bytes as received, and the decoded value, or the
    `fault` that kept it from being decoded. `repaired` says what was not proper JSON."""

    index: int
    raw: bytes
    value: Any = None
    fault: str | None = None
    repaired: str | None = None


class NotAnArray(UnreadableError):
    """The file does not begin as a data file: no array stands at its head."""


class ElementScanner:
    """The elements of the array in `stream`, decoded by `decode` where it can.

    Where the array is part of a larger document, `inside` are the bytes read so far, from behind
    its opening bracket; after the walk `rest` are the bytes read and not used. After the walk,
    `complete` says whether the array ended as it should, and `fault` what was wrong with the file
    as a whole.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        chunk: int = CHUNK,
        decode: Callable[[bytes], Any] = decode,
        inside: bytes | None = None,
    ) -> None:
        self.complete = False
        self.fault: str | None = None
        self._stream = stream
        self._decode = decode
        self._chunk = chunk
        self._buffer = inside or b""
        self._inside = inside is not None
        self._at = 0
        self._ended = False
        self._separator = b""
        self._close = 0
        self._open = 0

    @property
    def rest(self) -> bytes:
        """What was read and lies behind the end of the array."""
        return self._buffer[self._at :]

    def __iter__(self) -> Iterator[Element]:
        if not self._inside:
            self._head()
        index = 0
        while self._next_start():
            element = self._element(index)
            yield element
            index += 1
            if self.complete:
                return
        if not self.complete:
            self.fault = self.fault or "the file ends before its array does"

    def _head(self) -> None:
        while not _HEAD.match(self._buffer) and not self._ended and len(self._buffer) < 65_536:
            self._more()
        found = _HEAD.match(self._buffer)
        if found is None or found[1] != b"[":
            raise NotAnArray("it does not begin as a data file does")
        self._at = found.end()

    def _more(self) -> bool:
        """Read on; what is done with is let go. False at the end."""
        if self._ended:
            return False
        waiting = len(self._buffer) - self._at
        piece = self._stream.read(max(self._chunk, waiting))
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        if not piece:
            self._ended = True
            self.fault = getattr(self._stream, "fault", None)
        return bool(piece)

    def _next_start(self) -> bool:
        """Move to the next element; False at the end of the array or of the bytes."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer):
                break
            if not self._more():
                return False
        if self._buffer[self._at] == 0x5D:
            self._finish(self._at + 1)
            return False
        return True

    def _finish(self, at: int) -> None:
        """The array's end: only a semicolon and space may follow."""
        self.complete = True
        self._at = at
        if self._inside:
            return
        while self._more():
            if len(self._buffer) > self._chunk:
                break
        rest = self._buffer[self._at :].strip().strip(b";").strip()
        if rest:
            self.fault = self.fault or "something follows the end of its array"

    def _element(self, index: int) -> Element:
        first = self._buffer[self._at]
        if first == 0x2C:
            self._at += 1
            return Element(index, b",", fault="an element is missing before a comma")
        candidate = self._candidate() if first == 0x7B else None
        if candidate is None:
            return self._by_counting(index, parted=False)
        end, following = candidate
        raw = self._buffer[self._at : end]
        try:
            value = self._decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._by_counting(index, parted=True)
        self._at = following
        return Element(index, raw, value)

    def _candidate(self) -> tuple[int, int] | None:
        """The end of this element and the start of the next, as the separator has it."""
        pattern: re.Pattern[bytes] | None = None
        while True:
            if self._separator:
                found = self._buffer.find(self._separator, self._at)
                if found >= 0:
                    return found + self._close, found + self._open
            if pattern is None:
                key = _KEY.match(self._buffer, self._at)
                if key is not None:
                    name = re.escape(key[1])
                    pattern = re.compile(rb'\}\s*+,\s*+\{\s*+"' + name + rb'"\s*+:')
            if pattern is not None:
                match = pattern.search(self._buffer, self._at)
                if match is not None:
                    text = match[0]
                    self._separator = text
                    self._close = text.index(b"}") + 1
                    self._open = text.index(b"{", self._close)
                    return match.start() + self._close, match.start() + self._open
            if len(self._buffer) - self._at > WINDOW or not self._more():
                return None

    def _by_counting(self, index: int, *, parted: bool) -> Element:
        """The element by its brackets and quotes; failing that, up to the next separator, where
        one is known to follow (`parted`)."""
        end = self._exact_end(SMALL_WINDOW if parted else ELEMENT_LIMIT)
        if end is not None:
            raw = self._buffer[self._at : end].rstrip()
            element = _strict(index, raw, self._decode) or _lenient(index, raw)
            if element is not None:
                self._step_over(end)
                return element
        self._separator = b""
        candidate = self._candidate() if parted else None
        if candidate is None:
            return self._rest(index, end)
        stop, following = candidate
        raw = self._buffer[self._at : stop]
        self._at = following
        return _lenient(index, raw) or Element(index, raw, fault="it is broken JSON")

    def _exact_end(self, window: int) -> int | None:
        """Where the value at hand ends, by counting; None where it does not within `window`."""
        open_ones: list[bytes] = []
        scanned = self._at
        while True:
            for token in _TOKEN.finditer(self._buffer, scanned, self._at + window):
                mark = token[0]
                if mark == b'"':
                    scanned = token.start()
                    break
                scanned = token.end()
                if mark in _CLOSING:
                    open_ones.append(_CLOSING[mark])
                elif mark in (b"}", b"]"):
                    if not open_ones:
                        return token.start()
                    if open_ones.pop() != mark:
                        return None
                    if not open_ones:
                        return token.end()
                elif mark == b"," and not open_ones:
                    return token.start()
            behind = scanned - self._at
            if len(self._buffer) - self._at > window or not self._more():
                return None
            scanned = self._at + behind

    def _step_over(self, end: int) -> None:
        """Go past the comma after an element."""
        self._at = end
        self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
        while self._at == len(self._buffer) and self._more():
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
        if self._at < len(self._buffer) and self._buffer[self._at] == 0x2C:
            self._at += 1

    def _rest(self, index: int, end: int | None) -> Element:
        """A broken element after which no separator tells where the next begins."""
        if end is not None and end > self._at and self._buffer[self._at] not in b"{[":
            raw = self._buffer[self._at : end]
            self._step_over(end)
            return Element(index, raw, fault="it is broken JSON")
        while self._more():
            if len(self._buffer) > ELEMENT_LIMIT:
                break
        tail = self._buffer[self._at :]
        if self._inside:
            self._at = len(self._buffer)
            return Element(index, tail, fault="the file ends in the middle of it, or is broken")
        closing = tail.rfind(b"]")
        self._at = len(self._buffer)
        if closing > 0 and not tail[closing + 1 :].strip().strip(b";").strip():
            found = _lenient(index, tail[:closing].rstrip())
            if found is not None:
                self.complete = True
                return found
        return Element(index, tail, fault="the file ends in the middle of it")


def _strict(index: int, raw: bytes, first: Callable[[bytes], Any]) -> Element | None:
    for way in (first, decode):
        try:
            return Element(index, raw, way(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None


def nearly_json(raw: bytes) -> Any:
    """Decode what is nearly JSON: bytes that are no UTF-8 and halves of surrogate pairs are shown
    as U+FFFD, bare control characters are taken. Raises ValueError or RecursionError where it is
    not even that."""
    text = raw.decode("utf-8", "replace")
    return _without_lone_surrogates(json.loads(text, strict=False))


def _lenient(index: int, raw: bytes) -> Element | None:
    try:
        value = nearly_json(raw)
    except (ValueError, RecursionError):
        return None
    return Element(index, raw, value, repaired=_what(raw, raw.decode("utf-8", "replace")))


def _what(raw: bytes, text: str) -> str:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "bytes that are not UTF-8"
    if any(ord(character) < 0x20 and character not in "\n\r\t" for character in text):
        return "bare control characters"
    return "half a surrogate pair, or a bare line break in a text"


def _without_lone_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _LONE.sub("�", value)
    if isinstance(value, list):
        return [_without_lone_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {
            _without_lone_surrogates(key): _without_lone_surrogates(one)
            for key, one in value.items()
        }
    return value
