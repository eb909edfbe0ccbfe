"""Versions of policies: what was in force on a day, and that nothing of one ever changes."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.errors import InputError, RuleError
from archiver.policy.checking import check_policies
from archiver.policy.versions import (
    NewVersion,
    PolicyVersion,
    add_version,
    in_force,
    list_versions,
    take_back_version,
    version_by_id,
)
from archiver.register.office import audit_trail
from archiver.retention.dispositions.documents import document_path

Enter = Callable[..., PolicyVersion]
PDF = b"%PDF-1.7\n% an invented policy\n"


@pytest.fixture
def enter(place: Home, office: sqlite3.Connection) -> Enter:
    """Enters a version of the comment policy."""

    def entered(version: str, day: str, **more: object) -> PolicyVersion:
        given: dict[str, object] = {"policy": "Comment policy", "wording": "Be civil.", **more}
        new = NewVersion(
            version=version,
            effective_from=dt.date.fromisoformat(day),
            adopted_by="City Council",
            **given,  # type: ignore[arg-type]
        )
        return add_version(place, office, new, actor="mq")

    return entered


def names_on(office: sqlite3.Connection, day: str) -> list[str]:
    return [each.version for each in in_force(office, dt.date.fromisoformat(day))]


def test_the_next_version_supersedes_the_one_before_from_its_day_on(
    office: sqlite3.Connection, enter: Enter
) -> None:
    first = enter("1", "2024-01-01")
    enter("2", "2026-05-01")
    assert names_on(office, "2023-12-31") == []
    assert names_on(office, "2024-01-01") == ["1"]
    assert names_on(office, "2026-04-30") == ["1"]
    assert names_on(office, "2026-05-01") == ["2"]
    assert version_by_id(office, first.id).superseded_on == "2026-05-01"


def test_an_old_version_found_later_takes_its_place_in_between(
    office: sqlite3.Connection, enter: Enter
) -> None:
    enter("1", "2024-01-01")
    enter("3", "2026-05-01")
    enter("2", "2025-02-01")
    assert [names_on(office, day) for day in ("2025-01-31", "2025-02-01")] == [["1"], ["2"]]


def test_policies_of_other_names_stand_beside_each_other(
    office: sqlite3.Connection, enter: Enter
) -> None:
    enter("1", "2024-01-01")
    enter("A", "2025-01-01", policy="Blocking of users")
    enter("2", "2026-01-01", policy="COMMENT POLICY")
    assert names_on(office, "2026-06-01") == ["A", "2"]


def test_a_version_taken_back_counts_on_no_day_and_stays_to_be_seen(
    office: sqlite3.Connection, enter: Enter
) -> None:
    enter("1", "2024-01-01")
    wrong = enter("2", "2025-01-01")
    with pytest.raises(RuleError, match="needs a reason"):
        take_back_version(office, wrong.id, actor="mq", reason=" ")
    take_back_version(office, wrong.id, actor="mq", reason="It began in March")
    assert names_on(office, "2025-02-01") == ["1"]
    assert [e.taken_back.reason for e in list_versions(office) if e.taken_back] == [
        "It began in March"
    ]
    with pytest.raises(RuleError, match="already"):
        take_back_version(office, wrong.id, actor="mq", reason="again")
    enter("2", "2025-03-01")
    assert names_on(office, "2025-03-01") == ["2"]


@pytest.mark.parametrize(
    ("version", "day", "more", "words"),
    [
        ("1", "2025-01-01", {}, "a version never changes"),
        ("2", "2024-01-01", {}, "begin on one day"),
        (" ", "2025-01-01", {}, "the version is missing"),
        ("2", "2025-01-01", {"wording": " \n "}, "give the policy’s wording"),
        ("2", "2025-01-01", {"accounts": [77]}, "77"),
        ("x" * 301, "2025-01-01", {}, "longer than 300"),
    ],
)
def test_what_cannot_be_entered_says_why_and_leaves_nothing(
    office: sqlite3.Connection,
    enter: Enter,
    version: str,
    day: str,
    more: dict[str, object],
    words: str,
) -> None:
    enter("1", "2024-01-01")
    with pytest.raises((InputError, RuleError), match=words):
        enter(version, day, **more)
    assert len(list_versions(office)) == 1


def test_a_document_is_kept_by_its_hash_and_a_text_file_becomes_the_wording(
    place: Home, office: sqlite3.Connection, enter: Enter, tmp_path: Path
) -> None:
    pdf, text, program = tmp_path / "p.pdf", tmp_path / "p.txt", tmp_path / "p.exe"
    pdf.write_bytes(PDF)
    text.write_bytes("Höflich bleiben\r\n".encode("utf-16"))
    program.write_bytes(b"MZ\x00\x01\x02")
    kept = enter("1", "2024-01-01", file=pdf, file_name="../Policy.pdf", wording="")
    assert kept.document is not None
    assert document_path(place, kept.document).read_bytes() == PDF
    assert enter("2", "2025-01-01", file=text, wording="").wording == "Höflich bleiben"
    with pytest.raises(InputError, match="not both"):
        enter("3", "2026-01-01", file=text)
    with pytest.raises(InputError, match="is no PDF"):
        enter("3", "2026-01-01", file=program)


def test_entering_and_taking_back_leave_audit_rows(
    office: sqlite3.Connection, enter: Enter
) -> None:
    made = enter("1", "2024-01-01")
    take_back_version(office, made.id, actor="mq", reason="Wrong file")
    assert [e.action for e in audit_trail(office, subject=f"policy version {made.id}")] == [
        "policy version taken back",
        "policy version entered",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy_versions SET wording = 'x'",
        "DELETE FROM policy_versions",
        "INSERT OR REPLACE INTO policy_versions SELECT * FROM policy_versions",
    ],
)
def test_a_version_stays_as_it_is(office: sqlite3.Connection, enter: Enter, statement: str) -> None:
    enter("1", "2024-01-01")
    with pytest.raises(sqlite3.IntegrityError):
        office.execute(statement)


def test_a_changed_wording_and_a_changed_document_are_found(
    place: Home, office: sqlite3.Connection, enter: Enter, tmp_path: Path
) -> None:
    pdf = tmp_path / "p.pdf"
    pdf.write_bytes(PDF)
    made = enter("1", "2024-01-01", file=pdf)
    assert check_policies(place, office).wrong == ()
    office.execute("DROP TRIGGER policy_versions_no_update")
    office.execute("UPDATE policy_versions SET wording = 'Be quiet.'")
    assert made.document is not None
    document_path(place, made.document).write_bytes(PDF + b" ")
    checked = check_policies(place, office)
    assert checked.versions == 1
    assert len(checked.wrong) == 2
    assert "wording" in checked.wrong[0]
    assert "document" in checked.wrong[1]
