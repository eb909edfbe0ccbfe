"""What the worker does about custodians and officials: sends what they are asked, takes in what
they hand in or forward, tells them that it came."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing

from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.errors import ArchiverError
from archiver.operations.jobs import Handler, Job, enqueue, latest_job
from archiver.progress import Progress
from archiver.register.office import open_office
from archiver.requests.consults.consulting import hold_captured
from archiver.requests.custodians.causes import cause_of_hold, cause_of_request
from archiver.requests.custodians.handing_in import (
    Lot,
    lot_of_cause,
    lot_of_forward,
    lots_waiting,
)
from archiver.requests.custodians.messages import send
from archiver.requests.custodians.taking_in import take_in_lot, take_in_request
from archiver.requests.forwards.acknowledging import check_sendable
from archiver.requests.forwards.acknowledging import send as acknowledge
from archiver.requests.forwards.forwarding import find_forward
from archiver.requests.forwards.mailbox import MailboxReport, take_mailbox

TAKE_JOB = "take in what was handed in"
ASK_JOB = "send to a custodian"
ACKNOWLEDGE_JOB = "acknowledge a forward"
WORKER = "archiver"


def queue_taking(office: sqlite3.Connection, lot: Lot, *, actor: str) -> int:
    """Let the worker take in what was handed in together; gives the job's id."""
    return enqueue(office, kind=TAKE_JOB, arguments=_named(lot), actor=actor)


def taking_job(office: sqlite3.Connection, lot: Lot) -> Job | None:
    """The newest such job of a request, hold or forward, or None."""
    return latest_job(office, kind=TAKE_JOB, arguments=_named(lot))


def _named(lot: Lot) -> dict[str, object]:
    if lot.cause is not None and lot.cause.request is not None:
        return {"request": lot.cause.request.number}
    return {lot.column.removesuffix("_id"): lot.id}


def _lot(office: sqlite3.Connection, arguments: Mapping[str, object]) -> Lot:
    if "request" in arguments:
        return lot_of_cause(cause_of_request(office, str(arguments["request"])))
    if "hold" in arguments:
        return lot_of_cause(cause_of_hold(office, int(str(arguments["hold"]))))
    return lot_of_forward(int(str(arguments["forward"])))


def queue_untaken(office: sqlite3.Connection) -> None:
    """Queue what was handed in and is waiting still: a stop may have come between the two."""
    for lot in lots_waiting(office):
        last = taking_job(office, lot)
        if last is None or last.state != "failed":
            queue_taking(office, lot, actor=WORKER)


def queue_acknowledgement(
    office: sqlite3.Connection, settings: Settings, forward_id: int, *, actor: str, clerk: str
) -> bool:
    """Let the worker tell the official, where a mail server, an address and an attested wording are
    there; whether it was queued."""
    try:
        check_sendable(office, settings, find_forward(office, forward_id))
    except ArchiverError:
        return False
    arguments = {"forward": forward_id, "clerk": clerk}
    enqueue(office, kind=ACKNOWLEDGE_JOB, arguments=arguments, actor=actor)
    return True


def look_into_mailbox(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    *,
    actor: str,
    progress: Progress | None = None,
) -> MailboxReport:
    """Take in what officials sent to the mailbox, and let the worker tell them. Raises as
    `take_mailbox` does."""
    report = take_mailbox(home, office, archive, settings, actor=actor, progress=progress)
    for each in report.taken:
        for number in each.forwards:
            queue_acknowledgement(office, settings, number, actor=actor, clerk=settings.agency)
    return report


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
        with closing(open_office(home)) as office, Archive.open(home, write=True) as archive:
            lot = _lot(office, arguments)
            if lot.cause is not None and lot.cause.request is not None:
                number = lot.cause.request.number
                taken = take_in_request(
                    home, office, archive, number, actor=actor, progress=progress
                )
            else:
                taken = take_in_lot(home, office, archive, lot, actor=actor, progress=progress)
                if lot.cause is None:
                    hold_captured(office, lot.id, actor=actor)
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


def acknowledge_job(home: Home) -> Handler:
    """What the worker does to tell an official that what they forwarded came."""

    def told(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        number = int(str(arguments["forward"]))
        with closing(open_office(home)) as office:
            progress("Handing the acknowledgement to the mail server", 0, None)
            clerk = str(arguments["clerk"])
            acknowledge(office, home.settings(), number, actor=actor, clerk=clerk)
        return {"forward": number}

    return told
