"""Where a line may break in scripts that put no space between words: Thai, Lao, Khmer, Burmese.

ICU's dictionaries know the words. Where its library (`icu4py`) is not installed, a line breaks
between any two letters, which reads badly and loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from functools import lru_cache

import regex

BY_WORDS = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
# ICU counts what lies beyond the first plane as two.
_BEYOND = regex.compile(r"[\U00010000-\U0010ffff]")
LONGEST = 20_000
"""Characters looked at together; more are looked at one stretch after the other."""

_Segments = Callable[[str], Iterator[tuple[int, int]]]


@lru_cache(maxsize=1)
def _segments() -> _Segments | None:
    try:
        from icu4py.breakers import LineBreaker
    except ImportError:
        return None
    return lambda text: LineBreaker(text, "en").segments()


def knows_words() -> bool:
    """Whether the library is there, for `archiver doctor`."""
    return _segments() is not None


def stops(text: str) -> Set[int] | None:
    """The places before which a line may break in a text that has such a script; None for a text
    that has none, or where no library knows."""
    if not BY_WORDS.search(text):
        return None
    segments = _segments()
    if segments is None:
        return None
    found: set[int] = set()
    counted = _BEYOND.sub("\ufffc", text)
    for start in range(0, len(text), LONGEST):
        found.update(start + end for _, end in segments(counted[start : start + LONGEST]))
    return found
