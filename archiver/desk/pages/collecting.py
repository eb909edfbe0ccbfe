"""The searches saved to a request: running and freezing them, what has come since, collecting."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.veil import seen_in
from archiver.desk.answers import Answer, Asked, Data, NotHere, Page, Redirect
from archiver.desk.numbers import whole
from archiver.desk.pages.requests import find_request
from archiver.desk.searching import address_of, read_address
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.book import LoggedSearch, Request, searches_of
from archiver.requests.collecting.adding import How, Preview, add_records, preview
from archiver.requests.collecting.families import ALONG_WORDS, Along
from archiver.requests.collecting.freezing import (
    Run,
    frozen_rows,
    run_by_id,
    run_search,
    runs_of,
)
from archiver.requests.collecting.lists import lists_of
from archiver.requests.collecting.saved import (
    SavedSearch,
    SavedVersion,
    save_search,
    saved_search,
    saved_searches_of,
    version_by_id,
)
from archiver.requests.collecting.since import Since, come_since
from archiver.requests.collecting.undoing import Addition, last_addition, undo_addition
from archiver.staff.roles import MANAGE_REQUESTS

Key = tuple[str, int]
_LOG_SHOWN = 50


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as this person may know of it: `found` in the files they may look through. `whole`
    says whether that is all of it; only then does its digest say anything to them. `departments`
    are those whose records alone were looked through (None: everybody's)."""

    run: Run
    n: int
    found: int
    whole: bool
    departments: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class SavedLine:
    """A saved search with its runs, the newest first, and the address that opens it."""

    saved: SavedSearch
    runs: tuple[RunLine, ...]
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    """What the request's page shows of its searches and additions."""

    lines: tuple[SavedLine, ...]
    log: tuple[LoggedSearch, ...]
    log_left: int
    undo: Addition | None
    lists: int
    can_manage: bool


def section(visit: Visit, office: sqlite3.Connection, request: Request) -> Section:
    """The searches of a request as far as this person may know of them, newest log rows first."""
    log = [each for each in searches_of(office, request.number) if _may_know(visit, each.files)]
    last = last_addition(office, request.number)
    return Section(
        tuple(_lines(visit, office, request)),
        tuple(reversed(log[-_LOG_SHOWN:])),
        max(0, len(log) - _LOG_SHOWN),
        last if last and (visit.private or not last.private) else None,
        len(lists_of(office, request.number, ("archive", "private")[: 1 + visit.private])),
        visit.may(MANAGE_REQUESTS) and request.is_open,
    )


def _lines(visit: Visit, office: sqlite3.Connection, request: Request) -> list[SavedLine]:
    looked = {each.id: each.departments for each in searches_of(office, request.number)}
    runs: dict[int, list[Run]] = {}
    for run in runs_of(office, request.number):
        runs.setdefault(run.version_id, []).append(run)
    return [
        SavedLine(
            saved,
            tuple(
                _run_line(visit, run, version, looked.get(run.log_id))
                for version in reversed(saved.versions)
                for run in reversed(runs.get(version.id, []))
            ),
            address_of(saved.latest.text, saved.latest.filters, saved.latest.sort),
        )
        for saved in saved_searches_of(office, request.number)
        if all(_may_know(visit, version.files) for version in saved.versions)
    ]


def _may_know(visit: Visit, files: Sequence[str]) -> bool:
    """Whether a search by somebody who looked through these files may be shown: its words and its
    count could tell of private records."""
    return visit.private or tuple(files) == ("archive",)


def _run_line(
    visit: Visit, run: Run, version: SavedVersion, departments: tuple[str, ...] | None
) -> RunLine:
    shown = {name: count for name, count in run.counts.items() if _may_know(visit, (name,))}
    whole_run = len(shown) == len(run.counts)
    return RunLine(run, version.n, sum(shown.values()), whole_run, departments)


def save(visit: Visit, asked: Asked) -> Answer:
    """Save the search in the form to the request, or the next version of one."""
    request = find_request(visit, asked.parts["number"])
    wanted = read_address(asked.given("search"))
    seen = asked.given("seen")
    with visit.evidence() as files, visit.office() as office:
        saved = save_search(
            office,
            request.number,
            actor=visit.person.login,
            name=asked.given("name"),
            text=wanted.text,
            filters=wanted.filters,
            sort=wanted.order,
            files=list(files),
            accounts=seen_in(files.values()),
            note_text=asked.given("note") or None,
            seen=whole(seen),
        )
        if asked.given("act") == "freeze":
            run = run_search(
                office,
                files,
                request.number,
                saved.latest,
                time_zone=visit.desk.settings.time_zone,
                actor=visit.person.login,
                freeze=True,
            )
            return Redirect(f"/requests/{request.number}/frozen/{run.id}")
    return Redirect(f"/requests/{request.number}#searches")


def freeze(visit: Visit, asked: Asked) -> Answer:
    """Run the standing version of a saved search and keep what it finds."""
    request, saved = _saved(visit, asked)
    with visit.evidence() as files, visit.office() as office:
        run = run_search(
            office,
            files,
            request.number,
            saved.latest,
            time_zone=visit.desk.settings.time_zone,
            actor=visit.person.login,
            freeze=True,
        )
    return Redirect(f"/requests/{request.number}/frozen/{run.id}")


def show(visit: Visit, asked: Asked) -> Answer:
    """A frozen result: what it is, what collecting it would add, and, asked for, what has come."""
    return _page(visit, asked, read_how(asked.query))


def _page(visit: Visit, asked: Asked, how: How, problem: str = "") -> Page:
    request, saved, line, version = _run(visit, asked)
    run = line.run
    what = asked.asked("what", asked.given("what"))
    since: Since | None = None
    counted: Preview | None = None
    with visit.evidence() as files, visit.office() as office:
        if "since" in asked.query or what in ("new", "changed"):
            try:
                since = come_since(
                    office,
                    files,
                    request.number,
                    run.id,
                    time_zone=visit.desk.settings.time_zone,
                )
            except ArchiverError as wrong:
                problem = problem or str(wrong)
        if what and not problem:
            keys, pinned = _chosen(visit, office, run, since, what)
            counted = preview(office, files, request.number, keys, how, pinned=pinned)
    shown = {
        "request": request,
        "saved": saved,
        "version": version,
        "line": line,
        "address": address_of(version.text, version.filters, version.sort),
        "since": since,
        "what": what,
        "how": how,
        "along_words": ALONG_WORDS,
        "counted": counted,
        "can_manage": visit.may(MANAGE_REQUESTS) and request.is_open,
        "problem": problem,
    }
    return Page("frozen.html", shown, 422 if problem else 200)


def collect(visit: Visit, asked: Asked) -> Answer:
    """Add what was frozen, or what has come since, to the request."""
    request, _, line, _ = _run(visit, asked)
    run = line.run
    how = read_how(asked.form)
    try:
        with visit.evidence() as files, visit.office() as office:
            what = asked.given("what")
            since = None
            if what != "all":
                zone = visit.desk.settings.time_zone
                since = come_since(office, files, request.number, run.id, time_zone=zone)
            keys, pinned = _chosen(visit, office, run, since, what)
            if not keys:
                raise InputError("there is nothing to add: look again what has come")
            report = add_records(
                office,
                files,
                request.number,
                keys,
                how,
                actor=visit.person.login,
                search_id=run.log_id,
                pinned=pinned,
            )
    except ArchiverError as wrong:
        return _page(visit, asked, how, str(wrong))
    return Redirect(f"/requests/{request.number}?added={report.added}")


def rows_csv(visit: Visit, asked: Asked) -> Answer:
    """The frozen list with every leaf, in the order its digest is made of.

    Raises NotHere for who may not see all of it: a part says nothing about the digest.
    """
    _, _, line, _ = _run(visit, asked)
    if not line.whole:
        raise NotHere
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("file", "record_id", "version_id", "leaf"))
    with visit.office() as office:
        for each in frozen_rows(office, line.run.id):
            writer.writerow((each.file, each.record_id, each.version_id, each.leaf))
    return Data(out.getvalue(), media_type="text/csv; charset=utf-8")


def undo(visit: Visit, asked: Asked) -> Answer:
    """Take the last addition out of the request again."""
    request = find_request(visit, asked.parts["number"])
    wanted = asked.given("addition")
    with visit.office() as office:
        last = last_addition(office, request.number)
        if last is not None and last.private and not visit.private:
            raise NotHere
        undo_addition(
            office,
            request.number,
            whole(wanted) or 0,
            actor=visit.person.login,
            reason=asked.given("reason"),
        )
    return Redirect(f"/requests/{request.number}#items")


def read_how(values: Mapping[str, list[str]], otherwise: Along = Along.THREAD) -> How:
    """What comes along, as a form or an address says it; `otherwise` where it says nothing."""
    named = values.get("along", [""])[0]
    known = {each.value for each in Along}
    return How(Along(named) if named in known else otherwise, bool(values.get("versions")))


def _chosen(
    visit: Visit, office: sqlite3.Connection, run: Run, since: Since | None, what: str
) -> tuple[list[Key], dict[Key, int]]:
    """The records meant, and for frozen ones the version they were frozen in."""
    if what == "all":
        files = ("archive", "private") if visit.private else ("archive",)
        frozen = {
            (each.file, each.record_id): each.version_id
            for each in frozen_rows(office, run.id, files)
        }
        return list(frozen), frozen
    if since is None or what not in ("new", "changed"):
        return [], {}
    return list(since.new if what == "new" else since.changed), {}


def _saved(visit: Visit, asked: Asked) -> tuple[Request, SavedSearch]:
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        known = {line.saved.id for line in _lines(visit, office, request)}
        search_id = int(asked.parts["search"])
        if search_id not in known:
            raise NotHere
        return request, saved_search(office, request.number, search_id)


def _run(visit: Visit, asked: Asked) -> tuple[Request, SavedSearch, RunLine, SavedVersion]:
    """A frozen run this person may know of. Raises NotHere for any other."""
    request = find_request(visit, asked.parts["number"])
    with visit.office() as office:
        try:
            run = run_by_id(office, request.number, int(asked.parts["run"]))
        except InputError:
            raise NotHere from None
        for saved in _lines(visit, office, request):
            line = next((each for each in saved.runs if each.run.id == run.id), None)
            if line is not None and run.frozen:
                return request, saved.saved, line, version_by_id(office, run.version_id)
    raise NotHere
