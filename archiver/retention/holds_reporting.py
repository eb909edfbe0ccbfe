"""What is on hold and why: hold by hold, in all, and per series."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from archiver.archive.filters import known_accounts
from archiver.archive.matching import CHUNK
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import row, rows
from archiver.retention.covering import Cover, cover_of, cover_words, files_of
from archiver.retention.holds import Hold, held_count, holds_being_gathered, list_holds


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One hold as a report tells it. `words` say what it covers; `gathering` that its searches
    have not looked through everything yet (it then counts as a hold over every record)."""

    hold: Hold
    records: int
    cover: Cover
    words: str
    gathering: bool


@dataclass(frozen=True, slots=True)
class HoldsReport:
    """All open holds (or the released ones too), how many distinct records open ones keep, and how
    these spread over series (None: in no series, or not marked yet)."""

    lines: tuple[HoldLine, ...]
    on_hold: int
    series: tuple[tuple[str | None, int], ...]


def hold_lines(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    *,
    include_released: bool = False,
) -> list[HoldLine]:
    """Every hold in the order it was placed, with what it covers and keeps."""
    known = known_accounts(files_of(archive).values())
    gathering = {hold.id for hold in holds_being_gathered(office)}
    lines = []
    for hold in list_holds(office, include_released=include_released):
        cover = cover_of(office, hold)
        words = cover_words(cover, known, settings.time_zone)
        lines.append(HoldLine(hold, held_count(office, hold), cover, words, hold.id in gathering))
    return lines


def holds_report(office: sqlite3.Connection, archive: Archive, settings: Settings) -> HoldsReport:
    """The open holds, distinct records on hold, and these per series. Looks at each held record."""
    series: Counter[str | None] = Counter()
    for file, conn in files_of(archive).items():
        for some in held_ids(office, file):
            for each in rows(
                conn,
                """
                SELECT series, count(*) AS records
                FROM json_each(?) AS wanted CROSS JOIN records AS r ON r.id = wanted.value
                GROUP BY series
                """,
                msgspec.json.encode(some).decode(),
            ):
                series[each["series"]] += each["records"]
    return HoldsReport(
        lines=tuple(hold_lines(office, archive, settings)),
        on_hold=on_hold(office),
        series=tuple(sorted(series.items(), key=lambda each: (-each[1], each[0] or ""))),
    )


def on_hold(office: sqlite3.Connection) -> int:
    """How many distinct records open holds keep."""
    found = row(
        office,
        """
        SELECT count(*) AS records FROM (
            SELECT DISTINCT file, record_id FROM hold_items JOIN holds ON holds.id = hold_id
            WHERE released_at IS NULL
        )
        """,
    )
    return found["records"] if found else 0


def held_ids(office: sqlite3.Connection, file: str) -> Iterator[list[int]]:
    """The distinct records of a file that open holds keep, ascending, some thousands at a time."""
    last = -(2**63)
    while True:
        found = rows(
            office,
            """
            SELECT DISTINCT record_id FROM hold_items JOIN holds ON holds.id = hold_id
            WHERE file = ? AND record_id > ? AND released_at IS NULL
            ORDER BY record_id LIMIT ?
            """,
            file,
            last,
            CHUNK,
        )
        if not found:
            return
        last = found[-1]["record_id"]
        yield [each["record_id"] for each in found]
