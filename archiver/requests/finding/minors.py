"""Names of minors, as the clerk marked them for a request, however they are written.

“Jane Doe” is found as “JANE DOE”, “Doe, Jane”, “@jane_doe12”, “#JaneDoe”, “Jáne Dóe” and with
invisible characters between its letters; not within another word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archiver.errors import InputError
from archiver.requests.finding.folding import Folded, fold, squeeze
from archiver.requests.finding.found import Found, PersonalKind

_REASON = "a name the clerk marked as a minor's"
_LONGEST, _WIDEST_GAP, _FAR = 100, 4, 65
_SENTENCE_ENDS = re.compile(r"[.!?。！？]\s")


@dataclass(frozen=True, slots=True)
class MinorName:
    """A name as it is looked for: its words, small and without accents, in both orders."""

    orders: tuple[tuple[str, ...], ...]


def minor_name(name: str) -> MinorName:
    """Make a name ready.

    Raises InputError where it has fewer than two letters or more than a hundred.
    """
    squeezed = [squeeze(fold(part)).text for part in name.replace(",", " ").split()]
    parts = tuple(part for part in squeezed if part)
    letters = sum(map(len, parts))
    if not 2 <= letters <= _LONGEST:
        raise InputError("the name of a minor has 2 to 100 letters: write it as it may be found")
    turned = (parts[-1], *parts[:-1])
    return MinorName(tuple(sorted({parts, turned})))


def minors(folded: Folded, names: Sequence[MinorName]) -> Iterator[Found]:
    """Where these names stand, in code points of the original text."""
    if not names:
        return
    squeezed = squeeze(folded)
    for name in names:
        for order in name.orders:
            wanted = "".join(order)
            at = squeezed.text.find(wanted)
            while at != -1:
                if _stands_alone(squeezed, at, order):
                    start, end = squeezed.span(at, at + len(wanted))
                    yield Found(start, end, PersonalKind.MINOR, _REASON)
                at = squeezed.text.find(wanted, at + 1)


def _stands_alone(squeezed: Folded, at: int, order: Sequence[str]) -> bool:
    """Whether the letters are these words: no letter joins on, and no sentence lies between."""
    end = at + len("".join(order))
    if _joins(squeezed, at - 1, at) or _joins(squeezed, end - 1, end):
        return False
    place = at
    for word in order:
        if any(_gap(squeezed, step) > 0 for step in range(place, place + len(word) - 1)):
            return False
        place += len(word)
        if place < end and _gap(squeezed, place - 1) > _WIDEST_GAP:
            return False
    return True


def _joins(squeezed: Folded, left: int, right: int) -> bool:
    """Whether two neighbouring characters belong to one word, in a script that has words."""
    if left < 0 or right >= len(squeezed.text):
        return False
    one, other = squeezed.text[left], squeezed.text[right]
    if not (one.isalpha() and other.isalpha()) or _gap(squeezed, left) > 0:
        return False
    if unicodedata.category(one) == "Lo" or unicodedata.category(other) == "Lo":
        return False
    first, second = _written(squeezed, left), _written(squeezed, right)
    return not (first.islower() and second.isupper())


def _gap(squeezed: Folded, left: int) -> int:
    """How many visible characters stand between a character and the next."""
    assert squeezed.places is not None
    start, end = squeezed.places[left] + 1, squeezed.places[left + 1]
    if end - start > _FAR:
        return _FAR
    between = squeezed.original[start:end]
    if _SENTENCE_ENDS.search(between):
        return _FAR
    return sum(unicodedata.category(each) not in {"Mn", "Me", "Cf", "Cc"} for each in between)


def _written(squeezed: Folded, at: int) -> str:
    assert squeezed.places is not None
    return squeezed.original[squeezed.places[at]]
