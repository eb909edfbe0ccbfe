"""Reconciliation: what only the download has, only the interface had, and both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st
from msgspec.structs import replace

from archiver.archive.coverage import coverage_by_day, stretches
from archiver.archive.pairs import What
from archiver.archive.pairs_dropping import drop_reconciliation
from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run
from archiver.capture.proposing import propose_pairs
from archiver.capture.reconciled import Reconciled, Where, reconciled_records, reconciliations
from archiver.capture.reconciling import reconcile
from archiver.items import Item, Kind, MediaRef
from tests.capture.two_sides import MADE_AT, WORDS, TwoSides, downloaded, given, make_home

ZONE = "America/Los_Angeles"


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[TwoSides]:
    with Archive.open(make_home(tmp_path / "home"), write=True) as archive:
        yield TwoSides(archive)


def reconciled(sides: TwoSides, run_id: int, *items: Item) -> Reconciled:
    seen = {Kind.POST: {item.native_id for item in items}}
    [made] = reconcile(sides.archive, 1, run_id, seen, MADE_AT, [Kind.POST])
    return made


def kept(sides: TwoSides, run_id: int, where: Where) -> list[tuple[str, str]]:
    files = {"archive": sides.archive.public, "private": sides.archive.private}
    return [
        (one.native_id, one.differs) for one in reconciled_records(files, run_id, "post", where)
    ]


def test_each_side_alone_and_both_are_counted_and_named(sides: TwoSides) -> None:
    sides.gave(given("both"), given("only there", "Pool hours."))
    here = downloaded("Only in the download.")
    same = replace(given("both"), stable=b"{}", raw=b"{}")
    run = sides.holds(same, here)
    made = reconciled(sides, run.id, same, here)
    assert (made.download, made.interface) == (2, 2)
    assert (made.only_download, made.only_interface, made.both) == (1, 1, 1)
    assert (made.different, made.proposed) == (0, 0)
    assert made.sample_download == (here.native_id,)
    assert made.sample_interface == ("only there",)
    assert kept(sides, run.id, "download") == [(here.native_id, "")]
    assert kept(sides, run.id, "interface") == [("only there", "")]
    assert kept(sides, run.id, "both") == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"text": "Elm Street instead."}, "text"),
        ({"created_at": "2026-08-14T14:52:00Z"}, "time"),
        ({"media": (MediaRef("mill.jpg"),)}, "attachments"),
        ({"text": "Elm Street.", "media": (MediaRef("mill.jpg"),)}, "text, attachments"),
    ],
)
def test_what_both_hold_differently_says_in_what(
    sides: TwoSides, changes: dict[str, object], what: str
) -> None:
    sides.gave(given("77"))
    same = replace(given("77"), stable=b"{}", raw=b"{}", **changes)  # type: ignore[arg-type]
    run = sides.holds(same)
    made = reconciled(sides, run.id, same)
    assert (made.both, made.different) == (1, 1)
    assert {"text": made.in_text, "time": made.in_time, "attachments": made.in_attachments} == {
        name: int(name in what) for name in ("text", "time", "attachments")
    }
    assert kept(sides, run.id, "both") == [("77", what)]


def test_what_may_be_the_same_is_counted_apart_until_a_person_says_so(sides: TwoSides) -> None:
    sides.gave(given("77", f"{WORDS[:40]}…"))
    here = downloaded()
    run = sides.holds(here)
    before = reconciled(sides, run.id, here)
    assert (before.only_download, before.only_interface, before.both) == (1, 1, 0)
    assert before.proposed == 1
    proposal = sides.pair()
    after = reconciled(sides, run.id, here)
    assert (after.only_download, after.only_interface, after.both) == (0, 0, 1)
    assert (after.in_text, after.proposed) == (1, 0)
    assert kept(sides, run.id, "both") == [("77", "text")]
    sides.decide(What.TAKEN_APART, proposal.id)
    assert reconciled(sides, run.id, here) == before


def test_what_came_after_the_download_was_made_is_not_missed_in_it(sides: TwoSides) -> None:
    sides.gave(
        given("77"), given("78", "Later.", "2026-09-02T08:00:00Z"), at="2026-09-03T00:00:00Z"
    )
    run = sides.holds(downloaded("Something else."))
    assert reconciled(sides, run.id, downloaded("Something else.")).interface == 1


def test_the_span_begins_where_the_run_says_its_coverage_does(sides: TwoSides) -> None:
    sides.gave(given("76", "Older.", "2020-01-01T08:00:00Z"), given("77"))
    run = sides.holds()
    with batch(sides.archive, run) as opened:
        opened.cover(Kind.POST, start="2026-01-01T00:00:00Z", end=MADE_AT, state="complete")
    made = reconciled(sides, run.id)
    assert (made.start, made.interface, made.sample_interface) == (
        "2026-01-01T00:00:00Z",
        1,
        ("77",),
    )


def test_it_is_kept_by_run_and_made_anew_in_its_place(sides: TwoSides) -> None:
    sides.gave(given("77"))
    first, second = sides.holds(), sides.holds(at="2026-09-02T00:00:00Z")
    made = [reconciled(sides, run.id) for run in (first, second, second)]
    files = {"archive": sides.archive.public}
    assert reconciliations(files, 1) == {second.id: [made[2]], first.id: [made[0]]}
    assert reconciliations(files, 1, first.id) == {first.id: [made[0]]}
    assert reconciliations(files, 2) == {}
    with sides.archive.writer():
        drop_reconciliation(sides.archive.public, second.id)
    assert reconciliations(files, 1) == {first.id: [made[0]]}
    assert sides.wrong() == []


_ITEMS = st.lists(
    st.tuples(st.sampled_from(["there", "here", "both", "pair"]), st.integers(0, 3)), max_size=8
)


@given_any(made=_ITEMS, confirmed=st.lists(st.booleans(), min_size=8, max_size=8))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_numbers_add_up_to_what_each_side_holds(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, int]], confirmed: list[bool]
) -> None:
    there: list[Item] = []
    here: list[Item] = []
    for number, (where, minute) in enumerate(made):
        text, at = f"Post number {number} of the day.", f"2026-08-14T14:5{minute}:17Z"
        if where != "here":
            there.append(given(f"id-{number}", text, at))
        if where == "both":
            here.append(replace(given(f"id-{number}", text, at), stable=b"{}", raw=b"{}"))
        if where in ("here", "pair"):
            here.append(downloaded(text, at))
    with Archive.open(make_home(tmp_path_factory.mktemp("both") / "home"), write=True) as archive:
        sides = TwoSides(archive)
        if there:
            sides.gave(*there)
        run = sides.holds(*here)
        pairs = sides.proposed()
        assert len(pairs) == sum(where == "pair" for where, _ in made)
        for proposal, sure in zip(pairs, confirmed, strict=False):
            if sure:
                sides.decide(What.CONFIRMED, proposal.id)
        propose_pairs(archive, 1, run.id)
        seen = {Kind.POST: {item.native_id for item in here}}
        found = reconcile(archive, 1, run.id, seen, MADE_AT, [Kind.POST])
        assert len(found) == bool(there)
        for one in found:
            assert one.download == len(here) == one.only_download + one.both
            assert one.interface == len(there) == one.only_interface + one.both
            assert one.proposed == len(sides.proposed())
            assert len(kept(sides, run.id, "download")) == one.only_download
            assert len(kept(sides, run.id, "interface")) == one.only_interface


def cover(
    sides: TwoSides, source: str, start: str | None, end: str, state: str, reason: str = ""
) -> str:
    run = begin_run(sides.archive, sides.account, source=source)
    with batch(sides.archive, run) as opened:
        opened.cover(Kind.POST, start=start, end=end, state=state, reason=reason)
    return run.started_at


@pytest.fixture
def filled(sides: TwoSides, monkeypatch: pytest.MonkeyPatch) -> TwoSides:
    monkeypatch.setattr("archiver.clock.now_text", lambda: "2026-09-02T03:00:00Z")
    return sides


def told(sides: TwoSides) -> list[tuple[str | None, str, str, str]]:
    return [
        (one.start, one.end, one.state, one.reason)
        for one in stretches(sides.archive.public, 1, "post", ZONE)
    ]


JULY, AUGUST, LATE = "2026-07-01T07:00:00Z", "2026-08-01T07:00:00Z", "2026-08-20T07:00:00Z"
FILLED = "filled from download on 1 Sep 2026"


def test_what_the_interface_did_not_give_is_filled_from_the_download(filled: TwoSides) -> None:
    cover(filled, "facebook", JULY, AUGUST, "none", "the token had expired")
    cover(filled, "facebook", AUGUST, LATE, "complete")
    cover(filled, "facebook-download", JULY, LATE, "complete")
    assert told(filled) == [(JULY, AUGUST, "complete", FILLED), (AUGUST, LATE, "complete", "")]


def test_what_a_download_fills_in_part_keeps_both_reasons(filled: TwoSides) -> None:
    cover(filled, "facebook", JULY, AUGUST, "partial", "the token had expired")
    gone = "posts deleted earlier are not in a download"
    cover(filled, "facebook-download", JULY, AUGUST, "partial", gone)
    assert told(filled) == [(JULY, AUGUST, "partial", f"the token had expired; {FILLED}; {gone}")]


def test_a_download_that_holds_nothing_of_a_kind_fills_nothing(filled: TwoSides) -> None:
    cover(filled, "facebook", JULY, AUGUST, "partial", "the token had expired")
    cover(filled, "facebook-download", JULY, AUGUST, "none", "no file of posts is in the download")
    assert told(filled) == [(JULY, AUGUST, "partial", "the token had expired")]


def test_where_no_interface_looked_a_download_is_told_as_what_it_is(filled: TwoSides) -> None:
    cover(filled, "facebook-download", JULY, LATE, "complete")
    cover(filled, "facebook", AUGUST, LATE, "none", "the token had expired")
    assert told(filled) == [(JULY, AUGUST, "complete", ""), (AUGUST, LATE, "complete", FILLED)]


def test_a_filled_day_says_so(filled: TwoSides) -> None:
    import datetime as dt

    cover(filled, "facebook", JULY, AUGUST, "none", "the token had expired")
    cover(filled, "facebook-download", JULY, AUGUST, "complete")
    day = dt.date(2026, 7, 4)
    [found] = coverage_by_day(filled.archive.public, 1, "post", day, day, time_zone=ZONE)
    assert (found.state, found.reason) == ("complete", FILLED)
