"""archiver import: whose a download is, what is shown first, what is asked."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from archiver.capture import imports
from archiver.config import Home
from archiver.demo.accounts import X_ACCOUNTS
from archiver.demo.facebook_download import Layout, write_facebook_download
from archiver.demo.instagram_download import Layout as InstagramLayout
from archiver.demo.instagram_download import write_instagram_download
from archiver.demo.nextdoor_download import NEXTDOOR_ACCOUNT, write_nextdoor_download
from archiver.demo.x_download import write_x_download
from archiver.operations.import_book import list_imports
from archiver.register.office import open_office
from archiver.selecting.selection import ITEMS, STATEMENT
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
    assert f"the download has its id, {PARKS.native_id}" in told
    assert "new records" in told


def test_a_proposed_account_is_imported_for_only_after_a_yes(city: Shell, download: Path) -> None:
    city.run("import", str(download), code=2)
    assert "--yes" in city.err
    assert city.json("status", code=1)["records"] == 0


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_where_nobody_can_say_yes_nothing_is_imported_though_the_account_is_named(
    city: Shell, download: Path, more: tuple[str, ...]
) -> None:
    city.run("import", str(download), "--account", PARKS.handle, *more, code=2)
    assert "repeat with --yes" in city.err and not city.out
    assert city.json("status", code=1)["records"] == 0


def plain(folder: Path, rows: str, platform: str = "flickr") -> str:
    """Records in the plain form that do not say for certain whose they are."""
    folder.mkdir()
    account = {"format": "archiver-records", "version": 1, "platform": platform}
    account |= {"display_name": "Glen", "made_at": "2026-11-01T10:00:00-07:00"}
    (folder / "account.json").write_text(json.dumps(account))
    (folder / "records.csv").write_text(f"kind,id,created_at,text\n{rows}")
    return str(folder)


def test_what_cannot_be_read_is_told_with_its_line_and_not_kept(
    city: Shell, tmp_path: Path
) -> None:
    city.run("accounts", "add", "flickr", "glen", "--department", "P", "--division", "R")
    rows = "post,1,2026-05-31T14:05:00-07:00,Hello\npost,2,31.05.2026 14:05,Secret\n"
    words = ("--account", "flickr:glen", "--yes", "--whose", "Odile, by hand")
    told = city.run("import", plain(tmp_path / "a", rows), *words, code=10)
    assert "LOOK AT: records.csv: line 3: created_at is '31.05.2026 14:05'" in told
    [made] = city.json("imports", "list")
    kept = city.run("imports", "show", str(made["run"]))
    assert "31.05.2026" not in kept and "This was left out, or could not be read" in kept


def test_a_table_that_could_not_be_read_at_all_speaks_for_no_time(
    city: Shell, tmp_path: Path
) -> None:
    city.run("accounts", "add", "flickr", "glen", "--department", "P", "--division", "R")
    words = ("--account", "flickr:glen", "--whose", "Odile, by hand", "--dry-run")
    folder = plain(tmp_path / "a", "post,1,2026-05-31T14:05:00-07:00,Hello\n")
    about = Path(folder) / "account.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"covers": {"post": "complete"}}))
    [post] = [
        one for one in city.json("import", folder, *words)["coverage"] if one["what"] == "post"
    ]
    assert post["state"] == "complete"
    table = Path(folder) / "records.csv"
    table.write_text(table.read_text().replace("kind,id", "sort,id"))
    told = json.loads(city.run("import", folder, *words, "--json", code=10))
    [post] = [one for one in told["coverage"] if one["what"] == "post"]
    assert (post["state"], post["reason"]) == ("none", "records.csv could not be read")
    assert city.run("import", folder, *words, code=10).count("LOOK AT: records.csv") == 1


BY_HAND = ("--whose", "Odile, by hand")


@pytest.fixture
def imported_for_glen(city: Shell, tmp_path: Path) -> str:
    """A zip that does not say whose it is, imported for one of two accounts."""
    for handle in ("glen", "fire"):
        city.run("accounts", "add", "flickr", handle, "--department", "P", "--division", handle)
    folder = Path(plain(tmp_path / "a", "post,1,2026-05-31T14:05:00-07:00,Hello\n"))
    with ZipFile(tmp_path / "a.zip", "w") as made:
        for one in folder.iterdir():
            made.write(one, one.name)
    city.run("import", f"{folder}.zip", "--account", "flickr:glen", "--yes", *BY_HAND)
    return f"{folder}.zip"


def test_a_file_that_does_not_say_whose_it_is_is_imported_for_one_account(
    city: Shell, imported_for_glen: str
) -> None:
    for_fire = ("import", imported_for_glen, "--account", "flickr:fire", *BY_HAND)
    for last in ("--dry-run", "--yes"):
        city.run(*for_fire, last, code=5)
        assert "was imported for flickr:@glen" in city.err
        assert "archiver imports withdraw" in city.err
    city.run("imports", "withdraw", "1", "--reason", "It is Fire's.", "--yes")
    assert "1 new record and" in city.run(*for_fire, "--yes")


def test_of_two_imports_of_one_file_at_the_same_moment_the_slower_is_refused(
    city: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for handle in ("glen", "fire"):
        city.run("accounts", "add", "flickr", handle, "--department", "P", "--division", handle)
    file = plain(tmp_path / "a", "post,1,2026-05-31T14:05:00-07:00,Hello\n")
    words = ("import", file, *BY_HAND, "--yes")
    usual = imports.keep

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(imports, "keep", usual)
        city.run(*words, "--account", "flickr:fire")
        return usual(*given)

    monkeypatch.setattr(imports, "keep", meanwhile)
    city.run(*words, "--account", "flickr:glen", code=5)
    assert "was imported for flickr:@fire" in city.err
    city.run("imports", "withdraw", "2", "--reason", "It is Glen's.", "--yes")
    assert "1 new record and" in city.run(*words, "--account", "flickr:glen")


def test_an_import_that_was_begun_for_one_account_is_not_begun_for_another(
    city: Shell, imported_for_glen: str
) -> None:
    # as a kill before the last batch leaves it
    with sqlite3.connect(Home(city.home).path / "archive.db") as archive:
        archive.execute("UPDATE cursors SET name = replace(name, ' done ', ' at ')")
        archive.execute("""UPDATE cursors SET value = '{"reader": 99}' WHERE name LIKE '% at %'""")
    words = ("import", imported_for_glen, "--yes", *BY_HAND)
    city.run(*words, "--account", "flickr:fire", code=5)
    assert "was imported for flickr:@glen" in city.err
    city.run(*words, "--account", "flickr:glen")


def test_times_of_no_world_do_no_harm_to_a_report(city: Shell, tmp_path: Path) -> None:
    city.run("accounts", "add", "flickr", "glen", "--department", "P", "--division", "R")
    rows = "post,1,0001-01-01T00:00:00Z,First\npost,2,9999-12-31T23:59:59Z,Last\n"
    words = ("--account", "flickr:glen", "--whose", "Odile, by hand")
    file = plain(tmp_path / "a", rows)
    assert "0001-01-01" in city.run("import", file, *words, "--dry-run")
    told = city.run("import", file, *words, "--yes")
    assert "2 new records" in told
    assert "the files hold it" in told and "post" not in told.rpartition("It speaks for no: ")[2]


def test_the_file_that_holds_what_is_not_the_citys_is_named(city: Shell, tmp_path: Path) -> None:
    page, other = tmp_path / "page.zip", tmp_path / "instagram.zip"
    write_facebook_download(page, Layout.PAGE, 4)
    write_instagram_download(other, InstagramLayout.NEW, 4)
    where = ("--department", "P", "--division", "R")
    city.run("accounts", "add", "facebook", "cityofalderglen", *where)
    both = ("import", str(page), str(other), "--account", "facebook:cityofalderglen", "--dry-run")
    city.run(*both, code=5)
    assert city.err.startswith(f"archiver: {other} holds the Instagram data download")
    city.run("accounts", "add", "instagram", "cityofalderglen", *where)
    city.run(*both)


def test_what_was_picked_is_sent_to_where_it_is_taken_in(city: Shell, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "picked.zip", "w") as made:
        for name in (STATEMENT, ITEMS):
            made.writestr(name, "{}")
    city.run("import", str(tmp_path / "picked.zip"), code=5)
    assert "take it in with `archiver forward`" in city.err


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


def test_a_slip_of_the_pen_in_a_platforms_name_is_pointed_out(city: Shell) -> None:
    where = ("--department", "P", "--division", "R")
    assert "did you mean facebook?" in city.run("accounts", "add", "facebok", "glen", *where)
    assert "did you mean" not in city.run("accounts", "add", "flickr", "glen", *where)


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
    assert "media files in the download" in told
    assert "media file" not in told.splitlines()[1]
    assert "What time it speaks for" in told and "It speaks for no: " in told


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
