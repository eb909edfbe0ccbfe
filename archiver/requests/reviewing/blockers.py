"""What keeps an instalment from being produced: each reason with the items it is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archiver.config import Settings
from archiver.errors import ArchiverError
from archiver.requests.decisions import Choice
from archiver.requests.exemptions import attestation_of, catalogue
from archiver.requests.intake import get_request
from archiver.requests.items import Item, items_for_production, items_of
from archiver.requests.reviewing.attorney import with_attorney
from archiver.requests.reviewing.confirming import unconfirmed
from archiver.requests.reviewing.instalments import items_in
from archiver.retention.quarantine import quarantined

UNDECIDED: Final = "undecided"
QUARANTINED: Final = "quarantined"
CHANGED: Final = "changed"
WITH_ATTORNEY: Final = "with attorney"
UNCONFIRMED: Final = "unconfirmed"
NOT_ATTESTED: Final = "not attested"
_OUT = (Choice.WITHHOLD, Choice.NOT_RESPONSIVE, Choice.DUPLICATE)
_NAMED = 5

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    UNDECIDED: ("record has no decision", "records have no decision"),
    QUARANTINED: ("released record is in quarantine", "released records are in quarantine"),
    CHANGED: ("record is not what was reviewed", "records are not what was reviewed"),
    WITH_ATTORNEY: ("record is with the attorney", "records are with the attorney"),
    UNCONFIRMED: (
        "decision waits for a second person",
        "decisions wait for a second person",
    ),
    NOT_ATTESTED: (
        "decision rests on an exemption that is not attested",
        "decisions rest on exemptions that are not attested",
    ),
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """A reason why an instalment cannot be produced, and the items it is about (never empty)."""

    kind: str
    items: tuple[int, ...]

    @property
    def words(self) -> str:
        """The reason with its count: ``4 records are with the attorney``."""
        one, many = _WORDS[self.kind]
        return f"{len(self.items):,} {one if len(self.items) == 1 else many}"

    @property
    def named(self) -> str:
        """The same with the first items it is about."""
        shown = ", ".join(str(each) for each in self.items[:_NAMED])
        more = " …" if len(self.items) > _NAMED else ""
        return f"{self.words} ({shown}{more})"


def blockers_of(
    conn: sqlite3.Connection,
    settings: Settings,
    number: str,
    instalment: int | None = None,
    *,
    files: Mapping[str, sqlite3.Connection] | None = None,
    seen: Callable[[Item], bool] = lambda item: True,
) -> list[Blocker]:
    """What stands in the way of producing an instalment (None: the whole request), the reasons in
    the order a person clears them.

    With `files` the records themselves are compared with what was collected, which reads each of
    them. `seen` says which items the person may know of. Raises InputError where there is no such
    request or instalment.
    """
    request = get_request(conn, number)
    inside = None if instalment is None else items_in(conn, number, instalment)
    items = [
        item
        for item in items_of(conn, number)
        if (inside is None or item.id in inside) and seen(item)
    ]
    wanted = {item.id for item in items}
    shut = quarantined(conn)
    found: dict[str, Iterable[int]] = {
        UNDECIDED: (item.id for item in items if item.decision.choice is Choice.UNDECIDED),
        QUARANTINED: (
            item.id
            for item in items
            if item.decision.choice not in (*_OUT, Choice.UNDECIDED)
            and item.record_id in shut.get(item.file, ())
        ),
        CHANGED: () if files is None else _changed(conn, files, number, wanted),
        WITH_ATTORNEY: with_attorney(conn, request.id) & wanted,
        UNCONFIRMED: unconfirmed(conn, settings, request.id).keys() & wanted,
        NOT_ATTESTED: _not_attested(conn, items),
    }
    return [
        Blocker(kind, tuple(sorted(item_ids)))
        for kind, item_ids in ((kind, list(each)) for kind, each in found.items())
        if item_ids
    ]


def _changed(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    wanted: Iterable[int],
) -> list[int]:
    inside = set(wanted)
    return [
        each.item.id
        for each in items_for_production(conn, files, number)
        if each.problem and not each.quarantined and each.item.id in inside
    ]


def _not_attested(conn: sqlite3.Connection, items: Sequence[Item]) -> list[int]:
    """Items that rest on an exemption the attorney does not stand by in that wording (any more)."""
    standing: dict[tuple[str, str], bool] = {}
    failing = []
    for item in items:
        for basis in item.decision.exemptions:
            key = (basis.section, basis.digest)
            if key not in standing:
                standing[key] = _stands(conn, *key)
            if not standing[key]:
                failing.append(item.id)
                break
    return failing


def _stands(conn: sqlite3.Connection, section: str, digest: str) -> bool:
    try:
        entry = catalogue().find(section)
    except ArchiverError:
        return False
    return entry.digest == digest and attestation_of(conn, entry) is not None
