"""The private folder a download is unpacked to where it cannot be read in place.

It is made when it is first needed (mode 0700), held by a lock that dies with the process, and
removed with what is in it. What a killed process left is removed by the next one that unpacks
something in the same place.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from archiver.errors import StorageError
from archiver.exports.limits import BombError
from archiver.exports.streams import PIECE

PREFIX = "archiver-download-"


class Scratch:
    """What is unpacked of one download, below `root` (default: the system's temporary folder)."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or Path(tempfile.gettempdir())
        self._folder: Path | None = None
        self._remove: Callable[[], object] | None = None
        self._count = 0

    def unpack(self, stream: BinaryIO, most: int, shown: str) -> Path:
        """Write `stream` to a file of its own; `shown` names it in an error.

        Raises BombError where it gives more than `most` bytes, StorageError where it cannot be
        written.
        """
        self._count += 1
        target = self._made() / str(self._count)
        written = 0
        try:
            with target.open("xb") as out:
                while piece := stream.read(PIECE):
                    written += len(piece)
                    if written > most:
                        raise BombError(
                            f"{shown} looks like a zip bomb: it grows beyond {most:,} bytes; "
                            "nothing was read"
                        )
                    out.write(piece)
        except OSError as error:
            raise StorageError(
                f"{shown} cannot be unpacked to {target.parent}: {error.strerror}; "
                "make room there or unpack it yourself and give the folder"
            ) from None
        return target

    @property
    def used(self) -> bool:
        """Whether anything was unpacked, though it may be removed again."""
        return self._count > 0

    def close(self) -> None:
        """Remove everything."""
        if self._remove is not None:
            self._remove()
        self._folder = None

    def _made(self) -> Path:
        if self._folder is None:
            clear(self._root)
            self._folder, lock = _locked_folder(self._root)
            self._remove = weakref.finalize(self, _removed, self._folder, lock)
        return self._folder


def clear(root: Path) -> None:
    """Remove what killed processes of this user left below `root`."""
    try:
        left = [one for one in root.iterdir() if one.name.startswith(PREFIX)]
    except OSError:
        return
    for folder in left:
        with suppress(OSError):
            about = folder.lstat()
            if stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid():
                lock = _lock(folder)
                if lock is not None:
                    _removed(folder, lock)


def _locked_folder(root: Path) -> tuple[Path, int]:
    """A new folder and its lock. Between the two a process that clears may take it: then again."""
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        while True:
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
            with suppress(FileNotFoundError):
                lock = _lock(folder)
                if lock is not None and folder.exists():
                    return folder, lock
                if lock is not None:
                    os.close(lock)
    except OSError as error:
        raise StorageError(f"nothing can be unpacked to {root}: {error.strerror}") from None


def _lock(folder: Path) -> int | None:
    """The lock of a folder, None where another process has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _removed(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
