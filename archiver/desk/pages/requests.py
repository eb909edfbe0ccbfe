"""The list of requests, and logging a new one."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from archiver import clock
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.dates import Due, due_of
from archiver.desk.looking import note_private
from archiver.desk.picks import Pick, add_picks, read_picks
from archiver.desk.visits import Visit
from archiver.errors import InputError, RuleError
from archiver.requests.book import (
    CHANNELS,
    Choice,
    Item,
    Request,
    get_request,
    list_requests,
    new_request,
    progress_by_request,
)

PICKS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a request's items are decided."""

    decided: int
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """A request as the list shows it."""

    request: Request
    due: Due
    progress: Progress


def show(visit: Visit, asked: Asked) -> Answer:
    """Open requests by date, then the closed ones."""
    lines = lines_of(visit)
    return Page(
        "requests.html",
        {
            "open": [line for line in lines if line.request.is_open],
            "closed": [line for line in lines if not line.request.is_open],
        },
    )


def lines_of(visit: Visit, *, include_closed: bool = True) -> list[Line]:
    """Requests with their date and progress, the nearest date first."""
    with visit.office() as office:
        found = list_requests(office, include_closed=include_closed)
        counted = _counted(visit, office)
    lines = [
        Line(
            request,
            due_of(visit.desk, request),
            counted.get(request.id, Progress(0, 0)),
        )
        for request in found
    ]
    return sorted(lines, key=lambda line: (line.due.safe, line.request.number))


def _counted(visit: Visit, office: sqlite3.Connection) -> dict[int, Progress]:
    """How far each request is, by its id, counting only the items this person may know of."""
    files = ("archive", "private") if visit.private else ("archive",)
    return {
        request_id: Progress(decided, total)
        for request_id, (decided, total) in progress_by_request(office, files=files).items()
    }


def seen_items(visit: Visit, items: list[Item]) -> list[Item]:
    """The items this person may know of."""
    return items if visit.private else [item for item in items if item.file != "private"]


def progress_of(items: list[Item]) -> Progress:
    """How far deciding is."""
    decided = sum(item.decision.choice is not Choice.UNDECIDED for item in items)
    return Progress(decided, len(items))


def form(visit: Visit, asked: Asked) -> Answer:
    """The form for a new request."""
    return new_form(visit, [], families=False)


def new_form(
    visit: Visit,
    picks: list[Pick],
    *,
    families: bool,
    search: str = "",
    given: Mapping[str, str] | None = None,
    problem: str = "",
) -> Page:
    """The form, with records that go into the request as soon as it is saved."""
    note_private(
        visit, "a new request", ((pick.file, pick.record.id) for pick in picks[:PICKS_SHOWN])
    )
    now = clock.now().astimezone(clock.zone(visit.desk.settings.time_zone))
    values = {
        "received_on": now.date().isoformat(),
        "received_time": f"{now:%H:%M}",
        "channel": "email",
        "verbatim": "",
        "requester": "",
        "contact": "",
        "scope": "",
        **(given or {}),
    }
    shown = {
        "values": values,
        "channels": CHANNELS,
        "picks": picks,
        "picks_shown": picks[:PICKS_SHOWN],
        "families": families,
        "search": search,
        "problem": problem,
        "today": now.date(),
    }
    return Page("request_new.html", shown, 422 if problem else 200)


def create(visit: Visit, asked: Asked) -> Answer:
    """Log the request, then add the records it was started from."""
    picks = read_picks(visit, asked.all_given("pick"))
    families = bool(asked.given("families"))
    search = asked.given("search")
    names = (
        "received_on",
        "received_time",
        "channel",
        "verbatim",
        "requester",
        "contact",
        "scope",
    )
    given = {name: asked.given(name).replace("\r\n", "\n") for name in names}
    try:
        received = _received(visit, given["received_on"], given["received_time"])
        with visit.office() as office:
            made = new_request(
                office,
                visit.desk.settings,
                actor=visit.person.login,
                received_at=received,
                channel=given["channel"],
                verbatim=given["verbatim"],
                requester=given["requester"] or None,
                contact=given["contact"] or None,
                scope=given["scope"],
            )
    except (InputError, RuleError) as wrong:
        return new_form(
            visit, picks, families=families, search=search, given=given, problem=str(wrong)
        )
    if not picks:
        return Redirect(f"/requests/{made.number}")
    report = add_picks(visit, made.number, picks, families=families, search=search)
    return Redirect(f"/requests/{made.number}?added={report.added}")


def find_request(visit: Visit, number: str) -> Request:
    """The request of an address. Raises NotHere where there is none."""
    with visit.office() as office:
        try:
            return get_request(office, number)
        except InputError:
            raise NotHere from None


def _received(visit: Visit, day: str, time: str) -> str:
    zone = clock.zone(visit.desk.settings.time_zone)
    try:
        moment = dt.datetime.combine(
            dt.date.fromisoformat(day), dt.time.fromisoformat(time or "00:00"), zone
        )
    except ValueError:
        raise InputError("the day or time of receipt is missing: give both") from None
    return clock.to_text(moment)
