"""How a person names records (``archive:ID``, ``private:ID``) and days on the command line."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import click

from archiver import clock
from archiver.errors import UsageError


class _Forward(click.ParamType[int]):
    name = "forward"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        found = re.fullmatch(r"(?:[Ff]-)?([0-9]{1,18})", str(value))
        if found is None:
            self.fail(f"{value!r} is no forward: write F-2 or 2", param, ctx)
        return int(found[1])


FORWARD = _Forward()
"""A forward, named as it is shown (F-2) or by its number alone."""
FILES = ("archive", "private")
_INTEGER = re.compile(r"-?[0-9]{1,18}")


def record_key(text: str) -> tuple[str, int]:
    """The file and id a name stands for; a bare number is in the archive file.

    Raises UsageError where it is neither.
    """
    file, _, number = text.rpartition(":")
    file = file or "archive"
    if file not in FILES or not _INTEGER.fullmatch(number):
        raise UsageError(f"{text!r} names no record: write archive:ID or private:ID")
    return file, int(number)


def record_keys(names: Sequence[str]) -> list[tuple[str, int]]:
    """The records named; a single ``-`` reads names from standard input, one a line."""
    if list(names) == ["-"]:
        names = [line.strip() for line in sys.stdin if line.strip()]
        if not names:
            raise UsageError("no record names came on standard input")
    return [record_key(name) for name in names]


def item_number(text: str) -> int:
    """The number of an item within its request. Raises UsageError where it is none."""
    if not _INTEGER.fullmatch(text):
        raise UsageError(f"{text!r} is no item number: see `archiver requests show`")
    return int(text)


def day_of(text: str) -> dt.date:
    """The day written as YYYY-MM-DD. Raises UsageError where it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day: write YYYY-MM-DD") from None


def program() -> str:
    """How this program was called, so that a command it prints works when it is copied."""
    called = Path(sys.argv[0])
    found = shutil.which("archiver")
    if found and called.name == "archiver" and Path(found).resolve() == called.resolve():
        return "archiver"
    if called.name == "archiver" and called.exists():
        return quote(str(called.absolute()))
    return f"{quote(sys.executable)} -m archiver"


def moment_of(text: str, zone: str) -> str:
    """The moment written as YYYY-MM-DD or YYYY-MM-DDTHH:MM, in that zone where it names none, as
    the archive stores it. Raises UsageError where it is none."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=clock.zone(zone))
        return clock.to_text(moment)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time: write YYYY-MM-DD or YYYY-MM-DDTHH:MM") from None
