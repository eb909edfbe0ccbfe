"""Counting open requests again after a calendar, a law or a time of receipt changed.

No date moves silently: whatever moves one is named in the request's history.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archiver.clock import shown_day
from archiver.config import Settings
from archiver.database import rows, write_transaction
from archiver.requests.intake import Request, get_request, list_requests, note
from archiver.requests.timing.remembering import Reckoning, keep, last_reckoning, reckon

KIND = "dates moved"
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Moved:
    """A request whose dates moved: the dates before and now (None: counted by hand), and why."""

    number: str
    safe_before: dt.date | None
    safe: dt.date | None
    outside_before: dt.date | None
    outside: dt.date | None
    why: str


def recount_open_requests(
    conn: sqlite3.Connection, settings: Settings, *, actor: str
) -> list[Moved]:
    """Count every open request again; the ones whose dates moved, each with its history's words.

    What was logged before dates were remembered is remembered from now on. Running it again changes
    nothing.
    """
    moved = []
    for request in list_requests(conn, include_closed=False):
        if _unchanged(last_reckoning(conn, request), reckon(conn, settings, request, why="")):
            continue
        with write_transaction(conn):
            current = get_request(conn, request.number)
            found = _recount(conn, settings, current, actor) if current.is_open else None
        if found is not None:
            moved.append(found)
    return moved


def moved_since(conn: sqlite3.Connection, since: str) -> list[Moved]:
    """What moved in open requests since a moment (UTC), the last first."""
    found = rows(
        conn,
        """
        SELECT requests.number, detail ->> 'safe was' AS safe_before, detail ->> 'safe' AS safe,
            detail ->> 'outside was' AS outside_before, detail ->> 'outside' AS outside,
            detail ->> 'why' AS why
        FROM request_events JOIN requests ON requests.id = request_id
        WHERE kind = ? AND at >= ? AND status = 'open' ORDER BY request_events.id DESC
        """,
        KIND,
        since,
    )
    return [
        Moved(
            each["number"],
            _date(each["safe_before"]),
            _date(each["safe"]),
            _date(each["outside_before"]),
            _date(each["outside"]),
            each["why"],
        )
        for each in found
    ]


def _unchanged(before: Reckoning | None, now: Reckoning) -> bool:
    if before is None:
        return False
    same = before.digest == now.digest and before.dates == now.dates
    return same and before.received_on == now.received_on


def _recount(
    conn: sqlite3.Connection, settings: Settings, request: Request, actor: str
) -> Moved | None:
    before = last_reckoning(conn, request)
    now = reckon(conn, settings, request, why="")
    if _unchanged(before, now):
        return None
    why = "counted for the first time" if before is None else _why(before, now)
    keep(conn, request, replace(now, why=now.why or why))
    if before is None or before.dates == now.dates:
        return None
    detail = {
        "safe was": _iso(before.safe),
        "safe": _iso(now.safe),
        "outside was": _iso(before.outside),
        "outside": _iso(now.outside),
        "why": why,
    }
    note(conn, request, actor=actor, kind=KIND, detail=detail)
    return Moved(request.number, before.safe, now.safe, before.outside, now.outside, why)


def _why(before: Reckoning, now: Reckoning) -> str:
    """What moved the dates, in words: the law, the receipt, the days that are closed now or not."""
    if now.safe is None:
        return f"the dates can no longer be counted: {now.why}"
    if before.safe is None:
        return f"the dates can be counted now, with {now.calendar}"
    said = []
    if before.received_on != now.received_on:
        said.append(f"the day of receipt was corrected to {shown_day(now.received_on)}")
    if before.law != now.law:
        said.append(f"it is counted by Gov. Code § {now.law} instead of § {before.law}")
    came = [each for each in now.closed if each not in before.closed]
    went = [each for each in before.closed if each not in now.closed]
    other = [
        each
        for each, name in now.closed.items()
        if each in before.closed and before.closed[each] != name
    ]
    if before.received_on == now.received_on:
        said += _days("is a closed day now", "are closed days now", came, now)
        said += _days("is no closed day any more", "are no closed days any more", went, before)
        said += [
            f"{_day(each)} was {before.closed[each]}, and is {now.closed[each]}"
            for each in other[:_NAMED]
        ]
    if not said:
        said = ["the city's rule for the day of receipt, or the number of days, changed"]
    return f"{'; '.join(said)} (calendar {now.calendar})"


def _days(one: str, many: str, days: Sequence[str], of: Reckoning) -> list[str]:
    if not days:
        return []
    named = ", ".join(f"{_day(each)} ({of.closed[each]})" for each in days[:_NAMED])
    if len(days) > _NAMED:
        named += f" and {len(days) - _NAMED} more"
    return [f"{named} {one if len(days) == 1 else many}"]


def _day(iso: str) -> str:
    return shown_day(dt.date.fromisoformat(iso))


def _date(iso: str | None) -> dt.date | None:
    return None if iso is None else dt.date.fromisoformat(iso)


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
