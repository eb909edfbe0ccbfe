"""Releasing a hold: first what becomes eligible by it, then a person's decision and reason."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.archive.matching import CHUNK, snapshot
from archiver.archive.store import Archive
from archiver.clock import local_day, now_text
from archiver.config import Settings
from archiver.database import rows, write_transaction
from archiver.retention.covering import files_of
from archiver.retention.holds import Hold, HoldKind, held_count, list_holds, release_hold
from archiver.retention.outlook import Outlook, by_file, scale


@dataclass(frozen=True, slots=True)
class ReleasePreview:
    """What a release would do. The hold keeps `records`; `also_held` of them stay held by another
    hold; `freed` says what becomes of the others."""

    hold: Hold
    records: int
    also_held: int
    freed: Outlook


@dataclass(frozen=True, slots=True)
class DueHold:
    """A hold that may be released `since` a day of the agency's zone, with how many records it
    keeps."""

    hold: Hold
    since: dt.date
    records: int


def release_preview(
    office: sqlite3.Connection, archive: Archive, hold: Hold, settings: Settings
) -> ReleasePreview:
    """What becomes eligible when a hold is released.

    Reads every record of the hold once. Raises InputError and RuleError where the schedule in
    force cannot be read.
    """
    files = files_of(archive)
    weighing = scale(office, settings, archive.home.path)
    records = also_held = 0
    with snapshot(files):
        for some in _items(office, hold):
            records += len(some)
            free = [(each["file"], each["record_id"]) for each in some if not each["others"]]
            also_held += len(some) - len(free)
            for file, ids in by_file(free).items():
                weighing.weigh(file, files[file], ids)
    return ReleasePreview(hold, records, also_held, weighing.outlook)


def release(
    office: sqlite3.Connection, hold: Hold, settings: Settings, *, actor: str, reason: str
) -> Hold:
    """Release a hold, by a person's decision, in a transaction of its own.

    Raises RuleError where no reason is given, it is released already, the request it stands for is
    open, or `hold_days_after_close` days have not passed since that was closed.
    """
    with write_transaction(office):
        return release_hold(office, hold, actor=actor, reason=reason, time_zone=settings.time_zone)


def due_for_release(office: sqlite3.Connection, settings: Settings) -> list[DueHold]:
    """The holds of closed requests whose time has passed, the longest due first. Nothing releases
    them but a person."""
    now = now_text()
    due = [
        DueHold(hold, local_day(hold.hold_until, settings.time_zone), held_count(office, hold))
        for hold in list_holds(office)
        if hold.kind == HoldKind.REQUEST and hold.hold_until is not None and hold.hold_until <= now
    ]
    return sorted(due, key=lambda each: (each.since, each.hold.id))


def release_due(
    office: sqlite3.Connection, settings: Settings, *, actor: str, reason: str
) -> list[Hold]:
    """Release all holds that are due in one act: all of them or, where one is refused, none.

    Raises RuleError as `release` does.
    """
    with write_transaction(office):
        return [
            release_hold(office, due.hold, actor=actor, reason=reason, time_zone=settings.time_zone)
            for due in due_for_release(office, settings)
        ]


def _items(office: sqlite3.Connection, hold: Hold) -> Iterator[list[sqlite3.Row]]:
    """The records under a hold, some thousands at a time, with whether another open hold has
    them."""
    last = ("", 0)
    while True:
        found = rows(
            office,
            """
            SELECT file, record_id, EXISTS (
                SELECT 1 FROM hold_items AS other JOIN holds ON holds.id = other.hold_id
                WHERE other.file = item.file AND other.record_id = item.record_id
                    AND other.hold_id <> item.hold_id AND holds.released_at IS NULL
            ) AS others
            FROM hold_items AS item
            WHERE hold_id = ? AND (file, record_id) > (?, ?)
            ORDER BY file, record_id LIMIT ?
            """,
            hold.id,
            *last,
            CHUNK,
        )
        if not found:
            return
        last = (found[-1]["file"], found[-1]["record_id"])
        yield found
