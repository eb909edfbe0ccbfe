"""Imports made by command, entered in the desk's book, so that each has its page there."""

from __future__ import annotations

import json
import sqlite3

from archiver import clock
from archiver.archive.store import Archive
from archiver.database import row, rows, write_transaction
from archiver.exports.known import FORMATS
from archiver.operations.import_book import DONE, IMPORTING
from archiver.operations.imports_made import ImportMade, imports_made
from archiver.register.accounts import Account
from archiver.register.office import audit


def enter_made(
    office: sqlite3.Connection,
    archive: Archive,
    account: Account,
    *,
    actor: str,
    attested: str = "",
) -> list[int]:
    """Enter every import of an account that ended with a report and is not in the book; the numbers
    they have there. `attested` is what was said of the newest.

    Those that an earlier command left out, because it was killed or older than the book, come in
    too. While the desk itself imports for the account nothing is entered: it enters its own.
    """
    if row(
        office,
        "SELECT 1 FROM imports WHERE account_id = ? AND state = ? LIMIT 1",
        *(account.id, IMPORTING),
    ):
        return []
    entered = {
        each["run"]
        for each in rows(
            office,
            "SELECT run FROM imports WHERE account_id = ? AND run IS NOT NULL",
            account.id,
        )
    }
    made = [
        one
        for one in reversed(imports_made(archive, account_id=account.id))
        if one.report and one.withdrawn is None and one.run not in entered
    ]
    return [
        _enter(office, account, one, actor, attested if one is made[-1] else "") for one in made
    ]


def _enter(
    office: sqlite3.Connection, account: Account, made: ImportMade, actor: str, attested: str
) -> int:
    about = {"format": _format_of(made.source), "platforms": [account.platform]}
    ended = made.finished_at or clock.now_text()
    values = {
        "state": DONE,
        "actor": actor,
        "account_id": account.id,
        "preview": json.dumps(about),
        "attested": attested,
        "confirmed_by": actor,
        "confirmed_at": made.started_at,
        "run": made.run,
        "report": json.dumps(_plain(made)),
        "at": made.started_at,
        "touched_at": ended,
        "finished_at": ended,
    }
    marks = ", ".join("?" * len(values))
    with write_transaction(office):
        number = office.execute(
            f"INSERT INTO main.imports ({', '.join(values)}) VALUES ({marks})", (*values.values(),)
        ).lastrowid
        office.executemany(
            "INSERT INTO main.import_files (import_id, name, size, received, first_sha256, "
            "last_sha256, sha256) VALUES (?1, ?2, ?3, ?3, '', '', ?4)",
            (
                (number, file.name or "download", file.size, file.sha256)
                for file in made.files
                if file.size
            ),
        )
        audit(
            office,
            actor=actor,
            action="import by command entered",
            subject=f"import {number}",
            detail={"account": account.name, "run": made.run},
        )
    return int(number or 0)


def _plain(made: ImportMade) -> dict[str, object]:
    """The report without the place on the machine it was imported from."""
    return {name: told for name, told in made.report.items() if name != "path"} | {"run": made.run}


def _format_of(source: str) -> str:
    """What the downloads are called whose imports have this source."""
    return next((one.name for one in FORMATS if source.endswith(one.source)), source)
