"""What a custodian sees: what they were asked, and nothing else; and their answer on one page."""

from __future__ import annotations

import sqlite3

from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.custodians_shown import ask_shown, given_answer, new_answer
from archiver.desk.pages.custodians import declaration_made
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.operations.forwarding import queue_taking
from archiver.requests.book import Request
from archiver.requests.custodians.answers import answer
from archiver.requests.custodians.asks import Ask, asks_for, request_of


def listed(visit: Visit, asked: Asked) -> Answer:
    """The asks of open requests that go to this person, those to answer first."""
    with visit.office() as office:
        shown = [ask_shown(visit, office, each) for each in asks_for(office, visit.person.login)]
        numbers = {each.ask.id: request_of(office, each.ask).number for each in shown}
    shown.sort(key=lambda each: not each.open)
    return Page(
        "tasks.html",
        {"tasks": shown, "numbers": numbers, "saved": bool(asked.asked("saved"))},
    )


def one(visit: Visit, asked: Asked) -> Answer:
    """One ask. Raises NotHere for every ask of somebody else."""
    return _page(visit, asked)


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    with visit.office() as office:
        request, found = _mine(visit, office, asked)
        shown = ask_shown(visit, office, found)
    return Page(
        "task.html",
        {
            "number": request.number,
            "ask": found,
            "shown": shown,
            "given": given_answer(visit, found, asked if problem else None, on_behalf=False),
            "problem": problem,
        },
        422 if problem else 200,
    )


def tell(visit: Visit, asked: Asked) -> Answer:
    """Take the answer with its files. Sending it twice gives one answer."""
    actor = visit.person.login
    with visit.office() as office:
        request, found = _mine(visit, office, asked)
    try:
        given, files = new_answer(asked)
        with visit.office() as office:
            answer(
                *(visit.desk.home, office, visit.desk.settings, found.id, given, files),
                actor=actor,
            )
            if files:
                queue_taking(office, request.number, actor=actor)
    except ArchiverError as wrong:
        return _page(visit, asked, str(wrong))
    return Redirect("/tasks?saved=1")


def declaration(visit: Visit, asked: Asked) -> Answer:
    """The custodian's own declaration, as a PDF to sign."""
    with visit.office() as office:
        request, found = _mine(visit, office, asked)
    return declaration_made(visit, request, found, int(asked.parts["answer"]))


def _mine(visit: Visit, office: sqlite3.Connection, asked: Asked) -> tuple[Request, Ask]:
    wanted = int(asked.parts["ask"])
    for found in asks_for(office, visit.person.login):
        if found.id == wanted:
            return request_of(office, found), found
    raise NotHere
