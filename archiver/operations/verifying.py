"""Verifying a home: the evidence and its time stamps, the marks retention computed from it, the
volumes and letters given out, policies and keyword lists, and the lists, tombstones and
certificates of what was disposed of."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

from archiver.archive.destroying import is_destroyed
from archiver.archive.findings import Findings, VerifyReport
from archiver.archive.store import Archive
from archiver.archive.timestamps import check_stamps
from archiver.archive.verify import verify
from archiver.config import Home
from archiver.errors import ArchiverError, HomeError
from archiver.operations.timestamps import certificates_at
from archiver.policy.checking import check_policies
from archiver.policy.schema import migrate_policy
from archiver.production.verify import verify_volumes
from archiver.progress import Progress
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.requests.custodians.answers import altered_answers
from archiver.requests.forwards.stating import altered_statements
from archiver.requests.letters.writing import altered_letters
from archiver.requests.schema import migrate_requests
from archiver.retention.checking import check_marks
from archiver.retention.dispositions.batches import check_list, event_of, items_of, list_batches
from archiver.retention.dispositions.certificate import GONE, check_certificate
from archiver.retention.reporting import FILES
from archiver.retention.schema import migrate_retention


def verify_home(home: Home, *, progress: Progress | None = None) -> VerifyReport:
    """Check the whole archive, then the time stamps of its seals, every record's mark against the
    schedule, every volume against what was entered when it was made, every batch against its frozen
    list and its certificate, and every letter, policy version, keyword list and custodian's answer
    against its hash.

    Where a file is so damaged that it cannot be read, what the first part found of it stands.
    Raises as `verify` does.
    """
    evidence = verify(home, progress=progress)
    try:
        parts = (_stamps, _marks, _volumes, _dispositions, _letters, _policies)
        others = [part(home, progress) for part in parts]
        return _joined([evidence, *others])
    except sqlite3.DatabaseError:
        if evidence.ok:
            raise
        return evidence


def _stamps(home: Home, progress: Progress | None) -> VerifyReport:
    findings = Findings(progress)
    try:
        certificates = certificates_at(home)
    except HomeError as error:
        findings.add("archive.toml, [seals]", "", str(error))
        certificates = []
    with Archive.open(home, whole=True) as archive:
        newest = check_stamps(archive, findings, certificates)
    report = findings.report()
    if newest is None:
        return report
    return replace(report, anchored=newest.at, anchor_trusted=newest.trusted)


def _marks(home: Home, progress: Progress | None) -> VerifyReport:
    with closing(open_office(home)) as office:
        accounts = list_accounts(office)
    with Archive.open(home, whole=True) as archive:
        return check_marks(archive, home.settings(), accounts, progress=progress)


def _volumes(home: Home, progress: Progress | None) -> VerifyReport:
    findings = Findings(progress)
    with closing(open_office(home)) as office:
        for volume in verify_volumes(home, office):
            findings.checked["volumes"] += 1
            findings.checked["files of volumes"] += volume.files
            findings.tell("volumes", findings.checked["volumes"], None)
            place = "/".join(volume.folder.parts[-2:])
            for what in volume.findings:
                findings.add(place, "", what)
    return findings.report()


def _dispositions(home: Home, progress: Progress | None) -> VerifyReport:
    findings = Findings(progress)
    with closing(open_office(home)) as office, Archive.open(home, whole=True) as archive:
        migrate_retention(office)
        for batch in list_batches(office):
            findings.checked["batches"] += 1
            try:
                check_list(office, batch)
                if event_of(office, batch, "certificate") is not None:
                    check_certificate(home, office, batch, mend=False)
            except ArchiverError as error:
                findings.add(f"batch {batch.number}", "", str(error))
            for item in items_of(office, batch):
                if item.outcome in GONE:
                    findings.checked["holdings disposed of"] += 1
                    stone = is_destroyed(archive, FILES[item.file], item.kind, item.ref)
                    if stone is None:
                        findings.add(f"batch {batch.number}", item.name, "it has no tombstone")
    return findings.report()


def _letters(home: Home, progress: Progress | None) -> VerifyReport:
    findings = Findings(progress)
    with closing(open_office(home)) as office:
        migrate_requests(office)
        findings.checked["letters"], wrong = altered_letters(office)
        findings.checked["custodians' answers"], altered = altered_answers(office)
        findings.checked["officials' statements"], stated = altered_statements(office)
    for what in [*wrong, *altered, *stated]:
        findings.add("office.db", "", what)
    return findings.report()


def _policies(home: Home, progress: Progress | None) -> VerifyReport:
    findings = Findings(progress)
    with closing(open_office(home)) as office:
        migrate_policy(office)
        checked = check_policies(home, office)
    findings.checked["policy versions"] = checked.versions
    findings.checked["keyword lists"] = checked.lists
    for what in checked.wrong:
        findings.add("office.db", "", what)
    return findings.report()


def _joined(reports: list[VerifyReport]) -> VerifyReport:
    findings = [finding for report in reports for finding in report.findings]
    checked = {what: count for report in reports for what, count in report.checked.items()}
    anchors = [report for report in reports if report.anchored]
    return VerifyReport(
        not findings,
        checked,
        findings,
        anchors[0].anchored if anchors else None,
        bool(anchors) and anchors[0].anchor_trusted,
    )
