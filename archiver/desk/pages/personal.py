"""Personal data that waits for an answer in a request, the same words in one line."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.looking import note_private
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, BusyError
from archiver.requests.book import Request
from archiver.requests.finding.asking import answer_suggestions
from archiver.requests.finding.repeating import Repeated, repeated_suggestions
from archiver.staff.roles import DECIDE

_PER_PAGE = 40
_ITEMS_NAMED = 6
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Line:
    """Words found in a request; `key` is how a form names them: by their first place."""

    found: Repeated
    key: str

    @property
    def items(self) -> list[int]:
        """The first few items they stand in."""
        return [item.id for item in self.found.items[:_ITEMS_NAMED]]


def show(visit: Visit, asked: Asked) -> Answer:
    """What waits, the most frequent first."""
    return _page(visit, asked, find_request(visit, asked.parts["number"]))


def _page(visit: Visit, asked: Asked, request: Request, problem: str = "") -> Page:
    with visit.office() as office, visit.evidence() as files:
        lines = _lines(visit, office, files, request)
    written = asked.asked("from")
    start = int(written) if _NUMBER.fullmatch(written) else 0
    shown = lines[start : start + _PER_PAGE]
    note_private(
        visit,
        f"request {request.number}, personal data",
        ((item.file, item.record_id) for line in shown for item in line.found.items),
    )
    answered = asked.asked("answered")
    return Page(
        "personal.html",
        {
            "request": request,
            "lines": shown,
            "count": len(lines),
            "places": sum(len(line.found.suggestions) for line in lines),
            "start": start,
            "before": max(0, start - _PER_PAGE) if start else None,
            "after": start + _PER_PAGE if start + _PER_PAGE < len(lines) else None,
            "answered": int(answered) if _NUMBER.fullmatch(answered) else None,
            "problem": problem,
            "can_decide": visit.may(DECIDE) and request.is_open,
        },
        422 if problem else 200,
    )


def reject(visit: Visit, asked: Asked) -> Answer:
    """Say of the same words, wherever they wait in the request, that they are not to be covered.

    Where more or fewer of them wait than the page showed, nothing is answered.
    """
    request = find_request(visit, asked.parts["number"])
    try:
        with visit.office() as office, visit.evidence() as files:
            lines = {line.key: line for line in _lines(visit, office, files, request)}
            meant = lines.get(asked.given("words"))
            if meant is None or str(len(meant.found.suggestions)) != asked.given("count"):
                raise BusyError(
                    "what waits has changed since the page was made: look again, nothing was "
                    "answered"
                )
            answer_suggestions(
                office,
                files,
                visit.desk.settings,
                request.number,
                [each.place for each in meant.found.suggestions],
                "rejected",
                actor=visit.person.login,
            )
    except ArchiverError as wrong:
        return _page(visit, asked, request, str(wrong))
    count = len(meant.found.suggestions)
    return Redirect(f"/requests/{request.number}/personal?answered={count}")


def _lines(
    visit: Visit,
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    request: Request,
) -> list[Line]:
    lines = []
    for found in repeated_suggestions(office, files, visit.desk.settings, request.number):
        first = found.suggestions[0].place
        key = f"{first.item_id} {first.field} {first.start} {first.end} {first.kind.value}"
        lines.append(Line(found, key))
    return lines
