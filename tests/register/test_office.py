"""The audit trail: in the change's own transaction, and never altered."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.database import connect, write_transaction
from archiver.errors import HomeError
from archiver.register.office import audit, audit_trail, open_office


def written(office: sqlite3.Connection, action: str = "account added") -> None:
    with write_transaction(office):
        audit(office, actor="of", action=action, subject="account 1", detail={"handle": "Parks"})


def test_an_audit_row_needs_the_transaction_of_its_change(office: sqlite3.Connection) -> None:
    with pytest.raises(RuntimeError):
        audit(office, actor="of", action="account added", subject="account 1")
    assert audit_trail(office) == []


def test_an_audit_row_goes_with_a_change_that_is_given_up(office: sqlite3.Connection) -> None:
    with pytest.raises(ZeroDivisionError), write_transaction(office):
        audit(office, actor="of", action="account added", subject="account 1")
        raise ZeroDivisionError
    assert audit_trail(office) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'another'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (id, at, actor, action, subject) "
        "VALUES (1, 'x', 'y', 'z', 's')",
        "REPLACE INTO audit (id, at, actor, action, subject) VALUES (1, 'x', 'y', 'z', 's')",
    ],
)
def test_no_statement_alters_the_trail(office: sqlite3.Connection, statement: str) -> None:
    written(office)
    before = audit_trail(office)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        office.execute(statement)
    assert audit_trail(office) == before


def test_the_trail_is_read_newest_first_and_further_back(office: sqlite3.Connection) -> None:
    for number in range(5):
        written(office, f"change {number}")
    first = audit_trail(office, limit=2)
    assert [entry.action for entry in first] == ["change 4", "change 3"]
    further = audit_trail(office, limit=2, before=first[-1].id)
    assert [entry.action for entry in further] == ["change 2", "change 1"]
    assert first[0].detail == {"handle": "Parks"}
    assert audit_trail(office, subject="account 2") == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match=r"office\.db is missing"):
        open_office(Home(tmp_path))


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    first = open_office(Home(tmp_path), create=True)
    written(first)
    first.close()
    second = open_office(Home(tmp_path))
    assert len(audit_trail(second)) == 1
    second.close()


OPENING = """
import sys
from pathlib import Path
from archiver.config import Home
from archiver.register.office import open_office
print("ready", flush=True)
sys.stdin.readline()
open_office(Home(Path(sys.argv[1])))
"""


def test_programs_that_start_at_once_on_an_old_file_wait_for_one_another(tmp_path: Path) -> None:
    connect(Home(tmp_path).office_db, create=True).close()
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", OPENING, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    for program in programs:
        program.communicate(timeout=60)
    assert [program.returncode for program in programs] == [0, 0, 0, 0]
