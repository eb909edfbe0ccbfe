"""Into quarantine at once, out of it with a reason, and nothing of that is ever taken back."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from archiver.archive.reading import record
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.errors import InputError, RuleError, UsageError
from archiver.items import Kind, Visibility
from archiver.register.office import audit_trail
from archiver.retention.quarantine import (
    QuarantineKind,
    in_quarantine,
    lift,
    put_in_quarantine,
    quarantine_history,
    quarantined,
    standing_over,
    together_with,
)
from archiver.retention.schema import migrate_retention


class Town:
    """The archive's files, and one-line ways to use quarantine."""

    def __init__(self, archive: Archive, office: sqlite3.Connection, stored: Any) -> None:
        self.files = {"archive": archive.public, "private": archive.private}
        self.office = office
        self.stored = stored

    def store(self, native_id: str, **changes: Any) -> int:
        return int(self.stored(native_id, **changes).id)

    def put(self, number: int, file: str = "archive", **more: Any) -> Any:
        given = {"actor": "odile", "kind": "court-sealed", "reason": "Order 26-114", **more}
        return put_in_quarantine(self.office, self.files, file, number, **given)

    def lift(self, number: int, **more: Any) -> tuple[int, ...]:
        given = {"actor": "haldane", "reason": "The order was vacated.", **more}
        return lift(self.office, "archive", number, **given)


@pytest.fixture
def town(archive: Archive, office: sqlite3.Connection, store: Any) -> Town:
    return Town(archive, office, store)


def test_a_record_goes_in_with_who_and_why(town: Town) -> None:
    number = town.store("1")
    assert town.put(number).ids == (number,)
    assert quarantined(town.office) == {"archive": frozenset({number})}
    standing = standing_over(town.office, "archive", number)
    assert standing is not None
    assert (standing.kind, standing.reason, standing.actor) == (
        QuarantineKind.SEALED,
        "Order 26-114",
        "odile",
    )
    entry = audit_trail(town.office)[0]
    assert (entry.action, entry.subject) == ("put in quarantine", f"record archive:{number}")


def test_its_thread_goes_in_and_comes_out_with_it(town: Town) -> None:
    top = town.store("1")
    answers = [town.store(each, parent_id="1", root_id="1") for each in ("2", "3")]
    town.put(answers[1])
    done = town.put(answers[0], with_thread=True)
    assert (set(done.ids), done.already) == ({top, answers[0]}, 1)
    standing = standing_over(town.office, "archive", top)
    assert standing is not None
    assert {each.record_id for each in together_with(town.office, standing)} == set(done.ids)
    assert set(town.lift(top, together=True)) == set(done.ids)
    assert [each.record_id for each in in_quarantine(town.office)] == [answers[1]]


def test_a_record_goes_in_again_after_it_came_out(town: Town) -> None:
    number = town.store("1")
    town.put(number)
    with pytest.raises(RuleError, match="in quarantine already"):
        town.put(number)
    town.lift(number)
    assert quarantined(town.office) == {}
    with pytest.raises(InputError, match="not in quarantine"):
        town.lift(number)
    town.put(number, kind="unlawful image")
    told = [
        (each.what, each.kind.value) for each in quarantine_history(town.office, "archive", number)
    ]
    assert told == [
        ("placed", "court-sealed"),
        ("lifted", "court-sealed"),
        ("placed", "unlawful image"),
    ]


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_both_ways_need_a_reason(town: Town, reason: str) -> None:
    number = town.store("1")
    with pytest.raises(UsageError, match="why"):
        town.put(number, reason=reason)
    assert quarantined(town.office) == {}
    town.put(number)
    with pytest.raises(UsageError, match="why"):
        town.lift(number, reason=reason)
    assert quarantined(town.office) != {}


def test_what_is_named_must_be_there(town: Town) -> None:
    number = town.store("1")
    with pytest.raises(InputError, match="no record archive:9"):
        town.put(9)
    with pytest.raises(InputError, match="nothing was put"):
        town.put(number, file="elsewhere")
    with pytest.raises(InputError, match="no kind of quarantine"):
        town.put(number, kind="embarrassing")


def test_a_private_message_goes_in_too(town: Town) -> None:
    number = town.store("9", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE, root_id="dm")
    town.put(number, file="private")
    assert quarantined(town.office) == {"private": frozenset({number})}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM quarantine_steps",
        "UPDATE quarantine_steps SET reason = 'x'",
        "INSERT OR REPLACE INTO quarantine_steps SELECT * FROM quarantine_steps",
        "INSERT INTO quarantine_steps (act, file, record_id, chosen, what, kind, reason, at, actor)"
        " SELECT 9, file, record_id, chosen, what, kind, reason, at, actor FROM quarantine_steps",
    ],
)
def test_the_history_is_never_changed(town: Town, statement: str) -> None:
    town.put(town.store("1"))
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|into quarantine, then out"):
        town.office.execute(statement)


def test_nothing_of_the_evidence_changes(town: Town) -> None:
    number = town.store("1")
    before = record(town.files["archive"], number)
    town.put(number)
    assert record(town.files["archive"], number) == before


def test_before_the_tables_are_there_nothing_is_in_quarantine(home: Home) -> None:
    office = sqlite3.connect(":memory:")
    office.row_factory = sqlite3.Row
    assert quarantined(office) == {}
    migrate_retention(office)
    assert quarantined(office) == {}
    office.close()
