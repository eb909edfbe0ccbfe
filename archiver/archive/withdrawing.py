"""Withdrawing an import: what it brought is undone whole, as if the file had never been read.

What it was first to bring goes, with its tombstone for every row (`tombstones`), so that the seals
over it still verify; a record known before stands again as its earlier versions and events say, an
interval of people that it closed is open again, and the file it read goes from the disk. Nothing
of it is remembered as destroyed: the same file may be imported again.

All of that is one transaction in each file, however much it is; private.db commits first, and what
a kill between the two leaves is finished by the next start (`finish_withdrawals`). The bytes follow
as they do after a destruction (`finish_bytes`, `scrub`). The trace stands in both files and is
sealed: a row of `withdrawals` for every run, and one of the audit.

No rule about who may withdraw what is in here, except that nothing goes which later evidence in the
archive rests on (`withdrawing_rests`); `operations.withdrawing` asks the other rooms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archiver.archive.store import Archive
from archiver.archive.withdrawing_again import withdraw_from
from archiver.archive.withdrawing_counts import Withdrawn
from archiver.archive.withdrawing_rests import rests_on
from archiver.archive.withdrawing_scope import Imported, as_import, find_import, find_run
from archiver.errors import RuleError
from archiver.items import Access
from archiver.progress import Progress

__all__ = [
    "Imported",
    "Withdrawn",
    "find_import",
    "rests_on",
    "withdraw_import",
    "withdraw_runs",
]


def withdraw_import(
    archive: Archive,
    run: int,
    *,
    actor: str,
    reason: str,
    now: str,
    progress: Progress | None = None,
) -> Withdrawn:
    """Undo an import, inside the caller's `with archive.writer():`.

    `now` (UTC) is the time on the trace; `progress` is told how many records are undone, of how
    many. Call `finish_bytes` after the commit. Raises InputError where there is no such run,
    RuleError where it is no import, was withdrawn before, or something in the archive rests on it,
    HomeError where the key of the tombstones is missing.
    """
    if why := rests_on(archive, run):
        raise RuleError(f"run {run} cannot be withdrawn: {why[0]}")
    return _from_both(
        archive, find_import(archive, run), actor=actor, reason=reason, now=now, progress=progress
    )


def withdraw_runs(
    archive: Archive,
    runs: Sequence[int],
    *,
    actor: str,
    reason: str,
    now: str,
    progress: Progress | None = None,
) -> Withdrawn:
    """Undo the runs of one import, in order, whatever rests on them, inside the caller's `with
    archive.writer():`. For a home that was restored: they were withdrawn once already.

    Raises InputError where one is not there, HomeError where the key of the tombstones is missing.
    """
    imported = as_import(archive, find_run(archive, runs[-1]), tuple(runs))
    return _from_both(archive, imported, actor=actor, reason=reason, now=now, progress=progress)


def _from_both(
    archive: Archive,
    imported: Imported,
    *,
    actor: str,
    reason: str,
    now: str,
    progress: Progress | None,
) -> Withdrawn:
    done = [
        withdraw_from(
            archive, access, imported, actor=actor, reason=reason, now=now, progress=progress
        )
        for access in (Access.PRIVATE, Access.PUBLIC)
    ]
    # a file has a row in both
    return replace(done[0] + done[1], originals=done[0].originals)
