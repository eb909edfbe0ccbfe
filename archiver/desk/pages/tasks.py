"""What a custodian sees: what they were asked, and nothing else; and their answer on one page."""

from __future__ import annotations

import sqlite3

from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.custodians_shown import ask_shown, given_answer, new_answer
from archiver.desk.pages.custodians import declaration_made
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError
from archiver.operations.forwarding import queue_taking
from archiver.requests.custodians.answers import answer
from archiver.requests.custodians.asks import Ask, asks_for, cause_of
from archiver.requests.custodians.causes import Cause
from archiver.requests.custodians.handing_in import lot_of_cause


def listed(visit: Visit, asked: Asked) -> Answer:
    """The asks of open requests that go to this person, those to answer first."""
    with visit.office() as office:
        shown = [ask_shown(visit, office, each) for each in asks_for(office, visit.person.login)]
        names = {each.ask.id: cause_of(office, each.ask).name for each in shown}
    shown.sort(key=lambda each: not each.open)
    return Page(
        "tasks.html",
        {"tasks": shown, "names": names, "saved": bool(asked.asked("saved"))},
    )


def one(visit: Visit, asked: Asked) -> Answer:
    """One ask. Raises NotHere for every ask of somebody else."""
    return _page(visit, asked)


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    with visit.office() as office:
        cause, found = _mine(visit, office, asked)
        shown = ask_shown(visit, office, found)
    return Page(
        "task.html",
        {
            "about": cause.name,
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
        cause, found = _mine(visit, office, asked)
    try:
        given, files = new_answer(asked)
        with visit.office() as office:
            answer(
                *(visit.desk.home, office, visit.desk.settings, found.id, given, files),
                actor=actor,
            )
            if files:
                queue_taking(office, lot_of_cause(cause), actor=actor)
    except ArchiverError as wrong:
        return _page(visit, asked, str(wrong))
    return Redirect("/tasks?saved=1")


def declaration(visit: Visit, asked: Asked) -> Answer:
    """The custodian's own declaration, as a PDF to sign."""
    with visit.office() as office:
        cause, found = _mine(visit, office, asked)
    return declaration_made(visit, cause, found, int(asked.parts["answer"]))


def _mine(visit: Visit, office: sqlite3.Connection, asked: Asked) -> tuple[Cause, Ask]:
    wanted = int(asked.parts["ask"])
    for found in asks_for(office, visit.person.login):
        if found.id == wanted:
            return cause_of(office, found), found
    raise NotHere
