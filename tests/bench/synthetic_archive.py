"""An archive of synthetic records as large as asked, with the real schema and the real index, and
searches fit to it: of every class of words, under every filter, and made to be slow."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator

from archiver.archive import ids, indexing
from archiver.archive.search import Filters
from archiver.archive.store import create_archive
from archiver.config import Home
from archiver.database import connect, connect_read_only, write_transaction

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


RECORD = """
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
                connection.executemany(RECORD, rows)
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
