"""The words of the query language's filters: which a clerk may type, and what they mean."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from archiver.archive.indexing import State
from archiver.items import Kind

_KINDS = {
    Kind.POST: "post posts",
    Kind.COMMENT: "comment comments reply replies",
    Kind.MESSAGE: "message messages dm dms",
    Kind.PROFILE: "profile profiles",
    Kind.REACTION: "reaction reactions like likes",
}
KIND_WORDS = {word: kind for kind, names in _KINDS.items() for word in names.split()}

_STATES = {
    State.LIVE: "live present published",
    State.EDITED: "edited changed",
    State.REMOVED: "removed gone deleted absent",
    State.HIDDEN: "hidden",
    State.PENDING: "pending submitted",
    State.ENCRYPTED: "encrypted",
    State.REJECTED: "rejected",
    State.DRAFT: "draft drafts",
    State.SCHEDULED: "scheduled",
    State.TRUNCATED: "truncated",
    State.UNAVAILABLE: "unavailable",
    State.UNCONFIRMED: "unconfirmed unknown",
}
STATE_WORDS = {word: state for state, names in _STATES.items() for word in names.split()}
STATE_NAMES = {state: names.split()[0] for state, names in _STATES.items()}
"""The states a person filters by and is shown, each by its one name."""


@lru_cache(maxsize=4_096)
def state_names(state: State) -> tuple[str, ...]:
    """The names of all states a record is in, in one order."""
    return tuple(name for flag, name in STATE_NAMES.items() if flag in state)


_MEDIA_WORDS = re.compile(r"media|(photo|picture|image|video|file)s?")
_ROLE_WORDS = {
    "residents": "public",
    "resident": "public",
    "public": "public",
    "city": "agency",
    "agency": "agency",
    "us": "agency",
}
_LANGUAGES = {
    "arabic": "ar",
    "armenian": "hy",
    "burmese": "my",
    "chinese": "zh",
    "english": "en",
    "farsi": "fa",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "hmong": "hmn",
    "japanese": "ja",
    "khmer": "km",
    "korean": "ko",
    "lao": "lo",
    "portuguese": "pt",
    "punjabi": "pa",
    "russian": "ru",
    "spanish": "es",
    "tagalog": "tl",
    "thai": "th",
    "ukrainian": "uk",
    "vietnamese": "vi",
}
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")
_WEB = ("http", "https", "mailto", "tel", "at", "did")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a filter was read as: the field and the values of which one must hold.

    Without values it is no filter; `note` then says why, where that is worth saying.
    """

    field: str
    values: tuple[str, ...] = ()
    note: str = ""


def read_condition(field: str, value: str) -> Condition:
    """Read ``field:value``. Values are the archive's own (kind, state name, role, tag, handle)."""
    small = value.casefold()
    match field:
        case "kind" | "type":
            kind = KIND_WORDS.get(small)
            return Condition("kind", (kind.value,)) if kind else _unknown(field, value, Kind)
        case "is" | "state":
            state = STATE_WORDS.get(small)
            if state is None:
                return _unknown(field, value, STATE_NAMES.values())
            return Condition("state", (STATE_NAMES[state],))
        case "has":
            has = bool(_MEDIA_WORDS.fullmatch(small))
            return Condition("has", ("media",)) if has else _unknown(field, value, ("media",))
        case "lang" | "language":
            tag = _LANGUAGES.get(small) or (value if _TAG.fullmatch(value) else "")
            return Condition("lang", (tag,)) if tag else _unknown(field, value, ("es", "spanish"))
        case "platform" | "account" | "form":
            return Condition(field, (value,) if value.strip() else ())
        case "from" if small in _ROLE_WORDS:
            return Condition("role", (_ROLE_WORDS[small],))
        case "from" | "to":
            return Condition(field)
        case "before" | "after" | "on" | "since" | "until":
            return Condition(
                field,
                note=f"“{field}:{value}” names no day (write {field}:2026-08-14): read as words.",
            )
    if field in _WEB:
        return Condition(field)
    return Condition(field, note=f"“{field}:” is no filter: it was read as a word.")


def _unknown(field: str, value: str, known: Iterable[str]) -> Condition:
    return Condition(
        field,
        note=f"“{field}:{value}” is not known ({', '.join(known)}): it was read as plain words.",
    )


_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def read_days(field: str, value: str) -> tuple[dt.date | None, dt.date | None] | None:
    """Read ``before:``, ``after:`` (or ``since:``), ``until:`` and ``on:`` as first and last day.

    ``after:`` includes its day, as ``until:`` does; ``before:`` ends the day before. A month
    (2026-08) or a year stands for all of its days. None where it is no such filter or no day.
    """
    if field not in ("before", "after", "on", "since", "until"):
        return None
    span = _span(value)
    if span is None:
        return None
    first, last = span
    if field == "before":
        return (None, first - dt.timedelta(days=1)) if first > dt.date.min else (None, first)
    if field == "until":
        return None, last
    return (first, last) if field == "on" else (first, None)


def _span(value: str) -> tuple[dt.date, dt.date] | None:
    try:
        if american := _AMERICAN.fullmatch(value):
            month, day, year = map(int, american.groups())
            only = dt.date(year, month, day)
            return only, only
        if not (iso := _ISO.fullmatch(value)):
            return None
        year = int(iso[1])
        if iso[3]:
            only = dt.date(year, int(iso[2]), int(iso[3]))
            return only, only
        if iso[2]:
            month = int(iso[2])
            return dt.date(year, month, 1), dt.date(year, month, monthrange(year, month)[1])
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    except (ValueError, OverflowError):
        return None
