"""kill -9 at every step of a destruction: it goes on where it was and ends like one left alone."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.config import Home
from archiver.items import Access
from tests.archive.doomed_town import OLD, PLANTED, PRIVATE_PLANTED, fill
from tests.archive.executing import Plan, execute, plan_of
from tests.archive.searching_home import search_home
from tests.archive.test_kill import WHAT_COUNTS, Bomb

STONES = """
    SELECT kind, ref, record_id, leaf_seq, leaf_hash, at, authority, detail, identity
    FROM tombstones ORDER BY kind, ref
"""
QUOTED = {OLD.encode(), OLD.rpartition("/")[2].encode()}


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory, make_home, make_rig) -> tuple[Path, Plan]:
    """The doomed town, sealed, and what was decided on."""
    folder = tmp_path_factory.mktemp("town")
    home = make_home(folder / "home")
    with Archive.open(home, write=True) as archive:
        fill(make_rig(archive), folder)
        seal(archive, now="2026-08-20T00:00:00Z")
        return home.path, plan_of(archive)


def _execute_and_die(steps: int, home: Home, plan: Plan) -> None:
    with Archive.open(home, write=True) as archive, Bomb(steps).around(archive):
        execute(archive, plan)


def state(home: Home) -> list[object]:
    """All that must be equal: rows, tombstones, nothing left to do, every byte of every file."""
    held: list[object] = []
    for access in Access:
        connection = sqlite3.connect(home.database(access))
        held += [connection.execute(sql).fetchall() for sql in (*WHAT_COUNTS, STONES)]
        held.append(connection.execute("SELECT warc, start, length FROM exchanges").fetchall())
        held.append(connection.execute("SELECT what FROM unfinished").fetchall())
        connection.close()
        held += [
            (str(path.relative_to(home.path)), path.read_bytes())
            for path in sorted(home.folder(access).rglob("*"))
            if path.is_file()
        ]
    return held


@pytest.fixture(scope="module")
def undisturbed(master: tuple[Path, Plan], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same town after a destruction that nothing disturbed."""
    path, plan = master
    home = Home(tmp_path_factory.mktemp("undisturbed") / "home")
    shutil.copytree(path, home.path)
    with Archive.open(home, write=True) as archive:
        assert execute(archive, plan).done
    assert verify(home).ok
    return home


@pytest.mark.parametrize("seed", range(6))
def test_a_destruction_killed_again_and_again_ends_like_one_left_alone(
    master: tuple[Path, Plan], undisturbed: Home, tmp_path: Path, seed: int
) -> None:
    path, plan = master
    home = Home(tmp_path / "home")
    shutil.copytree(path, home.path)
    chance = random.Random(seed)
    context = multiprocessing.get_context("fork")
    kills = 0
    while True:
        child = context.Process(target=_execute_and_die, args=(chance.randint(1, 150), home, plan))
        child.start()
        child.join()
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        kills += 1
        if seed % 2:
            report = verify(home)
            assert report.ok, (kills, report.findings)
    assert kills >= 3, "the bomb went off too rarely to show anything"
    assert verify(home).ok
    assert state(home) == state(undisturbed)
    found = search_home(home.path, (*PLANTED, *PRIVATE_PLANTED))
    assert found.keys() == QUOTED


def _die_between_commits(home: Home, plan: Plan, kind: str) -> None:
    """Die when private.db holds the first tombstone of a kind and archive.db does not yet."""
    with Archive.open(home, write=True) as archive:
        sql = f"SELECT 1 FROM tombstones WHERE kind = '{kind}'"

        def watch(statement: str) -> None:
            if statement == "COMMIT" and archive.private.execute(sql).fetchone():
                os.kill(os.getpid(), signal.SIGKILL)

        archive.public.set_trace_callback(watch)
        execute(archive, plan)


@pytest.mark.parametrize("kind", ["exchange", "original", "record"])
def test_a_kill_between_the_two_files_commits_is_mended_at_the_next_start(
    master: tuple[Path, Plan], undisturbed: Home, tmp_path: Path, kind: str
) -> None:
    path, plan = master
    home = Home(tmp_path / "home")
    shutil.copytree(path, home.path)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_die_between_commits, args=(home, plan, kind))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    report = verify(home)
    assert report.findings == []
    with Archive.open(home, write=True) as archive:
        assert execute(archive, plan).done
    assert verify(home).findings == []
    assert state(home) == state(undisturbed)
