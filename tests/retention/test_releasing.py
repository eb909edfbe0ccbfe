"""Releasing a hold shows first what becomes eligible by it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from archiver.archive.reading import Record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.errors import RuleError
from archiver.register.accounts import Account
from archiver.register.office import audit_trail
from archiver.retention.attesting import attest_series
from archiver.retention.covering import Search
from archiver.retention.explaining import explain
from archiver.retention.holds import HoldKind, holds_on
from archiver.retention.marking import mark_all, schedule_in_force
from archiver.retention.placing import Placed, place_search_hold
from archiver.retention.releasing import due_for_release, release, release_preview

Store = Callable[..., Record]


@pytest.fixture
def place(
    office: sqlite3.Connection, archive: Archive, settings: Settings
) -> Callable[..., Placed]:
    """Places a hold by its reference and searches."""

    def placed(reference: str, *queries: str) -> Placed:
        return place_search_hold(
            office,
            archive,
            settings,
            actor="ph",
            kind=HoldKind.LITIGATION,
            reference=reference,
            reason="Mill Street",
            searches=[Search(query, standing=True) for query in queries],
        )

    return placed


def test_a_preview_tells_what_becomes_eligible_now_later_and_what_others_hold(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    account: Account,
    store: Store,
    place: Callable[..., Placed],
) -> None:
    old = store("1", "The pool is closed")
    store("2", "The pool and the park are closed")
    store("3", "The pool is open", created_at="2026-10-01T18:00:00Z")
    unmarked = store("4", "The pool is warm")
    mark_all(archive, settings, [account])
    archive.public.execute("UPDATE records SET retention_rule = NULL WHERE id = ?", (unmarked.id,))
    hold = place("26-019", "pool").hold
    place("26-020", "park")
    before = release_preview(office, archive, hold, settings)
    assert (before.records, before.also_held) == (4, 1)
    assert (before.freed.eligible_now, before.freed.unattested) == (0, 1)
    series = archive.public.execute("SELECT series FROM records WHERE id = ?", (old.id,))
    attest_series(
        office,
        schedule_in_force(settings, archive.home.path),
        series.fetchone()[0],
        actor="of",
        attorney="P. Haldane, City Attorney",
        on=dt.date(2026, 1, 5),
    )
    found = release_preview(office, archive, hold, settings)
    freed = found.freed
    assert (freed.records, freed.eligible_now, freed.unattested, freed.undated) == (3, 1, 0, 1)
    assert freed.later == (("2028-10", 1),)
    assert [(each.file, each.record_id) for each in freed.sample] == [("archive", old.id)]
    assert holds_on(office, "archive", old.id) == [hold]


def test_releasing_writes_who_and_why_and_the_record_says_it_is_held_no_longer(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    account: Account,
    store: Store,
    place: Callable[..., Placed],
) -> None:
    record = store("1", "The pool is closed")
    hold = place("26-019", "pool").hold

    def said() -> str:
        return explain(
            office, archive.public, "archive", record.id, settings=settings, accounts=[account]
        ).text

    assert "litigation 26-019 since 2026-11-20 (Mill Street)" in said()
    with pytest.raises(RuleError, match="reason"):
        release(office, hold, settings, actor="ph", reason="  ")
    released = release(office, hold, settings, actor="ph", reason="Settled")
    assert (released.released_by, released.release_reason) == ("ph", "Settled")
    entry = audit_trail(office)[0]
    assert (entry.action, entry.detail) == ("hold released", {"reason": "Settled"})
    assert "No hold is on it." in said()
    with pytest.raises(RuleError, match="released already"):
        release(office, hold, settings, actor="ph", reason="Again")


def test_only_holds_of_closed_requests_are_ever_due(
    office: sqlite3.Connection, settings: Settings, store: Store, place: Callable[..., Placed]
) -> None:
    store("1", "The pool is closed")
    place("26-019", "pool")
    assert due_for_release(office, settings) == []
