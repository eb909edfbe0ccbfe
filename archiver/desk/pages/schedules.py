"""The schedule: what is in force, a draft in a form, what it would move, and its adoption."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from itertools import islice

import msgspec

from archiver import clock
from archiver.archive.store import Archive
from archiver.desk.answers import Answer, Asked, Data, NotHere, Page, Redirect
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.register.accounts import list_accounts
from archiver.retention.adopting import (
    Draft,
    adopt,
    get_draft,
    list_adoptions,
    list_drafts,
    save_draft,
)
from archiver.retention.attesting import attestation_of
from archiver.retention.authoring import edited, next_version, schedule_text
from archiver.retention.comparing import Move, compare, moves
from archiver.retention.events import list_events
from archiver.retention.in_force import in_city, schedule_in_force
from archiver.retention.linting import Finding, lint
from archiver.retention.periods import Period
from archiver.retention.schedules import MARKS, Cutoff, Schedule, Series
from archiver.retention.terms import conditions_words, series_words
from archiver.staff.roles import MANAGE_RETENTION

_CUTOFFS: Mapping[Cutoff, str] = {
    Cutoff.CREATED: "Creation or last edit",
    Cutoff.REMOVED: "Removal",
    Cutoff.SUPERSEDED: "When it is superseded",
    Cutoff.ACCOUNT_CLOSED: "Closing of the account",
    Cutoff.EVENT_ENDED: "End of a named event",
}
_YEAR_ENDS = (
    ("", "from that day"),
    ("calendar", "from the end of that year"),
    ("fiscal", "from the end of that fiscal year"),
)
_MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """A series as the page shows it; `attested` by whom, "" where nobody has, None where the law
    itself was read."""

    series: Series
    keep: str
    about: str
    attested: str | None


def show(visit: Visit, asked: Asked) -> Answer:
    """The schedule in force, its history, the drafts and the city's events."""
    return _show(visit)


def _show(visit: Visit, problem: str = "") -> Page:
    settings = visit.desk.settings
    schedule: Schedule | None = None
    with visit.office() as office:
        try:
            schedule = schedule_in_force(settings, visit.desk.home.path)
        except ArchiverError as wrong:
            problem = problem or str(wrong)
        lines = [_line(visit, schedule, each) for each in schedule.series] if schedule else []
        shown = {
            "schedule": schedule,
            "lines": lines,
            "adoptions": list(reversed(list_adoptions(office))),
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
    return Line(series, series_words(series), conditions_words(series.when), attested)


def copy(visit: Visit, asked: Asked) -> Answer:
    """Begin a draft as a copy of the schedule in force."""
    settings = visit.desk.settings
    try:
        schedule = schedule_in_force(settings, visit.desk.home.path)
        today = _today(visit)
        version = next_version(schedule.version, today)
        copied = msgspec.structs.replace(
            schedule, version=version, effective_from=today, events={}, fiscal_year_start="07-01"
        )
        with visit.office() as office:
            made = save_draft(
                office,
                actor=visit.person.login,
                text=schedule_text(copied),
                based_on=f"{schedule.id} {schedule.version}",
            )
    except ArchiverError as wrong:
        return _show(visit, str(wrong))
    return Redirect(f"/retention/schedule/drafts/{made.id}")


def draft(visit: Visit, asked: Asked) -> Answer:
    """A draft in a form, with what the linter says of it."""
    return _draft(visit, _found(visit, asked))


def _draft(visit: Visit, found: Draft, problem: str = "") -> Page:
    with visit.office() as office:
        names = [each.name for each in list_events(office)]
    shown = {
        "draft": found,
        "schedule": found.schedule,
        "findings": _told(found, names),
        "abouts": {each.code: conditions_words(each.when) for each in found.schedule.series},
        "cutoffs": list(_CUTOFFS.items()),
        "year_ends": _YEAR_ENDS,
        "marks": MARKS,
        "problem": problem,
    }
    return Page("schedule_draft.html", shown, 422 if problem else 200)


def _told(found: Draft, events: list[str]) -> list[Finding]:
    """What the linter says, but for what is no fault: a period nobody has attested yet."""
    said = lint(found.text, "draft", events=events)
    return [each for each in said if each.rule != "unverified"]


def save(visit: Visit, asked: Asked) -> Answer:
    """Save what the form says of the draft; what stood before stays stored."""
    found = _found(visit, asked)
    try:
        if asked.given("text").strip():
            text = asked.given("text").replace("\r\n", "\n")
        else:
            text = schedule_text(_changed(found.schedule, asked))
        with visit.office() as office:
            save_draft(
                office,
                actor=visit.person.login,
                text=text,
                based_on=found.based_on,
                draft_id=found.id,
            )
    except (ArchiverError, ValueError) as wrong:
        return _draft(visit, found, str(wrong))
    where = "/compare" if asked.given("then") == "compare" else "?saved=1"
    return Redirect(f"/retention/schedule/drafts/{found.id}{where}")


def _changed(schedule: Schedule, asked: Asked) -> Schedule:
    """The draft with the values of the form, series by series."""
    series: dict[str, dict[str, object]] = {}
    for place, each in enumerate(schedule.series):
        given = _fields(asked, place)
        if given:
            series[each.code] = given
    added = _fields(asked, len(schedule.series))
    head: dict[str, object] = {
        "version": asked.given("version", schedule.version).strip(),
        "effective_from": dt.date.fromisoformat(
            asked.given("effective_from") or schedule.effective_from.isoformat()
        ),
    }
    return edited(
        schedule,
        head=head,
        series=series,
        removed=asked.all_given("remove"),
        added=[{**added, "code": asked.given("code")}] if asked.given("code").strip() else (),
    )


def _fields(asked: Asked, place: int) -> dict[str, object]:
    def said(name: str) -> str:
        return asked.given(f"{name}-{place}").strip()

    if f"title-{place}" not in asked.form:
        return {}
    permanent = said("permanent") == "1"
    period = (
        Period(permanent=True)
        if permanent
        else Period(_count(said("years")), _count(said("months")), _count(said("days")))
    )
    return {
        "title": said("title"),
        "cutoff": said("cutoff"),
        "year_end": said("year_end"),
        "event": said("event") if said("cutoff") == Cutoff.EVENT_ENDED else "",
        "period": period,
        "authority": said("authority"),
        "mark": said("mark") or "K",
        "notes": said("notes"),
    }


def _count(text: str) -> int:
    if not text:
        return 0
    if not text.isdecimal() or len(text) > 5:
        raise InputError(f"{text!r} is no number of years, months or days")
    return int(text)


def comparison(visit: Visit, asked: Asked) -> Answer:
    """What the draft would move: counted, and with both dates side by side."""
    return _comparison(visit, _found(visit, asked))


def _comparison(visit: Visit, found: Draft, problem: str = "") -> Page:
    settings = visit.desk.settings
    told = None
    with visit.office() as office, Archive.open(visit.desk.home) as archive:
        names = [each.name for each in list_events(office)]
        try:
            before = schedule_in_force(settings, visit.desk.home.path)
            told = compare(
                *(archive, settings, list_accounts(office), before),
                in_city(found.schedule, settings, before.events),
                today=_today(visit),
            )
        except ArchiverError as wrong:
            problem = problem or str(wrong)
    shown = {
        "draft": found,
        "schedule": found.schedule,
        "told": told,
        "errors": [each for each in _told(found, names) if each.severity == "error"],
        "problem": problem,
        "private": visit.private,
        "today": _today(visit).isoformat(),
    }
    return Page("schedule_compare.html", shown, 422 if problem else 200)


def comparison_rows(visit: Visit, asked: Asked) -> Answer:
    """Every record that moves, as CSV, as far as this person may know of it."""
    settings = visit.desk.settings
    found = _found(visit, asked)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([each.name for each in fields(Move)])
    with visit.office() as office, Archive.open(visit.desk.home) as archive:
        before = schedule_in_force(settings, visit.desk.home.path)
        after = in_city(found.schedule, settings, before.events)
        moving = (
            move
            for move in moves(archive, settings, list_accounts(office), before, after)
            if (move.series_from, move.until_from) != (move.series_to, move.until_to)
            and (visit.private or move.file != "private")
        )
        for move in islice(moving, _MOST_ROWS):
            writer.writerow(astuple(move))
    return Data(out.getvalue(), media_type="text/csv; charset=utf-8")


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
                resolution_on=day,
            )
    except ArchiverError as wrong:
        return _comparison(visit, found, str(wrong))
    return Redirect("/retention/schedule")


def _found(visit: Visit, asked: Asked) -> Draft:
    with visit.office() as office:
        try:
            return get_draft(office, int(asked.parts["draft"]))
        except InputError:
            raise NotHere from None


def _today(visit: Visit) -> dt.date:
    return clock.local_day(clock.now_text(), visit.desk.settings.time_zone)
