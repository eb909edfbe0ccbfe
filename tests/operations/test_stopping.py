"""Being told to stop, and being killed: nothing goes on alone, nothing is lost."""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing

import pytest

from archiver.config import Home, Settings
from archiver.errors import StorageError
from archiver.items import Source
from archiver.operations.jobs import enqueue, job, run_next
from archiver.operations.nightly import run_nightly
from archiver.operations.status import home_status, last_night
from archiver.register.accounts import Account, add_account
from archiver.register.office import open_office

RESIDENTS_WORDS = "my neighbour's dog barks all night"

DESK = """
import sys
from pathlib import Path
from archiver.config import Home
from archiver.operations.worker import start_worker
print(start_worker(Home(Path(sys.argv[1]))).pid, flush=True)
sys.stdin.read()
"""

WORKER = """
import sys
from archiver.operations import worker
def slow(arguments, actor, progress):
    progress("waiting", 0, 1)
    print("at work", flush=True)
    while True:
        worker.select.select([], [], [], 60)
worker.handlers = lambda home: {"produce": slow}
worker.main()
"""


@pytest.fixture
def office(home: Home) -> Iterator[sqlite3.Connection]:
    with closing(open_office(home)) as connection:
        yield connection


def ask(office: sqlite3.Connection) -> int:
    return enqueue(office, kind="produce", arguments={"request": "AG-2026-0001"}, actor="test")


def test_a_worker_ends_when_its_desk_is_killed(home: Home) -> None:
    desk = subprocess.Popen(
        [sys.executable, "-c", DESK, str(home.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert desk.stdin is not None
    assert desk.stdout is not None
    worker = os.pidfd_open(int(desk.stdout.readline()))
    desk.kill()
    desk.wait()
    gone, _, _ = select.select([worker], [], [], 30)
    os.close(worker)
    assert gone
    desk.stdin.close()
    desk.stdout.close()


def test_a_worker_told_to_stop_puts_its_job_back_as_if_never_begun(
    home: Home, office: sqlite3.Connection
) -> None:
    number = ask(office)
    for _ in range(3):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(home.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stdout.readline() == "at work\n"
        worker.send_signal(signal.SIGINT)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 130
        worker.stdin.close()
        worker.stdout.close()
        waiting = job(office, number)
        assert waiting is not None
        assert waiting.state == "queued"


def test_a_job_that_stops_is_not_counted_as_tried(office: sqlite3.Connection) -> None:
    ask(office)

    def stop(*_: object) -> Mapping[str, object]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_next(office, {"produce": stop})
    assert office.execute("SELECT state, attempts FROM jobs").fetchone()[:] == ("queued", 0)


def test_a_fault_inside_a_job_is_not_taken_for_an_unknown_job(office: sqlite3.Connection) -> None:
    number = ask(office)

    def fault(*_: object) -> Mapping[str, object]:
        raise KeyError("a resident's words")

    with pytest.raises(KeyError):
        run_next(office, {"produce": fault})
    failed = job(office, number)
    assert failed is not None
    assert failed.message == "unexpected KeyError; see logs"


def register(office: sqlite3.Connection) -> None:
    add_account(
        office,
        actor="test",
        platform="bluesky",
        handle="parks",
        department="Parks",
        division="Recreation",
    )


def log_of(home: Home) -> str:
    (log,) = home.logs.glob("nightly-*.log")
    return log.read_text("utf-8")


def test_a_night_told_to_stop_is_marked_and_the_next_goes_on(
    home: Home, office: sqlite3.Connection
) -> None:
    register(office)

    def stop(account: Account) -> Source:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_nightly(home, connectors={"bluesky": stop})
    stopped = home_status(home).interrupted
    assert stopped is not None
    assert stopped.summary == {"problems": ["it was told to stop"]}
    assert last_night(office) is None
    assert "stopped: it was told to stop" in log_of(home)
    run_nightly(home, connectors={})
    assert home_status(home).interrupted is None


def test_a_fault_of_the_night_is_told_in_no_residents_words(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def fault(*_: object, **__: object) -> None:
        raise MemoryError(RESIDENTS_WORDS)

    def hear(settings: Settings, *, title: str, body: str) -> list[str]:
        told.append(f"{title}: {body}")
        return []

    monkeypatch.setattr("archiver.operations.nightly.settle", fault)
    monkeypatch.setattr("archiver.operations.nightly.alert", hear)
    with pytest.raises(MemoryError):
        run_nightly(home)
    assert len(told) == 1
    assert "unexpected MemoryError; see the log" in told[0]
    assert "dog" not in told[0] + log_of(home)


def test_a_home_that_cannot_even_be_opened_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def hear(settings: Settings, *, title: str, body: str) -> list[str]:
        told.append(body)
        return []

    def full(home: Home) -> None:
        raise StorageError("the disk is full: free some space")

    monkeypatch.setattr("archiver.operations.nightly.alert", hear)
    monkeypatch.setattr("archiver.operations.nightly.prepare", full)
    with pytest.raises(StorageError):
        run_nightly(home)
    assert told == ["the disk is full: free some space"]


def test_a_service_manager_stops_a_command_in_one_line(home: Home) -> None:
    code = (
        "import os, signal\n"
        "from archiver.cli import main\n"
        "import archiver.cli.status as status\n"
        "status.home_status = lambda home: os.kill(os.getpid(), signal.SIGTERM)\n"
        f"main(['--home', {str(home.path)!r}, 'status'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr == "archiver: stopped; what was finished is kept\n"
