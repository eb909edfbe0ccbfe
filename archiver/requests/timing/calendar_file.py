"""The open requests' dates as a calendar file (RFC 5545) for the clerks' own calendars.

It leaves the desk, so it tells no more than it must: a request's number and how the city
understands it in a few words, never who asked or what they wrote.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3

from icalendar import Alarm, Calendar, Event

from archiver import clock
from archiver.clock import shown_day
from archiver.config import Settings
from archiver.database import rows
from archiver.requests.intake import Request, list_requests
from archiver.requests.timing.dates import Dates, work_dates

_SHORT = 80
_MORNING = dt.timedelta(hours=8)
_MOVING = (
    "receipt corrected",
    "dates moved",
    "extended",
    "extension taken back",
    "availability estimated",
)
"""The steps after which an entry says something else, so that calendars replace the old one."""


def calendar_file(conn: sqlite3.Connection, settings: Settings) -> bytes:
    """A calendar with one entry for each open request: its date to work to, the outside date named
    beside it, or after the determination the promised date and time.

    The same dates give the same bytes. Requests counted by hand are left out.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//archiver//requests//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{settings.agency}: records requests")
    calendar.add("x-wr-timezone", settings.time_zone)
    found = list_requests(conn, include_closed=False)
    dates = work_dates(conn, settings, found)
    changes = _changes(conn)
    for request in found:
        known = dates[request.id]
        if isinstance(known, Dates) and known.due is not None:
            calendar.add_component(_entry(settings, request, known, changes.get(request.id)))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _entry(
    settings: Settings, request: Request, dates: Dates, changed: tuple[int, str] | None
) -> Event:
    sequence, at = changed or (0, request.created_at)
    event = Event()
    event.add("uid", f"{request.number}.{dates.about}@{_agency(settings)}.archiver")
    event.add("dtstamp", clock.parse(at))
    event.add("last-modified", clock.parse(at))
    event.add("sequence", sequence)
    scope = _short(request.scope)
    about = f"{request.number}: {scope}" if scope else request.number
    if dates.about == "promise" and dates.estimate is not None:
        zone = clock.zone(settings.time_zone)
        moment = clock.parse(dates.estimate.available_at).astimezone(zone)
        event.add("summary", f"Records promised, request {about}")
        event.add("dtstart", moment)
        event.add("dtend", moment + dt.timedelta(minutes=30))
        event.add("description", "The date and time of availability the city estimated.")
        start = moment.timetz().replace(tzinfo=None)
        before = dt.timedelta(hours=start.hour, minutes=start.minute)
    else:
        event.add("summary", f"Determination due, request {about}")
        event.add("dtstart", dates.work_by)
        event.add("dtend", dates.work_by + dt.timedelta(days=1))
        event.add("description", _told(dates))
        before = dt.timedelta()
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    for days in settings.requests.remind_days:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"Request {request.number}")
        alarm.add("trigger", _MORNING - before - dt.timedelta(days=days))
        event.add_component(alarm)
    return event


def _told(dates: Dates) -> str:
    if dates.outside == dates.work_by:
        outside = "The outside date is the same."
    else:
        outside = (
            f"The outside date is {shown_day(dates.outside)}; use it only if the city attorney "
            "agrees."
        )
    extended = "Extended once. " if dates.extension else ""
    return f"{extended}Safe date {shown_day(dates.work_by)}. {outside}"


def _agency(settings: Settings) -> str:
    return hashlib.sha256(settings.agency.encode()).hexdigest()[:12]


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1].rstrip()}…"


def _changes(conn: sqlite3.Connection) -> dict[int, tuple[int, str]]:
    """How often the dates of each open request were moved or promised anew, and when last."""
    marks = ", ".join("?" for _ in _MOVING)
    found = rows(
        conn,
        f"SELECT request_id, count(*) AS times, max(at) AS last FROM request_events "
        f"WHERE kind IN ({marks}) AND request_id IN "
        "(SELECT id FROM requests WHERE status = 'open') GROUP BY request_id",
        *_MOVING,
    )
    return {each["request_id"]: (each["times"], each["last"]) for each in found}
