"""Pairs: two records a person said are one count as one, and can be taken apart again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st
from msgspec.structs import replace

from archiver.archive.filters import Filters
from archiver.archive.matching import all_matching, ask
from archiver.archive.pairs import (
    Standing,
    What,
    decisions_on,
    kept_of,
    partners_of,
    shown_ids,
)
from archiver.archive.pairs_dropping import drop_pairs_of, withdrawal_blockers
from archiver.archive.reading import events_of, thread, versions
from archiver.archive.search import search
from archiver.archive.store import Archive
from archiver.archive.withdrawing import rests_on, withdraw_import
from archiver.errors import InputError, RuleError
from archiver.items import Access, Kind, MediaRef
from archiver.requests.collecting.families import Along, family_ids
from tests.capture.two_sides import WORDS, TwoSides, downloaded, given, make_home

ZONE = "America/Los_Angeles"
CUT = downloaded(f"{WORDS[:40]}…")


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[TwoSides]:
    with Archive.open(make_home(tmp_path / "home"), write=True) as archive:
        yield TwoSides(archive)


@pytest.fixture
def two(sides: TwoSides) -> TwoSides:
    """A post from both sides, confirmed to be one."""
    sides.gave(given("77"))
    sides.holds(downloaded())
    sides.pair()
    return sides


def found(sides: TwoSides, words: str) -> list[int]:
    results = search({"archive": sides.archive.public}, words, time_zone=ZONE)
    assert results.count == len(results.rows)
    return [hit.id for hit in results.rows]


def picture(of: TwoSides) -> dict[str, list[tuple[object, ...]]]:
    """All that is shown of the archive's records: the index, the facets, the pairs."""
    tables = ("records", "search_docs", "facet", "displaced", "pairs")
    return {
        table: [tuple(row) for row in of.archive.public.execute(f"SELECT * FROM {table}")]
        for table in tables
    }


def test_a_confirmed_pair_is_found_and_counted_once(two: TwoSides) -> None:
    kept, derived = two.record("77").id, two.record(downloaded().native_id).id
    assert found(two, "mill street") == [kept]
    assert found(two, "") == [kept]
    results = search({"archive": two.archive.public}, "mill", time_zone=ZONE)
    assert [(each.value, each.count) for each in results.facets.kind] == [("post", 1)]
    assert kept_of(two.archive.public, [kept, derived]) == {derived: kept}
    assert partners_of(two.archive.public, [kept, derived]) == {kept: (derived,), derived: (kept,)}
    assert two.wrong() == []


def test_the_words_only_the_download_has_find_the_record(sides: TwoSides) -> None:
    sides.gave(given("77", f"{WORDS[:40]}…"))
    sides.holds(downloaded())
    sides.pair()
    assert found(sides, "noon") == [sides.record("77").id]
    assert sides.wrong() == []


def test_a_picture_only_the_download_has_makes_the_record_one_with_media(sides: TwoSides) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded(media=(MediaRef("media/mill.jpg", name="mill.jpg"),)))
    sides.pair()
    assert found(sides, "has:media mill.jpg") == [sides.record("77").id]
    assert sides.wrong() == []


def test_the_derived_record_stays_reachable_by_its_own_number(two: TwoSides) -> None:
    derived = two.record(downloaded().native_id)
    assert derived.text == WORDS
    assert len(versions(two.archive.public, derived.id)) == 1


def test_who_decided_when_and_why_is_kept_for_both(two: TwoSides) -> None:
    kept, derived = two.record("77").id, two.record(downloaded().native_id).id
    for number in (kept, derived):
        [decision] = decisions_on(two.archive.public, number)
        assert (decision.what, decision.actor, decision.reason) == ("confirmed", "odile", "looked")
        assert (decision.derived_id, decision.other_id) == (derived, kept)
        assert decision.ground.startswith("the same second")
        assert [event.what for event in events_of(two.archive.public, number)] == ["paired"]
    audit = two.archive.public.execute(
        "SELECT actor, action, detail FROM audit ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert tuple(audit) == ("odile", "pairs confirmed", '{"pairs":1,"reason":"looked"}')


@pytest.mark.parametrize("act", ["UPDATE pair_decisions SET actor = 'x'", "DELETE FROM {}"])
def test_a_decision_is_never_changed_nor_deleted(two: TwoSides, act: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        two.archive.public.execute(act.format("pair_decisions"))


def test_taken_apart_both_stand_as_before(sides: TwoSides) -> None:
    sides.gave(given("77"), given("78", "Another."))
    sides.holds(downloaded())
    before = picture(sides)
    proposal = sides.pair()
    assert picture(sides) != before
    sides.decide(What.TAKEN_APART, proposal.id)
    assert picture(sides) == before
    assert [one.id for one in sides.proposed()] == [proposal.id]
    assert [one.what for one in decisions_on(sides.archive.public, proposal.other_id)] == [
        "confirmed",
        "taken apart",
    ]
    assert sides.wrong() == []


def test_a_rejection_can_be_taken_back_or_turned_into_a_confirmation(sides: TwoSides) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded())
    [proposal] = sides.proposed()
    sides.decide(What.REJECTED, proposal.id)
    sides.decide(What.TAKEN_BACK, proposal.id)
    sides.decide(What.REJECTED, proposal.id)
    sides.decide(What.CONFIRMED, proposal.id)
    assert kept_of(sides.archive.public, [proposal.derived_id])
    assert sides.wrong() == []


@pytest.mark.parametrize("what", [What.TAKEN_APART, What.TAKEN_BACK])
def test_what_was_not_decided_cannot_be_undone(sides: TwoSides, what: What) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded())
    [proposal] = sides.proposed()
    with pytest.raises(RuleError, match=f"pair {proposal.id} is open: it cannot be"):
        sides.decide(what, proposal.id)
    assert decisions_on(sides.archive.public, proposal.other_id) == []


def test_without_a_reason_nothing_is_decided(sides: TwoSides) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded())
    [proposal] = sides.proposed()
    with pytest.raises(RuleError, match="needs a name and a reason"):
        sides.decide(What.CONFIRMED, proposal.id, reason="  ")
    with pytest.raises(InputError, match="there is no pair 99"):
        sides.decide(What.CONFIRMED, 99)


def test_a_record_that_counts_under_one_is_not_paired_with_a_second(sides: TwoSides) -> None:
    sides.gave(given("77"), given("78"))
    sides.holds(downloaded())
    first, second = (proposal.id for proposal in sides.proposed())
    sides.decide(What.CONFIRMED, first)
    with pytest.raises(RuleError, match="take that pair apart first"):
        sides.decide(What.CONFIRMED, second)
    decided = sides.decide(What.REJECTED, second)
    assert (decided.decided, decided.passed_over) == (1, 0)


def test_many_at_once_pass_over_what_others_decided_meanwhile(sides: TwoSides) -> None:
    from archiver.archive.pairs_deciding import decide_pairs

    sides.gave(given("77"), given("78", "Pool hours."))
    sides.holds(downloaded(), downloaded("Pool hours."))
    first, second = (proposal.id for proposal in sides.proposed())
    sides.decide(What.REJECTED, first)
    done = decide_pairs(
        *(sides.archive, Access.PUBLIC, [first, second], What.REJECTED),
        actor="odile",
        reason="twice the same",
        all_or_none=False,
    )
    assert (done.decided, done.passed_over) == (1, 1)


def test_a_chain_of_pairs_counts_under_its_end_and_parts_where_it_is_cut(sides: TwoSides) -> None:
    older, newer = downloaded(), downloaded(at="2026-08-14T14:52:00Z")
    sides.holds(older)
    run = sides.holds(newer, at="2026-09-02T00:00:00Z")
    between = sides.pair()
    sides.gave(given("77"), at="2026-09-03T00:00:00Z")
    from archiver.capture.proposing import propose_pairs

    propose_pairs(sides.archive, 1, run.id)
    end = sides.pair()
    one, two, three = sides.ids([newer, older, given("77")])
    assert kept_of(sides.archive.public, [one, two]) == {one: three, two: three}
    assert found(sides, "mill") == [three]
    assert sides.wrong() == []
    sides.decide(What.TAKEN_APART, end.id)
    assert kept_of(sides.archive.public, [one, two, three]) == {one: two}
    sides.decide(What.TAKEN_APART, between.id)
    assert sorted(found(sides, "mill")) == sorted([one, two, three])
    assert sides.wrong() == []


def test_when_the_ids_agree_it_is_one_record_with_both_kinds_of_evidence(sides: TwoSides) -> None:
    sides.gave(given("77"))
    sides.holds(replace(given("77"), member="posts.json", position=0, stable=b"{}", raw=b"{}"))
    record = sides.record("77")
    kept = versions(sides.archive.public, record.id)
    assert [(one.details.exchange is None, one.details.original is None) for one in kept] == [
        (False, True),
        (True, False),
    ]
    assert sides.proposed() == []
    assert sides.archive.public.execute("SELECT count(*) FROM records").fetchone()[0] == 1


def test_a_changed_download_of_a_paired_record_keeps_the_pair_and_its_words_are_found(
    two: TwoSides,
) -> None:
    changed = replace(downloaded(), text="Elm Street instead.", stable=b"{}", raw=b"{}")
    two.holds(changed, at="2026-09-05T00:00:00Z")
    assert found(two, "elm") == [two.record("77").id]
    assert two.wrong() == []


def test_answers_to_the_downloads_copy_stand_under_the_one_post(sides: TwoSides) -> None:
    copy = downloaded()
    answer = downloaded("Which end of it?", "2026-08-14T15:00:01Z", kind=Kind.COMMENT)
    answer = replace(answer, parent_id=copy.native_id, root_id=copy.native_id)
    sides.gave(given("77"))
    sides.holds(copy, answer)
    sides.pair()
    post, comment = sides.record("77"), sides.record(answer.native_id, "comment")
    for of in (post, comment):
        entries = thread(sides.archive.public, of)
        assert [(entry.record.id, entry.depth) for entry in entries] == [
            (post.id, 0),
            (comment.id, 1),
        ]
        family = family_ids(sides.archive.public, [of.id], Along.THREAD)
        assert family == sorted([post.id, comment.id])
    derived = sides.record(copy.native_id).id
    assert family_ids(sides.archive.public, [derived], Along.NOTHING) == [post.id]


def test_a_search_that_holds_records_catches_the_one_that_stands_again(two: TwoSides) -> None:
    [proposal] = two.standing(Standing.CONFIRMED)
    files = {"archive": two.archive.public}
    asked = ask(files, "mill", Filters(), ZONE)
    kept = two.record("77").id
    assert list(all_matching("archive", two.archive.public, asked)) == [kept]
    two.decide(What.TAKEN_APART, proposal.id)
    latest = two.archive.public.execute(
        "SELECT record_id FROM events ORDER BY id DESC LIMIT 2"
    ).fetchall()
    assert {row[0] for row in latest} == {kept, proposal.derived_id}


def test_a_confirmed_pair_blocks_withdrawal_and_an_open_proposal_is_dropped(
    sides: TwoSides,
) -> None:
    sides.gave(given("77"))
    sides.holds(downloaded())
    [proposal] = sides.proposed()
    public = sides.archive.public
    assert withdrawal_blockers(public, [proposal.derived_id]) == []
    sides.decide(What.CONFIRMED, proposal.id)
    [sentence] = withdrawal_blockers(public, [proposal.derived_id, 5])
    assert f"record {proposal.derived_id} counts as one with record" in sentence
    sides.decide(What.TAKEN_APART, proposal.id)
    with sides.archive.writer():
        assert drop_pairs_of(public, [proposal.derived_id]) == 1
    assert sides.proposed() == []


def test_an_import_is_withdrawn_once_its_pairs_are_taken_apart(sides: TwoSides) -> None:
    sides.gave(given("77"))
    run = sides.holds(downloaded())
    [proposal] = sides.proposed()
    sides.decide(What.CONFIRMED, proposal.id)
    with pytest.raises(RuleError, match="counts as one with"), sides.archive.writer():
        withdraw_import(
            sides.archive, run.id, actor="odile", reason="Wrong.", now="2026-09-09T00:00:00Z"
        )
    sides.decide(What.TAKEN_APART, proposal.id)
    assert rests_on(sides.archive, run.id) == []
    with sides.archive.writer():
        done = withdraw_import(
            sides.archive, run.id, actor="odile", reason="Wrong.", now="2026-09-09T00:00:00Z"
        )
    assert (done.records, done.events) == (1, 2)
    assert sides.wrong() == []
    kept = sides.record("77").id
    assert [each.what for each in events_of(sides.archive.public, kept)] == [
        "paired",
        "taken apart",
    ]


def test_verify_notices_a_record_hidden_under_another_that_nobody_decided(two: TwoSides) -> None:
    two.gave(given("78", "Another."), at="2026-09-06T00:00:00Z")
    other, kept = two.record("78").id, two.record("77").id
    with two.archive.writer():
        two.archive.public.execute("INSERT INTO pairs VALUES (?, ?, ?)", (other, kept, kept))
    told = two.wrong()
    assert any("pairs, record" in each and "decided" in each for each in told)
    assert any("shown by itself" in each for each in told)


def test_verify_notices_a_decision_that_was_changed(two: TwoSides) -> None:
    with two.archive.writer():
        two.archive.public.execute("DROP TRIGGER pair_decisions_keep")
        two.archive.public.execute("UPDATE pair_decisions SET actor = 'nobody'")
    assert any("pair_decisions, row 1: it does not match its leaf" in one for one in two.wrong())


_ACTS = st.lists(st.tuples(st.sampled_from(list(What)), st.integers(0, 5)), max_size=12)


@given_any(acts=_ACTS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_decided_in_whatever_order_the_archive_verifies_and_undone_it_is_as_before(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[What, int]]
) -> None:
    home = make_home(tmp_path_factory.mktemp("pairs") / "home")
    with Archive.open(home, write=True) as archive:
        sides = TwoSides(archive)
        sides.gave(given("77"), given("78"), given("79", "Pool hours."))
        sides.holds(downloaded(), downloaded("Pool hours."))
        before = picture(sides)
        numbers = [proposal.id for proposal in sides.proposed()]
        for what, at in acts:
            try:
                sides.decide(what, numbers[at % len(numbers)])
            except RuleError:
                continue
        hidden = kept_of(archive.public, [row[0] for row in before["records"]])
        shown = shown_ids(archive.public, [row[0] for row in before["records"]])
        assert sorted(found(sides, "")) == sorted(shown)
        assert len(shown) + len(hidden) == len(before["records"])
        assert sides.wrong() == []
        for proposal in sides.standing(Standing.CONFIRMED):
            sides.decide(What.TAKEN_APART, proposal.id)
        assert picture(sides) == before
