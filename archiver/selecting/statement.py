"""What the owner of a personal account states with what they hand over."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import msgspec

from archiver.decoding import converter
from archiver.errors import InputError

FORMAT = "archiver selection 1"
LONGEST = 10_000


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who hands over what of which account: where they searched and for what, and what they keep
    back as personal, on what facts (both or none). `stated_on` is a day, YYYY-MM-DD."""

    name: str
    department: str
    account: str
    searched: str
    stated_on: str
    title: str = ""
    kept_back: str = ""
    facts: str = ""

    def faults(self) -> list[str]:
        """What is missing or wrong in it, in words; empty where nothing is."""
        found = [
            f"{label} is missing"
            for label, value in (
                ("your name", self.name),
                ("your department or office", self.department),
                ("the account you searched", self.account),
                ("what you searched for", self.searched),
            )
            if not value.strip()
        ]
        if self.kept_back.strip() and not self.facts.strip():
            found.append(
                "you keep something back as personal: write the facts from which that can be seen"
            )
        if self.facts.strip() and not self.kept_back.strip():
            found.append("you give facts for keeping something back: write what it is")
        if any(len(getattr(self, name)) > LONGEST for name in self.__struct_fields__):
            found.append(f"a part of it is longer than {LONGEST:,} characters")
        try:
            dt.date.fromisoformat(self.stated_on)
        except ValueError:
            found.append("the day of the statement is no day (YYYY-MM-DD)")
        return found


_as_statement = converter(Statement)


def read_statement(path: Path) -> Statement:
    """A statement from a TOML or JSON file. Raises InputError, naming what is wrong in it."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    try:
        table = tomllib.loads(text) if path.suffix == ".toml" else msgspec.json.decode(text)
        statement = _as_statement(table)
    except (tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        raise InputError(f"{path} is no statement: {error}") from None
    faults = statement.faults()
    if faults:
        raise InputError(f"{path} is not complete: {'; '.join(faults)}")
    return statement
