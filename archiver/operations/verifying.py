"""Verifying a home: the evidence, and the marks that retention computed from it."""

from __future__ import annotations

import sqlite3

from archiver.archive.findings import Progress, VerifyReport
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.config import Home
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.retention.checking import check_marks


def verify_home(home: Home, *, progress: Progress | None = None) -> VerifyReport:
    """Check the whole archive, then every record's mark against the schedule.

    Where a file is so damaged that it cannot be read, what the first part found of it stands.
    Raises as `verify` does.
    """
    evidence = verify(home, progress=progress)
    settings = home.settings()
    office = open_office(home)
    try:
        accounts = list_accounts(office)
    finally:
        office.close()
    try:
        with Archive.open(home) as archive:
            marks = check_marks(archive, settings, accounts, progress=progress)
    except sqlite3.DatabaseError:
        if evidence.ok:
            raise
        return evidence
    findings = [*evidence.findings, *marks.findings]
    return VerifyReport(not findings, {**evidence.checked, **marks.checked}, findings)
