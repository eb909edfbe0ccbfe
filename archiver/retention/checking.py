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
from archiver.retention.basis import accounts_to_renew
from archiver.retention.facts import Reader
from archiver.retention.marking import BATCH, schedule_in_force
from archiver.retention.ruling import Ruler
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
    ruler = Ruler(schedule, accounts)
    listed = [account.id for account in accounts]
    office = open_office(archive.home)
    try:
        migrate_retention(office)
        for access in Access:
            conn = archive.file(access)
            place = archive.home.database(access).name + ", records"
            renewed = accounts_to_renew(office, conn, access, schedule, accounts)
            reader = Reader(conn, settings.time_zone)
            for low, high in reader.spans(BATCH):
                to_renew = 0
                batch = reader.between(low, high, listed)
                for record in batch:
                    if record.carried.retention_rule is None or record.account_id in renewed:
                        to_renew += 1
                    elif record.carried != ruler.mark_of(record):
                        what = "the day it is kept until, or its series, is not what the schedule"
                        findings.add(place, f"record {record.record_id}", f"{what} says")
                findings.checked["retention marks"] += len(batch) - to_renew
                findings.checked["retention marks to renew"] += to_renew
                findings.tell("retention marks", findings.checked["retention marks"], None)
    finally:
        office.close()
    # what was not met at all is not reported as none
    findings.checked = +findings.checked
    return findings.report()
