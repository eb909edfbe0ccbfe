"""What else is done about an item from its review: a note, an instalment, a second person, who
reviews it; and planning instalments and assigning for the whole request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from archiver import clock
from archiver.desk.answers import Answer, Asked, Redirect
from archiver.desk.item_lines import find_item, known_files
from archiver.desk.numbers import whole
from archiver.desk.pages.requests import find_request
from archiver.desk.pages.review import address, review_page
from archiver.desk.review_filters import wanted_behind
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.book import Request, get_item
from archiver.requests.queue import items_by_id
from archiver.requests.reviewing.assigning import assign, items_of_accounts, items_of_search
from archiver.requests.reviewing.confirming import confirm
from archiver.requests.reviewing.instalments import move, plan
from archiver.requests.reviewing.notes import add_note
from archiver.staff.people import find_person


def note_item(visit: Visit, asked: Asked) -> Answer:
    """Add an internal note."""

    def act(request: Request, item_id: int) -> str:
        with visit.office() as office:
            add_note(
                *(office, request.number, item_id, asked.given("internal")),
                actor=visit.person.login,
            )
        return "noted=1"

    return _on_item(visit, asked, act)


def move_item(visit: Visit, asked: Asked) -> Answer:
    """Put the item into another instalment."""

    def act(request: Request, item_id: int) -> str:
        with visit.office() as office:
            n = _whole(asked.given("instalment"), "choose an instalment")
            move(office, request.number, [item_id], n, actor=visit.person.login)
        return "moved=1"

    return _on_item(visit, asked, act)


def confirm_item(visit: Visit, asked: Asked) -> Answer:
    """Confirm somebody else's decision."""

    def act(request: Request, item_id: int) -> str:
        with visit.office() as office:
            seen = {item_id: _whole(asked.given("seen"), "look at the decision again")}
            confirm(*(office, visit.desk.settings, request.number, seen), actor=visit.person.login)
        return "confirmed=1"

    return _on_item(visit, asked, act)


def _on_item(visit: Visit, asked: Asked, act: Callable[[Request, int], str]) -> Answer:
    request = find_request(visit, asked.parts["number"])
    item_id = int(asked.parts["item"])
    wanted = wanted_behind(asked)
    with visit.office() as office:
        find_item(visit, office, request, item_id)
    try:
        told = act(request, item_id)
    except ArchiverError as wrong:
        return review_page(visit, request, item_id, asked, wanted, str(wrong))
    return Redirect(address(request, item_id, wanted, told))


def plan_instalment(visit: Visit, asked: Asked) -> Answer:
    """Add an instalment, or say anew what one is and by when it is expected."""
    request = find_request(visit, asked.parts["number"])
    number = asked.given("n")
    with visit.office() as office:
        plan(
            office,
            request.number,
            actor=visit.person.login,
            n=int(number) if number.isdecimal() and len(number) < 4 else None,
            title=asked.given("title"),
            promised_at=_promised(visit, asked),
        )
    return Redirect(f"/requests/{request.number}#h-parts")


def assign_items(visit: Visit, asked: Asked) -> Answer:
    """Assign items to a person, or take them back: those of one account, of one search, some by
    number, or all of the request."""
    request = find_request(visit, asked.parts["number"])
    with visit.desk.stores.staff() as staff:
        person = find_person(staff, asked.given("person"))
    with visit.office() as office:
        chosen = _chosen(visit, asked, request)
        known = known_files(visit)
        items = [item.id for item in items_by_id(office, chosen) if item.file in known]
        done = assign(
            *(office, request.number, items, person.login),
            departments=person.departments,
            actor=visit.person.login,
            taken_back=bool(asked.given("take_back")),
        )
    return Redirect(f"/requests/{request.number}?assigned={done}#h-parts")


def _chosen(visit: Visit, asked: Asked, request: Request) -> list[int]:
    which = asked.given("which")
    with visit.office() as office:
        group, _, typed = which.partition(":")
        of = whole(typed)
        if group == "account" and of is not None:
            return items_of_accounts(office, request.number, [of])
        if group == "search" and of is not None:
            return items_of_search(office, request.number, of)
        if which == "all":
            return [
                each["item_id"]
                for each in office.execute(
                    "SELECT item_id FROM request_standing WHERE request_id = ?", (request.id,)
                )
            ]
        return [
            get_item(office, request.number, _whole(each, "name items by their number")).id
            for each in asked.given("items").replace(",", " ").split()
        ]


def _whole(text: str, otherwise: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise InputError(otherwise)
    return int(text)


def _promised(visit: Visit, asked: Asked) -> str | None:
    day, time = asked.given("promised_on"), asked.given("promised_time")
    if not day:
        return None
    zone = clock.zone(visit.desk.settings.time_zone)
    try:
        moment = dt.datetime.combine(
            dt.date.fromisoformat(day), dt.time.fromisoformat(time or "17:00"), zone
        )
    except ValueError:
        raise InputError("the promised day or time cannot be read: give both") from None
    return clock.to_text(moment)
