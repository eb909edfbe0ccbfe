"""The backups that lie in a target: which are this home's, and removing those no longer kept."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from archiver.archive.files import sync_folder
from archiver.archive.keys import public_keys
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import ArchiverError, StorageError, UsageError
from archiver.operations.backup_manifest import Manifest, read_manifest
from archiver.operations.backups import BackupMade, enter_backup, is_recorded, record_removal
from archiver.operations.locks import single_instance
from archiver.register.office import open_office

UNFINISHED = ".unfinished"
REMOVING = ".removing"
LOCK = ".backup.lock"


def whole_backups(home: Home, target: Path) -> list[tuple[Path, Manifest]]:
    """This home's finished backups in a target, oldest first: signed with one of its keys."""
    own = public_keys(home.keys)
    found = []
    for folder in target.glob(f"{glob.escape(home.path.name)}-*/"):
        if folder.is_symlink() or folder.name.endswith((UNFINISHED, REMOVING)):
            continue
        try:
            manifest = read_manifest(folder)
        except ArchiverError:
            continue
        if manifest.key in own:
            found.append((folder, manifest))
    return sorted(found, key=lambda each: (each[1].at, len(each[0].name), each[0].name))


def surplus_backups(home: Home, target: Path, keep: int) -> list[Path]:
    """The backups to remove so that the newest `keep` stay, oldest first. Raises UsageError."""
    if keep < 1:
        raise UsageError("--keep is a number of backups, 1 or more")
    return [folder for folder, _ in whole_backups(home, target)[:-keep]]


def prune(home: Home, folders: Sequence[Path], *, actor: str) -> None:
    """Remove backups that `surplus_backups` named. Raises StorageError, BusyError."""
    for folder in folders:
        target = folder.parent
        with single_instance(target / LOCK, f"a backup into {target}"):
            leaving = folder.with_name(folder.name + REMOVING)
            try:
                folder.rename(leaving)
                sync_folder(target)
                shutil.rmtree(leaving)
            except OSError as error:
                raise StorageError(f"{folder} cannot be removed: {error.strerror}") from None
            with closing(open_office(home)) as office:
                record_removal(office, folder, actor=actor)


def clear_leavings(home: Home, target: Path) -> None:
    """Remove what a kill left: backups that have no name yet, and such as were being removed.

    Call it under the target's lock. Raises OSError.
    """
    for end in (UNFINISHED, REMOVING):
        for left in target.glob(f"{glob.escape(home.path.name)}-*{end}/"):
            shutil.rmtree(left)
            if end == REMOVING:
                with closing(open_office(home)) as office:
                    gone = left.with_name(left.name.removesuffix(REMOVING))
                    record_removal(office, gone, actor="archiver")


def adopt_backups(home: Home, target: Path, *, actor: str) -> int:
    """Enter backups of this home that office.db does not know: made while a restored home was
    another, or named just before a kill. Returns how many. Raises BusyError."""
    added = 0
    with closing(open_office(home)) as office:
        for folder, manifest in whole_backups(home, target):
            if is_recorded(office, folder):
                continue
            with write_transaction(office):
                enter_backup(office, made_of(folder, manifest), actor=actor)
            added += 1
    return added


def made_of(folder: Path, manifest: Manifest) -> BackupMade:
    """A backup as office.db keeps it, from what it says of itself."""
    size = sum(kept.size for kept in manifest.files.values())
    return BackupMade(
        id=0,
        name=folder.name,
        target=str(folder.parent),
        at=manifest.at,
        finished_at=manifest.at,
        files=len(manifest.files),
        bytes=size,
        copied=size,
        seal=manifest.seal,
        root=manifest.root,
        outcome="partial" if manifest.wanting else "complete",
        message="; ".join(manifest.wanting[:3]),
    )
