"""kill -9 at any moment: what was committed is whole, and the next run ends where it would have."""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archiver.archive.media import store_media
from archiver.archive.originals import store_original
from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run, read_cursor
from archiver.config import Home
from archiver.items import (
    Access,
    Exchange,
    Item,
    Kind,
    MediaRef,
    Relation,
    Skipped,
    Subscriber,
)

BATCHES = 8
PER_BATCH = 12


class Bomb:
    """Kills this process with SIGKILL after so many steps: statements, and changes on the disk."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def around(self, archive: Archive) -> Iterator[None]:
        """Count what this archive does. Only ever used in a process that may die."""
        for access in Access:
            archive.file(access).set_trace_callback(self.step)
        for name in ("fsync", "rename"):
            setattr(os, name, self._counted(getattr(os, name)))
        for name in ("replace", "unlink", "open"):
            setattr(Path, name, self._counted(getattr(Path, name)))
        yield

    def _counted(self, act: Callable[..., object]) -> Callable[..., object]:
        def counted(*values: object, **named: object) -> object:
            self.step()
            done = act(*values, **named)
            self.step()
            return done

        return counted


def ingest(home: Home, download: Path, account: AccountRef, make: Callable[..., Item]) -> None:
    """An import that goes on from its cursor: items of both classes, edits, deletions, media,
    people, what was skipped."""
    with Archive.open(home, write=True) as archive:
        _ingest(archive, download, account, make)


def _ingest(
    archive: Archive, download: Path, account: AccountRef, make: Callable[..., Item]
) -> None:
    run = begin_run(archive, account, source="x-download")
    original = store_original(archive, run, download, access=Access.PRIVATE, name="d.zip")
    for number in range(int(read_cursor(archive, account.id, "batch") or 0), BATCHES):
        observed_at = f"2026-08-15T00:00:{number:02d}Z"
        exchange = Exchange(
            *("GET", f"https://api.example.com/{number}", observed_at, (), b"", 200, "OK"),
            *((("Content-Type", "application/json"),), b"{}" * 50),
        )
        media = {
            str(access): store_media(
                archive.home, access, io.BytesIO(f"GIF89a{number}{access}".encode())
            )
            for access in Access
        }
        with batch(archive, run) as opened:
            for access, kind in ((Access.PUBLIC, Kind.POST), (Access.PRIVATE, Kind.MESSAGE)):
                first = number * PER_BATCH
                items = [
                    make(str(n), f"text {n}", kind=kind, metrics={"likes": n})
                    for n in range(first, first + PER_BATCH)
                ]
                items.append(make(f"p{number}", kind=kind, media=(MediaRef(str(access)),)))
                items += [make(str(first - 3), f"edited {number}", kind=kind)] if number else []
                opened.add(
                    items,
                    observed_at=observed_at,
                    exchange=exchange,
                    original=original,
                    media={str(access): media[str(access)]},
                )
                if number:
                    opened.gone((kind, str(first - 5)), at=observed_at, exchange=exchange)
                opened.skipped([Skipped("a.js", number, "cut off")], access=access)
            opened.people(
                Relation.FOLLOWER,
                [Subscriber("x", Relation.FOLLOWER, str(n)) for n in range(number, number + 5)],
                observed_at=observed_at,
                complete=True,
                first=True,
            )
            opened.cover(Kind.POST, start=None, end=observed_at, state="complete")
            opened.cursor("batch", str(number + 1))
    finish_run(archive, run, outcome="complete")
    seal(archive, now="2026-08-16T00:00:00Z")


def _ingest_and_die(
    steps: int, home: Home, download: Path, account: AccountRef, make: Callable[..., Item]
) -> None:
    with Archive.open(home, write=True) as archive, Bomb(steps).around(archive):
        _ingest(archive, download, account, make)


WHAT_COUNTS = (
    """
    SELECT id, kind, native_id, text, created_at, visibility, presence, removed_at, version_count,
        media_count, metrics, first_seen_at FROM records ORDER BY id
    """,
    """
    SELECT record_id, n, observed_at, late, stable, text, author, place, media, raw
    FROM versions ORDER BY record_id, n
    """,
    "SELECT record_id, what, at, observed_at, detail FROM events ORDER BY record_id, id",
    "SELECT what, start_at, end_at, state, reason FROM coverage ORDER BY id",
    "SELECT record_id, at, counters FROM metrics ORDER BY id",
    "SELECT native_id, from_at, to_at FROM subscribers ORDER BY id",
    "SELECT sha256, size, media_type FROM media ORDER BY id",
    "SELECT sha256, size FROM originals ORDER BY id",
    "SELECT member, position, detail FROM skipped ORDER BY id",
    "SELECT * FROM search_docs ORDER BY id",
    "SELECT account_id, name, value FROM cursors",
)


def content(home: Home) -> list[list[tuple[object, ...]]]:
    """All that must be equal: everything but run numbers, exchanges, salts and seals."""
    held = []
    for access in Access:
        connection = sqlite3.connect(home.database(access))
        held += [connection.execute(sql).fetchall() for sql in WHAT_COUNTS]
        connection.close()
    return held


@pytest.mark.parametrize("seed", range(3))
def test_a_run_killed_again_and_again_ends_like_one_that_was_left_alone(
    new_home: Callable[[str], Home],
    tmp_path: Path,
    account: AccountRef,
    item: Callable[..., Item],
    seed: int,
) -> None:
    download = tmp_path / "d.zip"
    download.write_bytes(b"PK\3\4 download")
    undisturbed, killed = new_home("undisturbed"), new_home("killed")
    ingest(undisturbed, download, account, item)
    chance = random.Random(seed)
    context = multiprocessing.get_context("fork")
    kills = 0
    while True:
        steps = chance.randint(1, 700)
        child = context.Process(
            target=_ingest_and_die, args=(steps, killed, download, account, item)
        )
        child.start()
        child.join()
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        kills += 1
        report = verify(killed)
        assert report.ok, (kills, steps, report.findings)
    assert kills >= 17, "the bomb went off too rarely to show anything"
    assert verify(killed).ok
    assert content(killed) == content(undisturbed)
    assert verify(undisturbed).checked["records"] == verify(killed).checked["records"]
    for access in Access:
        left = list(killed.folder(access).glob("incoming/*"))
        assert not [path for path in left if not path.name.startswith(".")], left
