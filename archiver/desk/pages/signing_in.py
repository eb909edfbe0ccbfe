"""Signing in and out."""

from __future__ import annotations

import re

from archiver import clock
from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.desk import Desk
from archiver.desk.visits import Visit, clear_cookie, set_cookie
from archiver.errors import RuleError
from archiver.staff.sessions import sign_in, sign_out

_OWN_PAGE = re.compile(r"/(?![/\\])[^\x00-\x20\\]*\Z")


def form(desk: Desk, asked: Asked) -> Answer:
    """The form, for somebody who is not signed in."""
    return _form(asked.asked("next"), left="left" in asked.query)


def already(visit: Visit, asked: Asked) -> Answer:
    """Somebody who is signed in already goes on to where they wanted to be."""
    return Redirect(_own_page(asked.asked("next")))


def submit(desk: Desk, asked: Asked) -> Answer:
    """Open a session, or say in the same words for every cause that it did not work."""
    wanted = asked.given("next")
    try:
        with desk.stores.staff() as staff:
            session = sign_in(staff, asked.given("login"), asked.given("password"), now=clock.now())
    except RuleError as refused:
        return _form(wanted, login=asked.given("login"), problem=str(refused), status=403)
    return Redirect(_own_page(wanted), cookie=set_cookie(desk, session.token))


def leave(visit: Visit, asked: Asked) -> Answer:
    """End the session here and in staff.db."""
    with visit.desk.stores.staff() as staff:
        sign_out(staff, visit.token)
    return Redirect("/sign-in?left=1", cookie=clear_cookie(visit.desk))


def _form(
    wanted: str, *, login: str = "", problem: str = "", left: bool = False, status: int = 200
) -> Page:
    shown = {
        "next": wanted if _OWN_PAGE.match(wanted) else "",
        "login": login[:64],
        "problem": problem,
        "left": left,
    }
    return Page("sign_in.html", shown, status)


def _own_page(wanted: str) -> str:
    """Where to go after signing in: a page of the desk, never another site."""
    return wanted if _OWN_PAGE.match(wanted) and not wanted.startswith("/sign-in") else "/"
