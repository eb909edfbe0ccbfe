"""The kinds of letters, and what the law wants each of them to contain (schedules/letters)."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

import msgspec

from archiver.config import shipped
from archiver.decoding import converter
from archiver.errors import InputError, RuleError

MARKS = ("S", "C", "K", "P", "?")
FIELD_TYPES = ("line", "text", "day", "time", "choice", "people", "costs")
_SENTENCE = re.compile(r"[^.?!\n]*[.?!\n]?")


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A content a letter must have: the variable that holds it, and where the law says so."""

    variable: str
    text: str
    source: str
    mark: str


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something the clerk fills in."""

    name: str
    label: str
    type: str
    hint: str = ""
    required: bool = False


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of letter. `counts`: its text tells of all the request's records, so only somebody
    who may see them all writes or reads it."""

    code: str
    title: str
    about: str
    requires: list[Requirement]
    counts: bool = False
    field: list[Field] = []


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cost of duplication that may be charged, per unit."""

    code: str
    text: str
    unit: str
    source: str
    mark: str


class RefusedCost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cost that may not, and why."""

    code: str
    reason: str


class Never(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words no letter holds, as a pattern, and why."""

    pattern: str
    reason: str


class Excuse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words after which the same sentence asks nothing."""

    pattern: str


class Kinds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of kinds."""

    id: str
    title: str
    kind: list[Kind]
    cost: list[Cost]
    refused_cost: list[RefusedCost]
    never: list[Never]
    excuse: list[Excuse]

    def find(self, code: str) -> Kind:
        """The kind of that code. Raises InputError where there is none."""
        for each in self.kind:
            if each.code == code:
                return each
        known = ", ".join(each.code for each in self.kind)
        raise InputError(f"there is no letter of that kind: use one of {known}")

    def chargeable(self, code: str) -> Cost:
        """The cost of that code. Raises RuleError, with the reason, for what is never charged."""
        for cost in self.cost:
            if cost.code == code:
                return cost
        for refused in self.refused_cost:
            if refused.code == code:
                raise RuleError(f"{code} cannot be charged: {refused.reason}")
        known = ", ".join(each.code for each in self.cost)
        raise RuleError(
            f"{code} is no cost of duplication, and nothing else is charged (Gov. Code "
            f"§ 7922.530(a)): use one of {known}"
        )

    def asks_purpose(self, text: str) -> str | None:
        """Why a text may not stand in a letter, or None."""
        excuses = [_pattern(each.pattern) for each in self.excuse]
        never = [(_pattern(each.pattern), each.reason) for each in self.never]
        for sentence in _SENTENCE.findall(text):
            for pattern, reason in never:
                found = pattern.search(sentence)
                if found and not any(each.search(sentence, 0, found.end()) for each in excuses):
                    return reason
        return None


@lru_cache(maxsize=1)
def kinds() -> Kinds:
    """The shipped kinds. Raises InputError, naming the fault, where they cannot be used."""
    return read_kinds(shipped("schedules") / "letters" / "kinds.toml")


_as_kinds = converter(Kinds)


def read_kinds(path: Path) -> Kinds:
    """Read and check a file of kinds. Raises InputError naming the file and the fault."""
    try:
        found = _as_kinds(tomllib.loads(path.read_text("utf-8")))
        for words in [each.pattern for each in found.never] + [
            each.pattern for each in found.excuse
        ]:
            _pattern(words)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path.name} is no list of letters: {error}") from None
    except re.error as error:
        raise InputError(f"{path.name}: a pattern cannot be read: {error}") from None
    for kind in found.kind:
        for need in kind.requires:
            if need.mark not in MARKS or not need.source:
                raise InputError(f"{path.name}: {kind.code}, {need.variable}: no source or mark")
        for field in kind.field:
            if field.type not in FIELD_TYPES:
                raise InputError(f"{path.name}: {kind.code}, {field.name}: type is not known")
    return found


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
