"""Records that count as one are destroyed together or stay together: the stricter of both holds."""

from __future__ import annotations

import pytest

from archiver.archive.destroying import Authority, Doomed, destroy
from archiver.archive.pairs import Standing, What, kept_of, proposals
from archiver.archive.pairs_deciding import decide_pairs
from archiver.archive.reading import record
from archiver.archive.seals import seal
from archiver.archive.verify import verify
from archiver.capture.proposing import propose_pairs
from archiver.errors import RuleError
from archiver.items import Access
from archiver.retention.dispositions import execution
from archiver.retention.dispositions.walking import Wanted

DERIVED = "derived:0123456789abcdef0123456789abcdef"
ONE = "it counts as one with"


def confirm(town, what: What = What.CONFIRMED) -> None:
    state = Standing.OPEN if what is What.CONFIRMED else Standing.CONFIRMED
    propose_pairs(town.archive, 1, 1)
    for proposal in proposals(town.archive.public, state=state):
        decide_pairs(
            *(town.archive, Access.PUBLIC, [proposal.id], what), actor="odile", reason="looked"
        )


@pytest.fixture
def pair(town) -> tuple[int, int]:
    """A post and the download's copy of it, both old enough to go."""
    made = (town.store("77")[1], town.store(DERIVED)[1])
    confirm(town)
    assert kept_of(town.archive.public, made) == {made[1]: made[0]}
    return made


def reasons(town, number: str) -> dict[int, str | None]:
    found = town.office.execute(
        "SELECT ref, reason FROM disposition_items JOIN dispositions ON dispositions.id = batch_id"
        " WHERE number = ?",
        (number,),
    )
    return {row[0]: row[1] for row in found}


def test_both_go_and_the_archive_verifies(town, pair) -> None:
    made = town.build()
    assert sorted(town.outcomes(made.number)) == sorted(pair)
    town.approve_all(made.number)
    done = town.execute(made.number)
    assert (done.gone, done.kept) == (2, 0)
    assert not any(town.holds("archive", ref) for ref in pair)
    assert kept_of(town.archive.public, pair) == {}
    assert proposals(town.archive.public) == []
    seal(town.archive, now="2026-11-20T20:00:00Z")
    assert verify(town.home).findings == []


@pytest.mark.parametrize("held", [0, 1])
def test_a_hold_on_one_protects_the_other(town, pair, held: int) -> None:
    town.hold(("archive", pair[held]))
    town.store("78", "Another post that may go")
    made = town.build()
    assert not set(pair) & set(town.outcomes(made.number))


@pytest.mark.parametrize("held", [0, 1])
def test_a_hold_placed_since_the_list_was_frozen_keeps_both(town, pair, held: int) -> None:
    made = town.build()
    town.approve_all(made.number)
    town.hold(("archive", pair[held]))
    done = town.execute(made.number)
    assert (done.gone, done.kept) == (0, 2)
    assert set(reasons(town, made.number).values()) == {
        "held by claim 26-019",
        f"{ONE} record {pair[held]}: held by claim 26-019",
    }


def test_no_slice_ends_between_two_that_are_one(town, monkeypatch) -> None:
    town.store("76", "Something older", created_at="2024-02-01T18:00:00Z")
    pair = [town.store("77")[1], town.store(DERIVED)[1]]
    confirm(town)
    monkeypatch.setattr(execution, "SLICE", 1)
    made = town.build()
    town.approve_all(made.number)
    town.execute(made.number)
    slices = town.office.execute("SELECT items FROM disposition_slices ORDER BY id").fetchall()
    assert [row[0].count(",") + 1 for row in slices] == [1, 2]
    assert not any(town.holds("archive", ref) for ref in pair)


def test_the_later_of_both_days_holds_for_both(town) -> None:
    older, later = town.store("77")[1], town.store(DERIVED, created_at="2025-06-01T18:00:00Z")[1]
    town.archive.public.execute(
        "INSERT INTO pair_proposals (account_id, run_id, kind, derived_id, other_id, strength,"
        " ground, rivals, proposed_at, state) VALUES (1, 1, 'post', ?, ?, 'weak', 'by hand', 0,"
        " '2026-11-20T18:00:00Z', 'open')",
        (later, older),
    )
    [proposal] = proposals(town.archive.public)
    decide_pairs(
        *(town.archive, Access.PUBLIC, [proposal.id], What.CONFIRMED), actor="odile", reason="same"
    )
    town.store("78", "Another post that may go")
    made = town.build()
    assert not {older, later} & set(town.outcomes(made.number))


def test_a_list_that_names_only_one_of_them_takes_neither(town, pair) -> None:
    other = town.store("78", "Another post that may go")[1]
    made = town.build(Wanted(picked=(("archive", "record", pair[0]), ("archive", "record", other))))
    assert list(town.outcomes(made.number)) == [other]


def test_a_pair_confirmed_after_the_list_was_frozen_keeps_what_was_listed_alone(town) -> None:
    listed = town.store("77")[1]
    made = town.build()
    town.approve_all(made.number)
    copy = town.store(DERIVED)[1]
    confirm(town)
    town.mark()
    done = town.execute(made.number)
    assert (done.gone, done.kept) == (0, 1)
    assert town.holds("archive", listed) and town.holds("archive", copy)
    assert reasons(town, made.number)[listed].startswith("it counts as one with a record")


def test_taken_apart_each_goes_by_its_own_days(town, pair) -> None:
    confirm(town, What.TAKEN_APART)
    town.hold(("archive", pair[0]))
    made = town.build()
    assert list(town.outcomes(made.number)) == [pair[1]]


def test_the_archive_itself_refuses_to_destroy_one_of_two(town, pair) -> None:
    found = record(town.archive.public, pair[0])
    doomed = [Doomed("record", pair[0], found.leaf)]
    with pytest.raises(RuleError, match="counts as one with record"), town.archive.writer():
        destroy(
            *(town.archive, Access.PUBLIC, doomed, Authority("D-1", "destroyed", "words")),
            now="2026-11-20T18:00:00Z",
        )
    assert town.holds("archive", pair[0])
