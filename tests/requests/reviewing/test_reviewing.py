"""Assigning, noting, recommending, undoing and confirming; duplicates."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import msgspec
import pytest

from archiver.config import Requests, Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.register.office import audit_trail
from archiver.requests.book import (
    Choice,
    Claim,
    Item,
    close_request,
    decide,
    events_of,
    get_item,
    history_of,
)
from archiver.requests.reviewing.assigning import (
    assign,
    assigned_to,
    assignees,
    items_of_accounts,
    recommend,
    recommendations_of,
)
from archiver.requests.reviewing.confirming import confirm, unconfirmed
from archiver.requests.reviewing.notes import add_note, notes_of
from archiver.requests.reviewing.undoing import undo

NUMBER = "2026-0001"
Attest = Callable[[str], None]


@pytest.fixture
def two(settings: Settings) -> Settings:
    """The city wants two people for what it withholds."""
    return msgspec.structs.replace(settings, requests=Requests(second_person=["withhold"]))


def standing(office: sqlite3.Connection, item: Item) -> Choice:
    return get_item(office, NUMBER, item.id).decision.choice


def test_items_are_assigned_and_taken_back(office: sqlite3.Connection, items: list[Item]) -> None:
    ids = [item.id for item in items[:2]]
    assert assign(office, NUMBER, ids, "Rosa", departments=(), actor="of") == 2
    assert assign(office, NUMBER, ids, "rosa", departments=(), actor="of") == 0
    assert assigned_to(office, "rosa") == set(ids)
    assert assign(office, NUMBER, ids[:1], "rosa", departments=(), actor="of", taken_back=True) == 1
    assert assigned_to(office, "rosa") == {ids[1]}
    assert assignees(office, ids[0]) == []
    assert [row.action for row in audit_trail(office)][:2] == [
        "request assignment taken back",
        "request items assigned",
    ]


def test_items_of_an_account_are_found_for_assigning(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    assert items_of_accounts(office, NUMBER, [1]) == [item.id for item in items]
    assert items_of_accounts(office, NUMBER, [11, 2]) == []


def test_an_item_of_another_request_cannot_be_assigned(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    with pytest.raises(InputError, match="has no item 99"):
        assign(office, NUMBER, [items[0].id, 99], "rosa", departments=(), actor="of")
    assert assigned_to(office, "rosa") == set()


def test_a_reviewer_recommends_only_what_is_assigned_and_decides_nothing(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    with pytest.raises(InputError, match="not assigned to rosa"):
        recommend(office, NUMBER, items[0].id, "release", actor="rosa")
    assign(office, NUMBER, [items[0].id], "rosa", departments=(), actor="of")
    recommend(
        office, NUMBER, items[0].id, "withhold", actor="rosa", section="7927.700", note_text="Ill"
    )
    [told] = recommendations_of(office, items[0].id)
    assert (told.actor, told.choice, told.section, told.note) == (
        *("rosa", Choice.WITHHOLD, "7927.700", "Ill"),
    )
    assert standing(office, items[0]) is Choice.UNDECIDED


def test_a_note_is_on_the_item_and_in_no_history(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    add_note(office, NUMBER, items[0].id, " PLANTED words \r\nof ours", actor="of")
    assert [note.text for note in notes_of(office, items[0].id)] == ["PLANTED words \nof ours"]
    assert "PLANTED" not in str(events_of(office, NUMBER)) + str(audit_trail(office))
    with pytest.raises(InputError, match="nothing was written"):
        add_note(office, NUMBER, items[0].id, " \n", actor="of")


def test_undoing_decides_again_what_stood_before(
    office: sqlite3.Connection, items: list[Item], attest: Attest
) -> None:
    attest("7927.410")
    item = items[0].id
    claim = Claim("7927.410")
    decide(office, NUMBER, [item], "withhold", actor="of", claims=[claim], note_text="Bill")
    decide(office, NUMBER, [item], "release", actor="of")
    undone = undo(office, NUMBER, item, actor="of")
    assert (undone.choice, undone.note) == (Choice.WITHHOLD, "Bill")
    assert [basis.section for basis in undone.exemptions] == ["7927.410"]
    assert len(history_of(office, NUMBER, item)) == 3
    assert events_of(office, NUMBER)[-1].kind == "decision undone"
    assert undo(office, NUMBER, item, actor="of").choice is Choice.RELEASE


def test_the_first_decision_is_undone_to_none(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    decide(office, NUMBER, [items[0].id], "release", actor="of")
    assert undo(office, NUMBER, items[0].id, actor="of").choice is Choice.UNDECIDED
    with pytest.raises(RuleError, match="nothing to undo"):
        undo(office, NUMBER, items[1].id, actor="of")


def test_undoing_what_somebody_else_decided_since_is_told(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    [mine] = decide(office, NUMBER, [items[0].id], "release", actor="of")
    decide(office, NUMBER, [items[0].id], "not responsive", actor="tk")
    with pytest.raises(BusyError, match="someone else decided"):
        undo(office, NUMBER, items[0].id, actor="of", seen=mine.id)
    assert standing(office, items[0]) is Choice.NOT_RESPONSIVE


def test_a_second_person_confirms_and_the_first_may_not(
    office: sqlite3.Connection, items: list[Item], attest: Attest, two: Settings
) -> None:
    attest("7927.410")
    item = items[0]
    [made] = decide(office, NUMBER, [item.id], "withhold", actor="of", claims=[Claim("7927.410")])
    decide(office, NUMBER, [items[1].id], "release", actor="of")
    assert unconfirmed(office, two, item.request_id) == {item.id: "of"}
    with pytest.raises(RuleError, match="somebody else has to confirm"):
        confirm(office, two, NUMBER, {item.id: made.id}, actor="of")
    assert confirm(office, two, NUMBER, {item.id: made.id}, actor="tk") == 1
    assert confirm(office, two, NUMBER, {item.id: made.id}, actor="tk") == 0
    assert unconfirmed(office, two, item.request_id) == {}


def test_deciding_anew_asks_for_a_new_confirmation(
    office: sqlite3.Connection, items: list[Item], attest: Attest, two: Settings
) -> None:
    attest("7927.410")
    item, claims = items[0], [Claim("7927.410")]
    [made] = decide(office, NUMBER, [item.id], "withhold", actor="of", claims=claims)
    confirm(office, two, NUMBER, {item.id: made.id}, actor="tk")
    decide(office, NUMBER, [item.id], "withhold", actor="of", claims=claims)
    assert unconfirmed(office, two, item.request_id) == {item.id: "of"}
    with pytest.raises(BusyError, match="decided anew"):
        confirm(office, two, NUMBER, {item.id: made.id}, actor="tk")


def test_a_decision_that_needs_no_second_person_is_not_confirmed(
    office: sqlite3.Connection, items: list[Item], two: Settings
) -> None:
    [made] = decide(office, NUMBER, [items[0].id], "release", actor="of")
    with pytest.raises(RuleError, match="needs no second person"):
        confirm(office, two, NUMBER, {items[0].id: made.id}, actor="tk")


def test_a_duplicate_names_a_decided_item_of_the_same_request(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    first, second, third = (item.id for item in items[:3])
    with pytest.raises(RuleError, match=f"item {first} is undecided"):
        decide(office, NUMBER, [second], "duplicate", actor="of", duplicate_of=first)
    with pytest.raises(RuleError, match="names the item"):
        decide(office, NUMBER, [second], "duplicate", actor="of")
    decide(office, NUMBER, [first], "release", actor="of")
    with pytest.raises(RuleError, match="duplicate of itself"):
        decide(office, NUMBER, [first], "duplicate", actor="of", duplicate_of=first)
    [made] = decide(office, NUMBER, [second], "duplicate", actor="of", duplicate_of=first)
    assert made.duplicate_of == first
    with pytest.raises(RuleError, match=f"item {second} is duplicate"):
        decide(office, NUMBER, [third], "duplicate", actor="of", duplicate_of=second)
    with pytest.raises(RuleError, match=f"item {second} is a duplicate of item {first}"):
        decide(office, NUMBER, [first], "undecided", actor="of")
    decide(office, NUMBER, [first], "not responsive", actor="of")


def test_nothing_is_done_to_a_closed_request(
    office: sqlite3.Connection, items: list[Item], settings: Settings
) -> None:
    close_request(office, NUMBER, settings=settings, actor="of", reason="Answered")
    with pytest.raises(RuleError, match="is closed"):
        assign(office, NUMBER, [items[0].id], "rosa", departments=(), actor="of")
    with pytest.raises(RuleError, match="is closed"):
        add_note(office, NUMBER, items[0].id, "Late", actor="of")


@pytest.mark.parametrize(
    "table",
    [
        *("item_assignments", "item_notes", "item_recommendations", "decision_confirmations"),
        *("media_seen", "bulk_decisions", "attorney_questions", "attorney_answers"),
        *("attorney_signoffs", "request_instalments", "instalment_moves"),
    ],
)
def test_what_was_written_down_stays(office: sqlite3.Connection, table: str) -> None:
    triggers = office.execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
    ).fetchone()[0]
    assert triggers == 3
