"""Verify, part three: bytes on disk. Media, originals and WARC files against the rows that name
them, and the folders against the rows: nothing changed, nothing missing, nothing added."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from archiver.archive.files import (
    CHUNK,
    find_media,
    find_original,
    original_path,
)
from archiver.archive.findings import Findings
from archiver.archive.store import Archive
from archiver.archive.warc import committed_in
from archiver.items import Access


def check_files(archive: Archive, now: Archive, access: Access, findings: Findings) -> None:
    """Every file of bytes of an access class. `now` sees what was committed since the check began:
    a run that goes on meanwhile is no finding."""
    check = _FileCheck(archive, now, access, findings)
    check.media()
    check.originals()
    check.exchanges()


def _digest(path: Path) -> tuple[bytes, int]:
    digest, size = sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.digest(), size


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in the order of names."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(Path(entry.path))
        else:
            yield Path(entry.path)


class _FileCheck:
    def __init__(self, archive: Archive, now: Archive, access: Access, findings: Findings) -> None:
        self._home = archive.home
        self._access = access
        self._connection = archive.file(access)
        self._now = now.file(access)
        self._other = archive.file(Access.PRIVATE)
        self._findings = findings
        self._folder = archive.home.folder(access)

    def _wrong(self, folder: str, path: str, what: str) -> None:
        self._findings.add(f"{self._access.value}/{folder}", path, what)

    def media(self) -> None:
        """Media rows against files, then files against rows."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        total = cursor.execute("SELECT count(*) FROM media").fetchone()[0]
        cursor.execute("SELECT sha256, size FROM media ORDER BY sha256")
        for done, (digest, size) in enumerate(cursor, 1):
            name = digest.hex()
            self._bytes("media", name, find_media(self._home, self._access, name), digest, size)
            if done % 100 == 0 or done == total:
                self._findings.tell(f"{self._access.value}: media", done, total)
        for path in _files_below(self._folder / "media"):
            name = path.name
            expected = self._folder / "media" / name[:2] / name[2:4] / name
            if path != expected or not self._is_named("media", name):
                self._wrong("media", name, "no row names this file: it was added")

    def _bytes(self, folder: str, name: str, path: Path | None, digest: bytes, size: int) -> None:
        self._findings.checked[f"{folder} files"] += 1
        if path is None:
            self._wrong(folder, name, "the file is missing")
            return
        try:
            found = _digest(path)
        except OSError as error:
            self._wrong(folder, name, f"the file cannot be read: {error.strerror}")
            return
        self._findings.checked["bytes of files"] += found[1]
        if found != (digest, size):
            self._wrong(folder, name, "the file's bytes changed")

    def _is_named(self, table: str, digest: str) -> bool:
        try:
            key = bytes.fromhex(digest)
        except ValueError:
            return False
        found = self._now.execute(f"SELECT 1 FROM {table} WHERE sha256 = ?", (key,)).fetchone()
        return found is not None

    def originals(self) -> None:
        """Rows of originals against files, then files against rows."""
        held = self._connection.execute(
            "SELECT sha256, size, extension FROM originals WHERE access = ? ORDER BY id",
            (self._access.value,),
        )
        known: set[Path] = set()
        for digest, size, extension in held.fetchall():
            self._findings.tell(f"{self._access.value}: originals", len(known), None)
            path = find_original(self._home, self._access, digest.hex(), extension)
            self._bytes("originals", f"{digest.hex()}{extension}", path, digest, size)
            known.add(original_path(self._home, self._access, digest.hex(), extension))
        for path in _files_below(self._folder / "originals"):
            if path not in known and not self._is_named("originals", path.name[:64]):
                self._wrong("originals", path.name, "no row names this file: it was added")

    def exchanges(self) -> None:
        """WARC files against the rows that cover them, from the first byte to the last."""
        names = [
            row[0]
            for row in self._connection.execute(
                """
                SELECT warc FROM exchanges WHERE access = ?1
                UNION
                SELECT json_extract(detail, '$.warc') FROM tombstones
                WHERE kind = 'exchange' AND json_extract(detail, '$.access') = ?1
                ORDER BY 1
                """,
                (self._access.value,),
            )
        ]
        for done, name in enumerate(names, 1):
            self._warc(name)
            self._findings.tell(f"{self._access.value}: exchanges", done, len(names))
        known = set(names)
        for path in _files_below(self._folder / "warc"):
            name = str(path.relative_to(self._folder))
            if name not in known and self._committed(name) == 0:
                self._wrong("warc", name, "no row names this file: it was added")
        self._told_elsewhere()

    def _committed(self, name: str) -> int:
        return committed_in(self._now, self._access, name)

    def _warc(self, name: str) -> None:
        path = self._folder / name
        rows = self._connection.execute(
            """
            SELECT id, start, length, sha256, 0 FROM exchanges WHERE warc = ?1 AND access = ?2
            UNION ALL
            SELECT ref, json_extract(detail, '$.start'), json_extract(detail, '$.length'),
                json_extract(detail, '$.filler'), 1
            FROM tombstones WHERE kind = 'exchange' AND json_extract(detail, '$.warc') = ?1
                AND json_extract(detail, '$.access') = ?2
            ORDER BY 2
            """,
            (name, self._access.value),
        ).fetchall()
        if all(row[4] for row in rows) and not path.exists():
            self._findings.checked["warc files destroyed"] += 1
            return
        self._findings.checked["warc files"] += 1
        try:
            with path.open("rb") as stream:
                end = self._segments(name, stream, rows)
                size = os.fstat(stream.fileno()).st_size
        except FileNotFoundError:
            self._wrong("warc", name, "the file is missing")
            return
        except OSError as error:
            self._wrong("warc", name, f"the file cannot be read: {error.strerror}")
            return
        if size > max(end, self._committed(name)):
            what = f"{size - end} bytes after its last record: something was added"
            self._wrong("warc", name, what)

    def _segments(self, name: str, stream: BinaryIO, rows: Sequence[sqlite3.Row]) -> int:
        """Hash the bytes of each exchange, or of what stands in its place; where the last ends."""
        end = 0
        for number, start, length, digest, gone in rows:
            label = f"{name} from byte {start} (exchange {number})"
            if start != end:
                self._wrong("warc", label, f"the row before it ends at byte {end}")
                stream.seek(start)
            found, left = sha256(), length
            while left and (chunk := stream.read(min(CHUNK, left))):
                found.update(chunk)
                left -= len(chunk)
            self._findings.checked["places of exchanges destroyed" if gone else "exchanges"] += 1
            self._findings.checked["bytes of files"] += length - left
            if left:
                self._wrong("warc", label, f"the file ends {left} bytes too early")
                return int(start + length)
            if gone and found.hexdigest() != digest:
                what = "it was destroyed, but what stands there is not what replaced it"
                self._wrong("warc", label, what)
            elif not gone and found.digest() != digest:
                self._wrong("warc", label, "the record's bytes changed")
            end = int(start + length)
        return end

    def _told_elsewhere(self) -> None:
        """A row of archive.db about private bytes says what the row of private.db says."""
        if self._access is Access.PRIVATE:
            return
        held = self._connection.execute(
            "SELECT id, warc, start, length, sha256 FROM exchanges WHERE access = 'private'"
        )
        for number, *place in held:
            found = self._other.execute(
                """
                SELECT 1 FROM exchanges
                WHERE warc = ? AND start = ? AND length = ? AND sha256 = ? AND access = 'private'
                """,
                place,
            ).fetchone()
            if found is None:
                what = "private.db holds no such exchange"
                self._findings.add("archive.db, exchanges", f"row {number}", what)
