"""Standing holds catch what is captured or changed after they were placed.

Each search of a hold keeps, per evidence file, up to which version and which event it has looked.
Only records with a later one are looked at again, so that a night costs what the night brought,
however large the archive is. A search that has not looked yet, or whose words now ask something
else (an account was renamed, one was added), looks through the whole file once. Once caught a
record stays until the hold is released, whatever becomes of it.

What it catches is written in several short transactions of office.db, and how far it looked with
the last of them: killed at any moment, the next call looks at the same records again, and finds
most of them held already.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from archiver.archive.matching import CHUNK, Asked, all_matching, ask, matching_ids, snapshot
from archiver.archive.store import Archive
from archiver.clock import now_text
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import RuleError, UsageError
from archiver.progress import Progress
from archiver.register.office import audit
from archiver.retention.covering import HeldSearch, files_of, held_search
from archiver.retention.holds import add_held, hold_by_id

ACTOR = "standing holds"
_WRITTEN_AT_ONCE = 20_000
"""Records put under holds in one transaction: others wait for office.db meanwhile."""


class _Head(NamedTuple):
    """How far a file reaches, or a search has looked: the last version and the last event."""

    version_id: int
    event_id: int


@dataclass(slots=True)
class _Look:
    """One search looking through one file."""

    held: HeldSearch
    asked: Asked
    since: _Head
    whole: bool
    caught: int = 0
    waiting: array[int] = field(default_factory=lambda: array("q"))


def catch_up(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    progress: Progress | None = None,
) -> int:
    """Let every open hold catch what its searches find among the records that are new or changed
    since they last looked; how many records came newly under a hold (one under two counts twice).

    Also finishes holds whose placing was killed. Whoever is about to dispose of records calls it
    first, outside any transaction of office.db: it writes in transactions of its own. Raises
    RuleError, after all others were looked at, where a search can no longer be read.
    """
    return gather(office, archive, settings, _searches_to_look(office), progress=progress)


def gather(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    searches: Sequence[HeldSearch],
    *,
    actor: str = ACTOR,
    progress: Progress | None = None,
) -> int:
    """Let these searches of open holds catch what they have not seen yet; as `catch_up` does."""
    if not searches:
        return 0
    files = files_of(archive)
    with snapshot(files):
        asked, unread = _read(searches, files, settings.time_zone)
        caught = 0
        for file, conn in files.items():
            writer = _Writer(office, file, actor)
            caught += _look_through(writer, conn, searches, asked, progress)
    if unread:
        names = ", ".join(hold_by_id(office, number).title for number in unread)
        raise RuleError(
            f"the search of {names} can no longer be read, so nothing new was caught by it: "
            "release the hold and place it anew"
        )
    return caught


def _searches_to_look(office: sqlite3.Connection) -> list[HeldSearch]:
    """The standing searches of open holds, and those that have not looked through both files."""
    found = rows(
        office,
        """
        SELECT search.* FROM hold_searches AS search JOIN holds ON holds.id = search.hold_id
        WHERE holds.released_at IS NULL AND (standing OR (
            SELECT count(*) FROM hold_cursors WHERE search_id = search.id
        ) < 2) ORDER BY search.id
        """,
    )
    return [held_search(each) for each in found]


def _read(
    searches: Sequence[HeldSearch], files: Mapping[str, sqlite3.Connection], time_zone: str
) -> tuple[dict[int, Asked], list[int]]:
    """What each search asks, by its id, and the holds of those that cannot be read any more."""
    asked: dict[int, Asked] = {}
    for held in searches:
        with suppress(UsageError):
            asked[held.id] = ask(files, held.search.query, held.search.filters, time_zone)
    unread = dict.fromkeys(held.hold_id for held in searches if held.id not in asked)
    return asked, list(unread)


def _look_through(
    writer: _Writer,
    conn: sqlite3.Connection,
    searches: Sequence[HeldSearch],
    asked: Mapping[int, Asked],
    progress: Progress | None,
) -> int:
    head = _head(conn)
    looks = [
        look
        for held in searches
        if held.id in asked
        and (look := _look(writer.office, writer.file, held, asked[held.id], head)) is not None
    ]
    fresh = [look for look in looks if not look.whole]
    if fresh:
        _look_at_new(writer, conn, fresh, head, progress)
    for done, look in enumerate(looks):
        if look.whole:
            if progress:
                progress("gathering what is held", done, len(looks))
            look.waiting = all_matching(writer.file, conn, look.asked)
            writer.write_some(look, keep=_WRITTEN_AT_ONCE)
    if looks:
        writer.finish(looks, head)
    return sum(look.caught for look in looks)


def _look(
    office: sqlite3.Connection, file: str, held: HeldSearch, asked: Asked, head: _Head
) -> _Look | None:
    """What a search has still to look at in a file, or None: it has seen all of it."""
    cursor = row(
        office,
        "SELECT version_id, event_id, reading FROM hold_cursors WHERE search_id = ? AND file = ?",
        held.id,
        file,
    )
    if cursor is None:
        return _Look(held, asked, _Head(0, 0), whole=True)
    since = _Head(cursor["version_id"], cursor["event_id"])
    if not held.search.standing:
        return None
    if cursor["reading"] != asked.reading:
        return _Look(held, asked, since, whole=True)
    seen = since.version_id >= head.version_id and since.event_id >= head.event_id
    return None if seen else _Look(held, asked, since, whole=False)


def _head(conn: sqlite3.Connection) -> _Head:
    found = conn.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM versions),"
        " (SELECT coalesce(max(id), 0) FROM events)"
    ).fetchone()
    return _Head(found[0], found[1])


def _look_at_new(
    writer: _Writer,
    conn: sqlite3.Connection,
    looks: Sequence[_Look],
    head: _Head,
    progress: Progress | None,
) -> None:
    """Ask the searches about the records with a later version or event.

    A search that had looked further is asked about some records again: what it finds is held."""
    asked = [look.asked for look in looks]
    since = _Head(
        min(look.since.version_id for look in looks), min(look.since.event_id for look in looks)
    )
    done = 0
    for some in _new_records(conn, since, head):
        for look, found in zip(looks, matching_ids(conn, asked, some), strict=True):
            look.waiting.extend(found)
            if len(look.waiting) > _WRITTEN_AT_ONCE:
                writer.write_some(look, keep=0)
        done += len(some)
        if progress:
            progress("asking standing holds", done, None)


def _new_records(conn: sqlite3.Connection, since: _Head, head: _Head) -> Iterator[list[int]]:
    """The records whose index changed, in order, some thousands at a time. A retention mark is an
    event that changes nothing a search sees."""
    cursor = conn.cursor()
    cursor.row_factory = None
    cursor.execute(
        """
        SELECT record_id FROM versions WHERE id > ? AND id <= ?
        UNION
        SELECT record_id FROM events WHERE id > ? AND id <= ? AND what <> 'retention'
        ORDER BY record_id
        """,
        (since.version_id, head.version_id, since.event_id, head.event_id),
    )
    while some := cursor.fetchmany(CHUNK):
        yield [number for (number,) in some]


class _Writer:
    """Puts what was caught in one file under its holds, in short transactions of office.db."""

    def __init__(self, office: sqlite3.Connection, file: str, actor: str) -> None:
        self.office = office
        self.file = file
        self._actor = actor

    def write_some(self, look: _Look, *, keep: int) -> None:
        """Put what waits under the hold, all but the last `keep`."""
        start, end = 0, len(look.waiting) - keep
        while start < end:
            stop = min(start + _WRITTEN_AT_ONCE, end)
            with write_transaction(self.office):
                self._put(look, look.waiting[start:stop])
            start = stop
        if start:
            del look.waiting[:start]

    def finish(self, looks: Sequence[_Look], head: _Head) -> None:
        """Write what is left and how far each search has looked, all in one.

        Where another program looked further meanwhile, its place stays."""
        with write_transaction(self.office):
            for look in looks:
                self._put(look, look.waiting)
                self.office.execute(
                    """
                    INSERT INTO hold_cursors
                        (search_id, file, version_id, event_id, reading, looked_at)
                    VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (search_id, file) DO UPDATE SET version_id = excluded.version_id,
                        event_id = excluded.event_id, reading = excluded.reading,
                        looked_at = excluded.looked_at
                    WHERE excluded.version_id >= version_id AND excluded.event_id >= event_id
                    """,
                    (
                        look.held.id,
                        self.file,
                        max(head.version_id, look.since.version_id),
                        max(head.event_id, look.since.event_id),
                        look.asked.reading,
                        now_text(),
                    ),
                )

    def _put(self, look: _Look, ids: Sequence[int]) -> None:
        hold_id, search_id = look.held.hold_id, look.held.id
        if not ids or hold_by_id(self.office, hold_id).released_at is not None:
            return
        keys = ((self.file, number) for number in ids)
        caught = add_held(self.office, hold_id, keys, search_id)
        look.caught += caught
        if caught:
            audit(
                self.office,
                actor=self._actor,
                action="records held",
                subject=f"hold {hold_id}",
                detail={"records": caught, "search": search_id, "file": self.file},
            )
