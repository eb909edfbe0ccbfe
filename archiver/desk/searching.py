"""A search as it stands in an address: words, ticked filters, days, order, place in the list."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qs, urlencode

from archiver.archive.search import Filters, Results, search
from archiver.archive.vocabulary import STATE_NAMES
from archiver.items import Kind

Order = Literal["newest", "oldest", "best"]
_STATES = frozenset(STATE_NAMES.values())
_KINDS = frozenset(kind.value for kind in Kind)
_ROLES = frozenset({"public", "agency"})
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person looks for. Values that mean nothing are left out when it is read."""

    text: str = ""
    platforms: tuple[str, ...] = ()
    accounts: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    role: str = ""
    language: str = ""
    media: bool = False
    order: Order = "newest"

    @property
    def filters(self) -> Filters:
        """The ticked filters as search takes them."""
        return Filters(
            account_ids=self.accounts,
            platforms=self.platforms,
            kinds=self.kinds,
            states=self.states,
            start_day=self.start,
            end_day=self.end,
            author_role=self.role or None,
            language=self.language or None,
            has_media=self.media or None,
        )

    @property
    def ticked(self) -> int:
        """How many filters are on."""
        days = int(self.start is not None or self.end is not None)
        others = bool(self.role) + bool(self.language) + self.media
        lists = (self.platforms, self.accounts, self.kinds, self.states)
        return sum(map(len, lists)) + days + others

    @property
    def empty(self) -> bool:
        """Whether nothing is looked for."""
        return not self.text.strip() and not self.ticked

    def address(self, **more: object) -> str:
        """The search as the part of an address behind the ``?``; `more` replaces and adds."""
        named: dict[str, object] = {
            "q": self.text,
            "platform": self.platforms,
            "account": self.accounts,
            "kind": self.kinds,
            "state": self.states,
            "from": self.start.isoformat() if self.start else "",
            "to": self.end.isoformat() if self.end else "",
            "by": self.role,
            "lang": self.language,
            "media": "1" if self.media else "",
            "order": self.order if self.order != "newest" else "",
        }
        named |= more
        return urlencode({name: value for name, value in named.items() if value}, doseq=True)

    def as_detail(self) -> dict[str, object]:
        """The filters in use, for the audit and the log of searches."""
        detail: dict[str, object] = {
            "platforms": list(self.platforms),
            "accounts": list(self.accounts),
            "kinds": list(self.kinds),
            "states": list(self.states),
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
            "role": self.role,
            "language": self.language,
            "media": self.media,
        }
        return {name: value for name, value in detail.items() if value}


def read_wanted(query: Mapping[str, list[str]]) -> Wanted:
    """Read a search from the values of an address."""
    order = _first(query, "order")
    return Wanted(
        text=_first(query, "q")[:_LONGEST],
        platforms=_values(query, "platform"),
        accounts=tuple(
            int(value)
            for value in _values(query, "account")
            if value.isdecimal() and len(value) < 16
        ),
        kinds=tuple(value for value in _values(query, "kind") if value in _KINDS),
        states=tuple(value for value in _values(query, "state") if value in _STATES),
        start=_day(_first(query, "from")),
        end=_day(_first(query, "to")),
        role=_first(query, "by") if _first(query, "by") in _ROLES else "",
        language=lang if _LANGUAGE.match(lang := _first(query, "lang")) else "",
        media=bool(_first(query, "media")),
        order=order if order in get_args(Order) else "newest",  # type: ignore[arg-type]
    )


def address_of(text: str, filters: Filters, order: str = "newest") -> str:
    """A search kept elsewhere, as the part of an address behind the ``?``."""
    return Wanted(
        text,
        tuple(filters.platforms),
        tuple(filters.account_ids),
        tuple(filters.kinds),
        tuple(filters.states),
        filters.start_day,
        filters.end_day,
        filters.author_role or "",
        filters.language or "",
        bool(filters.has_media),
        order if order in get_args(Order) else "newest",  # type: ignore[arg-type]
    ).address()


def read_address(address: str) -> Wanted:
    """Read a search from what `Wanted.address` wrote."""
    try:
        return read_wanted(parse_qs(address, errors="replace", max_num_fields=200))
    except ValueError:
        return Wanted()


def count_now(files: Mapping[str, sqlite3.Connection], wanted: Wanted, zone: str) -> Results:
    """How much a search finds at this moment, counted for longer than a page would."""
    return search(files, wanted.text, wanted.filters, time_zone=zone, size=1, budget_ms=500)


def _first(query: Mapping[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0]


def _values(query: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:60] for value in query.get(name, [])[:50] if value))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None
