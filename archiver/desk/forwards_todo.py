"""What forwards and questions before a deletion ask of a person today."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from archiver.desk.retention_todo import Todo
from archiver.desk.visits import Visit
from archiver.requests.consults.consulting import (
    ATTORNEY,
    MANAGER,
    Standing,
    list_consults,
    standing_of,
    steps_of,
)
from archiver.requests.forwards.forwarding import list_forwards
from archiver.requests.forwards.stating import statements_of
from archiver.staff.roles import DECIDE_DELETIONS, FORWARD, MANAGE_REQUESTS


def forwards_todo(visit: Visit) -> list[Todo]:
    """What this person can do about them now."""
    sees_all = visit.may(MANAGE_REQUESTS) or visit.may(DECIDE_DELETIONS)
    with visit.office_of_own(sees_all=sees_all) as office:
        return [*_unstated(visit, office), *_to_decide(visit, office), *_may_go(visit, office)]


def _unstated(visit: Visit, office: sqlite3.Connection) -> Iterator[Todo]:
    """Forwards of which nobody has said where they come from."""
    if not visit.may(FORWARD):
        return
    own = None if visit.may(MANAGE_REQUESTS) else visit.person.login
    for each in list_forwards(office, login=own):
        if not statements_of(office, each.id):
            title = f"F-{each.id} of {each.name}: statement missing"
            told = "Which account it came to, when, and what is kept back as personal."
            yield Todo("Forwarded", "", title, told, f"/forwards/{each.id}", "State it")


def _to_decide(visit: Visit, office: sqlite3.Connection) -> Iterator[Todo]:
    """Questions that wait for this person's own office."""
    if not visit.may(DECIDE_DELETIONS):
        return
    held = (("city-manager", MANAGER), ("attorney", ATTORNEY))
    offices = {name for role, name in held if role in visit.person.roles}
    for each in list_consults(office):
        decided = {step.office for step in steps_of(office, each)}
        if standing_of(office, each) is Standing.WAITING and offices - decided:
            title = f"C-{each.id}: {each.name} asks to delete something"
            told = "It stays where it is until city manager and city attorney both decided."
            yield Todo("Decide", "", title, told, f"/consults/{each.id}", "Look")


def _may_go(visit: Visit, office: sqlite3.Connection) -> Iterator[Todo]:
    """What the official may delete now, and should say that they did."""
    if visit.may(MANAGE_REQUESTS) or not visit.may(FORWARD):
        return
    for each in list_consults(office, login=visit.person.login):
        if standing_of(office, each) is Standing.MAY_GO:
            told = "City manager and city attorney both said so. Say when it was done."
            title = f"C-{each.id} may be deleted"
            yield Todo("Allowed", "", title, told, f"/consults/{each.id}", "Open")
