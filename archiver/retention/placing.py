"""Placing a hold by picked records, searches and whole accounts, and seeing first what it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice

import msgspec

from archiver.archive.filters import Filters
from archiver.archive.matching import CHUNK, Asked, all_matching, ask, snapshot
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import row, write_transaction
from archiver.errors import InputError, UsageError
from archiver.progress import Progress
from archiver.retention.covering import (
    Search,
    add_account,
    add_search,
    files_of,
    searches_by_id,
)
from archiver.retention.holds import (
    Hold,
    HoldKind,
    Key,
    held_count,
    hold_by_id,
    hold_records,
    holds_over,
    place_hold,
)
from archiver.retention.outlook import Outlook, by_file, scale
from archiver.retention.standing import gather


@dataclass(frozen=True, slots=True)
class Found:
    """What one search finds now, exactly. `notes` say how its words were read; `nothing` says why
    it can find nothing (then it cannot be placed)."""

    search: Search
    records: int
    notes: tuple[str, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class PlacementPreview:
    """What a hold would hold. `records` are distinct and exact; `held_already` of them are under an
    open hold now; `outlook` says what becomes of all of them without it: what is eligible already
    may stand in a batch."""

    records: int
    held_already: int
    found: tuple[Found, ...]
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Placed:
    """A hold as it was placed. `caught` records came newly under it, `records` are under it."""

    hold: Hold
    caught: int
    records: int


def placement_preview(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    *,
    searches: Sequence[Search] = (),
    accounts: Sequence[int] = (),
    records: Sequence[Key] = (),
) -> PlacementPreview:
    """What a hold by these searches, whole accounts (register ids) and picked records would hold.

    Raises SearchRefused and UsageError where a search cannot be read, InputError where a picked
    record is not there or the schedule cannot be read.
    """
    files = files_of(archive)
    weighing = scale(office, settings, archive.home.path)
    held_already = 0
    with snapshot(files):
        _require_there(archive, records)
        whole = [Search("", Filters(account_ids=(number,)), True) for number in accounts]
        asked = [
            ask(files, search.query, search.filters, settings.time_zone)
            for search in (*searches, *whole)
        ]
        counts = [0] * len(asked)
        picked = by_file(records)
        for file, conn in files.items():
            lists = [all_matching(file, conn, each) for each in asked]
            counts = [count + len(ids) for count, ids in zip(counts, lists, strict=True)]
            for some in _distinct([*lists, sorted(picked.get(file, ()))]):
                weighing.weigh(file, conn, some)
                held_already += len(holds_over(office, [(file, number) for number in some]))
    found = [
        Found(search, count, each.plan.notes, each.plan.nothing)
        for search, count, each in zip(searches, counts, asked, strict=False)
    ]
    outlook = weighing.outlook
    return PlacementPreview(outlook.records, held_already, tuple(found), outlook)


def place_search_hold(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    *,
    actor: str,
    kind: HoldKind,
    reference: str,
    reason: str,
    searches: Sequence[Search] = (),
    accounts: Sequence[int] = (),
    records: Sequence[Key] = (),
    progress: Progress | None = None,
) -> Placed:
    """Place a hold by searches, whole accounts (register ids) and picked records.

    Where an open hold of that kind and reference is there, it covers these too. The hold stands
    from its first transaction on: until its searches have gathered all they find, it counts as a
    hold over every record (`holds_over`), and where that is killed, the next `catch_up` finishes.
    Waits where another connection writes to office.db; call it outside a transaction.

    Raises RuleError without reference or reason, UsageError where nothing is named or a search can
    find nothing, SearchRefused, InputError where a record or an account is not there.
    """
    if not (searches or accounts or records):
        raise UsageError("a hold needs records, a search, or an account to hold")
    _require_there(archive, records)
    for search in searches:
        _require_meaning(ask(files_of(archive), search.query, search.filters, settings.time_zone))
    with write_transaction(office):
        hold = place_hold(office, actor=actor, kind=kind, reference=reference, reason=reason)
        caught = hold_records(office, hold, records, actor=actor) if records else 0
        search_ids = [add_search(office, hold, search, actor=actor) for search in searches]
        for account_id in accounts:
            whole = add_account(office, hold, account_id, "everything", actor=actor)
            search_ids += [] if whole is None else [whole]
    caught += gather(
        office,
        archive,
        settings,
        searches_by_id(office, search_ids),
        actor=actor,
        progress=progress,
    )
    return Placed(hold_by_id(office, hold.id), caught, held_count(office, hold))


def _require_there(archive: Archive, keys: Sequence[Key]) -> None:
    """Raises InputError where a picked record is not in the archive."""
    files = files_of(archive)
    for file, ids in by_file(keys).items():
        if file not in files:
            raise InputError(f"there is no file {file!r}: nothing was placed")
        lost = row(
            files[file],
            "SELECT value FROM json_each(?) AS wanted "
            "WHERE NOT EXISTS (SELECT 1 FROM records WHERE id = wanted.value) LIMIT 1",
            msgspec.json.encode(ids).decode(),
        )
        if lost is not None:
            raise InputError(f"no record {lost['value']} in {file}: nothing was placed")


def _require_meaning(asked: Asked) -> None:
    if asked.plan.nothing:
        raise UsageError(
            f"the search can find nothing, so it would hold nothing: {asked.plan.nothing}"
        )


def _distinct(lists: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The ids of ascending lists, each once, some thousands at a time."""
    distinct = (number for number, _ in groupby(merge(*lists)))
    while some := list(islice(distinct, CHUNK)):
        yield some
