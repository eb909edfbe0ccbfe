"""Which asks whoever looks after requests is reminded of tonight, as of the requests' own dates."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.clock import shown_day
from archiver.config import Settings
from archiver.database import row, write_transaction
from archiver.register.office import audit
from archiver.requests.custodians.asks import cause_of, open_asks, today_in
from archiver.requests.timing.reminders import threshold_of


@dataclass(frozen=True, slots=True)
class AskReminder:
    """A line of tonight's reminder about a request or hold. `told` names numbers and the date only:
    it may travel by e-mail."""

    ask_id: int
    about: str
    threshold: int
    told: str


def ask_reminders(conn: sqlite3.Connection, settings: Settings) -> list[AskReminder]:
    """What is to be reminded of now and was not yet, the most urgent first."""
    today = today_in(settings)
    found = []
    for ask in open_asks(conn):
        due = dt.date.fromisoformat(ask.due_on)
        left = (due - today).days
        threshold = threshold_of(settings.requests.remind_days, left)
        if threshold is None or _sent(conn, ask.id, threshold):
            continue
        name = cause_of(conn, ask).name
        when = (
            f"{-left} day{'' if left == -1 else 's'} late" if left < 0 else f"due {shown_day(due)}"
        )
        told = f"{name[:1].upper()}{name[1:]}: a custodian's answer (ask {ask.id}) is {when}."
        found.append(AskReminder(ask.id, name, threshold, told))
    return found


def note_asks_reminded(
    conn: sqlite3.Connection, sent: Sequence[AskReminder], *, actor: str
) -> None:
    """Write down that these went out, so that none of them goes twice."""
    with write_transaction(conn):
        for each in sent:
            if _sent(conn, each.ask_id, each.threshold):
                continue
            conn.execute(
                "INSERT INTO main.custodian_reminders (ask_id, at, threshold) VALUES (?, ?, ?)",
                (each.ask_id, clock.now_text(), each.threshold),
            )
            audit(
                conn,
                actor=actor,
                action="request reminder sent",
                subject=each.about,
                detail={"about": "custodian", "ask": each.ask_id, "days": each.threshold},
            )


def _sent(conn: sqlite3.Connection, ask_id: int, threshold: int) -> bool:
    sql = "SELECT 1 FROM custodian_reminders WHERE ask_id = ? AND threshold = ?"
    return row(conn, sql, ask_id, threshold) is not None
