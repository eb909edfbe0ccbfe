"""Marking every record with its series and the day it is kept until. Marks only: nothing here, and
nothing that runs by itself, ever destroys (DESIGN §7 rule 2)."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain

from archiver.archive.retention_marks import Mark, mark
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import row, write_transaction
from archiver.items import Access
from archiver.register.accounts import Account
from archiver.register.attestations import wording_digest
from archiver.register.office import audit, open_office
from archiver.retention.facts import Marked, records_of_account, unmarked_records
from archiver.retention.in_force import rulebook, schedule_in_force
from archiver.retention.rules import Rulebook, Ruling
from archiver.retention.schedules import Schedule
from archiver.retention.schema import migrate_retention

__all__ = ["MarkReport", "accounts_to_renew", "mark_all", "mark_for", "schedule_in_force"]

BATCH = 1000
WITHOUT = "none"
"""Stands for the series in the rule of a record no series applies to: it is kept, and reported."""

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class MarkReport:
    """What a marking did: `marked` records got a new mark, `unchanged` were looked at again and
    stayed, `without_series` of both are in no series and are kept. `series` counts by code."""

    schedule: str
    marked: int
    unchanged: int
    without_series: int
    series: Mapping[str, int]


def mark_all(
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    *,
    progress: Progress | None = None,
) -> MarkReport:
    """Mark what has no valid mark: new records, records whose facts changed, and every record of
    an account for which the schedule or the account itself (closed, moved) has changed since.

    Writes in batches; killed at any moment, the next call goes on. Costs nothing for what has not
    changed. Raises InputError where the schedule cannot be read, RuleError where it is not in
    force yet or made for another kind of agency.
    """
    counted: Counter[str] = Counter()
    marked = unchanged = 0
    office = open_office(archive.home)
    try:
        migrate_retention(office)
        book = rulebook(office, settings, archive.home.path, accounts)
        schedule = book.schedule
        for access in Access:
            conn = archive.file(access)
            moved = accounts_to_renew(office, conn, access, book, accounts)
            zone, walked = settings.time_zone, {account.id for account in moved}
            batches: Iterator[list[Marked]] = chain(
                _elsewhere(unmarked_records(conn, zone, size=BATCH), walked),
                *(records_of_account(conn, account.id, zone, size=BATCH) for account in moved),
            )
            for batch in batches:
                changes = []
                for each in batch:
                    ruling = book.rule(each.facts)
                    counted[ruling.winner.series.code if ruling else WITHOUT] += 1
                    wanted = mark_for(schedule, each, ruling)
                    if wanted is None:
                        unchanged += 1
                    else:
                        changes.append(wanted)
                if changes:
                    with archive.writer():
                        mark(conn, changes)
                marked += len(changes)
                if progress:
                    progress("marking retention", marked + unchanged, None)
            _remember(office, access, book, accounts)
    finally:
        office.close()
    without = counted.pop(WITHOUT, 0)
    name = f"{schedule.id}@{schedule.version}"
    return MarkReport(name, marked, unchanged, without, dict(sorted(counted.items())))


def mark_for(schedule: Schedule, record: Marked, ruling: Ruling | None) -> Mark | None:
    """The mark a record should carry, or None where it carries it already."""
    series: str | None = None
    cutoff_on: str | None = None
    retain_until: str | None = None
    rule = f"{schedule.id}@{schedule.version}#{WITHOUT}"
    if ruling is not None:
        term = ruling.winner
        series, rule = term.series.code, schedule.rule(term.series)
        cutoff_on = None if term.cutoff_on is None else term.cutoff_on.isoformat()
        retain_until = None if ruling.until is None else ruling.until.isoformat()
    carried = (record.series, record.cutoff_on, record.retain_until, record.retention_rule)
    if carried == (series, cutoff_on, retain_until, rule):
        return None
    return Mark(record.facts.record_id, series, cutoff_on, retain_until, rule)


def _elsewhere(batches: Iterator[list[Marked]], walked: Set[int]) -> Iterator[list[Marked]]:
    """Leave out the accounts that are walked whole anyway, so that nothing counts twice."""
    for batch in batches:
        yield [each for each in batch if each.facts.account_id not in walked]


def _digest(book: Rulebook, account: Account) -> str:
    """What a marking of an account's records rested on, their own facts apart."""
    return wording_digest(
        {
            **book.grounds,
            "handle": account.handle,
            "department": account.department,
            "division": account.division,
            "class": account.account_class,
            "closed": account.closed_on,
        }
    )


def accounts_to_renew(
    office: sqlite3.Connection,
    conn: sqlite3.Connection,
    access: Access,
    book: Rulebook,
    accounts: Sequence[Account],
) -> list[Account]:
    """The accounts whose marks rest on something that has changed since: the next marking walks
    them whole."""
    moved = []
    for account in accounts:
        known = row(
            office,
            "SELECT digest FROM retention_marked WHERE file = ? AND account_id = ?",
            access.value,
            account.id,
        )
        if known is None:
            stale = row(
                conn,
                "SELECT 1 FROM records WHERE account_id = ? AND retention_rule IS NOT NULL LIMIT 1",
                account.id,
            )
            if stale is not None:
                moved.append(account)
        elif known["digest"] != _digest(book, account):
            moved.append(account)
    return moved


def _remember(
    office: sqlite3.Connection, access: Access, book: Rulebook, accounts: Sequence[Account]
) -> None:
    fresh = [
        (access.value, account.id, _digest(book, account))
        for account in accounts
        if row(
            office,
            "SELECT 1 FROM retention_marked WHERE file = ? AND account_id = ? AND digest = ?",
            access.value,
            account.id,
            _digest(book, account),
        )
        is None
    ]
    if not fresh:
        return
    schedule = book.schedule
    with write_transaction(office):
        office.executemany(
            "INSERT INTO retention_marked (file, account_id, digest) VALUES (?, ?, ?) "
            "ON CONFLICT (file, account_id) DO UPDATE SET digest = excluded.digest",
            fresh,
        )
        audit(
            office,
            actor="retention",
            action="schedule applied",
            subject=f"schedule {schedule.id}@{schedule.version}",
            detail={"file": access.value, "accounts": [account_id for _, account_id, _ in fresh]},
        )
