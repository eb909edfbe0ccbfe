"""Checking the marks: whether every record is kept until the day the schedule says.

The seals cover what was captured; a mark is made of it by the schedule and can be computed anew. A
day moved forward in the file would let a record be destroyed too early, so `verify` asks here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from archiver.archive.findings import Findings, VerifyReport
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import row
from archiver.errors import InputError, RuleError
from archiver.items import Access
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.register.office import open_office
from archiver.retention.basis import accounts_to_renew
from archiver.retention.in_force import rulebook, schedule_in_force
from archiver.retention.marking import BATCH
from archiver.retention.ruling import Ruler
from archiver.retention.schema import migrate_retention
from archiver.retention.sweeping import Sweep

_WRONG = "the day it is kept until, or its series, is not what the schedule says"


def check_marks(
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    *,
    progress: Progress | None = None,
) -> VerifyReport:
    """Compute every valid mark anew and name those that are not what they were made to be.

    Marks that the next nightly run renews anyway (a new record, a schedule or an account that has
    changed since) are counted and not judged. Reads only; the findings name records by number.
    """
    findings = Findings(progress)
    try:
        schedule = schedule_in_force(settings, archive.home.path)
    except (InputError, RuleError) as error:
        findings.add("retention schedule", "", f"no mark can be checked: {error}")
        return findings.report()
    office = open_office(archive.home)
    try:
        migrate_retention(office)
        book = rulebook(office, settings, archive.home.path, accounts, schedule=schedule)
        ruler = Ruler(book)
        for access in Access:
            conn = archive.file(access)
            place = archive.home.database(access).name + ", records"
            renewed = accounts_to_renew(office, conn, access, book, accounts)
            judged = [account.id for account in accounts if account.id not in renewed]
            with Sweep(conn, ruler, settings.time_zone) as sweep:
                for low, high in sweep.reader.spans(BATCH):
                    sweep.span(low, high, judged)
                    for _, carried, wanted, ids in sweep.wanted.ways():
                        if carried.retention_rule is None:
                            findings.checked["retention marks to renew"] += len(ids)
                            continue
                        findings.checked["retention marks"] += len(ids)
                        for number in sorted(ids) if carried != wanted else ():
                            findings.add(place, f"record {number}", _WRONG)
                    if renewed:
                        waiting = _count(conn, low, high, list(renewed))
                        findings.checked["retention marks to renew"] += waiting
                    findings.tell("retention marks", findings.checked["retention marks"], None)
    finally:
        office.close()
    return findings.report()


def _count(conn: sqlite3.Connection, low: int, high: int, accounts: Sequence[int]) -> int:
    found = row(
        conn,
        """
        SELECT count(*) AS records FROM records WHERE id BETWEEN ? AND ?
            AND +account_id IN (SELECT value FROM json_each(?))
        """,
        low,
        high,
        msgspec.json.encode(accounts).decode(),
    )
    assert found is not None
    return int(found["records"])
