"""The backups that lie in a target: which are this home's, and removing those no longer kept."""

from __future__ import annotations

import glob
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from archiver.archive.files import sync_folder
from archiver.archive.keys import public_keys
from archiver.config import BACKUP_FILE, Home
from archiver.database import write_transaction
from archiver.errors import ArchiverError, StorageError, UsageError
from archiver.locks import single_instance
from archiver.operations.backup_manifest import Manifest, read_manifest
from archiver.operations.backups import BackupMade, enter_backup, is_recorded, record_removal
from archiver.register.office import open_office

UNFINISHED = ".unfinished"
REMOVING = ".removing"
LOCK = ".backup.lock"
_NAME = re.compile(r"-(\d{8}T\d{6}Z)(?:-(\d+))?$")


def whole_backups(home: Home, target: Path) -> Iterator[tuple[Path, Manifest]]:
    """This home's finished backups in a target, newest first: signed with one of its keys."""
    own = public_keys(home.keys)
    for folder in _named_like_backups(target):
        try:
            manifest = read_manifest(folder)
        except ArchiverError:
            continue
        if manifest.key in own:
            yield folder, manifest


def _named_like_backups(target: Path) -> list[Path]:
    """Folders with the name of a finished backup, newest first. Each holds a long list of files: it
    is read only where it must be."""
    found = []
    for folder in target.glob("*/"):
        name = _NAME.search(folder.name)
        if name and not folder.is_symlink() and (folder / BACKUP_FILE).is_file():
            found.append((name[1], int(name[2] or 1), folder))
    return [folder for _, _, folder in sorted(found, reverse=True)]


def surplus_backups(home: Home, target: Path, keep: int) -> list[Path]:
    """The backups to remove so that the newest `keep` stay, oldest first. Raises UsageError."""
    if keep < 1:
        raise UsageError("--keep is a number of backups, 1 or more")
    return [folder for folder, _ in whole_backups(home, target)][keep:][::-1]


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
    own = public_keys(home.keys)
    with closing(open_office(home)) as office:
        for folder in _named_like_backups(target):
            if is_recorded(office, folder):
                continue
            try:
                manifest = read_manifest(folder)
            except ArchiverError:
                continue
            if manifest.key not in own:
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
