"""archiver holds on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.cli import main
from archiver.config import Home
from archiver.items import Author, AuthorRole, Item, Kind
from archiver.register.accounts import add_account, list_accounts
from archiver.register.office import open_office
from tests.cli.shell import Shell

NOW = "2026-11-20T18:00:00Z"


def store(home: Home, native_id: str, text: str) -> None:
    """Capture a post of the one account."""
    office = open_office(home)
    [account] = list_accounts(office)
    office.close()
    reference = AccountRef(
        account.id, "x", account.handle, account.display_name, "Parks", "", None, "official"
    )
    stable = json.dumps([native_id, text]).encode()
    item = Item(
        platform="x",
        kind=Kind.POST,
        native_id=native_id,
        author=Author("12", "AlderGlenParks", "Parks", AuthorRole.AGENCY),
        created_at="2026-03-01T18:00:00Z",
        text=text,
        raw=stable,
        stable=stable,
    )
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, reference, source="x-download")
        with batch(archive, run) as adding:
            adding.add([item], observed_at="2026-11-17T10:00:00Z")
        finish_run(archive, run, outcome="complete", notes={})


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], home: Home, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("ARCHIVER_NOW", NOW)
    office = open_office(home)
    add_account(office, actor="of", platform="x", handle="AlderGlenParks", department="Parks")
    office.close()
    made = Shell(capsys, home.path)
    store(home, "1", "The pool is closed")
    store(home, "2", "The park is open")
    return made


PLACE = ("holds", "place", "--kind", "litigation", "--reference", "26-019", "--reason", "A fall")


def test_a_standing_hold_is_previewed_placed_catches_up_and_is_released(shell: Shell) -> None:
    wanted = ("--search", "pool", "--account", "AlderGlenParks", "--since", "2026-01-01")
    said = shell.run(*PLACE, *wanted, "--standing", "--preview")
    assert "“pool”, x:@AlderGlenParks, from 1 Jan 2026: 1 record\n" in said
    assert shell.json("holds", "list") == []
    shell.run(*PLACE, *wanted, "--standing", code=2)
    assert "repeat with --yes" in shell.err
    placed = shell.json(*PLACE, *wanted, "--standing", "--yes")
    assert (placed["placed"]["records"], placed["preview"]["records"]) == (1, 1)
    store(Home(shell.home), "3", "The pool is open again")
    assert shell.json("holds", "catch-up") == {"caught": 1}
    [line] = shell.json("holds", "list")
    assert line["records"] == 2
    assert line["words"].endswith("new captures too")
    assert "keeps      2 records" in shell.run("holds", "show", "26-019")
    report = shell.json("holds", "report")
    assert (report["on_hold"], len(report["lines"])) == (2, 1)
    assert shell.json("holds", "preview", "26-019")["records"] == 2
    assert "keeps 2 records" in shell.run("holds", "preview", "1")
    release = ("holds", "release", "26-019", "--reason", "Settled")
    shell.run(*release, code=2)
    assert "is released" in shell.run(*release, "--yes")
    assert shell.json("holds", "list") == []
    assert shell.json("holds", "list", "--all")[0]["hold"]["release_reason"] == "Settled"


def test_picked_records_and_whole_accounts_are_held(shell: Shell) -> None:
    [hit] = shell.json("search", "pool")["rows"]
    name = f"{hit['file']}:{hit['id']}"
    assert shell.json(*PLACE, "--record", name, "--yes")["placed"]["records"] == 1
    placed = shell.json(*PLACE, "--account-whole", "x:AlderGlenParks", "--yes")["placed"]
    assert (placed["hold"]["id"], placed["records"]) == (1, 2)
    assert "litigation 26-019" in shell.run("retention", "explain", name)


def test_a_request_holds_the_people_of_an_account(shell: Shell) -> None:
    number = shell.json("requests", "new", "--text", "Who follows Parks?")["request"]["number"]
    shell.run("requests", "hold-people", number, "AlderGlenParks")
    [line] = shell.json("holds", "list")
    assert line["words"] == "the lists of people and downloads of x:@AlderGlenParks"


def test_what_makes_no_hold_is_refused_in_one_line(shell: Shell) -> None:
    shell.run(*PLACE, "--yes", code=2)
    assert "a hold needs records" in shell.err
    shell.run(*PLACE, "--account", "AlderGlenParks", "--yes", code=2)
    assert "--search" in shell.err
    shell.run(*PLACE, "--search", "account:nobody", "--yes", code=2)
    assert "can find nothing" in shell.err
    shell.run("holds", "place", "--kind", "records request", "--reference", "1", "--reason", "x",
              "--search", "pool", "--yes", code=2)  # fmt: skip
    assert "requests add" in shell.err
    shell.run("holds", "show", "no-such", code=5)
    assert "no open hold" in shell.err


def test_holds_of_closed_requests_are_due_and_released_in_one_act(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archiver.requests.book import close_request

    [hit] = shell.json("search", "pool")["rows"]
    number = shell.json("requests", "new", "--text", "All about the pool")["request"]["number"]
    shell.run("requests", "add", number, f"{hit['file']}:{hit['id']}")
    office = open_office(Home(shell.home))
    close_request(office, number, settings=Home(shell.home).settings(), actor="of", reason="Done")
    office.close()
    assert shell.json("holds", "due")["due"] == []
    shell.run("holds", "release", number, "--reason", "No longer wanted", "--yes", code=8)
    assert "is held until Thu 18 Feb 2027" in shell.err
    monkeypatch.setenv("ARCHIVER_NOW", "2027-03-01T12:00:00Z")
    assert "2027-02-18" in shell.run("holds", "due")
    shell.run("holds", "due", "--release", code=2)
    done = shell.json("holds", "due", "--release", "--reason", "Look-back is over", "--yes")
    assert [each["reference"] for each in done["released"]] == [number]
    assert shell.json("holds", "due")["due"] == []


def test_the_nightly_run_says_what_holds_caught(shell: Shell, tmp_path: Path) -> None:
    shell.run(*PLACE, "--search", "pool", "--standing", "--yes")
    store(Home(shell.home), "3", "The pool is open again")
    with pytest.raises(SystemExit):
        main(["--home", str(shell.home), "nightly", "--json"])
    report = json.loads(shell.capsys.readouterr().out)
    assert report["retention"]["caught by holds"] == 1
