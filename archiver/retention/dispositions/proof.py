"""The proof that destroyed text is gone: a sample of it is looked for in the files' raw bytes.

The sample lives in memory alone and ends with the execution: what is written down is how many texts
were looked for, in how many bytes, and what was found.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from archiver.archive.store import Archive
from archiver.database import rows
from archiver.items import Access
from archiver.retention.reporting import FILES

MOST = 32
"""So many texts: each is looked for in every byte of both files."""
SHORTEST, LONGEST = 16, 48
"""Characters. Shorter ones stand in other people's texts by chance."""
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked for and found. `texts` were taken at random from what was destroyed; `alike`
    of them are said by surviving records too; `left` stood in a file though no record says them.
    `whole` is False where an interruption lost part of the sample."""

    texts: int
    files: tuple[str, ...]
    bytes: int
    alike: int
    left: int
    whole: bool


class Needles:
    """A random sample of destroyed texts, never written anywhere."""

    def __init__(self, *, whole: bool) -> None:
        self._texts: list[str] = []
        self._seen = 0
        self._random = random.SystemRandom()
        self.whole = whole

    def __len__(self) -> int:
        return len(self._texts)

    def take(self, conn: sqlite3.Connection, record_ids: Sequence[int]) -> None:
        """Take texts of records about to go into the sample."""
        found = rows(
            conn,
            "SELECT text FROM versions WHERE record_id IN (SELECT value FROM json_each(?)) "
            "AND length(text) >= ?",
            msgspec.json.encode(list(record_ids)).decode(),
            SHORTEST,
        )
        for each in found:
            self._seen += 1
            needle = _needle(each["text"])
            if len(self._texts) < MOST:
                self._texts.append(needle)
            else:
                place = self._random.randrange(self._seen)
                if place < MOST:
                    self._texts[place] = needle

    def look(self, archive: Archive) -> Proof:
        """Look for the sample in the raw bytes of both files and their logs."""
        paths = [
            path
            for access in Access
            for path in _files(archive.home.database(access))
            if path.is_file()
        ]
        wanted = {text: text.encode("utf-8", "surrogatepass") for text in self._texts}
        found: set[str] = set()
        size = 0
        for path in paths:
            size += _search(path, wanted, found)
        alike = sum(_is_said(archive, text) for text in found)
        return Proof(
            texts=len(wanted),
            files=tuple(path.name for path in paths),
            bytes=size,
            alike=alike,
            left=len(found) - alike,
            whole=self.whole,
        )


def _needle(text: str) -> str:
    start = max((len(text) - LONGEST) // 2, 0)
    return text[start : start + LONGEST]


def _files(database: Path) -> tuple[Path, ...]:
    return (database, database.with_name(f"{database.name}-wal"))


def _search(path: Path, wanted: dict[str, bytes], found: set[str]) -> int:
    overlap = max((len(each) for each in wanted.values()), default=1)
    size, tail = 0, b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            window = tail + chunk
            found |= {text for text, each in wanted.items() if text not in found and each in window}
            tail = window[-overlap:]
    return size


def _is_said(archive: Archive, text: str) -> bool:
    """Whether a surviving record says it: then it stands in the file rightly."""
    for access in FILES.values():
        for table, column in (("versions", "text"), ("versions", "details"), ("events", "detail")):
            sql = f"SELECT 1 FROM {table} WHERE instr({column}, ?) LIMIT 1"
            if archive.file(access).execute(sql, (text,)).fetchone() is not None:
                return True
    return False
