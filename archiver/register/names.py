"""Names a person types: platforms, handles, departments, and when two spellings are one."""

from __future__ import annotations

import re
import unicodedata

from archiver.errors import InputError

_ALIASES = {"twitter": "x", "bsky": "bluesky"}
_MARKS = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Invisible: a place to break, a direction, a width of nothing."""
_AT_THE_ENDS = re.compile(r"(?<!\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\S)")
"""What joins letters, where there is none on one side."""
_REFUSED = ("Cc", "Cs", "Co")
_PLATFORM = re.compile(r"[a-z][a-z0-9-]{0,39}")


def is_platform(text: str) -> bool:
    """Whether a text could be a platform's name."""
    return _PLATFORM.fullmatch(text.strip().lower()) is not None


def platform_name(text: str) -> str:
    """A platform's name as the archive writes it. Raises InputError where it is none."""
    name = text.strip().lower()
    name = _ALIASES.get(name, name)
    if not _PLATFORM.fullmatch(name):
        raise InputError("platform is missing or no name: write it like x, bluesky or facebook")
    return name


def handle_name(text: str) -> str:
    """A handle without its @. Raises InputError where it is empty or holds a blank."""
    name = text.strip().removeprefix("@")
    if not name or len(name) > 200 or not name.isprintable() or any(c.isspace() for c in name):
        raise InputError("handle is missing or no handle: write it like @AlderGlenParks")
    return name


def key(text: str) -> str:
    """The form under which two spellings of a name are one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words(what: str, text: str) -> str:
    """A line a person typed or pasted, single-spaced and without invisible marks: what is copied
    from a page brings marks of direction and of width along. What joins letters (in Persian, in
    emoji) stays between them. Raises InputError where it holds control characters.
    """
    line = " ".join(text.split())
    if line.isprintable():
        return line
    line = " ".join(_MARKS.sub("", line).split())
    line = " ".join(_AT_THE_ENDS.sub("", line).split())
    if any(unicodedata.category(one) in _REFUSED for one in line):
        raise InputError(f"{what} holds control characters: type it again")
    return line
