"""What keeps an instalment from being produced: each reason with the items it is about."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from archiver.config import Settings
from archiver.database import rows
from archiver.requests.exemptions import stands, wordings_attested
from archiver.requests.intake import Request, files_to_take_in, get_request
from archiver.requests.items import items_for_production
from archiver.requests.queue import EVERY_FILE, knows_all
from archiver.requests.redacting.bars import draft_items
from archiver.requests.reviewing.attorney import unsigned, with_attorney
from archiver.requests.reviewing.confirming import unconfirmed
from archiver.requests.reviewing.instalments import FIRST, is_parted, require_instalment
from archiver.retention.quarantine import quarantined

HANDED_IN: Final = "handed in"
UNDECIDED: Final = "undecided"
QUARANTINED: Final = "quarantined"
CHANGED: Final = "changed"
DRAFTS: Final = "draft bars"
MISFIT: Final = "bars and decision differ"
WITH_ATTORNEY: Final = "with attorney"
UNCONFIRMED: Final = "unconfirmed"
UNSIGNED: Final = "not signed off"
NOT_ATTESTED: Final = "not attested"
NAMED = 5
"""How many items of a reason are named in one line."""

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    HANDED_IN: (
        "file that was handed in is not in the archive yet",
        "files that were handed in are not in the archive yet",
    ),
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
    UNSIGNED: (
        "decision waits for the attorney’s sign-off",
        "decisions wait for the attorney’s sign-off",
    ),
    NOT_ATTESTED: (
        "decision rests on an exemption that is not attested",
        "decisions rest on exemptions that are not attested",
    ),
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """A reason why an instalment cannot be produced: how many items it is about (never none), and
    the first of them, or all where all were asked for. What is no item yet is counted alone."""

    kind: str
    count: int
    items: tuple[int, ...]

    @property
    def words(self) -> str:
        """The reason with its count: ``4 records are with the attorney``."""
        one, many = _WORDS[self.kind]
        return f"{self.count:,} {one if self.count == 1 else many}"

    @property
    def named(self) -> str:
        """The same with the first items it is about."""
        if not self.items:
            return self.words
        shown = ", ".join(str(each) for each in self.items[:NAMED])
        more = " …" if self.count > NAMED else ""
        return f"{self.words} ({shown}{more})"


def blockers_of(
    conn: sqlite3.Connection,
    settings: Settings,
    number: str,
    instalment: int | None = None,
    *,
    files: Mapping[str, sqlite3.Connection] | None = None,
    known: Collection[str] = EVERY_FILE,
    listed: int | None = None,
) -> list[Blocker]:
    """What stands in the way of producing an instalment (None: the whole request), the reasons in
    the order a person clears them.

    With `files` the records themselves are compared with what was collected, which reads each of
    them. `known` are the access classes the person may know of: nothing in another is counted.
    `listed` says how many items of each reason are named (None: all); the count is always whole.
    Raises InputError where there is no such request or instalment.
    """
    request = get_request(conn, number)
    part = _part(conn, request, instalment)
    asked = {
        "request": request.id,
        "part": part,
        "all": knows_all(known),
        "known": json.dumps(list(known)),
        "listed": -1 if listed is None else listed,
    }
    found: dict[str, Collection[int]] = {
        QUARANTINED: _in_quarantine(conn, request.id),
        CHANGED: () if files is None else _changed(conn, files, number),
        DRAFTS: draft_items(conn, request.id),
        WITH_ATTORNEY: with_attorney(conn, request.id),
        UNCONFIRMED: unconfirmed(conn, settings, request.id).keys(),
        UNSIGNED: unsigned(conn, settings, request.id),
        MISFIT: _ill_fitting(conn, request.id),
        NOT_ATTESTED: _not_attested(conn, request.id),
    }
    blockers = {kind: _among(conn, kind, items, asked) for kind, items in found.items() if items}
    blockers[UNDECIDED] = _blocker(conn, UNDECIDED, _STANDING.format("choice = 'undecided'"), asked)
    if instalment in (None, FIRST):  # what is new goes into the first
        blockers[HANDED_IN] = Blocker(HANDED_IN, files_to_take_in(conn, request.id), ())
    return [blockers[kind] for kind in _WORDS if kind in blockers and blockers[kind].count]


_STANDING = """
    SELECT standing.item_id AS item_id FROM request_standing AS standing
    WHERE standing.request_id = :request AND {}
        AND (:all OR standing.file IN (SELECT value FROM json_each(:known)))
        AND (:part IS NULL OR :part = coalesce((
            SELECT n FROM instalment_moves AS moves WHERE moves.item_id = standing.item_id
            ORDER BY moves.id DESC LIMIT 1
        ), 1))
"""

_OF_KIND: Final[Mapping[str, str]] = {
    QUARANTINED: "choice IN ('release', 'redact')",
    DRAFTS: "choice IN ('redact', 'undecided')",
}
"""What a reason stops only where the item stands at one of these decisions."""


def _part(conn: sqlite3.Connection, request: Request, instalment: int | None) -> int | None:
    """The instalment that narrows what counts; None where it is all of the request."""
    if instalment is None:
        return None
    require_instalment(conn, request, instalment)
    return None if instalment == FIRST and not is_parted(conn, request.id) else instalment


def _among(
    conn: sqlite3.Connection, kind: str, items: Collection[int], asked: Mapping[str, object]
) -> Blocker:
    """The blocker of a kind where some items are known to have it."""
    where = f"standing.item_id IN (SELECT value FROM json_each(:items)) AND {_OF_KIND.get(kind, 1)}"
    given = {**asked, "items": json.dumps(list(items))}
    return _blocker(conn, kind, _STANDING.format(where), given)


def _blocker(
    conn: sqlite3.Connection, kind: str, items: str, asked: Mapping[str, object]
) -> Blocker:
    """The blocker that a selection of items makes; it costs a count and the items it names."""
    count = int(conn.execute(f"SELECT count(*) FROM ({items})", asked).fetchone()[0])
    if not count:
        return Blocker(kind, 0, ())
    named = conn.execute(f"{items} ORDER BY standing.item_id LIMIT :listed", asked)
    return Blocker(kind, count, tuple(each["item_id"] for each in named))


def _in_quarantine(conn: sqlite3.Connection, request_id: int) -> list[int]:
    """The items whose record may be shown to nobody."""
    return [
        each["id"]
        for file, records in quarantined(conn).items()
        for each in rows(
            conn,
            "SELECT items.id AS id FROM json_each(?) CROSS JOIN request_items AS items "
            "ON request_id = ? AND file = ? AND record_id = value",
            json.dumps(list(records)),
            request_id,
            file,
        )
    ]


def _changed(
    conn: sqlite3.Connection, files: Mapping[str, sqlite3.Connection], number: str
) -> list[int]:
    return [
        each.item.id
        for each in items_for_production(conn, files, number)
        if each.problem and not each.quarantined
    ]


def _ill_fitting(conn: sqlite3.Connection, request_id: int) -> list[int]:
    """What was decided to go out whole and has a bar now, or under bars and has none any more:
    what is redacted had a bar when that was decided."""
    found = rows(
        conn,
        "SELECT bars.item_id AS item_id FROM item_bars AS bars "
        "CROSS JOIN request_standing AS standing "
        "ON standing.request_id = bars.request_id AND standing.item_id = bars.item_id "
        "WHERE bars.request_id = ? AND choice = iif(bars.standing > 0, 'release', 'redact')",
        request_id,
    )
    return [each["item_id"] for each in found]


def _not_attested(conn: sqlite3.Connection, request_id: int) -> list[int]:
    """Items that rest on an exemption the attorney does not stand by in that wording (any more)."""
    gone = [wording for wording in wordings_attested(conn) if not stands(conn, *wording)]
    if not gone:
        return []
    found = rows(
        conn,
        "SELECT DISTINCT standing.item_id AS item_id FROM request_standing AS standing "
        "CROSS JOIN decision_exemptions AS exemptions "
        "ON exemptions.decision_id = standing.decision_id "
        "WHERE standing.request_id = ? AND choice = 'withhold' "
        "AND section || ' ' || digest IN (SELECT value FROM json_each(?))",
        request_id,
        json.dumps([f"{section} {digest}" for section, digest in gone]),
    )
    return [each["item_id"] for each in found]
