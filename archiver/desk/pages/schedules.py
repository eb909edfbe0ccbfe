"""The schedule: what is in force, a draft in a form, what it would move, and its adoption."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import msgspec

from archiver import clock
from archiver.desk.answers import Answer, Asked, Data, NotHere, Page, Redirect
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.register.accounts import list_accounts
from archiver.retention.adopted import adoption_of, adoptions
from archiver.retention.adopting import adopt
from archiver.retention.attesting import attestation_of
from archiver.retention.comparing import Move, compare, compare_rows
from archiver.retention.drafting import (
    Draft,
    described,
    discard_draft,
    edited,
    find_draft,
    list_drafts,
    save_draft,
    schedule_text,
)
from archiver.retention.events import list_events
from archiver.retention.in_force import schedule_in_force
from archiver.retention.linting import ERROR, Finding, lint
from archiver.retention.linting_records import attested_codes
from archiver.retention.notation import rule_text
from archiver.retention.schedules import Schedule, Series, parse_schedule
from archiver.staff.roles import MANAGE_RETENTION

_FIELDS = ("title", "rule", "authority", "mark", "notes")
_MOST_ROWS = 200_000
_COLUMNS = (
    "file",
    "record",
    "kind",
    "series now",
    "until now",
    "series then",
    "until then",
    "days",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A series as the page shows it; `attested` by whom, "" where nobody has, None where the law
    itself was read."""

    series: Series
    about: str
    attested: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """A series in the form: how long as cities write it, or "" where they have no way to."""

    series: Series
    about: str
    rule: str


def show(visit: Visit, asked: Asked) -> Answer:
    """The schedule in force, its history, the drafts and the city's events."""
    return _show(visit)


def _show(visit: Visit, problem: str = "") -> Page:
    schedule: Schedule | None = None
    with visit.office() as office:
        try:
            schedule = schedule_in_force(visit.desk.settings, visit.desk.home.path)
        except ArchiverError as wrong:
            problem = problem or str(wrong)
        shown = {
            "schedule": schedule,
            "adoption": adoption_of(office, schedule) if schedule else None,
            "lines": [_line(visit, schedule, each) for each in schedule.series] if schedule else [],
            "adoptions": list(reversed(adoptions(office))),
            "drafts": list_drafts(office),
            "events": list_events(office),
            "problem": problem,
            "can_manage": visit.may(MANAGE_RETENTION),
        }
    return Page("schedule.html", shown, 422 if problem and schedule else 200)


def _line(visit: Visit, schedule: Schedule, series: Series) -> Line:
    with visit.office() as office:
        found = attestation_of(office, schedule, series)
    attested = found.attorney if found else None if series.mark == "S" else ""
    return Line(series, described(schedule, series), attested)


def copy(visit: Visit, asked: Asked) -> Answer:
    """Begin a draft as a copy of the schedule in force, under the version it will have."""
    try:
        schedule = schedule_in_force(visit.desk.settings, visit.desk.home.path)
        with visit.office() as office:
            taken = {each.version for each in adoptions(office)} | {schedule.version}
            version = _next_version(taken, _today(visit).year)
            copied = msgspec.structs.replace(
                schedule, version=version, effective_from=_today(visit)
            )
            name = f"{schedule.id}-{version}"
            if name not in {each.name for each in list_drafts(office)}:
                text = schedule_text(copied)
                save_draft(office, actor=visit.person.login, name=name, text=text)
    except ArchiverError as wrong:
        return _show(visit, str(wrong))
    return Redirect(f"/retention/schedule/drafts/{name}")


def _next_version(taken: set[str], year: int) -> str:
    """The first version of this year that no schedule has."""
    number = 1
    while f"{year}.{number}" in taken:
        number += 1
    return f"{year}.{number}"


def draft(visit: Visit, asked: Asked) -> Answer:
    """A draft in a form, with what the linter says of it."""
    return _draft(visit, _found(visit, asked))


def _draft(visit: Visit, found: Draft, problem: str = "") -> Page:
    schedule: Schedule | None = None
    try:
        schedule = parse_schedule(found.text, found.name)
    except InputError as wrong:
        problem = problem or str(wrong)
    shown = {
        "draft": found,
        "schedule": schedule,
        "written": [_written(schedule, each) for each in schedule.series] if schedule else [],
        "findings": _told(visit, found, schedule),
        "problem": problem,
    }
    return Page("schedule_draft.html", shown, 422 if problem else 200)


def _written(schedule: Schedule, series: Series) -> Written:
    rule = rule_text(series.cutoff.value, series.year_end or "", series.period)
    return Written(series, described(schedule, series), "" if series.follows else rule or "")


def _told(visit: Visit, found: Draft, schedule: Schedule | None) -> list[Finding]:
    with visit.office() as office:
        attested = attested_codes(office, schedule) if schedule else []
    return lint(found.text, found.name, attested=attested)


def save(visit: Visit, asked: Asked) -> Answer:
    """Save what the form says of the draft; what stood before stays stored."""
    found = _found(visit, asked)
    try:
        if asked.given("text").strip():
            text = asked.given("text").replace("\r\n", "\n")
        else:
            schedule = parse_schedule(found.text, found.name)
            text = schedule_text(edited(schedule, _changes(schedule, asked)))
        with visit.office() as office:
            save_draft(office, actor=visit.person.login, name=found.name, text=text)
    except ArchiverError as wrong:
        return _draft(visit, found, str(wrong))
    where = "/compare" if asked.given("then") == "compare" else ""
    return Redirect(f"/retention/schedule/drafts/{found.name}{where}")


def _changes(schedule: Schedule, asked: Asked) -> Mapping[str, str]:
    """What the form says otherwise than the draft, in the words of `edited`."""
    changes: dict[str, str] = {}
    for name in ("version", "effective_from"):
        if name in asked.form:
            changes[name] = asked.given(name)
    for place, series in enumerate(schedule.series):
        written = _written(schedule, series)
        for field in _FIELDS:
            given = asked.given(f"{field}-{place}").strip()
            before = written.rule if field == "rule" else str(getattr(series, field) or "")
            if f"{field}-{place}" in asked.form and given != before.strip():
                changes[f"{series.code}:{field}"] = given
        if series.code in asked.all_given("remove"):
            changes[f"{series.code}:remove"] = "yes"
    code = asked.given("code").strip()
    if code:
        for field in _FIELDS:
            if given := asked.given(f"{field}-new").strip():
                changes[f"{code}:{field}"] = given
        if kind := asked.given("kind-new").strip():
            changes[f"{code}:when.kind"] = kind
    return changes


def comparison(visit: Visit, asked: Asked) -> Answer:
    """What the draft would move: counted, and with both dates side by side."""
    return _comparison(visit, _found(visit, asked))


def _comparison(visit: Visit, found: Draft, problem: str = "") -> Page:
    told, schedule = None, None
    try:
        schedule = parse_schedule(found.text, found.name)
        with visit.office() as office, visit.whole_archive(quarantine=False) as archive:
            told = compare(office, archive, visit.desk.settings, schedule, list_accounts(office))
    except ArchiverError as wrong:
        problem = problem or str(wrong)
    with visit.office() as office:
        adopted = any(each.text == found.text for each in adoptions(office))
    shown = {
        "draft": found,
        "schedule": schedule,
        "told": told,
        "errors": [each for each in _told(visit, found, schedule) if each.severity == ERROR],
        "adopted": adopted,
        "problem": problem,
        "private": visit.private,
        "today": _today(visit).isoformat(),
    }
    return Page("schedule_compare.html", shown, 422 if problem else 200)


def comparison_rows(visit: Visit, asked: Asked) -> Answer:
    """Every record that moves, as CSV, as far as this person may know of it."""
    found = _found(visit, asked)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    with visit.office() as office, visit.whole_archive(quarantine=False) as archive:
        moving = compare_rows(
            office,
            archive,
            visit.desk.settings,
            parse_schedule(found.text, found.name),
            list_accounts(office),
        )
        seen = (move for move in moving if visit.private or move.file != "private")
        writer.writerows(_row(move) for move in islice(seen, _MOST_ROWS))
    return Data(out.getvalue(), media_type="text/csv; charset=utf-8")


def _row(move: Move) -> tuple[object, ...]:
    return (
        *(move.file, move.record_id, move.kind, move.from_series, move.from_until),
        *(move.to_series, move.to_until, move.days),
    )


def adopt_draft(visit: Visit, asked: Asked) -> Answer:
    """Adopt the draft by the council's resolution."""
    found = _found(visit, asked)
    try:
        day = dt.date.fromisoformat(asked.given("on"))
    except ValueError:
        return _comparison(visit, found, "give the day of the resolution")
    try:
        with visit.office() as office:
            adopt(
                office,
                visit.desk.settings,
                found.text,
                actor=visit.person.login,
                resolution=asked.given("resolution"),
                resolved_on=day,
                adopted_by=asked.given("by"),
            )
            # its text stands among the adopted ones from here on
            discard_draft(office, actor=visit.person.login, name=found.name)
    except ArchiverError as wrong:
        return _comparison(visit, found, str(wrong))
    return Redirect("/retention/schedule")


def _found(visit: Visit, asked: Asked) -> Draft:
    with visit.office() as office:
        try:
            return find_draft(office, asked.parts["draft"])
        except InputError:
            raise NotHere from None


def _today(visit: Visit) -> dt.date:
    return clock.local_day(clock.now_text(), visit.desk.settings.time_zone)
