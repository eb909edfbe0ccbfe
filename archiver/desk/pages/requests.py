"""Open requests with their dates, and the one an address names."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.desk.answers import NotHere
from archiver.desk.dates import Due, dues_of
from archiver.desk.visits import Visit
from archiver.errors import InputError
from archiver.production.releasing.going_out import last_released, volumes_waiting
from archiver.requests.book import (
    Item,
    Request,
    get_request,
    list_requests,
)
from archiver.requests.timing.stages import Standing, standings
from archiver.staff.roles import DECIDE


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a request's items are decided."""

    decided: int
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """An open request as board, list and first page show it."""

    request: Request
    due: Due
    standing: Standing
    waiting: int = 0
    """How many of its volumes were made and have not gone out."""
    released_at: str | None = None
    """When something of it last went out."""

    @property
    def progress(self) -> Progress:
        """How many of its items are decided, of those this person may know of."""
        return Progress(self.standing.decided, self.standing.items)


def lines_of(visit: Visit, *, practice: bool = False) -> list[Line]:
    """Open requests with their date and where they stand, the nearest date first; or those open
    for practice."""
    with visit.office() as office:
        found = list_requests(office, include_closed=False, practice=practice)
        standing = standings(
            office,
            visit.desk.settings,
            private=visit.private,
            advice=visit.may(DECIDE),
            practice=practice,
        )
        dues = dues_of(visit.desk, office, found)
        waiting = volumes_waiting(office, private=visit.private)
        released = last_released(office, private=visit.private)
    lines = [
        Line(
            *(request, dues[request.id], standing.get(request.id, Standing())),
            *(waiting.get(request.number, 0), released.get(request.number)),
        )
        for request in found
    ]
    return sorted(lines, key=lambda line: (line.due.sort_key, line.request.number))


def seen_items(visit: Visit, items: list[Item]) -> list[Item]:
    """The items this person may know of."""
    return items if visit.private else [item for item in items if item.file != "private"]


def find_request(visit: Visit, number: str) -> Request:
    """The request of an address. Raises NotHere where there is none."""
    with visit.office() as office:
        try:
            return get_request(office, number)
        except InputError:
            raise NotHere from None
