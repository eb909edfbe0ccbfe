"""Deciding about many pairs at once: previewed with numbers and samples, and by the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import pytest

from archiver.archive.pairs import Standing, What, proposals
from archiver.archive.store import Archive
from archiver.capture.night import Night
from archiver.config import Home
from archiver.items import Kind
from archiver.operations.jobs import job, run_next
from archiver.operations.pairing import (
    JOB,
    Alike,
    Asked,
    collected_words,
    decide_alike,
    decide_job,
    preview_alike,
    queue_decision,
)
from archiver.register.office import open_office
from archiver.requests.book import add_items, new_request
from tests.capture.two_sides import TwoSides, downloaded, given

TEXTS = [f"Notice number {number} of the public works office." for number in range(6)]


@pytest.fixture
def sides(home: Home) -> Iterator[TwoSides]:
    """Six posts from both sides, and one that two could be."""
    with Archive.open(home, write=True) as archive:
        sides = TwoSides(archive)
        twice = "Thank you all for coming to the meeting."
        sides.gave(
            *(given(f"7{at}", text) for at, text in enumerate(TEXTS)),
            given("80", twice),
            given("81", twice),
        )
        sides.holds(*(downloaded(text) for text in TEXTS), downloaded(twice))
        yield sides


def home_of(sides: TwoSides) -> Home:
    return sides.archive.home


def test_the_preview_counts_shows_some_and_leaves_rivals_out(sides: TwoSides) -> None:
    with closing(open_office(home_of(sides))) as office:
        seen = preview_alike(office, sides.archive.public, "archive", 1, "strong")
    assert (seen.pairs, seen.contested, len(seen.samples)) == (6, 2, 5)
    assert (seen.collected, seen.requests) == (0, ())


def test_all_that_were_previewed_are_decided_and_what_came_later_is_not(sides: TwoSides) -> None:
    with closing(open_office(home_of(sides))) as office:
        alike = preview_alike(office, sides.archive.public, "archive", 1, "strong").alike
    later = "One more notice, captured after the preview."
    sides.gave(given("90", later), at="2026-09-04T00:00:00Z")
    sides.holds(downloaded(later), at="2026-09-05T00:00:00Z")
    made = decide_alike(sides.archive, alike, What.CONFIRMED, actor="odile", reason="all alike")
    assert (made.decided, made.passed_over) == (6, 0)
    assert len(sides.standing(Standing.CONFIRMED)) == 6
    assert len(sides.proposed()) == 3
    assert sides.wrong() == []


def test_the_worker_decides_what_the_desk_asked_for(sides: TwoSides) -> None:
    numbers = [proposal.id for proposal in sides.proposed(contested=False)][:2]
    with closing(open_office(home_of(sides))) as office:
        asked = Asked("archive", "confirmed", "looked", numbers=numbers)
        number = queue_decision(office, asked, actor="odile")
        assert run_next(office, {JOB: decide_job(home_of(sides))})
        done = job(office, number)
    assert done is not None and done.state == "done"
    assert done.result == {"decided": 2, "passed_over": 0}
    assert [one.id for one in sides.standing(Standing.CONFIRMED)] == numbers


def test_many_alike_can_be_rejected_by_the_worker(sides: TwoSides) -> None:
    with closing(open_office(home_of(sides))) as office:
        alike = preview_alike(office, sides.archive.public, "archive", 1, "strong").alike
        asked = Asked("archive", "rejected", "two each", **_named(alike))
        queue_decision(office, asked, actor="odile")
        run_next(office, {JOB: decide_job(home_of(sides))})
    assert len(sides.standing(Standing.REJECTED)) == 6


def _named(alike: Alike) -> dict[str, object]:
    return {"account": alike.account_id, "strength": alike.strength, "up_to": alike.up_to}


def test_what_was_collected_is_told_before_and_stays_as_it_is(sides: TwoSides) -> None:
    home = home_of(sides)
    copy = sides.record(downloaded(TEXTS[0]).native_id).id
    with closing(open_office(home)) as office:
        request = new_request(
            office,
            home.settings(),
            actor="odile",
            received_at="2026-09-10T17:00:00Z",
            channel="counter",
            verbatim="All notices.",
        )
        files = {"archive": sides.archive.public, "private": sides.archive.private}
        add_items(office, files, request.number, [("archive", copy)], actor="odile")
        seen = preview_alike(office, sides.archive.public, "archive", 1, "strong")
        assert (seen.collected, seen.requests) == (1, (request.number,))
        assert collected_words(seen.collected, seen.requests) == (
            f"1 of the records is collected already, in {request.number}: what was collected, "
            "decided or released there stays as it is"
        )
        items = office.execute("SELECT * FROM request_items").fetchall()
        decide_alike(sides.archive, seen.alike, What.CONFIRMED, actor="odile", reason="alike")
        assert office.execute("SELECT * FROM request_items").fetchall() == items
        kept = sides.record("70").id
        report = add_items(office, files, request.number, [("archive", copy)], actor="odile")
        assert report.added == 1
        added = office.execute("SELECT record_id FROM request_items ORDER BY id DESC").fetchone()
        assert added[0] == kept
    assert proposals(sides.archive.public, state=Standing.CONFIRMED)


def test_no_platform_is_asked_after_an_id_that_was_made_here() -> None:
    asked: list[str] = []
    night = SimpleNamespace(
        _asked=set(),
        limits=SimpleNamespace(confirmations=10),
        _ask=lambda one: asked.append(one.native_id),
        taker=SimpleNamespace(take_answers=lambda answers: None),
    )
    missing = [
        SimpleNamespace(kind=Kind.POST, native_id=native_id)
        for native_id in (downloaded().native_id, "77")
    ]
    assert Night.confirm(night, missing)  # type: ignore[arg-type]
    assert asked == ["77"]
