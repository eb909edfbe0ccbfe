"""Deciding: only on attested law, with what the law demands, and nothing overwritten."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from archiver.config import Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.register.attestations import list_attestations, withdraw_attestation
from archiver.register.office import audit_trail
from archiver.requests.book import (
    Choice,
    Claim,
    Item,
    Request,
    add_items,
    close_request,
    decide,
    get_item,
    history_of,
    items_of,
)

Attest = Callable[[str], None]


@pytest.fixture
def item(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    store: Callable[..., int],
    request_made: Request,
) -> Item:
    """One undecided item of request 2026-0001."""
    add_items(office, files, request_made.number, [("archive", store("1"))], actor="of")
    return items_of(office, request_made.number)[0]


def withhold(office: sqlite3.Connection, item: Item, *claims: Claim) -> None:
    decide(office, "2026-0001", [item.id], "withhold", actor="of", claims=claims)


def test_an_item_is_released(office: sqlite3.Connection, item: Item) -> None:
    [decision] = decide(office, "2026-0001", [item.id], Choice.RELEASE, actor="of")
    assert decision.choice is Choice.RELEASE
    assert get_item(office, "2026-0001", item.id).decision == decision
    assert audit_trail(office)[0].action == "request decided"


def test_withholding_needs_an_exemption(office: sqlite3.Connection, item: Item) -> None:
    with pytest.raises(RuleError, match="names the exemption"):
        withhold(office, item)


def test_an_exemption_is_used_only_after_attestation(
    office: sqlite3.Connection, item: Item, attest: Attest
) -> None:
    claim = Claim("7927.410")
    with pytest.raises(RuleError, match="not attested"):
        withhold(office, item, claim)
    assert get_item(office, "2026-0001", item.id).decision.choice is Choice.UNDECIDED
    attest("7927.410")
    withhold(office, item, claim)
    [basis] = get_item(office, "2026-0001", item.id).decision.exemptions
    assert basis.section == "7927.410"
    assert basis.attestation_id == list_attestations(office, "exemption")[0].id


def test_a_withdrawn_attestation_no_longer_serves(
    office: sqlite3.Connection, item: Item, attest: Attest
) -> None:
    attest("7927.410")
    withdraw_attestation(
        office,
        actor="ph",
        attestation=list_attestations(office, "exemption")[0],
        attorney="P. Haldane",
        on=dt.date(2026, 11, 1),
        note="Under review",
    )
    with pytest.raises(RuleError, match="not attested"):
        withhold(office, item, Claim("7927.410"))


def test_the_catch_all_needs_its_balancing_text(
    office: sqlite3.Connection, item: Item, attest: Attest
) -> None:
    attest("7922.000")
    with pytest.raises(RuleError, match="balancing"):
        withhold(office, item, Claim("7922.000", balancing="  "))
    withhold(office, item, Claim("7922.000", balancing="Reporting neighbours would stop."))


def test_other_law_needs_its_second_citation(
    office: sqlite3.Connection, item: Item, attest: Attest
) -> None:
    attest("7927.705")
    with pytest.raises(RuleError, match="second citation"):
        withhold(office, item, Claim("7927.705"))
    withhold(office, item, Claim("7927.705", second_citation="Evid. Code § 954"))
    [basis] = get_item(office, "2026-0001", item.id).decision.exemptions
    assert basis.second_citation == "Evid. Code § 954"


def test_a_ground_that_ends_needs_the_day_to_look_again(
    office: sqlite3.Connection, item: Item, attest: Attest
) -> None:
    attest("7927.200")
    with pytest.raises(RuleError, match="look again"):
        withhold(office, item, Claim("7927.200"))
    withhold(office, item, Claim("7927.200", review_on=dt.date(2027, 11, 20)))


@pytest.mark.parametrize(
    ("section", "message"),
    [("7928.205", "posted on the internet"), ("7928.400", "no ground for withholding")],
)
def test_what_withholds_nothing_is_refused(
    office: sqlite3.Connection, item: Item, attest: Attest, section: str, message: str
) -> None:
    attest(section)
    with pytest.raises(RuleError, match=message):
        withhold(office, item, Claim(section))


@pytest.mark.parametrize(
    ("section", "message"),
    [("6254(c)", r"use § 7927\.700"), ("9999.999", "no exemption of that number")],
)
def test_a_number_the_law_does_not_have_is_refused(
    office: sqlite3.Connection, item: Item, section: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        withhold(office, item, Claim(section))


def test_releasing_takes_no_exemption(
    office: sqlite3.Connection, item: Item, attest: Attest
) -> None:
    attest("7927.410")
    with pytest.raises(RuleError, match="belongs to withholding"):
        decide(office, "2026-0001", [item.id], "release", actor="of", claims=[Claim("7927.410")])


def test_a_later_decision_stands_and_the_earlier_one_is_kept(
    office: sqlite3.Connection, item: Item, attest: Attest
) -> None:
    attest("7927.410")
    withhold(office, item, Claim("7927.410"))
    decide(office, "2026-0001", [item.id], "release", actor="te", note_text="No customer")
    history = history_of(office, "2026-0001", item.id)
    assert [each.choice for each in history] == [Choice.WITHHOLD, Choice.RELEASE]
    assert history[0].exemptions[0].section == "7927.410"
    assert get_item(office, "2026-0001", item.id).decision == history[-1]
    assert history[-1].exemptions == ()


def test_the_second_of_two_clerks_is_told(office: sqlite3.Connection, item: Item) -> None:
    [first] = decide(office, "2026-0001", [item.id], "release", actor="of", seen=0)
    with pytest.raises(BusyError, match="someone else decided"):
        decide(office, "2026-0001", [item.id], "not responsive", actor="te", seen=0)
    decide(office, "2026-0001", [item.id], "not responsive", actor="te", seen=first.id)


def test_one_item_that_fails_undoes_the_whole_decision(
    office: sqlite3.Connection, item: Item
) -> None:
    with pytest.raises(InputError, match="no item 999"):
        decide(office, "2026-0001", [item.id, 999], "release", actor="of")
    assert get_item(office, "2026-0001", item.id).decision.choice is Choice.UNDECIDED


@pytest.mark.parametrize("wrong", ["redact everything", "", "WITHHOLD"])
def test_an_unknown_decision_is_refused(office: sqlite3.Connection, item: Item, wrong: str) -> None:
    with pytest.raises(InputError, match="decision is not known"):
        decide(office, "2026-0001", [item.id], wrong, actor="of")


def test_a_closed_request_takes_no_decision(
    office: sqlite3.Connection, settings: Settings, item: Item
) -> None:
    close_request(office, "2026-0001", settings=settings, actor="of", reason="Withdrawn")
    with pytest.raises(RuleError, match="reopen"):
        decide(office, "2026-0001", [item.id], "release", actor="of")


@pytest.mark.parametrize("table", ["request_decisions", "decision_exemptions", "attestations"])
def test_decisions_and_their_grounds_never_change(
    office: sqlite3.Connection, item: Item, attest: Attest, table: str
) -> None:
    attest("7927.410")
    withhold(office, item, Claim("7927.410"))
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id + 1"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            office.execute(statement)
