"""Collecting records: pinned to a version, with their family, held while the request is open."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from archiver.archive.reading import record
from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.items import Kind, Visibility
from archiver.register.accounts import add_account
from archiver.requests.book import (
    Request,
    add_items,
    close_request,
    get_item,
    hold_people,
    items_for_production,
    items_of,
    reopen_request,
    requests_touching,
)
from archiver.retention.holds import holds_on, holds_over_people, list_holds, release_hold
from archiver.retention.releasing import due_for_release, release, release_due

Files = dict[str, sqlite3.Connection]
Store = Callable[..., int]


def test_a_collected_record_is_pinned_to_its_version(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    record_id = store("1")
    report = add_items(office, files, request_made.number, [("archive", record_id)], actor="of")
    assert (report.added, report.duplicates, report.held) == (1, 0, 1)
    [item] = items_of(office, request_made.number)
    found = record(files["archive"], record_id)
    assert found is not None
    assert (item.record_id, item.version_id, item.leaf) == (
        record_id,
        found.version_id,
        found.leaf,
    )
    assert item.decision.choice == "undecided"
    assert get_item(office, request_made.number, item.id) == item


def test_duplicates_are_left_with_a_notice(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    picked = [("archive", store("1")), ("archive", store("2"))]
    add_items(office, files, request_made.number, picked[:1], actor="of")
    report = add_items(office, files, request_made.number, [*picked, picked[1]], actor="of")
    assert (report.added, report.duplicates) == (1, 2)
    assert "2 already in request 2026-0001: left as they were" in report.notices
    assert len(items_of(office, request_made.number)) == 2


def test_a_record_edited_since_comes_in_as_a_further_item(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    picked = [("archive", store("1", "No lights"))]
    add_items(office, files, request_made.number, picked, actor="of")
    store("1", "No lights since May", observed_at="2026-11-18T10:00:00Z")
    report = add_items(office, files, request_made.number, picked, actor="of")
    assert (report.added, report.newer) == (1, 1)
    first, second = items_of(office, request_made.number)
    assert first.version_id != second.version_id
    marked = {
        each.item.id: each.edited_since
        for each in items_for_production(office, files, request_made.number)
    }
    assert marked == {first.id: True, second.id: False}


def test_the_family_comes_along_where_wished(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    post = store("10", "Skate park closed", kind=Kind.POST)
    comment = store("11", parent_id="10", root_id="10")
    other = store("12", "Thanks", parent_id="11", root_id="10")
    store("13", "Elsewhere", kind=Kind.POST)
    report = add_items(
        office, files, request_made.number, [("archive", comment)], actor="of", families=True
    )
    assert report.added == 3
    items = {item.record_id: item for item in items_of(office, request_made.number)}
    assert set(items) == {post, comment, other}
    assert {item.family for item in items.values()} == {"1:10"}
    assert not items[comment].as_family
    assert items[post].as_family


def test_private_records_are_collected_from_their_own_file(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    message = store("20", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    add_items(office, files, request_made.number, [("private", message)], actor="of")
    [found] = items_for_production(office, files, request_made.number)
    assert (found.item.file, found.problem) == ("private", None)
    [hidden] = items_for_production(office, {"archive": files["archive"]}, request_made.number)
    assert hidden.problem == "private may not be read here"
    assert hidden.record is None


def test_a_record_that_is_not_there_adds_nothing_at_all(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    picked = [("archive", store("1")), ("archive", 999)]
    with pytest.raises(InputError, match="no record 999"):
        add_items(office, files, request_made.number, picked, actor="of")
    assert items_of(office, request_made.number) == []
    assert list_holds(office) == []


def test_a_closed_request_collects_nothing(
    office: sqlite3.Connection,
    settings: Settings,
    files: Files,
    store: Store,
    request_made: Request,
) -> None:
    close_request(office, request_made.number, settings=settings, actor="of", reason="Withdrawn")
    with pytest.raises(RuleError, match="reopen"):
        add_items(office, files, request_made.number, [("archive", store("1"))], actor="of")


def test_an_open_request_holds_what_it_touches_and_closing_does_not_release_it(
    office: sqlite3.Connection,
    settings: Settings,
    files: Files,
    store: Store,
    request_made: Request,
) -> None:
    record_id = store("1")
    add_items(office, files, request_made.number, [("archive", record_id)], actor="of")
    [hold] = holds_on(office, "archive", record_id)
    assert hold.title == "records request 2026-0001"
    with pytest.raises(RuleError, match="close it first"):
        release_hold(office, hold, actor="rm", reason="No longer wanted")
    assert holds_on(office, "archive", record_id) == [hold]
    close_request(office, request_made.number, settings=settings, actor="of", reason="All released")
    [kept] = holds_on(office, "archive", record_id)
    assert (kept.id, kept.hold_until) == (hold.id, "2027-02-18T08:00:00Z")


def test_a_closed_request_is_held_for_ninety_days_and_then_until_a_person_releases_it(
    office: sqlite3.Connection,
    settings: Settings,
    files: Files,
    store: Store,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record_id = store("1")
    add_items(office, files, request_made.number, [("archive", record_id)], actor="of")
    close_request(office, request_made.number, settings=settings, actor="of", reason="All released")
    [hold] = list_holds(office)
    monkeypatch.setenv("ARCHIVER_NOW", "2027-02-18T07:59:59Z")
    assert due_for_release(office, settings) == []
    with pytest.raises(RuleError, match="held until Thu 18 Feb 2027"):
        release(office, hold, settings, actor="rm", reason="No longer wanted")
    with pytest.raises(sqlite3.IntegrityError, match="held for a time"):
        office.execute(
            "UPDATE holds SET released_at = '2027-02-18T07:59:59Z', released_by = 'rm', "
            "release_reason = 'By hand'"
        )
    monkeypatch.setenv("ARCHIVER_NOW", "2027-02-18T08:00:00Z")
    [due] = due_for_release(office, settings)
    assert (due.hold.id, due.since, due.records) == (hold.id, dt.date(2027, 2, 18), 1)
    assert holds_on(office, "archive", record_id)
    [released] = release_due(office, settings, actor="rm", reason="Look-back is over")
    assert (released.id, released.released_by) == (hold.id, "rm")
    assert holds_on(office, "archive", record_id) == []
    assert due_for_release(office, settings) == []


def test_a_request_opened_again_is_not_due_and_holds_again_what_it_touches(
    office: sqlite3.Connection,
    settings: Settings,
    files: Files,
    store: Store,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    touched = [("archive", store("1")), ("archive", store("2"))]
    add_items(office, files, request_made.number, touched, actor="of")
    close_request(office, request_made.number, settings=settings, actor="of", reason="All released")
    reopen_request(office, request_made.number, actor="of", reason="More was found")
    [hold] = list_holds(office)
    assert hold.hold_until is None
    monkeypatch.setenv("ARCHIVER_NOW", "2027-06-01T12:00:00Z")
    assert due_for_release(office, settings) == []
    close_request(office, request_made.number, settings=settings, actor="of", reason="Done")
    monkeypatch.setenv("ARCHIVER_NOW", "2027-12-01T12:00:00Z")
    release_due(office, settings, actor="rm", reason="Look-back is over")
    reopen_request(office, request_made.number, actor="of", reason="And more")
    [again] = list_holds(office)
    assert again.id != hold.id
    assert [holds_on(office, *each) for each in touched] == [[again], [again]]


def test_a_request_can_hold_the_people_of_an_account(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = add_account(office, actor="of", platform="x", handle="Parks", department="Parks")
    hold_people(office, request_made.number, [account.id], actor="of")
    hold_people(office, request_made.number, [account.id], actor="of")
    [hold] = holds_over_people(office, [account.id, 77])[account.id]
    assert hold.title == "records request 2026-0001"
    close_request(office, request_made.number, settings=settings, actor="of", reason="Done")
    monkeypatch.setenv("ARCHIVER_NOW", "2027-12-01T12:00:00Z")
    release_due(office, settings, actor="rm", reason="Look-back is over")
    assert holds_over_people(office, [account.id]) == {}
    reopen_request(office, request_made.number, actor="of", reason="More was asked")
    assert holds_over_people(office, [account.id])
    with pytest.raises(InputError, match="no account 77"):
        hold_people(office, request_made.number, [77], actor="of")


def test_a_record_knows_which_requests_touch_it(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    record_id = store("1")
    assert requests_touching(office, "archive", record_id) == []
    add_items(office, files, request_made.number, [("archive", record_id)], actor="of")
    assert requests_touching(office, "archive", record_id) == ["2026-0001"]


def test_items_stand_by_thread_and_time_for_production(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    late = store("30", "Later", kind=Kind.POST, created_at="2026-11-16T12:00:00Z")
    post = store("10", "First", kind=Kind.POST, created_at="2026-11-16T09:00:00Z")
    reply = store("11", parent_id="10", root_id="10", created_at="2026-11-16T15:00:00Z")
    picked = [("archive", each) for each in (late, reply, post)]
    add_items(office, files, request_made.number, picked, actor="of")
    ordered = items_for_production(office, files, request_made.number)
    assert [each.item.record_id for each in ordered] == [post, reply, late]


def test_an_altered_leaf_stops_the_item(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    record_id = store("1")
    add_items(office, files, request_made.number, [("archive", record_id)], actor="of")
    office.execute("DROP TRIGGER request_items_no_update")
    office.execute("UPDATE request_items SET leaf = ?", ("00" * 32,))
    [found] = items_for_production(office, files, request_made.number)
    assert found.problem is not None
    assert "differs from what was collected" in found.problem


@pytest.mark.parametrize("table", ["request_items", "hold_items", "holds"])
def test_collected_items_and_holds_are_never_deleted(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request, table: str
) -> None:
    add_items(office, files, request_made.number, [("archive", store("1"))], actor="of")
    with pytest.raises(sqlite3.IntegrityError):
        office.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO request_items SELECT id + 1, request_id, file, record_id, "
        "version_id, '00', family, as_family, search_id, added_at, added_by FROM request_items",
        "INSERT OR REPLACE INTO holds (kind, reference, reason, placed_at, placed_by) "
        "SELECT kind, reference, 'x', placed_at, placed_by FROM holds",
        "UPDATE holds SET reference = 'another'",
        "UPDATE hold_items SET record_id = record_id + 1",
    ],
)
def test_no_statement_swaps_an_item_or_a_hold(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request, statement: str
) -> None:
    add_items(office, files, request_made.number, [("archive", store("1"))], actor="of")
    before = items_of(office, request_made.number), list_holds(office)
    with pytest.raises(sqlite3.IntegrityError):
        office.execute(statement)
    assert (items_of(office, request_made.number), list_holds(office)) == before
