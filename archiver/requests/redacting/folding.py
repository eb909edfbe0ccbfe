"""Characters as people read them, and finding words whatever their case and width."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import regex

_GRAPHEME = regex.compile(r"\X")


def whole_characters(value: str, start: int, end: int) -> tuple[int, int]:
    """A span widened to whole characters as people read them (UAX #29 grapheme clusters)."""
    first, last = start, end
    for cluster in _GRAPHEME.finditer(value):
        if cluster.start() >= end:
            break
        if cluster.start() <= start < cluster.end():
            first = cluster.start()
        last = cluster.end()
    return first, max(last, end)


def fold(text: str) -> str:
    """A text as it is compared: NFKC, case folded."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def occurrences(text: str, words: str, *, exact: bool = False) -> Iterator[tuple[int, int]]:
    """Where words stand in a text, as (start, end) in code points of the text itself.

    Compared folded unless `exact`; folded, a place begins and ends with whole characters.
    Occurrences do not overlap; empty words stand nowhere.
    """
    wanted = words if exact else fold(words)
    if not wanted:
        return
    literal = exact or text.isascii()
    folded, places = (text if exact else fold(text), []) if literal else _folded(text)
    at, done = folded.find(wanted), 0
    while at >= 0:
        last = at + len(wanted)
        start, end = (at, last) if literal else (places[at][0], places[last - 1][1])
        if start >= done:  # a ligature holds some words twice
            yield start, end
            done = end
        at = folded.find(wanted, last)


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """A text folded, and for each of its characters the span of the one it came from."""
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    for cluster in _GRAPHEME.finditer(text):
        group = fold(cluster[0])
        folded.append(group)
        places += [cluster.span()] * len(group)
    return "".join(folded), places
