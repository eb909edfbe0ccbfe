"""Before an official deletes: asking, the copy that is kept, what manager and attorney decide."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager

from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.custodians_shown import custodians_who_sign_in, day_of
from archiver.desk.pages.forwards import entered, official_given
from archiver.desk.states import State
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.consults.consulting import (
    ATTORNEY,
    MANAGER,
    Consult,
    NewConsult,
    Standing,
    captured,
    consult,
    decide,
    find_consult,
    list_consults,
    standing_of,
    steps_of,
    tell_deleted,
    withdraw,
)
from archiver.requests.custodians.asks import today_in
from archiver.retention.holds import hold_by_id
from archiver.staff.roles import DECIDE_DELETIONS, FORWARD, MANAGE_REQUESTS

STANDINGS = {
    Standing.WAITING: State("Waits for a decision", "warn"),
    Standing.MAY_GO: State("May be deleted", "ok"),
    Standing.STAYS: State("Is kept", "bad"),
    Standing.DELETED: State("Was deleted", "info"),
    Standing.WITHDRAWN: State("Withdrawn"),
}
STEPS = {
    "may go": "It may be deleted",
    "stays": "It stays",
    "deleted": "The official deleted it",
    "withdrawn": "Withdrawn",
}
FIELDS = (
    *("name", "title", "department", "email", "login", "how", "source", "what", "why", "records"),
    "received",
)


def listed(visit: Visit, asked: Asked) -> Answer:
    """What officials want to delete: all of it for who decides or keeps the book, else their
    own."""
    with _office(visit) as office:
        found = [
            (each, STANDINGS[standing_of(office, each)])
            for each in list_consults(
                office, login=None if _sees_all(visit) else visit.person.login
            )
        ]
    return Page(
        "consults.html", {"consults": found, "all": _sees_all(visit), "may_ask": _asks(visit)}
    )


def form(visit: Visit, asked: Asked) -> Answer:
    """The form that asks."""
    return _form(visit, asked)


def _form(visit: Visit, asked: Asked, problem: str = "") -> Page:
    clerk = visit.may(MANAGE_REQUESTS)
    shown = {
        "given": {name: asked.given(name) for name in FIELDS},
        "clerk": clerk,
        "people": custodians_who_sign_in(visit) if clerk else [],
        "departments": visit.person.departments,
        "today": today_in(visit.desk.settings).isoformat(),
        "problem": problem,
    }
    return Page("consult_new.html", shown, 422 if problem else 200)


def ask(visit: Visit, asked: Asked) -> Answer:
    """Ask, with a copy that is handed in, a record the archive has, or both."""
    try:
        official = official_given(visit, asked)
        keys = _keys(asked.given("records"))
        forward_id = entered(visit, asked).id if asked.all_files("file") else None
        wanted = NewConsult(
            asked.given("source"), asked.given("what"), asked.given("why"), keys, forward_id
        )
        with _office(visit) as office, visit.evidence() as files:
            settings = visit.desk.settings
            made = consult(office, files, settings, official, wanted, actor=visit.person.login)
    except ArchiverError as wrong:
        return _form(visit, asked, str(wrong))
    return Redirect(f"/consults/{made.id}")


def one(visit: Visit, asked: Asked) -> Answer:
    """One consultation. Raises NotHere for somebody else's, but for who decides or enters it."""
    return _page(visit, asked)


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    with _office(visit) as office:
        found = _mine(visit, office, asked)
        standing = standing_of(office, found)
        steps = steps_of(office, found)
        kept = captured(office, found)
        until = hold_by_id(office, found.hold_id).hold_until
    decided = {each.office for each in steps}
    shown = {
        "consult": found,
        "state": STANDINGS[standing],
        "standing": standing.value,
        "steps": [(each, STEPS[each.what]) for each in steps],
        "kept": [each for each in kept if each[0] != "private" or visit.private],
        "hidden": sum(each[0] == "private" and not visit.private for each in kept),
        "copies": len(kept),
        "until": until,
        "offices": [each for each in _offices(visit) if each not in decided]
        if standing in (Standing.WAITING, Standing.MAY_GO, Standing.STAYS)
        else [],
        "may_tell": _asks(visit) and standing is Standing.MAY_GO,
        "may_withdraw": _asks(visit) and standing in (Standing.WAITING, Standing.MAY_GO),
        "searches": visit.may("search"),
        "today": today_in(visit.desk.settings).isoformat(),
        "given": {name: asked.given(name) for name in ("says", "reason", "office")},
        "problem": problem,
    }
    return Page("consult.html", shown, 422 if problem else 200)


def act(visit: Visit, asked: Asked) -> Answer:
    """Decide, say that it was deleted, or ask no more."""
    what, actor, settings = asked.given("act"), visit.person.login, visit.desk.settings
    with _office(visit) as office:
        found = _mine(visit, office, asked)
        try:
            if what == "decide":
                office_of = asked.given("office")
                if office_of not in _offices(visit):
                    raise InputError("this decision is another office's")
                decide(
                    *(office, settings, found.id),
                    office=office_of,
                    says=asked.given("says"),
                    name=visit.person.name,
                    on=today_in(settings),
                    reason=asked.given("reason"),
                    actor=actor,
                )
            elif what == "deleted" and _asks(visit):
                on = day_of(asked.given("on"), "the day it was deleted") or today_in(settings)
                tell_deleted(office, settings, found.id, on=on, actor=actor)
            elif what == "withdraw" and _asks(visit):
                withdraw(office, found.id, actor=actor, reason=asked.given("reason"))
            else:
                raise InputError("choose what is to be done")
        except ArchiverError as wrong:
            return _page(visit, asked, str(wrong))
    return Redirect(f"/consults/{found.id}")


def _offices(visit: Visit) -> list[str]:
    """The offices this person decides for, by their roles."""
    if not visit.may(DECIDE_DELETIONS):
        return []
    roles = visit.person.roles
    held = (("city-manager", MANAGER), ("attorney", ATTORNEY))
    return [office for role, office in held if role in roles]


def _asks(visit: Visit) -> bool:
    """Whether the person asks, for themselves or for an official; who only decides does not."""
    return visit.may(FORWARD)


def _sees_all(visit: Visit) -> bool:
    return visit.may(MANAGE_REQUESTS) or visit.may(DECIDE_DELETIONS)


def _office(visit: Visit) -> AbstractContextManager[sqlite3.Connection]:
    return visit.office_of_own(sees_all=_sees_all(visit))


def _mine(visit: Visit, office: sqlite3.Connection, asked: Asked) -> Consult:
    try:
        found = find_consult(office, int(asked.parts["consult"]))
    except InputError:
        raise NotHere from None
    if not _sees_all(visit) and found.login != visit.person.login:
        raise NotHere
    return found


def _keys(text: str) -> tuple[tuple[str, int], ...]:
    """Records as typed: ``archive:12345``, one a line or with spaces between."""
    keys = []
    for word in text.replace(",", " ").split():
        file, _, digits = word.partition(":")
        if file not in ("archive", "private") or not digits.isdecimal() or len(digits) > 18:
            raise InputError(f"{word[:40]} names no record: write it like archive:511452376040")
        keys.append((file, int(digits)))
    return tuple(keys)
