"""How far two records agree in author and text, in words a person reads as the reason of a pair."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from archiver.exports.texts import mended, unescaped

LEAST_BEGINNING = 20
"""A text of fewer letters begins too many others."""
EQUAL, SAME_WORDS, BEGINS, NO_WORDS = range(4)
UNSAID = "one of the two does not say who wrote it"
_CUT = re.compile(r"(\u2026|\.\.\.)$")


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared of a record. `source` is the download it came from first, None where it
    came from an interface; `moment` seconds since 1970, None where it has no time of its own;
    `words` the text as `plain` makes it."""

    id: int
    source: int | None
    first_seen_at: str
    moment: int | None
    text: str
    author_id: str | None
    handle: str | None
    name: str | None
    role: str
    media: int
    derived: bool
    words: str

    @property
    def age(self) -> tuple[str, int]:
        """By which it is told which of two derived records was met first."""
        return self.first_seen_at, self.id


def author_words(side: Side, other: Side) -> str:
    """How far the authors of two records agree; empty where they do not."""
    for mine, theirs, what in (
        (side.author_id, other.author_id, "id"),
        (_handle(side.handle), _handle(other.handle), "handle"),
    ):
        if mine and theirs:
            return f"the same author by {what}" if mine == theirs else ""
    if side.role == other.role == "agency":
        return "both by the city’s account"
    if side.name and other.name:
        same = _name(side.name) == _name(other.name)
        return "the same author by name" if same else ""
    return UNSAID


@lru_cache(maxsize=4_096)
def _name(name: str) -> str:
    return plain(name).casefold()


def _handle(handle: str | None) -> str:
    return (handle or "").lstrip("@").casefold()


TEXT_WORDS = {
    EQUAL: "the same text",
    SAME_WORDS: "the same text but for spaces and the way letters are written",
    BEGINS: "one text is the beginning of the other",
    NO_WORDS: "neither has words",
}


def text_level(side: Side, other: Side) -> int | None:
    """How well the texts of two records agree, the best first; None where they do not."""
    if side.text == other.text:
        return EQUAL if side.text.strip() else _no_words(side, other)
    mine, theirs = side.words, other.words
    if mine == theirs:
        return SAME_WORDS if mine else _no_words(side, other)
    shorter, longer = sorted((_CUT.sub("", mine).rstrip(), _CUT.sub("", theirs).rstrip()), key=len)
    if len(shorter) >= LEAST_BEGINNING and longer.startswith(shorter):
        return BEGINS
    return None


def _no_words(side: Side, other: Side) -> int | None:
    """Two records without words may be one only where they show as many pictures."""
    return NO_WORDS if side.media == other.media else None


def plain(text: str) -> str:
    """A text without what layouts of downloads write differently: UTF-8 taken for Latin-1, HTML
    entities, spaces, the way letters are composed."""
    if text.isascii() and "&" not in text:
        return " ".join(text.split())
    repaired = unescaped(mended(text))
    return " ".join(unicodedata.normalize("NFKC", repaired).split())
