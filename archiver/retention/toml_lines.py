"""Where in a TOML text something stands: the reader of the standard library does not say."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_"'-]+)*)\s*=(.*)$"""
)
_PLACE = re.compile(r"\(at line (\d+), column \d+\)")
MOST_FAULTS = 100

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class TextFault:
    """Where and why a text is no TOML; `is_date`: a day or time that does not exist."""

    line: int
    words: str
    is_date: bool


@dataclass
class Lines:
    """The line (from 1) each table and key of a text begins on."""

    known: dict[Path, int] = field(default_factory=dict)

    def at(self, *path: str | int) -> int:
        """The line of a key, else of the table it should stand in."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.known:
                return self.known[path[:length]]
        return 1


def lines_of(text: str) -> Lines:
    """Find the lines of a text's tables and keys; of ``[[series]]`` each has its number (from 0)
    behind the name. Text inside strings and lists over several lines is passed over."""
    found = Lines()
    arrays: Counter[tuple[str, ...]] = Counter()
    table: Path = ()
    inside = _Inside()
    for number, line in enumerate(text.split("\n"), 1):
        if inside.open:
            inside.read(line)
            continue
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header is not None:
            names = tuple(_names(header[2]))
            if header[1] == "[[":
                table = (*_numbered(names[:-1], arrays), names[-1], arrays[names])
                arrays[names] += 1
            else:
                table = _numbered(names, arrays)
            found.known.setdefault(table, number)
        elif key is not None:
            path: Path = table
            for name in _names(key[1]):
                path = (*path, name)
                found.known.setdefault(path, number)
            inside.read(key[2])
    return found


def read_tolerantly(text: str) -> tuple[dict[str, Any], Lines, list[TextFault]]:
    """What of a text can be read with its lines, and why the rest cannot: a line at fault is passed
    over (a day that does not exist is read as one that does), so that all faults are met and not
    the first alone."""
    faults: list[TextFault] = []
    lines = text.split("\n")
    while len(faults) < MOST_FAULTS:
        try:
            return tomllib.loads("\n".join(lines)), lines_of("\n".join(lines)), faults
        except tomllib.TOMLDecodeError as error:
            message = str(error)
            place = _PLACE.search(message)
            number = min(int(place[1]), len(lines)) if place else len(lines)
            words = _PLACE.sub("", message).strip()
            key = _KEY.match(lines[number - 1])
            is_date = "Invalid date" in message
            faults.append(TextFault(number, words, is_date))
            if is_date and key is not None:
                lines[number - 1] = f"{key[1]} = 2000-01-01"
            elif lines[number - 1].strip():
                lines[number - 1] = ""
            else:
                break
    return {}, Lines(), faults


def _numbered(names: tuple[str, ...], arrays: Counter[tuple[str, ...]]) -> Path:
    """A table's path with the number of the list's entry it belongs to."""
    path: Path = ()
    for length in range(1, len(names) + 1):
        path = (*path, names[length - 1])
        if arrays[names[:length]]:
            path = (*path, arrays[names[:length]] - 1)
    return path


def _names(text: str) -> list[str]:
    return [part.strip().strip("\"'") for part in text.split(".")]


class _Inside:
    """Whether a line begins inside a string or a list that an earlier one opened."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0

    @property
    def open(self) -> bool:
        """Whether the next line goes on with the same value."""
        return bool(self._quote) or self._depth > 0

    def read(self, line: str) -> None:
        """Go through a line, or the part of it behind a key."""
        at = 0
        while at < len(line):
            if self._quote:
                if self._quote.startswith('"') and line[at] == "\\":
                    at += 2
                elif line.startswith(self._quote, at):
                    at += len(self._quote)
                    self._quote = ""
                else:
                    at += 1
                continue
            triple = line[at : at + 3]
            if triple in ('"""', "'''"):
                self._quote = triple
                at += 3
            elif line[at] in "\"'":
                self._quote = line[at]
                at += 1
            elif line[at] == "#":
                break
            else:
                self._depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(line[at], 0)
                at += 1
        if len(self._quote) == 1:
            self._quote = ""
