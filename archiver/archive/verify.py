"""Verify: recompute everything that can be recomputed, and name what is not as it was.

For each file: the schema and its guards; every seal, root and signature; every sealed row against
its leaf; every version against its leaf; every record's current state and index strings against
what its versions say; the index against its strings; every tombstone against its leaf; every file
of bytes against its row, and every row against its file. Memory does not grow with the archive.

What can not be noticed: the end of the archive cut off in both files alike, down to an older state
that was whole (an RFC 3161 token or any copied root outside the home shows it).
"""

from __future__ import annotations

import sqlite3

from archiver.archive.findings import Finding, Findings, VerifyReport
from archiver.archive.indexing import check_index
from archiver.archive.runs import recover
from archiver.archive.schema import migrate_archive
from archiver.archive.store import Archive
from archiver.archive.verify_changes import check_changes
from archiver.archive.verify_destroyed import check_destroyed
from archiver.archive.verify_files import check_files
from archiver.archive.verify_pairs import check_pairs
from archiver.archive.verify_records import check_records
from archiver.archive.verify_rows import check_leaves, check_seals
from archiver.archive.verify_withdrawn import check_withdrawn
from archiver.config import Home
from archiver.errors import IntegrityError, StorageError
from archiver.items import Access
from archiver.progress import Progress

__all__ = ["Finding", "VerifyReport", "verify"]


def verify(home: Home, *, progress: Progress | None = None) -> VerifyReport:
    """Check the whole archive. After a kill, WARC files are first cut back to what was committed.

    `progress` is told what is being checked, how far, of how many. Raises HomeError where a file is
    missing or no database, BusyError while another program writes for long.
    """
    findings = Findings(progress)
    with Archive.open(home, write=True) as writable:
        try:
            recover(writable)
        except StorageError:
            findings.checked["home is read-only: search index not checked"] += 1
        except sqlite3.DatabaseError:
            findings.tell("a file is damaged", 0, None)
        with Archive.open(home, whole=True) as archive:
            _check_archive(archive, writable, findings)
    return findings.report()


def _check_archive(archive: Archive, writable: Archive, findings: Findings) -> None:
    for access in Access:
        archive.file(access).execute("BEGIN")
    sound = [access for access in Access if _is_sound(archive, access, findings)]
    if len(sound) == len(Access):
        check_seals(archive, findings)
    for access in sound:
        try:
            check_leaves(archive, access, findings)
            check_destroyed(archive, access, findings)
            check_withdrawn(archive, access, findings)
            check_records(archive, access, findings)
            check_changes(archive, access, findings)
            check_pairs(archive, access, findings)
            _check_search_index(archive, writable, access, findings)
            check_files(archive, writable, access, findings)
        except sqlite3.DatabaseError as error:
            name = archive.home.database(access).name
            findings.add(name, "", f"SQLite finds the file damaged: {error}")


def _is_sound(archive: Archive, access: Access, findings: Findings) -> bool:
    """Whether a file is a whole database with the tables and guards it should have."""
    name = archive.home.database(access).name
    connection = archive.file(access)
    findings.tell(f"{name}: pages", 0, None)
    try:
        broken = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        broken = str(error)
    if broken != "ok":
        findings.add(name, "", f"SQLite finds the file damaged: {broken}")
        return False
    expected = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate_archive(expected)
        wanted, found = _schema(expected), _schema(connection)
    finally:
        expected.close()
    for key in wanted.keys() | found.keys():
        kind, thing = key
        if key not in found:
            findings.add(name, f"{kind} {thing}", "it is missing")
        elif key not in wanted:
            findings.add(name, f"{kind} {thing}", "it does not belong there")
        elif wanted[key] != found[key]:
            findings.add(name, f"{kind} {thing}", "it is not what the program made")
    return {key for key in wanted if key[0] == "table"} <= found.keys()


def _schema(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    )
    return {(kind, name): " ".join((sql or "").split()) for kind, name, sql in rows}


def _check_search_index(
    archive: Archive, writable: Archive, access: Access, findings: Findings
) -> None:
    name = archive.home.database(access).name
    findings.tell(f"{name}: search index", 0, None)
    try:
        check_index(writable.file(access))
    except IntegrityError as error:
        findings.add(name, "fts", str(error))
    except sqlite3.OperationalError:
        return
