"""When the records will be available: the estimated date and time the city gave, and every later
one. The history is what a broken promise is measured by."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.database import rows, write_transaction
from archiver.errors import BusyError, InputError
from archiver.requests.intake import Request, note, open_request

_FURTHEST = dt.timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated date and time of availability (UTC), and why it differs from the one before."""

    id: int
    request_id: int
    at: str
    actor: str
    available_at: str
    reason: str


def set_estimate(
    conn: sqlite3.Connection,
    number: str,
    *,
    actor: str,
    available_at: str,
    reason: str = "",
    seen: int | None = None,
) -> Estimate:
    """Give an open request a (new) estimated date and time of availability; older ones stay.

    A later one needs the reason it moved. `seen` is the id of the estimate the person was looking
    at (0: there was none): where another came since, nothing is written. Raises InputError where
    moment or reason cannot be used, BusyError where somebody was quicker.
    """
    with write_transaction(conn):
        request = open_request(conn, number)
        last = estimates_of(conn, request)[-1:]
        if seen is not None and seen != (last[0].id if last else 0):
            raise BusyError(
                f"{last[0].actor if last else 'somebody'} gave another estimate in between: "
                "nothing was changed; look at it and give yours again"
            )
        return note_estimate(conn, request, actor=actor, available_at=available_at, reason=reason)


def note_estimate(
    conn: sqlite3.Connection, request: Request, *, actor: str, available_at: str, reason: str
) -> Estimate:
    """What `set_estimate` does, in the caller's transaction; the same moment again changes nothing.

    Raises InputError where the moment cannot be used, or it moves without a reason.
    """
    moment = check_moment("the estimated date and time", available_at)
    if clock.parse(moment) > clock.now() + _FURTHEST:
        raise InputError("the estimated date lies more than ten years ahead: check the year")
    before = estimates_of(conn, request)
    if before and before[-1].available_at == moment:
        return before[-1]
    if clock.parse(moment) < clock.now():
        raise InputError("the estimated date and time lies in the past: give one still to come")
    if before and not reason.strip():
        raise InputError("the estimate moves: say why, the requester will ask")
    conn.execute(
        "INSERT INTO request_estimates (request_id, at, actor, available_at, reason) "
        "VALUES (?, ?, ?, ?, ?)",
        (request.id, clock.now_text(), actor, moment, reason.strip()),
    )
    detail = {
        "from": before[-1].available_at if before else None,
        "to": moment,
        "reason": reason.strip(),
    }
    note(conn, request, actor=actor, kind="availability estimated", detail=detail)
    return estimates_of(conn, request)[-1]


def estimates_of(conn: sqlite3.Connection, request: Request) -> list[Estimate]:
    """Every estimate a request was given, oldest first."""
    found = rows(
        conn, "SELECT * FROM request_estimates WHERE request_id = ? ORDER BY id", request.id
    )
    return [Estimate(**dict(each)) for each in found]


def check_moment(what: str, text: str) -> str:
    """A moment as it is stored. Raises InputError, naming what, where it is none with a zone."""
    try:
        return clock.to_text(clock.parse(text))
    except (ValueError, OverflowError):
        raise InputError(
            f"{what} is no time with a zone: write it like 2026-12-04T16:00:00-08:00"
        ) from None
