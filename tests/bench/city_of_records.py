"""A home with any number of synthetic records, built in seconds: what retention looks at, and no
search index."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archiver.archive import ids
from archiver.archive.store import create_archive
from archiver.config import Home
from archiver.database import connect, write_transaction
from archiver.register.accounts import add_account, list_accounts
from archiver.register.office import open_office
from archiver.retention.schema import migrate_retention

START = dt.datetime(2011, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PLATFORMS = ("x", "facebook", "instagram", "bluesky", "youtube")
ACCOUNTS = 24
LATER = "2026-11-02T10:00:00Z"
KINDS = {"comment": 50, "post": 35, "reaction": 14, "profile": 1}
BATCH = 10_000

_RECORD = """
    INSERT INTO records (id, account_id, platform, kind, form, native_id, author_handle,
        author_name, author_role, created_at, undated, text, language, visibility, content_state,
        presence, version_id, version_count, media_count, stable, first_seen_at)
    VALUES (?1, ?2, ?3, ?4, '', ?1, ?5, ?5, ?6, ?7, ?8, ?9, 'en', ?10, 'full', ?11, ?1, ?12, 0,
        zeroblob(32), ?7)
"""
_VERSION = """
    INSERT INTO versions (record_id, n, run_id, observed_at, late, edit_position, stable, text,
        author, place, details, media, raw, dictionary_id, salt, leaf)
    VALUES (?, ?, 1, ?, 0, 0, zeroblob(32), ?, '', '', '', '[]', x'', 1, zeroblob(32), 0)
"""
_EVENT = """
    INSERT INTO events (record_id, what, at, observed_at, detail, salt, leaf)
    VALUES (?, ?, ?, ?, '{}', zeroblob(32), 0)
"""


def build(folder: Path, count: int) -> Home:
    """Make a home below `folder` with `count` records over sixteen years: one in fifty removed, one
    in a hundred hidden, one in twenty edited without a date, some undated; one in twenty private.
    """
    home = Home(folder)
    create_archive(home)
    accounts = _register(home)
    files = [connect(home.archive_db), connect(home.private_db)]
    for conn in files:
        conn.execute("PRAGMA synchronous = OFF")
        with write_transaction(conn):
            conn.executemany(
                "INSERT INTO accounts VALUES (?, ?, ?, ?, '', '', NULL, 'official')",
                [(number, platform, handle, handle) for number, platform, handle in accounts],
            )
            conn.execute(
                "INSERT INTO runs VALUES (1, 1, '', ?1, 0, ?1, 'complete', '{}', 0)", (LATER,)
            )
    rng = random.Random(1)
    made = _records(count, accounts, rng)
    while some := list(itertools.islice(made, BATCH)):
        for conn, private in zip(files, (False, True), strict=True):
            _insert(conn, [each for each in some if each[0] is private])
    for conn in files:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.close()
    return home


def _register(home: Home) -> list[tuple[int, str, str]]:
    office = open_office(home, create=True)
    migrate_retention(office)
    for number in range(ACCOUNTS):
        add_account(
            office,
            actor="bench",
            platform=PLATFORMS[number % len(PLATFORMS)],
            handle=f"alderglen{number}",
            department=f"Department {number}",
        )
    found = [(each.id, each.platform, each.handle) for each in list_accounts(office)]
    office.close()
    return found


def _records(
    count: int, accounts: list[tuple[int, str, str]], rng: random.Random
) -> Iterator[tuple[bool, tuple[object, ...]]]:
    """Records in time order: whether private, and the values of `_RECORD`."""
    texts = ["notice " * rng.randint(3, 60) for _ in range(500)]
    span = (END - START).total_seconds()
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(accounts))))
    kinds, kind_weights = list(KINDS), list(itertools.accumulate(KINDS.values()))
    last = [0, 0]
    for number in range(count):
        moment = START + dt.timedelta(seconds=span * ((number + rng.random()) / count) ** 0.6)
        private = rng.random() < 0.05
        account, platform, _ = rng.choices(accounts, cum_weights=weights)[0]
        kind = "message" if private else rng.choices(kinds, cum_weights=kind_weights)[0]
        created = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        last[private] = max(ids.id_floor(created), last[private] + 1)
        role = "agency" if kind in ("post", "profile") else "public"
        shown = "hidden" if rng.random() < 0.01 else "public"
        yield (
            private,
            (
                *(last[private], account, platform, kind, f"resident{rng.randrange(90_000)}"),
                *(role, created, int(rng.random() < 0.001), rng.choice(texts)),
                "private" if private else shown,
                "absent" if rng.random() < 0.02 else "present",
                1 + (rng.random() < 0.05),
            ),
        )


def _insert(conn: sqlite3.Connection, made: list[tuple[bool, tuple[object, ...]]]) -> None:
    rows = [values for _, values in made]
    events: list[tuple[object, ...]] = []
    versions: list[tuple[object, ...]] = []
    for number, *_, created, _, text, visibility, presence, count in rows:
        if visibility == "hidden":
            events.append((number, "hidden", LATER, LATER))
        if presence == "absent":
            events.append((number, "gone", LATER, LATER))
        if count != 1:
            versions.append((number, 1, created, text))
            versions.append((number, 2, LATER, f"{text}, again"))
    with write_transaction(conn):
        conn.executemany(_RECORD, rows)
        conn.executemany(_EVENT, events)
        conn.executemany(_VERSION, versions)
        conn.executemany("INSERT INTO facet (id, code) VALUES (?, 0)", [(row[0],) for row in rows])
