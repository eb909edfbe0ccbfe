"""Which of a request's items a reviewer wants before them, and where one stands among these."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archiver.config import Settings
from archiver.requests.decisions import Choice
from archiver.requests.finding.asking import items_with_open_suggestions
from archiver.requests.intake import Request
from archiver.requests.items import Item
from archiver.requests.queue import EVERY_FILE, first_undecided, items_by_id, queue_around
from archiver.requests.reviewing.assigning import assigned_to
from archiver.requests.reviewing.attorney import with_attorney
from archiver.requests.reviewing.confirming import unconfirmed
from archiver.requests.reviewing.instalments import items_in
from archiver.requests.reviewing.media import items_with_unseen

Files = Mapping[str, sqlite3.Connection]
ATTORNEY: Final = "attorney"
MINE: Final = "mine"
UNCONFIRMED: Final = "unconfirmed"
UNSEEN: Final = "unseen"
SUGGESTED: Final = "suggestions"
SHOWN: Final = (
    *("", *(choice.value for choice in Choice)),
    *(ATTORNEY, MINE, UNCONFIRMED, UNSEEN, SUGGESTED),
)
"""What can be shown: everything, a decision, or what waits for somebody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice of items; what is empty leaves nothing out. `show` is one of `SHOWN`, `account` a
    register id, `private`, `media` and `edited` keep what is so."""

    show: str = ""
    platform: str = ""
    account: int | None = None
    kind: str = ""
    instalment: int | None = None
    private: bool = False
    media: bool = False
    edited: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class Place:
    """An item among those wanted (it is counted as one of them), with its neighbours: `items` are
    around it, `first` is the place of the first of them; places count from 0."""

    items: tuple[Item, ...]
    place: int
    first: int
    total: int
    previous: int | None
    following: int | None


def wanted_items(
    conn: sqlite3.Connection,
    settings: Settings,
    files: Files,
    request: Request,
    wanted: Wanted,
    *,
    person: str,
    known: Collection[str] = EVERY_FILE,
) -> list[int]:
    """The ids of the wanted items of a request, in the order they were collected.

    `files` are the evidence files the person may see, `known` the access classes they may know of;
    `person` is who asks, for what is assigned to them.
    """
    found = [
        each["item_id"]
        for each in conn.execute(
            """
            SELECT standing.item_id AS item_id FROM request_standing AS standing
            JOIN request_items AS items ON items.id = standing.item_id
            WHERE standing.request_id = :request
                AND standing.file IN (SELECT value FROM json_each(:known))
                AND (:choice IS NULL OR choice = :choice)
                AND (NOT :private OR standing.file = 'private')
                AND (:account IS NULL OR family LIKE :account || ':%')
                AND (:platform = '' OR CAST(substr(family, 1, instr(family, ':') - 1) AS INTEGER)
                    IN (SELECT id FROM register_accounts WHERE platform = :platform))
            ORDER BY standing.item_id
            """,
            {
                "request": request.id,
                "known": json.dumps(list(known)),
                "choice": wanted.show if wanted.show in set(Choice) else None,
                "private": wanted.private,
                "account": None if wanted.account is None else str(wanted.account),
                "platform": wanted.platform,
            },
        )
    ]
    for kept in _kept(conn, settings, request, wanted, person):
        found = [each for each in found if each in kept]
    if wanted.kind or wanted.media or wanted.edited or wanted.show == UNSEEN:
        items = items_by_id(conn, found)
        fitting = _fitting(files, items, wanted)
        if wanted.show == UNSEEN:
            fitting &= items_with_unseen(conn, files, items).keys()
        found = [each for each in found if each in fitting]
    if wanted.show == SUGGESTED:
        waiting = items_with_open_suggestions(
            conn, files, settings, request.number, item_ids=found
        ).counts
        found = [each for each in found if each in waiting]
    return found


def _kept(
    conn: sqlite3.Connection, settings: Settings, request: Request, wanted: Wanted, person: str
) -> list[Collection[int]]:
    """The sets an item has to be in besides what its own rows say."""
    kept: list[Collection[int]] = []
    if wanted.show == ATTORNEY:
        kept.append(with_attorney(conn, request.id))
    if wanted.show == MINE:
        kept.append(assigned_to(conn, person))
    if wanted.show == UNCONFIRMED:
        kept.append(unconfirmed(conn, settings, request.id).keys())
    if wanted.instalment is not None:
        kept.append(items_in(conn, request.number, wanted.instalment))
    return kept


def _fitting(files: Files, items: Sequence[Item], wanted: Wanted) -> set[int]:
    """The items whose record is of the kind, has media or was edited since, as far as wanted."""
    fitting: set[int] = set()
    for file, connection in files.items():
        here = [item for item in items if item.file == file]
        found = {
            each[0]: (each[1], each[2], each[3])
            for each in connection.execute(
                "SELECT id, kind, media_count, version_id FROM records "
                "WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps([item.record_id for item in here]),),
            )
        }
        for item in here:
            kind, media, version = found.get(item.record_id, ("", 0, item.version_id))
            if (
                (not wanted.kind or kind == wanted.kind)
                and (not wanted.media or media)
                and (not wanted.edited or version != item.version_id)
            ):
                fitting.add(item.id)
    return fitting


def place_in(
    conn: sqlite3.Connection,
    settings: Settings,
    files: Files,
    request: Request,
    wanted: Wanted,
    item_id: int,
    *,
    person: str,
    known: Collection[str] = EVERY_FILE,
) -> Place:
    """An item among the wanted ones with its neighbours; where only a decision is wanted, or
    everything, it costs what it shows."""
    if wanted in (Wanted(), Wanted(show=wanted.show)) and wanted.show in ("", *_CHOICES):
        show = [Choice(wanted.show)] if wanted.show else None
        found = queue_around(conn, request.number, item_id, show=show, files=known)
        return Place(
            *(found.items, found.place, found.queue_from, found.total),
            *(found.previous, found.following),
        )
    ids = wanted_items(conn, settings, files, request, wanted, person=person, known=known)
    return place_among(conn, ids, item_id)


_CHOICES = tuple(choice.value for choice in Choice)


def place_among(
    conn: sqlite3.Connection,
    ids: Sequence[int],
    item_id: int,
    *,
    before: int = 5,
    after: int = 20,
) -> Place:
    """An item with its neighbours among ids that are in order; it stands among them also where it
    is no longer one of them (it has just been decided)."""
    at = bisect_left(ids, item_id)
    behind = bisect_right(ids, item_id)
    first = max(0, at - before)
    shown = [*ids[first:at], item_id, *ids[behind : behind + after]]
    return Place(
        tuple(items_by_id(conn, shown)),
        at,
        first,
        len(ids) + (at == behind),
        ids[at - 1] if at else None,
        ids[behind] if behind < len(ids) else None,
    )


def next_to_decide(
    conn: sqlite3.Connection, request: Request, after: int, *, known: Collection[str] = EVERY_FILE
) -> int | None:
    """The next item behind `after` that nobody decided and that is not with the attorney, else the
    first of all, else None."""
    asked = with_attorney(conn, request.id)
    return first_undecided(conn, request.number, after=after, files=known, besides=asked)
