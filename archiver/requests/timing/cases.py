"""Every request with what it is measured by: the facts from which the city's figures are made.

Requests made for practice count nowhere; their sequence is below nought.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from archiver import clock
from archiver.config import Settings
from archiver.database import rows
from archiver.requests.intake import list_requests
from archiver.requests.timing.dates import limits_of


class Produced(Protocol):
    """What was produced for a request, as the production room tells it."""

    @property
    def volumes(self) -> int:
        """Finished volumes."""

    @property
    def pages(self) -> int:
        """Pages in them."""

    @property
    def records(self) -> int:
        """Records released in them."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing was produced."""

    volumes: int = 0
    pages: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One request as it is measured; days are of the agency's zone.

    `determined_on` is when the determination was sent, or the request closed without one; `work_by`
    and `outside` are None where the dates are counted by hand. `slip_days` is from the first to the
    last promised day, None where nothing was promised. `sections` counts the exemptions cited.
    """

    number: str
    received_on: dt.date
    is_open: bool
    determined_on: dt.date | None
    work_by: dt.date | None
    outside: dt.date | None
    circumstance: str | None
    promises: int
    slip_days: int | None
    minutes: int
    produced: Produced = Nothing()
    sections: Mapping[str, int] = field(default_factory=dict)
    departments: frozenset[str] = frozenset()


def cases(
    conn: sqlite3.Connection,
    settings: Settings,
    *,
    private: bool,
    produced: Mapping[str, Produced] | None = None,
    departments: Mapping[int, frozenset[str]] | None = None,
) -> list[Case]:
    """Every request that counts. Without `private`, exemptions of private items are left out;
    `produced` (by number) and `departments` (by id) are what other rooms know of them."""
    found = [each for each in list_requests(conn) if each.sequence > 0]
    limits = limits_of(conn, settings, found)
    sent = _first(conn, "SELECT request_id, sent_at AS it FROM standing_determinations ORDER BY id")
    closed = _first(
        conn, "SELECT request_id, at AS it FROM request_events WHERE kind = 'closed' ORDER BY id"
    )
    extended = _first(
        conn, "SELECT request_id, circumstance AS it FROM standing_extensions ORDER BY id"
    )
    promises = _promises(conn, settings.time_zone)
    minutes = _minutes(conn)
    sections = _sections(conn, private)
    measured = []
    for each in found:
        work_by, outside = limits.get(each.id, (None, None))
        answered = [known[each.id] for known in (sent, closed) if each.id in known]
        promised = promises.get(each.id, [])
        zone = settings.time_zone
        measured.append(
            Case(
                number=each.number,
                received_on=clock.local_day(each.received_at, zone),
                is_open=each.is_open,
                determined_on=clock.local_day(min(answered), zone) if answered else None,
                work_by=work_by,
                outside=outside,
                circumstance=extended.get(each.id),
                promises=len(promised),
                slip_days=(promised[-1] - promised[0]).days if promised else None,
                minutes=minutes.get(each.id, 0),
                produced=(produced or {}).get(each.number, Nothing()),
                sections=sections.get(each.id, {}),
                departments=(departments or {}).get(each.id, frozenset()),
            )
        )
    return measured


def departments_of(
    office: sqlite3.Connection, files: Mapping[str, sqlite3.Connection]
) -> dict[int, frozenset[str]]:
    """The departments whose accounts each request collected records from, by the request's id."""
    wanted: dict[str, dict[int, set[int]]] = {name: {} for name in files}
    for each in rows(office, "SELECT DISTINCT request_id, file, record_id FROM request_items"):
        if each["file"] in wanted:
            wanted[each["file"]].setdefault(each["record_id"], set()).add(each["request_id"])
    found: dict[int, set[str]] = {}
    for name, touched in wanted.items():
        for each in rows(
            files[name],
            "SELECT records.id, department FROM json_each(?) "
            "JOIN records ON records.id = json_each.value "
            "JOIN accounts ON accounts.id = records.account_id",
            json.dumps(sorted(touched)),
        ):
            for request in touched[each["id"]]:
                found.setdefault(request, set()).add(each["department"])
    return {request: frozenset(names) for request, names in found.items()}


def _first(conn: sqlite3.Connection, query: str) -> dict[int, str]:
    """The first `it` of each request. A request that was closed and opened again was answered when
    it was closed first."""
    found: dict[int, str] = {}
    for each in rows(conn, query):
        found.setdefault(each["request_id"], each["it"])
    return found


def _promises(conn: sqlite3.Connection, zone: str) -> dict[int, list[dt.date]]:
    found: dict[int, list[dt.date]] = {}
    for each in rows(conn, "SELECT request_id, available_at FROM request_estimates ORDER BY id"):
        day = clock.local_day(each["available_at"], zone)
        found.setdefault(each["request_id"], []).append(day)
    return found


def _minutes(conn: sqlite3.Connection) -> dict[int, int]:
    found = rows(
        conn, "SELECT request_id, sum(minutes) AS minutes FROM request_time GROUP BY request_id"
    )
    return {each["request_id"]: each["minutes"] for each in found}


def _sections(conn: sqlite3.Connection, private: bool) -> dict[int, dict[str, int]]:
    """How often each section stands: in the decisions in force, and under the bars in force."""
    found: dict[int, dict[str, int]] = {}
    for query in (_DECIDED, _BARRED):
        for each in rows(conn, query, private):
            sections = found.setdefault(each["request_id"], {})
            sections[each["section"]] = sections.get(each["section"], 0) + each["times"]
    return found


_DECIDED = """
    SELECT items.request_id, section, count(*) AS times
    FROM decision_exemptions JOIN request_decisions AS made ON made.id = decision_id
    JOIN request_items AS items ON items.id = made.item_id
    WHERE (? OR items.file <> 'private')
        AND made.id = (SELECT max(id) FROM request_decisions WHERE item_id = items.id)
    GROUP BY items.request_id, section
"""
_BARRED = """
    SELECT items.request_id, section, count(*) AS times
    FROM redaction_grounds AS grounds
    JOIN redaction_groundings AS named ON named.id = grounds.grounding_id
    JOIN request_redactions AS bars ON bars.id = named.redaction_id
    JOIN request_items AS items ON items.id = bars.item_id
    WHERE (? OR items.file <> 'private')
        AND named.id = (SELECT max(id) FROM redaction_groundings WHERE redaction_id = bars.id)
        AND NOT EXISTS (SELECT 1 FROM redaction_removals WHERE redaction_id = bars.id)
    GROUP BY items.request_id, section
"""
