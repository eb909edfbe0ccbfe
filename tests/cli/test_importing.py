"""archiver import: whose a download is, what is shown first, what is asked."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest

from archiver.config import Home
from archiver.demo.accounts import X_ACCOUNTS
from archiver.demo.facebook_download import Layout, write_facebook_download
from archiver.demo.nextdoor_download import NEXTDOOR_ACCOUNT, write_nextdoor_download
from archiver.demo.x_download import write_x_download
from archiver.operations.import_book import list_imports
from archiver.register.office import open_office
from tests.cli.shell import Shell, at_a_terminal

PARKS, OTHER = X_ACCOUNTS[0], X_ACCOUNTS[1]
NOW = dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)


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
    path = tmp_path / "parks.zip"
    write_x_download(path, account=PARKS, posts=30, seed=1, pictures=1, generated_at=NOW)
    return path


def test_the_account_is_proposed_from_what_the_download_says(city: Shell, download: Path) -> None:
    told = city.run("import", str(download), "--yes")
    assert f"both have the id {PARKS.native_id}" in told
    assert "new records" in told


def test_a_proposed_account_is_imported_for_only_after_a_yes(city: Shell, download: Path) -> None:
    city.run("import", str(download), code=2)
    assert "--yes" in city.err
    assert city.json("status", code=1)["records"] == 0


def test_a_download_of_nobody_in_the_register_says_so(city: Shell, tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    write_x_download(path, account=OTHER, posts=3, seed=1, pictures=0, generated_at=NOW)
    city.run("import", str(path), "--yes", code=5)
    assert OTHER.handle in city.err
    assert "archiver accounts add" in city.err


def test_a_rehearsal_tells_kinds_days_and_what_is_new(city: Shell, download: Path) -> None:
    seen = city.json("import", str(download), "--dry-run")
    assert seen["kinds"]["post"]["stored"] > 0
    assert seen["kinds"]["post"]["first"] <= seen["kinds"]["post"]["last"]
    city.run("import", str(download), "--yes")
    again = city.json("import", str(download), "--dry-run")
    assert again["kinds"]["post"]["stored"] == 0
    assert again["kinds"]["post"]["duplicates"] == seen["kinds"]["post"]["stored"]


def test_whoever_registers_an_account_learns_how_its_records_come(city: Shell) -> None:
    told = city.run(
        *("accounts", "add", "linkedin", "alder-glen"),
        *("--department", "Parks", "--division", "Recreation"),
    )
    assert "ask LinkedIn for one every 14 days" in told


def of_nextdoor(city: Shell, folder: Path) -> Path:
    """Register an account of Nextdoor; a download of it."""
    path = folder / "nextdoor.zip"
    write_nextdoor_download(path, count=10)
    city.run(
        *("accounts", "add", "nextdoor", NEXTDOOR_ACCOUNT.handle),
        *("--department", "Parks", "--division", "Recreation"),
    )
    return path


def test_a_report_says_what_became_of_every_entry(city: Shell, tmp_path: Path) -> None:
    path = of_nextdoor(city, tmp_path)
    told = city.run("import", str(path), "--dry-run")
    assert "part of others" in told
    assert "(no folder)" in told
    assert " media." not in told


def test_what_was_garbled_is_told_once_for_the_whole_download(city: Shell, tmp_path: Path) -> None:
    path = tmp_path / "facebook.zip"
    write_facebook_download(path, Layout.PAGE, 40)
    city.run(
        *("accounts", "add", "facebook", "cityofalderglen"),
        *("--department", "Parks", "--division", "Recreation"),
    )
    told = city.run("import", str(path), "--yes")
    assert told.count("garbled") == 2
    assert max(len(line.split("  ")[0]) for line in told.splitlines() if ".json" in line) <= 38
    assert "45, in 4 files" in told
    assert "archiver accounts change facebook:cityofalderglen --native-id 100064812345678" in told


def test_what_is_left_out_is_told_with_its_reason(city: Shell, tmp_path: Path) -> None:
    path = of_nextdoor(city, tmp_path)
    told = city.run("import", str(path), "--dry-run")
    assert "left out" in told
    assert "somebody else's post: no record of the agency" in told
    report = city.json("import", str(path), "--dry-run")
    assert all(
        sum(file["reasons"].values()) == file["tally"]["skipped"] + file["tally"]["failed"]
        for file in report["files"]
    )


def test_an_import_by_command_is_entered_once_in_the_book_of_the_desk(
    city: Shell, download: Path
) -> None:
    for _ in range(2):
        city.run("import", str(download), "--yes")
    with closing(open_office(Home(city.home))) as office:
        [entered] = list_imports(office)
    assert entered.state == "done" and entered.report
    assert "command line" in entered.actor
    assert [file.name for file in entered.files] == [download.name]
    assert entered.report["total"]["stored"] > 30
    assert str(download.parent) not in json.dumps(entered.report)


def of_facebook_by_name(city: Shell, folder: Path) -> Path:
    """Register a page of Facebook; a download of it that says a name alone."""
    path = folder / "facebook.zip"
    with ZipFile(path, "w") as made:
        profile = {"profile_v2": {"name": {"full_name": "cityofalderglen"}}}
        made.writestr("profile_information/profile_information.json", json.dumps(profile))
        posts = [{"timestamp": 1700000000, "data": [{"post": "The library opens at nine."}]}]
        made.writestr("posts/your_posts_1.json", json.dumps(posts))
    city.run(
        *("accounts", "add", "facebook", "cityofalderglen"),
        *("--department", "Parks", "--division", "Recreation"),
    )
    return path


def test_a_rehearsal_says_that_somebody_has_to_say_whose_it_is(city: Shell, tmp_path: Path) -> None:
    path = of_facebook_by_name(city, tmp_path)
    assert "it does not say for certain whose it is" in city.run("import", str(path), "--dry-run")
    said = city.run("import", str(path), "--dry-run", "--whose", "Odile, from the Page's settings")
    assert "for certain" not in said and "Odile, from the Page's settings" in said
    city.run("import", str(path), "--yes", code=5)
    assert "--whose" in city.err


def test_at_a_terminal_whose_it_is_is_asked_and_kept(city: Shell, tmp_path: Path) -> None:
    path = of_facebook_by_name(city, tmp_path)
    told = at_a_terminal(
        ["--home", str(city.home), "import", str(path)],
        [("Whose:", "Odile, from the Page's settings"), ("[y/N]:", "y")],
    )
    assert "The library" not in told and "new records" in told
    with closing(open_office(Home(city.home))) as office:
        [entered] = list_imports(office)
    assert entered.attested == "Odile, from the Page's settings"
