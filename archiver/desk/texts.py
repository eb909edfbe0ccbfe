"""Residents' words on a page: shown as they are, unable to change what stands around them."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"[@/\\]|\w\.\w")
_LOOKED_AT = 20


def plain(text: str) -> Markup:
    """Text for a block of its own: control characters made visible, everything else escaped.

    Characters that turn the direction of writing stay: the block around them is isolated
    (`dir="auto"`), and dropping them would change what was written.
    """
    return escape(visible(text.replace("\r\n", "\n").replace("\r", "\n")))


def visible(text: str) -> str:
    """The same text with a picture in the place of each control character."""
    return _CONTROL.sub(_picture, text)


def flat(text: str) -> str:
    """Part of a text inside a line: control characters visible, line breaks as spaces."""
    return _CONTROL.sub(_picture, _SPACE.sub(" ", text))


def one_line(text: str, length: int = 120) -> str:
    """Text for a title, a label or a list: one line, no direction marks, cut at a word."""
    head = text[: length * _LOOKED_AT]
    line = _SPACE.sub(" ", _DIRECTION.sub("", _CONTROL.sub("", head))).strip()
    if len(line) <= length and len(head) == len(text):
        return line
    cut = line[:length]
    if " " in cut[length // 2 :]:
        cut = cut[: cut.rindex(" ")]
    while cut and unicodedata.combining(cut[-1]):
        cut = cut[:-1]
    return cut + "…"


def sentence(text: str) -> str:
    """A message as the beginning of a sentence: with a large letter, unless it begins with the name
    of a file or of an account, which is written as it is."""
    first = text.partition(" ")[0]
    if _NAME.search(first):
        return text
    return text[:1].upper() + text[1:]


def spaced_hash(digest: str) -> str:
    """A hash in groups of four, as people compare it."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"
