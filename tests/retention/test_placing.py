"""Placing holds: exact beforehand, one hold however often, and it waits for its turn."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from archiver.archive.filters import Filters
from archiver.archive.reading import Record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.errors import InputError, RuleError, UsageError
from archiver.items import Kind, Visibility
from archiver.register.accounts import Account
from archiver.register.office import open_office
from archiver.retention.attesting import attest_series
from archiver.retention.covering import Search, cover_of, filters_text
from archiver.retention.holds import (
    HoldKind,
    Key,
    holds_over,
    holds_over_people,
    list_holds,
    release_hold,
)
from archiver.retention.holds_reporting import hold_lines, holds_report
from archiver.retention.marking import mark_all, schedule_in_force
from archiver.retention.placing import Placed, place_search_hold, placement_preview
from archiver.retention.standing import catch_up

POOL = Search("pool", standing=True)
Store = Callable[..., Record]


@pytest.fixture
def place(
    office: sqlite3.Connection, archive: Archive, settings: Settings
) -> Callable[..., Placed]:
    """Places a claim's hold."""

    def placed(**covers: object) -> Placed:
        return place_search_hold(
            office,
            archive,
            settings,
            actor="ph",
            kind=HoldKind.CLAIM,
            reference="26-019",
            reason="A fall at the pool",
            **covers,
        )

    return placed


def message(store: Store, native_id: str, text: str) -> Record:
    return store(native_id, text, kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)


def test_a_preview_counts_distinct_records_of_all_it_would_hold(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    account: Account,
    store: Store,
    place: Callable[..., Placed],
) -> None:
    both = store("1", "The pool is closed")
    store("2", "The park is closed", created_at="2026-10-01T18:00:00Z")
    message(store, "3", "Is the pool open?")
    mark_all(archive, settings, [account])
    schedule = schedule_in_force(settings, archive.home.path)
    attest_series(
        office, schedule, _series(archive, both.id), actor="of", attorney="P. Haldane",
        on=dt.date(2026, 1, 5),
    )  # fmt: skip
    place(records=[("archive", both.id)])
    seen = placement_preview(
        office,
        archive,
        settings,
        searches=[POOL, Search("closed")],
        records=[("archive", both.id)],
    )
    assert [found.records for found in seen.found] == [2, 2]
    assert (seen.records, seen.held_already) == (3, 1)
    outlook = seen.outlook
    assert outlook.eligible_now == 1
    assert [each.record_id for each in outlook.sample] == [both.id]
    others = sum(count for _, count in outlook.later) + outlook.undated + outlook.unattested
    assert outlook.records == outlook.eligible_now + others == 3
    whole = placement_preview(office, archive, settings, accounts=[account.id])
    assert whole.records == 3


def _series(archive: Archive, record_id: int) -> str:
    found = archive.public.execute("SELECT series FROM records WHERE id = ?", (record_id,))
    return str(found.fetchone()[0])


def test_the_same_hold_placed_twice_is_one(
    office: sqlite3.Connection,
    account: Account,
    store: Store,
    place: Callable[..., Placed],
) -> None:
    record = store("1", "The pool is closed")
    covers: dict[str, object] = {
        "searches": [Search("pool", Filters(kinds=["post", "comment"]), standing=True)],
        "accounts": [account.id],
        "records": [("archive", record.id)],
    }
    first = place(**covers)
    covers["searches"] = [Search("pool ", Filters(kinds={"comment", "post"}), standing=True)]
    again = place(**covers)
    assert (again.hold, again.caught, again.records) == (first.hold, 0, 1)
    cover = cover_of(office, first.hold)
    assert (len(cover.searches), len(cover.accounts), cover.picked) == (2, 1, 1)


def test_placed_again_with_more_it_covers_both(store: Store, place: Callable[..., Placed]) -> None:
    store("1", "The pool is closed")
    store("2", "The park is closed")
    assert place(searches=[POOL]).records == 1
    assert place(searches=[Search("park")]).records == 2


def test_an_account_as_a_whole_holds_its_records_those_to_come_and_its_people(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    account: Account,
    store: Store,
    place: Callable[..., Placed],
) -> None:
    store("1", "The pool is closed")
    message(store, "2", "Hello")
    placed = place(accounts=[account.id])
    assert placed.records == 2
    store("3", "Good morning")
    assert catch_up(office, archive, settings) == 1
    assert holds_over_people(office, [account.id, 7]) == {account.id: [placed.hold]}
    office.execute("BEGIN IMMEDIATE")
    release_hold(office, placed.hold, actor="ph", reason="Settled")
    office.execute("COMMIT")
    assert holds_over_people(office, [account.id]) == {}


def test_a_search_over_an_account_does_not_hold_its_people(
    office: sqlite3.Connection, account: Account, store: Store, place: Callable[..., Placed]
) -> None:
    store("1", "The pool is closed")
    place(searches=[Search("pool", Filters(account_ids=[account.id]), standing=True)])
    assert holds_over_people(office, [account.id]) == {}


def test_what_cannot_be_held_is_refused_and_nothing_is_placed(
    office: sqlite3.Connection, archive: Archive, store: Store, place: Callable[..., Placed]
) -> None:
    store("1", "The pool is closed")
    with pytest.raises(UsageError, match="needs records, a search"):
        place()
    with pytest.raises(UsageError, match=r"hold nothing: No account is called “nobody”"):
        place(searches=[Search("account:nobody pool", standing=True)])
    with pytest.raises(UsageError, match="no letters or digits"):
        place(searches=[Search("!!!")])
    with pytest.raises(InputError, match="no record 12 in archive"):
        place(records=[("archive", 12)])
    with pytest.raises(InputError, match="no account 99"):
        place(accounts=[99])
    assert list_holds(office) == []


def test_a_hold_finds_more_than_a_page_and_a_big_one_is_looked_up_in_bulk(
    office: sqlite3.Connection, archive: Archive, settings: Settings, place: Callable[..., Placed]
) -> None:
    count = 2_500
    archive.public.execute(
        "INSERT INTO accounts VALUES (1, 'x', 'AlderGlenParks', '', '', '', NULL, 'official')"
    )
    archive.public.executemany(
        "INSERT INTO facet (id, code) VALUES (?, 0)", [(number,) for number in range(count)]
    )
    placed = place(searches=[Search("")])
    assert placed.records == count
    keys: list[Key] = [("archive", number) for number in range(count + 10)]
    statements: list[str] = []
    office.set_trace_callback(statements.append)
    found = holds_over(office, keys)
    office.set_trace_callback(None)
    assert found == {key: [placed.hold] for key in keys[:count]}
    assert len(statements) <= 5


def test_a_hold_waits_for_another_writer_and_then_stands(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    store: Store,
) -> None:
    record = store("1", "The pool is closed")
    office.execute("BEGIN IMMEDIATE")
    done: list[Placed] = []

    def place_elsewhere() -> None:
        with (
            closing(open_office(archive.home)) as other,
            Archive.open(archive.home) as reading,
        ):
            done.append(
                place_search_hold(
                    other,
                    reading,
                    settings,
                    actor="ph",
                    kind=HoldKind.AUDIT,
                    reference="1",
                    reason="Yearly",
                    searches=[POOL],
                )
            )

    waiting = threading.Thread(target=place_elsewhere)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive() and not done
    office.execute("COMMIT")
    waiting.join(20)
    [hold] = holds_over(office, [("archive", record.id)])["archive", record.id]
    assert hold == done[0].hold


def test_two_places_at_once_make_one_hold(
    office: sqlite3.Connection, archive: Archive, settings: Settings, store: Store
) -> None:
    for number in range(5):
        store(str(number), "The pool is closed")
    together = threading.Barrier(3)
    wrong: list[Exception] = []

    def place_elsewhere() -> None:
        with (
            closing(open_office(archive.home)) as other,
            Archive.open(archive.home) as reading,
        ):
            together.wait()
            try:
                place_search_hold(
                    other, reading, settings, actor="ph", kind=HoldKind.AUDIT, reference="1",
                    reason="Yearly", searches=[POOL],
                )  # fmt: skip
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=place_elsewhere) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    [hold] = list_holds(office)
    assert len(cover_of(office, hold).searches) == 1
    [(count,)] = office.execute("SELECT count(*) FROM hold_items").fetchall()
    assert count == 5


def test_a_report_says_in_words_what_each_hold_covers(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    account: Account,
    store: Store,
    place: Callable[..., Placed],
) -> None:
    record = store("1", "Mill Street is closed")
    place(
        searches=[
            Search("mill street", standing=True),
            Search("", Filters(account_ids=[account.id], start_day=dt.date(2024, 1, 1))),
        ],
        records=[("archive", record.id)],
    )
    [line] = hold_lines(office, archive, settings)
    assert line.words == (
        "“mill street”, all accounts, new captures too; everything, x:@AlderGlenParks, "
        "from 1 Jan 2024, as found on 20 Nov 2026; 1 record"
    )
    place(accounts=[account.id])
    [line] = hold_lines(office, archive, settings)
    assert line.words.startswith("all of x:@AlderGlenParks, new captures, lists of people")
    assert not line.gathering
    mark_all(archive, settings, [account])
    report = holds_report(office, archive, settings)
    assert report.on_hold == 1
    assert report.series == ((_series(archive, record.id), 1),)


def test_filters_in_another_order_are_the_same_filters() -> None:
    one = Filters(account_ids=[2, 1], kinds=("post", "comment"), start_day=dt.date(2024, 1, 1))
    other = Filters(account_ids=(1, 2, 2), kinds={"comment", "post"}, start_day=dt.date(2024, 1, 1))
    assert filters_text(one) == filters_text(other)
    assert filters_text(Filters()) == "{}"


def test_a_hold_without_a_reason_is_refused(
    office: sqlite3.Connection, archive: Archive, settings: Settings, store: Store
) -> None:
    store("1", "The pool is closed")
    with pytest.raises(RuleError, match="needs a reference"):
        place_search_hold(
            office, archive, settings, actor="ph", kind=HoldKind.AUDIT, reference="1",
            reason=" ", searches=[POOL],
        )  # fmt: skip
    assert list_holds(office) == []
