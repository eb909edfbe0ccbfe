"""What was covered on which day: the ground on which a clerk signs a diligent search.

Runs write statements ("comments from … to …: complete"), never a row per record; the state of a day
is computed from them.
"""

from __future__ import annotations

import datetime as dt
import heapq
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from archiver import clock

_RANK = {"complete": 2, "partial": 1, "none": 0}
NOT_COVERED = "no run has covered this day"
NO_RUN = "no run covered this time"
_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one run said it covered; times are UTC, `start_at` None is from the beginning. `source`
    is what the run read, `run_at` when it began."""

    run_id: int
    what: str
    start_at: str | None
    end_at: str
    state: str
    reason: str
    source: str = ""
    run_at: str = ""

    @property
    def by_download(self) -> bool:
        """Whether a data download says so, not the platform's interface."""
        return self.source.endswith("-download")


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """The state of one local day: complete, partial or none, the reason where less than complete,
    and the run that says so (None: no run)."""

    day: dt.date
    state: str
    reason: str
    run_id: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of one state and one reason. `start` and `end` are UTC, `start` None is from the
    beginning; `first` and `last` are the local days it touches. `by_run` is False where no run
    said anything about it."""

    start: str | None
    end: str
    first: dt.date | None
    last: dt.date
    state: str
    reason: str
    by_run: bool


@dataclass(frozen=True, slots=True)
class _Span:
    start: dt.datetime
    end: dt.datetime
    state: str
    reason: str
    by_run: bool = True
    filled_on: dt.date | None = None


def statements(
    connection: sqlite3.Connection, account_id: int, what: str, *, since: str = ""
) -> list[Statement]:
    """All statements about an account and a kind or list that reach to `since` (UTC) or beyond, in
    the order they were made."""
    found = connection.execute(
        """
        SELECT c.run_id, c.what, c.start_at, c.end_at, c.state, c.reason,
            coalesce(r.source, ''), coalesce(r.started_at, '')
        FROM coverage AS c LEFT JOIN runs AS r ON r.id = c.run_id
        WHERE c.account_id = ? AND c.what = ? AND c.end_at >= ? ORDER BY c.id
        """,
        (account_id, str(what), since),
    )
    return [Statement(*row) for row in found]


def stretches(
    connection: sqlite3.Connection, account_id: int, what: str, time_zone: str, *, since: str = ""
) -> list[Stretch]:
    """What was covered of an account and a kind or list, from the first time any run spoke of to
    the last, oldest first and without a hole (archive.db's connection).

    The best statement about a time counts, among equals the latest. Where the interface's is less
    than complete and a download covers that time, it says that it was filled from the download and
    on which day. A time between two that no run
    spoke of is a stretch of state none. A look at one moment (a profile, a list of people) counts
    for its day in `time_zone`: nobody looks at a list without pause. What ended before `since`
    (UTC) is left out, for a page that shows a few weeks of many years.
    """
    made = statements(connection, account_id, what, since=since)
    said = [_said_of(statement, time_zone) for statement in made]
    both = len({statement.by_download for statement in made}) > 1
    spans = _filled(said) if both else _best(said)
    return [_stretch(span, time_zone) for span in _merged(spans)]


def _said_of(statement: Statement, time_zone: str) -> _Span:
    end = clock.parse(statement.end_at)
    start = _BEGINNING if statement.start_at is None else clock.parse(statement.start_at)
    if start >= end:
        day = clock.local_day(statement.end_at, time_zone)
        start = clock.parse(clock.start_of_day(day, time_zone))
        end = clock.parse(clock.start_of_day(day + dt.timedelta(days=1), time_zone))
    on = clock.local_day(statement.run_at, time_zone) if statement.by_download else None
    return _Span(start, end, statement.state, statement.reason, filled_on=on)


def filled_words(day: dt.date) -> str:
    """How a time is told that a download covers where the interface did not."""
    return f"filled from download on {clock.shown_day(day, weekday=False)}"


def _filled(said: list[_Span]) -> Iterator[_Span]:
    """The best of every time, where both the interface and downloads spoke of some."""
    theirs = list(_best([span for span in said if span.filled_on is None]))
    ours = list(_best([span for span in said if span.filled_on is not None]))
    moments = sorted({at for span in (*theirs, *ours) for at in (span.start, span.end)})
    for start, end in pairwise(moments):
        one, other = _over(theirs, start), _over(ours, start)
        yield replace(_joined(one, other), start=start, end=end, filled_on=None)


def _over(spans: list[_Span], moment: dt.datetime) -> _Span | None:
    """The one of spans without a hole that a moment lies in."""
    at = bisect_right(spans, moment, key=lambda span: span.start) - 1
    return spans[at] if at >= 0 and moment < spans[at].end else None


def _joined(interface: _Span | None, download: _Span | None) -> _Span:
    """What both say of a time: the better of them, with both reasons where one fills the other."""
    if interface is None or download is None or not (interface.by_run and download.by_run):
        there = [span for span in (interface, download) if span is not None]
        spoken = [span for span in there if span.by_run] or there
        return spoken[0] if spoken else _Span(_BEGINNING, _BEGINNING, "none", NO_RUN, by_run=False)
    if interface.state == "complete" or download.state == "none" or download.filled_on is None:
        return interface
    reasons = [filled_words(download.filled_on)]
    if download.state != "complete":
        reasons = [interface.reason, *reasons, download.reason]
    told = "; ".join(dict.fromkeys(filter(None, reasons)))
    return replace(interface, state=download.state, reason=told)


def _best(said: list[_Span]) -> Iterator[_Span]:
    """The best statement of every time between two at which something changes."""
    moments = sorted({moment for span in said for moment in (span.start, span.end)})
    waiting = sorted(range(len(said)), key=lambda at: said[at].start, reverse=True)
    open_now: list[tuple[int, int]] = []
    for start, end in pairwise(moments):
        while waiting and said[waiting[-1]].start <= start:
            at = waiting.pop()
            heapq.heappush(open_now, (-_RANK[said[at].state], -at))
        while open_now and said[-open_now[0][1]].end <= start:
            heapq.heappop(open_now)
        if open_now:
            yield replace(said[-open_now[0][1]], start=start, end=end)
        else:
            yield _Span(start, end, "none", NO_RUN, by_run=False)


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for span in spans:
        if merged and replace(merged[-1], start=span.start, end=span.end) == span:
            merged[-1] = replace(merged[-1], end=span.end)
        else:
            merged.append(span)
    return merged


def _stretch(span: _Span, time_zone: str) -> Stretch:
    end = clock.to_text(span.end)
    last = clock.local_day(clock.to_text(span.end - dt.timedelta(microseconds=1)), time_zone)
    if span.start == _BEGINNING:
        return Stretch(None, end, None, last, span.state, span.reason, span.by_run)
    start = clock.to_text(span.start)
    first = clock.local_day(start, time_zone)
    return Stretch(start, end, first, last, span.state, span.reason, span.by_run)


def coverage_by_day(
    connection: sqlite3.Connection,
    account_id: int,
    what: str,
    start: dt.date,
    end: dt.date,
    *,
    time_zone: str,
) -> list[DayCoverage]:
    """The state of every local day from `start` to `end`, both included (archive.db's connection).

    A day is complete when one complete statement spans all of it; a complete statement that ends
    within the day makes it partial. A later failure does not undo what was covered before.
    """
    made = statements(connection, account_id, what)
    days = (end - start).days + 1
    return [_day(made, start + dt.timedelta(days=at), time_zone) for at in range(days)]


def _day(made: list[Statement], day: dt.date, time_zone: str) -> DayCoverage:
    interface = _best_of([each for each in made if not each.by_download], day, time_zone)
    downloads = [each for each in made if each.by_download]
    download = _best_of(downloads, day, time_zone)
    if interface.run_id is None or interface.state == "complete" or download.state == "none":
        return interface if download.run_id is None or interface.run_id is not None else download
    by = next(each for each in downloads if each.run_id == download.run_id)
    reasons = [filled_words(clock.local_day(by.run_at, time_zone))]
    if download.state != "complete":
        reasons = [interface.reason, *reasons, download.reason]
    return replace(download, reason="; ".join(dict.fromkeys(filter(None, reasons))))


def _best_of(made: list[Statement], day: dt.date, time_zone: str) -> DayCoverage:
    begins = clock.start_of_day(day, time_zone)
    ends = clock.start_of_day(day + dt.timedelta(days=1), time_zone)
    best = DayCoverage(day, "none", NOT_COVERED, None)
    for statement in made:
        if statement.end_at <= begins or (statement.start_at or "") >= ends:
            continue
        found = _said(statement, day, begins, ends, time_zone)
        if best.run_id is None or _RANK[found.state] >= _RANK[best.state]:
            best = found
    return best


def _said(
    statement: Statement, day: dt.date, begins: str, ends: str, time_zone: str
) -> DayCoverage:
    whole = (statement.start_at or "") <= begins and statement.end_at >= ends
    if statement.state != "complete" or whole:
        return DayCoverage(day, statement.state, statement.reason, statement.run_id)
    if statement.end_at < ends:
        reason = f"covered up to {clock.shown(statement.end_at, time_zone)}"
    else:
        reason = f"covered from {clock.shown(statement.start_at or begins, time_zone)}"
    return DayCoverage(day, "partial", reason, statement.run_id)
