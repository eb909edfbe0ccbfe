"""Restoring a backup: every hash verified, every later destruction carried out again, the whole
verified, and only then a home.

A marker (`.restoring`) stands in the new home from the first byte to the last check; while it does,
no command opens that home, and the same restore goes on from it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from archiver import clock
from archiver.archive.files import sync_folder
from archiver.archive.findings import VerifyReport
from archiver.archive.keys import public_keys
from archiver.config import BACKUP_FILE, RESTORING_FILE, Home
from archiver.database import write_transaction
from archiver.decoding import decoder
from archiver.errors import IntegrityError, RuleError, StorageError, UsageError
from archiver.locks import single_instance
from archiver.operations import ledger as ledgers
from archiver.operations.backup_manifest import (
    Kept,
    Manifest,
    copy_hashing,
    read_manifest,
    what_is_wrong,
)
from archiver.operations.backup_writing import sync_disk
from archiver.operations.home import bring_up_to_date
from archiver.operations.ledger import Ledger
from archiver.operations.replay import Replay, plan_replay, record_restore, replay
from archiver.operations.verifying import verify_home
from archiver.progress import Progress
from archiver.register.office import audit, open_office

LOCK = ".restore.lock"
PART = ".part"


class Marker(msgspec.Struct, frozen=True):
    """What stands in `.restoring`: which backup (SHA-256 of its manifest, where it lay), when the
    restore began, whether its files are copied, and what the ledger still asks for."""

    backup: str
    folder: str
    began_at: str
    copied: bool = False
    plan: list[Replay] | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever restores says beside the backup: a copy of the ledger; why there is none; why
    the home is to open although something does not verify; the fingerprint (or its beginning) of
    the key the backup must be signed with."""

    ledger: Path | None = None
    without_ledger: str | None = None
    accept: str | None = None
    key: str | None = None


NOTHING_ELSE = Wishes()


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored. `ledger` is the copy that was replayed (None: without one); `replayed` has
    one entry for each batch carried out again; `findings` are what was accepted."""

    home: Path
    backup: Path
    made_at: str
    key: str
    files: int
    bytes: int
    ledger: Path | None
    replayed: tuple[Replay, ...]
    checked: dict[str, int]
    findings: tuple[str, ...]
    seconds: float


def restore(
    backup: Path,
    folder: Path,
    *,
    actor: str,
    wishes: Wishes = NOTHING_ELSE,
    copies: Sequence[Path] = (),
    progress: Progress | None = None,
) -> RestoreReport:
    """Make a home of a backup in `folder`, which must be empty or an unfinished restore of it.

    `copies` are further places where the ledger of destructions may lie. Raises UsageError where
    the folder or the backup is not what it should be, IntegrityError where the backup, the ledger
    or the restored home is not whole, RuleError where no ledger is found, StorageError where the
    folder cannot be written; what was restored so far stays and the same restore goes on from it.
    """
    began = time.monotonic()
    backup = backup.expanduser().resolve()
    manifest = read_manifest(backup)
    if wishes.key and not manifest.key.startswith(wishes.key.lower()):
        raise IntegrityError(
            f"{backup} is signed with the key {manifest.key[:16]}…, not with the one you named"
        )
    known = find_ledger(backup, manifest, wishes, copies)
    home = Home(_usable(backup, folder))
    with _refusals(home), single_instance(home.path / LOCK, f"a restore into {home.path}"):
        marker = _begin(home, backup)
        if not marker.copied:
            _copy_all(backup, manifest, home, progress)
            marker = _note(home, msgspec.structs.replace(marker, copied=True))
        bring_up_to_date(home)
        home.logs.mkdir(exist_ok=True)
        home.productions.mkdir(exist_ok=True)
        if known:
            ledgers.put_in_place(home, known)
        if marker.plan is None:
            plan = plan_replay(home, known) if known else []
            marker = _note(home, msgspec.structs.replace(marker, plan=plan))
        planned = marker.plan or []
        if known:
            replay(home, known, planned, progress=progress)
        record_restore(
            home, backup, manifest, planned, known=known, reason=wishes.without_ledger, actor=actor
        )
        checked = _verified(home, wishes, actor, progress)
        (home.path / RESTORING_FILE).unlink()
        sync_folder(home.path)
    (home.path / LOCK).unlink(missing_ok=True)
    return RestoreReport(
        home=home.path,
        backup=backup,
        made_at=manifest.at,
        key=manifest.key,
        files=len(manifest.files),
        bytes=sum(kept.size for kept in manifest.files.values()),
        ledger=known.path if known else None,
        replayed=tuple(planned),
        checked=dict(checked.checked),
        findings=tuple(f"{found.where}: {found.what}" for found in checked.findings),
        seconds=round(time.monotonic() - began, 1),
    )


def find_ledger(
    backup: Path, manifest: Manifest, wishes: Wishes, copies: Sequence[Path]
) -> Ledger | None:
    """The longest valid copy of the ledger that can be found; None where the person says there is
    none. The backup's own copy does not count: it knows nothing of what came after it.

    Raises IntegrityError where a copy is broken, tells another story or ends before the backup
    does, RuleError where none is found.
    """
    settings = Home(backup).settings()
    places = [backup.parent / ledgers.file_name(manifest.agency), *copies]
    if settings.retention.ledger:
        places.append(Path(settings.retention.ledger).expanduser())
    if wishes.ledger:
        places.append(wishes.ledger)
    keys = public_keys(backup / "keys")
    found = []
    if wishes.without_ledger is None:
        for place in dict.fromkeys(places):
            try:
                known = ledgers.read_ledger(place, keys)
            except StorageError:
                continue
            if known:
                found.append(known)
            elif place == wishes.ledger:
                raise UsageError(f"{place} is no ledger of destructions")
        best = ledgers.longest(found)
        if best is None:
            looked = ", ".join(str(place) for place in dict.fromkeys(places))
            raise RuleError(
                f"no ledger of destructions was found ({looked}): records destroyed since would "
                "come back to life; give --ledger FILE, or say why there is none: "
                "--without-ledger --reason WORDS"
            )
        if not best.holds(manifest.ledger_lines - 1, manifest.ledger_head):
            raise IntegrityError(
                f"{best.path} does not reach up to this backup, or is another home's: find the "
                "copy that does (--ledger FILE)"
            )
        return best
    return None


def _usable(backup: Path, folder: Path) -> Path:
    """The folder of the new home, empty or with an unfinished restore."""
    path = folder.expanduser().resolve()
    if any((each / BACKUP_FILE).exists() for each in (path, *path.parents)):
        raise UsageError(f"{folder} is or lies inside a backup: name a new folder")
    try:
        path.mkdir(mode=0o750, exist_ok=True)
        inside = {each.name for each in path.iterdir()}
    except FileNotFoundError:
        raise UsageError(f"{path.parent} is not there: make it first") from None
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"{folder} is no folder") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from None
    if inside - {LOCK, f"{RESTORING_FILE}{PART}"} and RESTORING_FILE not in inside:
        raise UsageError(f"{folder} is not empty: name a new or empty folder; nothing was changed")
    return path


_read_marker = decoder(Marker)


def _begin(home: Home, backup: Path) -> Marker:
    digest = sha256((backup / BACKUP_FILE).read_bytes()).hexdigest()
    path = home.path / RESTORING_FILE
    if not path.exists():
        return _note(home, Marker(digest, str(backup), clock.now_text()))
    try:
        marker = _read_marker(path.read_bytes())
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise UsageError(
            f"{home.path} holds a restore that cannot be gone on with: empty the folder, or name "
            "another"
        ) from None
    if marker.backup != digest:
        raise UsageError(
            f"{home.path} holds an unfinished restore of {marker.folder}: end it with "
            f"`archiver restore {marker.folder} {home.path}`, or empty the folder"
        )
    return marker


def _note(home: Home, marker: Marker) -> Marker:
    path = home.path / RESTORING_FILE
    fresh = path.with_name(f"{path.name}{PART}")
    with fresh.open("wb") as stream:
        stream.write(msgspec.json.encode(marker))
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    sync_folder(home.path)
    return marker


def _copy_all(backup: Path, manifest: Manifest, home: Home, progress: Progress | None) -> None:
    """Every file, hashed while it is copied; what an interrupted restore copied is hashed again."""
    total = sum(kept.size for kept in manifest.files.values())
    done = 0
    made = {home.path}
    for name, mode in sorted(manifest.folders.items()):
        (home.path / name).mkdir(exist_ok=True)
        (home.path / name).chmod(mode)
    for name, kept in sorted(manifest.files.items()):
        path = home.path / name
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        if what_is_wrong(path, kept):
            _copy(backup / name, path, name, kept)
        path.chmod(kept.mode)
        done += kept.size
        if progress:
            progress("restoring (MB)", done // 10**6, total // 10**6)
    sync_disk(home.path)


def _copy(source: Path, path: Path, name: str, kept: Kept) -> None:
    part = path.with_name(f"{path.name}{PART}")
    part.unlink(missing_ok=True)
    try:
        stream = source.open("rb", buffering=0)
    except FileNotFoundError:
        raise IntegrityError(
            f"the backup lacks {name}: restore another backup, or put the file back"
        ) from None
    with stream:
        digest, size = copy_hashing(stream, part)
    if (size, digest) != (kept.size, kept.sha256):
        part.unlink()
        raise IntegrityError(f"{name} of the backup is damaged: restore another backup")
    part.chmod(kept.mode)
    part.replace(path)


def _verified(home: Home, wishes: Wishes, actor: str, progress: Progress | None) -> VerifyReport:
    report = verify_home(home, progress=progress)
    if report.ok:
        return report
    if wishes.accept is None:
        first = report.findings[0]
        raise IntegrityError(
            f"the restored home does not verify ({len(report.findings)} findings, first: "
            f"{first.where}: {first.what}): restore another backup, or run it again with "
            "--accept-findings --reason WORDS"
        )
    with closing(open_office(home)) as office, write_transaction(office):
        audit(
            office,
            actor=actor,
            action="findings accepted",
            subject="restored home",
            detail={"findings": len(report.findings), "reason": wishes.accept},
        )
    return report


@contextmanager
def _refusals(home: Home) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or home.path
        raise StorageError(
            f"{where}: {error.strerror}; what was restored so far stays: make room, then run the "
            "same command again"
        ) from None
