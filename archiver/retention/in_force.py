"""Which schedule is in force today: the one the city adopted last, or the one its settings name."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from archiver import clock
from archiver.config import Home, Settings
from archiver.database import connect_read_only
from archiver.errors import RuleError
from archiver.retention.adopting import Adoption, list_adoptions
from archiver.retention.events import ended_events
from archiver.retention.schedules import Schedule, find_schedule, schedule_of


def schedule_in_force(settings: Settings, base: Path | None) -> Schedule:
    """The schedule by which records are kept today, with the city's events and fiscal year in it.

    Of the schedules adopted in the home at `base` it is the one that took effect last; where none
    was, the one the settings name (a relative path is looked for below `base`). Raises InputError
    where it cannot be read, RuleError where it takes effect later or is made for another kind of
    agency.
    """
    today = clock.local_day(clock.now_text(), settings.time_zone)
    adopted, events = _of_home(base, today)
    schedule = (
        find_schedule(settings.schedule, base=base)
        if adopted is None
        else schedule_of(adopted.text, f"schedule {adopted.schedule} {adopted.version}")
    )
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
    return in_city(schedule, settings, events)


def in_city(
    schedule: Schedule, settings: Settings, events: dict[str, dt.date] | None = None
) -> Schedule:
    """A schedule with what it takes from the city: the events that have ended, its fiscal year."""
    changes: dict[str, object] = {}
    if any(series.year_end == "fiscal" for series in schedule.series):
        changes["fiscal_year_start"] = settings.retention.fiscal_year_start
    named = {series.event for series in schedule.series if series.event}
    ended = {name: day for name, day in (events or {}).items() if name in named}
    if ended:
        changes["events"] = schedule.events | ended
    return msgspec.structs.replace(schedule, **changes) if changes else schedule


def _of_home(base: Path | None, today: dt.date) -> tuple[Adoption | None, dict[str, dt.date]]:
    """The adoption in force and the events that have ended, as office.db of a home has them."""
    if base is None or not Home(base).office_db.exists():
        return None, {}
    with closing(connect_read_only(Home(base).office_db)) as office:
        try:
            adoptions = list_adoptions(office)
            events = ended_events(office)
        except sqlite3.OperationalError:
            # a home from before schedules were adopted in it
            return None, {}
    found = [each for each in adoptions if each.effective_from <= today]
    return max(found, key=lambda each: (each.effective_from, each.id), default=None), events
