"""Holds: placed in the change's own transaction, released by a person, never deleted."""

from __future__ import annotations

import sqlite3

import pytest

from archiver.database import write_transaction
from archiver.errors import RuleError
from archiver.register.office import audit_trail
from archiver.retention.holds import (
    Hold,
    HoldKind,
    held_count,
    hold_records,
    holds_on,
    list_holds,
    place_hold,
    release_hold,
)


def placed(office: sqlite3.Connection, reference: str = "26-019") -> Hold:
    with write_transaction(office):
        hold = place_hold(
            office, actor="ph", kind=HoldKind.CLAIM, reference=reference, reason="Mill Street"
        )
        hold_records(office, hold, [("archive", 1), ("private", 1)], actor="ph")
    return hold


def test_several_holds_can_lie_on_one_record(office: sqlite3.Connection) -> None:
    first, second = placed(office), placed(office, "26-020")
    assert holds_on(office, "archive", 1) == [first, second]
    assert holds_on(office, "archive", 2) == []
    assert held_count(office, first) == 2


def test_placing_twice_is_one_hold(office: sqlite3.Connection) -> None:
    assert placed(office) == placed(office)
    assert len(list_holds(office)) == 1


def test_a_released_hold_stays_on_file_and_holds_no_longer(office: sqlite3.Connection) -> None:
    hold = placed(office)
    with write_transaction(office):
        released = release_hold(office, hold, actor="ph", reason="Claim settled")
    assert released.release_reason == "Claim settled"
    assert holds_on(office, "archive", 1) == []
    assert list_holds(office) == []
    assert list_holds(office, include_released=True) == [released]
    with pytest.raises(RuleError, match="released"), write_transaction(office):
        hold_records(office, hold, [("archive", 3)], actor="ph")
    with pytest.raises(sqlite3.IntegrityError, match="stays released"):
        office.execute("UPDATE holds SET released_at = NULL")


def test_releasing_needs_a_reason(office: sqlite3.Connection) -> None:
    hold = placed(office)
    with pytest.raises(RuleError, match="reason"), write_transaction(office):
        release_hold(office, hold, actor="ph", reason=" ")
    assert holds_on(office, "archive", 1) == [hold]


def test_a_hold_and_its_audit_row_stand_or_fall_together(office: sqlite3.Connection) -> None:
    with pytest.raises(ZeroDivisionError), write_transaction(office):
        place_hold(office, actor="ph", kind=HoldKind.AUDIT, reference="1", reason="Yearly")
        raise ZeroDivisionError
    assert list_holds(office) == []
    assert audit_trail(office) == []
    placed(office)
    assert [entry.action for entry in audit_trail(office)] == ["records held", "hold placed"]
