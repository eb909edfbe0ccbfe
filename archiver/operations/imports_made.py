"""The imports that were made: what each brought, how it stands, and its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.archive.dooming import all_rows
from archiver.archive.store import Archive
from archiver.archive.withdrawing_counts import Trace
from archiver.archive.withdrawing_scope import FileRead, RunRow, find_run, runs_where
from archiver.decoding import decoder
from archiver.errors import InputError

UNDER_WAY = "not ended"
UNCHANGED = "unchanged"
WITHDRAWN = "withdrawn"
COUNTED = ("stored", "versions", "duplicates", "people", "media", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That an import was withdrawn: by which run it is known, when (UTC), by whom and why, how much
    went (by the names of `Withdrawn`, both evidence files together) and the files it had read."""

    run: int
    at: str
    actor: str
    reason: str
    went: Mapping[str, int]
    files: tuple[FileRead, ...]


@dataclass(frozen=True, slots=True)
class ImportMade:
    """A run that read a download. `outcome` is that of the run (complete, partial, failed,
    interrupted), or "unchanged" where the file had been imported before, "not ended" while it runs
    or after a kill, "withdrawn". `counts` has the names of `COUNTED`; `report` is empty where the
    run stored none."""

    run: int
    account_id: int
    source: str
    started_at: str
    finished_at: str | None
    outcome: str
    files: tuple[FileRead, ...]
    counts: Mapping[str, int]
    withdrawn: Withdrawal | None
    report: Mapping[str, Any]


def imports_made(archive: Archive, *, account_id: int | None = None) -> list[ImportMade]:
    """All imports of all accounts or of one, newest first."""
    wanted = "source LIKE '%-download' AND (?1 IS NULL OR account_id = ?1)"
    found = runs_where(archive.public, wanted, account_id)
    return [_made(archive, row) for row in found][::-1]


def import_made(archive: Archive, run: int) -> ImportMade:
    """One import. Raises InputError where there is no such run, or it read no download."""
    row = find_run(archive, run)
    if not row.source.endswith("-download"):
        raise InputError(f"run {run} is no import but a run of {row.source}")
    return _made(archive, row)


def _made(archive: Archive, row: RunRow) -> ImportMade:
    withdrawn = _withdrawal(archive, row.id)
    if withdrawn is not None:
        outcome = WITHDRAWN
    elif row.unchanged:
        outcome = UNCHANGED
    else:
        outcome = row.outcome or UNDER_WAY
    counts = {name: row.notes[name] for name in COUNTED if isinstance(row.notes.get(name), int)}
    report = row.notes.get("report")
    return ImportMade(
        row.id,
        row.account_id,
        row.source,
        row.started_at,
        row.finished_at,
        outcome,
        withdrawn.files if withdrawn else _files(archive, row),
        counts,
        withdrawn,
        report if isinstance(report, dict) else {},
    )


def _files(archive: Archive, row: RunRow) -> tuple[FileRead, ...]:
    """The files a run read, as far as its notes and the rows of originals say."""
    named = [row.digest, *row.notes.get("files", ())]
    return tuple(
        FileRead(digest.hex(), size, name)
        for digest, size, name in all_rows(
            archive.private,
            """
            SELECT sha256, size, name FROM originals
            WHERE run_id = ? OR lower(hex(sha256)) IN (SELECT value FROM json_each(?)) ORDER BY id
            """,
            *(row.id, msgspec.json.encode(named).decode()),
        )
    )


_read_trace = decoder(Trace)


def _withdrawal(archive: Archive, run: int) -> Withdrawal | None:
    went: dict[str, int] = {}
    told = None
    for connection in (archive.public, archive.private):
        for named, at, actor, reason, detail in all_rows(
            connection,
            """
            SELECT w.run_id, w.at, w.actor, w.reason, w.detail FROM withdrawals AS w
            WHERE w.run_id = (
                SELECT json_extract(detail, '$.run') FROM withdrawals WHERE run_id = ?)
            """,
            run,
        ):
            trace = _read_trace(detail)
            for name, count in trace.went.items():
                # a file that was read has a row in both evidence files
                went[name] = count if name == "originals" else went.get(name, 0) + count
            told = Withdrawal(named, at, actor, reason, went, trace.files)
    return told
