"""What a department's reviewer sees: the items assigned to them, and nothing else."""

from __future__ import annotations

import sqlite3

from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.exemption_forms import claims_in, given_in, grounds_of
from archiver.desk.item_lines import known_files, lines_of
from archiver.desk.numbers import whole
from archiver.desk.pages.review import picture_of
from archiver.desk.records_shown import shown_record
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.book import Choice, Decision, Item, Request, decide, list_requests
from archiver.requests.queue import items_by_id
from archiver.requests.reviewing.assigning import (
    Recommendation,
    assigned_to,
    recommend,
    recommendations_of,
)
from archiver.requests.reviewing.media import seen_by

CHOICES = (
    (Choice.RELEASE.value, "Release in full"),
    (Choice.REDACT.value, "Release with redactions"),
    (Choice.WITHHOLD.value, "Withhold"),
    (Choice.NOT_RESPONSIVE.value, "Not responsive"),
)
_SHOWN = 200


def listed(visit: Visit, asked: Asked) -> Answer:
    """The items assigned to this person in open requests, those to look at first."""
    with visit.office() as office, visit.evidence() as files:
        requests, items = _mine(visit, office)
        told = {item.id: bool(_own(visit, office, item)) for item in items}
        items.sort(key=lambda item: (told[item.id], item.id))
        lines = [
            line
            for request in requests.values()
            for line in lines_of(
                visit,
                files,
                request,
                [item for item in items[:_SHOWN] if item.request_id == request.id],
            )
        ]
    return Page(
        "assigned.html",
        {
            "lines": lines,
            "told": told,
            "total": len(items),
            "decides": visit.desk.settings.requests.reviewers_decide,
        },
    )


def one(visit: Visit, asked: Asked) -> Answer:
    """One assigned item. Raises NotHere for every other."""
    return _page(visit, asked)


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    with visit.office() as office, visit.evidence() as files:
        request, item = _found(visit, office, asked)
        [line] = lines_of(visit, files, request, [item])
        shown = None
        if line.version is not None and not line.quarantined:
            shown = shown_record(office, files, item, line.version, seen=seen_by(office, item.id))
        own = _own(visit, office, item)
        grounds = grounds_of(office)
        decides = visit.desk.settings.requests.reviewers_decide
        choices = [each for each in CHOICES if not decides or each[0] != Choice.REDACT.value]
    return Page(
        "assigned_item.html",
        {
            "line": line,
            "item": item,
            "shown": shown,
            "steps": shown.steps if shown else 0,
            "choices": choices,
            "chosen": asked.given("choice") if problem else own.choice.value if own else "",
            "own": own,
            "grounds": grounds,
            "given": given_in(asked if problem else None),
            "problem": problem,
            "decides": decides,
        },
        422 if problem else 200,
    )


def tell(visit: Visit, asked: Asked) -> Answer:
    """Recommend, or decide where the city lets reviewers decide; then the next one."""
    decides = visit.desk.settings.requests.reviewers_decide
    choice = asked.given("choice")
    person = visit.person.login
    with visit.office() as office:
        request, item = _found(visit, office, asked)
    try:
        if choice not in {value for value, _ in CHOICES}:
            raise InputError("choose what is to be done with the record first")
        claims = claims_in(asked) if choice == Choice.WITHHOLD.value else []
        with visit.office() as office, visit.evidence() as files:
            if decides:
                seen = asked.given("seen")
                decide(
                    *(office, request.number, [item.id], choice),
                    actor=person,
                    claims=claims,
                    note_text=asked.given("note") or None,
                    seen=whole(seen),
                    files=files,
                )
            else:
                recommend(
                    *(office, request.number, item.id, choice),
                    actor=person,
                    section=claims[0].section if claims else None,
                    note_text=asked.given("note"),
                )
    except ArchiverError as wrong:
        return _page(visit, asked, str(wrong))
    with visit.office() as office:
        _, items = _mine(visit, office)
        left = [each.id for each in items if not _own(visit, office, each)]
    following = next((each for each in left if each > item.id), left[0] if left else None)
    return Redirect(f"/assigned/{following}?saved=1" if following else "/assigned?saved=1")


def picture(visit: Visit, asked: Asked) -> Answer:
    """A picture or file of an assigned item."""
    with visit.office() as office:
        request, item = _found(visit, office, asked)
    return picture_of(visit, request, item, int(asked.parts["position"]))


def _mine(visit: Visit, office: sqlite3.Connection) -> tuple[dict[int, Request], list[Item]]:
    requests = {each.id: each for each in list_requests(office, include_closed=False)}
    known = known_files(visit)
    found = items_by_id(office, assigned_to(office, visit.person.login))
    return requests, [e for e in found if e.request_id in requests and e.file in known]


def _found(visit: Visit, office: sqlite3.Connection, asked: Asked) -> tuple[Request, Item]:
    requests, items = _mine(visit, office)
    wanted = int(asked.parts["item"])
    for item in items:
        if item.id == wanted:
            return requests[item.request_id], item
    raise NotHere


def _own(visit: Visit, office: sqlite3.Connection, item: Item) -> Decision | Recommendation | None:
    """What this person said about an item last, or None."""
    if visit.desk.settings.requests.reviewers_decide:
        return item.decision if item.decision.actor == visit.person.login else None
    own = [each for each in recommendations_of(office, item.id) if each.actor == visit.person.login]
    return own[-1] if own else None
