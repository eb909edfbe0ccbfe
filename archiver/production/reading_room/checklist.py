"""What is asked before a volume is posted, as schedules/posting/checklist.toml has it."""

from __future__ import annotations

import tomllib
from functools import lru_cache

import msgspec

from archiver.config import shipped
from archiver.decoding import converter


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence that somebody has to say yes to, its source and how far that was verified."""

    code: str
    text: str
    source: str
    mark: str


class Checklist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All questions, in their order."""

    id: str
    title: str
    question: list[Question]


_as_checklist = converter(Checklist)


@lru_cache(maxsize=1)
def checklist() -> Checklist:
    """The questions that ship with the program."""
    path = shipped("schedules") / "posting" / "checklist.toml"
    return _as_checklist(tomllib.loads(path.read_text("utf-8")))
