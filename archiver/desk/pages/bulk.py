"""Deciding about many items at once: what would happen, then the act."""

from __future__ import annotations

from urllib.parse import parse_qs

from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.exemption_forms import claims_in, given_in, grounds_of
from archiver.desk.item_lines import known_files
from archiver.desk.pages.requests import find_request
from archiver.desk.review_filters import as_query, wanted_in
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.book import Choice, Request
from archiver.requests.queue import items_by_id
from archiver.requests.reviewing.bulk import CHOICES, Preview, decide_all, preview
from archiver.requests.reviewing.filtering import wanted_items

_NAMED = 12
WORDS = {
    Choice.RELEASE.value: "Release in full",
    Choice.WITHHOLD.value: "Withhold",
    Choice.NOT_RESPONSIVE.value: "Not responsive",
    Choice.UNDECIDED.value: "Take the decisions back",
}


def look(visit: Visit, asked: Asked) -> Answer:
    """The preview: how many would be decided, which are left out and why."""
    request = find_request(visit, asked.parts["number"])
    return bulk_page(visit, request, asked)


def act(visit: Visit, asked: Asked) -> Answer:
    """Do what the preview showed, all of it or nothing."""
    request = find_request(visit, asked.parts["number"])
    choice = asked.given("choice")
    ids = _chosen(visit, request, asked)
    try:
        with visit.office() as office, visit.evidence() as files:
            done = decide_all(
                *(office, files, visit.desk.settings, request.number, ids, choice),
                token=asked.given("token"),
                actor=visit.person.login,
                claims=claims_in(asked) if choice == Choice.WITHHOLD.value else (),
                note_text=asked.given("note") or None,
                whole=asked.given("whole"),
            )
    except ArchiverError as wrong:
        return bulk_page(visit, request, asked, str(wrong))
    return Redirect(f"/requests/{request.number}?decided={done}#items")


def bulk_page(visit: Visit, request: Request, asked: Asked, problem: str = "") -> Page:
    """The preview of deciding about the ticked items, or those a filter wants."""
    ids = _chosen(visit, request, asked)
    choice = asked.given("choice") or asked.asked("choice")
    shown: Preview | None = None
    try:
        with visit.office() as office, visit.evidence() as files:
            grounds = grounds_of(office)
            shown = preview(office, files, visit.desk.settings, request.number, ids, choice)
    except InputError as wrong:
        problem = problem or str(wrong)
    filters = asked.given("filters") or asked.query_string
    return Page(
        "bulk.html",
        {
            "request": request,
            "preview": shown,
            "named": _NAMED,
            "choice": choice,
            "words": WORDS,
            "choices": [each.value for each in CHOICES],
            "filters": as_query(wanted_in(parse_qs(filters))),
            "picked": ids if asked.all_given("item") else [],
            "grounds": grounds,
            "given": given_in(asked),
            "whole": asked.given("whole"),
            "problem": problem,
        },
        422 if problem else 200,
    )


def _chosen(visit: Visit, request: Request, asked: Asked) -> list[int]:
    """The ticked items, or all that the filter wants; only what this person may know of."""
    known = known_files(visit)
    ticked = [int(each) for each in asked.all_given("item") if each.isdecimal() and len(each) < 16]
    with visit.office() as office, visit.evidence() as files:
        if ticked:
            found = items_by_id(office, ticked)
            return [e.id for e in found if e.request_id == request.id and e.file in known]
        filters = parse_qs(asked.given("filters") or asked.query_string)
        return wanted_items(
            *(office, visit.desk.settings, files, request, wanted_in(filters)),
            person=visit.person.login,
            known=known,
        )
