"""What the worker does about a download that was brought: it looks through it, then imports it.

Looking writes nothing to the archive. What is refused is kept with the import, in words that name
the file as it was brought.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from archiver.archive.store import Archive
from archiver.capture.imports import import_download
from archiver.config import Home
from archiver.database import row, write_transaction
from archiver.errors import ArchiverError, InputError
from archiver.operations.capturing import settle
from archiver.operations.import_book import (
    DONE,
    IMPORTING,
    LOOKING,
    PREVIEW,
    Import,
    get_import,
    move,
)
from archiver.operations.import_recognising import Recognised, recognise_download, rehearse
from archiver.operations.import_steps import allowed_account, stopped
from archiver.operations.jobs import Handler
from archiver.operations.upload_room import drop_bytes, paths_of
from archiver.progress import Progress
from archiver.register.accounts import (
    Account,
    accounts_of_departments,
    list_accounts,
)
from archiver.register.office import open_office

_HASH_STEP = 1 << 20


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
                stopped(office, found, told)
                raise type(error)(told) from None
            except Exception as error:
                stopped(office, found, f"unexpected {type(error).__name__}: tell IT, see logs")
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
    registered = list_accounts(office, sources=False)
    with Archive.open(home) as archive:
        known = _kept_before(archive, hashes)
        if account is not None:
            try:
                made, attest = rehearse(
                    archive, account, paths, registered=registered, progress=progress
                )
                report = _plain_report(made.kept(), home, found)
            except InputError as error:
                if found.account_id is None:
                    raise
                # a person chose an account that it is not of: another can be chosen
                account, refused = None, f"{_by_name(str(error), home, found)}."
    preview = {
        "platforms": seen.platforms,
        "format": seen.formats,
        "whose": seen.whose,
        "accounts": {str(one.account.id): one.reason for one in seen.accounts},
        "refused": refused,
        "attest": attest,
        "known": known,
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
        made = import_download(
            *(archive, account, paths),
            progress=progress,
            attested=found.attested,
            registered=list_accounts(office, sources=False),
        )
        report = _plain_report(made.kept(), home, found)
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
