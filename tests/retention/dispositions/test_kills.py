"""A kill at any step of an execution: the next one ends it, and the archive verifies."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.archive.verify import verify
from archiver.config import Home
from archiver.errors import BusyError
from archiver.locks import single_instance
from archiver.operations.disposing import (
    LOCK,
    execute_batch,
    go_on,
    outside_of,
    queue_interrupted,
)
from archiver.operations.jobs import open_jobs
from archiver.operations.logs import log_to
from archiver.operations.schema import migrate_operations
from archiver.operations.status import home_status
from archiver.operations.worker import handlers
from archiver.register.office import open_office
from archiver.retention.dispositions.batches import events_of, get_batch
from archiver.retention.dispositions.certificate import check_certificate
from archiver.retention.dispositions.execution import interrupted

SCRIPT = Path(__file__).with_name("killed.py")
KILLS = 22


@pytest.fixture
def ready(new_town, exchange, tmp_path) -> tuple[Path, str, list[int]]:
    """A home with an approved batch: posts with pictures, an exchange, a private list."""
    town = new_town(tmp_path / "town")
    town.outside = outside_of(town.home, town.office, town.settings)
    refs = [
        town.store("1", "The heron stands by the lake at dawn", picture=b"\x89PNG a heron")[1],
        town.store("2", "The culvert at Mill Street is open", exchange=exchange(b'["2"]'))[1],
        town.store("3", "The pool closes early on Sundays", account=2)[1],
    ]
    town.store("9", "This one stays on", created_at="2026-10-01T10:00:00Z")
    town.people(("2022-01-01T10:00:00Z", ("ana",)), ("2023-01-01T10:00:00Z", ()))
    batch = town.build()
    town.approve_all(batch.number)
    town.close()
    return tmp_path / "town", batch.number, refs


def test_a_kill_at_any_step_is_mended_by_the_next_execution(ready, tmp_path) -> None:
    path, number, refs = ready
    undisturbed = _run(_copy(path, tmp_path / "undisturbed"), number, 1000)
    assert undisturbed.returncode == 0, undisturbed.stderr
    steps = 1000 - int(undisturbed.stdout)
    assert steps > KILLS
    for kill in range(KILLS):
        at = 1 + kill * steps // KILLS
        home = _copy(path, tmp_path / f"kill-{at}")
        died = _run(home, number, at)
        assert died.returncode == -signal.SIGKILL, (at, died.stderr)
        assert _state(home, number) in ("open", "executing", "done"), at
        if _state(home, number) != "done":
            execute_batch(home, number, actor="of")
        _check(home, number, refs, at)
        shutil.rmtree(home.path)


def test_the_night_and_the_worker_go_on_where_it_was_interrupted(ready, tmp_path) -> None:
    path, number, refs = ready
    home = _copy(path, tmp_path / "copy")
    died = _run(home, number, 20)
    assert died.returncode == -signal.SIGKILL, died.stderr
    office = open_office(home)
    migrate_operations(office)
    assert interrupted(office) == [number]
    assert queue_interrupted(office) == [number]
    assert queue_interrupted(office) == []
    (job,) = open_jobs(office)
    handlers(home)["dispose"](job.arguments, job.actor, lambda *_: None)
    assert interrupted(office) == []
    office.close()
    _check(home, number, refs, 20)
    with log_to(home, "nightly") as log:
        assert go_on(home, log=log) == []


def test_the_night_ends_an_interrupted_execution(ready, tmp_path) -> None:
    path, number, refs = ready
    home = _copy(path, tmp_path / "copy")
    assert _run(home, number, 30).returncode == -signal.SIGKILL
    assert home_status(home).executions_begun == (number,)
    with log_to(home, "nightly") as log:
        assert go_on(home, log=log) == []
    assert home_status(home).executions_begun == ()
    _check(home, number, refs, 30)


def test_what_cannot_go_on_becomes_one_of_the_nights_problems(ready, tmp_path) -> None:
    path, number, _ = ready
    home = _copy(path, tmp_path / "copy")
    assert _run(home, number, 20).returncode == -signal.SIGKILL
    (home.keys / "tombstones.key").rename(tmp_path / "tombstones.key")
    with log_to(home, "nightly") as log:
        (problem,) = go_on(home, log=log)
    assert problem.startswith(f"{number}: ")
    assert "tombstones.key" in problem


def test_a_second_execution_says_so_and_leaves(ready) -> None:
    path, number, _ = ready
    home = Home(path)
    with (
        single_instance(home.path / LOCK, "an execution of a batch"),
        pytest.raises(BusyError, match="an execution of a batch is already running"),
    ):
        execute_batch(home, number, actor="of")


def test_two_executions_at_once_make_one_destruction(ready) -> None:
    path, number, refs = ready
    home = Home(path)
    both = [_start(home, number, 100_000) for _ in range(2)]
    ends = [each.wait(timeout=120) for each in both]
    said = [each.stderr.read() if each.stderr else "" for each in both]
    # whichever came second found the lock held, or the work done
    assert sorted(ends)[0] == 0, said
    assert any("already running" in text or "is done" in text for text in said), said
    _check(home, number, refs, 0)


def _check(home: Home, number: str, refs: list[int], at: int) -> None:
    office = open_office(home)
    try:
        batch = get_batch(office, number)
        assert (batch.state, batch.gone, batch.waiting, batch.kept) == ("done", 4, 0, 0), at
        check_certificate(home, office, batch)
        names = [event.what for event in events_of(office, batch)]
        for once in ("execution begun", "surveyed", "certificate", "ledger", "done"):
            assert names.count(once) == 1, (at, once)
    finally:
        office.close()
    report = verify(home)
    assert report.ok, (at, report)
    for text in (b"heron stands", b"culvert at Mill", b"pool closes"):
        assert text not in home.archive_db.read_bytes(), at
    assert list(home.path.glob("public/media/*/*/*")) == [], at
    ledger = (home.path / "ledger" / "destructions.jsonl").read_text("utf-8")
    assert ledger.count(number) >= 1 and ledger.count("\n") == 2, at


def _state(home: Home, number: str) -> str:
    office = open_office(home)
    try:
        return get_batch(office, number).state
    finally:
        office.close()


def _copy(path: Path, to: Path) -> Home:
    shutil.copytree(path, to)
    return Home(to)


def _start(home: Home, number: str, at: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(home.path), number, str(at)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )


def _run(home: Home, number: str, at: int) -> subprocess.CompletedProcess[str]:
    process = _start(home, number, at)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
