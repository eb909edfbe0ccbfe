"""The second factor: setting it up, codes and recovery codes, what a thief can do with the rest."""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
import threading
from pathlib import Path

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import HomeError, InputError, RuleError
from archiver.staff.attempts import LOCKED
from archiver.staff.people import Person, add_person, disable, find_person, reset_password
from archiver.staff.schema import open_staff
from archiver.staff.second_factor import (
    WRONG_CODE,
    Rule,
    begin,
    begun,
    confirm,
    factor_of,
    renew_codes,
    reset_factor,
    rule_of,
    take_off,
)
from archiver.staff.session_list import end_others, end_session, list_sessions
from archiver.staff.sessions import (
    TOO_LATE,
    CodeWanted,
    Session,
    change_password,
    finish_sign_in,
    session_for,
    sign_in,
    sign_in_vouched,
)
from archiver.staff.vault import STAFF_KEY

GOOD = "otter lantern gravel"
NOON = dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC)
ASKED = rule_of("optional")


def after(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


@pytest.fixture
def odile(staff: sqlite3.Connection) -> Person:
    return add_person(
        staff,
        actor="test",
        login="ofarrow",
        name="Odile Farrow",
        title="City clerk",
        roles=["clerk"],
        password=GOOD,
    )


class App:
    """An authenticator app, and the recovery codes that came with it."""

    def __init__(self, key: str, codes: list[str]) -> None:
        self.totp = pyotp.TOTP(key)
        self.codes = codes

    def code(self, at: dt.datetime) -> str:
        return self.totp.at(at)


@pytest.fixture
def app(staff: sqlite3.Connection, odile: Person, keys: Path) -> App:
    """The second factor of Odile, on since a minute before noon."""
    moment = after(-60)
    with write_transaction(staff):
        begin(staff, odile, keys=keys, session="s", now=moment)
    shown = begun(staff, odile, keys=keys, session="s", agency="Alder Glen", now=moment)
    assert shown is not None
    code = pyotp.TOTP(shown.key).at(moment)
    return App(shown.key, confirm(staff, odile, code, keys=keys, session="s", now=moment))


def first_step(staff: sqlite3.Connection, now: dt.datetime = NOON) -> str:
    came = sign_in(staff, "ofarrow", GOOD, now=now, rule=ASKED)
    assert isinstance(came, CodeWanted)
    return came.token


def finish(
    staff: sqlite3.Connection, keys: Path, code: str, now: dt.datetime = NOON, pending: str = ""
) -> Session:
    token = pending or first_step(staff, now)
    return finish_sign_in(staff, token, code, keys=keys, now=now)


def test_password_and_code_open_a_session_the_password_alone_does_not(
    staff: sqlite3.Connection, keys: Path, app: App
) -> None:
    pending = first_step(staff)
    assert session_for(staff, pending, NOON) is None
    session = finish(staff, keys, app.code(NOON), pending=pending)
    current = session_for(staff, session.token, NOON)
    assert current is not None
    assert (current.means, current.has_factor) == ("password and code", True)


def test_a_code_opens_nothing_twice_nor_does_an_older_one(
    staff: sqlite3.Connection, keys: Path, app: App
) -> None:
    finish(staff, keys, app.code(NOON))
    for stale in (app.code(NOON), app.code(after(-30))):
        with pytest.raises(RuleError, match="used before"):
            finish(staff, keys, stale, after(5))
    assert finish(staff, keys, app.code(after(30)), after(30))


@settings(deadline=None, max_examples=9)
@given(step=some.integers(min_value=-4, max_value=4))
def test_a_clock_half_a_minute_off_is_forgiven_and_no_more(step: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.keys.mkdir()
        staff = open_staff(home, create=True)
        try:
            person = add_person(
                *(staff,), actor="t", login="of", name="O", title="", roles=["clerk"], password=GOOD
            )
            with write_transaction(staff):
                begin(staff, person, keys=home.keys, session="s", now=NOON)
            shown = begun(staff, person, keys=home.keys, session="s", agency="A", now=NOON)
            assert shown is not None
            code = pyotp.TOTP(shown.key).at(after(30 * step))
            if abs(step) <= 1:
                assert len(confirm(staff, person, code, keys=home.keys, session="s", now=NOON))
            else:
                with pytest.raises(RuleError, match="not right"):
                    confirm(staff, person, code, keys=home.keys, session="s", now=NOON)
        finally:
            staff.close()


def test_two_processes_cannot_both_use_one_code(
    staff: sqlite3.Connection, keys: Path, app: App, tmp_path: Path
) -> None:
    pending = [first_step(staff) for _ in range(4)]
    code, opened = app.code(NOON), []

    def use(token: str) -> None:
        own = open_staff(Home(tmp_path))
        try:
            opened.append(finish_sign_in(own, token, code, keys=keys, now=NOON))
        except RuleError:
            pass
        finally:
            own.close()

    threads = [threading.Thread(target=use, args=(token,)) for token in pending]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1


def test_a_recovery_code_works_once_however_it_is_typed(
    staff: sqlite3.Connection, keys: Path, app: App
) -> None:
    assert len(set(app.codes)) == 10
    typed = f" {app.codes[3].replace('-', ' ').upper()} "
    assert finish(staff, keys, typed)
    with pytest.raises(RuleError, match="used before"):
        finish(staff, keys, app.codes[3], after(1))
    assert finish(staff, keys, app.codes[4], after(2))
    assert factor_of(staff, find_person(staff, "ofarrow").id).recovery_left == 8
    used = staff.execute("SELECT detail FROM audit WHERE action = 'recovery-code-used'")
    assert [row[0] for row in used] == ['{"left": 9}', '{"left": 8}']


def test_new_recovery_codes_void_the_old_ones(
    staff: sqlite3.Connection, keys: Path, app: App, odile: Person
) -> None:
    new = renew_codes(staff, odile, app.code(NOON), keys=keys, now=NOON)
    with pytest.raises(RuleError):
        finish(staff, keys, app.codes[0], after(1))
    assert finish(staff, keys, new[0], after(2))


def test_wrong_codes_lock_the_login_and_new_first_steps_do_not_lift_it(
    staff: sqlite3.Connection, keys: Path, app: App
) -> None:
    told = []
    for _ in range(5):
        with pytest.raises(RuleError) as refused:
            finish(staff, keys, "000000")
        told.append(str(refused.value))
    assert told == [WRONG_CODE] * 4 + [LOCKED]
    with pytest.raises(RuleError, match="wait 15 minutes"):
        first_step(staff)
    with pytest.raises(RuleError, match="wait 15 minutes"):
        sign_in(staff, "ofarrow", GOOD, now=NOON, rule=rule_of("off"))
    assert finish(staff, keys, app.code(after(901)), after(901))


def test_a_first_step_waits_five_minutes_and_is_used_once(
    staff: sqlite3.Connection, keys: Path, app: App
) -> None:
    pending = first_step(staff)
    with pytest.raises(RuleError, match=TOO_LATE):
        finish(staff, keys, app.code(after(300)), after(300), pending)
    pending, other = first_step(staff), first_step(staff)
    finish(staff, keys, app.code(NOON), pending=pending)
    for spent in (pending, other, "", "made up"):
        with pytest.raises(RuleError, match=TOO_LATE):
            finish_sign_in(staff, spent, app.code(after(30)), keys=keys, now=after(30))


def test_a_first_step_ends_with_a_reset_or_the_account(
    staff: sqlite3.Connection, keys: Path, app: App
) -> None:
    pending = first_step(staff)
    reset_password(staff, "ofarrow", actor="chief", password="another long password")
    with pytest.raises(RuleError, match=TOO_LATE):
        finish(staff, keys, app.code(NOON), pending=pending)
    came = sign_in(staff, "ofarrow", "another long password", now=NOON, rule=ASKED)
    disable(staff, "ofarrow", actor="chief")
    with pytest.raises(RuleError, match=TOO_LATE):
        finish(staff, keys, app.code(NOON), pending=came.token)


def test_setting_it_up_takes_a_code_and_ends_the_other_sessions(
    staff: sqlite3.Connection, keys: Path, odile: Person
) -> None:
    here = sign_in(staff, "ofarrow", GOOD, now=NOON)
    there = sign_in(staff, "ofarrow", GOOD, now=NOON)
    handle = session_for(staff, here.token, NOON).handle  # type: ignore[union-attr]
    with write_transaction(staff):
        begin(staff, odile, keys=keys, session=handle, now=NOON)
    assert isinstance(sign_in(staff, "ofarrow", GOOD, now=NOON, rule=ASKED), Session)
    shown = begun(staff, odile, keys=keys, session=handle, agency="A", now=NOON)
    assert shown is not None
    assert "issuer=A%20archiver" in shown.address
    assert begun(staff, odile, keys=keys, session="another", agency="A", now=NOON) is None
    assert begun(staff, odile, keys=keys, session=handle, agency="A", now=after(900)) is None
    code = pyotp.TOTP(shown.key).at(NOON)
    with pytest.raises(RuleError, match="begin again"):
        confirm(staff, odile, code, keys=keys, session="another", now=NOON)
    confirm(staff, odile, code, keys=keys, session=handle, now=NOON)
    assert session_for(staff, here.token, NOON) is not None
    assert session_for(staff, there.token, NOON) is None
    with pytest.raises(RuleError, match="already"), write_transaction(staff):
        begin(staff, odile, keys=keys, session=handle, now=NOON)


def test_taking_it_off_takes_a_code_and_a_reset_ends_every_session(
    staff: sqlite3.Connection, keys: Path, app: App, odile: Person
) -> None:
    with pytest.raises(RuleError):
        take_off(staff, odile, "123456", keys=keys, session="s", now=NOON)
    assert factor_of(staff, odile.id).confirmed_at is not None
    session = finish(staff, keys, app.code(NOON))
    reset_factor(staff, "ofarrow", actor="chief")
    assert session_for(staff, session.token, NOON) is None
    assert factor_of(staff, odile.id).recovery_left == 0
    assert isinstance(sign_in(staff, "ofarrow", GOOD, now=NOON, rule=ASKED), Session)
    last = staff.execute("SELECT actor FROM audit WHERE action = 'second-factor-reset'").fetchone()
    assert last["actor"] == "chief"
    with pytest.raises(InputError):
        reset_factor(staff, "nobody", actor="chief")


def test_a_copy_of_the_staff_file_alone_holds_neither_key_nor_codes(
    staff: sqlite3.Connection, keys: Path, app: App, tmp_path: Path
) -> None:
    staff.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held = Home(tmp_path).staff_db.read_bytes()
    assert app.totp.secret.encode() not in held
    assert app.totp.byte_secret() not in held
    for code in app.codes:
        assert code.replace("-", "").encode() not in held
    assert (keys / STAFF_KEY).stat().st_mode & 0o077 == 0


def test_another_key_or_another_person_s_row_opens_nothing(
    staff: sqlite3.Connection, keys: Path, app: App
) -> None:
    other = add_person(
        *(staff,), actor="t", login="thief", name="T", title="", roles=["clerk"], password=GOOD
    )
    with write_transaction(staff):
        staff.execute(
            "INSERT INTO second_factors SELECT ?, sealed, session, begun_at, confirmed_at, 0"
            " FROM second_factors",
            (other.id,),
        )
    came = sign_in(staff, "thief", GOOD, now=NOON, rule=ASKED)
    with pytest.raises(HomeError, match="does not fit"):
        finish(staff, keys, app.code(NOON), pending=came.token)
    (keys / STAFF_KEY).unlink()
    with pytest.raises(HomeError, match="restore it from the backup"):
        finish(staff, keys, app.code(NOON))


@pytest.mark.parametrize("setting", ["sometimes", "", [], ["emperor"], ["clerk", "emperor"]])
def test_a_rule_that_means_nothing_is_refused(setting: str | list[str]) -> None:
    with pytest.raises(HomeError, match="second_factor"):
        rule_of(setting)


def test_the_rule_says_of_whom_it_is_required(odile: Person) -> None:
    needed = {str(each): rule_of(each).needs(odile) for each in ("off", "optional", "required")}
    assert needed == {"off": False, "optional": False, "required": True}
    assert rule_of(["clerk"]).needs(odile)
    assert not rule_of(["attorney"]).needs(odile)
    assert rule_of(["attorney"]).asked


def test_where_it_is_off_nobody_is_asked(staff: sqlite3.Connection, app: App) -> None:
    rule = Rule(asked=False, everybody=False, roles=frozenset())
    assert isinstance(sign_in(staff, "ofarrow", GOOD, now=NOON, rule=rule), Session)


def test_the_proxy_s_word_is_the_first_step_only(
    staff: sqlite3.Connection, keys: Path, app: App
) -> None:
    came = sign_in_vouched(staff, "ofarrow", now=NOON, rule=ASKED)
    assert isinstance(came, CodeWanted)
    session = finish(staff, keys, app.code(NOON), pending=came.token)
    assert session_for(staff, session.token, NOON).means == "the city's sign-on and code"  # type: ignore[union-attr]
    for login in ("nobody", "OFARROW", ""):
        with pytest.raises(RuleError, match="no account"):
            sign_in_vouched(staff, login, now=NOON)
    disable(staff, "ofarrow", actor="chief")
    with pytest.raises(RuleError, match="no account"):
        sign_in_vouched(staff, "ofarrow", now=NOON)
    assert [each["login"] for each in staff.execute("SELECT login FROM people")] == ["ofarrow"]


def test_a_new_sign_in_ends_the_session_the_browser_came_with(
    staff: sqlite3.Connection, odile: Person
) -> None:
    old = sign_in(staff, "ofarrow", GOOD, now=NOON)
    new = sign_in(staff, "ofarrow", GOOD, now=NOON, instead_of=old.token)
    assert session_for(staff, old.token, NOON) is None
    assert session_for(staff, new.token, NOON) is not None


def test_one_s_own_sessions_are_listed_and_ended_and_nobody_else_s(
    staff: sqlite3.Connection, odile: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T20:00:00Z")
    thief = add_person(
        *(staff,), actor="t", login="thief", name="T", title="", roles=["clerk"], password=GOOD
    )
    tokens = [sign_in(staff, "ofarrow", GOOD, now=after(n), agent="Firefox").token for n in (0, 1)]
    sign_in(staff, "ofarrow", GOOD, now=after(-3_601))
    listed = list_sessions(staff, odile.id, after(2))
    assert [each.agent for each in listed] == ["Firefox", "Firefox"]
    assert end_session(staff, thief, listed[0].handle) is False
    assert end_session(staff, odile, listed[0].handle) is True
    assert end_session(staff, odile, listed[0].handle) is False
    assert session_for(staff, tokens[1], after(2)) is None
    assert end_others(staff, odile, listed[1].handle) >= 0
    assert session_for(staff, tokens[0], after(2)) is not None


def test_a_new_password_ends_every_other_session(staff: sqlite3.Connection, odile: Person) -> None:
    here = sign_in(staff, "ofarrow", GOOD, now=NOON)
    there = sign_in(staff, "ofarrow", GOOD, now=NOON)
    new = "willow canal copper"
    for wrong, chosen, why in (
        ("not it", new, "not your password"),
        (GOOD, GOOD, "you have"),
        (GOOD, "short", "characters"),
    ):
        with pytest.raises(RuleError, match=why):
            change_password(staff, odile, wrong, chosen, means="password", now=NOON)
    rotated = change_password(staff, odile, GOOD, new, means="password", now=NOON)
    for ended in (here, there):
        assert session_for(staff, ended.token, NOON) is None
    assert session_for(staff, rotated.token, NOON) is not None
    with pytest.raises(RuleError):
        sign_in(staff, "ofarrow", GOOD, now=NOON)
