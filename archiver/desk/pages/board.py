"""The board of requests: every open one by stage, or as a list, with what is due and late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.desk.answers import Answer, Asked, Data, Page
from archiver.desk.numbers import whole
from archiver.desk.pages.requests import Line, lines_of
from archiver.desk.visits import Visit
from archiver.requests.book import CHANNELS, Request
from archiver.requests.intake import closed_requests, count_closed
from archiver.requests.timing.calendar_file import calendar_file
from archiver.requests.timing.stages import Stage

_LATELY = 6
_PER_PAGE = 50
_SOON = 5
_DUE: Mapping[str, str] = {
    "late": "Late",
    "soon": "Today or within five days",
    "promised": "Promised, determination sent",
    "hand": "Counted by hand",
}
_TITLES: Mapping[Stage, str] = {
    Stage.RECEIVED: "Received",
    Stage.SEARCHING: "Searching",
    Stage.REVIEW: "In review",
    Stage.ATTORNEY: "With attorney",
    Stage.READY: "Ready to send",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its requests, what is due first on top."""

    key: str
    title: str
    lines: tuple[Line, ...]


def show(visit: Visit, asked: Asked) -> Answer:
    """The board, or the list with `?view=list`; `due`, `channel` and `q` narrow both."""
    lines = lines_of(visit)
    wanted = {name: asked.asked(name).strip() for name in ("due", "channel", "q")}
    shown = [line for line in lines if _fits(line, wanted)]
    listed = asked.asked("view") == "list"
    start = whole(asked.asked("from", "0")) or 0
    start = min(start, 10**9)
    with visit.office() as office:
        closed = closed_requests(
            office, limit=_PER_PAGE if listed else _LATELY, start=start if listed else 0
        )
        closed_count = count_closed(office)
    return Page(
        "requests.html",
        {
            "listed": listed,
            "lines": shown,
            "open_count": len(lines),
            "columns": _columns(shown),
            "closed": closed,
            "closed_count": closed_count,
            "start": start,
            "after": start + _PER_PAGE if listed and start + _PER_PAGE < closed_count else None,
            "before": max(0, start - _PER_PAGE) if listed and start else None,
            "wanted": wanted,
            "narrowed": any(wanted.values()),
            "dues": _DUE,
            "channels": CHANNELS,
            "stages": _TITLES,
            "tally": _tally(lines),
            "practice": lines_of(visit, practice=True),
        },
    )


def calendar(visit: Visit, asked: Asked) -> Answer:
    """The dates as a calendar file."""
    with visit.office() as office:
        made = calendar_file(office, visit.desk.settings)
    return Data(made.decode("utf-8"), media_type="text/calendar; charset=utf-8")


def _columns(lines: Sequence[Line]) -> tuple[Column, ...]:
    return tuple(
        Column(
            stage.value.replace(" ", "-"),
            title,
            tuple(line for line in lines if line.standing.stage is stage),
        )
        for stage, title in _TITLES.items()
    )


def _tally(lines: Sequence[Line]) -> Mapping[str, int]:
    """How many open requests each choice of the date filter would show."""
    return {name: sum(_due_is(line, name) for line in lines) for name in _DUE}


def _fits(line: Line, wanted: Mapping[str, str]) -> bool:
    request = line.request
    if wanted["due"] in _DUE and not _due_is(line, wanted["due"]):
        return False
    if wanted["channel"] in CHANNELS and request.channel != wanted["channel"]:
        return False
    return _says(request, wanted["q"])


def _says(request: Request, text: str) -> bool:
    where = f"{request.number}\n{request.scope}\n{request.verbatim}\n{request.requester or ''}"
    return all(word in where.casefold() for word in text.casefold().split())


def _due_is(line: Line, what: str) -> bool:
    dates = line.due.dates
    if dates is None:
        return what == "hand"
    if what == "late":
        return dates.late
    if what == "soon":
        return dates.days_left is not None and 0 <= dates.days_left <= _SOON
    return what == "promised" and dates.about == "promise"
