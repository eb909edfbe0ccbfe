"""The requests' dates at night: counted again, and whoever waits is reminded of what is due."""

from __future__ import annotations

import logging
import sqlite3

from archiver.config import Settings
from archiver.errors import ArchiverError
from archiver.operations.alerts import alert
from archiver.operations.logs import places
from archiver.requests.custodians.reminding import ask_reminders, note_asks_reminded
from archiver.requests.timing.recounting import recount_open_requests
from archiver.requests.timing.reminders import note_reminded, reminders_due


def look_after_dates(
    office: sqlite3.Connection, settings: Settings, *, actor: str, log: logging.Logger
) -> list[str]:
    """Recount the open requests and send tonight's reminders; what went wrong, a line each.

    Nothing here stops the night: a date that cannot be looked after is one of its problems.
    """
    try:
        for moved in recount_open_requests(office, settings, actor=actor):
            log.info("request %s: dates moved: %s", moved.number, moved.why)
        return _remind(office, settings, actor, log)
    except ArchiverError as error:
        return [f"requests' dates: {error}"]
    except Exception as error:
        log.error("requests' dates: unexpected %s\n%s", type(error).__name__, places(error))
        return [f"requests' dates: unexpected {type(error).__name__}; see the log"]


def _remind(
    office: sqlite3.Connection, settings: Settings, actor: str, log: logging.Logger
) -> list[str]:
    """One message for all that is due. It counts as sent where one target at least was reached."""
    targets = settings.alerts.targets
    due = reminders_due(office, settings)
    asks = ask_reminders(office, settings)
    if not (due or asks) or not targets:
        return []
    late = sum(each.threshold < 0 for each in due)
    title = f"{settings.agency}: {len(due)} records request{'' if len(due) == 1 else 's'} due"
    if late:
        title += f", {late} late"
    if asks:
        title += f"; {len(asks)} answer{'' if len(asks) == 1 else 's'} of custodians"
    body = "\n".join([*(each.told for each in due), *(each.told for each in asks)])
    undelivered = alert(settings, title=title, body=body)
    if len(undelivered) < len(targets):
        note_reminded(office, due, actor=actor)
        note_asks_reminded(office, asks, actor=actor)
        log.info("reminded of %d requests and %d custodians", len(due), len(asks))
    return undelivered
