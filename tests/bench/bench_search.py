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
import datetime as dt
import itertools
import os
import random
import resource
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import httpx
import msgspec

from archiver.archive import ids, indexing
from archiver.archive.search import Filters, SearchRefused, search
from archiver.archive.store import create_archive
from archiver.archive.veil import Hidden, draw
from archiver.config import Home, Settings
from archiver.database import connect, connect_read_only, write_transaction
from archiver.operations.home import create_home
from archiver.staff.people import add_person
from archiver.staff.schema import open_staff

TIME_ZONE = "America/Los_Angeles"
START = dt.datetime(2011, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PLATFORMS = ("x", "facebook", "instagram", "bluesky", "youtube")
ACCOUNTS = tuple(
    (number, PLATFORMS[number % len(PLATFORMS)], f"alderglen{number}") for number in range(1, 25)
)
KINDS = (("comment", 50), ("post", 35), ("reaction", 14), ("profile", 1))
BATCH = 5_000
QUARANTINED = 500
SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe"),
    *("qui", "ro", "su", "ta", "ve", "wi", "xo", "zu", "sha", "tre", "pli", "gro"),
)
HAN = "封路施工公園圖書館消防局市議會停水交通安全社區中心垃圾回收學校居民投訴噪音" * 2

TERM_CLASSES = {
    "over 20 %": (0.20, 1.0),
    "common 3-20 %": (0.03, 0.20),
    "mid 0.3-3 %": (0.003, 0.03),
    "rare": (0.0001, 0.003),
}


class Words:
    """A vocabulary with the frequencies of natural language (Zipf)."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        made: dict[str, None] = {}
        while len(made) < 60_000:
            made["".join(self.random.choices(SYLLABLES, k=self.random.randint(1, 4)))] = None
        self.words = list(made)
        weights = (1 / (rank + 2.7) ** 1.05 for rank in range(len(self.words)))
        self.weights = list(itertools.accumulate(weights))
        self.han = ["".join(self.random.sample(HAN, 2)) for _ in range(300)]
        self.han_weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(300)))

    def text(self) -> str:
        """One record's text."""
        count = max(3, int(self.random.gammavariate(2.5, 12)))
        text = " ".join(self.random.choices(self.words, cum_weights=self.weights, k=count))
        if self.random.random() < 0.04:
            run = "".join(self.random.choices(self.han, cum_weights=self.han_weights, k=8))
            text = f"{text} {run}。"
        return text


def records(count: int, words: Words) -> Iterator[tuple[bool, dict[str, object]]]:
    """Synthetic records in time order: whether private, and their facts."""
    rng = words.random
    span = (END - START).total_seconds()
    account_weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(ACCOUNTS))))
    kind_weights = list(itertools.accumulate(weight for _, weight in KINDS))
    last = [0, 0]
    for number in range(count):
        moment = START + dt.timedelta(seconds=span * ((number + rng.random()) / count) ** 0.6)
        private = rng.random() < 0.05
        account = rng.choices(ACCOUNTS, cum_weights=account_weights)[0]
        kind = "message" if private else rng.choices(KINDS, cum_weights=kind_weights)[0][0]
        created = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        last[private] = max(ids.id_floor(created), last[private] + 1)
        yield (
            private,
            {
                "id": last[private],
                "account_id": account[0],
                "platform": account[1],
                "kind": kind,
                "created_at": created,
                "text": words.text(),
                "author": f"resident{rng.randrange(max(count // 40, 10))}",
                "role": "agency" if kind == "post" else "public",
                "presence": "absent" if rng.random() < 0.02 else "present",
                "visibility": "private"
                if private
                else ("hidden" if rng.random() < 0.01 else "public"),
                "edited": rng.random() < 0.05,
            },
        )


_RECORD = """
    INSERT INTO records (id, account_id, platform, kind, form, native_id, author_handle,
        author_name, author_role, created_at, undated, text, language, visibility, content_state,
        presence, version_id, version_count, media_count, stable, first_seen_at)
    VALUES (:id, :account_id, :platform, :kind, '', :id, :author, :author, :role, :created_at, 0,
        :text, 'en', :visibility, 'full', :presence, :id, 1 + :edited, 0,
        zeroblob(32), :created_at)
"""


def index_row(facts: dict[str, object]) -> indexing.IndexRow:
    """What the archive would index of a synthetic record."""
    states = {
        "visibility": facts["visibility"],
        "content_state": "full",
        "presence": facts["presence"],
        "edited": facts["edited"],
        "author_role": facts["role"],
        "has_media": False,
    }
    doc = indexing.search_doc(
        text=facts["text"],
        earlier=[],
        people=[facts["author"]],
        files=[],
        account_id=facts["account_id"],
        platform=facts["platform"],
        kind=facts["kind"],
        form="",
        language="en",
        **states,
    )
    return facts["id"], doc, indexing.facet_code(facts["account_id"], facts["kind"], **states)


def build(home: Home, count: int) -> None:
    """Fill an empty home with synthetic records, index them and merge the index."""
    begun = time.perf_counter()
    create_archive(home)
    files = [connect(home.archive_db), connect(home.private_db)]
    for connection in files:
        connection.execute("PRAGMA synchronous = OFF")
        with write_transaction(connection):
            connection.executemany(
                "INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, '', '', NULL, 'official')",
                [(*account, account[2]) for account in ACCOUNTS],
            )
    waiting: list[list[dict[str, object]]] = [[], []]
    indexed = 0.0
    made = records(count, Words(1))
    while batch := list(itertools.islice(made, BATCH)):
        for private, facts in batch:
            waiting[private].append(facts)
        for connection, rows in zip(files, waiting, strict=True):
            with write_transaction(connection):
                connection.executemany(_RECORD, rows)
                start = time.perf_counter()
                indexing.index_new(connection, [index_row(facts) for facts in rows])
                indexed += time.perf_counter() - start
            rows.clear()
    start = time.perf_counter()
    for connection in files:
        with write_transaction(connection):
            indexing.optimize(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    merged = time.perf_counter() - start
    print(
        f"built {count:,} records in {time.perf_counter() - begun:.0f} s; "
        f"indexed {count / indexed:,.0f} records/s; merged in {merged:.1f} s"
    )


def sizes(home: Home, count: int) -> None:
    """Print the bytes per record of every table of the archive file."""
    connection = connect_read_only(home.archive_db)
    try:
        found = connection.execute(
            "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 9"
        ).fetchall()
    except sqlite3.OperationalError:
        return
    print("bytes per record:", ", ".join(f"{row[0]} {row[1] / count:.0f}" for row in found))


def terms(home: Home) -> dict[str, list[str]]:
    """Search texts per class, chosen by how many of a sample of records hold each word."""
    connection = connect_read_only(home.archive_db)
    last = connection.execute("SELECT max(rowid) FROM search_docs").fetchone()[0]
    total = 0
    frequency: Counter[str] = Counter()
    pairs: list[tuple[str, str, str]] = []
    for (text,) in connection.execute(
        "SELECT text FROM search_docs WHERE id <= ? ORDER BY id DESC LIMIT 20000", (last,)
    ):
        words = text.split()
        frequency.update(set(words))
        total += 1
        pairs.append(tuple(words[:3]))
    rng = random.Random(7)
    found: dict[str, list[str]] = {}
    for name, (low, high) in TERM_CLASSES.items():
        fitting = [
            word
            for word, count in frequency.items()
            if low < count / total <= high and word.isascii()
        ]
        found[name] = rng.sample(sorted(fitting), min(6, len(fitting)))
    common = sorted(word for word, count in frequency.items() if 0.01 < count / total < 0.1)
    two = [(first, second) for first, second, _ in pairs if first in common and second in common]
    two = two or [(pair[0], pair[1]) for pair in pairs]
    chosen = rng.sample(two, 6)
    found["AND of two"] = [f"{first} {second}" for first, second in chosen]
    found["phrase"] = [f'"{first} {second}"' for first, second in chosen]
    found["NEAR"] = [f"NEAR({first} {second}, 5)" for first, second in chosen]
    long = sorted(word[:4] for word in common if len(word) > 5 and word.isascii())
    found["prefix 4"] = [f"{word}*" for word in rng.sample(sorted(set(long)), 6)]
    found["Chinese word"] = Words(1).han[:6]
    return found


FILTERS: dict[str, Filters] = {
    "none": Filters(),
    "account": Filters(account_ids=[2]),
    "platform+kind": Filters(platforms=["facebook"], kinds=["comment"]),
    "state": Filters(states=["removed"]),
    "1 year": Filters(start_day=dt.date(2019, 1, 1), end_day=dt.date(2019, 12, 31)),
    "account+year": Filters(
        account_ids=[2], start_day=dt.date(2019, 1, 1), end_day=dt.date(2019, 12, 31)
    ),
}


def breakers(found: dict[str, list[str]]) -> dict[str, tuple[str, Filters]]:
    """Searches made to be slow."""
    fat = found["over 20 %"] + found["common 3-20 %"]
    plain = Filters()
    return {
        "1-letter prefix": ("b*", plain),
        "2-letter prefix": ("ba*", plain),
        "3-letter prefix": ("bac*", plain),
        "one Chinese letter": ("路", plain),
        "phrase of 4 very common words": (f'"{" ".join((fat * 4)[:4])}"', plain),
        "phrase of two over 20 %, repeated": (f'"{" ".join([fat[0], fat[1]] * 3)}"', plain),
        "word NOT itself": (f"{fat[0]} -{fat[0]}", plain),
        "word NOT all": (f"{fat[0]} -kind:post -kind:comment -kind:reaction", plain),
        "contradictory filters": (
            fat[0],
            Filters(account_ids=[1], platforms=["instagram"], kinds=["post"]),
        ),
        "AND of 5 over 20 %": (" ".join((fat * 2)[:5]), plain),
        "NEAR of 3, 1": (f"NEAR({' '.join(fat[:3])}, 1)", plain),
        "OR of 20": (" OR ".join((fat + found["mid 0.3-3 %"] + found["rare"])[:20]), plain),
        "1,000 words": (" ".join(["word"] * 1000), plain),
        "no word, no filter": ("", plain),
        "only words left out": (f"-{fat[0]}", plain),
        "not a word": ('"(( OR AND', plain),
    }


def timed(run: Callable[..., object], *values: object, **more: object) -> float:
    """Milliseconds a call takes."""
    start = time.perf_counter()
    run(*values, **more)
    return (time.perf_counter() - start) * 1000


def p95(times: list[float]) -> float:
    """What 95 in a hundred stay under."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


def spread(times: list[float]) -> str:
    """p50 / p95."""
    return f"{statistics.median(times):6.1f} / {p95(times):6.1f}"


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


class Server:
    """The desk itself, in processes of its own, and a clerk's session at it."""

    LOGIN, PASSWORD = "bench.clerk", "a lantern by the mill pond 42"

    def __init__(self, home: Home, more: list[str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        prepare_staff(home, self.LOGIN, self.PASSWORD)
        command = [sys.executable, "-c", "from archiver.cli import main; main()"]
        self.process = subprocess.Popen(
            [*command, "--home", str(home.path), "serve", "--port", str(self.port), *more]
        )
        self.cookie = self._sign_in()

    def _sign_in(self) -> str:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}") as client:
            for _ in range(200):
                try:
                    answer = client.post(
                        "/sign-in", data={"login": self.LOGIN, "password": self.PASSWORD}
                    )
                except httpx.TransportError:
                    time.sleep(0.1)
                else:
                    assert answer.status_code == 303, answer.status_code
                    return answer.headers["set-cookie"].partition(";")[0]
        raise RuntimeError("the desk did not start")

    def measure(self, found: dict[str, list[str]], page: str, clerks: int, seconds: float) -> None:
        """The mixed matrix over HTTP from several clerks at once."""
        paths = [
            f"/{page}?{urlencode(query, doseq=True)}"
            for texts in found.values()
            for text in texts
            for query in ({"q": text, **ticked} for ticked in TICKED)
        ]
        task = {"port": self.port, "cookie": self.cookie, "paths": paths, "clerks": clerks}
        before, clerks_before = processor_seconds(self.process.pid), seconds_of_children()
        begun, busy = time.perf_counter(), busy_seconds()
        answered = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("clerks.py"))],
            input=msgspec.json.encode({**task, "seconds": seconds}),
            stdout=subprocess.PIPE,
            check=True,
        )
        took = time.perf_counter() - begun
        work = processor_seconds(self.process.pid) - before
        others = busy_seconds() - busy - work - (seconds_of_children() - clerks_before)
        times = [each for _, each in msgspec.json.decode(answered.stdout)]
        name = f"HTTP {page}, {clerks} clerks at once"
        print(
            f"{name:38}{spread(times):>18}  {len(times) / seconds:.0f} searches/s, "
            f"{work / len(times) * 1000:.1f} ms of processor time each; "
            f"others had {max(others, 0) / took / (os.cpu_count() or 1):.0%} of the processors",
            flush=True,
        )

    def close(self) -> None:
        """Stop the desk."""
        self.process.terminate()
        self.process.wait(60)


def processor_seconds(pid: int) -> float:
    """What a process and those it started have used of the processors."""
    ticks = 0.0
    parts = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    ticks += (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text("ascii").split():
            ticks += processor_seconds(int(child))
    return ticks


def seconds_of_children() -> float:
    """What the programs this one has waited for have used of the processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def busy_seconds() -> float:
    """How long the machine's processors were at work, or not to be had, since it was started."""
    words = Path("/proc/stat").read_text("ascii").splitlines()[0].split()
    user, nice, system, _, _, irq, softirq, steal = map(int, words[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


TICKED: tuple[dict[str, str], ...] = (
    {},
    {"account": "2"},
    {"platform": "facebook", "kind": "comment"},
    {"state": "removed"},
    {"from": "2019-01-01", "to": "2019-12-31"},
)


def prepare_staff(home: Home, login: str, password: str) -> None:
    """A home the desk can serve, with one clerk."""
    if not home.settings_file.exists():
        settings = Settings(agency="City of Alder Glen", schedule="palm-desert")
        create_home(home.path, settings)
    staff = open_staff(home)
    if staff.execute("SELECT count(*) FROM people").fetchone()[0] == 0:
        add_person(
            staff,
            actor="bench",
            login=login,
            name="Odile Farrow",
            title="City clerk",
            roles=["clerk"],
            password=password,
        )
    staff.close()


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
