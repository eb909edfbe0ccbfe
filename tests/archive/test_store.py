"""Two files of one schema, their folders, keys and guards."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable

import pytest

from archiver.archive.evidence_guards import APPEND_ONLY
from archiver.archive.store import Archive, create_archive
from archiver.config import Home
from archiver.database import connect
from archiver.errors import HomeError
from archiver.items import Access, Item

Make = Callable[..., Item]


def test_creating_twice_changes_nothing(city: Home) -> None:
    key = (city.keys / "seal.key").read_bytes()
    create_archive(city)
    assert (city.keys / "seal.key").read_bytes() == key
    with Archive.open(city) as archive:
        for access in Access:
            held = archive.file(access).execute("SELECT count(*) FROM dictionaries").fetchone()
            assert held[0] == 1


def test_the_signing_key_and_what_is_private_are_the_owners_alone(city: Home) -> None:
    for path in (city.keys / "seal.key", city.private_db):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(city.folder(Access.PRIVATE).stat().st_mode) == 0o700


def test_both_files_have_one_schema(archive: Archive) -> None:
    schemas = [
        archive.file(access).execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        for access in Access
    ]
    assert [tuple(row) for row in schemas[0]] == [tuple(row) for row in schemas[1]]


def test_files_are_kept_as_the_design_says(archive: Archive) -> None:
    for access in Access:
        connection = archive.file(access)
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA page_size").fetchone()[0] == 16 * 1024
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA secure_delete").fetchone()[0] == 1


def test_every_evidence_table_is_strict(archive: Archive) -> None:
    for row in archive.public.execute("PRAGMA table_list").fetchall():
        ours = row["schema"] == "main" and row["type"] == "table"
        if ours and row["name"] in {*APPEND_ONLY, "records", "runs", "subscribers", "accounts"}:
            assert row["strict"] == 1, row["name"]


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_what_was_written_takes_no_update_and_no_delete(rig, item: Make, table: str) -> None:
    rig.add(item("1", metrics={"likes": 1}), item("1", "edited", metrics={"likes": 2}))
    connection = rig.archive.public
    if not rig.one(f"SELECT count(*) FROM {table}"):
        return
    column = rig.rows(f"SELECT name FROM pragma_table_info('{table}')")[1][0]
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match=table):
            connection.execute(statement)


def test_a_row_goes_only_where_its_tombstone_stands(rig, item: Make) -> None:
    rig.add(item("1"))
    connection = rig.archive.public
    connection.execute(
        """
        INSERT INTO tombstones (kind, ref, record_id, at, authority, leaf)
        SELECT 'version', id, record_id, '2030-01-01T00:00:00Z', 'a test', 0 FROM versions
        """
    )
    assert connection.execute("DELETE FROM versions").rowcount == 1
    with pytest.raises(sqlite3.IntegrityError, match="tombstone"):
        connection.execute("DELETE FROM records")


def test_an_id_never_changes(rig, item: Make) -> None:
    rig.add(item("1"))
    with pytest.raises(sqlite3.IntegrityError, match="never changes"):
        rig.archive.public.execute("UPDATE records SET id = id + 1")


def test_a_file_of_a_newer_program_is_refused_in_one_line(city: Home) -> None:
    connection = connect(city.private_db)
    connection.execute(
        """
        INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
        VALUES ('archive', 'm999_future', '')
        """
    )
    connection.close()
    for act in (lambda: Archive.open(city), lambda: create_archive(city)):
        with pytest.raises(HomeError, match=r"private\.db was written by a newer archiver"):
            act()


def test_a_missing_file_is_named(city: Home) -> None:
    city.private_db.unlink()
    with pytest.raises(HomeError, match=r"private\.db is missing"):
        Archive.open(city)


def test_an_unmigrated_file_is_named(city: Home) -> None:
    city.private_db.unlink()
    connect(city.private_db, create=True).close()
    with pytest.raises(HomeError, match="older archiver"):
        Archive.open(city)


def test_reading_never_writes(city: Home) -> None:
    with Archive.open(city) as archive, pytest.raises(sqlite3.OperationalError):
        archive.public.execute("INSERT INTO cursors VALUES (1, 'a', 'b')")
