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
from archiver.requests.intake import Request, get_request
from archiver.requests.items import items_for_production
from archiver.requests.queue import EVERY_FILE
from archiver.requests.redacting.redactions import drafts_of
from archiver.requests.reviewing.attorney import with_attorney
from archiver.requests.reviewing.confirming import unconfirmed
from archiver.requests.reviewing.instalments import FIRST, is_parted, items_in
from archiver.retention.quarantine import quarantined

UNDECIDED: Final = "undecided"
QUARANTINED: Final = "quarantined"
CHANGED: Final = "changed"
DRAFTS: Final = "draft bars"
MISFIT: Final = "bars and decision differ"
WITH_ATTORNEY: Final = "with attorney"
UNCONFIRMED: Final = "unconfirmed"
NOT_ATTESTED: Final = "not attested"
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
    inside = _inside(conn, request, instalment, known)
    found: dict[str, Collection[int]] = {
        UNDECIDED: _standing_at(conn, request.id, (Choice.UNDECIDED,)),
        QUARANTINED: _in_quarantine(conn, request.id),
        CHANGED: () if files is None else _changed(conn, files, number),
        DRAFTS: _drafts(conn, request),
        MISFIT: _misfits(conn, request.id),
        WITH_ATTORNEY: with_attorney(conn, request.id),
        UNCONFIRMED: unconfirmed(conn, settings, request.id).keys(),
        NOT_ATTESTED: _not_attested(conn, request.id),
    }
    named = {
        kind: sorted(items if inside is None else inside.intersection(items))
        for kind, items in found.items()
    }
    return [Blocker(kind, tuple(items)) for kind, items in named.items() if items]


def _inside(
    conn: sqlite3.Connection, request: Request, instalment: int | None, known: Collection[str]
) -> set[int] | None:
    """The items that count; None where all of the request's do."""
    inside: set[int] | None = None
    if instalment is not None and (instalment != FIRST or is_parted(conn, request.id)):
        inside = items_in(conn, request.number, instalment)
    if set(known) != set(EVERY_FILE):
        seen = {
            each["item_id"]
            for each in rows(
                conn,
                "SELECT item_id FROM request_standing WHERE request_id = ? "
                "AND file IN (SELECT value FROM json_each(?))",
                request.id,
                json.dumps(list(known)),
            )
        }
        inside = seen if inside is None else inside & seen
    return inside


def _standing_at(
    conn: sqlite3.Connection, request_id: int, choices: Collection[Choice]
) -> list[int]:
    """The items that stand at one of these decisions."""
    found = rows(
        conn,
        "SELECT item_id FROM request_standing WHERE request_id = ? "
        "AND choice IN (SELECT value FROM json_each(?))",
        request_id,
        json.dumps([choice.value for choice in choices]),
    )
    return [each["item_id"] for each in found]


def _in_quarantine(conn: sqlite3.Connection, request_id: int) -> list[int]:
    """What is to be released and may be shown to nobody."""
    shut = {
        (file, record_id) for file, records in quarantined(conn).items() for record_id in records
    }
    if not shut:
        return []
    found = rows(
        conn,
        "SELECT items.id AS id, items.file AS file, record_id FROM request_standing AS standing "
        "JOIN request_items AS items ON items.id = standing.item_id "
        "WHERE standing.request_id = ? AND choice IN ('release', 'redact')",
        request_id,
    )
    return [each["id"] for each in found if (each["file"], each["record_id"]) in shut]


def _changed(
    conn: sqlite3.Connection, files: Mapping[str, sqlite3.Connection], number: str
) -> list[int]:
    return [
        each.item.id
        for each in items_for_production(conn, files, number)
        if each.problem and not each.quarantined
    ]


def _drafts(conn: sqlite3.Connection, request: Request) -> set[int]:
    """What goes out, or may yet, under a bar that rests on nothing that can be used."""
    waiting = {draft.item_id for draft in drafts_of(conn, request.number)}
    if not waiting:
        return waiting
    return waiting & set(_standing_at(conn, request.id, (Choice.REDACT, Choice.UNDECIDED)))


def _misfits(conn: sqlite3.Connection, request_id: int) -> list[int]:
    """What was decided to go out whole and has a bar now, or under bars and has none any more."""
    found = rows(
        conn,
        """
        SELECT item_id FROM request_standing AS standing
        WHERE request_id = ? AND choice IN ('release', 'redact') AND (choice = 'redact') <> EXISTS (
            SELECT 1 FROM request_redactions AS bars WHERE bars.item_id = standing.item_id
                AND NOT EXISTS (SELECT 1 FROM redaction_removals WHERE redaction_id = bars.id)
        )
        """,
        request_id,
    )
    return [each["item_id"] for each in found]


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
