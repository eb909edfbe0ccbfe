"""The nightly run: capture every account, mark retention, seal, back up, say how it went.

One account's failure never stops the others. The run is one at a time; a second says so and ends.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.database import row, write_transaction
from archiver.errors import ArchiverError
from archiver.locks import single_instance
from archiver.operations import withdrawing
from archiver.operations.alerts import alert, heartbeat
from archiver.operations.backup import back_up
from archiver.operations.backup_keeping import prune, surplus_backups
from archiver.operations.capturing import (
    AccountNight,
    Connectors,
    capture_accounts,
    overall,
    settle,
)
from archiver.operations.disposing import go_on
from archiver.operations.forwarding import look_into_mailbox
from archiver.operations.home import prepare, require_writable
from archiver.operations.import_withdrawing import note_withdrawn
from archiver.operations.ledger import catch_up
from archiver.operations.logs import log_to, places
from archiver.operations.request_dates import look_after_dates
from archiver.operations.sources import CONNECTORS
from archiver.operations.timestamps import stamp_seals
from archiver.operations.uploading import clear_abandoned
from archiver.progress import Progress
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.requests.receiving.noticing import notice

ACTOR = "nightly"


@dataclass(frozen=True, slots=True)
class NightlyReport:
    """How the night went. `outcome` is complete, partial or failed; `noticed` is how many comments
    and messages came into the queue of what may be a request, a claim, a notice or a threat,
    `forwarded` how many messages of officials were taken in out of the mailbox."""

    started_at: str
    finished_at: str
    outcome: str
    accounts: tuple[AccountNight, ...]
    retention: Mapping[str, int]
    sealed: Mapping[str, object]
    problems: tuple[str, ...]
    backup: Mapping[str, object] = field(default_factory=dict)
    noticed: int = 0
    forwarded: int = 0

    def as_json(self) -> dict[str, object]:
        """The report as plain values."""
        return asdict(self)


def run_nightly(
    home: Home,
    *,
    progress: Progress | None = None,
    connectors: Connectors = CONNECTORS,
) -> NightlyReport:
    """Run the night's work on an archive home.

    Raises BusyError where another nightly run holds the lock, HomeError or StorageError where the
    home cannot be used. What one account meets ends in the report. A run that is told to stop
    (KeyboardInterrupt) or meets a fault is noted as interrupted; the next one goes on where it was.
    """
    settings = home.settings()
    require_writable(home)
    with single_instance(home.nightly_lock, "a nightly run"):
        try:
            with log_to(home, "nightly") as log:
                try:
                    return _told_night(home, settings, connectors, progress, log)
                except (Exception, KeyboardInterrupt) as error:
                    log.error("stopped: %s\n%s", _reason(error), places(error))
                    raise
        except Exception as error:
            title = f"{settings.agency}: the nightly run stopped"
            alert(settings, title=title, body=_reason(error))
            raise


def _told_night(
    home: Home,
    settings: Settings,
    connectors: Connectors,
    progress: Progress | None,
    log: logging.Logger,
) -> NightlyReport:
    """Run the night and tell whoever waits for it: the alert targets or the heartbeat."""
    prepare(home)
    with closing(open_office(home)) as office:
        try:
            report = _night(home, settings, office, connectors, progress, log)
            report = _with_backup(home, settings, office, report, progress=progress, log=log)
        except (Exception, KeyboardInterrupt) as error:
            _note_stop(office, _reason(error))
            raise
    if report.outcome != "complete":
        title = f"{settings.agency}: nightly run {report.outcome}"
        undelivered = alert(settings, title=title, body=_body(report))
        for failure in undelivered:
            log.warning(failure)
        report = replace(report, problems=(*report.problems, *undelivered))
    elif (unheard := heartbeat(settings)) is not None:
        log.warning(unheard)
    return report


def _night(
    home: Home,
    settings: Settings,
    office: sqlite3.Connection,
    connectors: Connectors,
    progress: Progress | None,
    log: logging.Logger,
) -> NightlyReport:
    started_at = clock.now_text()
    number = _begin(office, started_at)
    log.info("started")
    undone = go_on(home, log=log, progress=progress)
    undone += withdrawing.go_on(home, log=log, progress=progress)
    clear_abandoned(home, office)
    dates = look_after_dates(office, settings, actor=ACTOR, log=log)
    for problem in dates:
        log.warning("%s", problem)
    with Archive.open(home, write=True) as archive:
        note_withdrawn(office, archive)
        nights = capture_accounts(
            archive,
            list_accounts(office, include_closed=False, sources=False),
            connectors,
            log=log,
            progress=progress,
        )
        forwarded, unforwarded = _forwarded(home, office, archive, settings, progress, log)
        settled = settle(archive, settings, list_accounts(office), progress=progress)
        noticed, unnoticed = _noticed(office, archive, settings, progress)
        stamping = stamp_seals(archive, settings)
        if stamping.problem:
            log.warning("%s", stamping.problem)
    marked, sealed = settled.marked, settled.sealed
    refused = tuple(filter(None, (marked.refused, unnoticed)))
    report = NightlyReport(
        started_at=started_at,
        finished_at=clock.now_text(),
        outcome=_outcome(nights, [*undone, *dates, *refused, *unforwarded]),
        accounts=tuple(nights),
        retention={
            "marked": marked.marked,
            "without series": marked.without_series,
            "caught by holds": settled.caught,
        },
        sealed={"leaves": sealed.leaves, "root": sealed.root, "time stamps": stamping.stamped},
        problems=(
            *undone,
            *dates,
            *(
                f"{night.account}: {night.message}"
                for night in nights
                if night.outcome in ("failed", "partial")
            ),
            *refused,
            *unforwarded,
            *((stamping.problem,) if stamping.problem else ()),
        ),
        noticed=noticed,
        forwarded=forwarded,
    )
    _finish(office, number, report)
    log.info("finished: %s", report.outcome)
    return report


def _noticed(
    office: sqlite3.Connection, archive: Archive, settings: Settings, progress: Progress | None
) -> tuple[int, str]:
    """How many records came into the queue of requests, and why not where they could not."""
    files = {"archive": archive.public, "private": archive.private}
    try:
        return notice(office, files, settings, progress=progress), ""
    except ArchiverError as error:
        return 0, f"looking for requests among what residents wrote: {error}"


def _forwarded(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    progress: Progress | None,
    log: logging.Logger,
) -> tuple[int, list[str]]:
    """How many messages of officials were taken in, and what stays in their mailbox, with the
    reason.

    Nothing here stops the night.
    """
    try:
        report = look_into_mailbox(home, office, archive, settings, actor=ACTOR, progress=progress)
    except ArchiverError as error:
        return 0, [f"forwarded messages: {error}"]
    except Exception as error:
        log.error("forwarded messages: unexpected %s\n%s", type(error).__name__, places(error))
        return 0, [f"forwarded messages: unexpected {type(error).__name__}; see the log"]
    left = [f"forwarded message {each.name} was left: {each.why}" for each in report.left]
    for told in left:
        log.warning("%s", told)
    return len(report.taken), left


def _with_backup(
    home: Home,
    settings: Settings,
    office: sqlite3.Connection,
    report: NightlyReport,
    *,
    progress: Progress | None,
    log: logging.Logger,
) -> NightlyReport:
    """Make the night's backup where archive.toml asks for one, and carry the ledger of destructions
    to its copies. The night stands already: whatever fails here becomes one of its problems."""
    told, problems = _backed_up(home, settings, progress, log)
    if not told and not problems:
        return report
    for problem in problems:
        log.warning(problem)
    worse = "partial" if problems and report.outcome == "complete" else report.outcome
    report = replace(
        report,
        finished_at=clock.now_text(),
        outcome=worse,
        backup=told,
        problems=(*report.problems, *problems),
    )
    found = row(office, "SELECT max(id) AS id FROM nightly_runs")
    if found is not None:
        _finish(office, found["id"], report)
    return report


def _backed_up(
    home: Home, settings: Settings, progress: Progress | None, log: logging.Logger
) -> tuple[dict[str, object], list[str]]:
    told: dict[str, object] = {}
    problems: list[str] = []
    try:
        if settings.backup.target:
            target = Path(settings.backup.target).expanduser()
            made = back_up(home, target, actor=ACTOR, progress=progress)
            told = {"name": made.folder.name, "files": made.files, "copied": made.copied}
            problems += [f"backup: {wanting}" for wanting in made.wanting]
            log.info("backup: %s", told)
            if settings.backup.keep:
                surplus = surplus_backups(home, target, settings.backup.keep)
                prune(home, surplus, actor=ACTOR)
        if home.destructions.exists():
            problems += [
                f"ledger of destructions: {copy.path}: {copy.state}: {copy.told}"
                for copy in catch_up(home, settings)
                if copy.state != "current"
            ]
    except ArchiverError as error:
        problems.append(f"backup: {error}")
    except Exception as error:
        log.error("backup: unexpected %s\n%s", type(error).__name__, places(error))
        problems.append(f"backup: unexpected {type(error).__name__}; see the log")
    return told, problems


def _outcome(nights: Sequence[AccountNight], undone: Sequence[str]) -> str:
    """How the night went; a destruction that could not go on is told like a capture in part."""
    outcome = overall(nights)
    return "partial" if undone and outcome == "complete" else outcome


def _begin(office: sqlite3.Connection, started_at: str) -> int:
    with write_transaction(office):
        office.execute(
            """
            UPDATE nightly_runs SET outcome = 'interrupted', finished_at = ?
            WHERE finished_at IS NULL
            """,
            (started_at,),
        )
        added = office.execute("INSERT INTO nightly_runs (started_at) VALUES (?)", (started_at,))
    return int(added.lastrowid or 0)


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "it was told to stop"
    if isinstance(error, ArchiverError):
        return str(error)
    return f"unexpected {type(error).__name__}; see the log"


def _note_stop(office: sqlite3.Connection, reason: str) -> None:
    """Mark the run as interrupted, where the disk takes it; otherwise the next run does."""
    with suppress(ArchiverError, sqlite3.Error), write_transaction(office):
        office.execute(
            """
            UPDATE nightly_runs SET outcome = 'interrupted', finished_at = ?, summary = ?
            WHERE finished_at IS NULL
            """,
            (clock.now_text(), json.dumps({"problems": [reason]})),
        )


def _finish(office: sqlite3.Connection, number: int, report: NightlyReport) -> None:
    with write_transaction(office):
        office.execute(
            "UPDATE nightly_runs SET finished_at = ?, outcome = ?, summary = ? WHERE id = ?",
            (report.finished_at, report.outcome, json.dumps(report.as_json()), number),
        )


def _body(report: NightlyReport) -> str:
    return "\n".join(report.problems) or f"outcome: {report.outcome}"
