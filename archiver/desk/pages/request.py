"""One request: its dates, its items with their decisions, its productions."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.archive.reading import Record, Version, record, thread, version
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.dates import due_of
from archiver.desk.galleries import gallery
from archiver.desk.looking import note_private
from archiver.desk.numbers import whole
from archiver.desk.pages.producing import produced
from archiver.desk.pages.requests import find_request, progress_of, seen_items
from archiver.desk.states import State, states_of
from archiver.desk.visits import Visit
from archiver.desk.words import counted
from archiver.errors import ArchiverError, InputError
from archiver.requests.book import (
    Choice,
    Claim,
    Item,
    Request,
    RequestEvent,
    change_scope,
    close_request,
    decide,
    events_of,
    history_of,
    items_of,
    reopen_request,
    searches_of,
    usable_exemptions,
)
from archiver.retention.quarantine import quarantined
from archiver.staff.roles import DECIDE, MANAGE_REQUESTS, PRODUCE

_PER_PAGE = 25
_SHOWN = {
    "undecided": (Choice.UNDECIDED,),
    "release": (Choice.RELEASE,),
    "withhold": (Choice.WITHHOLD,),
    "not-responsive": (Choice.NOT_RESPONSIVE,),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An item with the record as it was collected."""

    item: Item
    record: Record | None
    version: Version | None
    states: list[State]
    edited_since: bool
    quarantined: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """A step in the request's history, in words."""

    at: str
    actor: str
    told: str


@dataclass(frozen=True, slots=True)
class Ground:
    """An exemption as the form offers it; `attested_on` is None where it cannot be used yet."""

    section: str
    title: str
    typical: str
    needs: str
    attested_on: str | None


def show(visit: Visit, asked: Asked) -> Answer:
    """The request with a page of its items."""
    return _page(visit, asked, find_request(visit, asked.parts["number"]))


def _page(visit: Visit, asked: Asked, request: Request, problem: str = "") -> Page:
    with visit.office() as office:
        items = seen_items(visit, items_of(office, request.number))
        due = due_of(visit.desk, request)
        searches = searches_of(office, request.number)
        events = events_of(office, request.number)
        grounds = _grounds(office)
        packets = produced(visit, office, request)
    shown = asked.asked("show")
    chosen = [
        item for item in items if shown not in _SHOWN or item.decision.choice in _SHOWN[shown]
    ]
    start = whole(asked.asked("from")) or 0
    with visit.evidence() as files:
        lines = lines_of(visit, files, request, chosen[start : start + _PER_PAGE])
    return Page(
        "request.html",
        {
            "request": request,
            "due": due,
            "items": items,
            "lines": lines,
            "chosen": len(chosen),
            "start": start,
            "after": start + _PER_PAGE if start + _PER_PAGE < len(chosen) else None,
            "before": max(0, start - _PER_PAGE) if start else None,
            "show": shown if shown in _SHOWN else "",
            "counts": {choice: _count(items, choice) for choice in Choice},
            "progress": progress_of(items),
            "searches": searches if visit.private else [],
            "events": [Happened(event.at, event.actor, _told(visit, event)) for event in events],
            "grounds": grounds,
            "packets": packets,
            "added": whole(asked.asked("added")),
            "decided": whole(asked.asked("decided")),
            "problem": problem,
            "given": _given(None),
            "can_decide": visit.may(DECIDE) and request.is_open,
            "can_manage": visit.may(MANAGE_REQUESTS),
            "can_produce": visit.may(PRODUCE) and request.is_open,
            "first_open": next(
                (item.id for item in items if item.decision.choice is Choice.UNDECIDED), None
            ),
        },
        422 if problem else 200,
    )


def lines_of(
    visit: Visit,
    files: dict[str, sqlite3.Connection],
    request: Request,
    items: Sequence[Item],
) -> list[Line]:
    """Items with their records; one that is gone or may not be read stands without.

    Which private records are about to be shown is written down first.
    """
    with visit.office() as office:
        shut = quarantined(office)
    shown = [item for item in items if item.record_id not in shut.get(item.file, ())]
    note_private(
        visit, f"request {request.number}", ((item.file, item.record_id) for item in shown)
    )
    lines = []
    for item in items:
        connection = files.get(item.file)
        found = record(connection, item.record_id) if connection is not None else None
        collected = version(connection, item.version_id) if connection is not None else None
        lines.append(
            Line(
                item,
                found,
                collected,
                states_of(found, visit.desk.settings.time_zone) if found else [],
                found is not None and found.version_id != item.version_id,
                item.record_id in shut.get(item.file, ()),
            )
        )
    return lines


def decide_items(visit: Visit, asked: Asked) -> Answer:
    """Decide about the ticked items, or about the one whose own button was pressed."""
    request = find_request(visit, asked.parts["number"])
    single = asked.given("one")
    wanted = [single.partition(":")[2]] if single else asked.all_given("item")
    choice = single.partition(":")[0] if single else asked.given("choice")
    items = _known_items(visit, request, wanted)
    try:
        if not items:
            raise InputError("tick the records first")
        _require(choice)
        with visit.office() as office:
            decide(
                office,
                request.number,
                [item.id for item in items],
                choice,
                actor=visit.person.login,
                claims=_claims(asked) if choice == Choice.WITHHOLD.value else (),
                note_text=asked.given("note") or None,
            )
    except ArchiverError as wrong:
        return _page(visit, asked, request, str(wrong))
    show = asked.given("show")
    kept = f"&show={show}" if show in _SHOWN else ""
    return Redirect(f"/requests/{request.number}?decided={len(items)}{kept}#items")


def review(visit: Visit, asked: Asked) -> Answer:
    """One item beside the queue, with everything that bears on the decision."""
    request = find_request(visit, asked.parts["number"])
    return _review(visit, request, int(asked.parts["item"]))


def _review(
    visit: Visit, request: Request, item_id: int, problem: str = "", asked: Asked | None = None
) -> Page:
    with visit.office() as office:
        items = seen_items(visit, items_of(office, request.number))
        place = next((n for n, item in enumerate(items) if item.id == item_id), None)
        if place is None:
            raise NotHere
        due = due_of(visit.desk, request)
        grounds = _grounds(office)
        history = history_of(office, request.number, item_id)
    with visit.evidence() as files:
        queue = lines_of(visit, files, request, items[max(0, place - 5) : place + 20])
        line = next(each for each in queue if each.item.id == item_id)
        found = line.record
        around = thread(files[line.item.file], found, limit=30) if found else []
        media = gallery(files[line.item.file], found.id) if found else []
    decision = line.item.decision
    return Page(
        "review.html",
        {
            "given": _given(asked),
            "chosen": asked.given("choice") if asked else decision.choice if decision.id else "",
            "request": request,
            "due": due,
            "items": items,
            "place": place,
            "line": line,
            "queue": queue,
            "queue_from": max(0, place - 5),
            "progress": progress_of(items),
            "around": around,
            "media": media,
            "grounds": grounds,
            "history": history,
            "problem": problem,
            "can_decide": visit.may(DECIDE) and request.is_open,
            "before": items[place - 1].id if place else None,
            "after": items[place + 1].id if place + 1 < len(items) else None,
        },
        422 if problem else 200,
    )


def decide_one(visit: Visit, asked: Asked) -> Answer:
    """Save the decision about one item and go on to the next that has none."""
    request = find_request(visit, asked.parts["number"])
    item_id = int(asked.parts["item"])
    if not _known_items(visit, request, [str(item_id)]):
        raise NotHere
    choice = asked.given("choice")
    seen = asked.given("seen")
    try:
        _require(choice)
        with visit.office() as office:
            decide(
                office,
                request.number,
                [item_id],
                choice,
                actor=visit.person.login,
                claims=_claims(asked) if choice == Choice.WITHHOLD.value else (),
                note_text=asked.given("note") or None,
                seen=whole(seen),
            )
            items = seen_items(visit, items_of(office, request.number))
    except ArchiverError as wrong:
        return _review(visit, request, item_id, str(wrong), asked)
    left = [item.id for item in items if item.decision.choice is Choice.UNDECIDED]
    following = next((each for each in left if each > item_id), left[0] if left else None)
    if following is None:
        return Redirect(f"/requests/{request.number}?decided=1#items")
    return Redirect(f"/requests/{request.number}/review/{following}")


def rescope(visit: Visit, asked: Asked) -> Answer:
    """Write down how the city understands the request."""
    request = find_request(visit, asked.parts["number"])
    scope = asked.given("scope").replace("\r\n", "\n")
    try:
        with visit.office() as office:
            change_scope(office, request.number, actor=visit.person.login, scope=scope)
    except ArchiverError as wrong:
        return _page(visit, asked, request, str(wrong))
    return Redirect(f"/requests/{request.number}")


def close(visit: Visit, asked: Asked) -> Answer:
    """Close the request, or open it again; both need a reason."""
    request = find_request(visit, asked.parts["number"])
    actor, reason = visit.person.login, asked.given("reason")
    try:
        with visit.office() as office:
            if request.is_open:
                settings = visit.desk.settings
                close_request(office, request.number, settings=settings, actor=actor, reason=reason)
            else:
                reopen_request(office, request.number, actor=actor, reason=reason)
    except ArchiverError as wrong:
        return _page(visit, asked, request, str(wrong))
    return Redirect(f"/requests/{request.number}")


def _known_items(visit: Visit, request: Request, wanted: Sequence[str]) -> list[Item]:
    with visit.office() as office:
        items = seen_items(visit, items_of(office, request.number))
    known = {str(item.id): item for item in items}
    return [known[each] for each in dict.fromkeys(wanted) if each in known]


def _given(asked: Asked | None) -> dict[str, str]:
    """What stood in the fields of a withholding that was not saved, or nothing."""
    names = ("section", "balancing", "second_citation", "review_on", "note")
    return {name: asked.given(name) if asked else "" for name in names}


def _require(choice: str) -> None:
    if not choice:
        raise InputError("choose what is to be done: release, withhold or not responsive")


def _claims(asked: Asked) -> list[Claim]:
    review_on = asked.given("review_on")
    try:
        day = dt.date.fromisoformat(review_on) if review_on else None
    except ValueError:
        raise InputError("the day to look again is no date: write it like 2026-12-31") from None
    return [
        Claim(
            section,
            balancing=asked.given("balancing") or None,
            second_citation=asked.given("second_citation") or None,
            review_on=day,
        )
        for section in asked.all_given("section")
        if section
    ]


def _grounds(office: sqlite3.Connection) -> list[Ground]:
    grounds = []
    for exemption, attestation in usable_exemptions(office).items():
        needs = [
            words
            for needed, words in (
                (exemption.needs_balancing, "the weighing of the two interests"),
                (exemption.needs_second_citation, "a second citation"),
                (exemption.time_limited, "a day to look again"),
            )
            if needed
        ]
        grounds.append(
            Ground(
                exemption.section,
                exemption.title,
                exemption.typical,
                " and ".join(needs),
                attestation.attested_on if attestation else None,
            )
        )
    return sorted(grounds, key=lambda ground: (ground.attested_on is None, ground.section))


def _told(visit: Visit, event: RequestEvent) -> str:
    """A step in words; numbers only for those who may know of every record they count."""
    detail = event.detail or {}
    if visit.private and event.kind == "items added":
        return f"{counted(int(detail.get('added') or 0), 'record')} added"
    if visit.private and event.kind == "decided":
        return f"{counted(len(detail.get('items') or ()), 'record')}: {detail.get('decision')}"
    return event.kind.capitalize()


def _count(items: Sequence[Item], choice: Choice) -> int:
    return sum(item.decision.choice is choice for item in items)
