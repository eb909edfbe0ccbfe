"""A run: one account, one source, from its beginning to its end or to the kill that ended it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

import msgspec

from archiver import clock
from archiver.archive.destroying_bytes import finish_bytes
from archiver.archive.files import settle_incoming, sweep_incoming
from archiver.archive.leaves import row_leaf
from archiver.archive.rows import RowWriter
from archiver.archive.seals import adopt_seal
from archiver.archive.store import Archive
from archiver.archive.warc import cut_back
from archiver.archive.withdrawing_again import finish_withdrawals
from archiver.items import Access

ACTOR = "archiver"
OUTCOMES = ("complete", "partial", "failed", "interrupted")


@dataclass(frozen=True, slots=True)
class AccountRef:
    """What the archive keeps of a registered account, mirrored into `accounts`."""

    id: int
    platform: str
    handle: str
    display_name: str
    department: str
    division: str
    native_id: str | None
    account_class: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has begun."""

    id: int
    account: AccountRef
    source: str
    started_at: str


def write_audit(
    writer: RowWriter, *, actor: str, action: str, subject: str, detail: Mapping[str, Any]
) -> None:
    """Add a row to a file's own audit, inside the transaction of the change it tells of."""
    text = msgspec.json.encode(detail, order="sorted").decode()
    writer.add("audit", clock.now_text(), actor, action, subject, text)


def begin_run(archive: Archive, account: AccountRef, *, source: str) -> Run:
    """Begin a run: mirror the account, close what a kill left open, take the next number.

    Earlier runs of the same account and source that never ended become "interrupted" and their
    WARC files are cut back to what was committed. Raises BusyError, StorageError.
    """
    with archive.writer():
        finish_withdrawals(archive)
        writers = {access: RowWriter(archive.file(access)) for access in Access}
        number = 1 + max(_last_run(archive.file(access)) for access in Access)
        run = Run(number, account, source, clock.now_text())
        for access, writer in writers.items():
            connection = archive.file(access)
            _mirror(writer, account)
            for old in _unfinished(connection, account.id, source):
                cut_back(archive, access, old)
                _close(writer, old, "interrupted", {})
            _open(writer, (run.id, account.id, source, run.started_at))
            if is_import(source):
                _note_observed_before(connection, run)
            writer.flush()
        settle_incoming(archive)
    finish_bytes(archive)
    sweep_incoming(archive)
    return run


def finish_run(
    archive: Archive, run: Run, *, outcome: str, notes: Mapping[str, Any] | None = None
) -> None:
    """Close a run. `outcome` is complete, partial or failed; `notes` are counts and reasons.

    A run that another program has closed meanwhile stays as it is.
    """
    with archive.writer():
        for access in Access:
            writer = RowWriter(archive.file(access))
            close_run(writer, archive.file(access), run, outcome, notes or {})
            writer.flush()


def close_run(
    writer: RowWriter,
    connection: sqlite3.Connection,
    run: Run,
    outcome: str,
    notes: Mapping[str, Any],
) -> None:
    """Close a run in one of the files, inside the caller's transaction. As `finish_run`."""
    if outcome not in OUTCOMES:
        raise ValueError(f"no outcome {outcome!r}")
    if _is_open(connection, run.id):
        _close(writer, run.id, outcome, notes)


def recover(archive: Archive) -> int:
    """After a kill: cut every WARC file of an unended run back to what was committed, move
    committed files to their place, take over a seal or a withdrawal that only private.db holds, and
    finish on the disk what was destroyed. Runs stay unended until their next run begins.

    Returns how many runs were unended. Raises BusyError, StorageError.
    """
    with archive.writer():
        finish_withdrawals(archive)
        numbers = set()
        for access in Access:
            for row in archive.file(access).execute("SELECT id FROM runs WHERE outcome IS NULL"):
                cut_back(archive, access, int(row["id"]))
                numbers.add(int(row["id"]))
        settle_incoming(archive)
        adopt_seal(archive)
    finish_bytes(archive)
    return len(numbers)


def is_import(source: str) -> bool:
    """Whether runs of a source read a platform's data download."""
    return source.endswith("-download")


def _note_observed_before(connection: sqlite3.Connection, run: Run) -> None:
    """Keep what had been observed of the account before an import, for its withdrawal: nothing else
    tells it afterwards."""
    connection.execute(
        """
        INSERT INTO observed_before (run_id, kinds)
        SELECT ?, json_group_object(kind, at) FROM observed WHERE account_id = ?
        """,
        (run.id, run.account.id),
    )


def _last_run(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM runs").fetchone()[0])


def _unfinished(connection: sqlite3.Connection, account_id: int, source: str) -> list[int]:
    found = connection.execute(
        "SELECT id FROM runs WHERE account_id = ? AND source = ? AND outcome IS NULL ORDER BY id",
        (account_id, source),
    )
    return [int(row["id"]) for row in found]


def _is_open(connection: sqlite3.Connection, run_id: int) -> bool:
    found = connection.execute("SELECT outcome FROM runs WHERE id = ?", (run_id,)).fetchone()
    return found is not None and found["outcome"] is None


def _open(writer: RowWriter, values: tuple[Any, ...]) -> None:
    leaf = writer.leaf("run", row_leaf("run", values))
    writer.connection.execute(
        "INSERT INTO runs (id, account_id, source, started_at, leaf) VALUES (?, ?, ?, ?, ?)",
        (*values, leaf),
    )


def _close(writer: RowWriter, run_id: int, outcome: str, notes: Mapping[str, Any]) -> None:
    values = (
        run_id,
        clock.now_text(),
        outcome,
        msgspec.json.encode(notes, order="sorted").decode(),
    )
    writer.connection.execute(
        "UPDATE runs SET finished_at = ?, outcome = ?, notes = ?, end_leaf = ? WHERE id = ?",
        (*values[1:], writer.end("run end", values), run_id),
    )


def _mirror(writer: RowWriter, account: AccountRef) -> None:
    values = astuple(account)
    connection = writer.connection
    found = connection.execute(
        """
        SELECT id, platform, handle, display_name, department, division, native_id, account_class
        FROM accounts WHERE id = ?
        """,
        (account.id,),
    ).fetchone()
    if found is not None and tuple(found) == values:
        return
    connection.execute(
        """
        INSERT INTO accounts (id, platform, handle, display_name, department, division, native_id,
            account_class)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET platform = excluded.platform, handle = excluded.handle,
            display_name = excluded.display_name, department = excluded.department,
            division = excluded.division, native_id = excluded.native_id,
            account_class = excluded.account_class
        """,
        values,
    )
    write_audit(
        writer,
        actor=ACTOR,
        action="account",
        subject=f"account {account.id}",
        detail={"account": values},
    )
