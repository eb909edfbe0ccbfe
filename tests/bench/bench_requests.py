"""What a request of twenty thousand items costs: freezing, collecting, paging, deciding.

    python tests/bench/bench_requests.py [--records 40000] [--items 20000] [--repeat 20] [--full]

Builds synthetic records with the real schema and index, with conversations. Prints milliseconds:
p50 / p95 where something is asked many times. Beside them, in the same run: the plain SQL update
that deciding is measured against (with the index its queue needs, and without any), and stock
Datasette's page of the same items.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from archiver.archive.filters import Filters  # noqa: E402
from archiver.archive.matching import all_matching, ask  # noqa: E402
from archiver.archive.reading import record, version  # noqa: E402
from archiver.archive.store import Archive  # noqa: E402
from archiver.config import Home, Settings  # noqa: E402
from archiver.database import connect, write_transaction  # noqa: E402
from archiver.desk.build import build as build_desk  # noqa: E402
from archiver.register.office import open_office  # noqa: E402
from archiver.requests.book import (  # noqa: E402
    Choice,
    Claim,
    attest_exemption,
    counts_of,
    decide,
    items_page,
    new_request,
    queue_around,
)
from archiver.requests.collecting.adding import How, add_records, preview  # noqa: E402
from archiver.requests.collecting.families import Along  # noqa: E402
from archiver.requests.collecting.freezing import frozen_rows, run_search  # noqa: E402
from archiver.requests.collecting.saved import save_search  # noqa: E402
from archiver.requests.collecting.since import come_since  # noqa: E402
from archiver.requests.schema import migrate_requests  # noqa: E402
from archiver.retention.schema import migrate_retention  # noqa: E402
from tests.bench import measures, served_desk, synthetic_archive  # noqa: E402

SETTINGS = Settings(agency="City of Alder Glen", schedule="palm-desert")
SECTION = "7927.410"
LOGIN, PASSWORD = "odile", "otter lantern gravel"
_RUN = "INSERT INTO runs (id, account_id, source, started_at, leaf) VALUES (1, 1, 'bench', ?, 1)"
_LEAVES = "INSERT INTO leaves SELECT row_number() OVER (ORDER BY id), 'version', randomblob(32) {}"
_VERSIONS = """
    INSERT INTO versions (id, record_id, n, run_id, observed_at, late, edit_position, stable, text,
        author, place, details, media, raw, dictionary_id, salt, leaf)
    SELECT id, id, 1, 1, created_at, 0, 0, zeroblob(32), text,
        json_object('handle', author_handle, 'role', author_role),
        json_object('platform', platform, 'account', account_id, 'kind', kind,
            'native_id', native_id, 'created_at', created_at, 'visibility', visibility),
        json_object('run', 1, 'observed_at', created_at, 'content_state', 'full'),
        '[]', zeroblob(300), 1, zeroblob(32), row_number() OVER (ORDER BY id)
    FROM records
"""


def build(home: Home, count: int) -> None:
    """Fill an empty home; every comment answers the last post of its account."""
    served_desk.prepare_staff(home, LOGIN, PASSWORD)
    synthetic_archive.build(home, count)
    for path in (home.archive_db, home.private_db):
        with connect(path) as file:
            file.execute("PRAGMA synchronous = OFF")
            with write_transaction(file):
                file.execute(_RUN, ("2026-11-01T00:00:00Z",))
                file.execute(_LEAVES.format("FROM records"))
                file.execute(_VERSIONS)
                posts: dict[int, str] = {}
                roots = []
                for number, account, kind in file.execute(
                    "SELECT id, account_id, kind FROM records ORDER BY id"
                ).fetchall():
                    if kind == "post" and random.Random(number).random() < 0.2:
                        posts[account] = str(number)
                    elif kind == "comment" and account in posts:
                        roots.append((posts[account], posts[account], number))
                file.executemany(
                    "UPDATE records SET root_id = ?, parent_id = ? WHERE id = ?", roots
                )
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def timed(label: str, run: Callable[[], object], repeat: int = 1) -> float:
    """Run something, print and give its median in milliseconds."""
    times = []
    for _ in range(repeat):
        begun = time.perf_counter()
        run()
        times.append((time.perf_counter() - begun) * 1000)
    told = measures.spread(times) if repeat > 1 else f"{times[0]:,.0f}"
    print(f"{label:58}{told:>18}")
    return sorted(times)[len(times) // 2]


def interleaved(runs: dict[str, Callable[[], object]], repeat: int) -> list[float]:
    """Run several things in turn, so that what else the machine does falls on all of them alike;
    print the milliseconds of each, and give the median of what each used of the processor."""
    times: dict[str, list[float]] = {label: [] for label in runs}
    used: dict[str, list[float]] = {label: [] for label in runs}
    for _ in range(repeat):
        for label, run in runs.items():
            begun, work = time.perf_counter(), time.process_time()
            run()
            times[label].append((time.perf_counter() - begun) * 1000)
            used[label].append((time.process_time() - work) * 1000)
    middle = {label: sorted(taken)[repeat // 2] for label, taken in used.items()}
    for label, taken in times.items():
        print(f"{label:58}{measures.spread(taken):>18}  processor {middle[label]:.0f}")
    return list(middle.values())


class Book:
    """An archive and a request book to measure on."""

    def __init__(self, home: Home, items: int) -> None:
        self.home, self.items = home, items
        self.office = open_office(home, create=True)
        migrate_retention(self.office)
        migrate_requests(self.office)
        self.archive = Archive.open(home)
        self.files = {"archive": self.archive.public, "private": self.archive.private}
        self.number = self._request()
        attest_exemption(
            self.office, SECTION, actor="bench", attorney="P. Haldane", on=dt.date(2026, 1, 12)
        )

    def _request(self) -> str:
        made = new_request(
            self.office,
            SETTINGS,
            actor="bench",
            received_at="2026-11-16T17:12:00Z",
            channel="email",
            verbatim="Everything",
        )
        return made.number

    def word(self) -> str:
        """The words that find nearest to as many records as are wanted."""
        best, found_by = "", -1
        candidates = [each for some in synthetic_archive.terms(self.home).values() for each in some]
        for text in candidates + [" OR ".join(candidates[:n]) for n in (2, 3, 4, 6)]:
            asked = ask(self.files, text, Filters(), synthetic_archive.TIME_ZONE)
            count = len(all_matching("archive", self.archive.public, asked))
            if abs(count - self.items) < abs(found_by - self.items):
                best, found_by = text, count
        print(f"search: {best!r:.60} finds {found_by:,} records of archive.db")
        return best

    def collecting(self, text: str) -> None:
        """Freeze a search, ask what has come since, and add it with conversations."""
        saved = save_search(self.office, self.number, actor="bench", name="All", text=text)
        zone = synthetic_archive.TIME_ZONE
        runs = []

        def freeze() -> None:
            runs.append(
                run_search(
                    self.office,
                    self.files,
                    self.number,
                    saved.latest,
                    time_zone=zone,
                    actor="bench",
                    freeze=True,
                )
            )

        timed("freeze the search, and hold what it found", freeze)
        timed("freeze it again (held already)", freeze)
        run = runs[-1]
        print(f"  frozen: {run.found:,}")
        timed(
            "what has come since",
            lambda: come_since(self.office, self.files, self.number, run.id, time_zone=zone),
        )
        pinned = {(e.file, e.record_id): e.version_id for e in frozen_rows(self.office, run.id)}
        keys = list(pinned)[: self.items]
        given = (self.office, self.files, self.number)
        how = How(Along.THREAD)
        timed("count first, with conversations", lambda: preview(*given, keys, how, pinned=pinned))
        plainly = How(Along.NOTHING)
        first = keys[: self.items // 2]
        timed(
            f"add {len(first):,} records alone",
            lambda: add_records(*given, first, plainly, actor="bench", pinned=pinned),
        )
        timed(
            f"add {len(keys):,} with conversations",
            lambda: add_records(*given, keys, how, actor="bench", pinned=pinned),
        )
        print(f"  items of that request: {sum(counts_of(self.office, self.number).values()):,}")
        self.number = self._request()
        add_records(
            *(self.office, self.files, self.number, keys, plainly), actor="bench", pinned=pinned
        )
        print(f"  items of the next, for what follows: {len(keys):,}")

    def paging(self, repeat: int) -> None:
        """Counts, a page, and the queue around an item, anywhere in the request."""
        ids = self._items()
        rng = random.Random(1)
        timed("counts of the request", lambda: counts_of(self.office, self.number), repeat)
        timed(
            "a page of items",
            lambda: items_page(self.office, self.number, start=rng.randrange(len(ids))),
            repeat,
        )

        def following() -> None:
            around = queue_around(self.office, self.number, rng.choice(ids))
            for item in around.items:
                record(self.files[item.file], item.record_id)
                version(self.files[item.file], item.version_id)

        timed("next item: the queue around one, with its records", following, repeat)

    def _items(self) -> list[int]:
        found = self.office.execute(
            "SELECT item_id FROM request_standing JOIN requests ON requests.id = request_id "
            "WHERE number = ? ORDER BY item_id",
            (self.number,),
        )
        return [each["item_id"] for each in found]

    def deciding(self, repeat: int) -> None:
        """The same decision about twenty thousand items, against a plain update of as many rows."""
        ids = self._items()
        office, number = self.office, self.number
        choices = itertools.cycle((Choice.RELEASE, Choice.NOT_RESPONSIVE))
        index = "CREATE INDEX plain_queue ON plain (request_id, decision, id)"
        runs = {
            f"plain update of {len(ids):,} rows, no index": self._plain(ids, "bare", ""),
            "plain update, with its queue's index": self._plain(ids, "plain", index),
            f"decide about {len(ids):,} items": lambda: decide(
                office, number, ids, next(choices), actor="bench"
            ),
        }
        bare, plain, ours = interleaved(runs, repeat)
        claims = [Claim(SECTION)]
        timed(
            f"withhold {len(ids):,} items on one section",
            lambda: decide(office, number, ids, Choice.WITHHOLD, actor="bench", claims=claims),
        )
        decide(office, number, ids, Choice.UNDECIDED, actor="bench")
        told = f"{ours / plain:.2f} times the plain update, {ours / bare:.2f} times the bare one"
        print(f"  of the processor: {told}")

    def _plain(self, ids: list[int], name: str, index: str) -> Callable[[], object]:
        path = self.home.path / f"{name}.db"
        path.unlink(missing_ok=True)
        conn = connect(path, create=True)
        with write_transaction(conn):
            conn.execute(
                "CREATE TABLE plain (id INTEGER PRIMARY KEY, request_id INTEGER, file TEXT, "
                "record_id INTEGER, version_id INTEGER, leaf TEXT, added_at TEXT, added_by TEXT, "
                "decision TEXT, decided_at TEXT, decided_by TEXT, note TEXT)"
            )
            rows = self.office.execute(
                "SELECT id, request_id, file, record_id, version_id, leaf, added_at, added_by, "
                "'undecided', NULL, NULL, NULL FROM request_items WHERE id BETWEEN ? AND ?",
                (ids[0], ids[-1]),
            ).fetchall()
            conn.executemany(
                "INSERT INTO plain VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(tuple, rows)
            )
            if index:
                conn.execute(index)
        choices = itertools.cycle(("release", "not responsive"))

        def update() -> None:
            with write_transaction(conn):
                conn.execute(
                    "UPDATE plain SET decision = ?, decided_at = ?, decided_by = 'bench' "
                    "WHERE request_id = 2",
                    (next(choices), "2026-11-20T18:00:00Z"),
                )

        return update


async def pages(home: Home, number: str, repeat: int) -> None:
    """The desk's own pages of the request, and stock Datasette's page of as many items."""
    from datasette.app import Datasette

    desk = build_desk(home)
    transport = httpx.ASGITransport(app=desk.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
        answer = await client.post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        rng = random.Random(2)
        office = open_office(home)
        ids = [
            each[0]
            for each in office.execute(
                "SELECT item_id FROM request_standing WHERE file = 'archive' AND request_id = 2"
            )
        ]
        office.close()
        for label, path in (
            ("desk: the request's page", lambda: f"/requests/{number}"),
            ("desk: next item", lambda: f"/requests/{number}/review/{rng.choice(ids)}"),
            ("desk: the list of requests", lambda: "/requests"),
        ):
            times = []
            for _ in range(repeat):
                begun = time.perf_counter()
                found = await client.get(path())
                times.append((time.perf_counter() - begun) * 1000)
                assert found.status_code == 200, (found.status_code, path())
            print(f"{label:58}{measures.spread(times):>18}")
    desk.archiver_desk.close()
    desk.close()
    stock = Datasette([str(home.path / "plain.db")])
    await stock.invoke_startup()
    times = []
    for _ in range(repeat):
        begun = time.perf_counter()
        path = f"/plain/plain.json?decision=release&_size=25&_next={rng.choice(ids)}"
        found = await stock.client.get(path)
        times.append((time.perf_counter() - begun) * 1000)
        found.raise_for_status()
    print(f"{'stock Datasette: a page of the same items, JSON':58}{measures.spread(times):>18}")


def reviewing(home: Home, number: str, clerks: int, seconds: float) -> None:
    """The desk in two processes of its own, and clerks who decide about one request at once."""
    with closing(open_office(home)) as office:
        ids = [
            each[0]
            for each in office.execute(
                "SELECT item_id FROM request_standing WHERE file = 'archive' AND request_id = 2"
            )
        ]
    server = served_desk.Server(home, ["--processes", "2"], LOGIN, PASSWORD)
    try:
        task = {"port": server.port, "cookie": server.cookie, "number": number, "items": ids}
        answered = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("reviewers.py"))],
            input=json.dumps({**task, "clerks": clerks, "seconds": seconds}).encode(),
            stdout=subprocess.PIPE,
            check=True,
        )
    finally:
        server.close()
    answers = [(what, status, took) for what, status, took in json.loads(answered.stdout)]
    for what in ("next item", "decide"):
        times = [took for did, _, took in answers if did == what]
        label = f"HTTP, {clerks} {'clerk' if clerks == 1 else 'clerks at once'}: {what}"
        print(f"{label:58}{measures.spread(times):>18}  {len(times) / seconds:.0f} a second")
    statuses = Counter(status for _, status, _ in answers)
    broken = sum(count for status, count in statuses.items() if status >= 500)
    told = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    print(f"  answers: {told}; {broken} of them a failure of the desk")


def measure(home: Home, count: int, items: int, repeat: int) -> None:
    """Build an archive and measure all of it."""
    build(home, count)
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    book = Book(home, items)
    book.collecting(book.word())
    book.paging(repeat)
    book.deciding(max(5, repeat // 2))
    asyncio.run(pages(home, book.number, repeat))
    for clerks in (1, 8):
        reviewing(home, book.number, clerks, 10)


def main() -> None:
    """Measure one size, or with --full two million records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=40_000)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--full", action="store_true", help="two million records")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        count = 2_000_000 if given.full else given.records
        measure(Home(Path(folder)), count, given.items, given.repeat)


if __name__ == "__main__":
    main()
