"""The doctor names what is wrong, once, with what to do."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from archiver.config import Alerts, Home, Settings
from archiver.database import write_transaction
from archiver.operations.doctor import Check, examine
from archiver.operations.home import settings_text
from archiver.operations.nightly import run_nightly
from archiver.staff.schema import open_staff


def found(home: Home, name: str) -> Check:
    (check,) = [check for check in examine(home) if check.name == name]
    return check


def test_a_new_home_has_no_problem_and_is_told_what_to_do_next(home: Home) -> None:
    checks = examine(home)
    assert not [check for check in checks if check.state == "problem"]
    assert "crontab" in found(home, "nightly").advice
    assert all(check.advice for check in checks if check.state != "ok")


@pytest.mark.parametrize("name", ["archive.db", "office.db", "staff.db"])
def test_a_lost_database_is_to_be_restored_never_made_anew(home: Home, name: str) -> None:
    (home.path / name).unlink()
    check = found(home, name)
    assert (check.state, check.found) == ("problem", "missing")
    assert "backup" in check.advice
    assert not (home.path / name).exists()


def test_a_damaged_database_is_named(home: Home) -> None:
    home.private_db.write_bytes(b"no database at all" * 2000)
    assert found(home, "private.db").state == "problem"


def test_a_home_without_the_right_to_write_is_one_problem(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    problems = [check for check in examine(home) if check.state == "problem"]
    assert [check.name for check in problems] == ["archive home"]


def test_a_key_others_may_read_is_a_problem(home: Home) -> None:
    (home.keys / "seal.key").chmod(0o644)
    assert "seal.key" in found(home, "signing key").found


def test_nights_that_stopped_coming_are_a_problem(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T10:00:00Z")
    run_nightly(home)
    assert found(home, "nightly").state == "ok"
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-22T10:00:00Z")
    assert found(home, "nightly").state == "problem"


def test_an_alert_address_is_tried_without_sending_or_showing_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        agency="City of Alder Glen",
        schedule="palm-desert",
        alerts=Alerts(targets=["env:GOOD", "env:BAD", "env:NONE"]),
    )
    home.settings_file.write_text(settings_text(settings), "utf-8")
    monkeypatch.setenv("GOOD", "json://alerts.example.com/token-4711")
    monkeypatch.setenv("BAD", "carrier-pigeon-4711")
    states = {check.name: check for check in examine(home) if "alert" in check.name}
    assert [check.state for check in states.values()] == ["ok", "problem", "problem"]
    assert not any("4711" in str(check) for check in states.values())


def test_a_schedule_of_the_citys_own_is_found_beside_the_settings(home: Home) -> None:
    own = Path(home.path / "our-schedule.toml")
    shipped = Path(__file__).resolve().parents[2] / "schedules/retention/palm-desert.toml"
    own.write_bytes(shipped.read_bytes())
    settings = Settings(agency="City of Alder Glen", schedule="our-schedule.toml")
    home.settings_file.write_text(settings_text(settings), "utf-8")
    assert found(home, "retention schedule").state == "ok"


def test_settings_under_which_nobody_could_sign_in_are_a_problem(home: Home) -> None:
    assert found(home, "second factors").state == "ok"
    written = home.settings_file.read_text("utf-8")
    sometimes = written.replace('second_factor = "optional"', 'second_factor = "sometimes"')
    home.settings_file.write_text(sometimes, "utf-8")
    assert "off, optional, required" in found(home, "signing in").found
    proxy = '\n[staff.sso]\nsecret = "env:NO_SUCH_SECRET"\n'
    home.settings_file.write_text(written + proxy, "utf-8")
    check = found(home, "credential of the city's proxy")
    assert (check.state, "NO_SUCH_SECRET" in check.found) == ("problem", True)


def test_second_factors_without_their_key_are_a_problem(home: Home) -> None:
    with closing(open_staff(home)) as staff, write_transaction(staff):
        staff.execute(
            "INSERT INTO people (id, login, name, title, password_hash, created_at)"
            " VALUES (1, 'of', 'O', '', 'x', '2026-11-20T10:00:00Z')"
        )
        staff.execute(
            "INSERT INTO second_factors (person_id, sealed, session, begun_at, confirmed_at)"
            " VALUES (1, x'00', 's', '2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z')"
        )
    check = found(home, "second factors")
    assert (check.state, "staff.key" in check.found) == ("problem", True)
