"""The staff as an administrator sees it: who may sign in, how, and what to do for somebody who
lost a telephone or left a session open."""

from __future__ import annotations

from archiver import clock
from archiver.archive.sight import EVERYTHING
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError, RuleError
from archiver.register.accounts import departments_of, named_departments
from archiver.staff.people import Person, find_person, list_people, set_departments
from archiver.staff.second_factor import factor_of, reset_factor
from archiver.staff.session_list import list_sessions
from archiver.staff.sessions import check_password, revoke_all


def show(visit: Visit, asked: Asked) -> Answer:
    """Everybody who may sign in, and who no longer may."""
    return _page(visit, done=asked.asked("done"))


def one(visit: Visit, asked: Asked) -> Answer:
    """What can be done for one person."""
    return _one(visit, _person(visit, asked), done=asked.asked("done"))


def end_sessions(visit: Visit, asked: Asked) -> Answer:
    """End every session of somebody."""
    person = _person(visit, asked)
    with visit.desk.stores.staff() as staff:
        revoke_all(staff, person, actor=visit.person.login)
    return Redirect("/people?done=sessions")


def reset(visit: Visit, asked: Asked) -> Answer:
    """Take somebody's second factor off, for the administrator's own password."""
    person = _person(visit, asked)
    try:
        with visit.desk.stores.staff() as staff:
            check_password(staff, visit.person, asked.given("password"), now=clock.now())
            reset_factor(staff, person.login, actor=visit.person.login)
    except RuleError as refused:
        return _one(visit, person, problem=str(refused))
    return Redirect("/people?done=factor")


def limit(visit: Visit, asked: Asked) -> Answer:
    """Limit somebody to the records of the departments ticked, or to none of them any longer."""
    person = _person(visit, asked)
    try:
        with visit.desk.stores.office(EVERYTHING) as office:
            named = named_departments(office, asked.all_given("department"))
        if not named and asked.given("what") != "everything":
            raise InputError("tick the departments, or choose that they see all of them")
        if asked.given("what") == "everything":
            named = []
        with visit.desk.stores.staff() as staff:
            set_departments(staff, person.login, actor=visit.person.login, departments=named)
    except ArchiverError as refused:
        return _one(visit, person, problem=str(refused))
    return Redirect(f"/people/{person.login}?done=limit")


def _person(visit: Visit, asked: Asked) -> Person:
    with visit.desk.stores.staff() as staff:
        try:
            return find_person(staff, asked.parts["login"])
        except InputError:
            raise NotHere from None


def _page(visit: Visit, *, done: str) -> Page:
    with visit.desk.stores.staff() as staff:
        lines = [
            (
                person,
                factor_of(staff, person.id),
                len(list_sessions(staff, person.id, clock.now())),
                visit.desk.second_factor.needs(person),
            )
            for person in list_people(staff)
        ]
    shown = {
        "active": [line for line in lines if line[0].disabled_at is None],
        "closed": [line for line in lines if line[0].disabled_at is not None],
        "done": done,
    }
    return Page("staff.html", shown)


def _one(visit: Visit, person: Person, *, problem: str = "", done: str = "") -> Page:
    # names of departments are no records: an administrator limited to one may still limit others
    with visit.desk.stores.office(EVERYTHING) as office:
        departments = departments_of(office)
    with visit.desk.stores.staff() as staff:
        shown = {
            "person": person,
            "factor": factor_of(staff, person.id),
            "sessions": list_sessions(staff, person.id, clock.now()),
            "departments": departments,
            "gone": [each for each in person.departments if each not in departments],
            "problem": problem,
            "done": done,
        }
    return Page("staff_person.html", shown, 422 if problem else 200)
