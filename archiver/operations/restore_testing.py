"""Trying a restore: all of it in a scratch folder, its result written down in the living home."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from pathlib import Path

from archiver import clock
from archiver.archive.keys import public_keys
from archiver.config import Home
from archiver.errors import ArchiverError, IntegrityError, StorageError, UsageError
from archiver.operations.backup_manifest import read_manifest
from archiver.operations.backups import RestoreTest, record_restore_test
from archiver.operations.restore import NOTHING_ELSE, RestoreReport, Wishes, restore
from archiver.progress import Progress
from archiver.register.office import open_office


def try_restore(
    home: Home,
    backup: Path,
    scratch: Path,
    *,
    actor: str,
    wishes: Wishes = NOTHING_ELSE,
    progress: Progress | None = None,
) -> tuple[RestoreTest, RestoreReport]:
    """Restore a backup of `home` into an empty folder, verify it, enter the result in office.db and
    clear the folder.

    What is wrong with the backup is entered as a failed test and raised again. Raises UsageError,
    and enters nothing, where the folder or the backup is not what it should be.
    """
    backup, scratch = backup.expanduser().resolve(), scratch.expanduser().resolve()
    if scratch == home.path or home.path in scratch.parents:
        raise UsageError(f"{scratch} lies inside the archive home: name a folder outside it")
    began, at = time.monotonic(), clock.now_text()
    made_at: str | None = None
    fresh = not scratch.exists()
    try:
        try:
            manifest = read_manifest(backup)
            made_at = manifest.at
            if manifest.key not in public_keys(home.keys):
                raise IntegrityError(
                    f"{backup} is signed with the key {manifest.key[:16]}…, which is none of "
                    f"{home.path}'s: it is another home's backup"
                )
            report = restore(
                backup,
                scratch,
                actor=actor,
                wishes=wishes,
                copies=[home.destructions],
                progress=progress,
            )
        except UsageError:
            raise
        except ArchiverError as error:
            _record(home, _test(backup, made_at, at, began, actor, {"wrong": str(error)}))
            _clear(scratch, fresh)
            raise
    except KeyboardInterrupt:
        _clear(scratch, fresh)
        raise
    _clear(scratch, fresh)
    test = _test(
        backup,
        made_at,
        at,
        began,
        actor,
        {
            "files": report.files,
            "bytes": report.bytes,
            "checked": report.checked,
            "replayed": [each.number for each in report.replayed],
        },
        passed=not report.findings,
    )
    _record(home, test)
    return test, report


def _test(
    backup: Path,
    made_at: str | None,
    at: str,
    began: float,
    actor: str,
    detail: dict[str, object],
    *,
    passed: bool = False,
) -> RestoreTest:
    return RestoreTest(
        backup=backup.name,
        target=str(backup.parent),
        made_at=made_at,
        at=at,
        seconds=round(time.monotonic() - began, 1),
        outcome="passed" if passed else "failed",
        detail=detail,
        actor=actor,
    )


def _record(home: Home, test: RestoreTest) -> None:
    with closing(open_office(home)) as office:
        record_restore_test(office, test)


def _clear(scratch: Path, fresh: bool) -> None:
    """Private messages must not stay behind in a scratch folder."""
    try:
        for each in scratch.iterdir() if scratch.is_dir() else ():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
        if fresh and scratch.is_dir():
            scratch.rmdir()
    except OSError as error:
        raise StorageError(
            f"{scratch} could not be cleared ({error.strerror}): it holds private records, "
            "remove it"
        ) from None
