"""What people ask of an import, step by step: each moves its row on once and queues the worker.

What a stop left between two steps the next worker takes up (`queue_unfinished`).
"""

from __future__ import annotations

import sqlite3

from archiver import clock
from archiver.errors import InputError, RuleError
from archiver.operations.import_book import (
    FAILED,
    IMPORTING,
    LOOKING,
    PREVIEW,
    UPLOADING,
    Import,
    imports_in,
    move,
)
from archiver.operations.import_withdrawing import WITHDRAW_JOB
from archiver.operations.jobs import Job, enqueue, latest_job_of
from archiver.register.accounts import (
    CLASSES,
    Account,
    account_by_id,
    accounts_of_departments,
)

LOOK_JOB = "look through a download"
IMPORT_JOB = "import a download"
ATTESTED_MOST = 1_000
_WORKER = "archiver"


def ask_look(office: sqlite3.Connection, found: Import, *, actor: str) -> bool:
    """Let the worker look through an upload whose files are all there; answers whether they are."""
    ready = all(file.whole for file in found.files)
    if ready and move(
        office,
        found.id,
        come_from=(UPLOADING,),
        to=LOOKING,
        actor=actor,
        action="download handed to be looked through",
        detail={"bytes": found.size},
    ):
        enqueue(office, kind=LOOK_JOB, arguments={"import": found.id}, actor=actor)
    return ready


def look_again(
    office: sqlite3.Connection, found: Import, account_id: int | None, *, actor: str
) -> None:
    """Look through it once more, as a download of another account. Raises InputError where it is
    no account of the city's that this person may import for."""
    if account_id is not None:
        allowed_account(office, found, account_id)
    if move(
        office,
        found.id,
        come_from=(PREVIEW, FAILED),
        to=LOOKING,
        actor=actor,
        action="download to be looked through again",
        detail={"account": account_id},
        account_id=account_id,
        message="",
        confirmed_at=None,
        confirmed_by=None,
    ):
        enqueue(office, kind=LOOK_JOB, arguments={"import": found.id}, actor=actor)


def confirm(
    office: sqlite3.Connection,
    found: Import,
    account_id: int,
    *,
    actor: str,
    attested: str = "",
) -> None:
    """Import what was looked through; asking twice imports once.

    Raises RuleError where the account is another than the one it was looked through for, or where
    the download does not say whose it is and `attested` is no sentence; InputError where it is no
    account of the city's.
    """
    if found.state != PREVIEW:
        return
    sentence = " ".join(attested.split())
    account = allowed_account(office, found, account_id)
    if found.account_id != account.id:
        raise RuleError(
            f"it was looked through for another account than {account.name}: look through it again"
        )
    if needs_attesting(found) and not 10 <= len(sentence) <= ATTESTED_MOST:
        raise RuleError(
            "the download does not say whose it is: write in a sentence how you know, for example "
            "who downloaded it from which account and when"
        )
    if move(
        office,
        found.id,
        come_from=(PREVIEW,),
        to=IMPORTING,
        actor=actor,
        action="import of a download confirmed",
        detail={"account": account.name, "attested": sentence},
        attested=sentence,
        confirmed_by=actor,
        confirmed_at=clock.now_text(),
    ):
        enqueue(office, kind=IMPORT_JOB, arguments={"import": found.id}, actor=actor)


def try_again(office: sqlite3.Connection, found: Import, *, actor: str) -> None:
    """Take up what failed: the import where it was confirmed, otherwise the looking through."""
    if found.confirmed_at is None:
        look_again(office, found, found.account_id, actor=actor)
    elif move(
        office,
        found.id,
        come_from=(FAILED,),
        to=IMPORTING,
        actor=actor,
        action="import of a download tried again",
        message="",
    ):
        enqueue(office, kind=IMPORT_JOB, arguments={"import": found.id}, actor=actor)


def needs_attesting(found: Import) -> bool:
    """Whether a person has to say whose it is, because the download does not."""
    return found.preview is not None and bool(found.preview["attest"])


def job_of(office: sqlite3.Connection, found: Import) -> Job | None:
    """The newest job of an import, whatever it does; or None."""
    jobs = (
        latest_job_of(office, kind=kind, name="import", value=found.id)
        for kind in (LOOK_JOB, IMPORT_JOB, WITHDRAW_JOB)
    )
    return max((job for job in jobs if job is not None), key=lambda job: job.id, default=None)


def allowed_account(office: sqlite3.Connection, found: Import, account_id: int) -> Account:
    """An account this import may go to: the city's own, and of the departments of whoever brought
    it where they are limited. Raises InputError for every other."""
    account = account_by_id(office, account_id)
    limits = found.departments
    theirs = accounts_of_departments(office, limits) if limits else None
    if account.account_class not in CLASSES or (theirs is not None and account.id not in theirs):
        raise InputError("choose one of the city's registered accounts that you may import for")
    return account


def queue_unfinished(office: sqlite3.Connection) -> None:
    """Queue what a stop left between two steps; what the worker gave up on is said to have failed.

    Call it when no job runs.
    """
    for found in imports_in(office, UPLOADING, LOOKING, IMPORTING):
        if found.state == UPLOADING:
            if found.files:
                ask_look(office, found, actor=found.actor)
            continue
        kind = LOOK_JOB if found.state == LOOKING else IMPORT_JOB
        last = latest_job_of(office, kind=kind, name="import", value=found.id)
        if last is not None and last.state in ("queued", "running"):
            continue
        if last is not None and last.state == "failed":
            stopped(office, found, last.message)
        else:
            enqueue(office, kind=kind, arguments={"import": found.id}, actor=found.actor)


def stopped(office: sqlite3.Connection, found: Import, message: str) -> None:
    """Say that a step could not be done, and why."""
    move(
        office,
        found.id,
        come_from=(LOOKING, IMPORTING),
        to=FAILED,
        actor=_WORKER,
        action="download could not be imported",
        detail={"why": message},
        message=message,
    )
