"""One request: its dates, its items with their decisions, its productions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.custodians_shown import custodians_of
from archiver.desk.dates import due_of
from archiver.desk.exemption_forms import claims_in, given_in, grounds_of
from archiver.desk.item_lines import known_files, lines_of
from archiver.desk.numbers import whole
from archiver.desk.pages.bulk import bulk_page
from archiver.desk.pages.collecting import section
from archiver.desk.pages.letters import letters_shown
from archiver.desk.pages.producing import produced
from archiver.desk.pages.request_dates import time_told, timing_of
from archiver.desk.pages.request_intake import intake_of
from archiver.desk.pages.requests import Progress, find_request
from archiver.desk.request_review import reviewing_of
from archiver.desk.visits import Visit
from archiver.desk.words import counted
from archiver.errors import ArchiverError, InputError
from archiver.requests.book import (
    Choice,
    Item,
    Request,
    RequestEvent,
    change_scope,
    close_request,
    counts_of,
    decide,
    events_of,
    first_undecided,
    items_by_id,
    items_page,
    reopen_request,
)
from archiver.requests.receiving.attaching import files_of
from archiver.staff.roles import DECIDE, MANAGE_REQUESTS, PRODUCE

_PER_PAGE = 25
_SHOWN = {
    "undecided": (Choice.UNDECIDED,),
    "release": (Choice.RELEASE,),
    "redact": (Choice.REDACT,),
    "withhold": (Choice.WITHHOLD,),
    "not-responsive": (Choice.NOT_RESPONSIVE,),
    "duplicate": (Choice.DUPLICATE,),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """A step in the request's history, in words."""

    at: str
    actor: str
    told: str


def show(visit: Visit, asked: Asked) -> Answer:
    """The request with a page of its items."""
    return _page(visit, asked, find_request(visit, asked.parts["number"]))


def refused(visit: Visit, asked: Asked, number: str, problem: str) -> Page:
    """The request as it stands, with why something was not done and what was typed for it."""
    return _page(visit, asked, find_request(visit, number), problem)


def _page(visit: Visit, asked: Asked, request: Request, problem: str = "") -> Page:
    with visit.office() as office:
        known = known_files(visit)
        counts = counts_of(office, request.number, files=known)
        shown = asked.asked("show")
        wanted = _SHOWN.get(shown)
        start = _start(asked)
        items = items_page(
            office, request.number, show=wanted, start=start, size=_PER_PAGE, files=known
        )
        first_open = first_undecided(office, request.number, files=known)
        due = due_of(visit.desk, office, request)
        collecting = section(visit, office, request)
        events = events_of(office, request.number)
        grounds = grounds_of(office)
        packets = produced(visit, office, request)
        timing = timing_of(visit, office, asked, request)
        letters = letters_shown(visit, office, request)
        reviewing = reviewing_of(visit, office, request)
        custodians = custodians_of(visit, office, asked, request, files_of(office, request))
    chosen = sum(counts[choice] for choice in wanted or Choice)
    total = sum(counts.values())
    with visit.evidence() as files:
        lines = lines_of(visit, files, request, items)
    return Page(
        "request.html",
        {
            "request": request,
            "due": due,
            "total": total,
            "lines": lines,
            "chosen": chosen,
            "start": start,
            "after": start + _PER_PAGE if start + _PER_PAGE < chosen else None,
            "before": max(0, start - _PER_PAGE) if start else None,
            "show": shown if shown in _SHOWN else "",
            "counts": counts,
            "progress": Progress(total - counts[Choice.UNDECIDED], total),
            "reviewing": reviewing,
            "collecting": collecting,
            "events": [Happened(event.at, event.actor, _told(visit, event)) for event in events],
            "grounds": grounds,
            "custodians": custodians,
            "intake": intake_of(visit, request),
            "packets": packets,
            "timing": timing,
            "letters": letters,
            "added": whole(asked.asked("added")),
            "decided": whole(asked.asked("decided")),
            "nothing": bool(asked.asked("nothing")),
            "problem": problem,
            "given": given_in(None),
            "can_decide": visit.may(DECIDE) and request.is_open,
            "can_manage": visit.may(MANAGE_REQUESTS),
            "can_produce": visit.reaches(PRODUCE) and request.is_open,
            "first_open": first_open,
        },
        422 if problem else 200,
    )


def _start(asked: Asked) -> int:
    given = asked.asked("from", "0")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def decide_items(visit: Visit, asked: Asked) -> Answer:
    """Decide about the one item that is ticked or whose own button was pressed; about several,
    show first what that would do."""
    request = find_request(visit, asked.parts["number"])
    single = asked.given("one")
    wanted = [single.partition(":")[2]] if single else asked.all_given("item")
    choice = single.partition(":")[0] if single else asked.given("choice")
    items = _known_items(visit, request, wanted)
    try:
        if not items:
            raise InputError("tick the records first")
        _require(choice)
        if len(items) > 1:
            return bulk_page(visit, request, asked)
        with visit.office() as office, visit.evidence() as files:
            decide(
                office,
                request.number,
                [item.id for item in items],
                choice,
                actor=visit.person.login,
                claims=claims_in(asked) if choice == Choice.WITHHOLD.value else (),
                note_text=asked.given("note") or None,
                files=files,
            )
    except ArchiverError as wrong:
        return _page(visit, asked, request, str(wrong))
    show = asked.given("show")
    kept = f"&show={show}" if show in _SHOWN else ""
    return Redirect(f"/requests/{request.number}?decided={len(items)}{kept}#items")


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
    ids = [int(each) for each in wanted if each.isdecimal() and len(each) < 16]
    files = known_files(visit)
    with visit.office() as office:
        found = items_by_id(office, ids)
    return [item for item in found if item.request_id == request.id and item.file in files]


def _require(choice: str) -> None:
    if not choice:
        raise InputError("choose what is to be done: release, redact, withhold or not responsive")


def _told(visit: Visit, event: RequestEvent) -> str:
    """A step in words; numbers only for those who may know of every record they count."""
    detail = event.detail or {}
    if visit.sight.whole and event.kind == "items added":
        return f"{counted(int(detail.get('added') or 0), 'record')} added"
    if visit.sight.whole and event.kind == "decided":
        return f"{counted(len(detail.get('items') or ()), 'record')}: {detail.get('decision')}"
    return time_told(event, visit.desk.settings.time_zone) or event.kind.capitalize()
