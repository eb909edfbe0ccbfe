"""Withdrawing an import from the desk: asking for it, and the worker's part."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.database import row
from archiver.errors import InputError, RuleError
from archiver.operations.import_book import DONE, WITHDRAWN, Import, get_import, imports_in, move
from archiver.operations.jobs import Handler, enqueue, latest_job_of
from archiver.operations.withdrawing import withdraw
from archiver.progress import Progress
from archiver.register.office import open_office

WITHDRAW_JOB = "withdraw an import"


def ask_withdrawal(office: sqlite3.Connection, found: Import, *, actor: str, reason: str) -> None:
    """Let the worker withdraw a finished import. Raises InputError without a reason, RuleError
    where it was not imported or is withdrawn already."""
    why = " ".join(reason.split())
    if not why:
        raise InputError("say why the import is withdrawn: the reason stays in the archive")
    if found.state != DONE or found.run is None:
        raise RuleError("only a finished import can be withdrawn")
    last = latest_job_of(office, kind=WITHDRAW_JOB, name="import", value=found.id)
    if last is None or last.state not in ("queued", "running"):
        arguments = {"import": found.id, "reason": why}
        enqueue(office, kind=WITHDRAW_JOB, arguments=arguments, actor=actor)


def note_withdrawn(office: sqlite3.Connection, archive: Archive) -> None:
    """Say of every finished import of the desk whose run the archive holds as withdrawn that it is:
    it was withdrawn by command, in a restored home, or by a worker that was killed before it could
    say so."""
    for found in imports_in(office, DONE):
        told = row(
            archive.public,
            "SELECT actor, reason FROM withdrawals WHERE run_id = ?",
            found.run,
        )
        if told is not None:
            move(
                office,
                found.id,
                come_from=(DONE,),
                to=WITHDRAWN,
                actor=told["actor"],
                action="import of a download withdrawn",
                detail={"run": found.run, "reason": told["reason"]},
                message=told["reason"],
            )


def withdraw_job(home: Home) -> Handler:
    """What the worker does to withdraw one."""

    def handler(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        reason = str(arguments["reason"])
        with closing(open_office(home)) as office, Archive.open(home, write=True) as archive:
            note_withdrawn(office, archive)
            found = get_import(office, int(str(arguments["import"])))
            if found is not None and found.state == WITHDRAWN:
                return {}
            if found is None or found.state != DONE or found.run is None:
                raise RuleError("there is nothing to withdraw: open the report again")
            progress("Withdrawing the import", 0, None)
            gone = withdraw(
                *(home, archive, office, found.run),
                actor=actor,
                reason=reason,
                progress=progress,
            )
            counts = {
                name: getattr(gone, name) for name in ("records", "versions", "media", "people")
            }
            move(
                office,
                found.id,
                come_from=(DONE,),
                to=WITHDRAWN,
                actor=actor,
                action="import of a download withdrawn",
                detail={"run": found.run, "reason": reason, **counts},
                message=reason,
            )
        return counts

    return handler
