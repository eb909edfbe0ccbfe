"""archiver schedules on the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.config import Home
from archiver.items import Author, AuthorRole, Item, Kind
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from tests.cli.shell import Shell

NOW = "2026-11-20T18:00:00Z"
BAD = Path(__file__).parents[1] / "retention/bad-schedule.toml"


@pytest.fixture
def nowhere(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A machine without a home."""
    monkeypatch.setenv("ARCHIVER_NOW", NOW)
    monkeypatch.delenv("ARCHIVER_HOME", raising=False)
    return Shell(capsys, None)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], home: Home, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A home with one account and two posts, one old and one new."""
    monkeypatch.setenv("ARCHIVER_NOW", NOW)
    office = open_office(home)
    account = add_account(
        office, actor="of", platform="x", handle="AlderGlenParks", department="Parks"
    )
    office.close()
    reference = AccountRef(
        account.id, "x", account.handle, account.display_name, "Parks", "", None, "official"
    )
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, reference, source="x-download")
        with batch(archive, run) as adding:
            for number, created in (("1", "2022-03-01T18:00:00Z"), ("2", "2026-03-01T18:00:00Z")):
                stable = json.dumps([number]).encode()
                item = Item(
                    platform="x",
                    kind=Kind.POST,
                    native_id=number,
                    author=Author("12", "AlderGlenParks", "Parks", AuthorRole.AGENCY),
                    created_at=created,
                    text="The pool is closed",
                    raw=stable,
                    stable=stable,
                )
                adding.add([item], observed_at="2026-11-17T10:00:00Z")
        finish_run(archive, run, outcome="complete", notes={})
    return Shell(capsys, home.path)


def test_a_schedule_is_drafted_checked_compared_adopted_and_marked(
    shell: Shell, tmp_path: Path
) -> None:
    draft, table = str(tmp_path / "next.toml"), tmp_path / "moves.csv"
    before = shell.json("schedules", "show")
    changes = ("version=2027.1", "effective_from=2026-11-15", "PD-04:rule=CU+5")
    said = shell.run(
        "schedules", "draft", draft, *(word for change in changes for word in ("--set", change))
    )
    assert "next.toml written" in said
    assert "0 errors" in shell.run("schedules", "check", draft)
    moves = shell.json("schedules", "compare", draft, "--csv", str(table))
    assert (moves["records"], moves["moved"], moves["later"]) == (2, 2, 2)
    lines = list(csv.DictReader(table.open(encoding="utf-8")))
    assert {(each["from_until"], each["to_until"]) for each in lines} == {
        ("2024-03-01", "2027-03-01"),
        ("2028-03-01", "2031-03-01"),
    }
    text = shell.run("schedules", "compare", draft)
    assert "2 move: 0 earlier, 2 later" in text
    passed = ("--resolution", "2026-88", "--on", "2026-11-10")
    shell.run("schedules", "adopt", draft, *passed, code=2)
    assert "repeat with --yes" in shell.err
    assert shell.json("schedules", "show") == before
    adopted = shell.run("schedules", "adopt", draft, *passed, "--yes")
    assert "adopted by Resolution 2026-88 of 2026-11-10" in adopted
    assert "It decides from now on" in adopted
    assert "adopted by Resolution 2026-88 of 2026-11-10" in shell.run("retention", "report")
    assert "Adopted by Resolution 2026-88" in shell.run("schedules", "show")
    assert "adopted by Resolution 2026-88" in shell.run("schedules", "list")
    assert shell.json("retention", "mark")["schedule"] == "palm-desert@2027.1"
    shell.run("schedules", "adopt", draft, *passed, "--yes", code=8)
    assert "was adopted already" in shell.err


@pytest.mark.parametrize(
    ("effective", "said"),
    [
        ("2027-01-01", "It decides from 2027-01-01 on; until then 2027.1 does."),
        ("2026-10-01", "It does not decide: 2027.1, effective 2026-11-15, is later."),
    ],
)
def test_it_is_said_whether_what_was_adopted_decides(
    shell: Shell, tmp_path: Path, effective: str, said: str
) -> None:
    passed = ("--resolution", "2026-88", "--on", "2026-11-10", "--yes")
    for version, day in (("2027.1", "2026-11-15"), ("2027.2", effective)):
        file = str(tmp_path / f"{version}.toml")
        changes = ("--set", f"version={version}", "--set", f"effective_from={day}")
        shell.run("schedules", "draft", file, "--from", "palm-desert", *changes)
        adopted = shell.run("schedules", "adopt", file, *passed)
    assert said in adopted


def test_an_attestation_is_given_to_the_schedule_in_force(shell: Shell, tmp_path: Path) -> None:
    draft = str(tmp_path / "next.toml")
    changes = ("--set", "version=2027.1", "--set", "PD-04:rule=CU+5")
    shell.run("schedules", "draft", draft, *changes)
    shell.run("schedules", "adopt", draft, "--resolution", "1", "--on", "2026-11-10", "--yes")
    said = shell.run("retention", "attest", "PD-04", "--attorney", "A. Ruiz, City Attorney")
    assert "palm-desert 2027.1 attested" in said
    found = shell.json("schedules", "check", draft)["findings"]
    assert "PD-04" not in {each["series"] for each in found if each["rule"] == "not attested"}


def test_every_schedule_that_ships_is_listed_without_a_home(nowhere: Shell) -> None:
    names = {each["id"] for each in nowhere.json("schedules", "list")}
    assert names == {
        *("general-city", "general-county", "palm-desert", "sacramento", "special-district")
    }
    assert "PD-01" in nowhere.run("schedules", "show", "palm-desert")
    nowhere.run("schedules", "show", code=3)


def test_a_bad_schedule_ends_with_five_and_names_each_line(nowhere: Shell) -> None:
    said = nowhere.run("schedules", "check", str(BAD), code=5)
    assert "bad-schedule.toml:" in said
    found = nowhere.json("schedules", "check", str(BAD), code=5)
    assert found["errors"] == sum(each["severity"] == "error" for each in found["findings"])
    assert found["errors"] > 30
    assert all(each["line"] >= 1 and each["sentence"] for each in found["findings"])


def test_notes_are_printed_when_asked_for(nowhere: Shell, tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    path.write_text(nowhere.run("schedules", "show", "general-city", "--toml"), "utf-8")
    assert "[overlap]" not in nowhere.run("schedules", "check", str(path))
    assert "[overlap]" in nowhere.run("schedules", "check", str(path), "--notes")
    nowhere.run("schedules", "check", str(path), "--records", code=3)


def test_a_home_s_records_are_put_before_a_schedule(shell: Shell, tmp_path: Path) -> None:
    draft = str(tmp_path / "next.toml")
    shell.run("schedules", "draft", draft, "--from", "general-city", "--set", "GC-04:remove=yes")
    said = shell.run("schedules", "check", draft)
    assert "2 records (post) of this home fall into no series" in said
    assert "of this home" not in shell.run("schedules", "check", draft, "--no-records")


def test_a_faulty_schedule_is_not_adopted(shell: Shell) -> None:
    shell.run(
        *("schedules", "adopt", str(BAD), "--resolution", "1", "--on", "2026-11-10", "--yes"),
        code=8,
    )
    assert "a schedule with errors is not adopted" in shell.err


def test_a_draft_never_writes_over_a_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("mine", "utf-8")
    shell.run("schedules", "draft", str(path), code=2)
    assert path.read_text("utf-8") == "mine"
    shell.run("schedules", "draft", str(tmp_path / "x.toml"), "--set", "nothing", code=2)


def test_an_event_s_end_is_written_down_with_its_document(shell: Shell) -> None:
    shell.run("schedules", "event", "fair", code=2)
    assert "--ended DATE" in shell.err
    said = shell.run("schedules", "event", "fair", "--ended", "2026-09-01", "--document", "Minutes")
    assert "fair ended on 2026-09-01" in said
    assert "No series of the schedule in force waits" in said
    [known] = shell.json("schedules", "event")
    assert (known["name"], known["ended_on"], known["document"]) == (
        "fair",
        "2026-09-01",
        "Minutes",
    )
