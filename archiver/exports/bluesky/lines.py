"""Reading JSON lines: one object a line, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from archiver.exports.elements import Element, decode

LONGEST = 16 << 20
_CHUNK = 1 << 20
_MARK = b"\xef\xbb\xbf"


def lines(stream: BinaryIO) -> Iterator[Element]:
    """Every line that is not blank, decoded; one that is no JSON, or longer than 16 MiB, carries
    its fault."""
    index = 0
    for raw in _raw_lines(stream):
        line = raw.removeprefix(_MARK if index == 0 else b"").strip()
        if not line:
            continue
        try:
            yield Element(index, line, decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            fault = "the line is longer than any this program knows" if len(line) > LONGEST else ""
            yield Element(index, line, fault=fault or "the line is broken JSON")
        index += 1


def _raw_lines(stream: BinaryIO) -> Iterator[bytes]:
    waiting = b""
    while piece := stream.read(_CHUNK):
        *whole, waiting = (waiting + piece).split(b"\n")
        yield from whole
        if len(waiting) > LONGEST:
            yield waiting
            waiting = b""
    if waiting:
        yield waiting
