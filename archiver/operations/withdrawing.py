"""Withdrawing an import with all that lies around it: requests, holds, the ledger, the disk.

The order, and what mends a kill between any two steps:

1. Under the account's import lock and the archive's writer lock the import is undone in one
   transaction of each file, its trace and audit row with it. Nothing of it is to be seen until the
   end.
2. Before that commits, office.db is locked and everybody is asked once more what rests on the
   import: whatever came meanwhile wins, and nothing has happened.
3. private.db commits, then archive.db; a kill between the two is mended by whatever opens the
   archive for writing next (`recover`, `begin_run`).
4. The bytes of media and files go from the disk, the ledger of destructions is told so that a
   restored backup does not bring the import back, and the search index and the log are cleared of
   its words. The night does what a kill, or a reader in the way, left of these (`go_on`).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from archiver import clock
from archiver.archive.destroying import finish_bytes
from archiver.archive.keys import public_keys
from archiver.archive.runs import recover
from archiver.archive.store import Archive
from archiver.archive.tombstones import WITHDRAWN
from archiver.archive.withdrawing import Imported, Withdrawn, find_import, rests_on, withdraw_import
from archiver.archive.withdrawing_counts import Trace
from archiver.archive.withdrawing_part import Part
from archiver.archive.withdrawing_rests import why_none
from archiver.archive.withdrawing_scope import find_run, number_of
from archiver.config import Home
from archiver.decoding import decoder
from archiver.errors import ArchiverError, BusyError, InputError, RuleError, StorageError
from archiver.items import Access
from archiver.locks import held
from archiver.operations.clearing import clear_destroyed
from archiver.operations.ledger import append_destruction, destructions, read_ledger
from archiver.operations.withdrawing_dependents import DEPENDENTS, Asked, asked_of
from archiver.progress import Progress
from archiver.retention.standing import catch_up

__all__ = ["Withdrawn", "blockers", "go_on", "tell_ledger", "withdraw", "would_withdraw"]


def blockers(home: Home, archive: Archive, office: sqlite3.Connection, run: int) -> list[str]:
    """What rests on an import, in sentences that say what to do first; empty where it may be
    withdrawn. Changes nothing. Raises InputError where there is no such run."""
    if refused := why_none(archive, find_run(archive, run)):
        return [refused]
    asked = asked_of(office, archive, find_import(archive, run))
    return [*rests_on(archive, run), *_asked_all(asked)]


def would_withdraw(archive: Archive, run: int) -> Withdrawn:
    """How much would go with an import, by what it brought: what of its media something else names
    stays. Changes nothing. Raises InputError where there is no such run."""
    imported = find_import(archive, run)
    going = Withdrawn(originals=sum(not each.kept for each in imported.files))
    for access in Access:
        part = Part(archive.file(access), imported.runs)
        going += Withdrawn(
            records=len(part.new),
            restored=len(part.touched) - len(part.new),
            versions=part.count("versions"),
            events=part.count("events") + part.later_events(),
            metrics=part.count("metrics"),
            media=part.count("media"),
            people=part.count("subscribers", "from_run"),
            reopened=len(part.intervals) - part.count("subscribers", "from_run"),
            counts=part.count("subscriber_counts"),
            coverage=part.count("coverage"),
            unread=part.count("skipped"),
            resightings=part.count("resightings"),
        )
    return going


def withdraw(
    home: Home,
    archive: Archive,
    office: sqlite3.Connection,
    run: int,
    *,
    actor: str,
    reason: str,
    progress: Progress | None = None,
) -> Withdrawn:
    """Withdraw an import whole; how much went. `archive` is open for writing, no transaction is.

    What could not be cleared from the disk yet, because somebody reads or it is full, the night
    clears. Raises InputError where there is no such run or no reason is given, RuleError where
    something rests on the import (naming it), BusyError where its account is being imported or
    another program writes for long, StorageError where the disk is full, IntegrityError where the
    ledger of destructions is broken.
    """
    if not reason.strip():
        raise InputError("a withdrawal needs a reason: say what was wrong with the import")
    recover(archive)
    tell_ledger(home, archive)
    catch_up(office, archive, home.settings())
    _require_free(run, blockers(home, archive, office, run))
    with _alone(home, find_import(archive, run)):
        try:
            with archive.writer():
                asked = asked_of(office, archive, find_import(archive, run))
                done = withdraw_import(
                    *(archive, run),
                    actor=actor,
                    reason=reason.strip(),
                    now=clock.now_text(),
                    progress=progress,
                )
                office.execute("BEGIN IMMEDIATE")
                _require_free(run, _asked_all(asked))
        finally:
            if office.in_transaction:
                office.rollback()
    finish_bytes(archive)
    tell_ledger(home, archive)
    # it is done: what the disk has no room for now is the night's, which says so when it has none
    with suppress(BusyError, StorageError):
        clear_destroyed(home, progress)
    return done


def _asked_all(asked: Asked) -> list[str]:
    return [sentence for ask in DEPENDENTS for sentence in ask(asked)]


def _require_free(run: int, found: list[str]) -> None:
    if not found:
        return
    more = f" ({len(found) - 1} more: `archiver imports show {run}`)" if found[1:] else ""
    raise RuleError(f"import run {run} stays as it is: {found[0]}{more}")


@contextmanager
def _alone(home: Home, imported: Imported) -> Iterator[None]:
    """Nobody imports a download of the account meanwhile: the lock is that of an import."""
    with held(
        home.path / f".import-{imported.account_id}.lock",
        lambda by: f"a download of the account is being imported{by}: wait for it to end",
    ):
        yield


def tell_ledger(home: Home, archive: Archive) -> list[str]:
    """Write into the ledger of destructions every withdrawal that it does not know of; their
    numbers. Raises IntegrityError where the ledger is broken, StorageError where it cannot be
    written."""
    ledger = read_ledger(home.destructions, public_keys(home.keys))
    # by the leaves of their runs: in a restored home another run may have the same number
    told = {
        holding
        for each in (destructions(ledger) if ledger else ())
        if each.act == WITHDRAWN
        for holding in each.holdings
    }
    fresh = [entry for entry in _withdrawals(archive) if not told.issuperset(entry["holdings"])]
    for entry in fresh:
        append_destruction(home, home.settings(), entry)
    return [entry["number"] for entry in fresh]


_read_trace = decoder(Trace)


def _withdrawals(archive: Archive) -> list[dict[str, Any]]:
    """Every withdrawal as the ledger holds it, oldest first."""
    leaves: dict[int, list[tuple[str, str, int, str]]] = {}
    entries: dict[int, dict[str, Any]] = {}
    for run, at, actor, reason, detail, leaf in archive.public.execute(
        """
        SELECT w.run_id, w.at, w.actor, w.reason, w.detail, l.hash FROM withdrawals AS w
        JOIN runs AS r ON r.id = w.run_id JOIN leaves AS l ON l.seq = r.leaf
        ORDER BY w.id
        """
    ):
        named = _read_trace(detail).run
        leaves.setdefault(named, []).append(("archive", "run", run, leaf.hex()))
        entries[named] = {
            "number": f"{number_of(named)}, {at}",
            "act": WITHDRAWN,
            "authority": f"withdrawn by {actor}: {reason}",
            "executed_at": at,
            "certificate": None,
        }
    return [{**entry, "holdings": leaves[named]} for named, entry in entries.items()]


def go_on(home: Home, *, log: logging.Logger, progress: Progress | None = None) -> list[str]:
    """Do what a kill or a reader left of withdrawals; what could not be done, one line each. For
    the night."""
    try:
        with Archive.open(home, write=True) as archive:
            if (
                not _withdrawals(archive)
                and not archive.private.execute("SELECT 1 FROM withdrawals LIMIT 1").fetchone()
            ):
                return []
            recover(archive)
            for number in tell_ledger(home, archive):
                log.info("%s: withdrawn, and the ledger told", number)
        for left_over in clear_destroyed(home, progress):
            log.info("%s", left_over)
    except BusyError as error:
        log.info("%s", error)
    except ArchiverError as error:
        return [str(error)]
    return []
