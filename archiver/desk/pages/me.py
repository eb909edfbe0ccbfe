"""One's own page: sessions, password, second factor."""

from __future__ import annotations

import io

import segno

from archiver import clock
from archiver.database import write_transaction
from archiver.desk.answers import Answer, Asked, Data, NotHere, Page, Redirect
from archiver.desk.visits import Visit, set_cookie
from archiver.errors import RuleError
from archiver.staff.roles import ROLES
from archiver.staff.second_factor import (
    Enrolment,
    begin,
    begun,
    confirm,
    factor_of,
    renew_codes,
    take_off,
)
from archiver.staff.session_list import end_others, end_session, list_sessions
from archiver.staff.sessions import change_password, check_password

FACTOR_PAGE = "/me/second-factor"


def show(visit: Visit, asked: Asked) -> Answer:
    """Who one is to the desk, where one is signed in, and how."""
    return _page(visit, done=asked.asked("done"))


def new_password(visit: Visit, asked: Asked) -> Answer:
    """Change one's password; every other session ends, and this one gets a new token."""
    if asked.given("new") != asked.given("again"):
        return _page(visit, problem="the new password was not typed twice alike: try again")
    try:
        with visit.desk.stores.staff() as staff:
            session = change_password(
                staff,
                visit.person,
                asked.given("password"),
                asked.given("new"),
                means=visit.session.means,
                now=clock.now(),
                agent=asked.agent,
            )
    except RuleError as refused:
        return _page(visit, problem=str(refused))
    return Redirect("/me?done=password", cookie=set_cookie(visit.desk, session.token))


def end(visit: Visit, asked: Asked) -> Answer:
    """End another of one's sessions, or all the others."""
    handle = asked.given("handle")
    with visit.desk.stores.staff() as staff:
        if handle == "others":
            end_others(staff, visit.person, visit.session.handle)
        elif handle == visit.session.handle:
            return _page(visit, problem="this is the session you are in: sign out to end it")
        elif not end_session(staff, visit.person, handle):
            return _page(visit, problem="that session had ended already: nothing was changed")
    return Redirect("/me?done=session")


def second_factor(visit: Visit, asked: Asked) -> Answer:
    """How one's second factor stands, and what can be done about it."""
    return _factor_page(visit, done=asked.asked("done"))


def begin_factor(visit: Visit, asked: Asked) -> Answer:
    """Draw a key, for somebody who knows the password."""
    if not visit.desk.second_factor.asked:
        return _factor_page(visit, problem="the city has turned second factors off")
    try:
        with visit.desk.stores.staff() as staff:
            check_password(staff, visit.person, asked.given("password"), now=clock.now())
            with write_transaction(staff):
                begin(
                    staff,
                    visit.person,
                    keys=visit.desk.home.keys,
                    session=visit.session.handle,
                    now=clock.now(),
                )
    except RuleError as refused:
        return _factor_page(visit, problem=str(refused))
    return Redirect(FACTOR_PAGE)


def picture(visit: Visit, asked: Asked) -> Answer:
    """The key as a picture for the app's camera: only while it is being set up, and only for the
    session that began."""
    enrolment = _begun(visit)
    if enrolment is None:
        raise NotHere
    out = io.BytesIO()
    code = segno.make_qr(enrolment.address, error="m")
    code.save(out, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False)
    return Data(out.getvalue().decode(), media_type="image/svg+xml")


def confirm_factor(visit: Visit, asked: Asked) -> Answer:
    """Turn it on with a first code, and show the recovery codes, this once."""
    try:
        with visit.desk.stores.staff() as staff:
            codes = confirm(
                staff,
                visit.person,
                asked.given("code"),
                keys=visit.desk.home.keys,
                session=visit.session.handle,
                now=clock.now(),
            )
    except RuleError as refused:
        return _factor_page(visit, problem=str(refused))
    return Page("recovery_codes.html", {"codes": codes, "first": True})


def new_codes(visit: Visit, asked: Asked) -> Answer:
    """Ten new recovery codes, for password and code."""
    try:
        with visit.desk.stores.staff() as staff:
            check_password(staff, visit.person, asked.given("password"), now=clock.now())
            codes = renew_codes(
                staff,
                visit.person,
                asked.given("code"),
                keys=visit.desk.home.keys,
                now=clock.now(),
            )
    except RuleError as refused:
        return _factor_page(visit, problem=str(refused))
    return Page("recovery_codes.html", {"codes": codes, "first": False})


def off(visit: Visit, asked: Asked) -> Answer:
    """Take one's second factor off, for password and code."""
    try:
        with visit.desk.stores.staff() as staff:
            check_password(staff, visit.person, asked.given("password"), now=clock.now())
            take_off(
                staff,
                visit.person,
                asked.given("code"),
                keys=visit.desk.home.keys,
                session=visit.session.handle,
                now=clock.now(),
            )
    except RuleError as refused:
        return _factor_page(visit, problem=str(refused))
    return Redirect(f"{FACTOR_PAGE}?done=off")


def _page(visit: Visit, *, problem: str = "", done: str = "") -> Page:
    with visit.desk.stores.staff() as staff:
        sessions = list_sessions(staff, visit.person.id, clock.now())
        factor = factor_of(staff, visit.person.id)
    shown = {
        "sessions": sessions,
        "here": visit.session.handle,
        "factor": factor,
        "asked": visit.desk.second_factor.asked,
        "needed": visit.desk.second_factor.needs(visit.person),
        "roles": [ROLES[name] for name in visit.person.roles],
        "problem": problem,
        "done": done,
    }
    return Page("me.html", shown, 422 if problem else 200)


def _factor_page(visit: Visit, *, problem: str = "", done: str = "") -> Page:
    with visit.desk.stores.staff() as staff:
        factor = factor_of(staff, visit.person.id)
    enrolment = None if factor.confirmed_at else _begun(visit)
    key = "" if enrolment is None else enrolment.key
    shown = {
        "factor": factor,
        "key": " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        "asked": visit.desk.second_factor.asked,
        "needed": visit.desk.second_factor.needs(visit.person),
        "forced": visit.must_enrol,
        "problem": problem,
        "done": done,
    }
    return Page("second_factor.html", shown, 422 if problem else 200)


def _begun(visit: Visit) -> Enrolment | None:
    with visit.desk.stores.staff() as staff:
        return begun(
            staff,
            visit.person,
            keys=visit.desk.home.keys,
            session=visit.session.handle,
            agency=visit.desk.settings.agency,
            now=clock.now(),
        )
