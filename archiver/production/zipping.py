"""A volume as one zip file: the same bytes whenever the same folder is packed.

Names sorted, every time 1980-01-01 (the earliest a zip can say), no attributes of this machine;
what is compressed already is stored. Files are streamed, so a volume of any size takes the same
memory, and what is larger than the old format can say is written as ZIP64.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from archiver.archive.files import sync_folder
from archiver.errors import InputError, StorageError
from archiver.production.manifest import sha256

EARLIEST = (1980, 1, 1, 0, 0, 0)
STORED = frozenset(
    {".gif", ".gz", ".jpeg", ".jpg", ".m4a", ".mov", ".mp3", ".mp4", ".pdf", ".png", ".webm"}
    | {".webp", ".xlsx", ".zip", ".zst"}
)
"""Endings of files that are compressed already."""
_UNIX = 3
_MAKING = ".making"
_OLD_SECONDS = 24 * 3600
_PIECE = 1 << 20
_MODE = 0o100644 << 16


def write_zip(folder: Path, path: Path) -> str:
    """Pack a folder, under its own name, into the zip at `path`; gives the zip's SHA-256.

    The zip is written beside its place and moved there whole, so a kill leaves the one that was
    there, or none. Raises InputError where there is no such folder or something in it is no plain
    file; StorageError where the zip cannot be written.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: nothing was packed")
    making = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_MAKING}")
    try:
        _clear_old(path)
        with making.open("xb") as file:
            with ZipFile(file, "w", ZIP_DEFLATED, allowZip64=True) as packed:
                for name in _names(folder):
                    _add(packed, folder / name, f"{folder.name}/{name}")
            file.flush()
            os.fsync(file.fileno())
        digest = sha256(making)
        making.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            making.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StorageError(
                f"{path} cannot be written ({error.strerror}): free some space and try again"
            ) from error
        raise
    return digest


def _clear_old(path: Path) -> None:
    """Take away what a kill left of earlier packings; one under way is younger."""
    for left in path.parent.glob(f".{path.name}.*{_MAKING}"):
        if left.stat().st_mtime < time.time() - _OLD_SECONDS:
            left.unlink(missing_ok=True)


def _add(packed: ZipFile, path: Path, name: str) -> None:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is no plain file: nothing was packed")
    entry = ZipInfo(name, EARLIEST)
    entry.create_system, entry.external_attr = _UNIX, _MODE
    entry.compress_type = ZIP_STORED if path.suffix.lower() in STORED else ZIP_DEFLATED
    entry.file_size = found.st_size  # decides beforehand whether it takes ZIP64
    with path.open("rb") as source, packed.open(entry, "w") as target:
        shutil.copyfileobj(source, target, _PIECE)


def _names(folder: Path) -> Iterator[str]:
    """Every file below the folder, as paths with slashes, in the order of their characters."""
    found = []
    for parent, folders, names in os.walk(folder):
        inside = [*names, *(each for each in folders if (Path(parent) / each).is_symlink())]
        found += [(Path(parent) / name).relative_to(folder).as_posix() for name in inside]
    yield from sorted(found)
