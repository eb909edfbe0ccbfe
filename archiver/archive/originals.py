"""Originals: what was imported, kept as it was given, under its hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from archiver import clock
from archiver.archive.files import (
    incoming_path,
    original_path,
    place,
    storage_errors,
    take_in,
)
from archiver.archive.resighting import flag, memory_of
from archiver.archive.rows import RowWriter
from archiver.archive.runs import Run
from archiver.archive.store import Archive
from archiver.archive.stored_text import to_stored
from archiver.errors import InputError, RuleError
from archiver.items import Access

_EXTENSION = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class StoredOriginal:
    """An original in the archive: hash (hex), size in bytes, access class, and its number in each
    file (a version cites it there)."""

    sha256: str
    size: int
    access: Access
    public_id: int
    private_id: int

    def id_in(self, access: Access) -> int:
        """The number of its row in the file of an access class."""
        return self.public_id if access is Access.PUBLIC else self.private_id


def store_original(
    archive: Archive, run: Run, path: Path, *, access: Access, name: str
) -> StoredOriginal:
    """Keep a file as it was given. What mixes public and private is private (DESIGN §4): the row in
    archive.db then carries its hash and no name.

    Raises InputError where the file cannot be read, StorageError where it cannot be kept, RuleError
    where this very file was destroyed.
    """
    extension = Path(name).suffix.lower()
    extension = extension if _EXTENSION.fullmatch(extension) else ".bin"
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    with stream:
        stored = take_in(archive.home, access, stream, extension)
    waiting = incoming_path(archive.home, access, f"{stored.sha256}{extension}")
    key = bytes.fromhex(stored.sha256)
    numbers: dict[Access, int] = {}
    _refuse_destroyed(archive, run, stored.sha256, waiting)
    with archive.writer():
        kept = access
        for file in Access:
            connection = archive.file(file)
            found = connection.execute(
                "SELECT id, access, extension FROM originals WHERE sha256 = ?", (key,)
            ).fetchone()
            if found is not None:
                numbers[file], kept = int(found["id"]), Access(found["access"])
                extension = str(found["extension"])
                continue
            writer = RowWriter(connection)
            shown = to_stored(name) if file is access or access is Access.PUBLIC else None
            numbers[file] = writer.add(
                *("original", run.id, access.value, key, stored.size, extension),
                *(shown, clock.now_text()),
            )
            writer.flush()
    if kept is access:
        place(waiting, original_path(archive.home, access, stored.sha256, extension))
    with storage_errors(waiting):
        waiting.unlink(missing_ok=True)
    return StoredOriginal(
        stored.sha256, stored.size, kept, numbers[Access.PUBLIC], numbers[Access.PRIVATE]
    )


def _refuse_destroyed(archive: Archive, run: Run, digest: str, waiting: Path) -> None:
    """A download that was destroyed does not come back by being imported again."""
    memory = memory_of(archive)
    gone = memory.among(0, [("original", digest)]) if memory else {}
    for access, tombstone_id, number in gone.values():
        with storage_errors(waiting):
            waiting.unlink(missing_ok=True)
        with archive.writer():
            flag(RowWriter(archive.file(access)), tombstone_id, run.id, clock.now_text())
        raise RuleError(
            f"this very file was destroyed under {number}: it is not taken in again; "
            "import a newer download"
        )
