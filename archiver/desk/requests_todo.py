"""What requests ask of a person today, beside their dates: advice, letters, a second look."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from archiver import clock
from archiver.database import rows
from archiver.desk.item_lines import known_files
from archiver.desk.retention_todo import Todo
from archiver.desk.visits import Visit
from archiver.desk.words import counted
from archiver.operations.forwarding import taking_job
from archiver.requests.book import Request, list_requests
from archiver.requests.custodians.asks import (
    Standing,
    asks_for,
    cause_of,
    open_asks,
    standing_of,
    steps_of,
    today_in,
)
from archiver.requests.custodians.handing_in import lots_waiting
from archiver.requests.custodians.wording import day_in
from archiver.requests.queue import items_by_id
from archiver.requests.reviewing.assigning import assigned_to
from archiver.requests.reviewing.attorney import open_questions
from archiver.requests.reviewing.confirming import unconfirmed
from archiver.staff.roles import (
    ANSWER_ASKS,
    ANSWER_PRIVILEGED,
    DECIDE,
    MANAGE_HOLDS,
    MANAGE_REQUESTS,
    REVIEW_ASSIGNED,
    VIEW_REQUESTS,
)


def requests_todo(visit: Visit) -> list[Todo]:
    """What this person can do about requests now, the most urgent first."""
    with visit.office() as office:
        open_now = list_requests(office, include_closed=False) if visit.may(VIEW_REQUESTS) else []
        return [
            *_questions(visit, office),
            *_letters(visit, office, open_now),
            *_confirmations(visit, office, open_now),
            *_assigned(visit, office),
            *_asks(visit, office),
            *_tasks(visit, office),
        ]


def _questions(visit: Visit, office: sqlite3.Connection) -> Iterator[Todo]:
    """Questions only the city attorney answers; what they are about waits for it."""
    if not visit.may(ANSWER_PRIVILEGED):
        return
    found = open_questions(office)
    known = known_files(visit)
    items = items_by_id(office, sorted({each.item_id for each in found}))
    shown = {item.id for item in items if item.file in known}
    asked = [each for each in found if each.item_id in shown]
    if asked:
        title = f"{counted(len(asked), 'question')} about records to be released"
        told = "Nothing of what they are about can be produced before you answer."
        since = _day(visit, asked[0].at)
        yield Todo("Your advice", f"since {since}", title, told, "/attorney", "Answer")


def _letters(visit: Visit, office: sqlite3.Connection, open_now: list[Request]) -> Iterator[Todo]:
    """Letters that are written and lie there."""
    if not visit.may(MANAGE_REQUESTS):
        return
    requests = {each.id: each for each in open_now}
    found = rows(
        office,
        """
        SELECT request_id, letters.id AS id, subject, letters.at AS at, last.step AS step
        FROM request_letters AS letters LEFT JOIN letter_sendings AS last ON last.id = (
            SELECT max(id) FROM letter_sendings WHERE letter_id = letters.id
        )
        WHERE (last.step IS NULL OR last.step IN ('failed', 'unclear'))
            AND NOT EXISTS (SELECT 1 FROM request_letters WHERE supersedes = letters.id)
        ORDER BY letters.id
        """,
    )
    for each in found:
        request = requests.get(each["request_id"])
        if request is None:
            continue
        told = {
            None: "It is written and has not gone out.",
            "failed": "The mail server did not take it. See why, and send it again.",
            "unclear": "The mail server may have taken it. Find out before sending it again.",
        }[each["step"]]
        yield Todo(
            "Letter",
            f"of {_day(visit, each['at'])}",
            f"Request {request.number}: {each['subject']}",
            told,
            f"/requests/{request.number}/letters/{each['id']}",
            "Send it",
            "bad" if each["step"] else "warn",
        )


def _confirmations(
    visit: Visit, office: sqlite3.Connection, open_now: list[Request]
) -> Iterator[Todo]:
    """Decisions of others that stand only when this person, or another, confirms them."""
    if not visit.may(DECIDE):
        return
    for request in open_now:
        others = [
            item
            for item, actor in unconfirmed(office, visit.desk.settings, request.id).items()
            if actor != visit.person.login
        ]
        if others:
            title = f"{counted(len(others), 'decision')} in {request.number} to confirm"
            told = "The city has two people look at these before they count."
            address = f"/requests/{request.number}/review/{others[0]}"
            yield Todo("Second look", "", title, told, address, "Look")


def _assigned(visit: Visit, office: sqlite3.Connection) -> Iterator[Todo]:
    """What was given to a department reviewer to look through."""
    if not visit.may(REVIEW_ASSIGNED):
        return
    found = assigned_to(office, visit.person.login)
    if found:
        title = f"{counted(len(found), 'record')} assigned to you"
        told = "Say of each what should become of it; the clerk decides."
        yield Todo("Review", "", title, told, "/assigned", "Start")


def _asks(visit: Visit, office: sqlite3.Connection) -> Iterator[Todo]:
    """Custodians who are late, asks that never went out, and what could not be taken in."""
    today = today_in(visit.desk.settings)
    for ask in open_asks(office):
        if not visit.reaches(MANAGE_REQUESTS if ask.hold_id is None else MANAGE_HOLDS):
            continue
        cause = cause_of(office, ask)
        title = f"{ask.name}: search for {cause.name}"
        address = f"{cause.address}/custodians/{ask.id}"
        if standing_of(office, ask, today) is Standing.OVERDUE:
            told = "No answer has come. Remind them, enter what they told you, or withdraw the ask."
            yield Todo(
                "Overdue", f"since {day_in(ask.due_on)}", title, told, address, "Remind", "bad"
            )
        elif not steps_of(office, ask):
            told = "The ask is on record and has not gone out."
            yield Todo("Ask", f"due {day_in(ask.due_on)}", title, told, address, "Send it")
    for lot in lots_waiting(office) if visit.may(MANAGE_REQUESTS) else ():
        job = taking_job(office, lot)
        if job is not None and job.state == "failed":
            title = f"Files handed in for {lot.name} are not in the archive"
            address = f"{lot.cause.address}#h-cust" if lot.cause else f"/forwards/{lot.id}"
            yield Todo("Stopped", "", title, f"{job.message}.", address, "Try again", "bad")


def _tasks(visit: Visit, office: sqlite3.Connection) -> Iterator[Todo]:
    """What a custodian is asked, and nothing of anybody else's."""
    if not visit.may(ANSWER_ASKS):
        return
    today = today_in(visit.desk.settings)
    for ask in asks_for(office, visit.person.login):
        standing = standing_of(office, ask, today)
        if standing is Standing.ANSWERED:
            continue
        late = standing is Standing.OVERDUE
        yield Todo(
            "Overdue" if late else "Search",
            f"{'since' if late else 'due'} {day_in(ask.due_on)}",
            f"Search for {cause_of(office, ask).name}",
            "The city clerk asks you to search what you keep, and to say what you found.",
            f"/tasks/{ask.id}",
            "Answer",
            "bad" if late else "warn",
        )


def _day(visit: Visit, at: str) -> str:
    day = clock.local_day(at, visit.desk.settings.time_zone)
    return clock.shown_day(day, weekday=False, year=False)
