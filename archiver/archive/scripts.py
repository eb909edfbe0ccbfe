"""Text as the index sees it: one form for letters that look alike, and words found in any script.

FTS5's tokenizer finds no word inside Chinese, Japanese, Thai, Lao, Khmer or Burmese text, because
these are written without spaces, nor a Korean word to which a particle is joined. Such runs are cut
into overlapping pairs of letters, in what is indexed and in what is asked for, so that a word is
found wherever it stands (DESIGN §6). The same functions serve both sides: whatever they change,
they change alike.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import regex

BREAK = "\ue000"
"""Stands between two strings in one index column, so that no phrase reaches across."""

TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
# The tokenizer's tables end with Unicode 6.1 and take every later sign for a letter: a word with an
# emoji of today at its end would not be found. So signs go out before the text comes to it.
_SIGNS = regex.compile(r"[^\x00-\x7f\p{L}\p{N}\p{Mn}\p{Mc}]")

# Blocks in which words are not parted; their punctuation is left out by category below.
_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1100, 0x11FF),  # Hangul letters that stand alone
    (0x1780, 0x17FF),  # Khmer
    (0x19E0, 0x19FF),  # Khmer symbols
    (0x3005, 0x3007),  # iteration mark, closing mark, ideographic zero
    (0x3021, 0x3029),
    (0x3031, 0x303C),
    (0x3041, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0xA9E0, 0xA9FF),  # Burmese, extended
    (0xAA60, 0xAA7F),
)
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
# Korean parts words by spaces, yet particles and endings stick to them: 폐쇄, 폐쇄를, 폐쇄하지.
_SYLLABLES = "\uac00-\ud7a3"


def _is_token(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] in "LN" or category in ("Mn", "Mc")


def _classes() -> tuple[str, str]:
    """The letters of the blocks above as two character classes: those that stand, marks on them."""
    points = [chr(point) for first, last in _BLOCKS for point in range(first, last + 1)]
    tokens = [point for point in points if _is_token(point)]
    bases = "".join(point for point in tokens if unicodedata.category(point)[0] != "M")
    marks = "".join(point for point in tokens if unicodedata.category(point)[0] == "M")
    return bases + _IDEOGRAPHS + _SYLLABLES, marks + "\u3099\u309a\ufe00-\ufe0f"


_BASE, _MARK = _classes()
RUN = re.compile(f"[{_BASE}{_MARK}]+")
_CLUSTER = re.compile(f"[{_BASE}][{_MARK}]*|[{_MARK}]+")
# Inside a run, invisible break marks (zero width space) are typed by some and not by others.
_INVISIBLE_BREAK = re.compile(f"(?<=[{_BASE}{_MARK}])\u200b+(?=[{_BASE}{_MARK}])")


# What is invisible or optional inside a word: soft hyphen, joiners, marks of direction (which can
# hide a word), variation selectors, Hebrew points, Arabic vowel marks and tatweel.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe00-\ufe0f\ufeff"
    "\u0591-\u05bd\u0640\u064b-\u0652\u0670\U000e0100-\U000e01ef]+"
)
# What would harm the index: halves of letters, NUL, and the break itself.
_HARMFUL = re.compile(f"[\0\ud800-\udfff{BREAK}]")


def normal(text: str) -> str:
    """Compatibility letters (full width, ligatures) as plain ones, and invisible marks removed."""
    if text.isascii():
        return text.replace("\0", " ")
    text = _HARMFUL.sub(" ", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFKC", text)
    return _INVISIBLE_BREAK.sub("", text) if "\u200b" in text else text


def clusters(run: str) -> list[str]:
    """The letters of a run, each with the marks that stand on it."""
    return _CLUSTER.findall(run)


def cut(text: str, *, query: bool = False) -> str:
    """Normal text with its unspaced runs cut into overlapping pairs: ``ABC`` becomes ``AB BC C``.

    The lone last letter lets a search for one letter (``A*``) find every one; at the end of a
    `query` it is left out, where the text may go on.
    """
    if text.isascii():
        return text
    return RUN.sub(lambda found: _pairs(found, query and found.end() == len(text)), text)


def _pairs(found: re.Match[str], open_end: bool) -> str:
    whole = clusters(found.group())
    pairs = [first + second for first, second in itertools.pairwise(whole)]
    if not (open_end and pairs):
        pairs.append(whole[-1])
    return f" {' '.join(pairs)} "


def letters(text: str) -> str:
    """Normal text with a space for every sign: beyond ASCII letters, digits and marks are left."""
    return text if text.isascii() else _SIGNS.sub(" ", text)


def indexed(text: str) -> str:
    """A string as it goes into the index."""
    return cut(letters(normal(text)))


def joined(texts: Iterable[str]) -> str:
    """Several strings for one index column, with a break no phrase reaches across."""
    return f" {BREAK} ".join(indexed(text) for text in texts if text)


_ACCENTS = dict.fromkeys(range(0x0300, 0x0332))


def folded(text: str) -> str:
    """Text as the tokenizer compares it: small letters, Latin accents removed."""
    if text.isascii():
        return text.lower()
    # letter by letter where a word's end would change the small letter
    small = "".join(map(str.lower, text)) if "Σ" in text else text.lower()
    apart = unicodedata.normalize("NFD", small).translate(_ACCENTS)
    return unicodedata.normalize("NFC", apart)


fold = lru_cache(maxsize=65_536)(folded)
"""`folded` for single words, remembered."""
