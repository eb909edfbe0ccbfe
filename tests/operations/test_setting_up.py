"""The set-up list: each step is done when what it asks for is there, and not before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from archiver.config import Alerts, Backup, Home, Settings
from archiver.operations.backup import back_up
from archiver.operations.backups import RestoreTest, record_restore_test
from archiver.operations.nightly import run_nightly
from archiver.operations.restore import restore
from archiver.operations.setting_up import Step, setting_up
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from archiver.requests.book import new_request
from archiver.requests.receiving.attaching import NewFile, attach_file, open_file
from archiver.requests.starter_set import attest_starter_set, starter_set
from archiver.staff.people import Person


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")


def steps(
    home: Home, settings: Settings | None = None, people: Sequence[Person] = ()
) -> dict[str, Step]:
    office = open_office(home)
    found = setting_up(home, settings or home.settings(), office, people)
    office.close()
    return {step.name: step for step in found}


def done(home: Home, settings: Settings | None = None, people: Sequence[Person] = ()) -> set[str]:
    return {name for name, step in steps(home, settings, people).items() if step.done}


def test_a_new_home_has_everything_to_do_and_says_why_and_how(home: Home) -> None:
    found = steps(home)
    assert done(home) == {"Agency settings"}
    assert all(step.why and step.todo and (step.link or step.command) for step in found.values())


def test_each_fact_ticks_its_own_step(home: Home, tmp_path: Path) -> None:
    office = open_office(home)
    settings = home.settings()
    add_account(office, actor="t", platform="x", handle="AlderGlen", department="City Manager")
    assert done(home) == {"Agency settings", "Accounts"}
    new_request(
        office,
        settings,
        actor="t",
        received_at="2026-11-20T17:00:00Z",
        channel="email",
        verbatim="For practice",
        practice=True,
    )
    assert "Practice request" in done(home)
    keys = [each.key for each in starter_set(office, settings, home.path)]
    on = dt.date(2026, 11, 20)
    attest_starter_set(office, settings, home.path, keys, actor="t", attorney="P. Haldane", on=on)
    assert "Attorney’s attestation" in done(home)
    run_nightly(home)
    assert "First night" in done(home)
    tried = RestoreTest("b", "s", None, "2026-11-20T17:00:00Z", 1.0, "failed", {}, "t")
    record_restore_test(office, tried)
    assert "Restore tested" not in done(home)
    record_restore_test(office, replace(tried, outcome="passed"))
    assert "Restore tested" in done(home)
    office.close()


def test_a_credential_that_leads_nowhere_is_named(home: Home) -> None:
    office = open_office(home)
    add_account(
        office,
        actor="t",
        platform="bluesky",
        handle="parks.example",
        department="Parks",
        credential="env:NOT_SET_ANYWHERE",
    )
    office.close()
    step = steps(home)["Accounts"]
    assert not step.done
    assert "bluesky:@parks.example" in step.found


def test_settings_and_people_tick_theirs(home: Home) -> None:
    settings = msgspec.structs.replace(
        home.settings(), bates_prefix="CITY", alerts=Alerts(targets=["env:ALERT"])
    )
    roles = ("administrator", "clerk", "attorney", "records-manager")
    people = [
        Person(place, role, role, "", (role,), "2026-01-01T00:00:00Z", None)
        for place, role in enumerate(roles)
    ]
    assert done(home, settings, people) == {"Alerts", "Staff and roles"}
    people[3] = replace(people[3], disabled_at="2026-02-01T00:00:00Z")
    assert "records-manager" in steps(home, settings, people)["Staff and roles"].found


def test_a_backup_holds_the_files_of_requests_and_misses_none(home: Home, tmp_path: Path) -> None:
    office = open_office(home)
    settings = home.settings()
    request = new_request(
        office,
        settings,
        actor="t",
        received_at="2026-11-20T17:00:00Z",
        channel="email",
        verbatim="All posts",
    )
    made = attach_file(home, office, request.number, NewFile(b"%PDF-1.7", "a.pdf"), actor="t")
    _, path = open_file(home, office, request.number, made.id)
    (home.path / "requests" / ".drafts").mkdir()
    (home.path / "requests" / ".drafts" / "x").write_bytes(b"waits for nobody")
    target = tmp_path / "target"
    target.mkdir()
    report = back_up(home, target, actor="t")
    assert report.whole
    assert (report.folder / path.relative_to(home.path)).read_bytes() == b"%PDF-1.7"
    assert not (report.folder / "requests" / ".drafts").exists()
    named = msgspec.structs.replace(settings, backup=Backup(target=str(target)))
    assert "Backup" in done(home, named)
    restored = tmp_path / "restored"
    restore(report.folder, restored, actor="t")
    assert (restored / path.relative_to(home.path)).read_bytes() == b"%PDF-1.7"
    path.unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert any(path.name in each for each in back_up(home, elsewhere, actor="t").wanting)
    office.close()
