"""Where the bytes of uploads lie: in the home under ``.uploads/<import>/<file>/``, for its owner
alone, where nothing is served from and no backup looks.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.config import Home
from archiver.errors import InputError, StorageError
from archiver.operations.import_book import (
    Import,
    ImportFile,
)
from archiver.requests.receiving.attaching import file_name

FOLDER = ".uploads"
SPARE = 256 * 1024 * 1024
"""Bytes of the disk that uploads leave free: the nightly run needs room too."""
_NAME_BYTES = 150


def paths_of(home: Home, found: Import) -> list[Path]:
    """Where the files of an upload lie. Raises InputError where one is not there any more."""
    paths = [_path(home, file) for file in found.files]
    for path, file in zip(paths, found.files, strict=True):
        if not path.is_file() or path.stat().st_size != file.size:
            raise InputError(
                f"{file.name} is not whole on the disk any more (a restore leaves uploads out): "
                "remove this upload and send the download again"
            )
    return paths


def drop_bytes(home: Home, number: int) -> None:
    """Remove the bytes of an upload."""
    shutil.rmtree(home.path / FOLDER / str(number), ignore_errors=True)


def drop_file(home: Home, file: ImportFile) -> None:
    """Remove the bytes of one file of an upload."""
    shutil.rmtree(_path(home, file).parent, ignore_errors=True)


def require_room(home: Home, size: int) -> None:
    """Raises StorageError where the disk has no room for `size` bytes beside what it keeps free."""
    free = shutil.disk_usage(home.path).free
    if free < size + SPARE:
        raise StorageError(
            f"the archive's disk has {_gigabytes(free)} free, and {_gigabytes(size + SPARE)} are "
            "needed (what is sent, the original that stays, and some to spare): have IT free some "
            "space, then go on; what was sent before is kept"
        )


def tidy(name: str) -> str:
    """A file's name as it is kept and shown: no folders, no control marks, not too long."""
    kept = file_name(name)
    ending = "".join(Path(kept).suffixes[-2:])[-16:]
    stem = kept[: len(kept) - len(ending)] if ending else kept
    while len(f"{stem}{ending}".encode()) > _NAME_BYTES and stem:
        stem = stem[:-1]
    return f"{stem}{ending}"


@contextmanager
def locked(home: Home, file: ImportFile) -> Iterator[int]:
    """The file, open for this call alone: two windows that send the same one take turns."""
    path = _path(home, file)
    try:
        for folder in (path.parents[2], path.parents[1], path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StorageError(
            f"the upload cannot be kept in the archive home ({error.strerror}): tell IT"
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def write(descriptor: int, start: int, content: bytes) -> None:
    """Put bytes at their place, on the disk when this returns. Raises StorageError."""
    try:
        os.ftruncate(descriptor, start)
        view, place = memoryview(content), start
        while view:
            written = os.pwrite(descriptor, view, place)
            view, place = view[written:], place + written
        os.fsync(descriptor)
    except OSError as error:
        raise StorageError(
            f"the archive's disk could not take the piece ({error.strerror}): have IT look at its "
            "free space, then go on; what was sent before is kept"
        ) from None


def _path(home: Home, file: ImportFile) -> Path:
    return home.path / FOLDER / str(file.import_id) / str(file.id) / file.name


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
