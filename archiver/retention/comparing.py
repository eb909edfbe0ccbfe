"""Which records a draft of a schedule would move, and by how much, before anybody adopts it.

Every record is ruled twice, by the schedule in force and by the draft. Nothing is written, and what
is kept in memory does not grow with the archive.
"""

from __future__ import annotations

import datetime as dt
import heapq
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from archiver.archive.store import Archive
from archiver.clock import local_day, now_text
from archiver.config import Settings
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.retention.facts import facts_of_all
from archiver.retention.in_force import rulebook
from archiver.retention.reporting import FILES
from archiver.retention.rules import Facts, Ruling
from archiver.retention.schedules import Schedule

BATCH = 1000
LARGEST = 20
SAMPLE = 3
"""So many records are shown of each way from a series to a series."""
FAR = 10**9
"""Stands for a number of days where one of the two has no day."""


class Direction(StrEnum):
    """Which way a record goes. WAITING: it would wait for an event that has not come; PERMANENT:
    it would be kept for ever; UNCOVERED: it would be in no series any more; COVERED: it was not."""

    SAME = "same"
    EARLIER = "earlier"
    LATER = "later"
    WAITING = "waiting"
    PERMANENT = "permanent"
    UNCOVERED = "uncovered"
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class Move:
    """A record under both schedules: series and the day it is kept until (None: no day, or no
    series), `days` from the one day to the other where both are days, and which way it goes."""

    file: str
    record_id: int
    account_id: int
    kind: str
    created_on: dt.date
    from_series: str | None
    from_until: dt.date | None
    to_series: str | None
    to_until: dt.date | None
    direction: Direction
    days: int | None

    @property
    def is_moved(self) -> bool:
        """Whether the draft puts it into another series or keeps it until another day."""
        return self.direction is not Direction.SAME or self.from_series != self.to_series


@dataclass(frozen=True, slots=True)
class Way:
    """How many records go from a series to a series (None: no series), and which way, each."""

    from_series: str | None
    to_series: str | None
    records: int
    same: int
    earlier: int
    later: int
    waiting: int
    permanent: int
    uncovered: int
    covered: int
    sample: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What adopting a draft would do. `moved` go to another day or series; `newly_eligible` are
    those whose day has passed by the draft and has not by the schedule in force."""

    from_schedule: str
    to_schedule: str
    records: int
    moved: int
    earlier: int
    later: int
    waiting: int
    permanent: int
    uncovered: int
    covered: int
    newly_eligible: int
    ways: tuple[Way, ...]
    largest: tuple[Move, ...]


def compare(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    draft: Schedule,
    accounts: Sequence[Account],
    *,
    progress: Progress | None = None,
) -> Comparison:
    """Count what adopting the draft would move: per way from series to series, the largest moves,
    and a sample with both dates. Reads only. Raises InputError or RuleError where no schedule is in
    force."""
    counted: Counter[tuple[str | None, str | None, Direction]] = Counter()
    samples: dict[tuple[str | None, str | None], list[Move]] = {}
    largest: list[tuple[int, int, Move]] = []
    today = local_day(now_text(), settings.time_zone)
    records = moved = newly = 0
    for move in _moves(office, archive, settings, draft, accounts):
        records += 1
        way = (move.from_series, move.to_series)
        counted[(*way, move.direction)] += 1
        if progress and records % BATCH == 0:
            progress("comparing schedules", records, None)
        if not move.is_moved:
            continue
        moved += 1
        newly += _is_past(move.to_until, today) and not _is_past(move.from_until, today)
        sample = samples.setdefault(way, [])
        if len(sample) < SAMPLE:
            sample.append(move)
        # the earlier record wins a tie, so that two runs show the same
        entry = (FAR if move.days is None else abs(move.days), -records, move)
        if move.direction is Direction.SAME:
            continue
        if len(largest) < LARGEST:
            heapq.heappush(largest, entry)
        else:
            heapq.heappushpop(largest, entry)
    in_force = rulebook(office, settings, archive.home.path, accounts).schedule
    totals: Counter[Direction] = Counter()
    for (_, _, direction), count in counted.items():
        totals[direction] += count
    return Comparison(
        from_schedule=f"{in_force.id}@{in_force.version}",
        to_schedule=f"{draft.id}@{draft.version}",
        records=records,
        moved=moved,
        newly_eligible=newly,
        ways=tuple(_way(counted, samples, way) for way in _ways(counted)),
        largest=tuple(move for _, _, move in sorted(largest, reverse=True)),
        **{each.value: totals[each] for each in Direction if each is not Direction.SAME},
    )


def compare_rows(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    draft: Schedule,
    accounts: Sequence[Account],
) -> Iterator[Move]:
    """Every record the draft would move, with both days, one after the other (for a CSV)."""
    for move in _moves(office, archive, settings, draft, accounts):
        if move.is_moved:
            yield move


def _moves(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    draft: Schedule,
    accounts: Sequence[Account],
) -> Iterator[Move]:
    base = archive.home.path
    before = rulebook(office, settings, base, accounts)
    after = rulebook(office, settings, base, accounts, schedule=draft)
    for file, access in FILES.items():
        for batch in facts_of_all(archive.file(access), settings.time_zone, size=BATCH):
            for facts in batch:
                yield _move(file, facts, before.rule(facts), after.rule(facts))


def _move(file: str, facts: Facts, before: Ruling | None, after: Ruling | None) -> Move:
    from_until = None if before is None else before.until
    to_until = None if after is None else after.until
    days = None if from_until is None or to_until is None else (to_until - from_until).days
    return Move(
        file=file,
        record_id=facts.record_id,
        account_id=facts.account_id,
        kind=facts.kind,
        created_on=facts.created_on,
        from_series=None if before is None else before.winner.series.code,
        from_until=from_until,
        to_series=None if after is None else after.winner.series.code,
        to_until=to_until,
        direction=_direction(before, after),
        days=days,
    )


def _direction(before: Ruling | None, after: Ruling | None) -> Direction:
    if before is None or after is None:
        if before is None and after is None:
            return Direction.SAME
        return Direction.COVERED if before is None else Direction.UNCOVERED
    if before.until is not None and after.until is not None:
        if before.until == after.until:
            return Direction.SAME
        return Direction.EARLIER if after.until < before.until else Direction.LATER
    if after.until is not None:
        return Direction.EARLIER
    if before.until is None and before.winner.permanent == after.winner.permanent:
        return Direction.SAME
    return Direction.PERMANENT if after.winner.permanent else Direction.WAITING


def _is_past(until: dt.date | None, today: dt.date) -> bool:
    return until is not None and until <= today


def _ways(
    counted: Counter[tuple[str | None, str | None, Direction]],
) -> list[tuple[str | None, str | None]]:
    """Each way once, in the order of the codes, without a series last."""
    ways = {(source, target) for source, target, _ in counted}
    return sorted(ways, key=lambda way: [(code is None, code or "") for code in way])


def _way(
    counted: Counter[tuple[str | None, str | None, Direction]],
    samples: dict[tuple[str | None, str | None], list[Move]],
    way: tuple[str | None, str | None],
) -> Way:
    source, target = way
    counts = {each: counted[(source, target, each)] for each in Direction}
    return Way(
        from_series=source,
        to_series=target,
        records=sum(counts.values()),
        same=counts[Direction.SAME],
        earlier=counts[Direction.EARLIER],
        later=counts[Direction.LATER],
        waiting=counts[Direction.WAITING],
        permanent=counts[Direction.PERMANENT],
        uncovered=counts[Direction.UNCOVERED],
        covered=counts[Direction.COVERED],
        sample=tuple(samples.get(way, ())),
    )
