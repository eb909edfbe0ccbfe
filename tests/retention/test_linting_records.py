"""The linter with a home: records without a series, series without records, attested marks."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

from archiver.archive.reading import Record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.items import Kind, Visibility
from archiver.register.accounts import list_accounts
from archiver.retention.attesting import attest_series
from archiver.retention.drafting import edited, schedule_text
from archiver.retention.linting_records import attested_codes, falling, falling_findings
from archiver.retention.schedules import find_schedule


def test_records_without_a_series_and_series_without_records_are_named(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    store: Callable[..., Record],
) -> None:
    store("1")
    store("2", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    schedule = edited(find_schedule("palm-desert"), {"PD-07:remove": "yes"})
    fallen = falling(office, archive, settings, schedule, list_accounts(office))
    assert (fallen.records, fallen.winning, fallen.without) == (2, {"PD-04": 1}, {"message": 1})
    found = falling_findings(schedule_text(schedule), "t", schedule, fallen)
    [lost] = [each for each in found if each.rule == "records without a series"]
    assert lost.sentence.startswith("1 records (message)")
    empty = {each.series for each in found if each.rule == "empty series"}
    assert {"PD-01", "PD-05", "PD-09"} <= empty
    assert not empty & {"PD-04", "PD-10", "PD-11", "PD-12", "PD-13", "PD-14"}


def test_an_attestation_counts_for_the_wording_it_was_given_for(
    office: sqlite3.Connection,
) -> None:
    schedule = find_schedule("palm-desert")
    attest_series(
        office, schedule, "PD-04", actor="of", attorney="A. Ruiz", on=dt.date(2026, 11, 1)
    )
    assert attested_codes(office, schedule) == ["PD-04"]
    assert attested_codes(office, edited(schedule, {"PD-04:rule": "CU+3"})) == []
    assert attested_codes(office, edited(schedule, {"PD-04:exception": "34090.8"})) == []
