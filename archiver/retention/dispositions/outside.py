"""What a disposition asks of the rooms above retention, and of the machine around the home."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

Key = tuple[str, int]
"""A record as holds name it: the file ("archive" or "private") and its id."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that stays: what holds it, under which number, of how many of the records, and until
    when ("with the request file" where no day is known)."""

    what: str
    number: str
    records: int
    until: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup made before the destruction, by name: it has to be dealt with."""

    name: str
    place: str
    made_at: str


def _nothing_in_use(keys: Collection[Key]) -> Mapping[Key, str]:
    return {}


def _no_copies(keys: Collection[Key]) -> list[Copy]:
    return []


def _no_backups() -> list[Backup]:
    return []


def _no_tested_copy() -> str | None:
    return None


def _nothing_quarantined(office: sqlite3.Connection) -> Mapping[str, Collection[int]]:
    return {}


def _no_numbers() -> Collection[str]:
    return ()


def _no_ledger(entry: Mapping[str, object]) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Outside:
    """The callables an execution is given.

    `in_use` says of records why they may not go now (an open request, a production under way);
    `copies` which productions and request files hold them; `backups` which were made before;
    `tested_copy` on which day a separate copy last passed a restore test (None: never); `ledger`
    writes a destruction where a restored backup finds it; `quarantined` names, by file, the records
    no one may see; `numbers` are those the ledger of destructions knows (a restored office.db may
    not).
    """

    in_use: Callable[[Collection[Key]], Mapping[Key, str]] = field(default=_nothing_in_use)
    copies: Callable[[Collection[Key]], list[Copy]] = field(default=_no_copies)
    backups: Callable[[], list[Backup]] = field(default=_no_backups)
    tested_copy: Callable[[], str | None] = field(default=_no_tested_copy)
    ledger: Callable[[Mapping[str, object]], None] = field(default=_no_ledger)
    quarantined: Callable[[sqlite3.Connection], Mapping[str, Collection[int]]] = field(
        default=_nothing_quarantined
    )
    numbers: Callable[[], Collection[str]] = field(default=_no_numbers)


NOBODY = Outside()
"""No other room: what the tests of this room use."""
