"""What the worker does about custodians: sends what they are asked, takes in what they hand in."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.operations.jobs import Handler, Job, enqueue, latest_job
from archiver.progress import Progress
from archiver.register.office import open_office
from archiver.requests.custodians.handing_in import requests_waiting
from archiver.requests.custodians.messages import send
from archiver.requests.custodians.taking_in import take_in_request

TAKE_JOB = "take in what was handed in"
ASK_JOB = "send to a custodian"
WORKER = "archiver"


def queue_taking(office: sqlite3.Connection, number: str, *, actor: str) -> int:
    """Let the worker take in what was handed in for a request; gives the job's id."""
    return enqueue(office, kind=TAKE_JOB, arguments={"request": number}, actor=actor)


def taking_job(office: sqlite3.Connection, number: str) -> Job | None:
    """The newest such job of a request, or None."""
    return latest_job(office, kind=TAKE_JOB, arguments={"request": number})


def queue_untaken(office: sqlite3.Connection) -> None:
    """Queue what was handed in and is waiting still: a stop may have come between the two."""
    for number in requests_waiting(office):
        last = taking_job(office, number)
        if last is None or last.state != "failed":
            queue_taking(office, number, actor=WORKER)


def queue_message(
    office: sqlite3.Connection, ask_id: int, what: str, *, actor: str, clerk: str
) -> int:
    """Let the worker send an ask or a reminder, signed by that name; gives the job's id."""
    arguments = {"ask": ask_id, "what": what, "clerk": clerk}
    return enqueue(office, kind=ASK_JOB, arguments=arguments, actor=actor)


def take_job(home: Home) -> Handler:
    """What the worker does to take in."""

    def take(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        number = str(arguments["request"])
        with closing(open_office(home)) as office, Archive.open(home, write=True) as archive:
            taken = take_in_request(home, office, archive, number, actor=actor, progress=progress)
        return {"files": len(taken), "records": sum(len(each.records) for each in taken)}

    return take


def ask_job(home: Home) -> Handler:
    """What the worker does to send."""

    def sent(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        ask_id, what = int(str(arguments["ask"])), str(arguments["what"])
        with closing(open_office(home)) as office:
            progress("Handing the ask to the mail server", 0, None)
            clerk = str(arguments["clerk"])
            send(office, home.settings(), ask_id, what, actor=actor, clerk=clerk)
        return {"ask": ask_id}

    return sent
