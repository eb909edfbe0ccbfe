"""The set-up checklist: what is done before the city can rely on its archive, and what is not."""

from __future__ import annotations

from archiver.desk.answers import Answer, Asked, Page
from archiver.desk.visits import Visit
from archiver.operations.setting_up import setting_up
from archiver.staff.people import list_people
from archiver.staff.roles import (
    ATTEST,
    MANAGE_REQUESTS,
    VIEW_ACCOUNTS,
    VIEW_RETENTION,
    VIEW_STATUS,
)

_LINKS = {
    "/accounts": VIEW_ACCOUNTS,
    "/attest": ATTEST,
    "/coverage": VIEW_STATUS,
    "/requests/new?practice=1": MANAGE_REQUESTS,
    "/retention/schedule": VIEW_RETENTION,
}


def show(visit: Visit, asked: Asked) -> Answer:
    """Every step with what was found; the links this person may follow."""
    with visit.desk.stores.staff() as staff:
        people = list_people(staff)
    with visit.office() as office:
        steps = setting_up(visit.desk.home, visit.desk.settings, office, people)
    done = sum(step.done for step in steps)
    links = [link for link, permission in _LINKS.items() if visit.may(permission)]
    return Page("setup.html", {"steps": steps, "done": done, "links": links})
