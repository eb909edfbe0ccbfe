"""How the archive stands today: the last night, the accounts, the size, what waits."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.database import row, rows
from archiver.items import Access
from archiver.operations.backups import (
    BackupMade,
    RestoreTest,
    backup_is_old,
    last_backup,
    last_restore_test,
    restore_test_is_old,
)
from archiver.operations.jobs import open_jobs
from archiver.production.releasing.going_out import count_open_links, count_undated, volumes_waiting
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.retention.dispositions.execution import interrupted


@dataclass(frozen=True, slots=True)
class Night:
    """A nightly run as it was recorded."""

    started_at: str
    finished_at: str | None
    outcome: str | None
    summary: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class HomeStatus:
    """How the archive stands. `stale` is True when no night has finished for too long;
    `interrupted` is the newest run where it was stopped before its end. `backup_old` and
    `restore_test_old` say that the last one is missing or older than the settings allow.
    `executions_begun` are batches and removals whose execution has begun and not ended;
    `volumes_waiting` were made and have not gone out, `links_open` hand out what has;
    `volumes_undated` have not gone out and the time-stamp authority did not date their proof."""

    agency: str
    records: int
    private_records: int
    accounts_active: int
    accounts_closed: int
    last_night: Night | None
    interrupted: Night | None
    hours_since_night: float | None
    stale: bool
    jobs_open: int
    sealed_at: str | None
    last_backup: BackupMade | None
    backup_old: bool
    last_restore_test: RestoreTest | None
    restore_test_old: bool
    executions_begun: tuple[str, ...] = ()
    volumes_waiting: int = 0
    links_open: int = 0
    volumes_undated: int = 0

    def as_json(self) -> dict[str, object]:
        """The status as plain values."""
        return asdict(self)


def home_status(home: Home) -> HomeStatus:
    """Read how the archive stands. Cheap: it may be asked for by every page."""
    settings = home.settings()
    office = open_office(home)
    try:
        accounts = list_accounts(office, sources=False)
        night = last_night(office)
        stopped = interrupted_night(office)
        waiting = len(open_jobs(office))
        made, tested = safety(office)
        begun = executions_begun(office)
        to_release, links = releases_open(office)
        undated = volumes_undated(office)
    finally:
        office.close()
    with Archive.open(home, whole=True) as archive:
        public = _count(archive.file(Access.PUBLIC))
        private = _count(archive.file(Access.PRIVATE))
        sealed = row(archive.file(Access.PUBLIC), "SELECT max(sealed_at) AS at FROM seals")
    hours = _hours_since(night)
    return HomeStatus(
        agency=settings.agency,
        records=public,
        private_records=private,
        accounts_active=sum(account.status == "active" for account in accounts),
        accounts_closed=sum(account.status == "closed" for account in accounts),
        last_night=night,
        interrupted=stopped,
        hours_since_night=hours,
        stale=is_stale(night, settings),
        jobs_open=waiting,
        sealed_at=sealed["at"] if sealed else None,
        last_backup=made,
        backup_old=backup_is_old(made, settings),
        last_restore_test=tested,
        restore_test_old=restore_test_is_old(tested, settings),
        executions_begun=begun,
        volumes_waiting=to_release,
        links_open=links,
        volumes_undated=undated,
    )


def safety(office: sqlite3.Connection) -> tuple[BackupMade | None, RestoreTest | None]:
    """The last backup and the last tested restore; none in a home from before they were recorded,
    until a command has brought it up to date."""
    try:
        return last_backup(office), last_restore_test(office)
    except sqlite3.OperationalError:
        return None, None


def executions_begun(office: sqlite3.Connection) -> tuple[str, ...]:
    """Batches and removals under execution or interrupted in it; none in a home from before there
    were any."""
    try:
        return tuple(interrupted(office))
    except sqlite3.OperationalError:
        return ()


def releases_open(office: sqlite3.Connection) -> tuple[int, int]:
    """How many volumes wait to be released, and how many links work; none in a home from before
    there were any."""
    try:
        return sum(volumes_waiting(office, private=True).values()), count_open_links(office)
    except sqlite3.OperationalError:
        return 0, 0


def volumes_undated(office: sqlite3.Connection) -> int:
    """How many volumes wait whose proof was not dated; none in a home from before it was noted."""
    try:
        return count_undated(office)
    except sqlite3.OperationalError:
        return 0


def last_night(office: sqlite3.Connection) -> Night | None:
    """The newest nightly run that finished, or None."""
    found = nights(office, limit=1)
    return found[0] if found else None


def nights(office: sqlite3.Connection, *, limit: int) -> list[Night]:
    """Nightly runs that finished, newest first."""
    found = rows(
        office,
        """
        SELECT * FROM nightly_runs WHERE outcome IN ('complete', 'partial', 'failed')
        ORDER BY id DESC LIMIT ?
        """,
        limit,
    )
    return [_night(each) for each in found]


def interrupted_night(office: sqlite3.Connection) -> Night | None:
    """The newest nightly run, where it was stopped before its end; otherwise None."""
    newest = row(office, "SELECT * FROM nightly_runs ORDER BY id DESC LIMIT 1")
    if newest is None or newest["outcome"] != "interrupted":
        return None
    return _night(newest)


def _night(found: sqlite3.Row) -> Night:
    return Night(
        found["started_at"], found["finished_at"], found["outcome"], json.loads(found["summary"])
    )


def is_stale(night: Night | None, settings: Settings) -> bool:
    """Whether no night has finished for longer than the settings allow."""
    hours = _hours_since(night)
    return hours is None or hours > settings.alerts.stale_after_hours


def _hours_since(night: Night | None) -> float | None:
    if night is None or night.finished_at is None:
        return None
    passed = clock.now() - clock.parse(night.finished_at)
    return round(passed.total_seconds() / 3600, 1)


def _count(connection: sqlite3.Connection) -> int:
    found = row(connection, "SELECT count(*) AS n FROM facet")
    return int(found["n"]) if found else 0
