"""The queue: what is asked for twice happens once, and what dies is taken up again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.errors import RuleError
from archiver.operations.jobs import enqueue, job, open_jobs, run_next, take_back_interrupted
from archiver.operations.schema import migrate_operations
from archiver.progress import Progress
from archiver.register.office import open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_office(Home(tmp_path), create=True)
    migrate_operations(connection)
    yield connection
    connection.close()


def ask(office: sqlite3.Connection, request: str = "AG-2026-0001") -> int:
    return enqueue(office, kind="produce", arguments={"request": request}, actor="Odile Farrow")


def test_a_double_click_starts_one_job(office: sqlite3.Connection) -> None:
    assert ask(office) == ask(office)
    assert ask(office, "AG-2026-0002") != ask(office)


def test_the_same_work_can_be_asked_for_again_once_it_is_done(office: sqlite3.Connection) -> None:
    first = ask(office)
    run_next(office, {"produce": lambda arguments, actor, progress: {}})
    assert ask(office) != first


def test_a_job_keeps_what_it_made(office: sqlite3.Connection) -> None:
    number = ask(office)

    def make(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        progress("laying out records", 3, 7)
        during = job(office, number)
        assert during is not None
        assert (during.state, during.done, during.total) == ("running", 3, 7)
        return {"request": arguments["request"], "by": actor}

    assert run_next(office, {"produce": make})
    after = job(office, number)
    assert after is not None
    assert after.state == "done"
    assert after.result == {"request": "AG-2026-0001", "by": "Odile Farrow"}
    assert not run_next(office, {"produce": make})


def test_a_refusal_is_told_in_its_own_words(office: sqlite3.Connection) -> None:
    number = ask(office)

    def refuse(*_: object) -> Mapping[str, object]:
        raise RuleError("3 records are undecided: decide them first")

    run_next(office, {"produce": refuse})
    after = job(office, number)
    assert after is not None
    assert (after.state, after.message) == ("failed", "3 records are undecided: decide them first")


def test_a_fault_fails_the_job_without_quoting_anything(office: sqlite3.Connection) -> None:
    number = ask(office)

    def fault(*_: object) -> Mapping[str, object]:
        raise ValueError("a resident's words")

    with pytest.raises(ValueError):
        run_next(office, {"produce": fault})
    after = job(office, number)
    assert after is not None
    assert after.state == "failed"
    assert "resident" not in after.message


def test_what_a_dead_worker_left_is_taken_up_once_more_and_then_given_up(
    office: sqlite3.Connection,
) -> None:
    number = ask(office)

    def die(*_: object) -> Mapping[str, object]:
        raise SystemExit

    for _ in range(2):
        with pytest.raises(SystemExit):
            run_next(office, {"produce": die})
        take_back_interrupted(office)
    after = job(office, number)
    assert after is not None
    assert after.state == "failed"
    assert not open_jobs(office)
