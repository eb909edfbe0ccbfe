"""The command line as IT and a clerk use it: words in, lines or JSON out, an exit code."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import pytest

from archiver.cli.output import print_json, print_table
from archiver.config import shipped
from archiver.demo.accounts import X_ACCOUNTS
from archiver.demo.x_download import write_x_download
from tests.cli.shell import Shell

PARKS = next(account for account in X_ACCOUNTS if account.handle == "AlderGlenParks")
NOW = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    return Shell(capsys, tmp_path / "home")


@pytest.fixture
def city(shell: Shell) -> Shell:
    shell.run(
        "init", str(shell.home), "--agency", "City of Alder Glen", "--schedule", "palm-desert"
    )
    shell.run(
        *("accounts", "add", "x", PARKS.handle, "--department", PARKS.department),
        *("--division", PARKS.division, "--native-id", str(PARKS.native_id)),
    )
    return shell


@pytest.fixture
def download(tmp_path: Path) -> Path:
    path = tmp_path / "twitter-2026-11-20.zip"
    write_x_download(path, account=PARKS, posts=150, seed=3, generated_at=NOW)
    return path


def test_init_prints_the_crontab_line_and_leaves_an_existing_home_alone(shell: Shell) -> None:
    words = ("init", str(shell.home), "--agency", "City of Alder Glen", "--schedule", "sacramento")
    assert f"--home {shell.home} nightly" in shell.run(*words)
    before = (shell.home / "archive.toml").read_bytes()
    shell.run(*words, code=2)
    assert "already holds an archive" in shell.err
    assert (shell.home / "archive.toml").read_bytes() == before


def test_a_wrong_schedule_is_named_before_anything_is_written(shell: Shell) -> None:
    words = ("init", str(shell.home), "--agency", "City of Alder Glen", "--schedule", "atlantis")
    shell.run(*words, code=5)
    assert "atlantis" in shell.err
    assert not shell.home.exists()


def test_without_a_home_the_next_step_is_said(shell: Shell) -> None:
    shell.run("status", code=3)
    assert "archiver init" in shell.err


def test_a_clock_that_cannot_be_right_is_accepted_by_a_person_only(
    city: Shell, download: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.json("import", str(download), "--account", PARKS.handle, "--yes")
    monkeypatch.setenv("ARCHIVER_NOW", "2031-01-01T10:00:00Z")
    city.run("retention", "mark", code=8)
    assert "--accept-clock" in city.err
    assert city.json("retention", "mark", "--accept-clock")["marked"] == 0
    assert city.json("retention", "mark")["refused"] == ""


def test_from_download_to_packet(city: Shell, download: Path, tmp_path: Path) -> None:
    report = city.json("import", str(download), "--account", PARKS.handle, "--yes")
    assert report["outcome"] == "complete"
    assert report["total"]["failed"] == 0
    again = city.json("import", str(download), "--account", f"x:{PARKS.handle}", "--yes")
    assert again["outcome"] == "unchanged"

    found = city.json("search", '"park closure"', "--size", "5", "--public-only")
    assert found["rows"]
    name = f"{found['rows'][0]['file']}:{found['rows'][0]['id']}"
    shown = city.json("record", "show", name)
    assert shown["record"]["retain_until"]
    assert city.json("record", "versions", name)
    city.run("record", "export", name, str(tmp_path / "out"))
    assert (tmp_path / "out" / "version-1.raw.json").stat().st_size > 0
    assert "kept until" in city.run("retention", "explain", name)
    assert city.json("retention", "report")["series"]

    made = city.json("requests", "new", "--text", "All posts about the park closure, please.")
    number = made["request"]["number"]
    search = ("requests", "search")
    city.json(*search, "save", number, "Closure", '"park closure"', "--note", "As asked")
    ran = city.json(*search, "run", number, "closure", "--public-only")
    frozen = city.json(*search, "freeze", number, "Closure", "--public-only")
    assert (ran["digest"], ran["found"]) == (None, frozen["found"])
    since = city.json(*search, "since", number, str(frozen["id"]))
    assert (since["same"], since["new"]) == (frozen["found"], [])
    listed = city.json(*search, "list", number)
    assert [each["digest"] for each in listed["runs"]] == [None, frozen["digest"]]
    assert "Closure" in city.run(*search, "list", number)
    run_id = str(frozen["id"])
    taken = city.json(*search, "collect", number, run_id, "--along", "nothing")
    assert taken["added"] == frozen["found"]
    undone = city.json("requests", "undo-addition", number, "--reason", "By hand instead")
    assert undone["taken_out"] == frozen["found"]
    city.run("requests", "undo-addition", number, "--reason", "Again", code=5)
    city.run(*search, "freeze", number, "Nothing of the kind", code=5)
    account = ("--account", f"x:{PARKS.handle}")
    made_list = city.json("requests", "collect-list", number, "coverage", *account)
    assert made_list["rows"]
    city.run("requests", "decide-list", number, str(made_list["id"]), "withhold", code=8)
    city.json("requests", "decide-list", number, str(made_list["id"]), "release")
    names = [f"{row['file']}:{row['id']}" for row in found["rows"]]
    assert city.json("requests", "add", number, *names)["added"] == len(names)
    city.run("produce", number, code=8)
    assert "no decision yet" in city.err
    items = [str(each["id"]) for each in city.json("requests", "show", number)["items"]]
    first = items[0]
    city.run("requests", "decide", number, first, "--withhold", "--exemption", "7927.700", code=8)
    city.run("requests", "attest", "7927.700", "--attorney", "P. Haldane, City Attorney")
    city.run(
        *("requests", "decide", number, first, "--withhold", "--exemption", "7927.700"),
        *("--balancing", "Names a resident's illness; nothing in it concerns the city's conduct."),
    )
    city.run("requests", "decide", number, *items[1:], "--release")
    [packet] = city.json("produce", number)
    folder = Path(packet["folder"])
    assert (folder / "packet.pdf").read_bytes().startswith(b"%PDF")
    city.run("verify", str(folder))
    whole = (folder / "data/records.csv").read_bytes()
    (folder / "data/records.csv").write_bytes(b"changed")
    city.run("verify", str(folder), code=7)
    assert "data/records.csv" in city.out
    assert not city.json("verify", code=7)["ok"]
    (folder / "data/records.csv").write_bytes(whole)

    assert city.json("requests", "list")[0]["request"]["number"] == number
    assert city.json("verify")["ok"]
    assert city.json("status", code=1)["records"] > 0


def test_a_dry_run_writes_nothing(city: Shell, download: Path) -> None:
    assert city.json("import", str(download), "--account", PARKS.handle, "--yes", "--dry-run")[
        "dry_run"
    ]
    assert city.json("status", code=1)["records"] == 0


def test_a_file_that_is_no_download_is_refused_in_one_line(city: Shell, tmp_path: Path) -> None:
    wrong = tmp_path / "holiday.zip"
    wrong.write_bytes(b"not a zip at all")
    city.run("import", str(wrong), "--account", PARKS.handle, "--yes", code=5)
    assert city.err.count("\n") == 1
    assert "holiday.zip" in city.err


def test_nothing_asks_when_nobody_is_there(city: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    city.run("accounts", "close", PARKS.handle, "--reason", "division merged", code=2)
    assert "--yes" in city.err
    closed = city.json("accounts", "close", PARKS.handle, "--reason", "merged", "--yes")
    assert closed["status"] == "closed"


def test_staff_get_a_password_that_is_shown_once(city: Shell) -> None:
    words = ("staff", "add", "odile", "--name", "Odile Farrow", "--role", "clerk")
    password = city.json(*words)["password"]
    assert len(password) >= 12
    assert password not in city.run("staff", "list")
    assert city.json("staff", "reset", "odile")["password"] != password
    city.run("staff", "disable", "odile", "--yes")
    assert "disabled" in city.run("staff", "list")


def test_staff_are_limited_to_departments_of_the_register(city: Shell) -> None:
    city.run("staff", "add", "rosa", "--name", "Rosa Lim", "--role", "clerk")
    department = city.json("accounts", "list")[0]["department"]
    city.run("staff", "limit", "rosa", "--department", "Space Travel", code=5)
    assert "no department 'Space Travel' in the account register; the departments are" in city.err
    assert department in city.err
    city.run("staff", "limit", "rosa", code=2)
    assert "--everything" in city.err
    done = city.json("staff", "limit", "rosa", "--department", department.upper())
    assert done == {"login": "rosa", "departments": [department], "accounts": done["accounts"]}
    assert done["accounts"] > 0
    assert department in city.run("staff", "list")
    assert city.json("staff", "list")[0]["departments"] == [department]
    assert "limited to no department" in city.run("staff", "limit", "rosa", "--everything")
    assert city.json("staff", "list")[0]["departments"] == []


def test_a_second_account_of_a_division_needs_a_waiver(city: Shell) -> None:
    words = (
        *("accounts", "add", "x", "AlderGlenParks2", "--department", PARKS.department),
        *("--division", PARKS.division),
    )
    city.run(*words, code=8)
    city.run(*words, "--waiver-reason", "Spanish-language account, approved 3 March 2026")


def test_a_secret_is_refused_and_not_repeated(city: Shell) -> None:
    city.run(
        *("accounts", "add", "bluesky", "alderglen", "--department", "City Manager"),
        *("--division", "Communications", "--credential", "abcd-efgh-ijkl-mnop"),
        code=8,
    )
    assert "abcd" not in city.err


def test_direction_and_control_characters_never_reach_the_terminal(city: Shell) -> None:
    made = city.json("requests", "new", "--text", "records \u202egnp.exe\u001b[2J")
    shown = city.run("requests", "show", made["request"]["number"])
    assert "\u202e" not in shown
    assert "\u001b" not in shown


def test_help_names_every_exit_code(shell: Shell) -> None:
    said = shell.run("--help")
    for code in ("0", "2", "3", "5", "7", "10", "70"):
        assert f"\n    {code} " in said


def test_a_calendar_in_the_home_is_counted_with(city: Shell) -> None:
    own = shipped("schedules") / "calendars" / "california.toml"
    (city.home / "own.toml").write_bytes(own.read_bytes())
    settings = city.home / "archive.toml"
    settings.write_text(
        settings.read_text("utf-8").replace('calendar = "california"', 'calendar = "own.toml"')
    )
    made = city.json("requests", "new", "--text", "All posts about the pond, please.")
    assert made["deadline"]["safe"]


def test_a_request_no_clock_fits_hides_no_other(city: Shell) -> None:
    city.run("requests", "new", "--text", "the ledgers", "--received", "1971-03-01")
    assert "BY HAND" in city.out
    city.run("requests", "new", "--text", "the posts")
    assert city.run("requests", "list").count("by hand") == 2
    listed = city.json("requests", "list")
    assert sorted(each["deadline"] is None for each in listed) == [False, True]


@pytest.mark.parametrize("when", ["9999-12-31T23:59", "tomorrow", "2026-02-30"])
def test_a_time_that_is_none_is_named(city: Shell, when: str) -> None:
    city.run("requests", "new", "--text", "the posts", "--received", when, code=2)
    assert when in city.err


@pytest.mark.parametrize("name", ["archive:²", "archive:" + "9" * 30, "elsewhere:1", "archive:"])
def test_what_names_no_record_is_said(city: Shell, name: str) -> None:
    city.run("record", "show", name, code=2)
    assert "archive:ID or private:ID" in city.err


def test_json_holds_what_utf_8_cannot(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": "half \ud83d of it \x00\x1b", "park": "公园"})
    assert json.loads(capsys.readouterr().out)["text"] == "half \ud83d of it \x00\x1b"


def test_a_table_leaves_out_empty_columns_and_never_breaks_a_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(["name", "waiver", "count"], [("x" * 60, None, 1), ("y\u202e", "", 22)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "count"]
    assert lines[1].split() == ["x" * 60, "1"]
    assert lines[2].split() == ["y\\u202e", "22"]
    print_table(["name"], [])
    assert capsys.readouterr().out == "None.\n"


def test_what_the_register_says_of_an_account_can_be_changed(city: Shell) -> None:
    city.run("accounts", "add", "x", "AlderGlenPonds", "--department", "Ponds", "--division", "A")
    city.run("accounts", "change", "AlderGlenPonds", code=5)
    changed = city.json(
        *("accounts", "change", "AlderGlenPonds", "--handle", "AlderGlenLakes"),
        *("--native-id", "4711", "--credential", "env:LAKES"),
    )
    assert (changed["handle"], changed["native_id"]) == ("AlderGlenLakes", "4711")
    assert changed["credential"] == "env:LAKES"
    city.run("accounts", "change", "AlderGlenLakes", "--native-id", "4712", code=8)
    city.run("accounts", "change", "AlderGlenLakes", "--credential", "hunter2", code=8)
    assert "hunter2" not in city.out + city.err


def test_a_reason_without_its_exemption_is_not_dropped_in_silence(city: Shell) -> None:
    number = city.json("requests", "new", "--text", "the posts")["request"]["number"]
    city.run("requests", "decide", number, "all", "--release", "--balancing", "why", code=2)
    assert "--exemption" in city.err


def test_no_names_on_standard_input_is_said(city: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    city.run("requests", "add", "2026-0001", "-", code=2)
    assert "standard input" in city.err


def test_a_huge_letter_is_refused_without_reading_it_all(city: Shell, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    with letter.open("wb") as file:
        file.truncate(5 * 1024**3)
    city.run("requests", "new", "--text-file", str(letter), code=5)
    assert "million characters" in city.err


def test_the_demonstration_is_never_built_over_a_city(city: Shell) -> None:
    before = sorted(path.name for path in city.home.iterdir())
    city.run("demo", "--no-serve", code=2)
    assert "no demonstration" in city.err
    assert sorted(path.name for path in city.home.iterdir()) == before


@pytest.mark.parametrize(
    ("agency", "prefix"),
    [
        ("City of Palm Desert", "PALMDESERT"),
        ("City of La Cañada Flintridge", "LACANADAFLIN"),
        ("Alder Glen Water District", "ALDERGLENWAT"),
        ("市", "CITY"),
    ],
)
def test_page_numbers_carry_the_agencys_own_name(shell: Shell, agency: str, prefix: str) -> None:
    shell.run("init", str(shell.home), "--agency", agency, "--schedule", "palm-desert")
    assert f'bates_prefix = "{prefix}"' in (shell.home / "archive.toml").read_text("utf-8")
