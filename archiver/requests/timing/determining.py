"""The determination: what ends the ten days, and what it must come with (Gov. Code § 7922.535(a)).

Whoever sends the letter calls `note_determination` in the transaction that marks it as sent.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from archiver import clock
from archiver.database import rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.requests.intake import Request, note, open_request
from archiver.requests.timing.promises import check_moment, estimates_of, note_estimate


class Outcome(StrEnum):
    """What a determination says: everything, a part or nothing may be disclosed, or none held."""

    DISCLOSABLE = "disclosable"
    IN_PART = "in part"
    DENIED = "denied"
    NO_RECORDS = "no records"

    @property
    def discloses(self) -> bool:
        """Whether records follow, so that the law wants the date and time they are expected."""
        return self in (Outcome.DISCLOSABLE, Outcome.IN_PART)


@dataclass(frozen=True, slots=True)
class Determination:
    """A determination that was dispatched at `sent_at`; `at` is when that was written down."""

    id: int
    request_id: int
    at: str
    actor: str
    sent_at: str
    outcome: Outcome


def record_determination(
    conn: sqlite3.Connection,
    number: str,
    *,
    actor: str,
    sent_at: str,
    outcome: Outcome | str,
    available_at: str | None = None,
) -> Determination:
    """Write down that the determination of an open request was dispatched, times as UTC text.

    Raises RuleError where records are to follow and no date and time was ever estimated for them,
    InputError where a value cannot be used.
    """
    with write_transaction(conn):
        request = open_request(conn, number)
        return note_determination(
            conn,
            request,
            actor=actor,
            sent_at=sent_at,
            outcome=outcome,
            available_at=available_at,
        )


def note_determination(
    conn: sqlite3.Connection,
    request: Request,
    *,
    actor: str,
    sent_at: str,
    outcome: Outcome | str,
    available_at: str | None = None,
) -> Determination:
    """What `record_determination` does, in the caller's transaction. Raises as it does."""
    try:
        said = Outcome(outcome)
    except ValueError:
        known = ", ".join(each.value for each in Outcome)
        raise InputError(f"the outcome is not known: use one of {known}") from None
    sent = check_moment("the time it was sent", sent_at)
    if clock.parse(sent) > clock.now() + dt.timedelta(minutes=1):
        raise InputError("the time it was sent lies ahead: write it down once it is sent")
    if clock.parse(sent) < clock.parse(request.received_at):
        raise InputError("the determination was sent before the request came: check the time")
    if available_at is not None:
        note_estimate(conn, request, actor=actor, available_at=available_at, reason="")
    elif said.discloses and not estimates_of(conn, request):
        raise RuleError(
            "a determination to disclose states the estimated date and time when the records will "
            "be available (Gov. Code § 7922.535(a)): give both"
        )
    conn.execute(
        "INSERT INTO request_determinations (request_id, at, actor, sent_at, outcome) "
        "VALUES (?, ?, ?, ?, ?)",
        (request.id, clock.now_text(), actor, sent, said.value),
    )
    detail = {"sent at": sent, "outcome": said.value}
    note(conn, request, actor=actor, kind="determination sent", detail=detail)
    return determinations_of(conn, request)[-1]


def determinations_of(conn: sqlite3.Connection, request: Request) -> list[Determination]:
    """The determinations of a request that stand, as they were written down."""
    found = rows(
        conn,
        "SELECT * FROM standing_determinations WHERE request_id = ? ORDER BY id",
        request.id,
    )
    return [determination_from(each) for each in found]


def determination_from(found: sqlite3.Row) -> Determination:
    """A determination from its row."""
    values = dict(found)
    return Determination(**{**values, "outcome": Outcome(values["outcome"])})
