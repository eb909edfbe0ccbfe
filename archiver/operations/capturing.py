"""Capturing accounts one after the other, and settling the archive afterwards.

Shared by the nightly run, `archiver ingest` and `archiver import`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from archiver import clock
from archiver.archive.seals import SealReport, seal
from archiver.archive.store import Archive
from archiver.capture.walks import capture_account
from archiver.config import Settings
from archiver.errors import ArchiverError, RuleError, StorageError
from archiver.items import Source
from archiver.locks import single_instance
from archiver.operations.logs import places
from archiver.operations.sources import instead_of_asking
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.register.office import open_office
from archiver.retention.marking import MarkReport, mark_all
from archiver.retention.schema import migrate_retention
from archiver.retention.standing import catch_up
from archiver.retention.timekeeping import ClockError

Connectors = Mapping[str, Callable[[Account], Source]]


@dataclass(frozen=True, slots=True)
class AccountNight:
    """How capturing one account went. `outcome` is complete, partial, failed or import only."""

    account: str
    outcome: str
    message: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


def capture_accounts(
    archive: Archive,
    accounts: Sequence[Account],
    connectors: Connectors,
    *,
    log: logging.Logger,
    progress: Progress | None = None,
) -> list[AccountNight]:
    """Capture each account. What fails for one is in its own result; the others go on.

    Raises StorageError where the disk is full or read-only: then no account can go on.
    """
    nights: list[AccountNight] = []
    for done, account in enumerate(accounts):
        name = f"{account.platform}:{account.handle}"
        if progress:
            progress(f"capturing {name}", done, len(accounts))
        night = _capture(archive, account, name, connectors, log)
        nights.append(night)
        log.info("%s: %s %s %s", name, night.outcome, dict(night.counts), night.message)
    if progress:
        progress("capturing accounts", len(accounts), len(accounts))
    return nights


def _capture(
    archive: Archive,
    account: Account,
    name: str,
    connectors: Connectors,
    log: logging.Logger,
) -> AccountNight:
    connector = connectors.get(account.platform)
    if connector is None:
        return AccountNight(name, "import only", instead_of_asking(account.platform))
    lock = archive.home.path / f".capture-{account.id}.lock"
    try:
        # a person's `ingest` beside the nightly run would take the night's run for a dead one
        with single_instance(lock, f"a capture of {name}"):
            captured = capture_account(archive, account, connector(account))
    except StorageError:
        raise
    except ArchiverError as error:
        return AccountNight(name, "failed", str(error))
    except Exception as error:
        log.error("%s: unexpected %s\n%s", name, type(error).__name__, places(error))
        return AccountNight(name, "failed", f"unexpected {type(error).__name__}; see the log")
    return AccountNight(name, captured.outcome, captured.message, captured.counts)


def overall(nights: Sequence[AccountNight]) -> str:
    """One word for several accounts: complete, partial, or failed where nothing worked."""
    asked = [night.outcome for night in nights if night.outcome != "import only"]
    if asked and all(outcome == "failed" for outcome in asked):
        return "failed"
    return "partial" if any(outcome != "complete" for outcome in asked) else "complete"


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling did: `caught` records came newly under standing holds."""

    caught: int
    marked: MarkReport
    sealed: SealReport


def settle(
    archive: Archive,
    settings: Settings,
    accounts: Sequence[Account],
    *,
    progress: Progress | None = None,
) -> Settled:
    """Let standing holds catch what is new, mark it with its retention, and seal what was written
    since the last seal.

    Where the machine's clock cannot be right nothing is marked, and the report of it says why.
    Raises RuleError where the search of a hold cannot be read any more, after all else was done.
    """
    caught, unread = _catch_up(archive, settings, progress)
    marked = _mark(archive, settings, accounts, progress)
    if progress:
        progress("sealing", 0, 1)
    sealed = seal(archive, now=clock.now_text())
    if progress:
        progress("sealing", 1, 1)
    if unread is not None:
        raise unread
    return Settled(caught, marked, sealed)


def _mark(
    archive: Archive, settings: Settings, accounts: Sequence[Account], progress: Progress | None
) -> MarkReport:
    try:
        return mark_all(archive, settings, accounts, progress=progress)
    except ClockError as error:
        return MarkReport("", 0, 0, 0, {}, refused=str(error))


def _catch_up(
    archive: Archive, settings: Settings, progress: Progress | None
) -> tuple[int, RuleError | None]:
    with closing(open_office(archive.home)) as office:
        migrate_retention(office)
        try:
            return catch_up(office, archive, settings, progress), None
        except RuleError as unread:
            return 0, unread
