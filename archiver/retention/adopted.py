"""The adopted schedules in office.db: with full text, digest, resolution and who wrote it down."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass, fields

from archiver.database import row, rows
from archiver.retention.schedules import Schedule, parse_schedule


@dataclass(frozen=True, slots=True)
class Adoption:
    """A schedule as a governing body adopted it. `text` is its whole TOML, `digest` that of its
    wording (`Schedule.digest`), `resolved_on` the resolution's day; days are ISO."""

    id: int
    schedule_id: str
    version: str
    digest: str
    text: str
    effective_from: str
    resolution: str
    resolved_on: str
    adopted_by: str
    recorded_at: str
    recorded_by: str

    @property
    def words(self) -> str:
        """By what it was adopted: ``Resolution 2027-14 of 2027-02-09``."""
        return f"Resolution {self.resolution} of {self.resolved_on}"

    @property
    def schedule(self) -> Schedule:
        """The schedule itself. Raises InputError where the format has left it behind."""
        return parse_schedule(self.text, f"{self.schedule_id} {self.version} (adopted)")


_COLUMNS = ", ".join(field.name for field in fields(Adoption))


def adoptions(conn: sqlite3.Connection) -> list[Adoption]:
    """Every adoption, oldest first."""
    if not _is_there(conn):
        return []
    found = rows(conn, f"SELECT {_COLUMNS} FROM schedule_adoptions ORDER BY id")
    return [Adoption(*each) for each in found]


def adoption_in_force(conn: sqlite3.Connection, today: dt.date) -> Adoption | None:
    """The adopted schedule with the latest effective date that has come, or None."""
    if not _is_there(conn):
        return None
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM schedule_adoptions WHERE effective_from <= ? "
        "ORDER BY effective_from DESC, id DESC LIMIT 1",
        today.isoformat(),
    )
    return None if found is None else Adoption(*found)


def adoption_of(conn: sqlite3.Connection, schedule: Schedule) -> Adoption | None:
    """How a schedule was adopted, by its wording's digest; None: the settings alone name it."""
    if not _is_there(conn):
        return None
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM schedule_adoptions WHERE digest = ? ORDER BY id DESC LIMIT 1",
        schedule.digest,
    )
    return None if found is None else Adoption(*found)


def _is_there(conn: sqlite3.Connection) -> bool:
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schedule_adoptions'"
    return row(conn, sql) is not None
