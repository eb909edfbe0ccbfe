"""The phrases by which a comment or message comes before a person: data, each with its source."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

import msgspec

from archiver.archive.query import SearchRefused, parse
from archiver.config import shipped
from archiver.decoding import converter
from archiver.errors import InputError
from archiver.register.attestations import wording_digest
from archiver.requests.exemptions import MARKS

KINDS = ("records request", "claim", "legal notice", "threat")


class Pattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Phrases of one kind in one language, each written as in the search box."""

    kind: str
    language: str
    source: str
    mark: str
    phrases: tuple[str, ...]


class Patterns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of patterns."""

    id: str
    title: str
    version: str
    checked_by: str
    note: str
    pattern: tuple[Pattern, ...]

    @property
    def digest(self) -> str:
        """Different as soon as any phrase is."""
        return wording_digest({"pattern": msgspec.to_builtins(self.pattern)})


@lru_cache(maxsize=8)
def patterns(name: str = "california") -> Patterns:
    """The list of that name in schedules/intake.

    Raises InputError, naming the file and what is wrong, where it cannot be used.
    """
    return read_patterns(shipped("schedules") / "intake" / f"{name}.toml")


_as_patterns = converter(Patterns)


def read_patterns(path: Path) -> Patterns:
    """Read and check a list. Raises InputError naming the file and the phrase."""
    try:
        found = _as_patterns(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path.name} is no list of intake patterns: {error}") from None
    for each in found.pattern:
        where = f"{path.name}: {each.kind} in {each.language}"
        if each.kind not in KINDS or each.mark not in MARKS or not each.source:
            raise InputError(f"{where}: its kind, mark or source is missing or not known")
        for phrase in each.phrases:
            try:
                asked = parse(phrase)
            except SearchRefused as refused:
                raise InputError(f"{where}: {phrase}: {refused}") from None
            if asked.notes or not asked.needles:
                told = " ".join(asked.notes) or "it holds no words"
                raise InputError(f"{where}: {phrase}: {told}")
    return found
