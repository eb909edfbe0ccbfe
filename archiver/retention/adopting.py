"""Adopting a schedule: by the resolution of the governing body, with its whole text.

From its effective date on it decides, whatever archive.toml names. What was adopted is never
changed: a correction is a new version with a resolution of its own.
"""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver.clock import local_day, now_text
from archiver.config import Settings
from archiver.database import row, write_transaction
from archiver.errors import InputError, RuleError
from archiver.register.office import audit, home_of
from archiver.retention.adopted import Adoption, adoptions
from archiver.retention.linting import ERROR, lint
from archiver.retention.schedules import Schedule, find_schedule, parse_schedule


def adopt(
    conn: sqlite3.Connection,
    settings: Settings,
    text: str,
    *,
    actor: str,
    resolution: str,
    resolved_on: dt.date,
    adopted_by: str,
) -> Adoption:
    """Write down that a governing body adopted a schedule (its TOML) by a resolution.

    `resolution` is its number, `resolved_on` its day, `adopted_by` the body ("City Council"). The
    schedule decides from its `effective_from` on, until one with a later one does. Raises RuleError
    where the linter finds an error, the resolution lies ahead or is not given, the schedule is made
    for another kind of agency or has another id than the one adopted before, or the version was
    adopted already; InputError where the text is no schedule.
    """
    findings = [each for each in lint(text, "draft") if each.severity == ERROR]
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        raise RuleError(f"a schedule with errors is not adopted: {findings[0].text}{more}")
    schedule = parse_schedule(text, "draft")
    number, body = " ".join(resolution.split()), " ".join(adopted_by.split())
    today = local_day(now_text(), settings.time_zone)
    if not number or not body:
        raise RuleError("an adoption names the resolution's number and the body that adopted it")
    if resolved_on > today:
        raise RuleError(f"Resolution {number} of {resolved_on} lies ahead: adopt when it is passed")
    if schedule.agency_kind != settings.agency_kind:
        raise RuleError(
            f"schedule {schedule.id} is made for a {schedule.agency_kind}, archive.toml says "
            f"{settings.agency_kind}: correct one of them"
        )
    _refuse_known_version(conn, settings, schedule)
    with write_transaction(conn):
        for known in adoptions(conn):
            if known.schedule_id != schedule.id:
                raise RuleError(
                    f"schedule {schedule.id} is another than {known.schedule_id}, adopted by "
                    f"{known.words}: a new version keeps the id, write id = {known.schedule_id!r}"
                )
            if (known.schedule_id, known.version) != (schedule.id, schedule.version):
                continue
            same = "already" if known.text == text else "with another text"
            raise RuleError(
                f"schedule {schedule.id} {schedule.version} was adopted {same} by {known.words}: "
                "give the draft a version of its own"
            )
        cursor = conn.execute(
            "INSERT INTO schedule_adoptions (schedule_id, version, digest, text, effective_from, "
            "resolution, resolved_on, adopted_by, recorded_at, recorded_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(schedule.id, schedule.version, schedule.digest, text),
                schedule.effective_from.isoformat(),
                *(number, resolved_on.isoformat(), body, now_text(), actor),
            ),
        )
        audit(
            conn,
            actor=actor,
            action="schedule adopted",
            subject=f"schedule {schedule.id}@{schedule.version}",
            detail={
                "resolution": number,
                "on": resolved_on.isoformat(),
                "by": body,
                "digest": schedule.digest,
                "effective": schedule.effective_from.isoformat(),
            },
        )
        found = row(conn, "SELECT * FROM schedule_adoptions WHERE id = ?", cursor.lastrowid)
    assert found is not None
    return Adoption(**dict(found))


def _refuse_known_version(conn: sqlite3.Connection, settings: Settings, schedule: Schedule) -> None:
    """A mark names a schedule by id and version: another text needs another version."""
    for name in (settings.schedule, schedule.id):
        try:
            known = find_schedule(name, base=home_of(conn))
        except InputError:
            continue
        same = (known.id, known.version) == (schedule.id, schedule.version)
        if same and known.digest != schedule.digest:
            raise RuleError(
                f"schedule {schedule.id} {schedule.version} is there with another text: give the "
                "draft a version of its own"
            )
