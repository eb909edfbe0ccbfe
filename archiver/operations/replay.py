"""Carrying out again, in a restored home, what was destroyed or withdrawn since its backup.

A holding goes only where file, kind, id and leaf are those the ledger names. What is there under
the same id with another leaf is reported and left: people decide on it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec

from archiver import clock
from archiver.archive.destroying import (
    Authority,
    Doomed,
    destroy,
    destroy_exchanges,
    finish_bytes,
    scrub,
)
from archiver.archive.rows import RowWriter
from archiver.archive.runs import write_audit
from archiver.archive.store import Archive
from archiver.archive.surveying import copies_of
from archiver.archive.tombstones import WITHDRAWN
from archiver.archive.withdrawing import withdraw_runs
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import StorageError
from archiver.items import Access
from archiver.operations.backup_keeping import made_of
from archiver.operations.backup_manifest import Manifest
from archiver.operations.backups import enter_backup, is_recorded
from archiver.operations.ledger import Destruction, Ledger, destructions
from archiver.progress import Progress
from archiver.register.office import audit, open_office
from archiver.retention.reporting import FILES
from archiver.staff.schema import open_staff

SLICE = 500
_T = TypeVar("_T")

_LEAVES = {
    "record": """
        SELECT r.id, l.hash, r.series, r.cutoff_on, r.retain_until FROM records AS r
        JOIN versions AS v ON v.id = r.version_id JOIN leaves AS l ON l.seq = v.leaf
        WHERE r.id IN (SELECT value FROM json_each(?))
        """,
    **{
        kind: f"""
        SELECT t.id, l.hash, NULL, NULL, NULL FROM {table} AS t JOIN leaves AS l ON l.seq = t.leaf
        WHERE t.id IN (SELECT value FROM json_each(?))
        """
        for kind, table in (
            ("subscriber", "subscribers"),
            ("unread", "skipped"),
            ("original", "originals"),
            ("exchange", "exchanges"),
            ("run", "runs"),
        )
    },
}
"""Holdings as they stand now, in the order in which they can go: number, leaf, series and dates."""

_TOMBSTONE = {kind: "skipped" if kind == "unread" else kind for kind in _LEAVES}


class Replay(msgspec.Struct, frozen=True):
    """A batch or removal to carry out again: how many of its holdings the backup holds (`doomed`),
    how many it does not (`absent`), and those it holds in another form (file, kind, id)."""

    number: str
    act: str
    authority: str
    executed_at: str
    doomed: int
    absent: int
    unmatched: list[tuple[str, str, int]]


class _Standing(msgspec.Struct):
    """How the holdings of one batch stand in the home."""

    doomed: dict[str, list[Doomed]]
    gone: int = 0
    absent: int = 0
    unmatched: list[tuple[str, str, int]] = []


def plan_replay(home: Home, known: Ledger) -> list[Replay]:
    """What of the ledger the home does not know of yet. Changes nothing."""
    planned = []
    with Archive.open(home, whole=True) as archive:
        for told in destructions(known):
            stands = _standing(archive, told)
            if stands.gone == len(told.holdings):
                continue
            planned.append(
                Replay(
                    told.number,
                    told.act,
                    told.authority,
                    told.executed_at,
                    sum(map(len, stands.doomed.values())),
                    stands.absent,
                    stands.unmatched,
                )
            )
    return planned


def replay(
    home: Home, known: Ledger, planned: Sequence[Replay], *, progress: Progress | None = None
) -> None:
    """Carry out what `plan_replay` planned, or what a kill left of it, down to the last byte.

    Raises RuleError where something cannot go because what stays rests on it, StorageError where
    bytes could not be cleared.
    """
    numbers = {each.number for each in planned}
    with Archive.open(home, write=True) as archive:
        for told in destructions(known):
            if told.number in numbers:
                if progress:
                    progress(f"replaying {told.number}", 0, len(told.holdings))
                _carry_out(archive, told, progress)
        finish_bytes(archive)
        cleared = scrub(archive, progress)
        if not cleared.done:
            raise StorageError(f"{cleared.not_yet[0]}: end what reads it, then restore again")


def record_restore(
    home: Home,
    backup: Path,
    manifest: Manifest,
    planned: Sequence[Replay],
    *,
    known: Ledger | None,
    reason: str | None,
    actor: str,
) -> None:
    """Write down in the restored home what it was restored from and what was replayed, and end all
    sessions: one revoked since the backup would be open again. Harmless to repeat."""
    with closing(open_office(home)) as office, write_transaction(office):
        for each in planned:
            office.execute(
                """
                INSERT OR IGNORE INTO replayed (number, act, authority, executed_at, replayed_at,
                    backup, destroyed, absent, unmatched)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                (
                    *(each.number, each.act, each.authority, each.executed_at, clock.now_text()),
                    *(backup.name, each.doomed, each.absent),
                    msgspec.json.encode(each.unmatched).decode(),
                ),
            )
        if not is_recorded(office, backup):
            enter_backup(office, made_of(backup, manifest), actor=actor)
        audit(
            office,
            actor=actor,
            action="home restored",
            subject=f"backup {backup.name}",
            detail={
                "made at": manifest.at,
                "ledger lines": len(known.lines) if known else None,
                "replayed": [each.number for each in planned],
                **({"without a ledger because": reason} if reason else {}),
            },
        )
    with closing(open_staff(home)) as staff, write_transaction(staff):
        staff.execute(
            "UPDATE sessions SET revoked_at = ? WHERE revoked_at IS NULL", (clock.now_text(),)
        )
        staff.execute(
            "INSERT INTO audit (at, actor, action, subject) VALUES (?, ?, 'sessions ended', ?)",
            (clock.now_text(), actor, f"restore of {backup.name}"),
        )


def _standing(archive: Archive, told: Destruction) -> _Standing:
    stands = _Standing({file: [] for file in FILES})
    for file, access in FILES.items():
        for kind in _LEAVES:
            wanted = {ref: leaf for f, k, ref, leaf in told.holdings if (f, k) == (file, kind)}
            for refs in _sliced(sorted(wanted)):
                _look(archive, access, file, kind, {ref: wanted[ref] for ref in refs}, stands)
    return stands


def _look(
    archive: Archive,
    access: Access,
    file: str,
    kind: str,
    wanted: dict[int, str],
    stands: _Standing,
) -> None:
    connection = archive.file(access)
    ids = msgspec.json.encode(sorted(wanted)).decode()
    found = {row[0]: tuple(row) for row in connection.execute(_LEAVES[kind], (ids,))}
    buried = {
        row[0]
        for row in connection.execute(
            """
            SELECT ref FROM tombstones
            WHERE kind = ?1 AND ref IN (SELECT value FROM json_each(?2))
            UNION ALL
            SELECT run_id FROM withdrawals
            WHERE ?1 = 'run' AND run_id IN (SELECT value FROM json_each(?2))
            """,
            (_TOMBSTONE[kind], ids),
        )
    }
    for ref, leaf in wanted.items():
        if ref in buried:
            stands.gone += 1
        elif ref not in found:
            stands.absent += 1
        elif found[ref][1].hex() != leaf:
            stands.unmatched.append((file, kind, ref))
        else:
            stands.doomed[file].append(Doomed(kind, ref, leaf, *found[ref][2:]))


def _carry_out(archive: Archive, told: Destruction, progress: Progress | None) -> None:
    """Destroy what is left of one batch: exchanges first, because which of them hold a record can
    be told only while the record is there."""
    stands = _standing(archive, told)
    if not any(stands.doomed.values()):
        return
    if told.act == WITHDRAWN:
        _withdraw(archive, told, [one.id for one in stands.doomed["archive"]], progress)
        return
    authority = Authority(told.number, told.act, told.authority)
    now = clock.now_text()
    exchanges = _exchanges(archive, stands, progress)
    for part in _sliced(sorted(exchanges)):
        with archive.writer():
            destroy_exchanges(archive, part, authority, now=now)
    done = 0
    for kind in ("record", "subscriber", "unread", "original"):
        for file, access in FILES.items():
            for doomed in _sliced([one for one in stands.doomed[file] if one.kind == kind]):
                with archive.writer():
                    destroy(archive, access, doomed, authority, now=now)
                done += len(doomed)
                if progress:
                    progress(f"replaying {told.number}", done, len(told.holdings))
    with archive.writer():
        for access in Access:
            writer = RowWriter(archive.file(access))
            write_audit(
                writer,
                actor="archiver restore",
                action="destruction replayed",
                subject=told.number,
                detail={"act": told.act, "executed_at": told.executed_at},
            )
            writer.flush()


def _withdraw(
    archive: Archive, told: Destruction, runs: Sequence[int], progress: Progress | None
) -> None:
    """Withdraw again what the backup holds of an import: the runs that it knows of."""
    with archive.writer():
        withdraw_runs(
            *(archive, sorted(runs)),
            actor="archiver restore",
            reason=f"carried out again, as on {told.executed_at}: {told.authority}",
            now=clock.now_text(),
            progress=progress,
        )


def _exchanges(
    archive: Archive, stands: _Standing, progress: Progress | None
) -> set[tuple[Access, int]]:
    """The exchanges the ledger names, and those whose bytes hold what is doomed."""
    doomed = [(FILES[file], one) for file, listed in stands.doomed.items() for one in listed]
    records: dict[Access, list[int]] = {access: [] for access in Access}
    for access, one in doomed:
        if one.kind == "record":
            records[access].append(one.id)
    people = [one.id for _, one in doomed if one.kind == "subscriber"]
    survey = copies_of(archive, records, progress, people=people, quotations=False)
    return {(each.access, each.id) for each in survey.exchanges} | {
        (access, one.id) for access, one in doomed if one.kind == "exchange"
    }


def _sliced(listed: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(listed), SLICE):
        yield listed[start : start + SLICE]
