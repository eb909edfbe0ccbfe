"""The names of minors whose every occurrence in a request is suggested for covering."""

from __future__ import annotations

from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.requests.book import Request
from archiver.requests.finding.marking import mark_minor, minors_of, unmark_minor


def show(visit: Visit, asked: Asked) -> Answer:
    """The marked names, and the form for another."""
    return _page(visit, find_request(visit, asked.parts["number"]))


def _page(visit: Visit, request: Request, problem: str = "", name: str = "") -> Page:
    with visit.office() as office:
        names = minors_of(office, request.number)
    return Page(
        "minors.html",
        {"request": request, "names": names, "problem": problem, "name": name},
        422 if problem else 200,
    )


def add(visit: Visit, asked: Asked) -> Answer:
    """Mark a name."""
    request = find_request(visit, asked.parts["number"])
    name = asked.given("name")
    try:
        with visit.office() as office:
            mark_minor(office, request.number, name, actor=visit.person.login)
    except ArchiverError as wrong:
        return _page(visit, request, str(wrong), name)
    return Redirect(f"/requests/{request.number}/minors")


def remove(visit: Visit, asked: Asked) -> Answer:
    """Take a name out of the book."""
    request = find_request(visit, asked.parts["number"])
    try:
        with visit.office() as office:
            number = int(asked.parts["minor"])
            unmark_minor(office, request.number, number, actor=visit.person.login)
    except ArchiverError as wrong:
        return _page(visit, request, str(wrong))
    return Redirect(f"/requests/{request.number}/minors")
