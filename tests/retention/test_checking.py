"""A mark that was changed by hand is found; one that waits for its renewal is not judged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from archiver.archive.findings import VerifyReport
from archiver.archive.reading import Record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.items import Kind, Visibility
from archiver.register.accounts import Account, close_account, list_accounts
from archiver.retention.checking import check_marks
from archiver.retention.marking import mark_all

Store = Callable[..., Record]


@pytest.fixture
def check(
    archive: Archive, office: sqlite3.Connection, settings: Settings
) -> Callable[[], VerifyReport]:
    """Checks the marks with the register as it is now."""
    return lambda: check_marks(archive, settings, list_accounts(office))


@pytest.fixture
def marked(
    archive: Archive, office: sqlite3.Connection, settings: Settings, store: Store
) -> list[Record]:
    """A post and a private message, marked."""
    kept = [store("1"), store("2", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)]
    mark_all(archive, settings, list_accounts(office))
    return kept


def test_marks_that_were_left_alone_are_as_they_should_be(
    marked: list[Record], check: Callable[[], VerifyReport]
) -> None:
    report = check()
    assert report.ok
    assert report.checked == {"retention marks": 2}


@pytest.mark.parametrize(
    "change",
    [
        "retain_until = '2020-01-01'",
        "retain_until = NULL",
        "series = 'PD-09'",
        "cutoff_on = '2020-01-01'",
        "retention_rule = 'palm-desert@2026.1#PD-09'",
    ],
)
@pytest.mark.parametrize("file", ["archive", "private"])
def test_a_mark_changed_by_hand_is_found(
    archive: Archive,
    marked: list[Record],
    check: Callable[[], VerifyReport],
    file: str,
    change: str,
) -> None:
    conn = archive.public if file == "archive" else archive.private
    [record] = [each for each in marked if each.file == file]
    conn.execute(f"UPDATE records SET {change} WHERE id = ?", (record.id,))
    [finding] = check().findings
    assert finding.where == f"{file}.db, records, record {record.id}"
    assert record.text not in finding.what


def test_marks_that_the_next_night_renews_are_not_judged(
    marked: list[Record],
    office: sqlite3.Connection,
    account: Account,
    store: Store,
    check: Callable[[], VerifyReport],
) -> None:
    store("3")
    assert check().checked == {"retention marks": 2, "retention marks to renew": 1}
    close_account(office, account, actor="of", on="2026-11-19", reason="Merged")
    report = check()
    assert report.ok
    assert report.checked == {"retention marks to renew": 3}


def test_a_schedule_that_cannot_be_used_is_said(
    archive: Archive, office: sqlite3.Connection, settings: Settings, marked: list[Record]
) -> None:
    elsewhere = Settings(agency=settings.agency, schedule="nowhere.toml")
    [finding] = check_marks(archive, elsewhere, list_accounts(office)).findings
    assert finding.where == "retention schedule"
