"""What keeps an instalment from being produced: each reason with the items it is about."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from archiver.config import Settings
from archiver.database import rows
from archiver.errors import ArchiverError
from archiver.requests.decisions import Choice
from archiver.requests.exemptions import attestation_of, catalogue
from archiver.requests.intake import get_request
from archiver.requests.items import items_for_production
from archiver.requests.queue import EVERY_FILE
from archiver.requests.redacting.bars import redactions_in
from archiver.requests.redacting.redactions import drafts_of
from archiver.requests.reviewing.attorney import with_attorney
from archiver.requests.reviewing.confirming import unconfirmed
from archiver.requests.reviewing.instalments import items_in
from archiver.retention.quarantine import quarantined

UNDECIDED: Final = "undecided"
QUARANTINED: Final = "quarantined"
CHANGED: Final = "changed"
DRAFTS: Final = "draft bars"
MISFIT: Final = "bars and decision differ"
WITH_ATTORNEY: Final = "with attorney"
UNCONFIRMED: Final = "unconfirmed"
NOT_ATTESTED: Final = "not attested"
_OUT = (Choice.WITHHOLD, Choice.NOT_RESPONSIVE, Choice.DUPLICATE)
_NAMED = 5

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    UNDECIDED: ("record has no decision yet", "records have no decision yet"),
    QUARANTINED: ("released record is in quarantine", "released records are in quarantine"),
    CHANGED: ("record is not what was reviewed", "records are not what was reviewed"),
    DRAFTS: (
        "record has a bar without an exemption that may be used",
        "records have bars without an exemption that may be used",
    ),
    MISFIT: (
        "record has bars that do not fit its decision",
        "records have bars that do not fit their decision",
    ),
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
    known: Collection[str] = EVERY_FILE,
) -> list[Blocker]:
    """What stands in the way of producing an instalment (None: the whole request), the reasons in
    the order a person clears them.

    With `files` the records themselves are compared with what was collected, which reads each of
    them. `known` are the access classes the person may know of: nothing in another is counted.
    Raises InputError where there is no such request or instalment.
    """
    request = get_request(conn, number)
    standing = {
        each["item_id"]: each["choice"]
        for each in rows(
            conn,
            "SELECT item_id, choice FROM request_standing WHERE request_id = ? "
            "AND file IN (SELECT value FROM json_each(?))",
            request.id,
            json.dumps(list(known)),
        )
    }
    if instalment is not None:
        inside = items_in(conn, number, instalment)
        standing = {item: choice for item, choice in standing.items() if item in inside}
    found: dict[str, Collection[int]] = {
        UNDECIDED: [item for item, choice in standing.items() if choice == Choice.UNDECIDED],
        QUARANTINED: _in_quarantine(conn, request.id, standing),
        CHANGED: () if files is None else _changed(conn, files, number, standing),
        DRAFTS: _drafts(conn, number, standing),
        MISFIT: _misfits(conn, request.id, standing),
        WITH_ATTORNEY: with_attorney(conn, request.id) & standing.keys(),
        UNCONFIRMED: unconfirmed(conn, settings, request.id).keys() & standing.keys(),
        NOT_ATTESTED: _not_attested(conn, request.id) & standing.keys(),
    }
    return [Blocker(kind, tuple(sorted(items))) for kind, items in found.items() if items]


def _in_quarantine(
    conn: sqlite3.Connection, request_id: int, standing: Mapping[int, str]
) -> list[int]:
    """What is to be released and may be shown to nobody."""
    shut = {
        (file, record_id) for file, records in quarantined(conn).items() for record_id in records
    }
    if not shut:
        return []
    found = rows(
        conn, "SELECT id, file, record_id FROM request_items WHERE request_id = ?", request_id
    )
    return [
        each["id"]
        for each in found
        if standing.get(each["id"], Choice.UNDECIDED) not in (*_OUT, Choice.UNDECIDED)
        and (each["file"], each["record_id"]) in shut
    ]


def _changed(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    standing: Mapping[int, str],
) -> list[int]:
    return [
        each.item.id
        for each in items_for_production(conn, files, number)
        if each.problem and not each.quarantined and each.item.id in standing
    ]


def _drafts(conn: sqlite3.Connection, number: str, standing: Mapping[int, str]) -> set[int]:
    """What goes out under a bar that rests on nothing yet."""
    found = {draft.item_id for draft in drafts_of(conn, number)}
    return {item for item in found if standing.get(item) in (Choice.REDACT, Choice.UNDECIDED)}


def _misfits(conn: sqlite3.Connection, request_id: int, standing: Mapping[int, str]) -> list[int]:
    """What was decided to go out whole and has a bar now, or under bars and has none any more."""
    barred = redactions_in(conn, request_id)
    return [
        item
        for item, choice in standing.items()
        if (choice == Choice.RELEASE and item in barred)
        or (choice == Choice.REDACT and item not in barred)
    ]


def _not_attested(conn: sqlite3.Connection, request_id: int) -> set[int]:
    """Items that rest on an exemption the attorney does not stand by in that wording (any more)."""
    found = rows(
        conn,
        "SELECT standing.item_id AS item_id, section, digest FROM request_standing AS standing "
        "JOIN decision_exemptions AS exemptions "
        "ON exemptions.decision_id = standing.decision_id WHERE request_id = ?",
        request_id,
    )
    named = {(each["section"], each["digest"]) for each in found}
    failing = {each for each in named if not _stands(conn, *each)}
    return {each["item_id"] for each in found if (each["section"], each["digest"]) in failing}


def _stands(conn: sqlite3.Connection, section: str, digest: str) -> bool:
    try:
        entry = catalogue().find(section)
    except ArchiverError:
        return False
    return entry.digest == digest and attestation_of(conn, entry) is not None
