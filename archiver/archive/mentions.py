"""Whether bytes name a record: the platform's id, in any spelling a web answer gives it.

Many ids are looked for at once, in one pass: the bytes are cut into runs of letters and digits, and
only where a run is one that an id is known by is the whole id looked for. Ids are found plain, with
JSON's escapes (``\\/``, ``\\u002f``) and percent-encoded. What is said inside base64, an encrypted
body or a picture is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

CHUNK = 1024 * 1024
OVERLAP = 8 * 1024
"""Longer than any id in any spelling: what lies across two chunks is found in the second."""
KNOWN_BY = 8
"""A run of so many letters and digits is rare enough to know an id by."""
ALONE = 12
"""The last part of an address names a record by itself from this length on."""

_RUN = re.compile(rb"[0-9A-Za-z]+")
_ESCAPED = re.compile(
    rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u([0-9a-fA-F]{4})|\\/|%([0-9a-fA-F]{2})"
)
_LAST = re.compile(r"[/:]([0-9A-Za-z_-]+)$")

Ways = tuple[tuple[str, ...], ...]
"""The ways a record may be named: one of them is enough, and each needs all its strings."""


def ways_to_name(kind: str, native_id: str, edit_ids: Iterable[str] = ()) -> Ways:
    """How an answer may name a record.

    A profile's id is that of its account and stands everywhere: it is named by nothing here.
    A reaction's id is made up of the post's address and the person's: an answer names both.
    """
    if kind == "profile":
        return ()
    address, mark, rest = native_id.partition("#")
    if mark:
        return ((address, *(part for part in rest.split("/")[1:] if part)),)
    ways = [(native_id,)]
    last = _LAST.search(native_id)
    if last and len(last[1]) >= ALONE and any(char.isdigit() for char in last[1]):
        ways.append((last[1],))
    ways += [(edit_id,) for edit_id in edit_ids if len(edit_id) >= KNOWN_BY]
    return tuple(dict.fromkeys(ways))


def plain(data: bytes) -> bytes:
    """The bytes without JSON's and percent escapes."""
    if b"\\" not in data and b"%" not in data:
        return data
    return _ESCAPED.sub(_unescaped, data)


def _unescaped(found: re.Match[bytes]) -> bytes:
    high, low, one, percent = found.groups()
    if percent:
        return bytes.fromhex(percent.decode())
    if one:
        return chr(int(one, 16)).encode("utf-8", "surrogatepass")
    if high:
        pair = bytes.fromhex(high.decode() + low.decode())
        return pair.decode("utf-16-be").encode()
    return b"/"


def _run_of(word: bytes) -> bytes | None:
    """The run a string is known by: the last long one, else the longest."""
    runs: list[bytes] = _RUN.findall(word)
    long = [run for run in runs if len(run) >= KNOWN_BY]
    return long[-1] if long else max(runs, key=len, default=None)


@dataclass(slots=True)
class Looking:
    """What was found so far in one stream of bytes."""

    of: Mentions
    words: set[bytes] = field(default_factory=set)
    _rest: bytes = b""

    def take(self, chunk: bytes) -> None:
        """Look through the next bytes of the stream."""
        data = self._rest + chunk
        self.of.find(data, self.words)
        self._rest = data[-OVERLAP:]

    def end(self) -> None:
        """The next bytes belong to something else."""
        self._rest = b""

    def named(self) -> frozenset[int]:
        """Which of what is looked for was named, by its number."""
        return self.of.named_by(self.words)


class Mentions:
    """Looks for many things at once; each has a number and the ways it may be named."""

    def __init__(self, wanted: Mapping[int, Ways]) -> None:
        self._ways = {
            number: [
                frozenset(word.encode("utf-8", "surrogatepass") for word in way) for way in ways
            ]
            for number, ways in wanted.items()
        }
        self._by_word: dict[bytes, list[int]] = {}
        self._by_run: dict[bytes, set[bytes]] = {}
        self._runless: set[bytes] = set()
        for number, ways in self._ways.items():
            for word in frozenset().union(*ways):
                self._by_word.setdefault(word, []).append(number)
                run = _run_of(word)
                if run is None:
                    self._runless.add(word)
                else:
                    self._by_run.setdefault(run, set()).add(word)
        shortest = min((len(run) for run in self._by_run), default=1)
        self._pattern = re.compile(rb"[0-9A-Za-z]{%d,}" % shortest)

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def looking(self) -> Looking:
        """Begin with a stream of bytes."""
        return Looking(self)

    def find(self, data: bytes, found: set[bytes]) -> None:
        """Add the strings that stand in these bytes to those found."""
        self._find(data, found)
        unescaped = plain(data)
        if unescaped is not data:
            self._find(unescaped, found)

    def _find(self, data: bytes, found: set[bytes]) -> None:
        runs = self._by_run.keys() & set(self._pattern.findall(data)) if self._by_run else ()
        for word in self._candidates(runs):
            if word not in found and word in data:
                found.add(word)

    def _candidates(self, runs: Iterable[bytes]) -> Iterator[bytes]:
        for run in runs:
            yield from self._by_run[run]
        yield from self._runless

    def named_by(self, words: set[bytes]) -> frozenset[int]:
        """Which things these strings name."""
        maybe = {number for word in words for number in self._by_word[word]}
        return frozenset(
            number for number in maybe if any(way <= words for way in self._ways[number])
        )

    def in_bytes(self, data: bytes) -> frozenset[int]:
        """Which things some bytes name."""
        words: set[bytes] = set()
        self.find(data, words)
        return self.named_by(words)
