"""Adding, changing and closing staff accounts."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.errors import InputError, RuleError
from archiver.staff.people import (
    Person,
    add_person,
    disable,
    find_person,
    list_people,
    reset_password,
    set_departments,
    set_roles,
)
from archiver.staff.roles import PERMISSIONS, ROLES, VIEW_PRIVATE, permissions_of

GOOD = "otter lantern gravel"


def add(staff: sqlite3.Connection, login: str = "ofarrow", **changes: object) -> Person:
    values: dict[str, object] = {
        "login": login,
        "name": "Odile Farrow",
        "title": "City clerk",
        "roles": ["clerk"],
        "password": GOOD,
    }
    return add_person(staff, actor="test", **(values | changes))  # type: ignore[arg-type]


def test_a_person_added_is_found_again(staff: sqlite3.Connection) -> None:
    added = add(staff, "OFarrow ")
    assert added.login == "ofarrow"
    assert find_person(staff, "OFARROW") == added
    assert list_people(staff) == [added]


def test_a_login_is_given_once(staff: sqlite3.Connection) -> None:
    add(staff)
    with pytest.raises(RuleError, match="taken"):
        add(staff, "OFARROW")


@pytest.mark.parametrize(
    "password", ["short", "ofarrow-ofarrow", "a" * 20, "password12345", "x" * 300]
)
def test_a_weak_password_is_refused(staff: sqlite3.Connection, password: str) -> None:
    with pytest.raises(RuleError):
        add(staff, password=password)
    assert list_people(staff) == []


@pytest.mark.parametrize("login", ["", "a", "a b", "<script>", "x" * 65, "-dash"])
def test_a_login_that_cannot_be_used_is_refused(staff: sqlite3.Connection, login: str) -> None:
    with pytest.raises(InputError):
        add(staff, login)


def test_an_unknown_role_is_refused_with_the_list(staff: sqlite3.Connection) -> None:
    with pytest.raises(InputError, match="records-manager"):
        add(staff, roles=["emperor"])


def test_the_password_is_stored_only_as_an_argon2id_hash(
    staff: sqlite3.Connection, tmp_path: Path
) -> None:
    add(staff)
    staff.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert GOOD.encode() not in Home(tmp_path).staff_db.read_bytes()
    stored = staff.execute("SELECT password_hash FROM people").fetchone()[0]
    assert stored.startswith("$argon2id$")


def test_the_staff_file_is_readable_by_its_owner_alone(
    staff: sqlite3.Connection, tmp_path: Path
) -> None:
    assert Home(tmp_path).staff_db.stat().st_mode & 0o077 == 0


def test_every_change_leaves_a_line_that_cannot_be_changed(staff: sqlite3.Connection) -> None:
    add(staff)
    set_roles(staff, "ofarrow", actor="chief", roles=["clerk", "private-records"])
    reset_password(staff, "ofarrow", actor="chief", password="another long password")
    disable(staff, "ofarrow", actor="chief")
    lines = staff.execute("SELECT action, actor, detail FROM audit ORDER BY id").fetchall()
    assert [line["action"] for line in lines] == [
        "staff-add",
        "staff-roles",
        "staff-reset",
        "staff-disable",
    ]
    assert json.loads(lines[1]["detail"])["after"] == ["clerk", "private-records"]
    for statement in ("DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            staff.execute(statement)


def test_only_named_roles_see_private_records() -> None:
    may = {name for name, role in ROLES.items() if VIEW_PRIVATE in role.permissions}
    assert may == {"private-records", "records-manager", "attorney"}


def test_no_role_gives_a_permission_that_is_not_on_the_list() -> None:
    assert permissions_of(ROLES) <= PERMISSIONS
    assert permissions_of(["no such role"]) == frozenset()


def test_a_limit_to_departments_is_set_changed_and_taken_away(staff: sqlite3.Connection) -> None:
    assert add(staff).departments == ()
    assert set_departments(
        staff, "OFarrow", actor="root", departments=["Public Works", "Parks", "Parks"]
    ).departments == ("Parks", "Public Works")
    assert find_person(staff, "ofarrow").departments == ("Parks", "Public Works")
    assert set_departments(staff, "ofarrow", actor="root", departments=[]).departments == ()
    found = staff.execute(
        "SELECT actor, subject, detail FROM audit WHERE action = 'staff-departments' ORDER BY id"
    ).fetchall()
    both = ["Parks", "Public Works"]
    assert [(row[0], row[1], json.loads(row[2])) for row in found] == [
        ("root", "ofarrow", {"before": [], "after": both}),
        ("root", "ofarrow", {"before": both, "after": []}),
    ]
