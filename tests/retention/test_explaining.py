"""The sentence a clerk reads out."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from archiver.archive.reading import Record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.database import write_transaction
from archiver.errors import InputError
from archiver.items import Author, AuthorRole, Kind
from archiver.register.accounts import list_accounts
from archiver.retention.attesting import attest_series
from archiver.retention.explaining import Explanation, explain
from archiver.retention.holds import HoldKind, hold_records, place_hold
from archiver.retention.marking import mark_all
from archiver.retention.schedules import find_schedule

Store = Callable[..., Record]


@pytest.fixture
def explained(
    archive: Archive, office: sqlite3.Connection, settings: Settings
) -> Callable[[Record], Explanation]:
    """Explains a record of the archive."""

    def said(found: Record) -> Explanation:
        return explain(
            office,
            archive.public,
            found.file,
            found.id,
            settings=settings,
            accounts=list_accounts(office),
        )

    return said


def test_the_sentence_names_rule_event_date_and_authority(
    store: Store, explained: Callable[[Record], Explanation]
) -> None:
    said = explained(store("1"))
    assert said.retain_until == dt.date(2026, 3, 1)
    assert said.sentences[0] == "This post had to be kept until Sun 1 Mar 2026, which has passed."
    assert "Series PD-04, “Posts of the city”, keeps it for 2 years" in said.text
    assert "from the day it was created, Fri 1 Mar 2024" in said.text
    assert "under Gov. Code § 34090(d), by schedule palm-desert 2026.1" in said.text
    assert "No hold is on it." in said.text
    assert "nothing may be disposed of under it" in said.text
    assert said.rule == "palm-desert@2026.1#PD-04"


def test_a_leap_day_says_why_the_day_after(
    store: Store, explained: Callable[[Record], Explanation]
) -> None:
    said = explained(store("1", created_at="2024-02-29T20:00:00Z"))
    assert said.retain_until == dt.date(2026, 3, 1)
    assert "There is no 29th in that month" in said.text
    assert "never earlier (Gov. Code §§ 6803-6804)" in said.text


def test_what_else_applied_and_why_the_longest_won(
    store: Store, explained: Callable[[Record], Explanation]
) -> None:
    resident = Author("90", "jfrost", "J. Frost", AuthorRole.PUBLIC)
    said = explained(
        store("1", kind=Kind.COMMENT, author=resident, removed_at="2026-10-09T20:00:00Z")
    )
    assert said.series == "PD-01"
    assert "it was removed (the later of that and of its creation), Fri 9 Oct 2026" in said.text
    assert "Also in question: PD-05" in said.text
    assert "until Sun 1 Mar 2026. The longest applies." in said.text


def test_a_day_to_come_is_said_as_one(
    store: Store, explained: Callable[[Record], Explanation]
) -> None:
    removed = "2026-10-09T20:00:00Z"
    said = explained(store("1", created_at="2025-05-05T20:00:00Z", removed_at=removed))
    assert said.sentences[0] == "This post is kept until Mon 9 Oct 2028."
    assert "From that day on it may be considered for disposition" in said.text
    assert "council's resolution and the city attorney's written consent" in said.text


def test_an_event_to_come_is_said(store: Store, explained: Callable[[Record], Explanation]) -> None:
    said = explained(store("12", kind=Kind.PROFILE))
    assert said.retain_until is None
    assert "has not come" in said.text


def test_open_holds_are_named(
    office: sqlite3.Connection, store: Store, explained: Callable[[Record], Explanation]
) -> None:
    found = store("1")
    with write_transaction(office):
        hold = place_hold(
            office,
            actor="ph",
            kind=HoldKind.CLAIM,
            reference="26-019",
            reason="Claim about Mill Street",
        )
        hold_records(office, hold, [(found.file, found.id)], actor="ph")
    said = explained(found)
    assert "Held, whatever the date: claim 26-019 since 2026-11-20" in said.text
    assert said.holds == (hold,)


def test_a_period_that_is_not_verified_says_so_until_it_is_attested(
    office: sqlite3.Connection, store: Store, explained: Callable[[Record], Explanation]
) -> None:
    found = store("1")
    assert "not verified (mark K) and not attested" in explained(found).text
    attest_series(
        office,
        find_schedule("palm-desert"),
        "PD-04",
        actor="ph",
        attorney="P. Haldane",
        on=dt.date(2026, 1, 8),
    )
    said = explained(found).text
    assert "Attested by P. Haldane on 2026-01-08." in said
    assert "Since then it may be considered for disposition" in said


def test_it_says_whether_the_mark_stands(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    store: Store,
    explained: Callable[[Record], Explanation],
) -> None:
    found = store("1")
    assert "not been marked yet" in explained(found).text
    mark_all(archive, settings, list_accounts(office))
    assert "nightly run" not in explained(found).text


def test_every_move_of_the_day_is_told_with_its_cause_the_newest_first(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    store: Store,
    explained: Callable[[Record], Explanation],
) -> None:
    found = store("1")
    mark_all(archive, settings, list_accounts(office))
    store("1", removed_at="2026-10-09T20:00:00Z", observed_at="2026-11-18T10:00:00Z")
    mark_all(archive, settings, list_accounts(office))
    said = explained(found)
    assert [move.until_to for move in said.history] == ["2028-10-09"]
    assert said.sentences[-1] == (
        "On 20 Nov 2026 its day moved from 1 Mar 2026 to 9 Oct 2028, and its series from PD-04 to "
        "PD-01: record removed (9 Oct 2026, 1:00 pm PDT)."
    )


def test_no_text_of_a_record_is_repeated(
    store: Store, explained: Callable[[Record], Explanation]
) -> None:
    assert "skate" not in explained(store("1", "skate")).text


def test_an_unknown_record_is_named(
    archive: Archive, office: sqlite3.Connection, settings: Settings
) -> None:
    with pytest.raises(InputError, match="no record 5 in archive"):
        explain(office, archive.public, "archive", 5, settings=settings, accounts=[])
