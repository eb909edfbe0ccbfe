"""Practice requests: real to work with, and nowhere among the real ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from archiver.config import Settings
from archiver.errors import RuleError
from archiver.requests.book import (
    Request,
    add_items,
    close_request,
    get_request,
    hold_people,
    list_requests,
    new_request,
    open_requests,
    reopen_request,
    requests_touching,
)
from archiver.retention.holds import list_holds

Files = dict[str, sqlite3.Connection]


def practice(office: sqlite3.Connection, settings: Settings) -> Request:
    return new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-17T17:00:00Z",
        channel="email",
        verbatim="All posts about the harvest festival.",
        practice=True,
    )


def test_practice_takes_no_number_of_the_year(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    assert [practice(office, settings).number for _ in range(2)] == [
        "PRACTICE-2026-0001",
        "PRACTICE-2026-0002",
    ]
    following = new_request(
        office,
        settings,
        actor="of",
        received_at="2026-11-18T17:00:00Z",
        channel="email",
        verbatim="All posts of the Mayor.",
    )
    assert following.number == "2026-0002"
    assert not following.practice
    assert get_request(office, "2026-0001") == request_made


def test_practice_is_found_by_its_own_number(
    office: sqlite3.Connection, settings: Settings
) -> None:
    made = practice(office, settings)
    assert made.practice
    assert get_request(office, "practice-2026-0001") == made


def test_practice_stands_in_no_list_of_the_real_ones(
    office: sqlite3.Connection, settings: Settings, request_made: Request
) -> None:
    made = practice(office, settings)
    assert list_requests(office) == [request_made]
    assert list_requests(office, practice=True) == [made]
    assert open_requests(office) == [request_made, made]


def test_practice_holds_nothing(
    office: sqlite3.Connection, settings: Settings, store: Callable[..., int], files: Files
) -> None:
    made = practice(office, settings)
    record = store("c1")
    report = add_items(office, files, made.number, [("archive", record)], actor="of")
    assert (report.added, report.held) == (1, 0)
    assert report.notices == ("1 added for practice: nothing is held from disposition",)
    with pytest.raises(RuleError, match="for practice and holds nothing"):
        hold_people(office, made.number, [1], actor="of")
    close_request(office, made.number, settings=settings, actor="of", reason="Learnt")
    reopen_request(office, made.number, actor="of", reason="Once more")
    assert list_holds(office, include_released=True) == []
    assert requests_touching(office, "archive", record) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests SET practice = 0, sequence = 9",
        "UPDATE requests SET sequence = -7",
        "INSERT INTO requests (number, year, sequence, received_at, channel, verbatim, scope, "
        "created_at, created_by, practice) VALUES ('x', 2026, 7, '', '', 'x', '', '', '', 1)",
    ],
)
def test_practice_never_becomes_real(
    office: sqlite3.Connection, settings: Settings, statement: str
) -> None:
    made = practice(office, settings)
    with pytest.raises(sqlite3.IntegrityError):
        office.execute(statement)
    assert get_request(office, made.number) == made
