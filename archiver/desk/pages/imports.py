"""Imports: what was brought, what is in it, confirming it, its report, withdrawing it."""

from __future__ import annotations

import csv
import io
import sqlite3

import msgspec

from archiver.database import write_transaction
from archiver.desk.answers import Answer, Asked, Made, NotAllowed, NotHere, Page, Redirect
from archiver.desk.downloads_due import downloads_due
from archiver.desk.imports_shown import going_words, report_rows, shown, state_of, steps
from archiver.desk.job_progress import told
from archiver.desk.uploads import LARGEST
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.operations import import_steps, uploading
from archiver.operations.import_book import (
    DONE,
    PREVIEW,
    UPLOADING,
    WAITING,
    Import,
    get_import,
    in_imports,
    list_imports,
    others_with,
)
from archiver.operations.import_withdrawing import WITHDRAW_JOB, ask_withdrawal
from archiver.operations.withdrawing import blockers, would_withdraw
from archiver.production.cells import safe
from archiver.register.accounts import CLASSES, Account, account_by_id, list_accounts
from archiver.register.office import audit
from archiver.staff.roles import WITHDRAW_IMPORTS


def listed(visit: Visit, asked: Asked) -> Answer:
    """Where downloads are dropped; those under way, the reports, and the accounts that need one."""
    with visit.office() as office:
        found = list_imports(office)
        accounts = {each.id: each for each in list_accounts(office, sources=False)}
    return Page(
        "imports.html",
        {
            "waiting": [each for each in found if each.state in WAITING],
            "reports": [each for each in found if each.state not in WAITING],
            "accounts": accounts,
            "state_of": state_of,
            "due": downloads_due(visit, list(accounts.values())),
            "kept_days": uploading.KEPT_DAYS,
            "piece": uploading.PIECE,
            "largest": LARGEST,
            "me": visit.person.login,
        },
    )


def one(visit: Visit, asked: Asked) -> Answer:
    """An import as it stands: on its way, its preview, or its report."""
    return _page(visit, asked, "")


def progress(visit: Visit, asked: Asked) -> Answer:
    """How far the worker is, for the page that waits for it."""
    with visit.office() as office:
        found = _found(office, asked)
        job = import_steps.job_of(office, found)
    if job is None:
        raise NotHere
    return told(job)


def look(visit: Visit, asked: Asked) -> Answer:
    """Look through it again, as a download of the account that was chosen."""
    with visit.office() as office:
        found = _found(office, asked)
        try:
            chosen = _chosen(asked)
            import_steps.look_again(office, found, chosen, actor=visit.person.login)
        except ArchiverError as error:
            return _page(visit, asked, str(error))
    return _to(found)


def confirm(visit: Visit, asked: Asked) -> Answer:
    """Import it. Pressing twice imports once."""
    with visit.office() as office:
        found = _found(office, asked)
        try:
            chosen = _chosen(asked)
            if chosen is None:
                raise InputError("choose the account it is a download of")
            import_steps.confirm(
                *(office, found, chosen), actor=visit.person.login, attested=asked.given("attested")
            )
        except ArchiverError as error:
            return _page(visit, asked, str(error))
    return _to(found)


def again(visit: Visit, asked: Asked) -> Answer:
    """Take up what stopped."""
    with visit.office() as office:
        found = _found(office, asked)
        import_steps.try_again(office, found, actor=visit.person.login)
    return _to(found)


def remove(visit: Visit, asked: Asked) -> Answer:
    """Give it up before anything was imported; its bytes are removed."""
    with visit.office() as office:
        found = _found(office, asked)
        if found.state == UPLOADING and found.actor != visit.person.login:
            raise NotAllowed(f"It is being sent by {found.actor}, who alone can stop it.")
        why = f"removed by {visit.person.login}"
        uploading.remove(visit.desk.home, office, found, actor=visit.person.login, why=why)
    return Redirect("/import")


def withdraw(visit: Visit, asked: Asked) -> Answer:
    """Ask the worker to take a finished import back, whole."""
    with visit.office() as office:
        found = _found(office, asked)
        try:
            reason = asked.given("reason")
            ask_withdrawal(office, found, actor=visit.person.login, reason=reason)
        except ArchiverError as error:
            return _page(visit, asked, str(error))
    return _to(found)


def report(visit: Visit, asked: Asked) -> Answer:
    """The report as a file; saving it is a line of the audit."""
    shape = asked.parts["shape"]
    with visit.office() as office:
        found = _found(office, asked)
        if found.report is None:
            raise NotHere
        with write_transaction(office):
            audit(
                office,
                actor=visit.person.login,
                action="saved the report of an import",
                subject=found.subject,
                detail={"as": shape},
            )
    name = f"import-{found.id}-report.{shape}"
    if shape == "json":
        return Made(msgspec.json.format(msgspec.json.encode(_whole(found))), _TYPES[shape], name)
    out = io.StringIO(newline="")
    csv.writer(out).writerows(
        [safe("" if cell is None else str(cell)) for cell in line]
        for line in report_rows(found.report)
    )
    return Made(out.getvalue().encode(), _TYPES[shape], name)


_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def _page(visit: Visit, asked: Asked, problem: str) -> Page:
    """The page of an import; `problem` is why what was asked for was not done."""
    with visit.office() as office:
        found = _found(office, asked)
        job = import_steps.job_of(office, found)
        accounts = _choices(office, found)
        account = None if found.account_id is None else account_by_id(office, found.account_id)
        others = _others(office, found)
        report = shown(found.report, lambda line: in_imports(office, line))
        stops, going = _withdrawal(visit, office, found)
    context = {
        "found": found,
        "state": state_of(found),
        "steps": list(steps(found)),
        "job": job,
        "working": job is not None and job.state in ("queued", "running"),
        "not_withdrawn": job is not None and job.kind == WITHDRAW_JOB and job.state == "failed",
        "accounts": accounts,
        "account": account,
        "others": others,
        "preview": shown((found.preview or {}).get("report")) if found.state == PREVIEW else None,
        "report": report,
        "mine": found.actor == visit.person.login,
        "attest": found.state == PREVIEW and import_steps.needs_attesting(found),
        "attested": asked.given("attested"),
        "stops": stops,
        "going": going,
        "can_withdraw": visit.may(WITHDRAW_IMPORTS),
        "problem": problem,
        "piece": uploading.PIECE,
        "largest": LARGEST,
        "kept_days": uploading.KEPT_DAYS,
    }
    return Page("import.html", context, 400 if problem else 200)


def _found(office: sqlite3.Connection, asked: Asked) -> Import:
    found = get_import(office, int(asked.parts["import"]))
    if found is None:
        raise NotHere
    return found


def _chosen(asked: Asked) -> int | None:
    """The account of the form. Raises InputError where it is none."""
    given = asked.given("account")
    if given and not (given.isdecimal() and len(given) < 16):
        raise InputError("choose one of the city's registered accounts")
    return int(given) if given else None


def _choices(office: sqlite3.Connection, found: Import) -> list[Account]:
    """The accounts of that platform a person may choose, those that were proposed first."""
    seen = found.preview or {}
    proposed = seen.get("accounts") or {}
    fitting = [
        each
        for each in list_accounts(office, sources=False)
        if each.account_class in CLASSES and each.platform in seen.get("platforms", ())
    ]
    return sorted(fitting, key=lambda each: str(each.id) not in proposed)


def _others(office: sqlite3.Connection, found: Import) -> list[Import]:
    """The imports that hold all of this one's files, finished or under way now; those finished
    first."""
    if found.state != PREVIEW or not all(file.sha256 for file in found.files):
        return []
    own = {file.sha256 for file in found.files}
    there = [
        each for each in others_with(office, found) if own <= {file.sha256 for file in each.files}
    ]
    return sorted(there, key=lambda each: each.state != DONE)


def _withdrawal(
    visit: Visit, office: sqlite3.Connection, found: Import
) -> tuple[list[str], list[str]]:
    """Why a finished import cannot be withdrawn, and what would go with it, for who could."""
    if found.state != DONE or found.run is None or not visit.may(WITHDRAW_IMPORTS):
        return [], []
    if visit.sight.limited:
        return ["It needs somebody who is not limited to departments."], []
    try:
        with visit.whole_archive() as archive:
            stops = blockers(visit.desk.home, archive, office, found.run)
            going = [] if stops else list(going_words(would_withdraw(archive, found.run)))
            return [in_imports(office, each) for each in stops], going
    except ArchiverError as error:
        return [str(error)], []


def _whole(found: Import) -> dict[str, object]:
    """The report with who imported it, when, and from which files."""
    return {
        "import": found.id,
        "state": found.state,
        "brought_by": found.actor,
        "confirmed_by": found.confirmed_by,
        "confirmed_at": found.confirmed_at,
        "attested": found.attested,
        "files": [
            {"name": file.name, "bytes": file.size, "sha256": file.sha256} for file in found.files
        ],
        "report": found.report,
    }


def _to(found: Import) -> Redirect:
    return Redirect(f"/import/{found.id}")
