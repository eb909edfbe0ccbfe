"""A release on a drive: copied, read back and compared, with a page that says how to check it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archiver import clock
from archiver.archive.files import sync_folder
from archiver.config import Home, Settings
from archiver.database import write_transaction
from archiver.errors import InputError, IntegrityError, RuleError, StorageError
from archiver.production.ledger import Production
from archiver.production.manifest import NAME, sha256
from archiver.production.releasing.book import (
    DRIVE,
    Copy,
    ReleaseRecord,
    add_copy,
    get_release,
)
from archiver.production.releasing.checks import proof_of, refuse_unfit, zip_of
from archiver.production.releasing.handing_over import mark_released, require_open, volumes_of
from archiver.production.verify import verify_production
from archiver.progress import Progress

FORMS = ("zip", "folder")
_MARGIN = 1 << 20


def copy_to_drive(
    home: Home,
    office: sqlite3.Connection,
    release: ReleaseRecord,
    target: Path,
    *,
    actor: str,
    form: str = "zip",
    progress: Progress | None = None,
) -> ReleaseRecord:
    """Copy a release to a folder on a drive: a zip for each volume, or its folder, with the proof
    and README.txt. What was written is read back and compared before it is written down.

    Raises InputError where the folder cannot be used, RuleError where the release must not go out,
    StorageError where there is no room or a write fails, IntegrityError where a copy is not what
    was copied; nothing of the copy stays then.
    """
    if release.channel != DRIVE:
        raise InputError(f"release {release.id} goes by {release.channel}, not on a drive")
    if form not in FORMS:
        raise InputError(f"a copy is a {' or a '.join(FORMS)}")
    require_open(release)
    made = volumes_of(home, office, release)
    settings = home.settings()
    refuse_unfit(office, settings, made, files=True)
    place = _place(home, release, target)
    making = place.with_name(f".{place.name}.making")
    try:
        shutil.rmtree(making, ignore_errors=True)
        _require_room(target, made, form)
        making.mkdir()
        written = _write(making, release, made, settings, form, progress)
        _compare(making, release, made, form, written)
        making.rename(place)
        sync_folder(target)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise StorageError(
            f"{target}: the copy was not made ({error.strerror}); use a drive with enough room"
        ) from error
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    copy = Copy(
        *(clock.now_text(), actor, str(place), form),
        *(len(written), sum((place / each).stat().st_size for each in written)),
    )
    try:
        with write_transaction(office):
            mark_released(home, office, release, made, actor=actor, at=copy.at)
            add_copy(office, release, copy, [each.manifest_sha256 for each in made])
    except RuleError:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return get_release(office, release.id)


def _place(home: Home, release: ReleaseRecord, target: Path) -> Path:
    if not target.is_dir():
        raise InputError(f"{target} is no folder: put the drive in and give a folder on it")
    if target.resolve().is_relative_to(home.path.resolve()):
        raise InputError(f"{target} is inside the archive home: give a folder on a drive")
    place = target / f"{release.request}-release-{release.id}"
    if place.exists():
        raise InputError(f"{place} is there already: take it away, or use another drive")
    return place


def _require_room(target: Path, made: list[Production], form: str) -> None:
    needed = _MARGIN
    for each in made:
        paths = [zip_of(each)] if form == "zip" else list(_below(each.folder))
        needed += sum(path.stat().st_size for path in paths)
    if shutil.disk_usage(target).free < needed:
        raise OSError(28, "No space left on device")


def _write(
    making: Path,
    release: ReleaseRecord,
    made: list[Production],
    settings: Settings,
    form: str,
    progress: Progress | None,
) -> list[str]:
    """Copy everything; gives the names of what was written, relative to the copy."""
    sources: dict[str, Path] = {}
    for each in made:
        if form == "zip":
            sources[zip_of(each).name] = zip_of(each)
        else:
            for path in _below(each.folder):
                inside = path.relative_to(each.folder).as_posix()
                sources[f"{each.folder.name}/{inside}"] = path
        if proof_of(each).exists():
            sources[proof_of(each).name] = proof_of(each)
    for done, (name, source) in enumerate(sources.items()):
        if progress:
            progress("copying to the drive", done, len(sources))
        (making / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, making / name)
        _settle(making / name)
    (making / "README.txt").write_text(_readme(release, settings, form), "utf-8", newline="\r\n")
    _settle(making / "README.txt")
    return [*sources, "README.txt"]


def _settle(path: Path) -> None:
    """Wait for the disk, and let the next read come from it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _compare(
    making: Path, release: ReleaseRecord, made: list[Production], form: str, written: list[str]
) -> None:
    for held, each in zip(release.volumes, made, strict=True):
        if form == "zip":
            same = sha256(making / zip_of(each).name) == held.zip_sha256
        else:
            folder = making / each.folder.name
            same = sha256(folder / NAME) == held.manifest_sha256
            same = same and verify_production(folder).ok
        proof = making / proof_of(each).name
        if held.proof_sha256 is not None:
            same = same and proof.name in written and sha256(proof) == held.proof_sha256
        if not same:
            raise IntegrityError(
                f"the copy of {each.folder.name} is not what was released: use another drive"
            )


def _readme(release: ReleaseRecord, settings: Settings, form: str) -> str:
    lines = [
        f"{settings.agency}: public records released for request {release.request}",
        f"Release {release.id}, copied on {clock.shown(clock.now_text(), settings.time_zone)}",
        "",
    ]
    for each in release.volumes:
        lines.append(f"Volume {each.volume}, pages {each.pages}")
        if form == "zip":
            lines.append(f"  {each.name}.zip        SHA-256 {each.zip_sha256}")
        lines.append(f"  manifest.json     SHA-256 {each.manifest_sha256}")
        if each.proof_sha256:
            lines.append(f"  {each.name}.proof.json SHA-256 {each.proof_sha256}")
        lines.append("")
    if form == "zip":
        lines.append("Unpack the zip: it holds one folder. Begin with packet.pdf.")
    else:
        lines.append("Begin with packet.pdf in the volume's folder.")
    lines += [
        "",
        "How to check that nothing was altered:",
        "1. Open verify.html in the folder with any browser. It needs no connection, reads the",
        "   files here, and names what is wrong. Give it the file that ends in .proof.json too:",
        "   then it also shows that the records are those the city sealed.",
        "2. Or compare one hash: `sha256sum manifest.json` (in Windows: certutil -hashfile",
        "   manifest.json SHA256) with the line above. manifest.json names every other file.",
        "",
    ]
    return "\n".join(lines)


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
