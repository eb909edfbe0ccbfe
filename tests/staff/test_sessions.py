"""Signing in, sessions, their ends, and what a guesser learns."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.errors import RuleError
from archiver.staff.attempts import LOCKED, WRONG
from archiver.staff.people import Person, add_person, disable, reset_password, set_roles
from archiver.staff.schema import open_staff
from archiver.staff.sessions import revoke_all, session_for, sign_in, sign_out

GOOD = "otter lantern gravel"
NOON = dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def odile(staff: sqlite3.Connection) -> None:
    add_person(
        staff,
        actor="test",
        login="ofarrow",
        name="Odile Farrow",
        title="City clerk",
        roles=["clerk"],
        password=GOOD,
    )


def refused(staff: sqlite3.Connection, login: str, password: str, now: dt.datetime = NOON) -> str:
    with pytest.raises(RuleError) as caught:
        sign_in(staff, login, password, now=now)
    return str(caught.value)


def person_of(staff: sqlite3.Connection, token: str, now: dt.datetime = NOON) -> Person | None:
    found = session_for(staff, token, now)
    return None if found is None else found.person


def minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def test_the_right_password_opens_a_session(staff: sqlite3.Connection) -> None:
    session = sign_in(staff, " OFarrow", GOOD, now=NOON)
    person = person_of(staff, session.token)
    assert person is not None
    assert person.login == "ofarrow"
    assert person.may("manage-requests")
    assert not person.may("view-private")


def test_only_a_hash_of_the_token_is_stored(staff: sqlite3.Connection, tmp_path: Path) -> None:
    session = sign_in(staff, "ofarrow", GOOD, now=NOON)
    staff.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert session.token.encode() not in Home(tmp_path).staff_db.read_bytes()


def test_a_hash_of_a_token_opens_nothing(staff: sqlite3.Connection) -> None:
    sign_in(staff, "ofarrow", GOOD, now=NOON)
    stored = staff.execute("SELECT token_hash FROM sessions").fetchone()[0]
    assert session_for(staff, stored, NOON) is None
    assert session_for(staff, "", NOON) is None
    assert session_for(staff, "\ud800", NOON) is None


def test_unknown_login_and_wrong_password_are_told_alike(staff: sqlite3.Connection) -> None:
    assert refused(staff, "ofarrow", "not the password") == WRONG
    assert refused(staff, "nobody", "not the password") == WRONG


@pytest.mark.parametrize("login", ["ofarrow", "nobody"])
def test_five_failures_lock_a_login_whether_it_exists_or_not(
    staff: sqlite3.Connection, login: str
) -> None:
    told = [refused(staff, login, "not the password") for _ in range(6)]
    assert told == [WRONG] * 4 + [LOCKED] * 2
    assert refused(staff, login, GOOD, NOON + minutes(14)) == LOCKED


def test_a_lock_ends_after_fifteen_minutes(staff: sqlite3.Connection) -> None:
    for _ in range(5):
        refused(staff, "ofarrow", "not the password")
    assert sign_in(staff, "ofarrow", GOOD, now=NOON + minutes(15)).person.login == "ofarrow"
    assert refused(staff, "ofarrow", "not the password", NOON + minutes(16)) == WRONG


def test_guesses_sent_side_by_side_do_not_get_past_the_lock(
    staff: sqlite3.Connection, tmp_path: Path
) -> None:
    told: list[str] = []

    def guess(password: str) -> None:
        own = open_staff(Home(tmp_path))
        try:
            sign_in(own, "ofarrow", password, now=NOON)
            told.append("in")
        except RuleError as error:
            told.append(str(error))
        finally:
            own.close()

    for _ in range(5):
        refused(staff, "ofarrow", "not the password")
    threads = [threading.Thread(target=guess, args=(GOOD,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [LOCKED] * 6


def test_what_was_typed_as_an_unknown_login_is_never_written_down(
    staff: sqlite3.Connection, tmp_path: Path
) -> None:
    refused(staff, "my-secret-typed-in-the-wrong-field", "x")
    staff.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"my-secret-typed" not in Home(tmp_path).staff_db.read_bytes()


def test_a_session_ends_after_an_idle_hour(staff: sqlite3.Connection) -> None:
    session = sign_in(staff, "ofarrow", GOOD, now=NOON)
    assert session_for(staff, session.token, NOON + minutes(59)) is not None
    assert session_for(staff, session.token, NOON + minutes(59 + 59)) is not None
    assert session_for(staff, session.token, NOON + minutes(59 + 59 + 60)) is None


def test_a_session_ends_after_twelve_hours_however_busy(staff: sqlite3.Connection) -> None:
    session = sign_in(staff, "ofarrow", GOOD, now=NOON)
    for step in range(1, 24):
        assert session_for(staff, session.token, NOON + minutes(30 * step)) is not None
    assert session_for(staff, session.token, NOON + minutes(12 * 60)) is None


def test_signing_out_ends_that_session_only(staff: sqlite3.Connection) -> None:
    one = sign_in(staff, "ofarrow", GOOD, now=NOON)
    two = sign_in(staff, "ofarrow", GOOD, now=NOON)
    sign_out(staff, one.token)
    sign_out(staff, one.token)
    assert session_for(staff, one.token, NOON) is None
    assert session_for(staff, two.token, NOON) is not None


def test_a_reset_a_disable_and_a_revocation_end_every_session(staff: sqlite3.Connection) -> None:
    first = sign_in(staff, "ofarrow", GOOD, now=NOON)
    revoke_all(staff, first.person, actor="chief")
    assert session_for(staff, first.token, NOON) is None
    second = sign_in(staff, "ofarrow", GOOD, now=NOON)
    reset_password(staff, "ofarrow", actor="chief", password="another long password")
    assert session_for(staff, second.token, NOON) is None
    third = sign_in(staff, "ofarrow", "another long password", now=NOON)
    disable(staff, "ofarrow", actor="chief")
    assert session_for(staff, third.token, NOON) is None
    assert refused(staff, "ofarrow", "another long password") == WRONG


def test_a_role_taken_away_is_gone_at_the_next_step(staff: sqlite3.Connection) -> None:
    session = sign_in(staff, "ofarrow", GOOD, now=NOON)
    set_roles(staff, "ofarrow", actor="chief", roles=["council-clerk"])
    person = person_of(staff, session.token)
    assert person is not None
    assert person.permissions == frozenset()
