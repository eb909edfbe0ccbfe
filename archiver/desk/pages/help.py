"""Help: what one can do here, a minute for each task, for the roles one has."""

from __future__ import annotations

from archiver.desk.answers import Answer, Asked, Page
from archiver.desk.visits import Visit
from archiver.staff.roles import ROLES


def show(visit: Visit, asked: Asked) -> Answer:
    """The tasks this person's roles allow, each in a few steps."""
    roles = [ROLES[name] for name in visit.person.roles if name in ROLES]
    return Page("help.html", {"roles": roles, "forced": visit.must_enrol})
