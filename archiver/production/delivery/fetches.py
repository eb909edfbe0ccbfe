"""The log of a link's fetches: one line each, on the disk before anything is handed out.

No line says from where a fetch came. The last line may be cut off by a kill or a full disk; it is
ended by the next one and skipped by whoever reads.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "fetches.jsonl"
PAGE, TICKET, SENT, WRONG, PASSPHRASE = "page", "ticket", "sent", "wrong token", "wrong passphrase"
WHOLE, PART, CUT = "whole", "part", "cut short"
_WHAT = (PAGE, TICKET, SENT, WRONG, PASSPHRASE)
_OUTCOMES = ("", WHOLE, PART, CUT)
_LONGEST = 400
MOST_BYTES = 32 << 20
"""A log never grows beyond this, whatever somebody does to the link."""
_ROOM = {WRONG: 1 << 20, PAGE: 8 << 20}
"""What can be repeated at will is no longer written down in a log of this size."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Something that happened at a link, at a second since 1970: its page was opened, a download of
    a file was allowed (a ticket, with its number `n`), bytes of a file were sent, a token or a
    passphrase was wrong."""

    at: int
    what: str
    file: str = ""
    n: int = 0
    bytes: int = 0
    outcome: str = ""


class FetchLog:
    """The log of a folder, open for adding to. Raises OSError where there is none."""

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(folder / NAME, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)

    def add(self, fetch: Fetch) -> None:
        """Add a line and wait for the disk. Raises OSError where it cannot be kept."""
        with self._alone():
            self._write(fetch)

    def take_ticket(self, file: str, most: int, at: int) -> int | None:
        """Allow one more download of a file; gives its number, or None where there were `most` of
        them (0: there is no end). Raises OSError where it cannot be written down: then nothing may
        be handed out."""
        with self._alone():
            before = sum(each.what == TICKET and each.file == file for each in self.lines())
            if most and before >= most:
                return None
            self._write(Fetch(at, TICKET, file, before + 1))
            return before + 1

    def lines(self) -> Iterator[Fetch]:
        """Every line, oldest first."""
        return parsed(self._all())

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def _write(self, fetch: Fetch) -> None:
        size = os.fstat(self._handle).st_size
        if size > _ROOM.get(fetch.what, MOST_BYTES):
            if fetch.what in _ROOM:
                return
            raise OSError(27, "the log of fetches is full")
        line = json.dumps(asdict(fetch), separators=(",", ":")).encode() + b"\n"
        if size and os.pread(self._handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        if os.write(self._handle, line) != len(line):
            raise OSError(28, "No space left on device")
        os.fsync(self._handle)

    def _all(self) -> bytes:
        pieces, place = [], 0
        while piece := os.pread(self._handle, 1 << 20, place):
            pieces.append(piece)
            place += len(piece)
        return b"".join(pieces)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(self._handle, fcntl.LOCK_UN)


def read_fetches(folder: Path, *, after: int = 0) -> list[tuple[int, Fetch]]:
    """The whole lines of a folder's log behind line `after`, with their numbers; what is no line of
    it is left out. Empty where there is no log."""
    try:
        with (folder / NAME).open("rb") as file:
            data = file.read(MOST_BYTES + (1 << 20))
    except OSError:
        return []
    whole = data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]
    found = []
    for number, line in enumerate(whole, 1):
        fetch = _parse(line) if number > after else None
        if fetch is not None:
            found.append((number, fetch))
    return found


def parsed(data: bytes) -> Iterator[Fetch]:
    """The lines in these bytes, without what is none."""
    for line in data[: data.rfind(b"\n") + 1].split(b"\n"):
        fetch = _parse(line)
        if fetch is not None:
            yield fetch


def _parse(line: bytes) -> Fetch | None:
    if not line or len(line) > _LONGEST:
        return None
    try:
        found: dict[str, Any] = json.loads(line)
        fetch = Fetch(**found)
    except (ValueError, TypeError):
        return None
    numbers = (fetch.at, fetch.n, fetch.bytes)
    fits = (
        all(type(each) is int and 0 <= each < 2**53 for each in numbers)
        and fetch.what in _WHAT
        and fetch.outcome in _OUTCOMES
        and isinstance(fetch.file, str)
        and len(fetch.file) <= 120
    )
    return fetch if fits else None
