"""Which part of a file is asked for (RFC 9110, sections 13.1.5 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(rb"bytes=(\d{0,15})-(\d{0,15})\Z")


@dataclass(frozen=True, slots=True)
class Span:
    """The first byte, how many, and the status that goes with it."""

    first: int
    length: int
    status: int

    @property
    def told(self) -> bytes:
        """First and last byte, as the header names them."""
        return b"%d-%d" % (self.first, self.first + self.length - 1)


def span_of(headers: Mapping[bytes, bytes], size: int, sha256: str) -> Span | None:
    """The part these headers ask for; the whole where they ask for none, for several, or for one of
    another file; None where there is no such part."""
    whole = Span(0, size, 200)
    match = _RANGE.match(headers.get(b"range", b"").strip())
    condition = headers.get(b"if-range", b"").strip()
    if match is None or size == 0 or match.group(1) == match.group(2) == b"":
        return whole
    if condition and condition != f'"{sha256}"'.encode():
        return whole
    if match.group(1) == b"":
        length = min(int(match.group(2)), size)
        return Span(size - length, length, 206) if length else None
    first = int(match.group(1))
    last = min(int(match.group(2) or size - 1), size - 1)
    return None if first >= size or last < first else Span(first, last - first + 1, 206)
