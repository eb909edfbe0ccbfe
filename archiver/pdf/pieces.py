"""What a line is made of: glyphs of one font, words, and words that belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from archiver.pdf.faces import Face


@dataclass(slots=True)
class Chunk:
    """Glyphs of one resource at one height: the inside of a TJ array."""

    resource: str
    body: str
    rise: float


@dataclass(slots=True)
class Shaped:
    """A word after shaping. `width` and every rise are in parts of the type size.

    `body` is its only chunk's, where it has but one, on the base line; else empty.
    """

    chunks: list[Chunk]
    width: float
    text: str
    face: Face | None
    body: str = ""

    def __post_init__(self) -> None:
        if len(self.chunks) == 1 and self.chunks[0].rise == 0:
            self.body = self.chunks[0].body


@dataclass(slots=True)
class Piece:
    """A shaped word at its direction level, and the place of the span it belongs to."""

    shaped: Shaped
    level: int
    inline: int


@dataclass(slots=True)
class Token:
    """What a line never breaks inside."""

    pieces: list[Piece]
    width: float
    space: bool


@dataclass(slots=True)
class Line:
    """Pieces in the order they stand on the page; `base` 1 = right to left.

    `width` is in points, without the `past` that a space at its end takes.
    """

    pieces: list[Piece]
    width: float
    base: int
    past: float = 0.0


def merged(
    face: Face,
    resource: str,
    bodies: list[str],
    words: list[str],
    width: float,
    past: float,
    size: float,
) -> Line:
    """Words of one font, in a row, as a line of one piece; a space at its end stays past it."""
    text = "".join(words)
    if not text.strip(" \xa0"):
        return Line([], 0.0, 0)
    body = "".join(bodies).replace("><", "")
    whole = Shaped([Chunk(resource, body, 0.0)], width + past, text, face)
    return Line([Piece(whole, 0, 0)], width * size, 0, past * size)


def joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Pieces in a row of one font and one part as one; a line of Chinese has many."""
    for _, group in groupby(
        pieces, key=lambda one: (one.inline, one.shaped.face, one.shaped.body != "")
    ):
        found = list(group)
        first = found[0].shaped
        resources = {one.shaped.chunks[0].resource for one in found if one.shaped.body}
        if len(found) == 1 or len(resources) != 1:
            yield from found
            continue
        body = "".join([one.shaped.body for one in found]).replace("><", "")
        width = 0.0
        for one in found:
            width += one.shaped.width
        text = "".join([one.shaped.text for one in found])
        chunks = [Chunk(first.chunks[0].resource, body, 0.0)]
        yield Piece(Shaped(chunks, width, text, first.face), 0, found[0].inline)
