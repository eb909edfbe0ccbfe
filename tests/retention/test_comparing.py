"""What a draft would move, counted before anybody adopts it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from archiver.archive.reading import Record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.items import Author, AuthorRole, Kind, Visibility
from archiver.register.accounts import list_accounts
from archiver.retention.comparing import LARGEST, Comparison, Direction, compare, compare_rows
from archiver.retention.drafting import edited
from archiver.retention.schedules import find_schedule

Store = Callable[..., Record]
Compare = Callable[[dict[str, str]], Comparison]


@pytest.fixture
def compared(
    office: sqlite3.Connection, archive: Archive, settings: Settings, store: Store
) -> Compare:
    """Compares the schedule in force with a draft made of changes, and checks the rows agree."""
    store("1")
    store("2", created_at="2023-03-01T18:00:00Z")
    store("3", kind=Kind.COMMENT, author=Author(role=AuthorRole.PUBLIC))
    store("4", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    store("5", kind=Kind.PROFILE)
    store("6", kind=Kind.COMMENT, created_at="2026-10-01T18:00:00Z")

    def outcome(changes: dict[str, str]) -> Comparison:
        draft = edited(find_schedule("palm-desert"), {"version": "2027.1", **changes})
        accounts = list_accounts(office)
        before = [conn.total_changes for conn in (archive.public, archive.private, office)]
        found = compare(office, archive, settings, draft, accounts)
        rows = list(compare_rows(office, archive, settings, draft, accounts))
        assert len(rows) == found.moved
        assert [conn.total_changes for conn in (archive.public, archive.private, office)] == before
        assert sum(way.records for way in found.ways) == found.records == 6
        return found

    return outcome


def test_a_draft_that_says_the_same_moves_nothing(compared: Compare) -> None:
    found = compared({})
    assert (found.moved, found.largest) == (0, ())
    assert (found.from_schedule, found.to_schedule) == ("palm-desert@2026.1", "palm-desert@2027.1")


def test_a_longer_period_shows_both_days_side_by_side(compared: Compare) -> None:
    found = compared({"PD-04:rule": "CU+5"})
    assert (found.moved, found.later, found.earlier) == (2, 2, 0)
    [way] = [each for each in found.ways if each.from_series == "PD-04"]
    assert (way.to_series, way.records, way.later) == ("PD-04", 2, 2)
    [first] = [each for each in way.sample if each.created_on == dt.date(2024, 3, 1)]
    assert (first.from_until, first.to_until) == (dt.date(2026, 3, 1), dt.date(2029, 3, 1))
    assert first.days == 1096
    assert first.direction is Direction.LATER


def test_a_shorter_period_says_what_would_be_eligible_at_once(
    compared: Compare, office: sqlite3.Connection, archive: Archive, settings: Settings
) -> None:
    accounts = list_accounts(office)
    long = edited(find_schedule("palm-desert"), {"PD-07:rule": "CU+9"})
    assert compared({}).newly_eligible == 0
    found = compare(office, archive, settings, long, accounts)
    assert (found.later, found.newly_eligible) == (1, 0)


def test_what_is_permanent_waits_or_falls_out_is_told_apart(compared: Compare) -> None:
    assert compared({"PD-07:rule": "P"}).permanent == 1
    assert compared({"PD-07:rule": "AC+2"}).waiting == 1
    lost = compared({"PD-07:remove": "yes"})
    assert lost.uncovered == 1
    [way] = [each for each in lost.ways if each.to_series is None]
    assert (way.from_series, way.sample[0].to_until) == ("PD-07", None)
    assert lost.largest[0].direction is Direction.UNCOVERED


def test_a_profile_that_waited_and_gets_a_day_is_earlier(compared: Compare) -> None:
    found = compared({"PD-08:rule": "CU+2"})
    assert (found.earlier, found.newly_eligible) == (1, 1)
    assert found.largest[0].days is None


def test_a_record_that_only_changes_its_series_is_moved_and_keeps_its_day(
    compared: Compare,
) -> None:
    found = compared({"PD-07:when.kind": "message, comment"})
    assert found.moved == found.later == found.earlier == 0
    renamed = {f"MSG:{name}": value for name, value in _MESSAGES.items()}
    found = compared({"PD-07:remove": "yes", **renamed})
    assert (found.moved, found.later, found.earlier) == (1, 0, 0)
    assert found.largest == ()


_MESSAGES = {
    "title": "Messages",
    "rule": "CU+2",
    "authority": "Gov. Code § 34090(d)",
    "mark": "K",
    "when.kind": "message",
}


def test_only_so_many_of_the_largest_moves_are_kept(
    office: sqlite3.Connection, archive: Archive, settings: Settings, store: Store
) -> None:
    for number in range(LARGEST + 15):
        store(str(number), created_at=f"20{10 + number % 10}-03-01T18:00:00Z")
    draft = edited(find_schedule("palm-desert"), {"PD-04:rule": "CU+400D"})
    found = compare(office, archive, settings, draft, list_accounts(office))
    assert len(found.largest) <= LARGEST
    sizes = [abs(each.days or 0) for each in found.largest]
    assert sizes == sorted(sizes, reverse=True)
