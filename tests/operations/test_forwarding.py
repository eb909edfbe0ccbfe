"""What the worker and the backup do about what officials forward."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.operations.backup import back_up
from archiver.operations.forwarding import queue_untaken
from archiver.operations.home import prepare
from archiver.operations.jobs import run_next
from archiver.operations.restore import restore
from archiver.operations.worker import handlers
from archiver.register.office import open_office
from archiver.requests.consults.consulting import NewConsult, captured, consult
from archiver.requests.custodians.handing_in import lot_of_forward, waiting_in
from archiver.requests.custodians.taking_in import taken_files
from archiver.requests.forwards.forwarding import DESK, Forward, ForwardedFile, forward
from archiver.requests.forwards.officials import Official
from archiver.requests.forwards.stating import NewStatement
from tests.requests.custodians.conftest import mail

DANA = Official("Dana Ruiz", "City Council", "", "", "dana")
STATED = NewStatement("own e-mail", "2026-01-02", "Dana Ruiz", dt.date(2026, 1, 3))


@pytest.fixture
def office(home: Home) -> Iterator[sqlite3.Connection]:
    """office.db of the home, up to date."""
    prepare(home)
    with closing(open_office(home)) as connection:
        yield connection


@pytest.fixture
def waiting(home: Home, office: sqlite3.Connection, tmp_path: Path) -> Forward:
    """A forward that nobody has taken in yet."""
    path = tmp_path / "lights.eml"
    path.write_bytes(mail())
    files = [ForwardedFile(path, path.name)]
    return forward(home, office, home.settings(), DANA, files, STATED, way=DESK, actor="dana")


def test_the_worker_takes_in_what_a_stop_left_waiting(
    home: Home, office: sqlite3.Connection, waiting: Forward
) -> None:
    queue_untaken(office)
    assert run_next(office, handlers(home))
    [taken] = taken_files(office, lot_of_forward(waiting.id))
    assert len(taken.records) == 1
    queue_untaken(office)
    assert not run_next(office, handlers(home))


def test_the_worker_holds_the_copy_of_what_is_asked_before_deleting(
    home: Home, office: sqlite3.Connection, waiting: Forward
) -> None:
    wanted = NewConsult("own page", "A comment", "It is rude.", forward_id=waiting.id)
    with Archive.open(home) as archive:
        files = {"archive": archive.public, "private": archive.private}
        asked = consult(office, files, home.settings(), DANA, wanted, actor="dana")
    assert captured(office, asked) == []
    queue_untaken(office)
    run_next(office, handlers(home))
    [taken] = taken_files(office, lot_of_forward(waiting.id))
    assert captured(office, asked) == [("private", *taken.records)]


def test_a_backup_holds_what_waits_to_be_taken_in_and_a_restored_home_takes_it_in(
    home: Home, office: sqlite3.Connection, waiting: Forward, tmp_path: Path
) -> None:
    (tmp_path / "backups").mkdir()
    made = back_up(home, tmp_path / "backups", actor="it")
    restored = Home(tmp_path / "restored")
    restore(made.folder, restored.path, actor="it")
    with closing(open_office(restored)) as again:
        assert len(waiting_in(again, lot_of_forward(waiting.id))) == 1
        queue_untaken(again)
        assert run_next(again, handlers(restored))
        assert waiting_in(again, lot_of_forward(waiting.id)) == []
