"""Extending the time to determine: once, in writing, for a circumstance the law lists (Gov. Code
§ 7922.535(b), (c))."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import nullcontext
from dataclasses import dataclass

from archiver import clock
from archiver.clock import shown_day
from archiver.config import Settings
from archiver.database import rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.requests.deadline import (
    Circumstance,
    ClockLaw,
    Deadline,
    circumstances,
    clock_law_file,
    request_deadline,
)
from archiver.requests.intake import Request, note, open_request
from archiver.requests.timing.determining import determinations_of
from archiver.requests.timing.remembering import remember


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension as it was given notice of. `determination_on` is the day on which the notice
    expects the determination to be dispatched, `previous` the date to work to before it, `person`
    and `title` the head of the agency or designee who gave it, `warning` what was said at the time
    where it was given late but not too late."""

    id: int
    request_id: int
    at: str
    actor: str
    circumstance: str
    source: str
    reason: str
    determination_on: dt.date
    previous: dt.date
    person: str
    title: str
    warning: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether a request can be extended now: `refused` says why not, `warning` what to mind.

    `proposed` is the latest day the city is open on that the law allows, `latest` the law's own.
    """

    circumstances: tuple[Circumstance, ...]
    proposed: dt.date
    latest: dt.date
    warning: str | None
    refused: str | None


def extend_request(
    conn: sqlite3.Connection,
    settings: Settings,
    number: str,
    *,
    actor: str,
    circumstance: str,
    reason: str,
    determination_on: dt.date,
    person: str,
    title: str,
    law: ClockLaw | None = None,
) -> Extension:
    """Write down the one extension of an open request, with the date its notice gives.

    `circumstance` is the code of one that was in force on the day of receipt. The date is at most
    as many days after the unrolled day 10 as the law gives. Whether it is in time is decided by
    this moment, in the agency's zone: up to the end of the outside date. Raises RuleError where the
    law does not allow it, InputError where reason, person or title is missing. Where the caller has
    opened a transaction, this is part of it.
    """
    named = {"a reason in words": reason, "the person's name": person, "their title": title}
    for what, text in named.items():
        if not text.strip():
            raise InputError(f"an extension needs {what} (Gov. Code § 7922.535(b))")
    with nullcontext() if conn.in_transaction else write_transaction(conn):
        request = open_request(conn, number)
        counted = request_deadline(conn, settings, request, law=law)
        offer = _offer(conn, settings, request, counted, law)
        if offer.refused:
            raise RuleError(offer.refused)
        chosen = next((each for each in offer.circumstances if each.code == circumstance), None)
        if chosen is None:
            listed = ", ".join(each.code for each in offer.circumstances)
            raise RuleError(
                f"{circumstance!r} is no circumstance the law listed on "
                f"{shown_day(counted.received_on)}: use one of {listed}"
            )
        _fits(determination_on, counted, offer)
        made = conn.execute(
            "INSERT INTO request_extensions (request_id, at, actor, circumstance, source, reason, "
            "determination_on, previous, person, title, warning) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                request.id,
                clock.now_text(),
                actor,
                chosen.code,
                chosen.source,
                reason.strip(),
                determination_on.isoformat(),
                counted.safe.isoformat(),
                person.strip(),
                title.strip(),
                offer.warning,
            ),
        ).lastrowid
        detail = {
            "from": counted.safe.isoformat(),
            "outside was": counted.outside.isoformat(),
            "to": determination_on.isoformat(),
            "circumstance": chosen.code,
            "reason": reason.strip(),
            "given by": f"{person.strip()}, {title.strip()}",
        }
        note(conn, request, actor=actor, kind="extended", detail=detail)
        remember(conn, settings, request, why="extended")
    return next(each for each in extensions_of(conn, request) if each.id == made)


def extension_offer(
    conn: sqlite3.Connection, settings: Settings, request: Request, law: ClockLaw | None = None
) -> Offer:
    """Whether and how far a request can be extended at this moment. Raises as `deadline` does."""
    counted = request_deadline(conn, settings, request, law=law)
    return _offer(conn, settings, request, counted, law)


def extensions_of(conn: sqlite3.Connection, request: Request) -> list[Extension]:
    """The extensions of a request that stand, oldest first."""
    return [
        extension_from(each)
        for each in rows(
            conn, "SELECT * FROM standing_extensions WHERE request_id = ? ORDER BY id", request.id
        )
    ]


def extension_from(found: sqlite3.Row) -> Extension:
    """An extension from its row."""
    values = dict(found)
    for name in ("determination_on", "previous"):
        values[name] = dt.date.fromisoformat(values[name])
    return Extension(**values)


def _offer(
    conn: sqlite3.Connection,
    settings: Settings,
    request: Request,
    counted: Deadline,
    law: ClockLaw | None,
) -> Offer:
    version = (law or clock_law_file()).on(counted.received_on)
    today = clock.local_day(clock.now_text(), settings.time_zone)
    return Offer(
        circumstances=tuple(circumstances(counted.received_on, law)),
        proposed=counted.extended_safe,
        latest=counted.extended_day,
        warning=_warning(today, counted),
        refused=_refused(conn, settings, request, counted, today, version.extensions),
    )


def _refused(
    conn: sqlite3.Connection,
    settings: Settings,
    request: Request,
    counted: Deadline,
    today: dt.date,
    allowed: int,
) -> str | None:
    if not request.is_open:
        return f"request {request.number} is closed: reopen it first"
    given = extensions_of(conn, request)
    if len(given) >= allowed:
        on = shown_day(clock.local_day(given[-1].at, settings.time_zone))
        return (
            f"request {request.number} was extended already, on {on} by {given[-1].person}: the "
            "time is extended once only (Gov. Code § 7922.535(b))"
        )
    sent = determinations_of(conn, request)
    if sent:
        on = shown_day(clock.local_day(sent[0].sent_at, settings.time_zone))
        return f"the determination was sent on {on}: there is no time left to extend"
    if today > counted.outside:
        return (
            f"the time to extend ended on {shown_day(counted.outside)}: the law wants the notice "
            "within the first ten days (Gov. Code § 7922.535(b)); send the determination now, and "
            "ask the city attorney"
        )
    return None


def _warning(today: dt.date, counted: Deadline) -> str | None:
    if today <= counted.safe:
        return None
    if today <= counted.day10:
        return (
            f"The safe date was {shown_day(counted.safe)}. The notice must still go out by "
            f"{shown_day(counted.day10)}, day 10."
        )
    return (
        f"Day 10 was {shown_day(counted.day10)}. A notice is in time only because that day moves "
        f"to {shown_day(counted.outside)} (Code Civ. Proc. § 12a): ask the city attorney."
    )


def _fits(day: dt.date, counted: Deadline, offer: Offer) -> None:
    if day > offer.latest:
        raise RuleError(
            f"{shown_day(day)} is too late: no notice may give a date that extends the time by "
            f"more than 14 days (Gov. Code § 7922.535(b)); counted from day 10 that is "
            f"{shown_day(offer.latest)}, and the last open day is {shown_day(offer.proposed)}"
        )
    if day <= counted.safe:
        raise RuleError(
            f"{shown_day(day)} extends nothing: the date to work to is {shown_day(counted.safe)} "
            "already"
        )
