"""Importing what was brought to the desk: the worker looks through it, a person confirms, the
worker imports it.

Nothing of a download goes into the archive before the confirmation. Each step is a row that moves
on once (`import_book.move`), so that asking twice does it once, and a step that was interrupted is
taken up by the next worker.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from archiver import clock
from archiver.archive.store import Archive
from archiver.capture.imports import import_download
from archiver.config import Home
from archiver.database import row, write_transaction
from archiver.errors import ArchiverError, InputError, RuleError
from archiver.operations.capturing import settle
from archiver.operations.import_book import (
    DONE,
    FAILED,
    IMPORTING,
    LOOKING,
    PREVIEW,
    UPLOADING,
    Import,
    get_import,
    imports_in,
    move,
    others_with,
)
from archiver.operations.import_recognising import Recognised, recognise_download, rehearse
from archiver.operations.import_withdrawing import WITHDRAW_JOB
from archiver.operations.jobs import Handler, Job, enqueue, latest_job_of
from archiver.operations.uploading import drop_bytes, paths_of
from archiver.progress import Progress
from archiver.register.accounts import (
    CLASSES,
    Account,
    account_by_id,
    accounts_of_departments,
    list_accounts,
)
from archiver.register.office import open_office

LOOK_JOB = "look through a download"
IMPORT_JOB = "import a download"
ATTESTED_MOST = 1_000
_HASH_STEP = 1 << 20
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
            _failed(office, found, last.message)
        else:
            enqueue(office, kind=kind, arguments={"import": found.id}, actor=found.actor)


def look_job(home: Home) -> Handler:
    """What the worker does to look through a download. Nothing is written to the archive."""
    return _job(home, LOOKING, _look)


def import_job(home: Home) -> Handler:
    """What the worker does to import one."""
    return _job(home, IMPORTING, _import)


_Step = Callable[[Home, sqlite3.Connection, Import, str, Progress], Mapping[str, object]]


def _job(home: Home, state: str, step: _Step) -> Handler:
    """A handler that carries a step out while the import is in its state; a refusal is kept."""

    def handler(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        with closing(open_office(home)) as office:
            found = get_import(office, int(str(arguments["import"])))
            if found is None or found.state != state:
                return {}
            try:
                return step(home, office, found, actor, progress)
            except ArchiverError as error:
                told = _by_name(str(error), home, found)
                _failed(office, found, told)
                raise type(error)(told) from None
            except Exception as error:
                _failed(office, found, f"unexpected {type(error).__name__}: tell IT, see logs")
                raise

    return handler


def _look(
    home: Home, office: sqlite3.Connection, found: Import, actor: str, progress: Progress
) -> Mapping[str, object]:
    paths = paths_of(home, found)
    hashes = _hash_all(office, found, paths, progress)
    accounts = _accounts_for(office, found)
    progress("Recognising the download", 0, None)
    seen = recognise_download(paths, accounts)
    account, refused, report, attest = _chosen(office, found, seen), seen.refused, None, False
    with Archive.open(home) as archive:
        known = _kept_before(archive, hashes)
        if account is not None:
            try:
                made, attest = rehearse(archive, account, paths, progress=progress)
                report = _plain_report(made.as_json(), home, found)
            except InputError as error:
                if found.account_id is None:
                    raise
                # a person chose an account that it is not of: another can be chosen
                account, refused = None, f"{_by_name(str(error), home, found)}."
    others = others_with(office, get_import(office, found.id) or found)
    preview = {
        "platforms": seen.platforms,
        "format": seen.formats,
        "whose": seen.whose,
        "accounts": {str(one.account.id): one.reason for one in seen.accounts},
        "refused": refused,
        "attest": attest,
        "known": known,
        "others": [[one.id, one.state] for one in others],
        "report": report,
    }
    number = None if account is None else account.id
    move(
        office,
        found.id,
        come_from=(LOOKING,),
        to=PREVIEW,
        actor=actor,
        action="download looked through",
        detail={"format": seen.formats, "account": number, "sha256": hashes},
        preview=json.dumps(preview),
        account_id=number,
    )
    return {"account": number}


def _import(
    home: Home, office: sqlite3.Connection, found: Import, actor: str, progress: Progress
) -> Mapping[str, object]:
    paths = paths_of(home, found)
    if found.account_id is None:
        raise InputError("no account was chosen: look through the download again")
    account = allowed_account(office, found, found.account_id)
    with Archive.open(home, write=True) as archive:
        made = import_download(archive, account, paths, progress=progress, attested=found.attested)
        report = _plain_report(made.as_json(), home, found)
        if made.outcome == "unchanged":
            report = _of_the_killed(archive, found, made.sha256) or report
        move(
            office,
            found.id,
            come_from=(IMPORTING,),
            to=DONE,
            actor=actor,
            action="download imported",
            detail={"account": account.name, "run": report["run"], "outcome": report["outcome"]},
            run=report["run"],
            report=json.dumps(report),
        )
        drop_bytes(home, found.id)
        settle(archive, home.settings(), list_accounts(office), progress=progress)
    return {"run": report["run"]}


def _of_the_killed(archive: Archive, found: Import, sha256: str | None) -> dict[str, object] | None:
    """The report of this import's own run, where the worker was killed after the run had ended and
    before office.db knew of it; None where the file was imported before it was confirmed."""
    kept = row(
        archive.public,
        """
        SELECT id, json_extract(notes, '$.report') AS report FROM runs
        WHERE account_id = ? AND started_at >= ? AND json_extract(notes, '$.sha256') = ?
            AND json_extract(notes, '$.report') IS NOT NULL
        ORDER BY id LIMIT 1
        """,
        *(found.account_id, found.confirmed_at, sha256),
    )
    return None if kept is None else {**json.loads(kept["report"]), "run": kept["id"]}


def _hash_all(
    office: sqlite3.Connection, found: Import, paths: Sequence[Path], progress: Progress
) -> list[str]:
    """The hash of every file, written down beside it."""
    hashes, done = [], 0
    for file, path in zip(found.files, paths, strict=True):
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while piece := stream.read(_HASH_STEP):
                digest.update(piece)
                done += len(piece)
                progress("Reading the file", done // 1_000_000, found.size // 1_000_000 or None)
        hashes.append(digest.hexdigest())
        with write_transaction(office):
            office.execute("UPDATE import_files SET sha256 = ? WHERE id = ?", (hashes[-1], file.id))
    return hashes


def _kept_before(archive: Archive, hashes: Sequence[str]) -> dict[str, object] | None:
    """The run that first brought one of these files, wherever it was imported from; or None."""
    for digest in hashes:
        kept = row(
            archive.private,
            """
            SELECT o.run_id AS run, r.started_at AS at FROM originals AS o
            JOIN runs AS r ON r.id = o.run_id WHERE o.sha256 = ?
            """,
            bytes.fromhex(digest),
        )
        if kept is not None:
            return {"run": kept["run"], "at": kept["at"], "sha256": digest}
    return None


def _accounts_for(office: sqlite3.Connection, found: Import) -> list[Account]:
    limits = found.departments
    theirs = accounts_of_departments(office, limits) if limits else None
    return [
        one for one in list_accounts(office, sources=False) if theirs is None or one.id in theirs
    ]


def _chosen(office: sqlite3.Connection, found: Import, seen: Recognised) -> Account | None:
    """The account a person chose, else the one that is proposed alone, else none."""
    if found.account_id is not None:
        return allowed_account(office, found, found.account_id)
    return seen.accounts[0].account if len(seen.accounts) == 1 else None


def _failed(office: sqlite3.Connection, found: Import, message: str) -> None:
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


def _by_name(text: str, home: Home, found: Import) -> str:
    """A message that names the file as it was brought, not where it lies."""
    for path, file in zip(_places(home, found), found.files, strict=True):
        text = text.replace(str(path), file.name)
    return text


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _places(home: Home, found: Import) -> list[Path]:
    try:
        return paths_of(home, found)
    except InputError:
        return [Path(file.name) for file in found.files]


def _plain_report(report: Mapping[str, object], home: Home, found: Import) -> dict[str, object]:
    """A report as it is kept: without the place on this machine."""
    text = json.dumps(report, ensure_ascii=False)
    for path, file in zip(_places(home, found), found.files, strict=True):
        text = text.replace(_in_json(str(path)), _in_json(file.name))
    plain: dict[str, object] = json.loads(text)
    plain.pop("path", None)
    return plain
