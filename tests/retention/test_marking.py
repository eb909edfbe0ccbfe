"""Marking: what is new or has changed, once, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.archive.reading import Record, events_of, record
from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.errors import RuleError
from archiver.items import Author, AuthorRole, Kind, Visibility
from archiver.register.accounts import Account, close_account, list_accounts
from archiver.retention.marking import MarkReport, mark_all

Store = Callable[..., Record]


@pytest.fixture
def mark_now(
    archive: Archive, office: sqlite3.Connection, settings: Settings
) -> Callable[..., MarkReport]:
    """Marks the archive with the register as it is now."""

    def marked(other: Settings | None = None) -> MarkReport:
        return mark_all(archive, other or settings, list_accounts(office))

    return marked


def again(archive: Archive, found: Record) -> Record:
    conn = archive.public if found.file == "archive" else archive.private
    now = record(conn, found.id)
    assert now is not None
    return now


def test_every_record_gets_its_series_and_date(
    archive: Archive, store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    post = store("1")
    comment = store("2", kind=Kind.COMMENT, author=Author(role=AuthorRole.PUBLIC))
    message = store("3", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    report = mark_now()
    assert (report.marked, report.unchanged, report.without_series) == (3, 0, 0)
    assert report.series == {"PD-04": 1, "PD-05": 1, "PD-07": 1}
    marked = again(archive, post)
    assert marked.series == "PD-04"
    assert (marked.cutoff_on, marked.retain_until) == ("2024-03-01", "2026-03-01")
    assert marked.retention_rule == "palm-desert@2026.1#PD-04"
    assert again(archive, comment).series == "PD-05"
    assert again(archive, message).series == "PD-07"


def test_a_second_marking_finds_nothing_to_do(
    store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    store("1")
    mark_now()
    report = mark_now()
    assert (report.marked, report.unchanged) == (0, 0)


def test_the_day_is_the_day_in_the_city(
    archive: Archive, store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    late = store("1", created_at="2024-03-01T05:00:00Z")
    mark_now()
    assert again(archive, late).cutoff_on == "2024-02-29"
    assert again(archive, late).retain_until == "2026-03-01"


def test_a_removal_moves_the_date_and_leaves_an_event(
    archive: Archive, store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    post = store("1")
    mark_now()
    store("1", removed_at="2026-10-09T20:00:00Z", observed_at="2026-11-18T10:00:00Z")
    report = mark_now()
    assert report.series == {"PD-01": 1}
    assert again(archive, post).retain_until == "2028-10-09"
    moved = [event for event in events_of(archive.public, post.id) if event.what == "retention"]
    assert len(moved) == 1
    assert moved[0].detail["from"] == "2026-03-01"
    assert moved[0].detail["to"] == "2028-10-09"


def test_an_edit_moves_the_date(
    archive: Archive, store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    post = store("1", observed_at="2024-03-02T10:00:00Z")
    mark_now()
    store("1", "The skate park is open", observed_at="2026-11-18T10:00:00Z")
    mark_now()
    assert again(archive, post).retain_until == "2028-11-18"


def test_a_dated_edit_counts_from_its_own_day_however_late_it_was_captured(
    archive: Archive, store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    post = store("1", edit_id="1")
    store("1", "The park is open", edit_id="2", edit_position=1, edited_at="2024-03-01T19:00:00Z")
    assert again(archive, post).version_count == 2
    mark_now()
    assert again(archive, post).retain_until == "2026-03-01"


def test_another_notation_of_the_same_words_is_no_edit(
    archive: Archive, store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    post = store("1", observed_at="2024-03-02T10:00:00Z")
    store("1", stable=b'{"new":"notation"}', observed_at="2026-11-18T10:00:00Z")
    assert again(archive, post).version_count == 2
    mark_now()
    assert again(archive, post).retain_until == "2026-03-01"


def test_a_record_removed_on_the_day_it_was_made_counts_as_removed(
    archive: Archive, store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    post = store("1", removed_at="2024-03-01T20:00:00Z")
    mark_now()
    assert again(archive, post).series == "PD-01"


def test_hidden_content_is_kept_from_its_hiding(
    archive: Archive, store: Store, mark_now: Callable[..., MarkReport]
) -> None:
    comment = store("1", kind=Kind.COMMENT)
    store(
        "1",
        kind=Kind.COMMENT,
        visibility=Visibility.HIDDEN,
        observed_at="2026-11-18T10:00:00Z",
    )
    mark_now()
    marked = again(archive, comment)
    assert (marked.series, marked.retain_until) == ("PD-02", "2028-11-18")


def test_closing_the_account_marks_its_profile_again(
    archive: Archive,
    office: sqlite3.Connection,
    account: Account,
    store: Store,
    mark_now: Callable[..., MarkReport],
) -> None:
    profile = store("12", kind=Kind.PROFILE)
    post = store("1")
    mark_now()
    waiting = again(archive, profile)
    assert (waiting.series, waiting.retain_until, waiting.cutoff_on) == ("PD-08", None, None)
    close_account(office, account, actor="of", on="2026-11-01", reason="Merged")
    report = mark_now()
    assert (report.marked, report.unchanged) == (1, 1)
    assert again(archive, profile).retain_until == "2028-11-01"
    assert again(archive, post).retain_until == "2026-03-01"


def test_a_new_version_of_the_schedule_marks_everything_again(
    archive: Archive,
    store: Store,
    mark_now: Callable[..., MarkReport],
    settings: Settings,
    tmp_path: Path,
) -> None:
    post = store("1")
    mark_now()
    text = (Path(__file__).parents[2] / "schedules/retention/palm-desert.toml").read_text("utf-8")
    changed = text.replace('"2026.1"', '"2027.1"').replace("{ years = 2 }", "{ years = 3 }")
    (tmp_path / "own.toml").write_text(changed, "utf-8")
    own = Settings(agency=settings.agency, schedule="own.toml")
    assert mark_now(own).marked == 1
    assert again(archive, post).retain_until == "2027-03-01"
    assert mark_now(own).marked == 0
    assert mark_now().marked == 1
    assert again(archive, post).retain_until == "2026-03-01"


def test_a_record_in_no_series_is_counted_and_kept(
    archive: Archive,
    store: Store,
    mark_now: Callable[..., MarkReport],
    settings: Settings,
    tmp_path: Path,
) -> None:
    post = store("1")
    text = (Path(__file__).parents[2] / "schedules/retention/palm-desert.toml").read_text("utf-8")
    (tmp_path / "own.toml").write_text(
        text.replace('direction = ["agency"]', 'direction = ["public"]'), "utf-8"
    )
    own = Settings(agency=settings.agency, schedule="own.toml")
    report = mark_now(own)
    assert report.without_series == 1
    marked = again(archive, post)
    assert (marked.series, marked.retain_until) == (None, None)
    assert mark_now(own).marked == 0


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "effective_from = 2016-01-01",
            "effective_from = 2027-01-01",
            "takes effect on 2027-01-01",
        ),
        ('agency_kind = "city"', 'agency_kind = "county"', "made for a county"),
    ],
)
def test_a_schedule_that_is_not_in_force_marks_nothing(
    store: Store,
    mark_now: Callable[..., MarkReport],
    settings: Settings,
    tmp_path: Path,
    before: str,
    after: str,
    message: str,
) -> None:
    store("1")
    text = (Path(__file__).parents[2] / "schedules/retention/palm-desert.toml").read_text("utf-8")
    (tmp_path / "own.toml").write_text(text.replace(before, after), "utf-8")
    with pytest.raises(RuleError, match=message):
        mark_now(Settings(agency=settings.agency, schedule="own.toml"))


def test_a_marking_cut_short_goes_on_where_it_was(
    archive: Archive,
    office: sqlite3.Connection,
    settings: Settings,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(5):
        store(str(number))
    monkeypatch.setattr("archiver.retention.marking.BATCH", 2)

    def stop(what: str, done: int, total: int | None) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mark_all(archive, settings, list_accounts(office), progress=stop)
    report = mark_all(archive, settings, list_accounts(office))
    left = archive.public.execute("SELECT count(*) FROM records WHERE retention_rule IS NULL")
    assert left.fetchone()[0] == 0
    assert report.marked == 3


@pytest.mark.parametrize(
    "created_at", ["0001-01-01T00:00:00Z", "1969-07-20T20:17:00Z", "2100-02-29T00:00:00Z", None]
)
def test_dates_at_the_ends_of_the_calendar_are_marked(
    archive: Archive,
    store: Store,
    mark_now: Callable[..., MarkReport],
    created_at: str | None,
) -> None:
    if created_at == "2100-02-29T00:00:00Z":
        created_at = "9999-12-31T23:59:59Z"
    odd = store("1", created_at=created_at)
    assert mark_now().marked == 1
    assert again(archive, odd).series == "PD-04"
