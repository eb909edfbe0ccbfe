"""Before a schedule is adopted: which records move, from which day to which, and by how much.

Reads every record once and writes nothing. Both schedules rule each record afresh, so that marks
which are not renewed yet do not blur what is shown.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from archiver.archive.retention_marks import Carried
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.register.accounts import Account
from archiver.retention.facts import Reader
from archiver.retention.reporting import FILES
from archiver.retention.ruling import Ruler
from archiver.retention.schedules import Schedule

BATCH = 5_000
SAMPLE = 12
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Move:
    """A record under both schedules. Days are ISO dates; None: no day (for ever, waiting for an
    event, or in no series). `days` is how many days later (or, below zero, earlier) the new one
    comes, None where either has none."""

    file: str
    record_id: int
    series_from: str | None
    series_to: str | None
    until_from: str | None
    until_to: str | None
    days: int | None


@dataclass(frozen=True, slots=True)
class SeriesMove:
    """Records that go from one series to another, or stay in one, and what becomes of their day."""

    series_from: str | None
    series_to: str | None
    records: int
    earlier: int
    later: int
    same: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two schedules over all records. `earlier` and `later` count days that move, `no_day` records
    that lose theirs, `new_day` ones that gain one, `uncovered` ones no series of the new schedule
    takes though one of the old did. `eligible_before` and `eligible_after` count days that have
    passed today. `largest` are the records that move furthest, `sample` some of each pair of
    series."""

    before: str
    after: str
    records: int
    moved: int
    earlier: int
    later: int
    no_day: int
    new_day: int
    uncovered: int
    eligible_before: int
    eligible_after: int
    series: tuple[SeriesMove, ...]
    largest: tuple[Move, ...]
    sample: tuple[Move, ...]


@dataclass(slots=True)
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    pairs: dict[tuple[str | None, str | None], Counter[str]] = field(default_factory=dict)
    largest: list[tuple[int, int, Move]] = field(default_factory=list)
    sample: dict[tuple[str | None, str | None], list[Move]] = field(default_factory=dict)

    def take(self, move: Move, today: str) -> None:
        """Count a record."""
        what = _what(move)
        self.counts["records"] += 1
        self.counts[what] += 1
        self.counts["uncovered"] += move.series_from is not None and move.series_to is None
        self.counts["before"] += move.until_from is not None and move.until_from <= today
        self.counts["after"] += move.until_to is not None and move.until_to <= today
        pair = (move.series_from, move.series_to)
        counted = self.pairs.setdefault(pair, Counter())
        counted["records"] += 1
        counted[what] += 1
        if what == "same" and move.series_from == move.series_to:
            return
        shown = self.sample.setdefault(pair, [])
        if len(shown) < 3:
            shown.append(move)
        if move.days:
            entry = (abs(move.days), self.counts["records"], move)
            if len(self.largest) < SAMPLE:
                heapq.heappush(self.largest, entry)
            else:
                heapq.heappushpop(self.largest, entry)


def compare(
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    before: Schedule,
    after: Schedule,
    *,
    today: dt.date,
    progress: Progress | None = None,
) -> Comparison:
    """What becomes of every record when `after` takes the place of `before`."""
    tally = _Tally()
    for move in moves(archive, settings, accounts, before, after, progress=progress):
        tally.take(move, today.isoformat())
    counts = tally.counts
    pairs = sorted(
        tally.pairs.items(), key=lambda each: (-each[1]["records"], each[0][0] or "", str(each[0]))
    )
    return Comparison(
        before=f"{before.id}@{before.version}",
        after=f"{after.id}@{after.version}",
        records=counts["records"],
        moved=counts["records"] - counts["same"],
        earlier=counts["earlier"],
        later=counts["later"],
        no_day=counts["no day"],
        new_day=counts["new day"],
        uncovered=counts["uncovered"],
        eligible_before=counts["before"],
        eligible_after=counts["after"],
        series=tuple(
            SeriesMove(*pair, told["records"], told["earlier"], told["later"], told["same"])
            for pair, told in pairs
        ),
        largest=tuple(each[2] for each in sorted(tally.largest, reverse=True)),
        sample=tuple(move for moves in tally.sample.values() for move in moves)[:50],
    )


def moves(
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    before: Schedule,
    after: Schedule,
    *,
    progress: Progress | None = None,
) -> Iterator[Move]:
    """Every record of the register's accounts under both schedules, file by file in order."""
    old, new = Ruler(before, accounts), Ruler(after, accounts)
    done = 0
    for file, access in FILES.items():
        reader = Reader(archive.file(access), settings.time_zone)
        for low, high in reader.spans(BATCH):
            seen = reader.read("records WHERE id BETWEEN ? AND ? ORDER BY id", low, high)
            for each in seen:
                yield _move(file, each.record_id, old.mark_of(each), new.mark_of(each))
            done += len(seen)
            if progress and seen:
                progress("comparing schedules", done, None)


def _move(file: str, record_id: int, old: Carried, new: Carried) -> Move:
    days = None
    if old.retain_until is not None and new.retain_until is not None:
        after, before = (dt.date.fromisoformat(each.retain_until or "") for each in (new, old))
        days = (after - before).days
    return Move(file, record_id, old.series, new.series, old.retain_until, new.retain_until, days)


def _what(move: Move) -> str:
    """What becomes of a record's day, in a word."""
    if move.until_from == move.until_to:
        return "same"
    if move.days is None:
        return "no day" if move.until_to is None else "new day"
    return "later" if move.days > 0 else "earlier"
