"""Counts per series, and what becomes eligible when."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

from archiver.archive.reading import Record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import write_transaction
from archiver.items import Kind, Visibility
from archiver.register.accounts import list_accounts
from archiver.retention.attesting import attest_series
from archiver.retention.holds import HoldKind, hold_records, place_hold
from archiver.retention.marking import mark_all
from archiver.retention.reporting import report
from archiver.retention.schedules import find_schedule

Store = Callable[..., Record]


def test_the_report_counts_series_months_and_holds(
    archive: Archive, office: sqlite3.Connection, settings: Settings, store: Store
) -> None:
    old = store("1")
    store("2")
    store("3", created_at="2025-01-15T20:00:00Z")
    store("4", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    later = store("5", created_at="2025-01-20T20:00:00Z")
    store("12", kind=Kind.PROFILE)
    mark_all(archive, settings, list_accounts(office))
    store("6")
    with write_transaction(office):
        hold = place_hold(
            office, actor="ph", kind=HoldKind.LITIGATION, reference="1", reason="Suit"
        )
        hold_records(office, hold, [(old.file, old.id), (later.file, later.id)], actor="ph")
    found = report(archive, office, settings)
    counts = {each.code: each for each in found.series}
    posts = counts["PD-04"]
    assert (posts.records, posts.day_passed, posts.held) == (4, 1, 2)
    assert posts.next_on == dt.date(2027, 1, 15)
    assert (counts["PD-07"].records, counts["PD-07"].day_passed) == (1, 1)
    assert (counts["PD-08"].waiting, counts["PD-08"].attested) == (1, False)
    assert counts["PD-01"].attested
    assert (found.unmarked, found.on_hold, found.without_series) == (1, 2, 0)
    assert found.months[0].month == "2026-11"
    january = next(each for each in found.months if each.month == "2027-01")
    assert (january.eligible, january.held) == (2, 1)


def test_nothing_is_eligible_under_a_period_nobody_attested(
    archive: Archive, office: sqlite3.Connection, settings: Settings, store: Store
) -> None:
    store("1")
    mark_all(archive, settings, list_accounts(office))
    assert sum(each.eligible_now for each in report(archive, office, settings).series) == 0
    attest_series(
        office,
        find_schedule("palm-desert"),
        "PD-04",
        actor="ph",
        attorney="P. Haldane",
        on=dt.date(2026, 1, 8),
    )
    assert sum(each.eligible_now for each in report(archive, office, settings).series) == 1


def test_an_empty_archive_has_an_empty_report(
    archive: Archive, office: sqlite3.Connection, settings: Settings
) -> None:
    found = report(archive, office, settings)
    assert sum(each.records for each in found.series) == 0
    assert len(found.months) == 12
