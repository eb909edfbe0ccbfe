"""Custodians on the pages: how their asks stand, what they answered, what became of their files."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.desk.answers import Asked
from archiver.desk.states import State
from archiver.desk.visits import Visit
from archiver.errors import InputError
from archiver.operations.forwarding import taking_job
from archiver.operations.jobs import Job
from archiver.requests.book import Request
from archiver.requests.custodians.answers import Answer, NewAnswer, answers_of
from archiver.requests.custodians.asks import (
    Ask,
    NewAsk,
    Standing,
    Step,
    asks_about,
    asks_of,
    standing_of,
    steps_of,
    today_in,
)
from archiver.requests.custodians.causes import Cause
from archiver.requests.custodians.handing_in import (
    HandedFile,
    HandedIn,
    Lot,
    lot_of_cause,
    lot_of_request,
    waiting_in,
)
from archiver.requests.custodians.taking_in import TakenFile, taken_files
from archiver.requests.custodians.wording import day_in, days_in
from archiver.requests.receiving.attaching import FileKind, RequestFile
from archiver.retention.holds import Hold
from archiver.retention.quarantine import quarantined
from archiver.staff.people import Person, list_people
from archiver.staff.roles import ANSWER_ASKS, DECIDE, MANAGE_HOLDS, MANAGE_REQUESTS

STANDINGS = {
    Standing.ASKED: State("Asked", "info"),
    Standing.REMINDED: State("Reminded", "info"),
    Standing.OVERDUE: State("Overdue", "bad"),
    Standing.ANSWERED: State("Answered", "ok"),
    Standing.WITHDRAWN: State("Withdrawn"),
}
STEPS = {
    "begun": "Handed to the mail server",
    "sent": "Sent",
    "failed": "Not sent",
    "unclear": "May have been sent",
    "reminded": "Reminded",
    "withdrawn": "Withdrawn",
    "facts shown": "The packet prints what was kept back, and the facts",
    "facts kept back": "The packet prints no facts",
}
ASK_FIELDS = (
    *("name", "title", "department", "email", "login", "scope", "accounts", "devices"),
    *("from", "to", "due"),
)
ANSWER_FIELDS = (
    *("accounts", "devices", "terms", "from", "to", "outcome", "kept_back", "facts"),
    *("declared_name", "declared_on", "how"),
)
_DUE_IN_DAYS = 5


@dataclass(frozen=True, slots=True)
class AskShown:
    """An ask with how it stands."""

    ask: Ask
    state: State
    open: bool
    days: str
    due: str
    answers: tuple[Answer, ...]
    steps: tuple[tuple[Step, str], ...]


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file that was handed in: in the archive (`taken`), or waiting."""

    file: HandedIn
    source: str
    taken: TakenFile | None
    repeats: tuple[tuple[int, str, int, str], ...]
    hidden_repeats: int


@dataclass(frozen=True, slots=True)
class CustodiansShown:
    """What a request's page shows: who was asked, what was handed in, what is under way.

    `departments` are files of other departments that are not on their way to be reviewed.
    """

    asks: tuple[AskShown, ...]
    files: tuple[FileShown, ...]
    waiting: int
    job: Job | None
    people: tuple[Person, ...]
    departments: int
    given: Mapping[str, str]
    private: bool


def custodians_of(
    visit: Visit,
    office: sqlite3.Connection,
    asked: Asked,
    request: Request,
    files: Sequence[RequestFile],
) -> CustodiansShown:
    """Custodians and what was handed in for a request, as far as this person may see it."""
    lot = lot_of_request(request)
    shown = files_shown(visit, office, lot)
    on_the_way = {each.file.own_id for each in shown}
    waiting = sum(each.taken is None for each in shown)
    return CustodiansShown(
        tuple(ask_shown(visit, office, each) for each in asks_of(office, request)),
        tuple(shown),
        waiting,
        taking_job(office, lot) if waiting else None,
        tuple(custodians_who_sign_in(visit)) if visit.may(MANAGE_REQUESTS) else (),
        sum(each.kind == FileKind.DEPARTMENT.value and each.id not in on_the_way for each in files),
        _given_ask(visit, asked, request.scope or request.verbatim),
        visit.private,
    )


def custodians_of_hold(
    visit: Visit, office: sqlite3.Connection, asked: Asked, hold: Hold
) -> CustodiansShown:
    """Custodians of a hold and what they handed in."""
    cause = Cause(hold=hold)
    lot = lot_of_cause(cause)
    shown = files_shown(visit, office, lot)
    waiting = sum(each.taken is None for each in shown)
    return CustodiansShown(
        tuple(ask_shown(visit, office, each) for each in asks_about(office, cause)),
        tuple(shown),
        waiting,
        taking_job(office, lot) if waiting else None,
        tuple(custodians_who_sign_in(visit)),
        0,
        _given_ask(visit, asked, ""),
        visit.private,
    )


def _given_ask(visit: Visit, asked: Asked, scope: str) -> dict[str, str]:
    """What stands in the form of an ask: what was typed, else what is suggested."""
    due = today_in(visit.desk.settings) + dt.timedelta(days=_DUE_IN_DAYS)
    # an answer due on a Saturday is read on Monday: the Friday before leaves a day to follow it up
    due -= dt.timedelta(days=max(0, due.weekday() - 4))
    suggested = {"due": due.isoformat(), "scope": scope}
    typed = {name: asked.given(name) for name in ASK_FIELDS if asked.given(name)}
    return {**dict.fromkeys(ASK_FIELDS, ""), **suggested, **typed}


def ask_shown(visit: Visit, office: sqlite3.Connection, ask: Ask) -> AskShown:
    """An ask as a page shows it."""
    standing = standing_of(office, ask, today_in(visit.desk.settings))
    return AskShown(
        ask,
        STANDINGS[standing],
        standing not in (Standing.ANSWERED, Standing.WITHDRAWN),
        days_in(ask.start_day, ask.end_day),
        day_in(ask.due_on),
        tuple(answers_of(office, ask)),
        tuple((each, STEPS[each.what]) for each in steps_of(office, ask)),
    )


def files_shown(
    visit: Visit, office: sqlite3.Connection, lot: Lot, ask: Ask | None = None
) -> list[FileShown]:
    """What was handed in together, or in answer to one ask."""
    sources = {
        each["id"]: each["display_name"]
        for each in office.execute(
            "SELECT id, display_name FROM register_accounts WHERE account_class = 'forwarded'"
        )
    }
    shut = quarantined(office)
    taken = {each.file.id: each for each in taken_files(office, lot)}
    found = [each.file for each in taken.values()] + waiting_in(office, lot)
    return [
        _file(visit, each, sources.get(each.account_id, ""), taken.get(each.id), shut)
        for each in sorted(found, key=lambda each: each.id)
        if ask is None or each.ask_id == ask.id
    ]


def _file(
    visit: Visit,
    file: HandedIn,
    source: str,
    taken: TakenFile | None,
    shut: Mapping[str, frozenset[int]],
) -> FileShown:
    repeats = [] if taken is None else list(taken.repeats)
    seen = tuple(
        (own, each.file, each.record_id, each.why)
        for own, each in repeats
        if (visit.private or each.file != "private")
        and each.record_id not in shut.get(each.file, ())
    )
    return FileShown(file, source, taken, seen, len(repeats) - len(seen))


def custodians_who_sign_in(visit: Visit) -> list[Person]:
    """Who can answer for themselves."""
    with visit.desk.stores.staff() as staff:
        return [
            each for each in list_people(staff) if not each.disabled_at and each.may(ANSWER_ASKS)
        ]


def sees_facts(visit: Visit) -> bool:
    """Facts a custodian gave are personal: who only reads requests does not see them."""
    return visit.may(MANAGE_REQUESTS) or visit.may(DECIDE) or visit.may(MANAGE_HOLDS)


def new_ask(visit: Visit, asked: Asked) -> NewAsk:
    """What the form asks a custodian. Raises InputError where a value cannot be used."""
    login = asked.given("login").strip()
    signs_in = {each.login: each for each in custodians_who_sign_in(visit)}
    if login and login not in signs_in:
        raise InputError(
            f"nobody called {login} signs in as a custodian: an administrator gives them that role"
        )
    department = asked.given("department").strip().casefold()
    limits = signs_in[login].departments if login else ()
    if limits and department not in {each.casefold() for each in limits}:
        raise InputError(
            f"{login} sees only what is of {' and '.join(limits)}, and would not see this ask: "
            "give that department, or leave the login empty and send it"
        )
    due = day_of(asked.given("due"), "the day it is due")
    if due is None:
        raise InputError("give the day by which the answer is due")
    return NewAsk(
        asked.given("name"),
        asked.given("department"),
        asked.given("scope"),
        due,
        title=asked.given("title"),
        email=asked.given("email"),
        login=login,
        accounts=asked.given("accounts"),
        devices=asked.given("devices"),
        start_day=day_of(asked.given("from"), "the first day"),
        end_day=day_of(asked.given("to"), "the last day"),
    )


def new_answer(asked: Asked) -> tuple[NewAnswer, list[HandedFile]]:
    """What the form answers, and the files with it. Raises InputError."""
    declared = day_of(asked.given("declared_on"), "the day it is declared true")
    if declared is None:
        raise InputError("give the day on which it is declared true")
    if asked.given("declared") != "1":
        raise InputError("tick that it is declared true")
    outcome = asked.given("outcome")
    if outcome not in ("nothing", "returned"):
        raise InputError("say whether anything was found")
    given = NewAnswer(
        asked.given("accounts"),
        asked.given("declared_name"),
        declared,
        terms=asked.given("terms"),
        devices=asked.given("devices"),
        start_day=day_of(asked.given("from"), "the first day"),
        end_day=day_of(asked.given("to"), "the last day"),
        found_nothing=outcome == "nothing",
        kept_back=asked.given("kept_back"),
        facts=asked.given("facts"),
        how=asked.given("how"),
    )
    uploads = asked.all_files("file")
    return given, [HandedFile(each.path.read_bytes(), each.name) for each in uploads]


def given_answer(visit: Visit, ask: Ask, asked: Asked | None, *, on_behalf: bool) -> dict[str, str]:
    """What stands in the form: what was typed, else who declares, and when. What was asked for
    stands beside the fields and not in them: nobody swears to have searched it by leaving it."""
    told = {"asked_accounts": ask.accounts, "asked_devices": ask.devices}
    if asked is not None:
        return told | {name: asked.given(name) for name in ANSWER_FIELDS}
    start = {
        "declared_name": ask.name if on_behalf else visit.person.name,
        "declared_on": today_in(visit.desk.settings).isoformat(),
    }
    return told | {name: start.get(name, "") for name in ANSWER_FIELDS}


def day_of(text: str, what: str) -> dt.date | None:
    """A day as typed; None where the field is empty. Raises InputError."""
    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"{what} is no date: write it like 2026-12-31") from None
