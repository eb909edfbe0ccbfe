"""The schedule that decides today, and the rulebook made of it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from archiver import clock
from archiver.config import Home, Settings
from archiver.database import connect_read_only
from archiver.errors import RuleError
from archiver.register.accounts import Account
from archiver.retention.adopted import adoption_in_force
from archiver.retention.events import events_ended
from archiver.retention.rules import Rulebook
from archiver.retention.schedules import Schedule, find_schedule


def schedule_in_force(settings: Settings, base: Path | None) -> Schedule:
    """The adopted schedule of the home at `base` with the latest effective date that has come;
    where none was adopted, the one the settings name (a relative path is looked for below `base`).

    Raises InputError where it cannot be read, RuleError where it takes effect later or is made
    for another kind of agency.
    """
    today = clock.local_day(clock.now_text(), settings.time_zone)
    schedule = _adopted(base, today) or find_schedule(settings.schedule, base=base)
    if schedule.effective_from > today:
        raise RuleError(
            f"schedule {schedule.id} {schedule.version} takes effect on "
            f"{schedule.effective_from}: name the one in force in archive.toml"
        )
    if schedule.agency_kind != settings.agency_kind:
        raise RuleError(
            f"schedule {schedule.id} is made for a {schedule.agency_kind}, archive.toml says "
            f"{settings.agency_kind}: correct one of them"
        )
    return schedule


def rulebook(
    office: sqlite3.Connection,
    settings: Settings,
    base: Path | None,
    accounts: Sequence[Account],
    *,
    schedule: Schedule | None = None,
) -> Rulebook:
    """The schedule in force (or `schedule`) ready to be applied, with the ends of named events as
    the office wrote them down and the city's fiscal year. Raises as `schedule_in_force` does."""
    return Rulebook(
        schedule or schedule_in_force(settings, base),
        accounts,
        events=events_ended(office),
        fiscal_year_start=settings.retention.fiscal_year_start,
    )


def _adopted(base: Path | None, today: dt.date) -> Schedule | None:
    office_db = None if base is None else Home(base).office_db
    if office_db is None or not office_db.is_file():
        return None
    office = connect_read_only(office_db)
    try:
        found = adoption_in_force(office, today)
        return None if found is None else found.schedule
    finally:
        office.close()
