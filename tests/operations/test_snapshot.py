"""A snapshot shows all four files at one point, and keeps nobody waiting."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.database import connect, write_transaction
from archiver.operations.snapshot import copy_database, snapshot


def _count_up(home: Home, begun: Event, stop: Event) -> None:
    """Write the same number into all four files again and again: evidence first, then the office,
    each as its own program would."""
    with (
        Archive.open(home, write=True) as archive,
        closing(connect(home.office_db)) as office,
        closing(connect(home.staff_db)) as staff,
    ):
        number = 0
        while not stop.is_set():
            number += 1
            with archive.writer():
                for connection in (archive.private, archive.public):
                    connection.execute("UPDATE counted SET n = ?", (number,))
            for connection in (office, staff):
                with write_transaction(connection):
                    connection.execute("UPDATE counted SET n = ?", (number,))
            begun.set()


def _counted(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT n FROM counted").fetchone()[0])


def test_all_four_files_show_the_same_moment_and_nothing_later(home: Home, tmp_path: Path) -> None:
    for path in (home.archive_db, home.private_db, home.office_db, home.staff_db):
        with closing(connect(path)) as connection:
            connection.execute("CREATE TABLE counted (n INTEGER)")
            connection.execute("INSERT INTO counted VALUES (0)")
    context = multiprocessing.get_context("fork")
    begun, stop = context.Event(), context.Event()
    writer = context.Process(target=_count_up, args=(home, begun, stop))
    writer.start()
    try:
        assert begun.wait(30)
        seen = []
        for turn in range(25):
            with snapshot(home) as taken:
                before = {name: _counted(each) for name, each in taken.files().items()}
                with closing(connect(home.office_db)) as office:
                    moved_on = _counted(office)
                    while _counted(office) < moved_on + 2:
                        time.sleep(0.001)
                copies = {}
                for name, source in taken.files().items():
                    path = tmp_path / f"{turn}-{name}"
                    copy_database(source, path)
                    with closing(sqlite3.connect(path)) as copy:
                        copies[name] = _counted(copy)
            assert copies == before, "a copy shows a later state than the snapshot"
            evidence = {before["archive.db"], before["private.db"]}
            assert len(evidence) == 1
            (number,) = evidence
            # the office follows the evidence, the staff the office: never the other way round
            assert number >= before["office.db"] >= before["staff.db"] >= number - 1
            assert taken.held < 0.25
            seen.append(number)
        assert len(set(seen)) > 20, "the writer stood still"
    finally:
        stop.set()
        writer.join()
    assert writer.exitcode == 0


def test_a_copy_is_readable_by_its_owner_alone(home: Home, tmp_path: Path) -> None:
    with snapshot(home) as taken:
        copy_database(taken.office, tmp_path / "office.db")
    assert (tmp_path / "office.db").stat().st_mode & 0o777 == 0o600
