"""What is in quarantine is not there, for whatever statement a page may ask."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from archiver.archive.reading import record, records, thread, versions
from archiver.archive.search import Filters, search
from archiver.archive.store import Archive
from archiver.archive.veil import Hidden, draw, refresh
from archiver.config import Home
from archiver.database import connect, connect_read_only
from archiver.items import Kind
from archiver.retention.schema import migrate_retention

ZONE = "America/Los_Angeles"
SPEAK_OF_NO_RECORD = {
    "accounts",
    "runs",
    "coverage",
    "exchanges",
    "originals",
    "leaves",
    "retention_changes",
    "subscribers",
    "subscriber_counts",
    "skipped",
    "tombstones",
    "resightings",
    "unfinished",
    "seals",
    "audit",
    "cursors",
    "observed",
    "dictionaries",
    "_sqlite_migrations",
}
"""Tables that hold nothing of a record: digests, places, people of lists, and the work itself."""


@pytest.fixture
def ids(archive: Archive, rig: Any, item: Any) -> list[int]:
    """Six posts, the second and third answers to the first."""
    rig.add(
        *(
            item(
                str(number),
                f"Park closure, word{number}",
                kind=Kind.COMMENT if number in (2, 3) else Kind.POST,
                parent_id="1" if number in (2, 3) else None,
                root_id="1" if number in (2, 3) else None,
                created_at=f"2026-08-1{number}T10:00:00Z",
            )
            for number in range(1, 7)
        )
    )
    found = archive.public.execute("SELECT id FROM records ORDER BY native_id")
    return [row[0] for row in found.fetchall()]


def veiled(archive: Archive, *hidden: int) -> sqlite3.Connection:
    connection = connect_read_only(archive.home.archive_db)
    draw(connection, "archive", Hidden(7, {"archive": frozenset(hidden)}, frozenset()))
    return connection


def test_every_table_that_speaks_of_records_is_veiled(archive: Archive, ids: list[int]) -> None:
    with closing(veiled(archive, ids[0])) as connection:
        tables = {
            row[0]
            for row in connection.execute("SELECT name FROM main.sqlite_master WHERE type='table'")
            if not row[0].startswith(("fts_", "sqlite_"))
        }
        views = {
            row[0]
            for row in connection.execute("SELECT name FROM temp.sqlite_master WHERE type='view'")
        }
    assert tables - SPEAK_OF_NO_RECORD - views == {"media"}  # by digest, where one is unlawful


def test_no_statement_finds_it(archive: Archive, ids: list[int]) -> None:
    gone = ids[1]
    with closing(veiled(archive, gone)) as connection:
        assert record(connection, gone) is None
        assert versions(connection, gone) == []
        assert [each.id for each in records(connection, ids)] == [i for i in ids if i != gone]
        for table in ("facet", "search_docs", "displaced", "events", "metrics", "record_media"):
            column = "id" if table in ("facet", "search_docs", "displaced") else "record_id"
            found = connection.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", (gone,))
            assert found.fetchone() is None, table
        for match in ("word2", "park"):
            found = connection.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (match,))
            assert gone not in {row[0] for row in found.fetchall()}


def test_a_thread_goes_on_without_it(archive: Archive, ids: list[int]) -> None:
    with closing(veiled(archive, ids[1])) as connection:
        top = record(connection, ids[0])
        assert top is not None
        assert [each.record.id for each in thread(connection, top)] == [ids[0], ids[2]]
    with closing(veiled(archive, ids[0])) as connection:
        answer = record(connection, ids[1])
        assert answer is not None
        assert ids[0] not in [each.record.id for each in thread(connection, answer)]


@pytest.mark.parametrize("order", ["newest", "oldest", "best"])
@pytest.mark.parametrize("size", [2, 50])
def test_a_search_counts_what_it_shows(
    archive: Archive, ids: list[int], order: Any, size: int
) -> None:
    with closing(veiled(archive, ids[1], ids[5])) as connection:
        shown: list[int] = []
        before = None
        while True:
            page = search(
                {"archive": connection},
                "park",
                Filters(),
                time_zone=ZONE,
                order=order,
                before=before,
                size=size,
                budget_ms=2_000,
            )
            shown += [hit.id for hit in page.rows]
            before = page.next
            if before is None:
                break
    assert sorted(shown) == sorted(i for i in ids if i not in (ids[1], ids[5]))
    assert (page.count, page.count_exact) == (4, True)
    assert sum(count for _, count in page.months) == 4
    assert sum(each.count for each in page.facets.kind) == 4


def test_who_writes_sees_everything(archive: Archive, ids: list[int]) -> None:
    with closing(connect(archive.home.office_db, create=True)) as office:
        hide(office, ids[0])
    with Archive.open(archive.home) as reading, Archive.open(archive.home, whole=True) as whole:
        assert record(reading.public, ids[0]) is None
        assert record(whole.public, ids[0]) is not None
    assert record(archive.public, ids[0]) is not None


def test_a_kept_connection_learns_of_each_change(archive: Archive, ids: list[int]) -> None:
    with (
        closing(connect(archive.home.office_db, create=True)) as office,
        closing(connect_read_only(archive.home.archive_db)) as connection,
    ):
        refresh(connection, "archive", office)
        assert record(connection, ids[0]) is not None
        hide(office, ids[0])
        refresh(connection, "archive", office)
        assert record(connection, ids[0]) is None
        hide(office, ids[2])
        refresh(connection, "archive", office)
        assert [each.id for each in records(connection, ids[:3])] == [ids[1]]
        hide(office, ids[0], "lifted")
        hide(office, ids[2], "lifted")
        refresh(connection, "archive", office)
        assert len(records(connection, ids)) == 6
        views = connection.execute("SELECT count(*) FROM temp.sqlite_master").fetchone()[0]
        assert views == 0


def test_a_veiled_connection_still_writes_nothing(archive: Archive, ids: list[int]) -> None:
    with closing(veiled(archive, ids[0])) as connection:
        for statement in (
            "DELETE FROM temp.quarantined",
            "DROP VIEW temp.records",
            "UPDATE main.records SET text = ''",
        ):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute(statement)


def test_a_home_without_an_office_hides_nothing(archive: Archive, ids: list[int]) -> None:
    assert isinstance(archive.home, Home)
    assert not archive.home.office_db.exists()
    with Archive.open(archive.home) as reading:
        assert len(records(reading.public, ids)) == 6


def hide(office: sqlite3.Connection, record_id: int, what: str = "placed") -> None:
    migrate_retention(office)
    office.execute(
        "INSERT INTO quarantine_steps (act, file, record_id, chosen, what, kind, reason, at, actor)"
        " VALUES (1, 'archive', ?1, ?1, ?2, 'other', 'r', '2026-11-20T18:00:00Z', 'test')",
        (record_id, what),
    )
