"""The statement of search says what was captured, when, and what was not."""

from __future__ import annotations

import dataclasses

import pytest

from archiver.archive.writing import batch, begin_run, finish_run
from archiver.items import Kind, Relation
from archiver.production.held import coverage
from archiver.production.release import Stated
from archiver.register.accounts import add_account

ZONE = "America/Los_Angeles"
DELETED = "posts deleted earlier are not in a download"


@pytest.fixture
def cover(city, parks):
    """States what a run covered of an account."""

    def stated(*lines, account: int = 1, handle: str = "AlderGlenParks") -> None:
        ref = dataclasses.replace(parks, id=account, handle=handle)
        run = begin_run(city.archive, ref, source="x-download")
        with batch(city.archive, run) as adding:
            for what, start, end, state, *reason in lines:
                adding.cover(what, start=start, end=end, state=state, reason="".join(reason))
        finish_run(city.archive, run, outcome="complete", notes={})

    return stated


def held(city) -> dict[tuple[str, ...], list[tuple[tuple[str, ...], tuple[Stated, ...]]]]:
    return {
        one.accounts: [(each.what, each.stated) for each in one.held]
        for one in coverage(city.office, city.archive, ZONE)
    }


def test_a_gap_of_days_between_two_complete_runs_is_told(city, cover) -> None:
    cover((Kind.POST, "2026-11-01T10:00:00Z", "2026-11-03T10:00:00Z", "complete"))
    cover((Kind.POST, "2026-11-10T10:00:00Z", "2026-11-12T10:00:00Z", "complete"))
    assert held(city)["@AlderGlenParks",] == [
        (
            ("posts",),
            (
                Stated("1 Nov 2026 to 3 Nov 2026", "complete", ""),
                Stated("3 Nov 2026 to 10 Nov 2026", "", "no run covered this time"),
                Stated("10 Nov 2026 to 12 Nov 2026", "complete", ""),
            ),
        )
    ]


def test_a_gap_of_hours_is_told_to_the_minute(city, cover) -> None:
    cover((Kind.POST, "2026-11-01T10:00:00Z", "2026-11-03T10:00:00Z", "complete"))
    cover((Kind.POST, "2026-11-03T20:30:00Z", "2026-11-12T10:00:00Z", "complete"))
    ((_, (_, gap, _)),) = held(city)["@AlderGlenParks",]
    assert gap.days == "3 Nov 2026, 2:00 am PST to 3 Nov 2026, 12:30 pm PST"


def test_what_was_held_in_part_is_not_called_complete(city, cover) -> None:
    cover(
        (Kind.POST, None, "2026-11-03T10:00:00Z", "partial", DELETED),
        (Kind.POST, "2026-11-03T10:00:00Z", "2026-11-17T10:00:00Z", "complete"),
    )
    assert held(city)["@AlderGlenParks",] == [
        (
            ("posts",),
            (
                Stated("the beginning to 3 Nov 2026", "partial", DELETED),
                Stated("3 Nov 2026 to 17 Nov 2026", "complete", ""),
            ),
        )
    ]


def test_kinds_and_accounts_held_alike_are_told_once(city, cover) -> None:
    at = "2026-11-17T10:00:00Z"
    lines = [(Kind.PROFILE, at, at, "complete"), (Relation.FOLLOWER, at, at, "complete")]
    cover(*lines, (Kind.MESSAGE, None, at, "partial", "deleted ones are missing"))
    cover(*lines, account=2, handle="AlderGlenPD")
    whole = (("profile", "followers"), (Stated("17 Nov 2026", "complete", ""),))
    told = held(city)
    assert told["@AlderGlenPD", "@AlderGlenParks"] == [whole]
    assert [what for what, _ in told["@AlderGlenParks",]] == [("messages",)]


def test_a_list_looked_at_nightly_is_one_stretch(city, cover) -> None:
    for day in (16, 17, 18):
        at = f"2026-11-{day}T10:00:00Z"
        cover((Relation.BLOCK, at, at, "complete"))
    assert held(city)["@AlderGlenParks",] == [
        (("accounts blocked",), (Stated("16 Nov 2026 to 18 Nov 2026", "complete", ""),))
    ]


def test_a_history_of_many_gaps_stays_short_and_names_every_day(city, cover) -> None:
    for day in range(1, 20, 2):
        at = f"2026-11-{day:02d}T20:00:00Z"
        cover((Kind.PROFILE, at, at, "complete"))
    ((_, (whole, gaps)),) = held(city)["@AlderGlenParks",]
    assert whole.days.split("; ") == [f"{day} Nov 2026" for day in range(1, 20, 2)]
    assert gaps.days.split("; ") == [f"{day} Nov 2026" for day in range(2, 19, 2)]
    assert (whole.state, gaps.state) == ("complete", "")


def test_an_account_of_which_nothing_was_captured_is_named(city) -> None:
    add_account(
        city.office,
        actor="it",
        platform="x",
        handle="AlderGlenFire",
        department="Fire",
        division="Operations",
    )
    assert held(city) == {("@AlderGlenFire",): []}
