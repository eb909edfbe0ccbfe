"""Marks what was found in the original text, as spans and never as HTML.

The index holds text in another form (`scripts`): full-width letters made plain, accents removed,
runs cut into pairs. Here the original is read the same way, token by token with its place, so that
a mark covers exactly the letters a person sees.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import regex

from archiver.archive import scripts

_ASCII_WORD = re.compile(r"[A-Za-z0-9]+")
_WORD = regex.compile(rf"[\p{{L}}\p{{N}}\p{{Mn}}\p{{Mc}}{scripts.BREAK}]+")
# Folded text holds no signs beyond ASCII, so what parts words is what is neither.
_LETTER = "[a-z0-9\x80-\U0010ffff]"
_SEPARATOR = re.compile("[^a-z0-9\x80-\U0010ffff]")
_CHARACTER = regex.compile(r"\X")
_LONGEST = 20_000
"""Letters that are looked through of a text that must be read token by token."""


@dataclass(frozen=True, slots=True)
class Needle:
    """A word or phrase as the index holds it: folded tokens in order; `prefix` for the last one."""

    tokens: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of original text, and whether it was found."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """Part of a text in spans; `begins` and `ends` say whether it holds the text's edges."""

    spans: tuple[Span, ...]
    begins: bool
    ends: bool

    @property
    def text(self) -> str:
        """The piece without marks."""
        return "".join(span.text for span in self.spans)


class Token(NamedTuple):
    """A folded token of the index and where it lies in the original text.

    `middle` is where the first letter of a pair ends; `letter` is how long that one is when folded.
    """

    word: str
    start: int
    end: int
    middle: int
    letter: int


def words_of(text: str) -> list[str]:
    """The folded tokens of a text, in the order the index holds them."""
    return [token.word for token in tokens_of(text)]


def words_of_cut(text: str) -> list[str]:
    """The tokens of text that is already normal and cut, not folded."""
    return _ASCII_WORD.findall(text) if text.isascii() else _WORD.findall(text)


def tokens_of(text: str) -> list[Token]:
    """The tokens of an original text, in the order the index holds them, with their places."""
    text = text[:_LONGEST]
    if text.isascii():
        return [
            Token(
                found.group().lower(), found.start(), found.end(), found.end(), len(found.group())
            )
            for found in _ASCII_WORD.finditer(text)
        ]
    read = _Read.of(text)
    return [read.token(place) for place in range(len(read.places))]


@dataclass(frozen=True, slots=True)
class _Read:
    """A text cut into tokens that are made only when they are asked for: most never are."""

    plain: str
    starts: Sequence[int]
    ends: Sequence[int]
    places: list[tuple[int, int, int]]

    @classmethod
    def of(cls, text: str) -> _Read:
        plain, starts, ends = _normal_with_places(text)
        plain = scripts.letters(plain)
        return cls(plain, starts, ends, list(_places(plain)))

    def words(self) -> list[str]:
        plain, fold = self.plain, scripts.fold
        return [fold(plain[start:end]) for start, _, end in self.places]

    def token(self, place: int) -> Token:
        start, middle, end = self.places[place]
        return Token(
            scripts.fold(self.plain[start:end]),
            self.starts[start],
            self.ends[end - 1],
            self.ends[middle - 1],
            len(scripts.fold(self.plain[start:middle])),
        )


def _places(plain: str) -> Iterator[tuple[int, int, int]]:
    """Start, end of the first letter (of a pair; else the end) and end of every token."""
    done = 0
    for run in scripts.RUN.finditer(plain):
        yield from _words_between(plain, done, run.start())
        lengths = map(len, scripts.clusters(run.group()))
        edges = list(itertools.accumulate(lengths, initial=run.start()))
        yield from zip(edges, edges[1:], edges[2:], strict=False)
        yield edges[-2], edges[-1], edges[-1]
        done = run.end()
    yield from _words_between(plain, done, len(plain))


def _words_between(plain: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    for word in _WORD.finditer(plain, start, end):
        yield word.start(), word.end(), word.end()


def _normal_with_places(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """`scripts.normal` of a text, and for each of its letters where it starts and ends in it."""
    plain = scripts.normal(text)
    if plain == text:
        return text, range(len(text)), range(1, len(text) + 1)
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CHARACTER.finditer(text):
        for letter in scripts.normal(cluster.group()):
            letters.append(letter)
            starts.append(cluster.start())
            ends.append(cluster.end())
    if "".join(letters) != plain:
        keep = _kept(letters, plain)
        letters = [letters[place] for place in keep]
        starts = [starts[place] for place in keep]
        ends = [ends[place] for place in keep]
    return "".join(letters), starts, ends


def _kept(letters: list[str], plain: str) -> list[int]:
    """Which letters are still there after what only the whole text shows to be removable."""
    keep, place = [], 0
    for number, letter in enumerate(letters):
        if place < len(plain) and plain[place] == letter:
            keep.append(number)
            place += 1
    return keep


def find_each(text: str, needles: Sequence[Needle]) -> list[list[tuple[int, int]]]:
    """For each needle, where it lies in a text: (start, end) places in order."""
    if not needles:
        return []
    folded = _folded_in_place(text)
    if folded is not None:
        return [list(_find(folded, needle)) for needle in needles]
    read = _Read.of(text[:_LONGEST])
    words = read.words()
    return [
        [
            (read.token(first).start, _end(read.token(last), needle))
            for first, last in _matches(needle, words)
        ]
        for needle in needles
    ]


def _folded_in_place(text: str) -> str | None:
    """The text folded, each letter in its place; None where letters move or are cut into pairs."""
    if text.isascii():
        return text.lower()
    if scripts.normal(text) != text or scripts.RUN.search(text):
        return None
    folded = scripts.folded(scripts.letters(text))
    return folded if len(folded) == len(text) else None


def _find(folded: str, needle: Needle) -> Iterator[tuple[int, int]]:
    """Where a needle stands in folded text. Much faster than token by token in a long text."""
    pattern = _pattern(needle)
    first = needle.tokens[0]
    place = folded.find(first)
    while place >= 0:
        found = None
        if place == 0 or _SEPARATOR.match(folded[place - 1]):
            found = pattern.match(folded, place)
        if found:
            yield found.span()
        place = folded.find(first, place + 1)


@lru_cache(maxsize=1_024)
def _pattern(needle: Needle) -> re.Pattern[str]:
    words = f"{_SEPARATOR.pattern}+".join(map(re.escape, needle.tokens))
    end = f"{_LETTER}*" if needle.prefix else f"(?!{_LETTER})"
    return re.compile(words + end)


def _end(token: Token, needle: Needle) -> int:
    """Where a mark ends: one letter that was asked for does not mark the pair it begins."""
    short = needle.prefix and len(needle.tokens[-1]) <= token.letter
    return token.middle if short else token.end


def holds_any(words: list[str], needles: Sequence[Needle]) -> bool:
    """Whether folded tokens hold one of the needles."""
    there = set(words)
    return any(
        needle.tokens[0] in there
        if len(needle.tokens) == 1 and not needle.prefix
        else next(_matches(needle, words), None) is not None
        for needle in needles
    )


def _matches(needle: Needle, words: list[str]) -> Iterator[tuple[int, int]]:
    size = len(needle.tokens)
    if size == 1:
        word = needle.tokens[0]
        if not needle.prefix and word not in words:
            return
        for place, there in enumerate(words):
            if there == word or (needle.prefix and there.startswith(word)):
                yield place, place
        return
    for place in range(len(words) - size + 1):
        if words[place] == needle.tokens[0] and _stands(needle, words[place : place + size]):
            yield place, place + size - 1


def _stands(needle: Needle, here: list[str]) -> bool:
    if needle.prefix:
        return here[:-1] == list(needle.tokens[:-1]) and here[-1].startswith(needle.tokens[-1])
    return here == list(needle.tokens)


def united(found: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[int, int]]:
    """The places of several needles in order, overlapping ones as one."""
    places: list[tuple[int, int]] = []
    for start, end in sorted(place for each in found for place in each):
        if places and start <= places[-1][1]:
            places[-1] = (places[-1][0], max(end, places[-1][1]))
        else:
            places.append((start, end))
    return places


def snippet(
    text: str, marks: Sequence[tuple[int, int]], *, width: int = 240, lead: int = 60
) -> Snippet:
    """About `width` letters of a text around the first mark, with what was found marked.

    `marks` are places in order (`united`); `lead` letters stand before the first at most. A text
    that fits is given whole.
    """
    start, end = 0, len(text)
    if len(text) > width:
        first = marks[0][0] if marks else 0
        start = _word_start(text, max(0, min(first - lead, len(text) - width)), first)
        end = _word_end(text, min(len(text), start + width), start)
    spans: list[Span] = []
    place = start
    for mark_start, mark_end in marks[bisect_left(marks, (start, start)) :]:
        if mark_start >= end:
            break
        if place < mark_start:
            spans.append(Span(text[place:mark_start], marked=False))
        spans.append(Span(text[mark_start : min(mark_end, end)], marked=True))
        place = min(mark_end, end)
    if place < end:
        spans.append(Span(text[place:end], marked=False))
    return Snippet(tuple(spans), begins=start == 0, ends=end == len(text))


def _word_start(text: str, place: int, limit: int) -> int:
    """A place near `place` at which a word begins, not behind `limit`."""
    if place == 0:
        return 0
    for step in range(place, min(place + 20, limit)):
        if text[step - 1].isspace():
            return step
    return _whole_letter(text, place)


def _word_end(text: str, place: int, start: int) -> int:
    """A place near `place` at which a word ends, well after `start`."""
    if place >= len(text):
        return len(text)
    for step in range(place, max(place - 20, start + 1), -1):
        if text[step].isspace():
            return step
    return _whole_letter(text, place)


def _whole_letter(text: str, place: int) -> int:
    """The start of the letter, with its marks, that covers a place."""
    before = max(0, place - 40)
    for cluster in _CHARACTER.finditer(text, before, min(len(text), place + 40)):
        if cluster.start() <= place < cluster.end():
            return cluster.start() if cluster.start() > before else place
    return place
