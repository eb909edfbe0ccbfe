"""A record's texts cut into pieces for the review page: words, bars and suggestions.

A browser shows a line break for each carriage return it is given and drops one of a pair, so every
piece carries the places in the stored text (in code points) at which it begins and ends. What is
marked on the page is told in these places, whatever the browser made of the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from archiver.desk import texts
from archiver.requests.redacting.bars import BarKind, Redaction
from archiver.requests.redacting.fields import Field

_RETURN = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Suggested:
    """Words that look like personal data. `reason` says why, `why` what to weigh; nothing is
    covered by it. `key` names it on the page, `section` is the law that usually applies."""

    key: str
    field: str
    start: int
    end: int
    kind: str
    reason: str
    why: str
    section: str

    @property
    def place(self) -> str:
        """How a form names it."""
        return f"{self.field}|{self.start}|{self.end}|{self.kind}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text from `start` to `end`; `shown` is what the page holds for it. `bar` is
    the number of the bar over it, `suggestion` what is suggested for it."""

    start: int
    end: int
    shown: str
    bar: int | None = None
    last: bool = False
    suggestion: Suggested | None = None


def pieces(
    field: Field,
    bars: Sequence[Redaction],
    numbers: Mapping[int, int],
    suggestions: Iterable[Suggested] = (),
) -> list[Piece]:
    """The pieces of a field in order. `numbers` gives the number of each bar by its id; where bars
    overlap the first counts. A suggestion that touches a bar is left out."""
    size = len(field.value)
    owner: list[tuple[int, int, Redaction | Suggested]] = []
    for bar in sorted(bars, key=lambda each: (each.start or 0, each.id)):
        start, end = (0, size) if bar.kind is BarKind.FIELD else (bar.start or 0, bar.end or 0)
        start = max(start, owner[-1][1] if owner else 0)
        if start < min(end, size):
            owner.append((start, min(end, size), bar))
    for one in suggestions:
        free = all(one.end <= start or one.start >= end for start, end, _ in owner)
        if free and 0 <= one.start < one.end <= size:
            owner.append((one.start, one.end, one))
    found: list[Piece] = []
    place = 0
    for start, end, what in sorted(owner, key=lambda each: each[0]):
        found += _plain(field.value, place, start)
        if isinstance(what, Suggested):
            found += _marked(field.value, start, end, None, what)
        else:
            found += _marked(field.value, start, end, numbers.get(what.id, 0), None)
        place = end
    return found + _plain(field.value, place, size)


def _marked(
    value: str, start: int, end: int, bar: int | None, suggestion: Suggested | None
) -> list[Piece]:
    if suggestion is not None:
        return [Piece(start, end, _shown(value[start:end]), None, True, suggestion)]
    parts = _plain(value, start, end)
    return [Piece(part.start, part.end, part.shown, bar, last=part is parts[-1]) for part in parts]


def _plain(value: str, start: int, end: int) -> list[Piece]:
    """A stretch, cut where two characters of the text are one on the page."""
    found = []
    place = start
    for match in _RETURN.finditer(value, start, end):
        if match.start() > place:
            found.append(Piece(place, match.start(), _shown(value[place : match.start()])))
        found.append(Piece(match.start(), match.end(), "\n"))
        place = match.end()
    if place < end:
        found.append(Piece(place, end, _shown(value[place:end])))
    return found


def _shown(words: str) -> str:
    """Words as they stand on the page, character for character: control characters as pictures."""
    return texts.visible(words)
