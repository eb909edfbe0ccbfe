"""The queue of jobs in office.db: what the desk starts and a worker carries out."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from archiver import clock
from archiver.database import row, rows, write_transaction
from archiver.errors import ArchiverError
from archiver.progress import Progress
from archiver.register.office import audit

MAX_ATTEMPTS = 2
PROGRESS_SECONDS = 0.5

Handler = Callable[[Mapping[str, object], str, Progress], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work and how far it is. `state` is queued, running, done or failed."""

    id: int
    kind: str
    arguments: Mapping[str, object]
    actor: str
    state: str
    done: int
    total: int | None
    message: str
    result: Mapping[str, object] | None
    queued_at: str
    finished_at: str | None


def enqueue(
    office: sqlite3.Connection, *, kind: str, arguments: Mapping[str, object], actor: str
) -> int:
    """Put a job in the queue and return its id.

    The same job asked for twice while the first waits or runs is the first: a double click starts
    nothing twice.
    """
    text = json.dumps(arguments, sort_keys=True)
    with write_transaction(office):
        waiting = row(
            office,
            """
            SELECT id FROM main.jobs
            WHERE kind = ? AND arguments = ? AND state IN ('queued', 'running')
            """,
            kind,
            text,
        )
        if waiting is not None:
            return int(waiting["id"])
        added = office.execute(
            "INSERT INTO main.jobs (kind, arguments, actor, queued_at) VALUES (?, ?, ?, ?)",
            (kind, text, actor, clock.now_text()),
        )
        number = int(added.lastrowid or 0)
        audit(office, actor=actor, action=f"job {kind}", subject=f"job {number}", detail=arguments)
    return number


def job(office: sqlite3.Connection, number: int) -> Job | None:
    """The job of that number, or None."""
    found = row(office, "SELECT * FROM jobs WHERE id = ?", number)
    return _job(found) if found else None


def latest_job(
    office: sqlite3.Connection, *, kind: str, arguments: Mapping[str, object]
) -> Job | None:
    """The newest job of a kind with exactly these arguments, or None."""
    found = row(
        office,
        "SELECT * FROM jobs WHERE kind = ? AND arguments = ? ORDER BY id DESC LIMIT 1",
        kind,
        json.dumps(arguments, sort_keys=True),
    )
    return _job(found) if found else None


def latest_job_of(
    office: sqlite3.Connection, *, kind: str, name: str, value: str | int
) -> Job | None:
    """The newest job of a kind whose argument `name` is `value`, whatever its others; or None."""
    found = row(
        office,
        "SELECT * FROM jobs WHERE kind = ? AND json_extract(arguments, '$.' || ?) = ? "
        "ORDER BY id DESC LIMIT 1",
        kind,
        name,
        value,
    )
    return _job(found) if found else None


def open_jobs(office: sqlite3.Connection) -> list[Job]:
    """Jobs that wait or run, oldest first."""
    found = rows(office, "SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY id")
    return [_job(each) for each in found]


def take_back_interrupted(office: sqlite3.Connection) -> None:
    """Queue again what a worker that died left running; give up on what has failed before.

    Call it while holding the worker lock: then no other worker can be at it.
    """
    with write_transaction(office):
        office.execute(
            """
            UPDATE jobs SET state = 'failed', finished_at = ?,
                message = 'stopped twice without finishing; start it again'
            WHERE state = 'running' AND attempts >= ?
            """,
            (clock.now_text(), MAX_ATTEMPTS),
        )
        office.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")


def run_next(office: sqlite3.Connection, handlers: Mapping[str, Handler]) -> bool:
    """Carry out the oldest waiting job. Returns whether there was one.

    A refusal (ArchiverError) ends the job in its own words. A fault ends it too and is raised again
    for the log. Being told to stop (KeyboardInterrupt) puts the job back, as if never begun.
    """
    with write_transaction(office):
        found = row(office, "SELECT * FROM jobs WHERE state = 'queued' ORDER BY id LIMIT 1")
        if found is None:
            return False
        office.execute(
            """
            UPDATE jobs SET state = 'running', started_at = ?, attempts = attempts + 1
            WHERE id = ?
            """,
            (clock.now_text(), found["id"]),
        )
    taken = _job(found)
    handler = handlers.get(taken.kind)
    if handler is None:
        _finish(office, taken.id, "failed", f"no worker knows the job {taken.kind}", None)
        return True
    try:
        result = handler(taken.arguments, taken.actor, _recorder(office, taken.id))
    except KeyboardInterrupt:
        _put_back(office, taken.id)
        raise
    except ArchiverError as error:
        _finish(office, taken.id, "failed", str(error), None)
    except Exception as error:
        _finish(office, taken.id, "failed", f"unexpected {type(error).__name__}; see logs", None)
        raise
    else:
        _finish(office, taken.id, "done", "", result)
    return True


def _put_back(office: sqlite3.Connection, number: int) -> None:
    with write_transaction(office):
        office.execute(
            "UPDATE jobs SET state = 'queued', attempts = attempts - 1 WHERE id = ?", (number,)
        )


def _recorder(office: sqlite3.Connection, number: int) -> Progress:
    """Write progress where the page finds it: every change of step, within a step twice a second,
    because each write waits for the disk."""
    last_step = ""
    last_time = 0.0

    def record(message: str, done: int, total: int | None) -> None:
        nonlocal last_step, last_time
        now = time.monotonic()
        if message == last_step and done != total and now - last_time < PROGRESS_SECONDS:
            return
        last_step, last_time = message, now
        with suppress(sqlite3.OperationalError):
            office.execute(
                "UPDATE jobs SET message = ?, done = ?, total = ? WHERE id = ?",
                (message, done, total, number),
            )

    return record


def _finish(
    office: sqlite3.Connection,
    number: int,
    state: str,
    message: str,
    result: Mapping[str, object] | None,
) -> None:
    with write_transaction(office):
        office.execute(
            "UPDATE jobs SET state = ?, message = ?, result = ?, finished_at = ? WHERE id = ?",
            (state, message, json.dumps(result) if result else None, clock.now_text(), number),
        )


def _job(found: sqlite3.Row) -> Job:
    return Job(
        id=found["id"],
        kind=found["kind"],
        arguments=json.loads(found["arguments"]),
        actor=found["actor"],
        state=found["state"],
        done=found["done"],
        total=found["total"],
        message=found["message"],
        result=json.loads(found["result"]) if found["result"] else None,
        queued_at=found["queued_at"],
        finished_at=found["finished_at"],
    )
