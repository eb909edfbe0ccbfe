"""The list of requests."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver.database import rows
from archiver.desk.answers import Answer, Asked, NotHere, Page
from archiver.desk.dates import Due, due_of
from archiver.desk.visits import Visit
from archiver.errors import InputError
from archiver.requests.book import (
    Choice,
    Item,
    Request,
    get_request,
    list_requests,
)


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
            "practice": lines_of(visit, include_closed=False, practice=True),
        },
    )


def lines_of(visit: Visit, *, include_closed: bool = True, practice: bool = False) -> list[Line]:
    """Requests with their date and progress, the nearest date first."""
    with visit.office() as office:
        found = list_requests(office, include_closed=include_closed, practice=practice)
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
    found = rows(
        office,
        """
        SELECT request_id, count(*) AS total, sum(
            coalesce((
                SELECT decision FROM request_decisions WHERE item_id = items.id
                ORDER BY request_decisions.id DESC LIMIT 1
            ), 'undecided') <> 'undecided'
        ) AS decided
        FROM request_items AS items WHERE ? OR file <> 'private' GROUP BY request_id
        """,
        visit.private,
    )
    return {each["request_id"]: Progress(each["decided"], each["total"]) for each in found}


def seen_items(visit: Visit, items: list[Item]) -> list[Item]:
    """The items this person may know of."""
    return items if visit.private else [item for item in items if item.file != "private"]


def progress_of(items: list[Item]) -> Progress:
    """How far deciding is."""
    decided = sum(item.decision.choice is not Choice.UNDECIDED for item in items)
    return Progress(decided, len(items))


def find_request(visit: Visit, number: str) -> Request:
    """The request of an address. Raises NotHere where there is none."""
    with visit.office() as office:
        try:
            return get_request(office, number)
        except InputError:
            raise NotHere from None
