"""Statements of coverage: never better than what was seen."""

from __future__ import annotations

from archiver.capture.coverage import Statement, broken_off, covered, joined, not_given
from archiver.errors import RateLimited, SourceError
from archiver.items import Capability, Extent, Kind

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
