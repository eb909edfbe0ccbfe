"""The fields of a record in the plain format, each read strictly: what is wrong with one is said
in words that let whoever wrote it put it right."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from archiver import clock
from archiver.items import AuthorRole, Kind, Visibility

Some = TypeVar("Some", bound=StrEnum)

TEXTS = (
    "kind",
    "form",
    "id",
    "created_at",
    "edited_at",
    "author_id",
    "author_handle",
    "author_name",
    "author_role",
    "text",
    "language",
    "parent",
    "thread",
    "url",
    "visibility",
    "removed_at",
    "removed_by",
)
LISTS = ("recipients", "links", "media", "alt_text")
PEOPLE = ("id", "handle", "name", "url")
COUNTER = "count_"
OWN = "x_"
PARTED = "|"
LONGEST_WORD = 2000
_REMOVERS = ("author", "agency", "platform")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_KINDS = (Kind.POST, Kind.COMMENT, Kind.MESSAGE, Kind.PROFILE)
_ROLES = tuple(AuthorRole)
_VISIBILITIES = tuple(Visibility)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class FieldError(ValueError):
    """A field that cannot be taken. The message names it and what to write."""


def of_record(name: str) -> bool:
    """Whether a field of that name has a meaning in a record, or is one of the writer's own."""
    return name in TEXTS or name in LISTS or name.startswith((COUNTER, OWN))


def of_person(name: str) -> bool:
    """Whether a column of that name has a meaning in a list of people."""
    return name in PEOPLE or name.startswith(OWN)


def word(fields: Mapping[str, Any], name: str) -> str | None:
    """A text on one line, without blanks at its ends; None where it is empty."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise FieldError(f"{name} must be a text, not {_what(value)}")
    value = value.strip()
    if len(value) > LONGEST_WORD or "\n" in value or "\r" in value:
        raise FieldError(f"{name} must be one line of at most {LONGEST_WORD:,} characters")
    return value or None


def text(fields: Mapping[str, Any]) -> str:
    """The words of the record, as they are."""
    value = fields.get("text")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(f"text must be a text, not {_what(value)}")
    return value


def words(fields: Mapping[str, Any], name: str) -> list[str]:
    """A list: in a table parted by `|`, in JSON a list of texts."""
    value = fields.get(name)
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [one.strip() for one in value.split(PARTED)]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return [one.strip() for one in value]
    raise FieldError(f"{name} must be a list of texts, not {_what(value)}")


def one_of(
    fields: Mapping[str, Any], name: str, allowed: Sequence[Some], usual: Some | None
) -> Some:
    """One of a few words; `usual` where it is empty."""
    value = word(fields, name)
    if value is None:
        if usual is None:
            raise FieldError(f"{name} is empty: write one of {_listed(allowed)}")
        return usual
    folded = value.casefold()
    for one in allowed:
        if one == folded:
            return one
    raise FieldError(f"{name} is {value[:40]!r}: write one of {_listed(allowed)}")


def kind(fields: Mapping[str, Any]) -> Kind:
    """What the record is."""
    return one_of(fields, "kind", _KINDS, None)


def role(fields: Mapping[str, Any]) -> AuthorRole:
    """Who wrote it."""
    return one_of(fields, "author_role", _ROLES, AuthorRole.UNKNOWN)


def visibility(fields: Mapping[str, Any], usual: Visibility) -> Visibility:
    """Who could see it."""
    return one_of(fields, "visibility", _VISIBILITIES, usual)


def language(fields: Mapping[str, Any]) -> str | None:
    """A language tag."""
    value = word(fields, "language")
    if value is not None and not _LANGUAGE.fullmatch(value):
        raise FieldError(f"language is {value[:20]!r}: write a tag like en, es or zh-Hant")
    return value


def removed_by(fields: Mapping[str, Any]) -> str | None:
    """Who removed it."""
    value = word(fields, "removed_by")
    if value is not None and value not in _REMOVERS:
        raise FieldError(f"removed_by is {value[:20]!r}: write one of {', '.join(_REMOVERS)}")
    return value


def reader_of_times(zone: str | None) -> Callable[[Mapping[str, Any], str], str | None]:
    """A reader of times for files whose times without zone are in `zone` (None: they are refused,
    because nobody could tell when they were)."""

    def read(fields: Mapping[str, Any], name: str) -> str | None:
        value = word(fields, name)
        if value is None:
            return None
        if not _ISO.match(value):
            raise FieldError(
                f"{name} is {value[:30]!r}, which could be read in more than one way: write "
                "year-month-day, like 2026-05-31T14:05:00-07:00"
            )
        try:
            moment = dt.datetime.fromisoformat(value)
            if moment.tzinfo is None:
                if zone is None:
                    raise FieldError(
                        f"{name} names no time zone: add it, like 2026-05-31T14:05:00-07:00, or "
                        "write time_zone in account.json"
                    )
                moment = moment.replace(tzinfo=ZoneInfo(zone))
            return clock.to_text(moment)
        except FieldError:
            raise
        except (ValueError, OverflowError):
            raise FieldError(
                f"{name} is {value[:30]!r}, which is no time: write it like "
                "2026-05-31T14:05:00-07:00"
            ) from None

    return read


def counters(fields: Mapping[str, Any]) -> dict[str, int] | None:
    """The numbers in fields whose name begins with ``count_``."""
    found = {}
    for name, value in fields.items():
        if name[: len(COUNTER)] != COUNTER or value in ("", None):
            continue
        number = value.strip() if isinstance(value, str) else value
        whole = isinstance(number, int) and not isinstance(number, bool) and number >= 0
        if not whole and not (isinstance(number, str) and number.isdecimal() and len(number) < 19):
            raise FieldError(f"{name} must be a whole number without points or commas")
        found[name.removeprefix(COUNTER)] = int(number)
    return found or None


def _listed(allowed: Sequence[StrEnum]) -> str:
    return ", ".join(one.value for one in allowed)


def _what(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")
