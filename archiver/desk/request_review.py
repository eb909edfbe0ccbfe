"""What a request's page says about its review: instalments, who reviews what, who may be asked."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver import clock
from archiver.database import rows
from archiver.desk.item_lines import known_files
from archiver.desk.visits import Visit
from archiver.register.accounts import Account, list_accounts
from archiver.requests.book import Request
from archiver.requests.reviewing.blockers import NAMED, Blocker, blockers_of
from archiver.requests.reviewing.instalments import Instalment, instalments_of
from archiver.staff.people import Person, list_people
from archiver.staff.roles import DECIDE, MANAGE_REQUESTS, REVIEW_ASSIGNED


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment with what is in its way, as far as this person may know of it."""

    instalment: Instalment
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many items of a request a person reviews."""

    person: str
    items: int


@dataclass(frozen=True, slots=True)
class RequestReview:
    """The review of a request. `people` are those items can be assigned to, `accounts` those items
    of the request stand on; `today` is what a promise is counted from."""

    parts: tuple[Part, ...]
    assigned: tuple[Assigned, ...]
    people: tuple[Person, ...]
    accounts: tuple[Account, ...]
    today: str


def reviewing_of(visit: Visit, office: sqlite3.Connection, request: Request) -> RequestReview:
    """What the request's page shows of its review."""
    known = known_files(visit)
    settings = visit.desk.settings
    manages = visit.may(MANAGE_REQUESTS)
    return RequestReview(
        tuple(
            Part(
                each,
                tuple(
                    blockers_of(
                        *(office, settings, request.number, each.n), known=known, listed=NAMED
                    )
                ),
            )
            for each in instalments_of(office, request.number)
        ),
        _assigned(office, request) if manages and visit.private else (),
        _people(visit) if manages else (),
        _accounts(office, request) if manages else (),
        clock.local_day(clock.now_text(), settings.time_zone).isoformat(),
    )


def _assigned(office: sqlite3.Connection, request: Request) -> tuple[Assigned, ...]:
    found = rows(
        office,
        """
        SELECT person, count(*) AS items FROM item_assignments AS assignments
        JOIN request_standing AS standing USING (item_id)
        WHERE request_id = ? AND assigned = 1 AND assignments.id = (
            SELECT max(id) FROM item_assignments
            WHERE item_id = assignments.item_id AND person = assignments.person
        )
        GROUP BY person ORDER BY person
        """,
        request.id,
    )
    return tuple(Assigned(each["person"], each["items"]) for each in found)


def _people(visit: Visit) -> tuple[Person, ...]:
    with visit.desk.stores.staff() as staff:
        return tuple(
            each
            for each in list_people(staff)
            if each.disabled_at is None and (each.may(DECIDE) or each.may(REVIEW_ASSIGNED))
        )


def _accounts(office: sqlite3.Connection, request: Request) -> tuple[Account, ...]:
    found = rows(
        office,
        "SELECT DISTINCT substr(family, 1, instr(family, ':') - 1) AS account "
        "FROM request_items WHERE request_id = ?",
        request.id,
    )
    here = {each["account"] for each in found}
    return tuple(each for each in list_accounts(office) if str(each.id) in here)
