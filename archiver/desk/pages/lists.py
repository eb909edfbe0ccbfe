"""Lists as of a date in a request: collecting one, looking at it, deciding and barring parts."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.archive.filters import KnownAccount, known_accounts
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.exemption_forms import claims_in, grounds_of
from archiver.desk.looking import note_look
from archiver.desk.numbers import whole
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.register.accounts import list_accounts
from archiver.requests.book import Choice, Request
from archiver.requests.collecting.list_kinds import LIST_KINDS
from archiver.requests.collecting.list_review import bar, decide_list, lift_bar
from archiver.requests.collecting.lists import (
    Cell,
    CollectedList,
    collect_list,
    list_by_id,
    list_rows,
    lists_of,
    released_table,
)
from archiver.staff.roles import DECIDE, MANAGE_REQUESTS

_PER_PAGE = 100
_FIELDS = ("section", "balancing", "second_citation", "review_on", "note")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list with its cells as they would leave the building, beside what it holds."""

    n: int
    cells: tuple[str, ...]
    released: tuple[Cell, ...]


def show(visit: Visit, asked: Asked) -> Answer:
    """The lists of a request, and the form that collects another."""
    return _page(visit, find_request(visit, asked.parts["number"]))


def _page(visit: Visit, request: Request, problem: str = "") -> Page:
    with visit.office() as office, visit.evidence() as files:
        found = lists_of(office, request.number, _seen(visit))
        registered = {
            each.id: KnownAccount(each.id, each.platform, each.handle, each.display_name)
            for each in list_accounts(office)
        }
        accounts = {**registered, **known_accounts(files.values())}
    kinds = [each for each in LIST_KINDS.values() if visit.private or each.file != "private"]
    shown = {
        "request": request,
        "lists": found,
        "kinds": kinds,
        "accounts": sorted(accounts.values(), key=_name),
        "today": clock.local_day(clock.now_text(), visit.desk.settings.time_zone).isoformat(),
        "can_manage": visit.may(MANAGE_REQUESTS) and request.is_open,
        "problem": problem,
    }
    return Page("request_lists.html", shown, 422 if problem else 200)


def collect(visit: Visit, asked: Asked) -> Answer:
    """Collect a list as it stood at the end of a day."""
    request = find_request(visit, asked.parts["number"])
    account, zone = asked.given("account"), visit.desk.settings.time_zone
    try:
        kind = LIST_KINDS.get(asked.given("kind"))
        of_account = kind is not None and kind.of_account
        with visit.evidence() as files, visit.office() as office:
            made = collect_list(
                office,
                files,
                request.number,
                asked.given("kind"),
                actor=visit.person.login,
                time_zone=zone,
                account_id=whole(account) if of_account else None,
                as_of=_end_of(asked.given("on"), zone),
            )
    except ArchiverError as wrong:
        return _page(visit, request, str(wrong))
    return Redirect(f"/requests/{request.number}/lists/{made.id}")


def one(visit: Visit, asked: Asked) -> Answer:
    """A list with a page of its rows."""
    request, found = _list(visit, asked)
    return _one(visit, asked, request, found)


def _one(
    visit: Visit, asked: Asked, request: Request, found: CollectedList, problem: str = ""
) -> Page:
    begin = asked.asked("from", "0")
    start = int(begin) if begin.isdecimal() and len(begin) < 12 else 0
    if found.file == "private":
        note_look(visit, "viewed", f"request {request.number}", {"list": found.id})
    with visit.office() as office:
        rows = list_rows(office, found.id, start=start, size=_PER_PAGE)
        grounds = grounds_of(office)
    lines = [
        Line(row.n, row.cells, cells)
        for row, cells in zip(rows, released_table(found, rows), strict=True)
    ]
    shown = {
        "request": request,
        "list": found,
        "lines": lines,
        "start": start,
        "after": start + _PER_PAGE if start + _PER_PAGE < found.rows else None,
        "before": max(0, start - _PER_PAGE) if start else None,
        "last_step": found.steps[-1].id if found.steps else 0,
        "grounds": grounds,
        "given": dict.fromkeys(
            ("section", "balancing", "second_citation", "review_on", "note"), ""
        ),
        "can_decide": visit.may(DECIDE) and request.is_open,
        "problem": problem,
    }
    return Page("request_list.html", shown, 422 if problem else 200)


def work(visit: Visit, asked: Asked) -> Answer:
    """Decide about a list, bar a row or a column of it, or lift a bar."""
    request, found = _list(visit, asked)
    act, seen = asked.given("act"), asked.given("seen")
    actor = visit.person.login
    last = whole(seen)
    note_text = asked.given("note") or None
    try:
        with visit.office() as office:
            lifted = whole(act.removeprefix("lift:")) if act.startswith("lift:") else None
            if lifted is not None:
                lift_bar(office, request.number, found.id, lifted, actor=actor)
            elif act == "bar":
                row, column = asked.given("row"), asked.given("column")
                bar(
                    office,
                    request.number,
                    found.id,
                    actor=actor,
                    claims=claims_in(asked),
                    row_n=int(row) if row.isdecimal() and len(row) < 12 else None,
                    column=int(column) if column.isdecimal() and len(column) < 4 else None,
                    note_text=note_text,
                    seen=last,
                )
            else:
                decide_list(
                    office,
                    request.number,
                    found.id,
                    act,
                    actor=actor,
                    claims=claims_in(asked) if act == Choice.WITHHOLD.value else (),
                    note_text=note_text,
                    seen=last,
                )
    except ArchiverError as wrong:
        return _one(visit, asked, request, found, str(wrong))
    return Redirect(f"/requests/{request.number}/lists/{found.id}")


def _list(visit: Visit, asked: Asked) -> tuple[Request, CollectedList]:
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        return request, _known(visit, office, request, int(asked.parts["list"]))


def _known(
    visit: Visit, office: sqlite3.Connection, request: Request, list_id: int
) -> CollectedList:
    try:
        return list_by_id(office, request.number, list_id, _seen(visit))
    except InputError:
        raise NotHere from None


def _seen(visit: Visit) -> tuple[str, ...]:
    return ("archive", "private") if visit.private else ("archive",)


def _end_of(day: str, zone: str) -> str | None:
    """The last moment of a day of the agency's zone; None for today, which is not over."""
    try:
        wanted = dt.date.fromisoformat(day) if day else None
    except ValueError:
        raise InputError("the day is no date: write it like 2026-11-16") from None
    if wanted is None or wanted == clock.local_day(clock.now_text(), zone):
        return None
    return clock.start_of_day(wanted + dt.timedelta(days=1), zone)


def _name(account: KnownAccount) -> tuple[str, str]:
    return account.platform, account.handle.casefold()
