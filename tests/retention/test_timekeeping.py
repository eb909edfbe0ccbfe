"""A clock that cannot be right marks nothing; a person may say that it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from archiver.archive.reading import Record
from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.operations.schema import migrate_operations
from archiver.register.accounts import list_accounts
from archiver.register.office import audit_trail
from archiver.retention.marking import mark_all
from archiver.retention.timekeeping import ClockError

Store = Callable[..., Record]


@dataclass
class City:
    """The city's clock, and marking by it."""

    archive: Archive
    office: sqlite3.Connection
    settings: Settings
    monkeypatch: pytest.MonkeyPatch

    def at(self, now: str) -> City:
        """Set the machine's clock."""
        self.monkeypatch.setenv("ARCHIVER_NOW", now)
        return self

    def mark(self, *, accept: bool = False) -> int:
        """Mark; how many records were."""
        return mark_all(
            self.archive,
            self.settings,
            list_accounts(self.office),
            accept_clock=accept,
            actor="A. Clerk",
        ).marked


@pytest.fixture
def city(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> City:
    """The invented city with its clock."""
    return City(archive, office, settings, monkeypatch)


def test_a_clock_before_the_last_seal_marks_nothing_and_says_what_to_do(
    city: City, store: Store
) -> None:
    store("1")
    seal(city.archive, now="2026-11-20T18:00:00Z")
    with pytest.raises(ClockError) as refused:
        city.at("2026-11-20T17:00:00Z").mark()
    said = str(refused.value)
    assert "which is before the last seal, 2026-11-20T18:00:00Z" in said
    assert "set the clock right" in said
    assert "--accept-clock" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            "INSERT INTO audit (at, actor, action, subject) VALUES"
            " ('2026-11-21T18:00:00Z', 'of', 'looked', 'it')",
            "the last entry of the audit",
        ),
        (
            "INSERT INTO nightly_runs (started_at, finished_at, outcome) VALUES"
            " ('2026-11-21T18:00:00Z', '2026-11-21T18:00:00Z', 'complete')",
            "the last nightly run",
        ),
    ],
)
def test_a_clock_before_what_the_office_knows_marks_nothing(
    city: City, store: Store, statement: str, what: str
) -> None:
    store("1")
    migrate_operations(city.office)
    city.office.execute(statement)
    with pytest.raises(ClockError, match=what):
        city.mark()


def test_a_clock_before_the_newest_capture_marks_nothing(city: City, store: Store) -> None:
    store("1")
    city.at("2026-11-20T18:30:00Z")
    store("2", observed_at="2026-11-20T18:30:00Z")
    with pytest.raises(ClockError, match="the last capture, 2026-11-20T18:30:00Z"):
        city.at("2026-11-20T18:00:00Z").mark()


def test_a_clock_set_back_by_some_minutes_is_no_reason(city: City, store: Store) -> None:
    city.at("2026-11-20T18:09:00Z")
    store("1", observed_at="2026-11-20T18:09:00Z")
    assert city.at("2026-11-20T18:00:00Z").mark() == 1


def test_a_clock_years_ahead_marks_nothing_even_after_it_sealed_by_itself(
    city: City, store: Store
) -> None:
    store("1")
    city.mark()
    seal(city.archive, now="2026-11-20T18:00:00Z")
    store("2")
    for wrong in ("2029-11-20T18:00:00Z", "2029-11-21T18:00:00Z"):
        with pytest.raises(ClockError, match="more than 400 days after the last marking"):
            city.at(wrong).mark()
        seal(city.archive, now=wrong)


def test_a_first_marking_has_no_past_to_be_far_from(city: City, store: Store) -> None:
    store("1")
    assert city.at("2036-11-20T18:00:00Z").mark() == 1


def test_a_seal_alone_is_past_enough(city: City, store: Store) -> None:
    store("1")
    seal(city.archive, now="2026-11-18T18:00:00Z")
    with pytest.raises(ClockError, match="more than 400 days"):
        city.at("2028-01-20T18:00:00Z").mark()


def test_a_person_may_accept_the_clock_once_and_is_named(city: City, store: Store) -> None:
    store("1")
    city.mark()
    store("2")
    assert city.at("2029-11-20T18:00:00Z").mark(accept=True) == 1
    [entry] = [row for row in audit_trail(city.office) if row.action == "clock accepted"]
    assert (entry.actor, entry.at) == ("A. Clerk", "2029-11-20T18:00:00Z")
    assert entry.detail is not None
    assert "more than 400 days" in entry.detail["doubt"]
    store("3")
    assert city.at("2029-11-21T18:00:00Z").mark() == 1


def test_after_a_wrong_night_was_put_right_the_marks_go_on(city: City, store: Store) -> None:
    store("1")
    city.mark()
    seal(city.archive, now="2027-06-01T10:00:00Z")
    store("2")
    right = city.at("2026-11-21T18:00:00Z")
    with pytest.raises(ClockError, match="before the last seal"):
        right.mark()
    assert right.mark(accept=True) == 1
    store("3")
    assert right.at("2026-11-22T18:00:00Z").mark() == 1
    with pytest.raises(ClockError, match="before the last entry of the audit"):
        right.at("2026-11-21T10:00:00Z").mark()


def test_accepting_a_clock_nothing_speaks_against_leaves_no_trace(city: City, store: Store) -> None:
    store("1")
    assert city.mark(accept=True) == 1
    assert not [row for row in audit_trail(city.office) if row.action == "clock accepted"]
