"""Collecting with what comes along, seeing beforehand what it would be, and undoing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.database import migrate
from archiver.errors import BusyError, InputError, RuleError
from archiver.items import Kind, Visibility
from archiver.register.office import open_office
from archiver.requests import schema as requests_schema
from archiver.requests.book import (
    Choice,
    Request,
    add_items,
    counts_of,
    decide,
    events_of,
    first_undecided,
    get_item,
    items_of,
    items_page,
    queue_around,
)
from archiver.requests.collecting.adding import How, add_records, preview
from archiver.requests.collecting.families import Along, family_ids
from archiver.requests.collecting.undoing import last_addition, undo_addition
from archiver.requests.queue import progress_by_request
from archiver.requests.schema import migrate_requests
from archiver.retention.holds import holds_on
from archiver.retention.schema import migrate_retention

Files = dict[str, sqlite3.Connection]
Store = Callable[..., int]
NUMBER = "2026-0001"


@pytest.fixture
def talk(store: Store) -> dict[str, int]:
    """A post, a comment, an answer to it, another comment, and a post elsewhere."""
    return {
        "post": store("10", "Skate park closed", kind=Kind.POST),
        "comment": store("11", parent_id="10", root_id="10"),
        "answer": store("12", "Thanks", parent_id="11", root_id="10"),
        "beside": store("14", "When?", parent_id="10", root_id="10"),
        "elsewhere": store("13", "Elsewhere", kind=Kind.POST),
    }


@pytest.mark.parametrize(
    ("along", "expected"),
    [
        (Along.NOTHING, {"answer"}),
        (Along.ABOVE, {"answer", "comment", "post"}),
        (Along.THREAD, {"answer", "comment", "post", "beside"}),
    ],
)
def test_what_comes_along_is_chosen(
    files: Files, talk: dict[str, int], along: Along, expected: set[str]
) -> None:
    found = family_ids(files["archive"], [talk["answer"]], along)
    assert {name for name, number in talk.items() if number in found} == expected
    assert found == sorted(found)


def test_a_comment_that_names_no_root_is_found_by_what_it_answers(
    files: Files, store: Store
) -> None:
    post = store("20", kind=Kind.POST)
    above = store("21", parent_id="20")
    below = store("22", parent_id="21")
    for picked in (post, above, below):
        assert family_ids(files["archive"], [picked], Along.THREAD) == sorted([post, above, below])


def test_records_that_answer_each_other_in_a_ring_end(files: Files, store: Store) -> None:
    ring = sorted([store("31", parent_id="32"), store("32", parent_id="31")])
    assert family_ids(files["archive"], [ring[0]], Along.THREAD) == ring


def test_a_message_brings_its_exchange_and_not_the_others(files: Files, store: Store) -> None:
    private = {"kind": Kind.MESSAGE, "visibility": Visibility.PRIVATE}
    first = store("41", root_id="dm-1", **private)
    second = store("42", root_id="dm-1", **private)
    store("43", root_id="dm-2", **private)
    assert family_ids(files["private"], [second], Along.THREAD) == sorted([first, second])
    assert family_ids(files["private"], [second], Along.ABOVE) == [second]


def test_every_earlier_version_can_be_an_item_of_its_own(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    record_id = store("1", "No lights")
    store("1", "No lights since May", observed_at="2026-11-18T10:00:00Z")
    picked = [("archive", record_id)]
    add_records(office, files, NUMBER, picked, How(versions=True), actor="of")
    assert len({item.version_id for item in items_of(office, NUMBER)}) == 2


def test_a_pinned_version_is_collected_even_where_a_later_one_stands(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    key = ("archive", store("1", "No lights"))
    sql = "SELECT version_id FROM records WHERE id = ?"
    first = files["archive"].execute(sql, (key[1],)).fetchone()[0]
    store("1", "No lights since May", observed_at="2026-11-18T10:00:00Z")
    add_records(office, files, NUMBER, [key], How(), actor="of", pinned={key: first})
    assert [item.version_id for item in items_of(office, NUMBER)] == [first]
    with pytest.raises(InputError, match="version 999999 of record"):
        add_records(office, files, NUMBER, [key], How(), actor="of", pinned={key: 999_999})


def test_the_preview_is_what_adding_then_does(
    office: sqlite3.Connection,
    files: Files,
    store: Store,
    talk: dict[str, int],
    request_made: Request,
) -> None:
    add_items(office, files, NUMBER, [("archive", talk["post"])], actor="of")
    message = store("41", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    picked = [("archive", talk["answer"]), ("private", message)]
    how = How(Along.THREAD)
    seen = preview(office, files, NUMBER, picked, how)
    assert (seen.added, seen.along, seen.already, seen.private) == (4, 2, 1, 1)
    assert dict(seen.kinds) == {"comment": 3, "message": 1}
    assert dict(seen.platforms) == {"x": 4}
    report = add_records(office, files, NUMBER, picked, how, actor="of")
    assert (report.added, report.duplicates) == (seen.added, seen.already)
    assert preview(office, files, None, picked, how).added == 5


def test_the_last_addition_is_undone_and_can_come_back(
    office: sqlite3.Connection, files: Files, talk: dict[str, int], request_made: Request
) -> None:
    add_items(office, files, NUMBER, [("archive", talk["elsewhere"])], actor="of")
    add_items(office, files, NUMBER, [("archive", talk["post"])], actor="of", families=True)
    last = last_addition(office, NUMBER)
    assert last is not None
    assert (last.items, last.decided) == (4, 0)
    before = items_of(office, NUMBER)
    assert undo_addition(office, NUMBER, last.id, actor="of", reason="Wrong post") == 4
    assert [item.record_id for item in items_of(office, NUMBER)] == [talk["elsewhere"]]
    assert [item.record_id for item in items_page(office, NUMBER)] == [talk["elsewhere"]]
    assert holds_on(office, "archive", talk["post"]), "an undo releases no hold"
    with pytest.raises(InputError, match="no item"):
        get_item(office, NUMBER, before[1].id)
    with pytest.raises(InputError, match="no item"):
        decide(office, NUMBER, [before[1].id], Choice.RELEASE, actor="of")
    report = add_items(office, files, NUMBER, [("archive", talk["comment"])], actor="of")
    assert (report.added, report.duplicates) == (1, 0)
    again = last_addition(office, NUMBER)
    assert again is not None
    assert again.items == 1
    undo_addition(office, NUMBER, again.id, actor="of", reason="Wrong again")
    assert len(items_of(office, NUMBER)) == 1
    assert events_of(office, NUMBER)[-1].kind == "addition undone"


def test_nothing_decided_and_nothing_but_the_last_is_undone(
    office: sqlite3.Connection, files: Files, talk: dict[str, int], request_made: Request
) -> None:
    add_items(office, files, NUMBER, [("archive", talk["elsewhere"])], actor="of")
    first = last_addition(office, NUMBER)
    assert first is not None
    add_items(office, files, NUMBER, [("archive", talk["post"])], actor="of")
    with pytest.raises(RuleError, match="only the last addition"):
        undo_addition(office, NUMBER, first.id, actor="of", reason="No")
    last = last_addition(office, NUMBER)
    assert last is not None
    with pytest.raises(RuleError, match="reason"):
        undo_addition(office, NUMBER, last.id, actor="of", reason=" ")
    item = items_of(office, NUMBER)[1]
    decide(office, NUMBER, [item.id], Choice.RELEASE, actor="of")
    with pytest.raises(RuleError, match="1 of the 1 items added are decided"):
        undo_addition(office, NUMBER, last.id, actor="of", reason="No")
    with pytest.raises(sqlite3.IntegrityError, match="only an undecided item"):
        office.execute(
            "INSERT INTO request_item_moves (item_id, addition_id, what, at, actor, reason) "
            "VALUES (?, ?, 'taken out', '', 'x', 'x')",
            (item.id, last.id),
        )
    decide(office, NUMBER, [item.id], Choice.UNDECIDED, actor="of")
    assert undo_addition(office, NUMBER, last.id, actor="of", reason="Yes") == 1


def test_the_kept_standing_of_items_is_what_their_history_says(
    office: sqlite3.Connection, files: Files, talk: dict[str, int], request_made: Request
) -> None:
    add_items(office, files, NUMBER, [("archive", talk["post"])], actor="of", families=True)
    items = items_of(office, NUMBER)
    decide(office, NUMBER, [items[0].id, items[2].id], Choice.RELEASE, actor="of")
    decide(office, NUMBER, [items[2].id], Choice.NOT_RESPONSIVE, actor="of")
    decide(office, NUMBER, [items[0].id], Choice.UNDECIDED, actor="of")
    assert items_page(office, NUMBER) == items_of(office, NUMBER)
    counted = counts_of(office, NUMBER)
    assert (counted[Choice.UNDECIDED], counted[Choice.NOT_RESPONSIVE]) == (3, 1)
    assert progress_by_request(office) == {request_made.id: (1, 4)}


def test_a_page_and_a_queue_show_what_was_asked_for(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    picked = [("archive", store(str(number))) for number in range(1, 8)]
    picked.append(("private", store("9", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)))
    add_items(office, files, NUMBER, picked, actor="of")
    ids = [item.id for item in items_of(office, NUMBER)]
    decide(office, NUMBER, ids[2:5], Choice.RELEASE, actor="of")
    shown = items_page(office, NUMBER, show=[Choice.RELEASE], start=1, size=5)
    assert [item.id for item in shown] == ids[3:5]
    public = ("archive",)
    assert sum(counts_of(office, NUMBER, files=public).values()) == 7
    around = queue_around(office, NUMBER, ids[1], files=public, before=1, after=2)
    assert [item.id for item in around.items] == ids[:4]
    assert (around.place, around.total, around.queue_from) == (1, 7, 0)
    assert (around.previous, around.following) == (ids[0], ids[2])
    assert around.next_undecided == ids[5]
    ends = queue_around(office, NUMBER, ids[6], files=public)
    assert (ends.following, ends.next_undecided) == (None, ids[0])
    decided = queue_around(office, NUMBER, ids[3], show=[Choice.UNDECIDED], files=public)
    assert decided.items[decided.place - decided.queue_from].id == ids[3]
    assert (decided.place, decided.total) == (2, 5)
    with pytest.raises(InputError, match="no item"):
        queue_around(office, NUMBER, ids[7], files=public)
    assert first_undecided(office, NUMBER, after=ids[6], files=public) == ids[0]


def test_many_are_decided_whole_or_not_at_all(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    picked = [("archive", store(str(number))) for number in range(1, 5)]
    add_items(office, files, NUMBER, picked, actor="of")
    ids = [item.id for item in items_of(office, NUMBER)]
    made = decide(office, NUMBER, [*reversed(ids), ids[0]], Choice.RELEASE, actor="of")
    assert [get_item(office, NUMBER, each).decision for each in reversed(ids)] == list(made)
    with pytest.raises(InputError, match="no item 9999: nothing was changed"):
        decide(office, NUMBER, [ids[0], 9999], Choice.NOT_RESPONSIVE, actor="of")
    with pytest.raises(BusyError, match="nothing was overwritten"):
        decide(office, NUMBER, ids[:1], Choice.NOT_RESPONSIVE, actor="of", seen=made[0].id + 99)
    assert counts_of(office, NUMBER)[Choice.RELEASE] == 4


def test_a_request_book_from_before_gets_the_standing_of_its_items(tmp_path: Path) -> None:
    conn = open_office(Home(tmp_path), create=True)
    migrate_retention(conn)
    migrate(conn, requests_schema.MIGRATIONS)
    conn.execute(
        "INSERT INTO requests (id, number, year, sequence, received_at, channel, verbatim, scope, "
        "created_at, created_by) VALUES (1, '2026-0001', 2026, 1, '', 'email', 'x', '', '', 'of')"
    )
    for number in (1, 2):
        conn.execute(
            "INSERT INTO request_items (id, request_id, file, record_id, version_id, leaf, family, "
            "as_family, added_at, added_by) VALUES (?1, 1, 'archive', ?1, ?1, '', '', 0, '', 'of')",
            (number,),
        )
    for choice in ("withhold", "release"):
        conn.execute(
            "INSERT INTO request_decisions (item_id, at, actor, decision) VALUES (2, '', 'of', ?)",
            (choice,),
        )
    migrate_requests(conn)
    counted = counts_of(conn, NUMBER)
    assert (counted[Choice.UNDECIDED], counted[Choice.RELEASE]) == (1, 1)
    assert items_page(conn, NUMBER) == items_of(conn, NUMBER)
    assert last_addition(conn, NUMBER) is None
    conn.close()
