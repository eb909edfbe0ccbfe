"""Signing in, in one step or two, and out."""

from __future__ import annotations

import re

from archiver import clock
from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.desk import Desk
from archiver.desk.visits import Visit, clear_cookie, set_cookie
from archiver.errors import RuleError
from archiver.staff.sessions import (
    TOO_LATE,
    CodeWanted,
    Session,
    finish_sign_in,
    sign_in,
    sign_in_vouched,
    sign_out,
)

_OWN_PAGE = re.compile(r"/(?![/\\])[^\x00-\x20\\]*\Z")


def form(desk: Desk, asked: Asked) -> Answer:
    """The form, for somebody who is not signed in.

    Whom the city's proxy vouches for is signed in, unless they have just signed out.
    """
    wanted, left = asked.asked("next"), "left" in asked.query
    if not asked.vouched or left:
        return _form(desk, asked, wanted, left=left)
    try:
        with desk.stores.staff() as staff:
            came = sign_in_vouched(
                staff,
                asked.vouched,
                now=clock.now(),
                rule=desk.second_factor,
                agent=asked.agent,
                instead_of=asked.token,
            )
    except RuleError as refused:
        problem = f"the city's sign-on knows you as {asked.vouched}, but {refused}"
        return _form(desk, asked, wanted, problem=problem, status=403)
    return _next(desk, came, wanted)


def already(visit: Visit, asked: Asked) -> Answer:
    """Somebody who is signed in already goes on to where they wanted to be."""
    return Redirect(_own_page(asked.asked("next")))


def submit(desk: Desk, asked: Asked) -> Answer:
    """Open a session or ask for the code, or say in the same words for every cause that it did
    not work."""
    wanted, login = asked.given("next"), asked.given("login")
    try:
        with desk.stores.staff() as staff:
            came = sign_in(
                staff,
                login,
                asked.given("password"),
                now=clock.now(),
                rule=desk.second_factor,
                agent=asked.agent,
                instead_of=asked.token,
            )
    except RuleError as refused:
        return _form(desk, asked, wanted, login=login, problem=str(refused), status=403)
    return _next(desk, came, wanted)


def submit_code(desk: Desk, asked: Asked) -> Answer:
    """The second step: the code of whoever has a second factor."""
    wanted, pending = asked.given("next"), asked.given("pending")
    try:
        with desk.stores.staff() as staff:
            came = finish_sign_in(
                staff,
                pending,
                asked.given("code"),
                keys=desk.home.keys,
                now=clock.now(),
                agent=asked.agent,
                instead_of=asked.token,
            )
    except RuleError as refused:
        if str(refused) == TOO_LATE:
            return _form(desk, asked, wanted, problem=TOO_LATE, status=403)
        return _code_form(pending, wanted, problem=str(refused), status=403)
    return _next(desk, came, wanted)


def leave(visit: Visit, asked: Asked) -> Answer:
    """End the session here and in staff.db."""
    with visit.desk.stores.staff() as staff:
        sign_out(staff, visit.token)
    return Redirect("/sign-in?left=1", cookie=clear_cookie(visit.desk))


def _next(desk: Desk, came: Session | CodeWanted, wanted: str) -> Answer:
    if isinstance(came, CodeWanted):
        return _code_form(came.token, wanted)
    return Redirect(_own_page(wanted), cookie=set_cookie(desk, came.token))


def _form(
    desk: Desk,
    asked: Asked,
    wanted: str,
    *,
    login: str = "",
    problem: str = "",
    left: bool = False,
    status: int = 200,
) -> Page:
    shown = {
        "next": wanted if _OWN_PAGE.match(wanted) else "",
        "login": login[:64],
        "problem": problem,
        "left": left,
        "vouched": asked.vouched,
        "sign_out": desk.sign_on.sign_out if desk.sign_on is not None else None,
    }
    return Page("sign_in.html", shown, status)


def _code_form(pending: str, wanted: str, *, problem: str = "", status: int = 200) -> Page:
    shown = {
        "next": wanted if _OWN_PAGE.match(wanted) else "",
        "pending": pending[:64],
        "problem": problem,
    }
    return Page("sign_in_code.html", shown, status)


def _own_page(wanted: str) -> str:
    """Where to go after signing in: a page of the desk, never another site."""
    return wanted if _OWN_PAGE.match(wanted) and not wanted.startswith("/sign-in") else "/"
