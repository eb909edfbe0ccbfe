"""The city attorney's page: questions that wait for an answer, and what is withheld to sign off."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.item_lines import Line, find_item, known_files, lines_of
from archiver.desk.numbers import whole
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.requests.book import Item, Request, items_page, list_requests
from archiver.requests.queue import items_by_id
from archiver.requests.reviewing.attorney import (
    SIGNED,
    Question,
    answer,
    open_questions,
    sign_off,
    signed_off,
)
from archiver.staff.roles import ANSWER_PRIVILEGED

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question with the item it is about."""

    request: Request
    question: Question
    line: Line


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What of a request is withheld or redacted and not signed off, and how many there are."""

    request: Request
    lines: list[Line]
    total: int


def show(visit: Visit, asked: Asked) -> Answer:
    """Open questions, then what waits to be signed off, by request."""
    return _page(visit, asked)


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    known = known_files(visit)
    with visit.office() as office, visit.evidence() as files:
        requests = {each.id: each for each in list_requests(office, include_closed=False)}
        questions = {each.item_id: each for each in open_questions(office)}
        items = [
            item
            for item in items_by_id(office, questions)
            if item.file in known and item.request_id in requests
        ]
        waiting = []
        for request in requests.values():
            here = [item for item in items if item.request_id == request.id]
            for line in lines_of(visit, files, request, here):
                waiting.append(Waiting(request, questions[line.item.id], line))
        unsigned = []
        for request in requests.values():
            left = _unsigned(visit, request)
            if left:
                lines = lines_of(visit, files, request, left[:_SHOWN])
                unsigned.append(Unsigned(request, lines, len(left)))
    return Page(
        "attorney.html",
        {
            "waiting": waiting,
            "unsigned": unsigned,
            "problem": problem,
            "given": asked.given("answer") if problem else "",
            "on": asked.given("item") if problem else "",
            "can_answer": visit.may(ANSWER_PRIVILEGED),
            "can_sign": visit.may(ANSWER_PRIVILEGED) and not visit.sight.limited,
            "answered": bool(asked.asked("answered")),
            "signed": whole(asked.asked("signed")) or 0,
        },
        422 if problem else 200,
    )


def _unsigned(visit: Visit, request: Request) -> list[Item]:
    with visit.office() as office:
        signed = signed_off(office, request.id)
        found = items_page(
            office, request.number, show=SIGNED, size=100_000, files=known_files(visit)
        )
    return [item for item in found if item.id not in signed]


def reply(visit: Visit, asked: Asked) -> Answer:
    """Answer the open question on an item."""
    request = find_request(visit, asked.given("number"))
    item_id = _item(visit, request, asked.given("item"))
    try:
        with visit.office() as office:
            answer(
                *(office, request.number, item_id, asked.given("answer")),
                actor=visit.person.login,
            )
    except ArchiverError as wrong:
        return _page(visit, asked, str(wrong))
    return Redirect("/attorney?answered=1")


def sign(visit: Visit, asked: Asked) -> Answer:
    """Sign off the ticked decisions, each as it stood on the page."""
    request = find_request(visit, asked.given("number"))
    seen = {}
    for each in asked.all_given("decision"):
        item, _, decision = each.partition("-")
        if decision.isdecimal() and len(decision) < 16:
            seen[_item(visit, request, item)] = int(decision)
    try:
        with visit.office() as office:
            signed = sign_off(office, request.number, seen, actor=visit.person.login)
    except ArchiverError as wrong:
        return _page(visit, asked, str(wrong))
    return Redirect(f"/attorney?signed={signed}")


def _item(visit: Visit, request: Request, text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise NotHere
    with visit.office() as office:
        return find_item(visit, office, request, int(text)).id
