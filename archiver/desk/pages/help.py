"""Help: what one can do here, a minute for each task, for the roles one has; and the pages of the
documentation that a person at the desk needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from archiver.desk.answers import Answer, Asked, Bytes, NotHere, Page
from archiver.desk.guides import ABOUT_ALL, attachments, guide, guides
from archiver.desk.visits import Visit
from archiver.staff.roles import (
    ANSWER_ASKS,
    ANSWER_PRIVILEGED,
    ATTEST,
    DECIDE,
    FORWARD,
    IMPORT,
    MANAGE_REQUESTS,
    MANAGE_STAFF,
    PRODUCE,
    QUARANTINE,
    REVIEW_ASSIGNED,
    ROLES,
    SEARCH,
    TELL_INTAKE,
    VIEW_AUDIT,
    VIEW_POLICIES,
    VIEW_REQUESTS,
    VIEW_RETENTION,
    VIEW_SETUP,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the help: tasks of one kind, and the permissions of which one opens it (none:
    everybody reads it). Each task in it asks for its own permission besides."""

    id: str
    title: str
    permissions: tuple[str, ...] = ()


PARTS: Final = (
    Part("t-assigned", "Records assigned to you", (REVIEW_ASSIGNED,)),
    Part("t-tasks", "What the city clerk asks you", (ANSWER_ASKS,)),
    Part("t-forward", "What officials forward", (FORWARD,)),
    Part("t-find", "Finding records", (SEARCH,)),
    Part("t-imp", "Downloads from the platforms", (IMPORT,)),
    Part("t-in", "A request comes in", (MANAGE_REQUESTS, TELL_INTAKE)),
    Part("t-dates", "The dates of a request", (VIEW_REQUESTS,)),
    Part("t-collect", "Collecting records", (MANAGE_REQUESTS,)),
    Part("t-review", "Reviewing", (DECIDE,)),
    Part("t-attorney", "For the city attorney", (ATTEST, ANSWER_PRIVILEGED)),
    Part("t-answer", "Letters and packets", (MANAGE_REQUESTS, PRODUCE)),
    Part("t-ret", "How long records are kept", (VIEW_RETENTION,)),
    Part("t-pol", "Policies and word filters", (VIEW_POLICIES,)),
    Part("t-quar", "What must not be looked at", (QUARANTINE,)),
    Part("t-adm", "Set-up, staff and audit", (VIEW_SETUP, MANAGE_STAFF, VIEW_AUDIT)),
    Part("t-you", "Yourself"),
)
"""In the order in which the page tells them."""


def show(visit: Visit, asked: Asked) -> Answer:
    """The tasks this person's roles allow, each in a few steps."""
    roles = [ROLES[name] for name in visit.person.roles if name in ROLES]
    shown = [
        each for each in PARTS if not each.permissions or any(map(visit.may, each.permissions))
    ]
    return Page("help.html", {"roles": roles, "parts_shown": shown})


def read(visit: Visit, asked: Asked) -> Answer:
    """A page of the documentation."""
    name = asked.parts["guide"]
    if name not in guides():
        raise NotHere
    above = guide(ABOUT_ALL).title if name.startswith(f"{ABOUT_ALL}/") else None
    return Page("guide.html", {"guide": guide(name), "above": above, "all_of_them": ABOUT_ALL})


def attachment(visit: Visit, asked: Asked) -> Answer:
    """A file that a page of the documentation links to."""
    path = attachments().get(asked.parts["attachment"])
    if path is None:
        raise NotHere
    media_type = "text/csv; charset=utf-8" if path.suffix == ".csv" else "application/json"
    return Bytes(path, media_type, path.name)
