"""Batches of disposition and removals: the list, one with its steps, and building one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from archiver.archive.reading import Record, records
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.job_progress import told
from archiver.desk.looking import note_private
from archiver.desk.numbers import whole
from archiver.desk.picks import MOST
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.operations.disposing import BUILD_JOB, JOB, outside_of, queue_build
from archiver.operations.jobs import job, latest_job
from archiver.register.accounts import list_accounts
from archiver.retention.dispositions.approvals import Missing, departments, given, missing
from archiver.retention.dispositions.batches import (
    Batch,
    Listed,
    events_of,
    get_batch,
    items_of,
    list_batches,
    series_lines,
)
from archiver.retention.dispositions.removals import propose
from archiver.retention.dispositions.routes import Approval, find_route, required, routes
from archiver.retention.dispositions.steps import next_steps
from archiver.retention.reporting import report
from archiver.staff.roles import MANAGE_RETENTION, RECORD_APPROVALS

_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class AskedFor:
    """An approval a batch still lacks, with the departments it waits for, and whether this person
    gives it here by name alone."""

    approval: Approval
    departments: tuple[str, ...]
    at_desk: bool


def listed(visit: Visit, asked: Asked) -> Answer:
    """Every batch and removal, newest first."""
    with visit.office() as office:
        batches = list_batches(office)
    return Page("batches.html", {"batches": batches})


def form(visit: Visit, asked: Asked) -> Answer:
    """What a new batch may hold; or how far the one being built is."""
    return _form(visit, asked)


def _form(visit: Visit, asked: Asked, problem: str = "") -> Answer:
    settings = visit.desk.settings
    number = asked.asked("job")
    with visit.office() as office:
        building = job(office, int(number)) if number.isdecimal() and len(number) < 16 else None
        if building is not None and building.kind != BUILD_JOB:
            building = None
        if building is not None and building.state == "done" and building.result:
            return Redirect(f"/retention/batches/{building.result['batch']}")
        accounts = list_accounts(office)
        try:
            with visit.whole_archive() as archive:
                told = report(archive, office, settings)
        except ArchiverError as wrong:
            told, problem = None, problem or str(wrong)
    shown = {
        "told": told,
        "accounts": accounts,
        "routes": routes(settings.agency_kind),
        "building": building,
        "problem": problem,
    }
    return Page("batch_new.html", shown, 422 if problem else 200)


def build(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker to freeze what is eligible. Pressing twice asks once."""
    until = asked.given("until")
    try:
        wanted = {
            "series": asked.all_given("series"),
            "accounts": [
                number for each in asked.all_given("account") if (number := whole(each)) is not None
            ],
            "until": dt.date.fromisoformat(until).isoformat() if until else None,
            "route": find_route(asked.given("route")).code,
            "act": "transferred" if asked.given("receiver").strip() else "destroyed",
            "receiver": asked.given("receiver").strip(),
            "agreement": asked.given("agreement").strip(),
            "kept_record": asked.given("kept-record").strip(),
            "note": asked.given("note").strip(),
        }
    except ValueError:
        return _form(visit, asked, "the day is no date")
    except InputError as wrong:
        return _form(visit, asked, str(wrong))
    with visit.office() as office:
        number = queue_build(office, wanted, actor=visit.person.login)
    return Redirect(f"/retention/batches/new?job={number}")


def building(visit: Visit, asked: Asked) -> Answer:
    """How far the building of a batch is, for the page that waits for it."""
    with visit.office() as office:
        found = job(office, int(asked.parts["job"]))
    if found is None or found.kind != BUILD_JOB:
        raise NotHere
    return told(found)


def executing(visit: Visit, asked: Asked) -> Answer:
    """How far an execution is, for the page that waits for it."""
    with visit.office() as office:
        found = latest_job(office, kind=JOB, arguments={"batch": asked.parts["batch"]})
    if found is None:
        raise NotHere
    return told(found)


def one(visit: Visit, asked: Asked) -> Answer:
    """A batch: what is on it, what was decided, what comes now and by whom."""
    return batch_page(visit, asked)


def batch_page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    """The page of a batch, with what went wrong where something did."""
    settings = visit.desk.settings
    with visit.office() as office:
        batch = find_batch(visit, asked)
        accounts = list_accounts(office)
        route = find_route(batch.route)
        lacking = missing(office, batch, accounts) if batch.is_open else []
        start = whole(asked.asked("from")) or 0
        lines = list(islice(items_of(office, batch), start, start + _PER_PAGE))
        shown = {
            "batch": batch,
            "route": route,
            "steps": next_steps(office, batch, settings, accounts),
            "series": series_lines(office, batch),
            "approvals": given(office, batch),
            "asked_for": [_asked_for(visit, each, lacking) for each in _lacking(batch, lacking)],
            "departments": departments(office, batch, accounts),
            "events": events_of(office, batch),
            "lines": lines,
            "start": start,
            "before": max(0, start - _PER_PAGE) if start else None,
            "after": start + _PER_PAGE if start + _PER_PAGE < batch.items else None,
            "job": latest_job(office, kind=JOB, arguments={"batch": batch.number}),
            "lacking": lacking,
            "can_manage": visit.may(MANAGE_RETENTION),
            "can_record": visit.may(RECORD_APPROVALS),
            "told": _told(visit, batch, lines),
            "problem": problem,
            "given": {name: asked.given(name) for name in asked.form},
        }
    return Page("batch.html", shown, 422 if problem else 200)


def find_batch(visit: Visit, asked: Asked) -> Batch:
    """The batch of an address. Raises NotHere where there is none."""
    with visit.office() as office:
        try:
            return get_batch(office, asked.parts["batch"])
        except InputError:
            raise NotHere from None


def _lacking(batch: Batch, lacking: list[Missing]) -> list[Approval]:
    codes = {each.kind for each in lacking}
    return [each for each in required(find_route(batch.route), batch.act) if each.code in codes]


def _asked_for(visit: Visit, approval: Approval, lacking: list[Missing]) -> AskedFor:
    waits = tuple(each.department for each in lacking if each.kind == approval.code)
    at_desk = bool(approval.permission) and visit.may(approval.permission)
    return AskedFor(approval, waits if approval.each_department else (), at_desk)


def _told(visit: Visit, batch: Batch, lines: list[Listed]) -> Mapping[int, Record]:
    """The records on these lines that are still there and that this person may see, by line.

    Which private records are about to be shown is written down first.
    """
    wanted = [line for line in lines if line.kind == "record" and line.outcome in (None, "kept")]
    with visit.evidence() as files:
        seen = [line for line in wanted if line.file in files]
        note_private(visit, f"batch {batch.number}", ((line.file, line.ref) for line in seen))
        found = {
            (file, each.id): each
            for file, connection in files.items()
            for each in records(connection, sorted(line.ref for line in seen if line.file == file))
        }
    return {line.n: found[line.key] for line in seen if line.key in found}


def removal_form(visit: Visit, asked: Asked) -> Answer:
    """The form to propose the removal of what is no record, or what a court ordered away."""
    return _removal(visit, asked.query, "")


def _removal(visit: Visit, values: Mapping[str, list[str]], problem: str) -> Page:
    shown = {
        "picks": _picks(values.get("pick", [])),
        "routes": routes(visit.desk.settings.agency_kind, removal=True),
        "chosen": values.get("route", [""])[0],
        "reason": values.get("reason", [""])[0],
        "problem": problem,
    }
    return Page("removal_new.html", shown, 422 if problem else 200)


def propose_removal(visit: Visit, asked: Asked) -> Answer:
    """Freeze the list of a removal; nothing goes before the attorney has determined it."""
    settings = visit.desk.settings
    picks = _picks(asked.all_given("pick"))
    try:
        with visit.office() as office, visit.whole_archive() as archive:
            made = propose(
                office,
                archive,
                settings,
                list_accounts(office),
                [(file, "record", number) for file, number in picks],
                actor=visit.person.login,
                route=asked.given("route"),
                reason=asked.given("reason"),
                outside=outside_of(visit.desk.home, office, settings),
            )
    except ArchiverError as wrong:
        return _removal(visit, asked.form, str(wrong))
    return Redirect(f"/retention/batches/{made.number}")


def _picks(values: list[str]) -> list[tuple[str, int]]:
    found = []
    for value in values[:MOST]:
        file, _, digits = value.partition(":")
        number = whole(digits)
        if file in ("archive", "private") and number is not None:
            found.append((file, number))
    return list(dict.fromkeys(found))
