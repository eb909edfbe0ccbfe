"""Which files belong to a backup, as the snapshot's rows name them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.archive.files import find_media, find_original, media_path, original_path
from archiver.archive.warc import committed_in
from archiver.config import BACKUP_FILE, Home
from archiver.items import Access
from archiver.operations.snapshot import Snapshot
from archiver.production.ledger import volume_folder
from archiver.production.proof.form import ENDING
from archiver.production.releasing.offering import FOLDER as DELIVERY
from archiver.requests.custodians.handing_in import OUTSIDE
from archiver.requests.receiving.attaching import FOLDER, file_path

_OWN_WAY = frozenset(
    {"logs", "ledger", "public", "private", "productions", FOLDER, DELIVERY, BACKUP_FILE}
)
"""What the home's top holds that is left out, or named by rows. Links are left out: restored, one
that was withdrawn since would work again."""
_BY_ROWS = frozenset({"media", "originals", "warc", "incoming"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file to copy: its name in the backup, where it lies now (None: it is missing), how many of
    its bytes count (None: all), and the SHA-256 that a row gives it (None: no row does). A file
    nobody's row names may vanish meanwhile."""

    name: str
    path: Path | None
    length: int | None = None
    sha256: str | None = None
    named: bool = True


def sources(taken: Snapshot) -> Iterator[Source]:
    """Every file of the home but the databases and the ledger. Logs, locks and unfinished work are
    left out."""
    home = taken.home
    for access in Access:
        yield from _evidence(taken, access)
        yield from _others(home, home.folder(access), _BY_ROWS)
    yield from _volumes(home, taken.office)
    yield from _request_files(home, taken.office)
    yield from _others(home, home.path, _OWN_WAY | _database_files(home))


def top_folders(home: Home) -> list[Path]:
    """The home's own folders, whose permission bits are kept."""
    return [
        path
        for path in sorted(home.path.iterdir())
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
    ]


def _evidence(taken: Snapshot, access: Access) -> Iterator[Source]:
    home, connection = taken.home, taken.archive.file(access)
    for row in connection.execute("SELECT sha256 FROM media ORDER BY sha256"):
        digest = row["sha256"].hex()
        name = _name(home, media_path(home, access, digest))
        yield Source(name, find_media(home, access, digest), sha256=digest)
    for row in connection.execute(
        "SELECT sha256, extension FROM originals WHERE access = ? ORDER BY sha256", (access.value,)
    ):
        digest, extension = row["sha256"].hex(), row["extension"]
        name = _name(home, original_path(home, access, digest, extension))
        found = find_original(home, access, digest, extension)
        yield Source(name, found, sha256=digest)
    for row in connection.execute(
        """
        SELECT warc, max(held) AS held FROM (
            SELECT warc, 1 AS held FROM exchanges WHERE access = ?1
            UNION
            SELECT json_extract(detail, '$.warc'), 0 FROM tombstones
            WHERE kind = 'exchange' AND json_extract(detail, '$.access') = ?1
        ) GROUP BY warc ORDER BY warc
        """,
        (access.value,),
    ).fetchall():
        path = home.folder(access) / row["warc"]
        if row["held"] or path.is_file():
            length = committed_in(connection, access, row["warc"])
            yield Source(_name(home, path), path if path.is_file() else None, length=length)


def _volumes(home: Home, office: sqlite3.Connection) -> Iterator[Source]:
    """Volumes that were entered by then, in their place even where they were yet to be moved there;
    and whatever else lies with them. Later ones and unfinished ones are left out."""
    known: dict[Path, Path] = {}
    for row in office.execute("SELECT request, volume, staging FROM productions ORDER BY id"):
        known[volume_folder(home, row["request"], row["volume"])] = (
            home.productions / row["staging"]
        )
    for folder, staging in known.items():
        # in the moment between the two looks it may have been moved
        lies = next((each for each in (folder, staging, folder) if each.is_dir()), None)
        if lies is None:
            yield Source(_name(home, folder), None)
            continue
        for path in _files_below(lies):
            yield Source(_name(home, folder / path.relative_to(lies)), path)
        proof = lies.with_name(lies.name + ENDING)
        if lies == staging and proof.is_file():
            yield Source(_name(home, folder.with_name(folder.name + ENDING)), proof, named=False)
    for path in _files_below(home.productions):
        if not any(parent.name.startswith("VOL") for parent in path.parents):
            yield Source(_name(home, path), path, named=False)


def _request_files(home: Home, office: sqlite3.Connection) -> Iterator[Source]:
    """The files that came with requests, and those handed in that are yet to be taken into the
    archive; what a kill left beside them is left out."""
    for row in office.execute(
        "SELECT number, sha256 FROM request_files JOIN requests ON requests.id = request_id "
        "UNION SELECT number, sha256 FROM handed_in_files AS files "
        "JOIN requests ON requests.id = request_id "
        "WHERE NOT EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id) "
        f"UNION SELECT '{OUTSIDE}', sha256 FROM handed_in_files AS files WHERE request_id IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM handed_in_taken WHERE file_id = files.id) "
        "ORDER BY number, sha256"
    ):
        path = file_path(home, row["number"], row["sha256"])
        name = _name(home, path)
        yield Source(name, path if path.is_file() else None, sha256=row["sha256"])


def _others(home: Home, folder: Path, without: frozenset[str]) -> Iterator[Source]:
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        path = Path(entry.path)
        if entry.name in without or _is_passing(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            for inner in _files_below(path):
                yield Source(_name(home, inner), inner, named=False)
        else:
            yield Source(_name(home, path), path, named=False)


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_passing(name))
        for name in sorted(names):
            if not _is_passing(name):
                yield Path(parent) / name


def _is_passing(name: str) -> bool:
    """Locks and unfinished work are hidden."""
    return name.startswith(".")


def _database_files(home: Home) -> frozenset[str]:
    files = (home.archive_db, home.private_db, home.office_db, home.staff_db)
    return frozenset(f"{path.name}{end}" for path in files for end in ("", "-wal", "-shm"))


def _name(home: Home, path: Path) -> str:
    return path.relative_to(home.path).as_posix()
