"""The database holds the records and nothing else, and answers a reader's first questions."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from archiver.production.cells import plain


@pytest.fixture
def database(made):
    path = made.folder / "data/records.sqlite"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as found:
        yield found


def all_of(database, sql):
    return database.execute(sql).fetchall()


def test_it_is_whole_and_holds_nothing_that_was_taken_out(made, database) -> None:
    assert all_of(database, "PRAGMA integrity_check") == [("ok",)]
    assert all_of(database, "PRAGMA foreign_key_check") == []
    assert all_of(database, "PRAGMA freelist_count") == [(0,)]
    assert all_of(database, "PRAGMA page_size") == [(4096,)]
    assert all_of(database, "PRAGMA journal_mode") == [("delete",)]
    assert all_of(database, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%VIRTUAL%'") == [
        (0,)
    ]
    assert {path.name for path in (made.folder / "data").iterdir()} == {
        *("records.jsonl", "records.csv", "records.xlsx", "records.sqlite", "index.csv"),
    }


def test_it_says_what_the_packet_says(made, database) -> None:
    found = all_of(database, "SELECT text FROM records ORDER BY number")
    assert [text for (text,) in found] == [plain(text) for text in made.texts]
    answers = {number: answered for number, answered, *_ in all_of(
        database, "SELECT number, answered FROM answers"
    )}  # fmt: skip
    told = {line["number"]: line["in_reply_to"] for line in made.lines if line["in_reply_to"]}
    assert answers == told


def test_what_a_record_has_several_of_stands_in_tables_of_its_own(made, database) -> None:
    records = made.release.records
    for table, count in {
        "redactions": sum(len(record.redactions) for record in records),
        "earlier_versions": sum(len(record.versions) for record in records),
        "versions_left_out": 1,
        "history": sum(len(record.events) for record in records),
        "media": 2,
        "recipients": sum(len(record.recipients) for record in records),
        "links": 2,
        "withheld": len(made.release.withheld),
        "lists": 1,
        "list_cells": 4,
        "sections": len(made.release.grounds),
    }.items():
        assert all_of(database, f"SELECT count(*) FROM {table}") == [(count,)], table


def test_every_view_can_be_read(made, database) -> None:
    views = all_of(database, "SELECT name FROM sqlite_schema WHERE type = 'view'")
    assert len(views) == 8
    for (view,) in views:
        all_of(database, f"SELECT * FROM {view}")
    sections = dict(all_of(database, "SELECT section, redactions FROM redactions_by_section"))
    assert sections["Gov. Code § 7927.410"] == 2
    [(count,)] = all_of(database, "SELECT sum(records) FROM conversations")
    assert count == len(made.texts)


def test_a_bar_in_a_list_leaves_no_text(database) -> None:
    barred = all_of(database, "SELECT text, redacted_under FROM list_cells WHERE text IS NULL")
    assert barred == [(None, "Gov. Code § 7927.410")]
