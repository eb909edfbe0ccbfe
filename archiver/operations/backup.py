"""Backing up a home while it runs.

A backup is written to ``<home>-<time>.unfinished`` in its target and gets its name only when every
byte is on the disk. What the newest backup there already holds is a hard link to it: backups are
never written to once they have their name, and no file of a home is ever linked.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import archiver
from archiver import clock
from archiver.archive.destroying import is_unfinished
from archiver.archive.files import sync_folder
from archiver.archive.keys import fingerprint, signing_key
from archiver.archive.seals import last_seal
from archiver.archive.store import Archive
from archiver.config import BACKUP_FILE, Home, require_open
from archiver.database import write_transaction
from archiver.errors import ArchiverError, BusyError, StorageError, UsageError
from archiver.locks import single_instance
from archiver.operations import ledger
from archiver.operations.backup_files import sources, top_folders
from archiver.operations.backup_keeping import (
    LOCK,
    UNFINISHED,
    adopt_backups,
    clear_leavings,
    made_of,
    whole_backups,
)
from archiver.operations.backup_manifest import FORMAT, Manifest, manifest_bytes, mode_of
from archiver.operations.backup_writing import LEDGER, Writing
from archiver.operations.backups import BackupMade, enter_backup, record_backup
from archiver.operations.clearing import clear_destroyed
from archiver.operations.snapshot import Snapshot, copy_database, count_tombstones, snapshot
from archiver.progress import Progress
from archiver.register.office import open_office

ATTEMPTS = 3
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup came to. `bytes` is what it holds, `copied` how many were new, `linked` how
    many files the backup before lent; `held_seconds` is how long writers had to wait; `wanting`
    names what the home itself lacks or holds damaged; `ledger` how the ledger's copies stand;
    `same_disk` is whether the target lies on the home's own disk."""

    folder: Path
    at: str
    files: int
    bytes: int
    copied: int
    linked: int
    seal: int | None
    root: str | None
    held_seconds: float
    wanting: tuple[str, ...]
    ledger: tuple[ledger.LedgerCopy, ...]
    same_disk: bool

    @property
    def whole(self) -> bool:
        """Whether everything the home's rows name is in it, unchanged."""
        return not self.wanting


def back_up(
    home: Home, target: Path, *, actor: str, progress: Progress | None = None
) -> BackupReport:
    """Make a backup of a home in the folder `target`, and enter it in office.db.

    Raises UsageError where the target cannot be one, BusyError where another backup is being made
    or destructions do not pause, StorageError where the target is full or cannot be written; then
    nothing is left there.
    """
    require_open(home)
    target = _usable(home, target)
    began = clock.now_text()
    with (
        single_instance(home.path / LOCK, "a backup of this archive"),
        single_instance(target / LOCK, f"a backup into {target}"),
    ):
        try:
            with _refusals(target):
                clear_leavings(home, target)
                adopt_backups(home, target, actor=actor)
                for _ in range(ATTEMPTS):
                    made = _attempt(home, target, actor, progress)
                    if made is not None:
                        return made
            raise BusyError(
                "records were being destroyed while the backup was made: nothing was kept; "
                "run it again when that has ended"
            )
        except ArchiverError as error:
            _note_failure(home, target, began, str(error), actor)
            raise


def _usable(home: Home, target: Path) -> Path:
    try:
        found = target.expanduser().resolve(strict=True)
    except (OSError, RuntimeError):
        raise UsageError(
            f"{target} is not there: mount the disk, or make the folder, and run it again"
        ) from None
    if not found.is_dir():
        raise UsageError(f"{target} is no folder")
    if found == home.path or home.path in found.parents:
        raise UsageError(f"{target} lies inside the archive home: a backup belongs outside it")
    if any((each / BACKUP_FILE).exists() for each in (found, *found.parents)):
        raise UsageError(f"{target} lies inside a backup: name the folder that holds the backups")
    return found


@contextmanager
def _refusals(target: Path) -> Iterator[None]:
    """What the target's disk refuses, as an error that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageError(
                f"{target} is full: no backup was made; make room there "
                "(--keep removes old backups) and run it again"
            ) from None
        where = error.filename or target
        raise StorageError(f"no backup was made: {where}: {error.strerror}") from None


def _attempt(
    home: Home, target: Path, actor: str, progress: Progress | None
) -> BackupReport | None:
    """One backup; None where something was destroyed meanwhile, so that it must not be kept."""
    settings = home.settings()
    ledger.begin_ledger(home, settings)
    uncleared = clear_destroyed(home, progress)
    before = next(whole_backups(home, target), None)
    with snapshot(home) as taken, ExitStack() as cleaning:
        if is_unfinished(taken.archive):
            return None
        folder = _new_folder(home, target, taken.at)
        cleaning.callback(shutil.rmtree, folder, ignore_errors=True)
        writing = Writing(home, folder, before, progress, wanting=list(uncleared))
        for name, connection in taken.files().items():
            copy_database(connection, folder / name, writing.told(name))
            writing.enter_written(name, mode_of(home.path / name))
        for source in sources(taken):
            writing.add(source)
        known = ledger.begin_ledger(home, settings)
        writing.add_bytes(LEDGER, b"".join(line + b"\n" for line in known.lines))
        manifest = _manifest(taken, settings.agency, writing, known)
        writing.finish(manifest_bytes(manifest, signing_key(home.keys)))
        final = folder.with_name(folder.name.removesuffix(UNFINISHED))
        made = replace(made_of(final, manifest), copied=writing.copied)
        if not _enter(taken, made, folder, actor):
            return None
        cleaning.pop_all()
    return BackupReport(
        folder=final,
        at=made.at,
        files=made.files,
        bytes=made.bytes,
        copied=made.copied,
        linked=writing.linked,
        seal=made.seal,
        root=made.root,
        held_seconds=round(taken.held, 4),
        wanting=tuple(manifest.wanting),
        ledger=tuple(ledger.catch_up(home, settings)),
        same_disk=target.stat().st_dev == home.path.stat().st_dev,
    )


def _enter(taken: Snapshot, made: BackupMade, folder: Path, actor: str) -> bool:
    """Give the backup its name and enter it, unless something was destroyed since the snapshot.

    Both happen under the writer lock, so a backup either holds nothing that was destroyed before it
    got its name, or stands in office.db before the destruction ends and its certificate is written.
    """
    home = taken.home
    with (
        closing(open_office(home)) as office,
        Archive.open(home, whole=True) as now,
        now.alone(),
    ):
        if count_tombstones(now) != taken.tombstones():
            return False
        with write_transaction(office):
            enter_backup(office, replace(made, finished_at=clock.now_text()), actor=actor)
            folder.rename(made.folder)
            sync_folder(made.folder.parent)
    return True


def _note_failure(home: Home, target: Path, began: str, message: str, actor: str) -> None:
    """Enter that a backup failed, where office.db takes it."""
    nothing = BackupMade(
        0, "", str(target), began, clock.now_text(), 0, 0, 0, None, None, "failed", message
    )
    try:
        with closing(open_office(home)) as office:
            record_backup(office, nothing, actor=actor)
    except ArchiverError:
        return


def _new_folder(home: Home, target: Path, at: str) -> Path:
    stem = f"{home.path.name}-{at.replace('-', '').replace(':', '')}"
    name, number = stem, 1
    while (target / name).exists() or (target / f"{name}{UNFINISHED}").exists():
        number += 1
        name = f"{stem}-{number}"
    folder = target / f"{name}{UNFINISHED}"
    folder.mkdir(mode=0o700)
    return folder


def _manifest(taken: Snapshot, agency: str, writing: Writing, known: ledger.Ledger) -> Manifest:
    sealed = last_seal(taken.archive.public)
    return Manifest(
        format=FORMAT,
        program=archiver.__version__,
        agency=agency,
        home=taken.home.path.name,
        at=taken.at,
        seal=sealed.n if sealed else None,
        root=sealed.root.hex() if sealed else None,
        ledger_lines=len(known.lines),
        ledger_head=known.head,
        folders={path.name: mode_of(path) for path in top_folders(taken.home)},
        files=writing.files,
        wanting=writing.wanting,
        key=fingerprint(signing_key(taken.home.keys).public_key()),
    )
