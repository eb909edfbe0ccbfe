"""One file's part of a withdrawal, and finishing what a kill between the two commits left."""

from __future__ import annotations

import msgspec

from archiver.archive.dooming import Act, all_rows
from archiver.archive.rows import RowWriter
from archiver.archive.store import Archive
from archiver.archive.tombstones import WITHDRAWN, Authority
from archiver.archive.withdrawing_counts import Trace, Withdrawn, went_of
from archiver.archive.withdrawing_others import (
    forget_positions,
    observe_as_before,
    withdraw_originals,
    withdraw_people,
    withdraw_rows,
)
from archiver.archive.withdrawing_part import Part
from archiver.archive.withdrawing_records import withdraw_records
from archiver.archive.withdrawing_scope import Imported, withdrawn_runs
from archiver.decoding import decoder
from archiver.items import Access
from archiver.progress import Progress

AUDITED = "import withdrawn"


def withdraw_from(
    archive: Archive,
    access: Access,
    imported: Imported,
    *,
    actor: str,
    reason: str,
    now: str,
    progress: Progress | None = None,
) -> Withdrawn:
    """Undo in one file what an import brought to it, inside the caller's write transaction."""
    authority = Authority(imported.number, WITHDRAWN, f"withdrawn with {imported.number}")
    act = Act(archive, access, authority, now)
    part = Part(act.connection, imported.runs)
    done = (
        withdraw_records(act, part, progress)
        + withdraw_people(act, part)
        + withdraw_rows(act, part)
        + withdraw_originals(act, imported)
    )
    observe_as_before(act, imported)
    forget_positions(act.connection, imported)
    _leave_trace(archive, access, imported, done, actor=actor, reason=reason, now=now)
    return done


def finish_withdrawals(archive: Archive) -> None:
    """Do in archive.db what a kill between the two commits of a withdrawal left undone there.

    Inside the caller's `with archive.writer():`; costs a look where there is nothing."""
    left = withdrawn_runs(archive.private) - withdrawn_runs(archive.public)
    named: dict[int, list[int]] = {}
    for run in sorted(left):
        named.setdefault(trace_of(archive, run).run, []).append(run)
    for run, runs in named.items():
        actor, reason, at = all_rows(
            archive.private, "SELECT actor, reason, at FROM withdrawals WHERE run_id = ?", run
        )[0]
        account_id, source = all_rows(
            archive.public, "SELECT account_id, source FROM runs WHERE id = ?", run
        )[0]
        trace = trace_of(archive, run)
        imported = Imported(
            *(run, tuple(runs), account_id, source, trace.digest, trace.files),
            ended=trace.ended,
        )
        withdraw_from(archive, Access.PUBLIC, imported, actor=actor, reason=reason, now=at)


_read_trace = decoder(Trace)


def trace_of(archive: Archive, run: int) -> Trace:
    """What private.db says of the withdrawal of a run. Raises KeyError where it was not."""
    found = all_rows(archive.private, "SELECT detail FROM withdrawals WHERE run_id = ?", run)
    if not found:
        raise KeyError(run)
    return _read_trace(found[0][0])


def _leave_trace(
    archive: Archive,
    access: Access,
    imported: Imported,
    done: Withdrawn,
    *,
    actor: str,
    reason: str,
    now: str,
) -> None:
    files = imported.files
    if access is not Access.PRIVATE:
        files = tuple(msgspec.structs.replace(each, name=None) for each in files)
    whole = Trace(imported.run, imported.digest, files, imported.ended, went_of(done))
    rows = RowWriter(archive.file(access))
    for run in imported.runs:
        trace = whole if run == imported.run else Trace(imported.run)
        rows.add("withdrawal", run, now, actor, reason, _text(trace))
    detail = {
        "reason": reason,
        "runs": imported.runs,
        "files": files,
        "went": whole.went,
    }
    rows.add("audit", now, actor, AUDITED, f"run {imported.run}", _text(detail))
    rows.flush()


def _text(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
