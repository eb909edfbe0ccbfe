"""The attorney's word: by name and date, bound to the exact wording, never deleted."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest

from archiver.errors import RuleError
from archiver.register.attestations import (
    Attestation,
    attest,
    attested,
    list_attestations,
    withdraw_attestation,
    wording_digest,
)
from archiver.register.office import audit_trail

WORDING = wording_digest({"text": "Two years"})
DAY = dt.date(2026, 1, 8)


def given(office: sqlite3.Connection, *, attorney: str = "P. Haldane") -> Attestation:
    return attest(
        office,
        actor="ph",
        kind="exemption",
        subject="7927.410",
        digest=WORDING,
        attorney=attorney,
        on=DAY,
    )


def test_an_attestation_stands_for_its_wording_only(office: sqlite3.Connection) -> None:
    made = given(office)
    assert attested(office, "exemption", "7927.410", WORDING) == made
    other = wording_digest({"text": "Three years"})
    assert attested(office, "exemption", "7927.410", other) is None
    assert attested(office, "calendar", "7927.410", WORDING) is None
    assert audit_trail(office)[0].action == "attested"


def test_an_attestation_names_its_attorney(office: sqlite3.Connection) -> None:
    with pytest.raises(RuleError, match="names the attorney"):
        given(office, attorney="  ")
    assert list_attestations(office, "exemption") == []


def test_nobody_attests_tomorrow(office: sqlite3.Connection) -> None:
    with pytest.raises(RuleError, match="lies ahead"):
        attest(
            office,
            actor="ph",
            kind="exemption",
            subject="7927.410",
            digest=WORDING,
            attorney="P. Haldane",
            on=dt.date(2026, 12, 1),
        )


def test_a_withdrawal_needs_a_reason_and_leaves_both_rows(office: sqlite3.Connection) -> None:
    made = given(office)
    with pytest.raises(RuleError, match="reason"):
        withdraw_attestation(
            office, actor="ph", attestation=made, attorney="P. Haldane", on=DAY, note=""
        )
    withdraw_attestation(
        office, actor="ph", attestation=made, attorney="P. Haldane", on=DAY, note="Under review"
    )
    assert attested(office, "exemption", "7927.410", WORDING) is None
    assert [each.withdrawn for each in list_attestations(office, "exemption")] == [False, True]
    again = given(office)
    assert attested(office, "exemption", "7927.410", WORDING) == again


def test_the_order_of_keys_does_not_change_a_wording() -> None:
    assert wording_digest({"a": 1, "b": 2}) == wording_digest({"b": 2, "a": 1})
