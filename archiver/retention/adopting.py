"""Adopting a schedule: drafts people edit, and what the council adopted, by resolution and date.

An adopted schedule stands in office.db with its whole text; nothing of it ever changes. The next
one takes its place from the day it takes effect.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.attestations import wording_digest
from archiver.register.office import audit
from archiver.retention.linting import lint
from archiver.retention.schedules import Schedule, schedule_of


@dataclass(frozen=True, slots=True)
class Draft:
    """A schedule being worked on: its TOML text, as saved last. `based_on` says what it was copied
    from; `adopted` whether this very text has been adopted."""

    id: int
    text: str
    based_on: str
    saved_at: str
    saved_by: str
    adopted: bool

    @property
    def schedule(self) -> Schedule:
        """The draft as a schedule. Raises InputError where it cannot be read."""
        return schedule_of(self.text, f"draft {self.id}")


@dataclass(frozen=True, slots=True)
class Adoption:
    """A schedule as it was adopted. `resolution` is the document with its number."""

    id: int
    schedule: str
    version: str
    effective_from: dt.date
    text: str
    digest: str
    resolution: str
    resolution_on: dt.date
    adopted_at: str
    adopted_by: str


def save_draft(
    conn: sqlite3.Connection, *, actor: str, text: str, based_on: str, draft_id: int | None = None
) -> Draft:
    """Save a draft, a new one or (with `draft_id`) over itself; what stood before stays stored.

    Raises InputError where there is no such draft, or the text cannot be read as a schedule: a
    fault of the linter does not keep a draft from being saved.
    """
    schedule_of(text, "the draft")
    with write_transaction(conn):
        if draft_id is None:
            last = row(conn, "SELECT coalesce(max(draft), 0) AS n FROM schedule_drafts")
            draft_id = (last["n"] if last else 0) + 1
        else:
            get_draft(conn, draft_id)
        conn.execute(
            "INSERT INTO schedule_drafts (draft, text, based_on, saved_at, saved_by) "
            "VALUES (?, ?, ?, ?, ?)",
            (draft_id, text, based_on, clock.now_text(), actor),
        )
        audit(conn, actor=actor, action="schedule drafted", subject=f"schedule draft {draft_id}")
    return get_draft(conn, draft_id)


def get_draft(conn: sqlite3.Connection, draft_id: int) -> Draft:
    """A draft as it was saved last. Raises InputError where there is none."""
    for each in list_drafts(conn):
        if each.id == draft_id:
            return each
    raise InputError(f"no draft {draft_id}: `archiver schedules list` names them")


def list_drafts(conn: sqlite3.Connection) -> list[Draft]:
    """Every draft as it was saved last, the newest first."""
    found = rows(
        conn,
        """
        SELECT draft, text, based_on, saved_at, saved_by,
            EXISTS (SELECT 1 FROM schedule_adoptions AS a WHERE a.text = d.text) AS adopted
        FROM schedule_drafts AS d
        WHERE id = (SELECT max(id) FROM schedule_drafts WHERE draft = d.draft)
        ORDER BY draft DESC
        """,
    )
    return [
        Draft(
            *(each["draft"], each["text"], each["based_on"], each["saved_at"], each["saved_by"]),
            bool(each["adopted"]),
        )
        for each in found
    ]


def adopt(
    conn: sqlite3.Connection,
    settings: Settings,
    text: str,
    *,
    actor: str,
    resolution: str,
    resolution_on: dt.date,
) -> Adoption:
    """Adopt a schedule by the council's resolution; the next marking goes by it from the day it
    takes effect.

    Raises InputError where it cannot be read, RuleError where the linter finds an error in it, it
    is made for another kind of agency, its version was adopted with another text, the resolution
    is not named, or its day lies ahead.
    """
    schedule = schedule_of(text, "the schedule")
    named = " ".join(resolution.split())
    if not named:
        raise RuleError("a schedule is adopted by a resolution: give its number")
    if resolution_on > clock.local_day(clock.now_text(), settings.time_zone):
        raise RuleError(f"the resolution's day, {resolution_on}, lies ahead")
    if schedule.agency_kind != settings.agency_kind:
        raise RuleError(
            f"schedule {schedule.id} is made for a {schedule.agency_kind}, archive.toml says "
            f"{settings.agency_kind}"
        )
    wrong = [each for each in lint(text, "the schedule") if each.severity == "error"]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise RuleError(f"it cannot be adopted: {wrong[0].told}{more}")
    digest = wording_digest({"text": text})
    with write_transaction(conn):
        for each in list_adoptions(conn):
            if (each.schedule, each.version) == (schedule.id, schedule.version):
                if each.digest == digest:
                    return each
                raise RuleError(
                    f"version {schedule.version} of {schedule.id} was adopted with another text: "
                    "give the new one a version of its own"
                )
        cursor = conn.execute(
            "INSERT INTO schedule_adoptions (schedule, version, effective_from, text, digest, "
            "resolution, resolution_on, adopted_at, adopted_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(schedule.id, schedule.version, schedule.effective_from.isoformat(), text),
                *(digest, named, resolution_on.isoformat(), clock.now_text(), actor),
            ),
        )
        audit(
            conn,
            actor=actor,
            action="schedule adopted",
            subject=f"schedule {schedule.id}@{schedule.version}",
            detail={"resolution": named, "on": resolution_on.isoformat(), "digest": digest},
        )
        number = int(cursor.lastrowid or 0)
    return next(each for each in list_adoptions(conn) if each.id == number)


def list_adoptions(conn: sqlite3.Connection) -> list[Adoption]:
    """Every adopted schedule, in the order of adoption."""
    found = rows(
        conn,
        """
        SELECT id, schedule, version, effective_from, text, digest, resolution, resolution_on,
            adopted_at, adopted_by
        FROM schedule_adoptions ORDER BY id
        """,
    )
    return [
        Adoption(
            id=each["id"],
            schedule=each["schedule"],
            version=each["version"],
            effective_from=dt.date.fromisoformat(each["effective_from"]),
            text=each["text"],
            digest=each["digest"],
            resolution=each["resolution"],
            resolution_on=dt.date.fromisoformat(each["resolution_on"]),
            adopted_at=each["adopted_at"],
            adopted_by=each["adopted_by"],
        )
        for each in found
    ]


def adoption_in_force(conn: sqlite3.Connection, schedule: Schedule) -> Adoption | None:
    """The adoption of this version, or None where the settings alone name it."""
    found: Sequence[Adoption] = [
        each
        for each in list_adoptions(conn)
        if (each.schedule, each.version) == (schedule.id, schedule.version)
    ]
    return found[-1] if found else None
