"""Text made plain for looking: one digit, one dash, one space, no accent, and the way back.

Residents write full-width digits, keycap emoji, zero-width characters and bidirectional marks, some
of them to hide something and most of them because their keyboard does. Everything is looked for in
the folded text; what is found is told in code points of the text as it was given.
"""

from __future__ import annotations

import unicodedata
from array import array
from dataclasses import dataclass

_DASHES = "‐‑‒–—―−﹘﹣－ー〜～"
_LETTERS = {"đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "’": "'"}
_DROPPED = {"Mn", "Me", "Cf", "Cc"}


class _Plain(dict[int, str]):
    """What each character is folded to; worked out once for each that is met."""

    def __missing__(self, code: int) -> str:
        plain = self[code] = _plain(chr(code))
        return plain


def _plain(character: str) -> str:
    """One plain character for another, or nothing for one that only marks or joins."""
    if character in _DASHES:
        return "-"
    if character in _LETTERS:
        return _LETTERS[character]
    if character in "\n\r\v\f\x85\u2028\u2029":
        return "\n"
    category = unicodedata.category(character)
    if category == "Zs" or character == "\t":
        return " "
    if category in _DROPPED:
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    composed = unicodedata.normalize("NFKC", character)
    if len(composed) == 1 and composed != character:
        character = composed
    parts = unicodedata.normalize("NFD", character)
    return parts[0] if all(unicodedata.category(mark) == "Mn" for mark in parts[1:]) else character


_PLAIN = _Plain()


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `places` holds, for each of its characters, where it stands in the original;
    None where nothing was left out and the two go side by side."""

    text: str
    original: str
    places: array[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the folded text (start < end) stands in the original, with the marks
        that cling to its last character."""
        if self.places is not None:
            start, end = self.places[start], self.places[end - 1] + 1
        while end < len(self.original) and unicodedata.category(self.original[end]) in {"Mn", "Me"}:
            end += 1
        return start, end


def fold(text: str) -> Folded:
    """Fold a text. Time and memory grow with its length and nothing else."""
    if text.isascii():
        text_only = text.replace("\t", " ")
        if text_only.replace("\n", "").isprintable():
            return Folded(text_only, text, None)
    plain = text.translate(_PLAIN)
    if len(plain) == len(text):
        return Folded(plain, text, None)
    places = array("l", (at for at, each in enumerate(text) if _PLAIN[ord(each)]))
    return Folded(plain, text, places)


def squeeze(folded: Folded) -> Folded:
    """The letters and digits alone, small, one beside the other: for names written any way."""
    kept = [at for at, each in enumerate(folded.text) if each.isalnum()]
    small = "".join(_small(folded.text[at]) for at in kept)
    source = folded.places
    places = array("l", kept if source is None else (source[at] for at in kept))
    return Folded(small, folded.original, places)


def _small(character: str) -> str:
    small = character.lower()
    return small if len(small) == 1 else character
