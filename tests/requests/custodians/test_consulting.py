"""Before an official deletes: a copy is kept, two offices decide, the copy stays two years."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import pytest

from archiver.archive.store import Archive
from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.requests.consults.consulting import (
    ATTORNEY,
    MANAGER,
    MAY_GO,
    STAYS,
    Consult,
    NewConsult,
    Standing,
    captured,
    consult,
    decide,
    hold_captured,
    list_consults,
    standing_of,
    tell_deleted,
    withdraw,
)
from archiver.requests.custodians.taking_in import TakenFile
from archiver.requests.forwards.officials import Official
from archiver.retention.holds import hold_by_id, holds_on
from archiver.retention.releasing import release
from tests.requests.custodians.conftest import mail

DANA = Official("Dana Ruiz", "City Council", "Council member", "", "dana")
TODAY = dt.date(2026, 11, 20)
Asks = Callable[..., Consult]


@pytest.fixture
def asks(
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    taken: Callable[..., list[TakenFile]],
) -> Asks:
    """Asks about a message the archive has."""
    [file] = taken((mail(), "lights.eml"))

    def done(**changed: object) -> Consult:
        values: dict[str, object] = {
            "source": "Facebook, own page",
            "what": "A comment under my post",
            "why": "It is rude.",
            "records": (("private", file.records[0]),),
            **changed,
        }
        files = {"archive": archive.public, "private": archive.private}
        wanted = NewConsult(**values)  # type: ignore[arg-type]
        return consult(office, files, settings, DANA, wanted, actor="dana")

    return done


def decided(
    office: sqlite3.Connection, settings: Settings, asked: Consult, by: str, says: str
) -> Standing:
    """What an office decides."""
    return decide(
        *(office, settings, asked.id),
        office=by,
        says=says,
        name=f"The {by}",
        on=TODAY,
        reason="Read and weighed.",
        actor="x",
    )


def test_it_may_go_only_when_both_offices_said_so(
    asks: Asks, office: sqlite3.Connection, settings: Settings
) -> None:
    asked = asks()
    assert standing_of(office, asked) is Standing.WAITING
    with pytest.raises(RuleError, match="only when city manager and city attorney both"):
        tell_deleted(office, settings, asked.id, on=TODAY, actor="dana")
    assert decided(office, settings, asked, MANAGER, MAY_GO) is Standing.WAITING
    assert decided(office, settings, asked, MANAGER, MAY_GO) is Standing.WAITING
    assert decided(office, settings, asked, ATTORNEY, MAY_GO) is Standing.MAY_GO
    assert tell_deleted(office, settings, asked.id, on=TODAY, actor="dana") is Standing.DELETED
    with pytest.raises(RuleError, match="is over"):
        withdraw(office, asked.id, actor="dana", reason="")


def test_one_office_alone_keeps_it(
    asks: Asks, office: sqlite3.Connection, settings: Settings
) -> None:
    asked = asks()
    decided(office, settings, asked, MANAGER, MAY_GO)
    assert decided(office, settings, asked, ATTORNEY, STAYS) is Standing.STAYS
    with pytest.raises(RuleError, match="decided about C-1 already"):
        decided(office, settings, asked, ATTORNEY, MAY_GO)


def test_the_copy_is_held_two_years_from_the_last_step_at_least(
    asks: Asks, office: sqlite3.Connection, settings: Settings
) -> None:
    asked = asks()
    [(file, number)] = captured(office, asked)
    assert asked.hold_id in [each.id for each in holds_on(office, file, number)]
    hold = hold_by_id(office, asked.hold_id)
    assert hold.hold_until is not None and hold.hold_until >= "2028-11-20"
    with pytest.raises(RuleError):
        release(office, hold, settings, actor="tamsin", reason="done")


def test_nothing_may_go_before_a_copy_is_in_the_archive(
    asks: Asks, office: sqlite3.Connection, archive: Archive, settings: Settings
) -> None:
    with pytest.raises(InputError, match="a copy has to be kept"):
        asks(records=())
    with pytest.raises(InputError, match="no record private:12"):
        asks(records=(("private", 12),))
    assert list_consults(office) == []


def test_asking_twice_while_it_waits_asks_once_and_after_that_anew(
    asks: Asks, office: sqlite3.Connection
) -> None:
    asked = asks()
    assert asks() == asked
    withdraw(office, asked.id, actor="dana", reason="it stays")
    assert standing_of(office, asked) is Standing.WITHDRAWN
    assert asks().id == 2


@pytest.mark.parametrize("name", ["source", "what", "why"])
def test_every_question_says_where_what_and_why(asks: Asks, name: str) -> None:
    with pytest.raises(InputError, match="say on which account"):
        asks(**{name: " "})


def test_a_decision_is_by_name_and_has_a_reason(
    asks: Asks, office: sqlite3.Connection, settings: Settings
) -> None:
    asked = asks()
    for name, reason in (("", "why"), ("A", " ")):
        with pytest.raises(InputError, match="by name"):
            decide(
                *(office, settings, asked.id),
                office=MANAGER,
                says=STAYS,
                name=name,
                on=TODAY,
                reason=reason,
                actor="x",
            )


def test_a_forward_that_no_question_names_is_held_by_none(
    asks: Asks, office: sqlite3.Connection
) -> None:
    asked = asks()
    before = captured(office, asked)
    hold_captured(office, 77, actor="worker")
    assert captured(office, asked) == before
