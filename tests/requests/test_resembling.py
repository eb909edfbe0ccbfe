"""Requests that may ask the same: found for a reason that is told, and linked by a person alone."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from archiver.config import Settings
from archiver.register.accounts import add_account
from archiver.requests.book import Request, new_request
from archiver.requests.receiving.relating import Relation, relate
from archiver.requests.receiving.resembling import Resemblance, reach_of, resembling
from archiver.requests.receiving.scope import Scope, set_scope

ASKED = "All comments and private messages about the closure of Willow Park, since January 2026."
Log = Callable[..., Request]


@pytest.fixture
def log(office: sqlite3.Connection, settings: Settings) -> Log:
    """Logs a request."""

    def logged(verbatim: str, received: str = "2026-11-16", **more: object) -> Request:
        return new_request(
            office,
            settings,
            actor="of",
            received_at=f"{received}T17:12:00Z",
            channel="counter",
            verbatim=verbatim,
            **more,  # type: ignore[arg-type]
        )

    return logged


def told(found: list[Resemblance]) -> dict[str, tuple[str, ...]]:
    return {each.other.number: each.reasons for each in found}


def test_the_same_and_nearly_the_same_words_are_found_and_others_are_not(
    office: sqlite3.Connection, log: Log
) -> None:
    first = log(ASKED.upper().replace(",", ""))
    near = log(ASKED.replace("Willow", "Birch"))
    log("All comments about the budget of the fire department in the last three years, please.")
    log("All comments")
    mine = log(ASKED)
    found = resembling(office, mine)
    assert told(found) == {
        first.number: ("the same words",),
        near.number: ("nearly the same words (92 %)",),
    }
    assert [each.relation for each in found] == [Relation.DUPLICATE, Relation.RELATED]


def test_a_requester_who_is_reached_in_the_same_way_is_found_however_it_is_written(
    office: sqlite3.Connection, log: Log
) -> None:
    by_mail = log("The budget", contact="Jo <Jo.Wren@Example.org>")
    by_phone = log("The minutes", contact="+1 (559) 555-0142")
    log("The agenda", contact="somebody@example.org, 559-555-0143")
    log("The map")
    mine = log("The lists", contact="jo.wren@example.org or 559.555.0142")
    assert set(told(resembling(office, mine))) == {by_mail.number, by_phone.number}
    assert resembling(office, log("The other lists")) == []


@pytest.mark.parametrize(
    ("contact", "reached"),
    [
        ("x: @Parks_Fan", {"x:@parks_fan"}),
        ("", set()),
        ("Room 12", set()),
        ("555-0142", {"5550142"}),
    ],
)
def test_what_a_contact_is_compared_by(contact: str, reached: set[str]) -> None:
    assert reach_of(contact) == reached


def test_scopes_that_share_a_topic_or_accounts_and_days_are_found(
    office: sqlite3.Connection, log: Log
) -> None:
    for handle in ("Parks", "Water"):
        add_account(office, actor="of", platform="x", handle=handle, department=handle)
    day = dt.date

    def covering(words: str, **scope: object) -> Request:
        made = log(words)
        set_scope(office, made.number, Scope(**scope), actor="of")  # type: ignore[arg-type]
        return made

    topic = covering("one", topics=("Park Closure",))
    days = covering("two", accounts=(1,), start_day=day(2026, 1, 1), end_day=day(2026, 3, 1))
    covering("three", accounts=(2,), topics=("park closure",))
    covering("four", accounts=(1,), start_day=day(2025, 1, 1), end_day=day(2025, 3, 1))
    covering("five", accounts=(1,))
    mine = covering(
        "six", accounts=(1,), start_day=day(2026, 2, 1), topics=("park closure", "trees")
    )
    assert told(resembling(office, mine)) == {
        topic.number: ("it covers the same: park closure",),
        days.number: ("it covers the same accounts, from 1 Feb 2026 to 1 Mar 2026",),
    }


def test_what_is_linked_practice_or_more_than_two_years_away_is_left_out(
    office: sqlite3.Connection, log: Log
) -> None:
    log(ASKED, "2024-11-15")
    just = log(ASKED, "2024-11-17")
    linked = log(ASKED)
    log(ASKED, practice=True)
    mine = log(ASKED)
    relate(office, mine.number, linked.number, "related", actor="of")
    assert list(told(resembling(office, mine))) == [just.number]


def test_of_many_the_nearest_are_told_first(office: sqlite3.Connection, log: Log) -> None:
    for _ in range(7):
        log("The budget", contact="jo@example.org")
    both = log(ASKED, contact="jo@example.org")
    mine = log(ASKED, contact="jo@example.org")
    found = resembling(office, mine)
    assert len(found) == 5
    assert found[0].other.number == both.number
    assert found[0].reasons == ("the same words", "the requester is reached in the same way")
