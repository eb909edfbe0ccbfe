"""Proposals of pairs: what may be the same thing, with its reason, and nothing chosen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import structs

from archiver.archive.pairs import Standing, Strength, What
from archiver.archive.store import Archive
from archiver.capture.agreeing import Side, plain
from archiver.capture.matching import Match, matches
from archiver.items import Access, Author, AuthorRole, Kind, Visibility
from tests.capture.two_sides import (
    CITY,
    NAMED,
    OTHER_ACCOUNT,
    WORDS,
    TwoSides,
    downloaded,
    given,
    make_home,
)


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[TwoSides]:
    with Archive.open(make_home(tmp_path / "home"), write=True) as archive:
        yield TwoSides(archive)


def test_the_same_second_author_and_words_are_proposed_with_that_reason(sides: TwoSides) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded())
    [proposal] = sides.proposed()
    assert proposal.strength == Strength.STRONG
    assert proposal.ground == "the same second; both by the city’s account; the same text"
    assert proposal.other_id == sides.record("77").id
    assert proposal.derived_id == sides.record(downloaded().native_id).id
    assert proposal.rivals == 0


@pytest.mark.parametrize(
    ("held", "strength", "ground"),
    [
        (
            downloaded(at="2026-08-14T14:52:00Z"),
            Strength.GOOD,
            "the same minute, the download’s time has no seconds; both by the city’s account; "
            "the same text",
        ),
        (
            downloaded(at="2026-08-14T07:52:17Z"),
            Strength.WEAK,
            "7 hours later to the second, as a time without its zone is; both by the city’s "
            "account; the same text",
        ),
        (
            downloaded(at="2026-08-14T07:52:00Z"),
            Strength.WEAK,
            "7 hours later to the minute, as a time without its zone is; both by the city’s "
            "account; the same text",
        ),
        (
            downloaded("Mill Street  is closed on Saturday\nfrom eight to noon."),
            Strength.STRONG,
            "the same second; both by the city’s account; the same text but for spaces and the "
            "way letters are written",
        ),
        (
            downloaded("Mill Street is closed on Satur…"),
            Strength.WEAK,
            "the same second; both by the city’s account; one text is the beginning of the other",
        ),
        (
            downloaded(author=Author()),
            Strength.GOOD,
            "the same second; one of the two does not say who wrote it; the same text",
        ),
    ],
)
def test_what_agrees_less_well_says_so(
    sides: TwoSides, held: object, strength: Strength, ground: str
) -> None:
    sides.gave(given("77"))
    sides.holds(held)  # type: ignore[arg-type]
    [proposal] = sides.proposed()
    assert (proposal.strength, proposal.ground) == (strength, ground)


@pytest.mark.parametrize(
    ("said", "written"),
    [("Café & garden – open", "CafÃ© &amp; garden – open"), ("Año nuevo", "AÃ±o nuevo")],
)
def test_what_a_platform_garbled_is_the_same_words(
    sides: TwoSides, said: str, written: str
) -> None:
    sides.gave(given("77", said.replace(" – open", "")))
    sides.holds(downloaded(written.replace(" – open", "")))
    [proposal] = sides.proposed()
    assert "the same text but for spaces" in proposal.ground


@pytest.mark.parametrize(
    "held",
    [
        downloaded("Another thing altogether, said at the same second."),
        downloaded(at="2026-08-14T14:52:18Z"),
        downloaded(at="2026-08-13T14:52:17Z"),
        downloaded(author=Author(None, None, "Jane Roe", AuthorRole.PUBLIC)),
        downloaded(kind=Kind.COMMENT),
    ],
)
def test_another_text_time_author_or_kind_is_no_pair(sides: TwoSides, held: object) -> None:
    sides.gave(given("77"))
    sides.holds(held)  # type: ignore[arg-type]
    assert sides.proposed() == []


def test_a_message_and_a_post_of_the_same_words_are_never_one(sides: TwoSides) -> None:
    sides.gave(given("77", kind=Kind.MESSAGE))
    sides.holds(downloaded())
    sides.holds(downloaded(visibility=Visibility.PRIVATE))
    assert sides.proposed() == sides.proposed(Access.PRIVATE) == []


def test_another_account_saying_the_same_at_the_same_second_is_no_pair(sides: TwoSides) -> None:
    TwoSides(sides.archive, OTHER_ACCOUNT).gave(given("77"))
    sides.holds(downloaded())
    assert sides.proposed() == []


def test_two_that_could_be_the_one_are_both_proposed_as_rivals(sides: TwoSides) -> None:
    sides.gave(given("77"), given("78"))
    sides.holds(downloaded())
    found = sides.proposed()
    assert {proposal.other_id for proposal in found} == {
        sides.record("77").id,
        sides.record("78").id,
    }
    assert [proposal.rivals for proposal in found] == [1, 1]


def test_two_of_one_download_that_could_be_the_one_are_rivals(sides: TwoSides) -> None:
    again = downloaded()
    sides.gave(given("77"))
    sides.holds(downloaded(), structs.replace(again, native_id=f"{again.native_id}-2"))
    assert [proposal.rivals for proposal in sides.proposed()] == [1, 1]


def test_two_downloads_that_hold_what_the_interface_gave_are_no_rivals(sides: TwoSides) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded())
    sides.holds(downloaded(at="2026-08-14T14:52:00Z"), at="2026-09-02T00:00:00Z")
    assert [(one.strength, one.rivals) for one in sides.proposed()] == [
        ("strong", 0),
        ("good", 0),
    ]


def test_without_an_interface_downloads_in_two_layouts_are_proposed_to_each_other(
    sides: TwoSides,
) -> None:
    older, newer = downloaded(), downloaded(at="2026-08-14T14:52:00Z")
    sides.holds(older)
    sides.holds(newer, at="2026-09-02T00:00:00Z")
    [proposal] = sides.proposed()
    assert (proposal.derived_id, proposal.other_id) == (
        sides.record(newer.native_id).id,
        sides.record(older.native_id).id,
    )


def test_two_of_one_download_are_never_one(sides: TwoSides) -> None:
    sides.holds(downloaded(), downloaded(at="2026-08-14T14:52:00Z"))
    assert sides.proposed() == []


def test_it_makes_no_difference_whether_the_interface_came_first_or_later(sides: TwoSides) -> None:
    run = sides.holds(downloaded())
    assert sides.proposed() == []
    sides.gave(given("77"))
    from archiver.capture.proposing import propose_pairs

    assert propose_pairs(sides.archive, 1, run.id) == 1


def test_what_was_rejected_is_not_proposed_again(sides: TwoSides) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded())
    [proposal] = sides.proposed()
    sides.decide(What.REJECTED, proposal.id)
    sides.holds(downloaded("Something else entirely."), at="2026-09-03T00:00:00Z")
    assert sides.proposed() == []
    assert [one.id for one in sides.standing(Standing.REJECTED)] == [proposal.id]


def test_a_proposal_goes_when_nothing_speaks_for_it_any_more(sides: TwoSides) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded())
    sides.gave(given("77", "The closing of Mill Street is off."), at="2026-09-02T00:00:00Z")
    sides.holds(downloaded("Something else."), at="2026-09-03T00:00:00Z")
    assert sides.proposed() == []


_TEXTS = st.sampled_from(
    ["Thank you!", WORDS, f"{WORDS[:30]}…", "", "CafÃ©", "Café", "Pool hours &amp; more"]
)
_MOMENTS = st.builds(
    lambda hours, minutes, seconds: 1_700_000_000 + 3_600 * hours + 60 * minutes + seconds,
    st.integers(-16, 16),
    st.integers(0, 1),
    st.sampled_from([0, 40, 41]),
)
_AUTHORS = st.sampled_from([CITY, NAMED, Author(), Author(None, None, "Jane Roe")])


def _side(
    number: int, derived: bool, source: int | None, moment: int, text: str, author: Author
) -> Side:
    return Side(
        *(number, source, f"2026-09-{number % 28 + 1:02}T00:00:00Z", moment, text),
        *(author.native_id, author.handle, author.display_name, author.role.value),
        *(0, derived, plain(text)),
    )


@st.composite
def _both_sides(draw: st.DrawFn) -> tuple[list[Side], list[Side]]:
    sides = [
        _side(
            *(number, draw(st.booleans()), draw(st.sampled_from([1, 2]))),
            *(draw(_MOMENTS), draw(_TEXTS), draw(_AUTHORS)),
        )
        for number in range(draw(st.integers(0, 9)))
    ]
    return [one for one in sides if one.derived], [one for one in sides if not one.derived]


@given_any(_both_sides(), st.randoms())
@settings(max_examples=200, deadline=None)
def test_what_is_proposed_does_not_depend_on_the_order_in_which_records_come(both, random) -> None:
    derived, others = both
    found = matches(derived, others)
    random.shuffle(derived)
    random.shuffle(others)
    assert matches(derived, others) == found


@given_any(_both_sides())
@settings(max_examples=200, deadline=None)
def test_two_downloads_are_matched_alike_whichever_came_first(
    both,
) -> None:
    derived, _ = both
    turned = {one.id: replace(one, first_seen_at=f"{9_999 - one.id}") for one in derived}
    assert _unordered(matches(derived, [])) == _unordered(matches(list(turned.values()), []))


def _unordered(found: list[Match]) -> set[frozenset[int]]:
    return {frozenset((one.derived_id, one.other_id)) for one in found}


@given_any(_both_sides())
@settings(max_examples=200, deadline=None)
def test_every_pair_has_a_derived_record_a_reason_and_an_honest_count_of_rivals(both) -> None:
    derived, others = both
    found = matches(derived, others)
    named = {one.id for one in derived}
    for one in found:
        assert one.derived_id in named and one.ground.count(";") == 2
        assert one.derived_id != one.other_id
    for number, group in itertools.groupby(found, lambda one: one.derived_id):
        pairs = list(group)
        assert all(one.rivals >= len(pairs) - 1 for one in pairs), number
    assert all(one.other_id in named for one in found if one.other_id not in {o.id for o in others})
