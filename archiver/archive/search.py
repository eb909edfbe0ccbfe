"""Search over both evidence files: a page of hits, what they add up to, and where to go on.

A page is always complete and in order: newest first is a backward scan of the index (ids follow
time), and the two files are merged by id. Counts and facets have a time budget (`facets`). A reader
who may not see private records is given only the archive file: pass only that one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal

from archiver.archive import ids
from archiver.archive.deadline import OutOfTime, time_limit
from archiver.archive.facets import NO_FACETS, Facets, Tally, facets_of, walk
from archiver.archive.filters import Filters as Filters
from archiver.archive.filters import Plan, known_accounts, plan
from archiver.archive.hits import COLUMNS, FILES, Row, hits_of, rows_by_id
from archiver.archive.hits import Hit as Hit
from archiver.archive.matching import snapshot
from archiver.archive.query import SearchRefused as SearchRefused
from archiver.archive.query import parse
from archiver.archive.running import running
from archiver.archive.span import Counted, Span, plain, span_of_days
from archiver.archive.veil import seen_in
from archiver.errors import UsageError

# Work a page, and the best of it, may cost. Where many wait for a processor it may last longer:
# a search is refused for what it is, not for who else is searching.
PAGE_MS = 170
BEST_MS = 120
LONGEST_MS = 2_000
BEST_OF = 2_000
MAX_SIZE = 1_000
_LONGEST_PLACE = 30

Order = Literal["newest", "oldest", "best"]


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits.

    `count` is exact where `count_exact`; otherwise it is what was counted back to the day
    `counted_back_to` (ISO date in the agency's zone), and there are at least as many. `facets` and
    `months` (("2026-08", hits), oldest first) spread the counted hits. `notes` are sentences about
    how the search was read; `nothing` says why nothing can be found. `next` is given as `before`
    to go on.
    """

    rows: tuple[Hit, ...] = ()
    count: int = 0
    count_exact: bool = True
    counted_back_to: str | None = None
    facets: Facets = NO_FACETS
    months: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    nothing: str = ""
    next: str | None = None
    order: Order = "newest"


def search(
    files: Mapping[str, sqlite3.Connection],
    text: str,
    filters: Filters | None = None,
    *,
    time_zone: str,
    order: Order = "newest",
    before: str | None = None,
    size: int = 50,
    budget_ms: float = 20,
) -> Results:
    """Find records by words (`query`) and filters.

    `files` are the evidence files the reader may see, by name ("archive", "private"), open for
    reading; their progress handlers are used. `order` is "newest", "oldest" or "best" (the best of
    the newest `BEST_OF` hits). `before` continues behind a page (`Results.next`). `budget_ms` is
    for count and facets: where more searches run at the same time than there are processors, each
    has its part of it, and what a slow page took is taken off, to a third at most; 0 leaves them
    out.
    Raises SearchRefused where it cannot be answered in time or asks for nothing, UsageError where
    a filter or `before` has no meaning.
    """
    with running, snapshot(files):
        known, only = known_accounts(files.values()), seen_in(files.values())
        made = plan(parse(text), filters or Filters(), known, only)
        if made.nothing:
            return Results(notes=made.notes, nothing=made.nothing, order=order)
        span = span_of_days(files, made.start, made.end, time_zone)
        request = _Request(
            files, made, span, time_zone, min(max(size, 1), MAX_SIZE), before, budget_ms
        )
        notes = list(made.notes)
        rows: list[Row] | None = None
        if order == "best":
            rows = _best_page(request, notes)
            order = order if rows is not None else "newest"
        if rows is None:
            rows = _page(request, newest=order != "oldest")
        tally = _tally(request, rows, order)
        hits = tuple(hits_of(files, rows[: request.size], made.needles))
    if (made.start or made.end) and any(hit.undated for hit in hits):
        notes.append("Records without a date of their own stand at the time they were captured.")
    back = None if tally.back_to is None else ids.id_day(tally.back_to, time_zone).isoformat()
    return Results(
        rows=hits,
        count=tally.count,
        count_exact=tally.exact,
        counted_back_to=back,
        facets=facets_of(tally, known),
        months=tuple(sorted(tally.months.items())),
        notes=tuple(notes),
        next=request.cursor_behind(rows[: request.size], order)
        if len(rows) > request.size
        else None,
        order=order,
    )


def _tally(request: _Request, rows: Sequence[Row], order: Order) -> Tally:
    """What the search adds up to: from its only page, or counted back in time."""
    first_page = request.before is None and order != "best"
    if first_page and len(rows) <= request.size:
        return _tally_of(rows, request.time_zone)
    if request.budget_ms <= 0:
        return Tally(exact=False)
    spent = (time.perf_counter() - request.begun) * 1000
    share = request.budget_ms * running.part
    tally = walk(
        request.files,
        request.plan.match,
        request.span,
        time_zone=request.time_zone,
        budget_ms=max(share - spent, share / 3),
    )
    if tally.exact or tally.count >= len(rows):
        return tally
    if first_page and order == "newest":
        tally = _tally_of(rows, request.time_zone)
        tally.exact, tally.back_to = False, rows[-1].values[0]
    tally.count = max(tally.count, len(rows))
    return tally


def _tally_of(rows: Sequence[Row], time_zone: str) -> Tally:
    """What the rows of a page add up to."""
    numbers = sorted((row.values[0] for row in rows), reverse=True)
    tally = Tally()
    tally.add(Counted(numbers, [row.values[1] for row in rows]), time_zone)
    return tally


@dataclass(frozen=True, slots=True)
class _Request:
    files: Mapping[str, sqlite3.Connection]
    plan: Plan
    span: Span
    time_zone: str
    size: int
    before: str | None
    budget_ms: float
    begun: float = field(default_factory=time.perf_counter)
    work_begun: float = field(default_factory=time.thread_time)

    def limit(self, connection: sqlite3.Connection, work_ms: float) -> AbstractContextManager[None]:
        """Hold what is asked to the time it may take, counted from the search's beginning."""
        return time_limit(
            connection,
            self.begun + LONGEST_MS / 1000,
            work_until=self.work_begun + work_ms / 1000,
        )

    def cursor(self) -> tuple[int, int] | None:
        """The position (id, minus the file's rank) of the last row seen."""
        if self.before is None:
            return None
        number, _, rank = self.before.partition(".")
        if len(self.before) > _LONGEST_PLACE or not (
            number.isdecimal() and (rank.isdecimal() or not rank)
        ):
            raise UsageError(f"“{self.before}” is no place in a list of results: begin again")
        return min(int(number), ids.MAX_ID), -int(rank[:3] or 0)

    def skipped(self) -> int:
        """How many of the best hits were seen."""
        number = (self.before or "0").removeprefix("best")
        if not number.isdecimal():
            raise UsageError(f"“{self.before}” is no place in a list of results: begin again")
        return int(number[:9])

    def cursor_behind(self, rows: Sequence[Row], order: Order) -> str:
        if order == "best":
            return f"best{self.skipped() + len(rows)}"
        return f"{rows[-1].values[0]}.{FILES.index(rows[-1].file)}"


def _page(request: _Request, *, newest: bool) -> list[Row]:
    """One page of rows and the first behind it, both files merged.

    Raises SearchRefused where it takes too long.
    """
    cursor = request.cursor()
    rows: list[Row] = []
    for file, connection in request.files.items():
        low, high = 0, ids.MAX_ID
        if cursor is not None:
            rank = -FILES.index(file)
            if newest:
                high = cursor[0] if rank < cursor[1] else cursor[0] - 1
            else:
                low = cursor[0] if rank > cursor[1] else cursor[0] + 1
        try:
            with request.limit(connection, PAGE_MS):
                rows += _file_page(request, file, low, high, newest=newest)
        except OutOfTime:
            raise SearchRefused(_too_long(request.plan)) from None
    rows.sort(key=lambda row: row.position, reverse=newest)
    return rows[: request.size + 1]


def _file_page(request: _Request, file: str, low: int, high: int, *, newest: bool) -> Iterator[Row]:
    span, match, connection = request.span, request.plan.match, request.files[file]
    direction = "DESC" if newest else "ASC"
    values: dict[str, object] = {
        "match": match,
        "from": max(low, span.low),
        "to": min(high, span.high),
        "first": low,
        "last": high,
        "limit": request.size + 1,
    }
    values |= span.values
    if match is None:
        sql = f"""
            SELECT {COLUMNS} FROM records r CROSS JOIN facet f ON f.id = r.id
            WHERE r.id BETWEEN :from AND :to {span.condition(file, "r.id")}
            ORDER BY r.id {direction} LIMIT :limit
        """
    else:
        sql = f"""
            SELECT {COLUMNS} FROM fts
            CROSS JOIN records r ON r.id = fts.rowid CROSS JOIN facet f ON f.id = fts.rowid
            WHERE fts MATCH :match AND fts.rowid BETWEEN :from AND :to
                {span.condition(file, "fts.rowid")}
            ORDER BY fts.rowid {direction} LIMIT :limit
        """
    for found in plain(connection, sql, values):
        yield Row(file, found)
    if file in span.stray:
        for number in span.strays(file, connection, match).ids:
            if low <= number <= high:
                yield from rows_by_id(file, connection, [number])


def _best_page(request: _Request, notes: list[str]) -> list[Row] | None:
    """The best of the newest hits by words; None (with a note) where newest first has to do."""
    if request.plan.match is None or not request.plan.needles:
        notes.append("Best match needs words to look for: newest first is shown.")
        return None
    scored: list[tuple[int, str, float]] = []
    try:
        for file, connection in request.files.items():
            with request.limit(connection, BEST_MS):
                scored += _scored(request, file)
    except OutOfTime:
        notes.append("Too many hits to tell the best in time: newest first is shown.")
        return None
    scored.sort(reverse=True)
    if len(scored) > BEST_OF:
        del scored[BEST_OF:]
        notes.append(f"The best among the newest {BEST_OF:,} hits.")
    scored.sort(key=lambda found: (found[2], -found[0]))
    start = request.skipped()
    wanted = scored[start : start + request.size + 1]
    rows = {
        (row.file, row.values[0]): row
        for file, connection in request.files.items()
        for row in rows_by_id(file, connection, [hit[0] for hit in wanted if hit[1] == file])
    }
    return [rows[file, number] for number, file, _ in wanted]


def _scored(request: _Request, file: str) -> list[tuple[int, str, float]]:
    span = request.span
    rows = plain(
        request.files[file],
        f"""
        SELECT rowid, bm25(fts, 1.0, 0.5, 0.8, 0.5, 0.6, 0.0) FROM fts
        WHERE fts MATCH :match AND rowid BETWEEN :low AND :high {span.condition(file, "rowid")}
        ORDER BY rowid DESC LIMIT {BEST_OF + 1}
        """,
        span.values | {"match": request.plan.match},
    )
    return [(number, file, score) for number, score in rows]


def _too_long(made: Plan) -> str:
    advice = "add a rarer word, an account or a span of days"
    if any(needle.prefix for needle in made.needles):
        return f"too many words begin so: type more letters before the *, or {advice}"
    if any(len(needle.tokens) > 1 for needle in made.needles):
        return f"the words of the phrase are too common to look through in time: {advice}"
    return f"the words are too common to look through together in time: {advice}"
