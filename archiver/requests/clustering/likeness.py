"""Which texts are the same, and which nearly: no chance in it, and no comparing of all with all.

Texts are compared as bags of words. A text joins the first leader it is near enough to, and only
leaders are looked up, so ten thousand variations of one message cost ten thousand comparisons.
Leaders are found by their rarest words (the prefix filter of set-similarity joins: two texts that
share enough words share one of the rarest few), so a text is compared with few of them.

Near means that at least 85 of 100 words are the same, counted in both texts together, in texts of
six words and more. Links are left out: each platform shortens them its own way.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Generic, TypeVar

NEAR = 0.85
FEWEST_WORDS = 6
MOST_WORDS = 2_000
"""Nearness is judged by so many words from the beginning; sameness always by all of them."""

# How large a part of a text any text near it has at least: a hair less, for what floats round.
_SHARE = NEAR / (2 - NEAR) - 1e-9
# A word, or one character of a script written without spaces.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_LINK = re.compile(r"(?:https?://|www\.)\S{1,2048}", re.IGNORECASE)

Key = TypeVar("Key", bound=Hashable)


class Likeness(StrEnum):
    """How a text is like its leader."""

    SAME = "same words"
    SAME_OTHER_MEDIA = "same words, other pictures"
    SAME_MEDIA = "same pictures, no words"
    NEAR = "nearly the same words"


@dataclass(frozen=True, slots=True)
class Entry(Generic[Key]):
    """A text with the digests of its pictures, under a key of the caller's."""

    key: Key
    text: str
    media: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Like(Generic[Key]):
    """An entry that is like its leader; `percent` of the words of both are the same."""

    key: Key
    likeness: Likeness
    percent: int


@dataclass(slots=True)
class Group(Generic[Key]):
    """A leader and what is like it, in the order they came."""

    leader: Key
    likes: list[Like[Key]] = field(default_factory=list)


@dataclass(slots=True)
class _Text(Generic[Key]):
    """A distinct text: who has it, its first words as numbers, and how many words it has."""

    entries: list[tuple[Key, frozenset[str]]]
    words: array[int]
    whole: int


def groups_of(entries: Iterable[Entry[Key]]) -> list[Group[Key]]:
    """Group what is alike; entries like no other are left out. The first of a group leads it, so
    the order in which entries come decides, and nothing else."""
    texts, met = _distinct(entries)
    order = _by_rarity(met)
    groups: list[Group[Key]] = []
    index: dict[int, array[int]] = {}
    leaders: list[tuple[Group[Key], array[int], int]] = []
    for text in texts:
        ranked = array("I", sorted(order[word] for word in text.words))
        near = _nearest(ranked, text.whole, leaders, index) if _is_long_enough(text) else None
        if near is None:
            group = Group(text.entries[0][0])
            _add_same(group, text, text.entries[0][1], text.entries[1:])
            groups.append(group)
            if _is_long_enough(text):
                for word in _prefix(ranked):
                    index.setdefault(word, array("I")).append(len(leaders))
                leaders.append((group, ranked, text.whole))
        else:
            leader, percent = near
            leader.likes += [Like(key, Likeness.NEAR, percent) for key, _ in text.entries]
    return [group for group in groups if group.likes]


class _Unformatted(dict[int, int | None]):
    """Every character but those that only format; worked out once for each that is met."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code)) == "Cf" else code
        self[code] = kept
        return kept


_UNFORMATTED = _Unformatted()


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: small, without links, signs and invisible marks."""
    unlinked = _LINK.sub(" ", text)
    if unlinked.isascii():
        return _WORD.findall(unlinked.lower())
    plain = unicodedata.normalize("NFKC", unlinked).casefold()
    return _WORD.findall(plain.translate(_UNFORMATTED))


def _distinct(
    entries: Iterable[Entry[Key]],
) -> tuple[list[_Text[Key]], array[int]]:
    """Each text once, and how often each word was met. A text without words goes by its signs
    (emoji) or, without any, by its pictures; with neither it is like nothing."""
    texts: dict[bytes, _Text[Key]] = {}
    numbers: dict[tuple[str, int], int] = {}
    met = array("I")
    for entry in entries:
        words = words_of(entry.text)
        same = "\0".join(words) or "signs " + "".join(entry.text.split())
        if same == "signs ":
            if not entry.media:
                continue
            same = "media " + " ".join(sorted(entry.media))
        # held by digest, so that memory does not grow with the length of texts
        known = texts.get(digest := blake2b(same.encode("utf-8", "surrogatepass")).digest())
        if known is not None:
            known.entries.append((entry.key, entry.media))
            continue
        numbered, times = array("I"), Counter[str]()
        for word in words[:MOST_WORDS]:
            # a word that comes again counts as another one: two bags are compared as two sets
            times[word] += 1
            number = numbers.setdefault((word, times[word]), len(numbers))
            if number == len(met):
                met.append(0)
            met[number] += 1
            numbered.append(number)
        texts[digest] = _Text([(entry.key, entry.media)], numbered, len(words))
    return list(texts.values()), met


def _by_rarity(met: array[int]) -> array[int]:
    """The rank of each word: the rarest first."""
    ranks = array("I", bytes(met.itemsize * len(met)))
    for rank, number in enumerate(sorted(range(len(met)), key=met.__getitem__)):
        ranks[number] = rank
    return ranks


def _is_long_enough(text: _Text[Key]) -> bool:
    return len(text.words) >= FEWEST_WORDS


def _prefix(ranked: array[int]) -> array[int]:
    """The rarest words of a text, one of which any text near it has, too."""
    return ranked[: len(ranked) - math.ceil(_SHARE * len(ranked)) + 1]


def _nearest(
    ranked: array[int],
    whole: int,
    leaders: Sequence[tuple[Group[Key], array[int], int]],
    index: dict[int, array[int]],
) -> tuple[Group[Key], int] | None:
    """The first leader a text is near to, and how many of 100 words are the same."""
    words = set(ranked)
    for at in sorted({at for word in _prefix(ranked) for at in index.get(word, ())}):
        group, other, other_whole = leaders[at]
        shorter, longer = sorted((whole, other_whole))
        if shorter < _SHARE * longer:
            continue
        share = 2 * len(words.intersection(other)) / (len(ranked) + len(other))
        if share >= NEAR:
            return group, min(99, int(100 * share))
    return None


def _add_same(
    group: Group[Key],
    text: _Text[Key],
    media: frozenset[str],
    others: Sequence[tuple[Key, frozenset[str]]],
) -> None:
    for key, theirs in others:
        if theirs != media:
            likeness = Likeness.SAME_OTHER_MEDIA
        elif text.whole or not media:
            likeness = Likeness.SAME
        else:
            likeness = Likeness.SAME_MEDIA
        group.likes.append(Like(key, likeness, 100))
