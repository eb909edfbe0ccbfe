"""Execution: the protocol of DESIGN §4, in slices that survive a kill at any moment.

For each slice an intent is committed in office.db. Then, holding office.db's write lock and the
archive's, every check is made once more and what passes is destroyed; a hold placed meanwhile
either came first, and wins, or waits until the slice is gone. What a kill leaves is told by the
tombstones: the next run takes up the intent where it stands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver import clock
from archiver.archive.destroying import Authority, Doomed, destroy, is_destroyed
from archiver.archive.pairs import partners_of
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import RuleError
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.retention.dispositions.batches import (
    EXECUTING,
    KEPT,
    Batch,
    Listed,
    check_list,
    events_of,
    get_batch,
    items_by_number,
    items_of,
    note,
)
from archiver.retention.dispositions.building import require_trusted_system
from archiver.retention.dispositions.checks import Checker, Refusal
from archiver.retention.dispositions.copies import survey_batch
from archiver.retention.dispositions.finishing import End, finish
from archiver.retention.dispositions.guarding import check_clock
from archiver.retention.dispositions.holdings import RECORD
from archiver.retention.dispositions.outside import Outside
from archiver.retention.dispositions.proof import Needles
from archiver.retention.dispositions.routes import find_route
from archiver.retention.dispositions.steps import refuse_incomplete
from archiver.retention.reporting import FILES
from archiver.retention.standing import catch_up

SLICE = 500


@dataclass(frozen=True, slots=True)
class Work:
    """What an execution works with."""

    office: sqlite3.Connection
    archive: Archive
    settings: Settings
    accounts: Sequence[Account]
    outside: Outside
    actor: str
    progress: Progress | None = None

    def tell(self, what: str, done: int, total: int | None) -> None:
        """Say how far it is."""
        if self.progress:
            self.progress(what, done, total)


def execute(work: Work, number: str) -> Batch:
    """Execute a batch or removal, or go on with one that was interrupted; the batch as it is then.

    One at a time: the caller holds a lock for that. Raises RuleError where something is missing
    (naming what, and who can give it), the list was changed, or the clock cannot be trusted; what
    the archive raises (BusyError, StorageError) interrupts, and the next call goes on.
    """
    batch = get_batch(work.office, number)
    if batch.is_open and batch.number in work.outside.numbers():
        raise RuleError(
            f"{batch.number} was carried out already, as the ledger of destructions says; this "
            "home was restored from before that: withdraw it here"
        )
    refuse_incomplete(work.office, batch, work.accounts)
    route = find_route(batch.route)
    if route.needs_trusted_system:
        require_trusted_system(work.office, work.outside)
    check_clock(work.archive, work.office, [event.at for event in events_of(work.office, batch)])
    check_list(work.office, batch)
    resumed = batch.state == EXECUTING
    _begin(work, batch, resumed=resumed)
    survey_batch(work.office, work.archive, batch, actor=work.actor, progress=work.progress)
    needles = Needles(whole=not resumed or (batch.gone == 0 and not _open_slice(work, batch)))
    left = get_batch(work.office, number).waiting
    done = 0
    while numbers := _open_slice(work, batch) or _intend(work, batch):
        _carry_out(work, batch, needles)
        done += len(numbers)
        work.tell("destroying what was decided", min(done, left), left)
    return finish(ending(work, batch), batch, needles)


def ending(work: Work, batch: Batch) -> End:
    """What the end of an execution works with."""
    return End(
        *(work.office, work.archive, work.outside, authority_of(work.office, batch)),
        *(work.actor, work.progress),
    )


def interrupted(office: sqlite3.Connection) -> list[str]:
    """The numbers of batches and removals whose execution has begun and not ended."""
    found = rows(
        office,
        """
        SELECT number FROM dispositions AS d WHERE EXISTS (
            SELECT 1 FROM disposition_events WHERE batch_id = d.id AND what = 'execution begun')
        AND NOT EXISTS (
            SELECT 1 FROM disposition_events WHERE batch_id = d.id AND what = 'done')
        ORDER BY id
        """,
    )
    return [each["number"] for each in found]


def authority_of(office: sqlite3.Connection, batch: Batch) -> Authority:
    """What every tombstone of a batch says of the authority it went under."""
    route = find_route(batch.route)
    found = rows(
        office,
        "SELECT kind, number, dated_on FROM disposition_approvals AS a WHERE batch_id = ? "
        "AND number <> '' AND NOT EXISTS (SELECT 1 FROM disposition_withdrawals "
        "WHERE approval_id = a.id) ORDER BY id",
        batch.id,
    )
    numbered = [f"{each['kind']} {each['number']} of {each['dated_on']}" for each in found]
    words = ", ".join([f"{batch.act} under {route.section}", f"batch {batch.number}", *numbered])
    return Authority(batch.number, batch.act, words)


def _begin(work: Work, batch: Batch, *, resumed: bool) -> None:
    with write_transaction(work.office):
        fresh = get_batch(work.office, batch.number)
        refuse_incomplete(work.office, fresh, work.accounts)
        if resumed:
            note(work.office, fresh, "execution resumed", actor=work.actor)
        else:
            note(work.office, fresh, "execution begun", actor=work.actor)


def _open_slice(work: Work, batch: Batch) -> list[int]:
    """The places in the list of an intent that has no outcome yet."""
    found = row(
        work.office,
        "SELECT items FROM disposition_slices WHERE batch_id = ? AND done_at IS NULL "
        "ORDER BY id LIMIT 1",
        batch.id,
    )
    return [] if found is None else msgspec.json.decode(found["items"], type=list[int])


def _intend(work: Work, batch: Batch) -> list[int]:
    """Commit the intent to destroy the next slice; what may not go is kept now, with the reason."""
    while True:
        catch_up(work.office, work.archive, work.settings)
        with write_transaction(work.office):
            waiting = _next_waiting(work, batch)
            if not waiting:
                return []
            # a restored home knows by its tombstones what its office.db does not
            gone = {item.n for item in waiting if _is_gone(work, batch, item)}
            _note_gone(work, batch, gone, clock.now_text())
            left = [item for item in waiting if item.n not in gone]
            refusals = checker_for(work, batch).check_listed(left)
            keep_refused(work, batch, left, refusals)
            intended = [item.n for item in left if item.n not in refusals]
            if intended:
                work.office.execute(
                    "INSERT INTO disposition_slices (batch_id, items, intended_at, intended_by) "
                    "VALUES (?, ?, ?, ?)",
                    (
                        *(batch.id, msgspec.json.encode(intended).decode()),
                        *(clock.now_text(), work.actor),
                    ),
                )
        if intended:
            return intended


def _next_waiting(work: Work, batch: Batch) -> list[Listed]:
    waiting: list[Listed] = []
    for item in items_of(work.office, batch, only_waiting=True):
        # what was destroyed before decides whether a download is still cited: never in one slice
        if waiting and item.kind != waiting[0].kind:
            break
        if len(waiting) >= SLICE and not _count_as_one(work, waiting[-1], item):
            break
        waiting.append(item)
    return waiting


def _count_as_one(work: Work, one: Listed, other: Listed) -> bool:
    """Whether two records of the list are one: the list has them side by side, and no slice ends
    between them."""
    if (one.file, one.kind) != (other.file, RECORD) or other.kind != RECORD:
        return False
    conn = work.archive.file(FILES[one.file])
    return other.ref in partners_of(conn, [one.ref]).get(one.ref, ())


def _carry_out(work: Work, batch: Batch, needles: Needles) -> None:
    """Destroy the slice intended, and write its outcome."""
    authority = authority_of(work.office, batch)
    catch_up(work.office, work.archive, work.settings)
    with write_transaction(work.office):
        slice_items = items_by_number(work.office, batch, _open_slice(work, batch))
        items = [item for item in slice_items if item.outcome is None]
        now = clock.now_text()
        with work.archive.writer():
            gone = {item.n for item in items if _is_gone(work, batch, item)}
            left = [item for item in items if item.n not in gone]
            refusals = checker_for(work, batch).check_listed(left)
            doomed = [item for item in left if item.n not in refusals]
            _destroy(work, doomed, authority, needles, now)
        keep_refused(work, batch, left, refusals)
        went = [*gone, *(item.n for item in doomed)]
        _note_gone(work, batch, went, now)
        work.office.execute(
            "UPDATE disposition_slices SET done_at = ? WHERE batch_id = ? AND done_at IS NULL",
            (now, batch.id),
        )
        detail = {"holdings": len(went), "kept": len(refusals)}
        note(work.office, batch, "slice done", actor=work.actor, detail=detail)


def _destroy(
    work: Work, doomed: Sequence[Listed], authority: Authority, needles: Needles, now: str
) -> None:
    for file, access in FILES.items():
        here = [item for item in doomed if item.file == file]
        if not here:
            continue
        records = [item.ref for item in here if item.kind == RECORD]
        needles.take(work.archive.file(access), records)
        frozen = [
            Doomed(
                *(item.kind, item.ref, item.leaf),
                *(item.series, item.cutoff_on, item.retain_until),
            )
            for item in here
        ]
        destroy(work.archive, access, frozen, authority, now=now)


def _note_gone(work: Work, batch: Batch, places: Iterable[int], now: str) -> None:
    work.office.executemany(
        "UPDATE disposition_items SET outcome = ?, outcome_at = ? WHERE batch_id = ? AND n = ?",
        ((batch.act, now, batch.id, n) for n in places),
    )


def _is_gone(work: Work, batch: Batch, item: Listed) -> bool:
    """Whether an earlier attempt at this slice destroyed it: its tombstone names this batch."""
    found = is_destroyed(work.archive, FILES[item.file], item.kind, item.ref)
    return found is not None and found.number == batch.number


def keep_refused(
    work: Work, batch: Batch, items: Sequence[Listed], refusals: Mapping[int, Refusal]
) -> None:
    """Write down what stays and why."""
    kept = [item for item in items if item.n in refusals]
    if not kept:
        return
    now = clock.now_text()
    work.office.executemany(
        "UPDATE disposition_items SET outcome = ?, outcome_at = ?, reason = ? "
        "WHERE batch_id = ? AND n = ?",
        ((KEPT, now, refusals[item.n].words, batch.id, item.n) for item in kept),
    )
    detail = {"holdings": len(kept), "reason": refusals[kept[0].n].words}
    note(work.office, batch, "kept at execution", actor=work.actor, detail=detail)


def checker_for(work: Work, batch: Batch) -> Checker:
    """The checks of a batch, against the schedule in force at this moment."""
    route = find_route(batch.route)
    return Checker(
        *(work.office, work.archive, work.settings, work.accounts, route, work.outside),
        kept_record=str(batch.criteria.get("kept_record", "")),
    )
