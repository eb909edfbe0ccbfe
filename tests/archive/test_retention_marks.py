"""Marks: set where needed, and a moved day is written down, alone or together with others."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping

import pytest

from archiver.archive.retention_marks import Carried, Wanted, retention_history
from archiver.archive.writing import batch
from archiver.items import Item, Kind, Visibility

Make = Callable[..., Item]
ADOPTED = '[{"what":"schedule adopted","schedule":"s@2"}]'


def carried(until: str | None, rule: str = "s@1#AD-9") -> Carried:
    """A mark of series AD-9 until a day."""
    return Carried("AD-9", "2026-08-14", until, rule)


def put(rig, marks: Mapping[int, Carried], *, shared: str = ADOPTED) -> tuple[int, int]:
    """Mark records in a transaction of their own; how many were marked, and how many days moved."""
    with Wanted(rig.archive.public) as wanted, rig.archive.writer():
        wanted.want(marks.items())
        written = wanted.write({1: shared}, lambda number: '[{"what":"record hidden"}]')
    assert written.series.total() == len(marks)
    return written.marked, written.moved


def numbers(rig) -> list[int]:
    """The ids of all records."""
    return [row[0] for row in rig.rows("SELECT id FROM records ORDER BY id")]


def unmarked(rig) -> int:
    """How many records need marking."""
    return rig.one("SELECT count(*) FROM records WHERE retention_rule IS NULL")


def test_a_new_record_needs_marking_until_it_is_marked(rig, item: Make) -> None:
    rig.add(item("1"), item("2"))
    first, second = numbers(rig)
    assert unmarked(rig) == 2
    assert put(rig, {first: carried("2028-08-14")}) == (1, 0)
    assert put(rig, {second: Carried(None, None, None, "s@1#none")}) == (1, 0)
    assert unmarked(rig) == 0
    assert rig.one("SELECT count(*) FROM events") == 0
    assert retention_history(rig.archive.public, first) == []
    assert rig.wrong() == []


def test_a_day_moved_by_the_records_own_facts_leaves_an_event(rig, item: Make) -> None:
    rig.add(item("1"))
    [number] = numbers(rig)
    put(rig, {number: carried("2028-08-14")})
    rig.add(item("1", visibility=Visibility.HIDDEN), at="2026-08-16T00:00:00Z")
    assert unmarked(rig) == 1
    hidden = Carried("AD-9", "2026-08-16", "2028-08-16", "s@1#removed")
    assert put(rig, {number: hidden}) == (1, 1)
    assert put(rig, {number: hidden}) == (0, 0)
    detail = rig.one("SELECT detail FROM events WHERE what = 'retention'")
    assert json.loads(str(detail)) == {
        "from": "2028-08-14",
        "to": "2028-08-16",
        "series_from": "AD-9",
        "series_to": "AD-9",
        "rule": "s@1#removed",
        "causes": [{"what": "record hidden"}],
    }
    assert rig.wrong() == []


def test_days_that_move_together_are_one_change_of_many_records(rig, item: Make) -> None:
    rig.add(*(item(str(n)) for n in range(5)))
    ids = numbers(rig)
    put(rig, dict.fromkeys(ids, carried("2028-08-14")))
    moved = {number: carried("2029-08-14", "s@2#AD-9") for number in ids[:4]}
    assert put(rig, {**moved, ids[4]: carried("2028-08-14", "s@2#AD-9")}) == (5, 4)
    assert rig.rows(
        "SELECT until_from, until_to, rule_from, rule, records FROM retention_changes"
    ) == [("2028-08-14", "2029-08-14", "s@1#AD-9", "s@2#AD-9", 4)]
    assert rig.one("SELECT count(*) FROM events") == 0
    assert retention_history(rig.archive.public, ids[4]) == []
    assert rig.wrong() == []


def test_the_history_tells_both_forms_alike_and_the_newest_first(rig, item: Make) -> None:
    rig.add(item("1"))
    [number] = numbers(rig)
    put(rig, {number: carried("2028-08-14")})
    put(rig, {number: carried("2029-08-14", "s@2#AD-9")})
    rig.add(item("1", visibility=Visibility.HIDDEN), at="2026-08-16T00:00:00Z")
    put(rig, {number: carried("2030-08-14", "s@2#AD-9")})
    put(rig, {number: carried("2031-08-14", "s@3#AD-9")}, shared='[{"what":"account closed"}]')
    history = retention_history(rig.archive.public, number)
    assert [(move.until_from, move.until_to, move.causes[0]["what"]) for move in history] == [
        ("2030-08-14", "2031-08-14", "account closed"),
        ("2029-08-14", "2030-08-14", "record hidden"),
        ("2028-08-14", "2029-08-14", "schedule adopted"),
    ]
    assert {(move.series_from, move.series_to) for move in history} == {("AD-9", "AD-9")}
    assert rig.wrong() == []


def test_what_moved_is_append_only(rig, item: Make) -> None:
    rig.add(item("1"))
    [number] = numbers(rig)
    put(rig, {number: carried("2028-08-14")})
    put(rig, {number: carried("2029-08-14", "s@2#AD-9")})
    for statement in (
        "UPDATE retention_changes SET until_to = '2020-01-01'",
        "DELETE FROM retention_changes",
        "UPDATE retention_moved SET record_id = 7",
        "DELETE FROM retention_moved",
        "INSERT OR REPLACE INTO retention_changes SELECT * FROM retention_changes",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            rig.archive.public.execute(statement)


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (
            "UPDATE retention_changes SET until_to = '2020-01-01'",
            "retention_changes, row 1: it does not match its leaf",
        ),
        (
            "DELETE FROM retention_moved WHERE record_id = (SELECT max(id) FROM records)",
            "retention_changes, row 1: not as many records are listed under it as it moved",
        ),
        (
            "DELETE FROM retention_moved",
            "retention_changes, row 1: none of the records it moved is listed",
        ),
        (
            "UPDATE retention_moved SET record_id = 7"
            " WHERE record_id = (SELECT max(id) FROM records)",
            "retention_changes, row 1: the records it moved are not those listed",
        ),
        (
            "UPDATE retention_moved SET record_id = 7"
            " WHERE record_id = (SELECT max(id) FROM records)",
            "retention_moved, record 7: it is neither there nor destroyed by law",
        ),
        (
            "INSERT INTO retention_moved VALUES ((SELECT max(id) FROM records), 9)",
            "it is listed under a change that does not stand",
        ),
        (
            "INSERT INTO retention_moved VALUES (7, 1)",
            "retention_changes, row 1: the records it moved are not those listed",
        ),
        ("DELETE FROM retention_changes", "1 rows are missing"),
    ],
)
def test_verify_finds_what_was_changed_by_hand(rig, item: Make, tampering: str, found: str) -> None:
    rig.add(*(item(str(n)) for n in range(3)))
    ids = numbers(rig)
    put(rig, dict.fromkeys(ids, carried("2028-08-14")))
    put(rig, dict.fromkeys(ids, carried("2029-08-14", "s@2#AD-9")))
    conn = rig.archive.public
    guards = [
        tuple(row)
        for row in conn.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'retention%'"
        )
    ]
    for name, _ in guards:
        conn.execute(f"DROP TRIGGER {name}")
    conn.execute(tampering)
    for _, sql in guards:
        conn.execute(sql)
    assert any(found in wrong for wrong in rig.wrong())


def test_a_move_of_a_record_destroyed_by_law_stays_and_is_no_finding(rig, item: Make) -> None:
    rig.add(item("1"), item("2"))
    ids = numbers(rig)
    put(rig, dict.fromkeys(ids, carried("2028-08-14")))
    put(rig, dict.fromkeys(ids, carried("2029-08-14", "s@2#AD-9")))
    conn = rig.archive.public
    with rig.archive.writer():
        conn.execute(
            "INSERT INTO tombstones (id, kind, ref, record_id, at, authority, leaf)"
            " VALUES (1, 'record', ?1, ?1, '', '', 0)",
            (ids[0],),
        )
        conn.execute("DELETE FROM records WHERE id = ?", (ids[0],))
    assert len(retention_history(conn, ids[0])) == 1
    assert not [wrong for wrong in rig.wrong() if "retention" in wrong]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Park open"},
        {"visibility": Visibility.HIDDEN},
        {"removed_at": "2026-08-15T10:00:00Z"},
        {"edited_at": "2026-08-15T10:00:00Z", "text": "Park open", "edit_id": "2"},
        {"language": "es", "text": "Parque"},
        {"edit_id": "0", "edit_position": -1, "text": "Park, an earlier edit"},
    ],
)
def test_every_change_of_a_fact_asks_for_a_new_mark(rig, item: Make, change: dict) -> None:
    rig.add(item("1", edit_id="1" if "edit_id" in change else None))
    [number] = numbers(rig)
    put(rig, {number: carried("2028-08-14")})
    rig.add(item("1", **change), at="2026-08-16T00:00:00Z")
    assert unmarked(rig) == 1


def test_going_and_coming_back_ask_for_a_new_mark(rig, item: Make) -> None:
    rig.add(item("1"))
    [number] = numbers(rig)
    put(rig, {number: carried("2028-08-14")})
    with batch(rig.archive, rig.run) as opened:
        opened.gone((Kind.POST, "1"), at="2026-08-16T00:00:00Z", exchange=None)
    assert unmarked(rig) == 1
    put(rig, {number: carried("2028-08-16")})
    rig.add(item("1"), at="2026-08-17T00:00:00Z")
    assert unmarked(rig) == 1


def test_what_changes_no_fact_leaves_the_mark(rig, item: Make) -> None:
    rig.add(item("1", metrics={"likes": 1}))
    [number] = numbers(rig)
    put(rig, {number: carried("2028-08-14")})
    rig.add(item("1", metrics={"likes": 2}), at="2026-08-16T00:00:00Z")
    assert unmarked(rig) == 0
