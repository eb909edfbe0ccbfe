"""Where volumes are made, and how they come into place.

A kill before a production is entered leaves a staging folder that the next one clears away; a kill
after it leaves finished folders that the next one moves. A volume is never written over.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from archiver.archive.files import sync_folder
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import BusyError, StorageError
from archiver.locks import held
from archiver.production import ledger
from archiver.production.manifest import NAME, sha256

STAGING = ".making-"
LOCK = ".making.lock"
BESIDE = (".zip", ".proof.json")
"""What of a volume lies beside its folder, by the ending after the folder's name."""


def alone(home: Home) -> AbstractContextManager[None]:
    """One production at a time: page numbers are one sequence for the whole city. Raises
    BusyError."""
    home.productions.mkdir(parents=True, exist_ok=True)
    return held(
        home.productions / LOCK,
        lambda by: f"another production is being made{by}: wait for it and try again",
    )


@contextmanager
def staging(home: Home, office: sqlite3.Connection) -> Iterator[Path]:
    """A folder for the making of volumes; it stays only where they were entered.

    Raises StorageError where the disk is full or cannot be written.
    """
    folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=home.productions))
    try:
        folder.chmod(0o750)
        yield folder
    except BaseException as error:
        if not ledger.is_entered(office, folder.name):
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise StorageError(
                f"the volume could not be written ({error.strerror}): nothing was produced, "
                "free some space and try again"
            ) from error
        raise


def recover_productions(home: Home, office: sqlite3.Connection) -> int:
    """Finish what a kill left: finished volumes are moved into place, unfinished ones cleared away.

    Gives how many volumes came into place. It costs one query and one look at a folder where
    nothing is left over, and does nothing while a production is being made, which does the same
    itself; so it can be called at any start. Raises StorageError where the folder of productions
    cannot be written.
    """
    try:
        with alone(home):
            before = len(ledger.unmoved(office, home))
            finish_moves(home, office)
            return before - len(ledger.unmoved(office, home))
    except BusyError:
        return 0


def finish_moves(home: Home, office: sqlite3.Connection) -> None:
    """Move what was entered into place and clear away the rest. Raises StorageError."""
    try:
        for production_id, staging, folder, digest in ledger.unmoved(office, home):
            _move(home, staging, folder)
            if _is_there(folder, digest):
                with write_transaction(office):
                    ledger.mark_moved(office, production_id)
        for left in home.productions.glob(f"{STAGING}*/"):
            shutil.rmtree(left)
    except OSError as error:
        raise StorageError(
            f"{home.productions}: a finished volume cannot be moved into place "
            f"({error.strerror}); make room or give the right to write, then produce again"
        ) from error


def _move(home: Home, staging: Path, folder: Path) -> None:
    """Move a volume into place, what lies beside it first: the folder says that all is there.

    Raises StorageError where its place is taken: a volume is never written over.
    """
    if not staging.is_dir():
        return
    refuse_taken(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for ending in BESIDE:
        beside = staging.with_name(staging.name + ending)
        if beside.is_file():
            beside.rename(folder.with_name(folder.name + ending))
    staging.rename(folder)
    sync_folder(folder.parent)
    sync_folder(home.productions)


def refuse_taken(folder: Path) -> None:
    """Raise StorageError where something else stands in the place of a volume, as after an older
    office.db was restored."""
    if folder.exists() or folder.is_symlink():
        raise StorageError(
            f"{folder} stands where the next volume belongs and is not known here: move it aside "
            "(it may be a volume of a newer office.db), then produce again"
        )


def _is_there(folder: Path, digest: str) -> bool:
    """Whether the volume that was entered stands in its place."""
    manifest = folder / NAME
    return manifest.is_file() and sha256(manifest) == digest
