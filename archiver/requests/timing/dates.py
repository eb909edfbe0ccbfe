"""The dates of a request as everything reads them: letters, pages, lists, calendar file, reminders.

There is one date to work to, the safe one, with any extension in it; the outside date stands beside
it and is never shown alone.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.clock import shown, shown_day
from archiver.config import Settings
from archiver.database import rows
from archiver.errors import ArchiverError
from archiver.register.office import home_of
from archiver.requests.calendars import ClosedDays, closed_days
from archiver.requests.deadline import Deadline, clock_law_file, count_days, deadline
from archiver.requests.intake import Request
from archiver.requests.timing.clarifying import RUNS_ON, Clarification
from archiver.requests.timing.determining import Determination, determination_from
from archiver.requests.timing.extensions import Extension, extension_from
from archiver.requests.timing.promises import Estimate
from archiver.requests.timing.remembering import reach


@dataclass(frozen=True, slots=True)
class Dates:
    """Where a request stands in time, counted for `today` in the agency's zone.

    `work_by` is the date by which the determination is worked to and `outside` the last one the
    statute can be read to allow, both with the extension where one was given; `counted` has them
    without it, with day 10. `estimate` is the last promised date and time of availability,
    `first_estimate` the first. `due` is the date that matters now: `work_by` until the
    determination is sent, then the day promised, then None. `words` say all of it in sentences,
    `unverified` what must be checked before relying on it.
    """

    today: dt.date
    work_by: dt.date
    outside: dt.date
    counted: Deadline
    extension: Extension | None
    estimate: Estimate | None
    first_estimate: Estimate | None
    determination: Determination | None
    clarification: Clarification | None
    due: dt.date | None
    words: tuple[str, ...]
    unverified: tuple[str, ...]

    @property
    def about(self) -> str | None:
        """What `due` is about: ``determination``, ``promise`` or nothing any more."""
        if self.due is None:
            return None
        return "determination" if self.determination is None else "promise"

    @property
    def days_left(self) -> int | None:
        """Days from today to `due`; negative where it has passed, None where nothing is due."""
        return None if self.due is None else (self.due - self.today).days

    @property
    def warning(self) -> str | None:
        """What must be minded now: the gap between the two dates, or that both have passed."""
        if self.determination is not None or self.today <= self.work_by:
            return None
        if self.today <= self.outside:
            return (
                f"The safe date, {shown_day(self.work_by)}, has passed. Send the determination "
                f"now; whether the outside date, {shown_day(self.outside)}, may still be used is "
                "for the city attorney to say."
            )
        return (
            f"The outside date, {shown_day(self.outside)}, has passed without a determination. "
            "Send it now, and tell the city attorney."
        )

    @property
    def late(self) -> bool:
        """Whether `due` has passed."""
        return self.due is not None and self.due < self.today


@dataclass(frozen=True, slots=True)
class _Facts:
    extension: Extension | None = None
    estimates: tuple[Estimate, ...] = ()
    determination: Determination | None = None
    clarification: Clarification | None = None


def work_date(conn: sqlite3.Connection, settings: Settings, request: Request) -> Dates:
    """The dates of one request. Raises RuleError where no verified version of the law fits the day
    of receipt, InputError where law or calendar cannot be read: then they are counted by hand."""
    facts = _facts(conn, [request.id]).get(request.id, _Facts())
    days = closed_days(settings.calendar, home_of(conn))
    return _dates(settings, request, facts, _today(settings), days)


def work_dates(
    conn: sqlite3.Connection, settings: Settings, requests: Sequence[Request]
) -> dict[int, Dates | str]:
    """The dates of many requests by their id; where they are counted by hand, the reason instead:
    one such request hides no other."""
    try:
        days = closed_days(settings.calendar, home_of(conn))
    except ArchiverError as reason:
        return {request.id: str(reason) for request in requests}
    facts = _facts(conn, [request.id for request in requests])
    today = _today(settings)
    found: dict[int, Dates | str] = {}
    for request in requests:
        known = facts.get(request.id, _Facts())
        try:
            found[request.id] = _dates(settings, request, known, today, days)
        except ArchiverError as reason:
            found[request.id] = str(reason)
    return found


def limits_of(
    conn: sqlite3.Connection, settings: Settings, requests: Sequence[Request]
) -> dict[int, tuple[dt.date, dt.date]]:
    """The date to work to and the outside date of many requests by their id, as `work_dates` has
    them and without its words; one that is counted by hand is missing."""
    try:
        days = closed_days(settings.calendar, home_of(conn))
    except ArchiverError:
        return {}
    extended = {
        each["request_id"]: dt.date.fromisoformat(each["determination_on"])
        for each in rows(
            conn, "SELECT request_id, determination_on FROM standing_extensions ORDER BY id"
        )
    }
    law = clock_law_file()
    found = {}
    for request in requests:
        try:
            counted = count_days(request.received_at, settings, law, days)
        except ArchiverError:
            continue
        found[request.id] = reach(counted, days, extended.get(request.id))
    return found


def _today(settings: Settings) -> dt.date:
    return clock.local_day(clock.now_text(), settings.time_zone)


def _dates(
    settings: Settings, request: Request, facts: _Facts, today: dt.date, days: ClosedDays
) -> Dates:
    counted = deadline(request.received_at, settings, channel=request.channel, days=days)
    extension = facts.extension
    safe, outside = reach(counted, days, extension.determination_on if extension else None)
    estimate = facts.estimates[-1] if facts.estimates else None
    sent = facts.determination
    due: dt.date | None = safe
    if sent is not None:
        due = None
        if sent.outcome.discloses and estimate is not None:
            due = clock.local_day(estimate.available_at, settings.time_zone)
    return Dates(
        today=today,
        work_by=safe,
        outside=outside,
        counted=counted,
        extension=extension,
        estimate=estimate,
        first_estimate=facts.estimates[0] if facts.estimates else None,
        determination=sent,
        clarification=facts.clarification,
        due=due,
        words=(*counted.steps, *_words(facts, safe, outside, settings.time_zone)),
        unverified=counted.unverified,
    )


def _words(facts: _Facts, safe: dt.date, outside: dt.date, zone: str) -> list[str]:
    said = []
    extension, asked, sent = facts.extension, facts.clarification, facts.determination
    if extension is not None:
        on = shown_day(clock.local_day(extension.at, zone))
        same = "the same" if outside == safe else shown_day(outside)
        said.append(
            f"Extended on {on} by {extension.person}, {extension.title} ({extension.source}). The "
            f"notice gives {shown_day(extension.determination_on)}: work to {shown_day(safe)}; "
            f"outside date {same}. It cannot be extended again."
        )
    if asked is not None:
        on = shown_day(clock.local_day(asked.at, zone))
        was = "asked" if asked.step == "asked" else "answered"
        said.append(f"The requester was asked what is meant; {was} on {on}. {RUNS_ON}")
    if sent is not None:
        said.append(f"Determination sent {shown(sent.sent_at, zone)}: {sent.outcome.value}.")
    if facts.estimates:
        first, last = facts.estimates[0], facts.estimates[-1]
        said.append(
            f"Records are expected {shown(last.available_at, zone)}"
            + (f"; first promised for {shown(first.available_at, zone)}." if first != last else ".")
        )
    return said


def _facts(conn: sqlite3.Connection, ids: Sequence[int]) -> Mapping[int, _Facts]:
    """What bears on the dates of these requests, by their id."""
    found: dict[int, _Facts] = {}
    extensions = {
        each["request_id"]: extension_from(each) for each in _of(conn, ids, "standing_extensions")
    }
    sent: dict[int, Determination] = {}
    for each in _of(conn, ids, "standing_determinations"):
        sent.setdefault(each["request_id"], determination_from(each))
    asked = {
        each["request_id"]: Clarification(**dict(each))
        for each in _of(conn, ids, "request_clarifications")
    }
    promised: dict[int, list[Estimate]] = {}
    for each in _of(conn, ids, "request_estimates"):
        promised.setdefault(each["request_id"], []).append(Estimate(**dict(each)))
    for one in {*extensions, *sent, *asked, *promised}:
        found[one] = _Facts(
            extensions.get(one), tuple(promised.get(one, ())), sent.get(one), asked.get(one)
        )
    return found


def _of(conn: sqlite3.Connection, ids: Sequence[int], table: str) -> list[sqlite3.Row]:
    return rows(
        conn,
        f"SELECT * FROM {table} WHERE request_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        json.dumps(list(ids)),
    )
