"""What is in quarantine is not there, for whatever statement a page may ask."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from archiver.archive.limits import condition_of, tables_of
from archiver.archive.matching import all_matching, ask
from archiver.archive.media import store_media
from archiver.archive.reading import record, records, thread, versions
from archiver.archive.search import Filters, search
from archiver.archive.store import Archive
from archiver.archive.veil import NOTHING, Hidden, draw, refresh, seen_accounts
from archiver.archive.writing import batch, begin_run
from archiver.config import Home
from archiver.database import connect, connect_read_only
from archiver.items import Access, Kind, MediaRef
from archiver.retention.schema import migrate_retention
from tests.archive.conftest import ACCOUNT

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
    "observed_before",
    "withdrawals",
    "reconciliations",
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


@pytest.fixture
def two(archive: Archive, ids: list[int], item: Any) -> list[int]:
    """Beside the six posts of account 1 two of account 2, one of them with the same picture."""
    works = replace(ACCOUNT, id=2, handle="AlderGlenWorks", department="Public Works")
    stored = {
        "map.png": store_media(archive.home, Access.PUBLIC, BytesIO(b"both show it")),
        "own.png": store_media(archive.home, Access.PUBLIC, BytesIO(b"of the works alone")),
    }
    for account, native, names in ((ACCOUNT, "9", ["map.png"]), (works, "7", [*stored])):
        media = tuple(MediaRef(name, name, "image/png", None) for name in names)
        run = begin_run(archive, account, source="test")
        with batch(archive, run) as writing:
            posts = [item(native, "Park closure, works", media=media)]
            posts += [item("8", "Park hours")] if account is works else []
            writing.add(posts, observed_at="2026-08-18T09:11:00Z", media=stored)
            writing.cover(Kind.POST, start=None, end="2026-08-18T09:00:00Z", state="complete")
    found = archive.public.execute("SELECT id FROM records WHERE account_id = 2 ORDER BY id")
    return [row[0] for row in found.fetchall()]


def limited(archive: Archive, *accounts: int) -> sqlite3.Connection:
    connection = connect_read_only(archive.home.archive_db)
    draw(connection, "archive", NOTHING, frozenset(accounts))
    return connection


def test_every_table_is_open_or_limited_to_accounts(archive: Archive, two: list[int]) -> None:
    empty = {"tombstones", "resightings", "unfinished", "audit"}
    empty |= {"retention_changes", "retention_moved"}
    with closing(limited(archive, 2)) as connection:
        tables = set(tables_of(connection))
        views = {
            row[0]
            for row in connection.execute("SELECT name FROM temp.sqlite_master WHERE type='view'")
        }
        assert tables == views, "say in archive.limits what of a new table may be seen"
        silent = {name for name in tables if condition_of(name, frozenset({2})) == "0"}
        assert silent == empty
        for name in sorted(tables - silent):
            connection.execute(f"SELECT count(*) FROM {name}").fetchone()


def test_who_is_limited_to_accounts_finds_theirs_alone(archive: Archive, two: list[int]) -> None:
    with closing(limited(archive, 2)) as connection:
        for table, column in (("records", "id"), ("facet", "id"), ("search_docs", "id")):
            found = connection.execute(f"SELECT {column} FROM {table} ORDER BY 1")
            assert [row[0] for row in found.fetchall()] == two, table
        found = connection.execute("SELECT rowid FROM fts WHERE fts MATCH 'park' ORDER BY rowid")
        assert [row[0] for row in found.fetchall()] == two
        for table in ("accounts", "runs", "coverage"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 1, table
        assert connection.execute("SELECT count(*) FROM media").fetchone()[0] == 2
    with closing(limited(archive, 1)) as connection:
        assert connection.execute("SELECT count(*) FROM media").fetchone()[0] == 1
    with closing(limited(archive)) as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone()[0] == 0


@pytest.mark.parametrize("order", ["newest", "oldest", "best"])
def test_a_limited_search_counts_what_it_shows(
    archive: Archive, two: list[int], order: Any
) -> None:
    with closing(limited(archive, 2)) as connection:
        files = {"archive": connection}
        for words, wanted in (("park", 2), ("", 2), ("works", 1), ("word2", 0), ("-works", 1)):
            found = search(files, words, Filters(), time_zone=ZONE, order=order, budget_ms=2_000)
            assert (len(found.rows), found.count, found.count_exact) == (wanted, wanted, True)
            assert {each.value for each in found.facets.account} <= {"2"}
        for guess in ((1,), (999,)):
            found = search(files, "park", Filters(account_ids=guess), time_zone=ZONE)
            assert (found.count, found.notes, found.nothing) == (
                *(0, ()),
                "The account filters exclude each other.",
            )
        asked = ask(files, "park", Filters(), ZONE)
        assert list(all_matching("archive", connection, asked)) == two
    with closing(limited(archive)) as connection:
        assert search({"archive": connection}, "park", time_zone=ZONE).count == 0


def test_quarantine_and_a_limit_hold_together_and_are_drawn_anew(
    archive: Archive, two: list[int]
) -> None:
    hidden = Hidden(7, {"archive": frozenset(two[:1])}, frozenset())
    with closing(connect_read_only(archive.home.archive_db)) as connection:
        for accounts, wanted in ((frozenset({2}), 1), (frozenset({1}), 7), (None, 8)):
            draw(connection, "archive", hidden, accounts)
            assert seen_accounts(connection) == accounts
            assert connection.execute("SELECT count(*) FROM records").fetchone()[0] == wanted
        draw(connection, "archive", NOTHING, None)
        assert connection.execute("SELECT count(*) FROM temp.sqlite_master").fetchone()[0] == 0


def test_who_is_not_limited_searches_without_any_view(archive: Archive, two: list[int]) -> None:
    with closing(connect_read_only(archive.home.archive_db)) as connection:
        assert search({"archive": connection}, "", time_zone=ZONE).count == 9
        assert connection.execute("SELECT count(*) FROM temp.sqlite_master").fetchone()[0] == 0
