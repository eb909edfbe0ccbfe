"""How a person names records (``archive:ID``, ``private:ID``) and days on the command line."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence

from archiver.errors import UsageError

FILES = ("archive", "private")


def record_key(text: str) -> tuple[str, int]:
    """The file and id a name stands for; a bare number is in the archive file.

    Raises UsageError where it is neither.
    """
    file, _, number = text.rpartition(":")
    file = file or "archive"
    if file not in FILES or not number.lstrip("-").isdigit():
        raise UsageError(f"{text!r} names no record: write archive:ID or private:ID")
    return file, int(number)


def record_keys(names: Sequence[str]) -> list[tuple[str, int]]:
    """The records named; a single ``-`` reads names from standard input, one a line."""
    if list(names) == ["-"]:
        names = [line.strip() for line in sys.stdin if line.strip()]
    return [record_key(name) for name in names]


def day_of(text: str) -> dt.date:
    """The day written as YYYY-MM-DD. Raises UsageError where it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day: write YYYY-MM-DD") from None
