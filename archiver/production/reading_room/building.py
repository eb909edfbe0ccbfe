"""Building the reading room: what is approved and stands is handed to a process of its own.

What that made takes the place of what was there, in one step.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

import archiver
from archiver import clock
from archiver.archive.files import sync_folder
from archiver.config import Home, Settings
from archiver.confining import can_confine
from archiver.database import write_transaction
from archiver.decoding import decoder
from archiver.errors import ArchiverError, InputError, RuleError, StorageError
from archiver.locks import held
from archiver.production.ledger import Production, production
from archiver.production.manifest import sha256
from archiver.production.reading_room.builder import DATABASE, IN, JOB, MARKER, OUT
from archiver.production.reading_room.entries import MANIFEST, posted, read_volume
from archiver.production.reading_room.posting_rows import Posting, postings
from archiver.production.reading_room.postings import require_on, require_released
from archiver.register.office import audit

_CODE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from archiver.production.reading_room.builder import main; main()"
)
_AT_FDCWD, _EXCHANGE = -100, 2
_SECONDS = 3600

_LOCK = ".reading-room.lock"


@dataclass(frozen=True, slots=True)
class Built:
    """What stands in the room, what was taken down, and what is left out with the reason."""

    folder: Path
    posted: tuple[str, ...]
    taken_down: tuple[str, ...]
    left_out: Mapping[str, str]


class _Done(msgspec.Struct, frozen=True):
    """What the builder tells: what it posted, and what it refused with the reason."""

    posted: list[str]
    refused: dict[str, str]


def build_room(home: Home, office: sqlite3.Connection, folder: Path, *, actor: str) -> Built:
    """Build `public.db` and the pages into a folder, in place of what an earlier building made.

    A posting whose volume was withdrawn, or must not go out any more, is left out with the reason.
    Raises RuleError where the room is off, InputError where the folder holds something else or lies
    in the home, StorageError where it cannot be written.
    """
    settings = home.settings()
    require_on(settings)
    folder = _usable(home, folder)
    with _alone(home):
        return _built(home, office, settings, folder, actor)


def _alone(home: Home) -> AbstractContextManager[None]:
    home.productions.mkdir(parents=True, exist_ok=True)
    return held(
        home.productions / _LOCK,
        lambda by: f"the reading room is being built{by}: wait for it and try again",
    )


def _workshop(home: Home, folder: Path) -> Path:
    """A folder to build in: in the home, which nobody serves, where that is on the same disk and
    the kernel shuts the builder out of the rest of it. What a kill left is cleared away first."""
    same_disk = home.productions.stat().st_dev == folder.parent.stat().st_dev
    base = home.productions if same_disk and can_confine() else folder.parent
    prefix = f".{folder.name}.building-"
    for left in base.glob(f"{prefix}*/"):
        shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=base))


def _built(
    home: Home, office: sqlite3.Connection, settings: Settings, folder: Path, actor: str
) -> Built:
    left_out: dict[str, str] = {}
    try:
        root = _workshop(home, folder)
    except OSError as error:
        raise StorageError(f"{folder.parent} cannot be written: {error.strerror}") from None
    try:
        (root / IN).mkdir()
        (root / OUT).mkdir()
        every = postings(office)
        job = _prepare(home, office, settings, root / IN, every, left_out)
        (root / IN / JOB).write_text(json.dumps(job, ensure_ascii=False), "utf-8")
        done = _run(root)
        left_out |= done.refused
        digest = sha256(root / OUT / DATABASE)
        _put_in_place(root / OUT, folder)
    except OSError as error:
        raise StorageError(
            f"the reading room was not built ({error.strerror}): what was there stays"
        ) from error
    finally:
        shutil.rmtree(root, ignore_errors=True)
    with write_transaction(office):
        office.execute(
            "INSERT INTO main.reading_room_builds (at, actor, posted, withheld, db_sha256) "
            "VALUES (?, ?, ?, ?, ?)",
            (
                *(clock.now_text(), actor, json.dumps(done.posted)),
                *(json.dumps(left_out), digest),
            ),
        )
        audit(
            office,
            actor=actor,
            action="reading room built",
            subject="reading room",
            detail={"posted": done.posted, "left out": left_out, "sha256": digest},
        )
    down = tuple(each.slug for each in every if each.taken_down_at)
    return Built(folder, tuple(done.posted), down, left_out)


def _prepare(
    home: Home,
    office: sqlite3.Connection,
    settings: Settings,
    inside: Path,
    every: list[Posting],
    left_out: dict[str, str],
) -> dict[str, object]:
    """Copy what the builder may see, of each approved posting that stands; gives its job."""
    ready = []
    for each in every:
        if each.state != "approved":
            continue
        made = production(office, home, each.production_id)
        try:
            if made is None:
                raise RuleError("its volume is gone")
            require_released(office, settings, made)
            _copy(each, made, inside / each.slug)
        except ArchiverError as wrong:
            left_out[each.slug] = str(wrong)
            shutil.rmtree(inside / each.slug, ignore_errors=True)
            continue
        ready.append(
            {
                "id": each.id,
                "slug": each.slug,
                "title": each.title,
                "request": each.request,
                "volume": each.volume,
                "manifest_sha256": made.manifest_sha256,
                "numbers": each.numbers,
                "digest": each.digest,
                "media": each.media,
                "attorney": each.attorney,
                "approved_on": each.approved_on,
            }
        )
    zone = settings.time_zone
    return {
        "agency": settings.agency,
        "built_at": clock.now_text(),
        "postings": ready,
        "tombstones": [
            {"slug": each.slug, "day": clock.local_day(each.taken_down_at, zone).isoformat()}
            for each in every
            if each.taken_down_at and each.attorney
        ],
    }


def _copy(posting: Posting, made: Production, target: Path) -> None:
    volume = read_volume(made.folder, made.manifest_sha256)
    paths = {MANIFEST, volume.place}
    for entry in posted(volume, set(posting.numbers), media=posting.media):
        paths |= {each["file"] for each in entry["media"]}
    for path in sorted(paths):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made.folder / path, target / path)


_read_done = decoder(_Done)


def _run(root: Path) -> _Done:
    """Let the builder work: in its folder, with no environment, and no word of the home."""
    call = [sys.executable, "-I", "-B", "-c", _CODE, str(Path(archiver.__file__).parents[1])]
    try:
        done = subprocess.run(
            call,
            cwd=root,
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StorageError("the reading room was not built within an hour") from None
    if done.returncode != 0:
        # its words may be a resident's: only the kind of error is told
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        kind = last.partition(":")[0][:80] if last[:1].isalpha() else "it broke off"
        raise StorageError(f"the reading room was not built ({kind}): what was there stays")
    return _read_done(done.stdout)


def _usable(home: Home, folder: Path) -> Path:
    place = folder.expanduser().resolve()
    if place.is_relative_to(home.path.resolve()) or home.path.resolve().is_relative_to(place):
        raise InputError(f"{place} lies in the archive home: give a folder a web server may serve")
    if (
        place.exists()
        and (not place.is_dir() or any(place.iterdir()))
        and not (place / MARKER).is_file()
    ):
        raise InputError(f"{place} holds something else: give an empty or a new folder")
    if not place.parent.is_dir():
        raise InputError(f"{place.parent} is no folder: make it first")
    return place


def _put_in_place(new: Path, folder: Path) -> None:
    """Exchange the new folder for the old one, so that no visitor ever finds neither."""
    for path in (new, *(each for each in new.rglob("*") if each.is_dir())):
        path.chmod(0o755)
    for path in new.rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            with path.open("rb") as file:
                os.fsync(file.fileno())
    if not folder.exists():
        new.rename(folder)
    else:
        libc = ctypes.CDLL(None, use_errno=True)
        exchanged = libc.renameat2(
            *(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(folder)), _EXCHANGE
        )
        if exchanged != 0:
            old = new.with_name("old")
            folder.rename(old)
            new.rename(folder)
    with suppress(OSError):
        sync_folder(folder.parent)
