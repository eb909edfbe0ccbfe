"""Statements of coverage: never better than what was seen."""

from __future__ import annotations

from archiver.capture.coverage import (
    BEFORE_THE_FIRST,
    Statement,
    broken_off,
    covered,
    divided,
    joined,
    not_given,
)
from archiver.errors import RateLimited, SourceError
from archiver.items import Capability, Extent, Kind, Relation

EARLY, LATE, NOW = "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-11-20T00:00:00Z"
FULL = Capability(Extent.FULL)
PART = Capability(Extent.PARTIAL, "only public ones")
NONE = Capability(Extent.NONE, "the platform gives none", "its data download")


def test_a_whole_walk_of_a_full_source_is_complete() -> None:
    assert covered(Kind.POST, FULL, None, NOW) == Statement(Kind.POST, None, NOW, "complete", "")


def test_what_a_source_never_gives_whole_is_never_complete() -> None:
    assert covered(Kind.REACTION, PART, None, NOW).state == "partial"
    assert covered(Kind.REACTION, PART, None, NOW, "x").reason == "only public ones; x"


def test_a_walk_that_broke_off_is_partial_and_one_that_never_began_is_none() -> None:
    error = SourceError("it broke")
    assert broken_off(Kind.POST, EARLY, NOW, error, began=True).state == "partial"
    assert broken_off(Kind.POST, EARLY, NOW, error, began=False).state == "none"
    limited = broken_off(Kind.POST, EARLY, NOW, RateLimited("wait"), began=True)
    assert limited.reason == "wait; the next run goes on from here"


def test_two_steps_cover_no_more_than_the_lesser_of_them() -> None:
    whole = Statement(Kind.REACTION, None, NOW, "complete")
    short = Statement(Kind.REACTION, LATE, NOW, "partial", "likes: a limit")
    assert joined(None, whole) == whole
    assert joined(whole, short) == joined(short, whole) == short
    both = joined(short, Statement(Kind.REACTION, EARLY, NOW, "none", "no AppView"))
    assert both == Statement(Kind.REACTION, LATE, NOW, "none", "likes: a limit; no AppView")
    assert joined(whole, whole) == whole


def test_what_is_not_given_names_what_supplies_it() -> None:
    assert not_given(Kind.MESSAGE, NONE, NOW).reason == (
        "the platform gives none; instead: its data download"
    )


def test_a_first_walk_cannot_vouch_for_what_was_deleted_before_it() -> None:
    (only,) = divided(Statement(Kind.POST, None, NOW, "complete"), None)
    assert (only.start, only.end, only.state) == (None, NOW, "partial")
    assert only.reason == BEFORE_THE_FIRST


def test_a_later_walk_vouches_for_the_time_since_the_first() -> None:
    first = "2026-11-01T10:00:00Z"
    assert first < NOW
    before, since = divided(Statement(Kind.POST, "2026-10-06T10:00:00Z", NOW, "complete"), first)
    assert (before.end, before.state) == (first, "partial")
    assert (since.start, since.end, since.state, since.reason) == (first, NOW, "complete", "")
    (whole,) = divided(Statement(Kind.POST, first, NOW, "complete"), first)
    assert whole.state == "complete"


def test_a_list_of_people_and_a_failed_walk_stand_as_they_are() -> None:
    for one in (
        Statement(Relation.FOLLOWER, NOW, NOW, "complete"),
        Statement(Kind.POST, None, NOW, "none", "not permitted"),
    ):
        assert divided(one, None) == [one]
