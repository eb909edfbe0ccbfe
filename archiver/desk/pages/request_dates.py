"""What bears on a request's dates, as its page shows it, and the steps of its history in words."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archiver import clock
from archiver.clock import shown, shown_day
from archiver.database import rows
from archiver.desk.answers import Asked
from archiver.desk.visits import Visit
from archiver.desk.words import counted
from archiver.errors import ArchiverError
from archiver.requests.book import Request, RequestEvent
from archiver.requests.timing.clarifying import RUNS_ON, Clarification, clarifications_of
from archiver.requests.timing.determining import Determination, Outcome, determinations_of
from archiver.requests.timing.effort import NEVER_CHARGED, time_spent
from archiver.requests.timing.extensions import Extension, Offer, extension_offer, extensions_of
from archiver.requests.timing.promises import Estimate, estimates_of
from archiver.staff.roles import MANAGE_REQUESTS

FORMS = ("extend", "estimate", "clarify", "determined", "take-back", "time")
OUTCOMES: Mapping[str, str] = {
    Outcome.DISCLOSABLE: "Records follow, all of them",
    Outcome.IN_PART: "Records follow, in part",
    Outcome.DENIED: "Denied in full",
    Outcome.NO_RECORDS: "The city has no such records",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """One counting of the dates: when, what came out (None: by hand), and why it was made."""

    at: str
    safe: dt.date | None
    outside: dt.date | None
    why: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Everything the part of the page about time shows. `offer` is None where dates are counted by
    hand; `refilled` names the form that was sent in vain, `given` holds what its fields held."""

    offer: Offer | None
    extensions: tuple[Extension, ...]
    estimates: tuple[Estimate, ...]
    clarifications: tuple[Clarification, ...]
    determinations: tuple[Determination, ...]
    countings: tuple[Counted, ...]
    spent: str
    refilled: str
    given: Mapping[str, str]

    outcomes = property(lambda self: OUTCOMES)
    runs_on = property(lambda self: RUNS_ON)
    never_charged = property(lambda self: NEVER_CHARGED)


def timing_of(visit: Visit, office: sqlite3.Connection, asked: Asked, request: Request) -> Timing:
    """What the page shows about a request's time."""
    try:
        offer = extension_offer(office, visit.desk.settings, request)
    except ArchiverError:
        offer = None
    last = asked.path.rpartition("/")[2]
    refilled = last if asked.method == "POST" and last in FORMS else ""
    return Timing(
        offer=offer,
        extensions=tuple(extensions_of(office, request)),
        estimates=tuple(estimates_of(office, request)),
        clarifications=tuple(clarifications_of(office, request)),
        determinations=tuple(determinations_of(office, request)),
        countings=_countings(office, request),
        spent=duration(time_spent(office, request)),
        refilled=refilled,
        given=_given(visit, asked, offer, refilled),
    )


def duration(minutes: int) -> str:
    """Minutes as people say them: ``3 h 20 min``."""
    hours, rest = divmod(minutes, 60)
    return f"{hours:,} h {rest:02} min" if hours else f"{rest} min"


def time_told(event: RequestEvent, zone: str) -> str:
    """A step that bears on the dates, in words; empty where the step is another one."""
    detail: Mapping[str, Any] = event.detail or {}
    if event.kind == "extended":
        return f"Time extended from {_day(detail['from'])} to {_day(detail['to'])}"
    if event.kind == "availability estimated":
        later = f", before {shown(detail['from'], zone)}" if detail.get("from") else ""
        return f"Records expected {shown(detail['to'], zone)}{later}"
    if event.kind == "determination sent":
        return f"Determination sent: {detail.get('outcome')}"
    if event.kind in ("extension taken back", "determination taken back"):
        return f"{event.kind.capitalize()}: {detail.get('reason')}"
    if event.kind == "time logged":
        return f"{counted(int(detail.get('minutes') or 0), 'minute')} logged"
    if event.kind == "dates moved":
        return (
            f"Dates moved. Work to {_day(detail['safe'])}, before {_day(detail['safe was'])}; "
            f"outside date {_day(detail['outside'])}, before {_day(detail['outside was'])}: "
            f"{detail['why']}"
        )
    if event.kind == "clarification asked":
        return "Asked the requester what is meant; the clock keeps running"
    return ""


def _day(iso: str | None) -> str:
    return shown_day(dt.date.fromisoformat(iso)) if iso else "counted by hand"


def _countings(office: sqlite3.Connection, request: Request) -> tuple[Counted, ...]:
    found = rows(
        office,
        "SELECT at, safe, outside, why FROM request_dates WHERE request_id = ? ORDER BY id DESC",
        request.id,
    )
    return tuple(
        Counted(
            each["at"],
            dt.date.fromisoformat(each["safe"]) if each["safe"] else None,
            dt.date.fromisoformat(each["outside"]) if each["outside"] else None,
            each["why"],
        )
        for each in found
    )


def _given(visit: Visit, asked: Asked, offer: Offer | None, refilled: str) -> Mapping[str, str]:
    now = clock.now().astimezone(clock.zone(visit.desk.settings.time_zone))
    usual = {
        "circumstance": "",
        "reason": "",
        "determination_on": offer.proposed.isoformat() if offer else "",
        "person": visit.person.name if visit.may(MANAGE_REQUESTS) else "",
        "title": visit.person.title if visit.may(MANAGE_REQUESTS) else "",
        "available_on": "",
        "available_time": "16:00",
        "moved_because": "",
        "step": "asked",
        "words": "",
        "outcome": "",
        "sent_on": now.date().isoformat(),
        "sent_time": f"{now:%H:%M}",
        "back_because": "",
        "minutes": "",
        "what": "",
    }
    if not refilled:
        return usual
    return {name: asked.given(name, value) for name, value in usual.items()}
