"""What office.db knows of backups: made, removed, and restores that were tested."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from archiver import clock
from archiver.config import Home, Settings
from archiver.database import connect_read_only, row, rows, write_transaction
from archiver.register.office import audit

_HELD = """
    FROM backups WHERE outcome <> 'failed'
    AND NOT EXISTS (SELECT 1 FROM backups_removed WHERE backup_id = backups.id)
"""
"""Backups that still hold their copies, as far as this program knows."""


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup as it was recorded. `at` is the moment it shows the home at (UTC); `files` and
    `bytes` are what it holds, `copied` how many bytes were new; `outcome` is complete, partial
    (something of the home was missing or damaged) or failed."""

    id: int
    name: str
    target: str
    at: str
    finished_at: str
    files: int
    bytes: int
    copied: int
    seal: int | None
    root: str | None
    outcome: str
    message: str

    @property
    def folder(self) -> Path:
        """Where it was written."""
        return Path(self.target) / self.name


@dataclass(frozen=True, slots=True)
class RestoreTest:
    """A restore that was tried: of which backup (made at `made_at`), when, how long it took, and
    whether the restored home verified. `detail` has the counts, or what was wrong."""

    backup: str
    target: str
    made_at: str | None
    at: str
    seconds: float
    outcome: str
    detail: dict[str, object]
    actor: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """A batch or removal carried out after a backup was made and carried out again when that backup
    was restored. `absent` holdings were not in the backup; `unmatched` ones are there in another
    form (file, kind, id) and were left for a person to decide."""

    number: str
    act: str
    authority: str
    executed_at: str
    replayed_at: str
    backup: str
    destroyed: int
    absent: int
    unmatched: tuple[tuple[str, str, int], ...]


def record_backup(office: sqlite3.Connection, made: BackupMade, *, actor: str) -> int:
    """Enter a backup (its `id` is given here) and return its number. Raises BusyError."""
    with write_transaction(office):
        return enter_backup(office, made, actor=actor)


def enter_backup(office: sqlite3.Connection, made: BackupMade, *, actor: str) -> int:
    """`record_backup` inside the caller's transaction."""
    added = office.execute(
        """
        INSERT INTO backups (name, target, at, finished_at, files, bytes, copied, seal, root,
            outcome, message)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(made.name, made.target, made.at, made.finished_at, made.files, made.bytes),
            *(made.copied, made.seal, made.root, made.outcome, made.message),
        ),
    )
    audit(
        office,
        actor=actor,
        action=f"backup {made.outcome}",
        subject=f"backup {made.name}",
        detail={"target": made.target, "files": made.files, "bytes": made.bytes, "at": made.at},
    )
    return int(added.lastrowid or 0)


def record_removal(office: sqlite3.Connection, folder: Path, *, actor: str) -> None:
    """Note that a backup holds its copies no more. Raises BusyError."""
    with write_transaction(office):
        found = row(
            office,
            f"SELECT id {_HELD} AND name = ? AND target = ? ORDER BY id DESC",
            folder.name,
            str(folder.parent),
        )
        if found is not None:
            office.execute(
                "INSERT INTO backups_removed (backup_id, at, actor) VALUES (?, ?, ?)",
                (found["id"], clock.now_text(), actor),
            )
        audit(
            office,
            actor=actor,
            action="backup removed",
            subject=f"backup {folder.name}",
            detail={"target": str(folder.parent)},
        )


def is_recorded(office: sqlite3.Connection, folder: Path) -> bool:
    """Whether a backup at that place was entered and not removed since."""
    return (
        row(
            office,
            f"SELECT 1 {_HELD} AND name = ? AND target = ?",
            folder.name,
            str(folder.parent),
        )
        is not None
    )


def record_restore_test(office: sqlite3.Connection, test: RestoreTest) -> None:
    """Enter a tested restore. Raises BusyError."""
    with write_transaction(office):
        office.execute(
            """
            INSERT INTO restore_tests (backup, target, made_at, at, seconds, outcome, detail, actor)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                *(test.backup, test.target, test.made_at, test.at, test.seconds, test.outcome),
                *(msgspec.json.encode(test.detail).decode(), test.actor),
            ),
        )
        audit(
            office,
            actor=test.actor,
            action=f"restore test {test.outcome}",
            subject=f"backup {test.backup}",
            detail={"seconds": test.seconds},
        )


def last_backup(office: sqlite3.Connection) -> BackupMade | None:
    """The newest backup that ended, or None."""
    found = row(office, "SELECT * FROM backups WHERE outcome <> 'failed' ORDER BY at DESC, id DESC")
    return None if found is None else BackupMade(*found)


def backups_before(office: sqlite3.Connection, when: str) -> list[BackupMade]:
    """Backups made at `when` (UTC) or earlier that have not been removed since, oldest first: what
    was destroyed at that time may still lie in them."""
    found = rows(office, f"SELECT * {_HELD} AND at <= ? ORDER BY at, id", when)
    return [BackupMade(*each) for each in found]


def restore_tests(office: sqlite3.Connection, *, limit: int = 20) -> list[RestoreTest]:
    """Restores that were tested, newest first."""
    found = rows(
        office,
        """
        SELECT backup, target, made_at, at, seconds, outcome, detail, actor
        FROM restore_tests ORDER BY id DESC LIMIT ?
        """,
        limit,
    )
    return [
        RestoreTest(*(*each[:6], msgspec.json.decode(each["detail"]), each["actor"]))
        for each in found
    ]


def last_restore_test(office: sqlite3.Connection) -> RestoreTest | None:
    """The newest restore that was tested, passed or failed; None: there has been none."""
    found = restore_tests(office, limit=1)
    return found[0] if found else None


def replayed(office: sqlite3.Connection) -> list[Replayed]:
    """What a restore replayed from the ledger of destructions, in the order it was carried out."""
    found = rows(
        office,
        """
        SELECT number, act, authority, executed_at, replayed_at, backup, destroyed, absent,
            unmatched
        FROM replayed ORDER BY id
        """,
    )
    return [
        Replayed(*(*each[:8], tuple(map(tuple, msgspec.json.decode(each["unmatched"])))))
        for each in found
    ]


def known_targets(home: Home) -> list[str]:
    """The folders that hold backups of this home which have not been removed."""
    with closing(connect_read_only(home.office_db)) as office:
        try:
            found = rows(office, f"SELECT DISTINCT target {_HELD} ORDER BY target")
        except sqlite3.OperationalError:
            # a home from before backups were recorded
            return []
    return [str(each["target"]) for each in found]


def backup_is_old(made: BackupMade | None, settings: Settings) -> bool:
    """Whether the last backup is missing or older than the settings allow."""
    return made is None or _days_since(made.at) > settings.backup.stale_after_days


def restore_test_is_old(test: RestoreTest | None, settings: Settings) -> bool:
    """Whether the last tested restore is missing, failed or older than the settings allow."""
    if test is None or test.outcome != "passed":
        return True
    return _days_since(test.at) > settings.backup.test_after_days


def _days_since(moment: str) -> float:
    return (clock.now() - clock.parse(moment)).total_seconds() / 86400
