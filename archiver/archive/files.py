"""Bytes on disk by their hash: media and originals.

A file is written whole into `incoming`, committed with the row that names it, and only then moved
to its place: what stands in `media` or `originals` is always named by a row, and a kill at any
moment leaves at most a file in `incoming`, found there by the next run or swept after two days.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.errors import StorageError
from archiver.items import Access

CHUNK = 1024 * 1024
SWEEP_AFTER_SECONDS = 48 * 3600
HEX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that were taken in: hash (hex), size in bytes, and their first bytes."""

    sha256: str
    size: int
    head: bytes


def media_path(home: Home, access: Access, digest: str) -> Path:
    """Where the bytes of a media file stand. Reading: see `find_media`."""
    return home.folder(access) / "media" / digest[:2] / digest[2:4] / digest


def original_path(home: Home, access: Access, digest: str, extension: str) -> Path:
    """Where an imported original stands."""
    return home.folder(access) / "originals" / f"{digest}{extension}"


def incoming_path(home: Home, access: Access, name: str) -> Path:
    """Where bytes wait for the row that names them."""
    return home.folder(access) / "incoming" / name


def find_media(home: Home, access: Access, digest: str) -> Path | None:
    """The file with these bytes, also in the moment between commit and move; None: missing."""
    waiting = incoming_path(home, access, digest)
    for path in (media_path(home, access, digest), waiting, media_path(home, access, digest)):
        if path.is_file():
            return path
    return None


def find_original(home: Home, access: Access, digest: str, extension: str) -> Path | None:
    """The imported original; None: missing."""
    placed = original_path(home, access, digest, extension)
    for path in (placed, incoming_path(home, access, placed.name), placed):
        if path.is_file():
            return path
    return None


@contextmanager
def storage_errors(what: Path) -> Iterator[None]:
    """Turn what the file system refuses into a StorageError that names the place."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot write {what}: {error.strerror}") from error


def take_in(home: Home, access: Access, stream: BinaryIO, extension: str = "") -> Stored:
    """Write a stream into `incoming` under the name of its hash, safely on disk.

    Raises StorageError where the disk is full or not writable; nothing is left behind then.
    """
    folder = home.folder(access) / "incoming"
    unfinished = folder / f".{uuid4().hex}"
    digest, size, head = sha256(), 0, b""
    with storage_errors(folder):
        try:
            with unfinished.open("xb") as out:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    head = head or chunk[:64]
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            unfinished.replace(folder / f"{digest.hexdigest()}{extension}")
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    return Stored(digest.hexdigest(), size, head)


def place(waiting: Path, standing: Path) -> None:
    """Move committed bytes to their place. The same bytes may stand there already."""
    with storage_errors(standing):
        standing.parent.mkdir(parents=True, exist_ok=True)
        try:
            waiting.replace(standing)
        except FileNotFoundError:
            if not standing.exists():
                raise
        sync_folder(standing.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder, or what was written to a file, survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _standing(archive: Archive, access: Access, name: str) -> Path | None:
    """Where a file in `incoming` belongs; None where no committed row names it."""
    digest, extension = name[:HEX_LENGTH], name[HEX_LENGTH:]
    try:
        key = bytes.fromhex(digest)
    except ValueError:
        return None
    connection = archive.file(access)
    if extension:
        found = connection.execute(
            "SELECT 1 FROM originals WHERE sha256 = ? AND access = ? AND extension = ?",
            (key, access.value, extension),
        ).fetchone()
        return original_path(archive.home, access, digest, extension) if found else None
    found = connection.execute("SELECT 1 FROM media WHERE sha256 = ?", (key,)).fetchone()
    return media_path(archive.home, access, digest) if found else None


def settle_incoming(archive: Archive) -> None:
    """Move what a kill left between its commit and its move. Call it under the writer lock."""
    for access in Access:
        for waiting in sorted((archive.home.folder(access) / "incoming").iterdir()):
            standing = _standing(archive, access, waiting.name)
            if standing is not None:
                place(waiting, standing)


def sweep_incoming(archive: Archive) -> None:
    """Remove what no row has named for two days: the leavings of a run that was killed."""
    too_old = time.time() - SWEEP_AFTER_SECONDS
    for access in Access:
        for waiting in (archive.home.folder(access) / "incoming").iterdir():
            with storage_errors(waiting):
                if waiting.stat().st_mtime < too_old:
                    waiting.unlink(missing_ok=True)
