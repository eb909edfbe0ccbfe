"""Writing a backup's files: copied and hashed in one go, or lent by the backup before."""

from __future__ import annotations

import ctypes
import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from archiver.archive.files import sync_folder
from archiver.config import BACKUP_FILE, Home
from archiver.operations.backup_files import Source
from archiver.operations.backup_manifest import Kept, Manifest, copy_hashing, hash_of, mode_of
from archiver.progress import Progress

MANY_FILES = 100
"""From so many new files on, one sync of the target's whole disk is quicker than one for each."""
LEDGER = "ledger/destructions.jsonl"


@dataclass(slots=True)
class Writing:
    """A backup being written into `folder`: what is in it so far. `before` is the newest backup of
    the same home there and what it holds; `wanting` names what the home lacks or holds damaged;
    `copied` counts new bytes, `linked` files that were lent."""

    home: Home
    folder: Path
    before: tuple[Path, Manifest] | None
    progress: Progress | None
    files: dict[str, Kept] = field(default_factory=dict)
    wanting: list[str] = field(default_factory=list)
    copied: int = 0
    linked: int = 0
    _fresh: list[Path] = field(default_factory=list)
    _folders: set[Path] = field(default_factory=set)

    def told(self, name: str) -> Callable[[int, int], None] | None:
        """A progress function for a database."""
        told = self.progress
        if told is None:
            return None
        return lambda done, total: told(f"copying {name} (MB)", done >> 20, total >> 20)

    def enter_written(self, name: str, mode: int) -> None:
        """Enter a file that stands in the folder already."""
        path = self.folder / name
        path.chmod(mode)
        with path.open("rb", buffering=0) as stream:
            digest, size = hash_of(stream)
        self._enter(name, Kept(size, digest, mode))

    def add(self, source: Source) -> None:
        """Copy or link one file. What is missing or damaged in the home is named, and the rest goes
        on. Raises OSError where the backup cannot be written."""
        path = source.path
        if path is None or not os.path.lexists(path):
            # a file that was just taken in has moved from `incoming` to its place
            path = self.home.path / source.name
        try:
            source.name.encode("utf-8")
        except UnicodeEncodeError:
            self.wanting.append(f"{source.name!r}: its name is no text, so it was left out")
            return
        if source.sha256 and self._lent(source.name, source.sha256, None):
            return
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                self.wanting.append(f"{source.name}: it is a link or no file, so it was left out")
                return
            stream = path.open("rb", buffering=0)
        except FileNotFoundError:
            if source.named:
                self.wanting.append(f"{source.name}: the file is missing in the home")
            return
        except OSError as error:
            self.wanting.append(f"{source.name}: it cannot be read: {error.strerror}")
            return
        with stream:
            self._take(source, stream, mode_of(path))

    def add_bytes(self, name: str, content: bytes, mode: int = 0o600) -> None:
        """Write a small file."""
        path = self._place(name)
        path.write_bytes(content)
        path.chmod(mode)
        self._enter(name, Kept(len(content), sha256(content).hexdigest(), mode))

    def finish(self, manifest: bytes) -> None:
        """Write backup.json and bring everything safely to the disk."""
        path = self.folder / BACKUP_FILE
        path.write_bytes(manifest)
        path.chmod(0o600)
        self._fresh.append(path)
        if self.progress:
            self.progress("bringing it to the disk", 0, 1)
        written = [*self._fresh, *sorted(self._folders, reverse=True), self.folder]
        if len(written) > MANY_FILES:
            sync_disk(self.folder)
        else:
            for each in written:
                sync_folder(each)
        if self.progress:
            self.progress("bringing it to the disk", 1, 1)

    def _take(self, source: Source, stream: io.RawIOBase, mode: int) -> None:
        """Copy a file, unless the backup before holds the same bytes under the same name."""
        kept = self.before[1].files.get(source.name) if self.before else None
        size = os.fstat(stream.fileno()).st_size
        length = size if source.length is None else source.length
        if source.sha256 is None and kept is not None and kept.size == length:
            digest, _ = hash_of(stream, source.length)
            if digest == kept.sha256 and self._lent(source.name, digest, mode):
                return
            stream.seek(0)
        path = self._place(source.name)
        digest, size = copy_hashing(stream, path, source.length)
        path.chmod(mode)
        self._enter(source.name, Kept(size, digest, mode))
        if source.sha256 not in (None, digest):
            self.wanting.append(f"{source.name}: the file's bytes changed in the home")
        if source.length is not None and size < source.length:
            self.wanting.append(f"{source.name}: the file ends {source.length - size} bytes early")

    def _lent(self, name: str, digest: str, mode: int | None) -> bool:
        """Link to the backup before, where it holds these bytes and the file system can."""
        if self.before is None:
            return False
        folder, manifest = self.before
        kept = manifest.files.get(name)
        if kept is None or kept.sha256 != digest:
            return False
        lender = folder / name
        try:
            if lender.lstat().st_size != kept.size:
                return False
            self._place(name).hardlink_to(lender)
        except OSError:
            return False
        self.files[name] = kept if mode is None else Kept(kept.size, kept.sha256, mode)
        self.linked += 1
        self._tell()
        return True

    def _place(self, name: str) -> Path:
        path = self.folder / name
        for parent in reversed(path.relative_to(self.folder).parents):
            if parent.parts and (folder := self.folder / parent) not in self._folders:
                folder.mkdir(mode=0o700, exist_ok=True)
                self._folders.add(folder)
        return path

    def _enter(self, name: str, kept: Kept) -> None:
        self.files[name] = kept
        self.copied += kept.size
        self._fresh.append(self.folder / name)
        self._tell()

    def _tell(self) -> None:
        if self.progress:
            self.progress("taking files", len(self.files), None)


def sync_disk(folder: Path) -> None:
    """Bring everything on the disk of a folder safely there (Linux: syncfs, which tells of errors).

    Raises OSError where the disk could not take it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        if call is None:
            os.sync()
        elif call(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)
