"""Boxes of Meta's pages that hold nothing but words, read without making nodes of them.

Most boxes of a download are of this kind: a heading, lines of text, a time, and no link, picture
or list among them. What such a box says is read off its bytes, in a third of the time its nodes
take. Whatever is built otherwise in any way is none, and is read as the web page it is: both ways
give the same (a test compares them).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

PARTS = (("_a6-h", "_2lel"), ("_a6-p", "_2let"), ("_a6-o", "_2lem"))
"""The classes of heading, body and foot."""
PLACES = {name: place for place, names in enumerate(PARTS) for name in names}
TIME = "_a72d"
LINE = "_2pin"

_CLASS = rb' class="([A-Za-z0-9_ -]*+)"'
_MORE = rb'(?: [a-z-]++="[^"<>]*+")*+'
_TEXT = rb"(?:[^<>]++|<br(?: ?/)?>)*+"
_LINE = rb"<div(?:" + _CLASS + rb")?>(?:<div>(" + _TEXT + rb")</div>|(" + _TEXT + rb"))</div>"
_LINES = rb"(?:" + _LINE.replace(b"(" + _TEXT, b"(?:" + _TEXT).replace(b"([A", b"(?:[A") + rb")*+"
_BOX = re.compile(
    rb"<(section|div)" + _CLASS + _MORE + rb">"
    rb"<(h2|div)" + _CLASS + _MORE + rb">([^<>]*+)</\3>"
    rb"<div" + _CLASS + _MORE + rb">(?:<div>(" + _LINES + rb")</div>)?</div>"
    rb"<(footer|div)" + _CLASS + _MORE + rb">"
    rb"(?:<a" + _MORE + rb'><div class="' + TIME.encode() + rb'">([^<>]*+)</div></a>|([^<>]*+))'
    rb"</\8></\1>"
)
_LINE_OF = re.compile(_LINE)
_BREAK = re.compile("<br(?: ?/)?>")
_SIGNS = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#039;": "'", "&#39;": "'"}
_SIGN = re.compile("|".join(_SIGNS))


class Line(NamedTuple):
    """A line of a body: whether it is of the class that posts have theirs in, and what it says."""

    marked: bool
    text: str


class Worded(NamedTuple):
    """A box of nothing but words: its heading, the lines of its body and the time beneath."""

    heading: str
    lines: tuple[Line, ...]
    time: str


def read_worded(raw: bytes) -> Worded | None:
    """The words of a box; None where it is any other kind of box, or not all of it is certain."""
    found = _BOX.fullmatch(raw)
    if found is None or b"\r" in raw or b"\0" in raw:
        return None
    _, box, _, head, heading, body, lines, _, foot, dated, undated = found.groups()
    if not _placed(box, head, body, foot):
        return None
    try:
        return Worded(
            _text(heading),
            tuple(
                Line(_is_marked(of), _text(inner if inner is not None else alone))
                for of, inner, alone in (one.groups() for one in _LINE_OF.finditer(lines or b""))
            ),
            _text(dated if dated is not None else undated),
        )
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _placed(box: bytes, *parts: bytes) -> bool:
    """Whether the three parts of a box are what they seem to be by where they stand, and nothing
    else in it is looked for by a class it has."""
    return not _known(box) and all(
        {PLACES.get(name) for name in _known(classes)} == {place}
        for place, classes in enumerate(parts)
    )


@lru_cache(maxsize=256)
def _is_marked(classes: bytes | None) -> bool:
    """Whether a line is marked. Raises ValueError where it is of a class with another meaning."""
    names = _known(classes or b"")
    if names - {LINE}:
        raise ValueError(names)
    return bool(names)


def _known(classes: bytes) -> set[str]:
    """The classes among these that mean something here, however they are spelled: pages without a
    document type do not tell large letters from small ones."""
    meant = {*PLACES, TIME, LINE}
    return {name for name in classes.decode().split() if name.lower() in meant}


def _text(raw: bytes) -> str:
    """What a text in a page says. Raises ValueError where it is not certain."""
    text = raw.decode()
    if "<" in text:
        text = _BREAK.sub("\n", text)
    if "&" in text:
        if len(_SIGN.findall(text)) != text.count("&"):
            raise ValueError("another entity than the usual ones")
        text = _SIGN.sub(lambda found: _SIGNS[found[0]], text)
    return text
