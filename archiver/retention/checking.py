"""Checking the marks: whether every record is kept until the day the schedule says.

The seals cover what was captured; a mark is made of it by the schedule and can be computed anew. A
day moved forward in the file would let a record be destroyed too early, so `verify` asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archiver.archive.findings import Findings, VerifyReport
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.items import Access
from archiver.register.accounts import Account
from archiver.register.office import open_office
from archiver.retention.facts import Marked, records_of_account
from archiver.retention.in_force import rulebook
from archiver.retention.marking import BATCH, accounts_to_renew, mark_for, schedule_in_force
from archiver.retention.rules import Rulebook
from archiver.retention.schedules import Schedule
from archiver.retention.schema import migrate_retention

Progress = Callable[[str, int, int | None], None]


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
        for access in Access:
            conn = archive.file(access)
            place = archive.home.database(access).name + ", records"
            renewed = {
                account.id for account in accounts_to_renew(office, conn, access, book, accounts)
            }
            for account in accounts:
                for batch in records_of_account(conn, account.id, settings.time_zone, size=BATCH):
                    if account.id in renewed:
                        findings.checked["retention marks to renew"] += len(batch)
                        continue
                    for each in batch:
                        _check(findings, place, schedule, book, each)
                    findings.tell("retention marks", findings.checked["retention marks"], None)
    finally:
        office.close()
    return findings.report()


def _check(
    findings: Findings, place: str, schedule: Schedule, book: Rulebook, record: Marked
) -> None:
    if record.retention_rule is None:
        findings.checked["retention marks to renew"] += 1
        return
    findings.checked["retention marks"] += 1
    if mark_for(schedule, record, book.rule(record.facts)) is not None:
        what = "the day it is kept until, or its series, is not what the schedule says"
        findings.add(place, f"record {record.facts.record_id}", what)
