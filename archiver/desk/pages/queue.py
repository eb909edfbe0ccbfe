"""The queue: what residents wrote that may be a request, a claim, a notice or a threat."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from archiver.archive.reading import Record, Version, record, version
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.looking import note_private
from archiver.desk.numbers import whole
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.receiving.patterns import patterns
from archiver.requests.receiving.queue import (
    Candidate,
    count_waiting,
    decided_lately,
    get_candidate,
    say_what_it_is,
    take_decision_back,
    waiting,
)
from archiver.retention.quarantine import quarantined
from archiver.staff.roles import MANAGE_HOLDS, MANAGE_REQUESTS

PER_PAGE = 20
_DECIDED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Line:
    """Something noticed, with the record and the version whose words it is about."""

    candidate: Candidate
    record: Record | None
    version: Version | None
    log_it: str


def show(visit: Visit, asked: Asked) -> Answer:
    """What waits, the longest waiting first; and what was decided lately."""
    return _page(visit, asked)


def decide(visit: Visit, asked: Asked) -> Answer:
    """Say that it is a claim, a legal notice, a threat, or none of these."""
    with visit.office() as office:
        candidate = _named(visit, office, asked)
        try:
            hold = asked.given("hold")
            if hold.strip() and not visit.may(MANAGE_HOLDS):
                raise InputError("your role places no holds: ask the records manager")
            say_what_it_is(
                office,
                candidate.id,
                asked.given("outcome"),
                actor=visit.person.login,
                told=asked.given("told"),
                note_text=asked.given("note"),
                hold_reference=hold,
            )
        except ArchiverError as wrong:
            return _page(visit, asked, str(wrong))
    return Redirect("/requests/queue")


def take_back(visit: Visit, asked: Asked) -> Answer:
    """Take back what was said of something noticed, with the reason: it waits again."""
    with visit.office() as office:
        candidate = _named(visit, office, asked)
        try:
            take_decision_back(
                office,
                candidate.id,
                actor=visit.person.login,
                reason=asked.given("reason"),
                seen=whole(asked.given("seen")),
            )
        except ArchiverError as wrong:
            return _page(visit, asked, str(wrong))
    return Redirect("/requests/queue")


def _named(visit: Visit, office: sqlite3.Connection, asked: Asked) -> Candidate:
    try:
        candidate = get_candidate(office, int(asked.parts["place"]))
    except InputError:
        raise NotHere from None
    if not _seen(visit, office, [candidate]):
        raise NotHere
    return candidate


def waiting_count(visit: Visit) -> int:
    """How much of the queue waits that this person may know of."""
    with visit.office() as office:
        return count_waiting(office, private=visit.private, hidden=quarantined(office))


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    typed = asked.asked("from", "0")
    start = int(typed) if typed.isdecimal() and len(typed) < 9 else 0
    with visit.office() as office:
        shut = quarantined(office)
        count = count_waiting(office, private=visit.private, hidden=shut)
        found = waiting(office, private=visit.private, hidden=shut, limit=PER_PAGE, start=start)
        decided = _seen(visit, office, decided_lately(office))[:_DECIDED_SHOWN]
    return Page(
        "request_queue.html",
        {
            "lines": _lines(visit, found),
            "count": count,
            "start": start,
            "after": start + PER_PAGE if start + PER_PAGE < count else None,
            "before": max(0, start - PER_PAGE) if start else None,
            "decided": decided,
            "problem": problem,
            "can_log": visit.may(MANAGE_REQUESTS),
            "can_hold": visit.may(MANAGE_HOLDS),
            "list": patterns(),
        },
        422 if problem else 200,
    )


def _seen(visit: Visit, office: sqlite3.Connection, found: Sequence[Candidate]) -> list[Candidate]:
    """What this person may know of: no private records without the right, none in quarantine."""
    shut = quarantined(office)
    return [
        each
        for each in found
        if (visit.private or each.file != "private")
        and each.record_id not in shut.get(each.file, ())
    ]


def _lines(visit: Visit, found: Sequence[Candidate]) -> list[Line]:
    note_private(visit, "the queue of requests", ((each.file, each.record_id) for each in found))
    lines = []
    with visit.evidence() as files:
        for each in found:
            connection = files[each.file]
            source = urlencode({"source": f"{each.file}:{each.record_id}"})
            lines.append(
                Line(
                    each,
                    record(connection, each.record_id),
                    version(connection, each.version_id),
                    f"/requests/new?{source}",
                )
            )
    return lines
