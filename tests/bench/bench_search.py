"""How fast search answers: term classes by filters, breakers, many clerks, stock Datasette beside.

    python tests/bench/bench_search.py [--records 20000] [--home FOLDER] [--http] [--stock] [--full]

Builds an archive of synthetic records with the real schema and the real index functions, then
prints a table of p50 / p95 milliseconds. With --home the files are kept and used again.

The desk itself (--http) is asked by clerks in a process of their own (`clerks.py`): a client as
heavy as httpx would take as much of the same processors as the desk, and the desk would wait for
it. Beside the times stands what the desk's processes used of the processors for each answer, and
what other programs used meanwhile: where that is more than a few per cent, the times prove nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from measures import p95, spread, timed
from served_desk import Server
from synthetic_archive import (
    FILTERS,
    QUARANTINED,
    TERM_CLASSES,
    TIME_ZONE,
    breakers,
    build,
    sizes,
    terms,
)

from archiver.archive.search import Filters, SearchRefused, search
from archiver.archive.veil import Hidden, draw
from archiver.config import Home
from archiver.database import connect_read_only


class Desk:
    """Answers searches as the desk's JSON would, one pair of connections per thread."""

    def __init__(self, home: Home) -> None:
        self.files = {
            "archive": connect_read_only(home.archive_db),
            "private": connect_read_only(home.private_db),
        }

    def answer(self, text: str, filters: Filters, **more: object) -> bytes:
        """One search as JSON, or the reason it was refused."""
        try:
            found = search(self.files, text, filters, time_zone=TIME_ZONE, **more)
        except SearchRefused as error:
            return msgspec.json.encode({"refused": str(error)})
        return msgspec.json.encode(found)


def matrix(desk: Desk, found: dict[str, list[str]], repeat: int) -> float:
    """Term classes by filters; the worst p95."""
    print(f"\n{'p50 / p95 ms':24}" + "".join(f"{name:>18}" for name in FILTERS))
    worst, worst_work = 0.0, 0.0
    for name, texts in found.items():
        cells = []
        for filters in FILTERS.values():
            times, work = [], []
            for text in texts:
                desk.answer(text, filters)
                for _ in range(repeat):
                    start = time.thread_time()
                    times.append(timed(desk.answer, text, filters))
                    work.append((time.thread_time() - start) * 1000)
            cells.append(spread(times))
            worst, worst_work = max(worst, p95(times)), max(worst_work, p95(work))
        print(f"{name:24}" + "".join(f"{cell:>18}" for cell in cells))
    print(f"worst p95: {worst:.1f} ms, of processor time {worst_work:.1f} ms")
    return worst


def extremes(desk: Desk, found: dict[str, list[str]], repeat: int) -> None:
    """Breakers, and the other orders."""
    print(f"\n{'breaker':38}{'p50 / p95 ms':>18}  answer")
    for name, (text, filters) in breakers(found).items():
        times = [timed(desk.answer, text, filters) for _ in range(repeat + 1)]
        print(f"{name:38}{spread(times[1:]):>18}  {said(desk.answer(text, filters))}")
    for order in ("oldest", "best"):
        for name in TERM_CLASSES:
            times = [
                timed(desk.answer, text, Filters(), order=order)
                for text in found[name]
                for _ in range(repeat)
            ]
            print(f"{order + ': ' + name:38}{spread(times):>18}")


def in_quarantine(home: Home, found: dict[str, list[str]], repeat: int) -> None:
    """The same searches with a few hundred records in quarantine and without, by turns: the page
    alone, and all of its hits counted to the end."""
    free, shut = Desk(home), Desk(home)
    for name, connection in shut.files.items():
        picked = connection.execute(
            "SELECT id FROM facet ORDER BY (id * 7919) % 1000003 LIMIT ?", (QUARANTINED,)
        ).fetchall()
        draw(connection, name, Hidden(1, {name: frozenset(row[0] for row in picked)}, frozenset()))
    print(f"\n{'with ' + str(QUARANTINED) + ' in quarantine':32}{'without':>18}{'with':>18}  ratio")
    for what, budget in (("page", 0.0), ("page and all counts", 60_000.0)):
        for name, texts in found.items():
            times: tuple[list[float], list[float]] = ([], [])
            for text in texts:
                for _ in range(repeat + 1):
                    for desk, taken in zip((free, shut), times, strict=True):
                        taken.append(timed(desk.answer, text, Filters(), budget_ms=budget))
            ratio = statistics.median(times[1]) / statistics.median(times[0])
            print(
                f"{what + ': ' + name:32}{spread(times[0]):>18}{spread(times[1]):>18}  {ratio:.2f}"
            )


def said(answer: bytes) -> str:
    """An answer in a few words."""
    read = msgspec.json.decode(answer)
    if "refused" in read:
        return f"refused: {read['refused'][:60]}"
    if read["nothing"]:
        return f"nothing: {read['nothing'][:60]}"
    if read["count_exact"]:
        return f"{read['count']:,} hits"
    return f"at least {read['count']:,}, back to {read['counted_back_to']}"


def together(home: Home, found: dict[str, list[str]], clients: int, seconds: float) -> None:
    """The mixed matrix from several threads at once."""
    cases = [
        (text, filters)
        for texts in found.values()
        for text in texts
        for filters in FILTERS.values()
    ]

    def work(seed: int) -> list[float]:
        desk, rng, times = Desk(home), random.Random(seed), []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            text, filters = rng.choice(cases)
            times.append(timed(desk.answer, text, filters))
        return times

    with ThreadPoolExecutor(clients) as pool:
        times = list(itertools.chain(*pool.map(work, range(clients))))
    print(f"{clients} clients at once: {spread(times)} ms, {len(times) / seconds:.0f} searches/s")


async def stock(home: Home, found: dict[str, list[str]]) -> None:
    """Stock Datasette's table search over the same strings, newest first, one file."""
    from datasette.app import Datasette

    settings = {"sql_time_limit_ms": 30_000, "num_sql_threads": 3}
    table = {"fts_table": "fts", "fts_pk": "id"}
    config = {"databases": {"archive": {"tables": {"records": table}}}}
    datasette = Datasette([str(home.archive_db)], settings=settings, config=config)
    await datasette.invoke_startup()
    print("\nstock Datasette, table search, newest first, archive.db alone")
    for name in TERM_CLASSES:
        times = []
        for text in found[name][:3]:
            path = f"/archive/records.json?_search={text}&_sort_desc=created_at&_size=50"
            for attempt in range(2):
                start = time.perf_counter()
                response = await datasette.client.get(path)
                if attempt:
                    times.append((time.perf_counter() - start) * 1000)
                response.raise_for_status()
                assert all(text in row["text"] for row in response.json()["rows"])
        print(f"{name:38}{spread(times):>18}")


def measure(home: Home, count: int, given: argparse.Namespace) -> float:
    """Build the archive where there is none, measure it, and give the worst p95."""
    if not home.archive_db.exists():
        build(home, count)
    sizes(home, count)
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    found = terms(home)
    worst = 0.0
    if not given.only_http:
        desk = Desk(home)
        worst = matrix(desk, found, given.repeat)
        extremes(desk, found, given.repeat)
        in_quarantine(home, found, given.repeat)
        print()
        for clients in (1, 8):
            together(home, found, clients, given.seconds)
    if given.http:
        more = [] if given.processes is None else ["--processes", str(given.processes)]
        server = Server(home, more)
        try:
            for _ in range(given.runs):
                for page in ("search.json", "search"):
                    for clerks in (1, 8):
                        server.measure(found, page, clerks, given.seconds)
        finally:
            server.close()
    if given.stock:
        asyncio.run(stock(home, found))
    return worst


def main() -> None:
    """Build or open the archive, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--http", action="store_true", help="measure the desk itself, too")
    parser.add_argument("--only-http", action="store_true", help="measure nothing but the desk")
    parser.add_argument("--processes", type=int, help="how many processes the desk has")
    parser.add_argument("--runs", type=int, default=1, help="how often the desk is measured")
    parser.add_argument("--stock", action="store_true", help="measure stock Datasette beside it")
    parser.add_argument("--full", action="store_true", help="2 and 5 million records, and all else")
    given = parser.parse_args()
    given.http |= given.full or given.only_http
    given.stock |= given.full
    worst: list[float] = []
    for count in (2_000_000, 5_000_000) if given.full else (given.records,):
        with tempfile.TemporaryDirectory() as folder:
            worst.append(measure(Home(given.home or Path(folder)), count, given))
    if given.full:
        print(f"worst p95, 5 million against 2 million: {worst[1] / worst[0]:.2f}")


if __name__ == "__main__":
    main()
