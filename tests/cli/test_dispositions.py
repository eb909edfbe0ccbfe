"""A whole disposition by command: schedule attested, hold, batch, refusals, approvals, end."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from archiver.demo.accounts import X_ACCOUNTS
from archiver.demo.x_download import write_x_download
from tests.cli.shell import Shell

PARKS = next(account for account in X_ACCOUNTS if account.handle == "AlderGlenParks")
THEN = dt.datetime(2023, 6, 1, 18, 0, tzinfo=dt.UTC)
SERIES = ("PD-02", "PD-03", "PD-04", "PD-05", "PD-06", "PD-07", "PD-08", "PD-09")


@pytest.fixture
def desk(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A city that imported a download three years ago."""
    monkeypatch.setenv("ARCHIVER_NOW", "2023-06-02T18:00:00Z")
    desk = Shell(capsys, tmp_path / "home")
    desk.run("init", str(desk.home), "--agency", "City of Alder Glen", "--schedule", "palm-desert")
    desk.run(
        *("accounts", "add", "x", PARKS.handle, "--department", PARKS.department),
        *("--division", PARKS.division, "--native-id", str(PARKS.native_id)),
    )
    download = tmp_path / "twitter.zip"
    write_x_download(download, account=PARKS, posts=60, seed=3, generated_at=THEN)
    desk.run("import", str(download), "--account", PARKS.handle, "--yes")
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    # three silent years have passed: a person says that the clock is right
    desk.run("retention", "mark", "--accept-clock")
    desk.run("nightly")
    return desk


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A signed document."""
    path = tmp_path / "signed.pdf"
    path.write_bytes(b"%PDF-1.7 signed")
    return path


def test_a_full_cycle_by_command(desk: Shell, paper: Path) -> None:
    unsure = desk.json("dispositions", "build", "--dry-run")
    assert [each["series"] for each in unsure["series"]] == ["PD-01"]
    assert any("PD-04 is not attested" in words for words in unsure["left_out"]["reasons"])
    desk.run("retention", "attest", *SERIES, "--attorney", "P. Haldane")
    before = desk.json("dispositions", "build", "--dry-run")
    assert before["holdings"] > 20
    assert "Nothing was written" in desk.run("dispositions", "build", "--dry-run")
    held = desk.json("search", "", "--kind", "post")["rows"][0]
    name = f"{held['file']}:{held['id']}"
    desk.run(
        *("holds", "place", "--kind", "claim", "--reference", "26-019", "--reason", "Mill Street"),
        *("--record", name, "--yes"),
    )
    made = desk.json("dispositions", "build", "--note", "fourth quarter")
    assert made["number"] == "D-2026-01"
    assert made["items"] == before["holdings"] - 1
    assert made["left_out"]["by_hold"][0]["title"] == "claim 26-019"

    shown = desk.run("dispositions", "show", "D-2026-01")
    assert "[>] Agreement of each department" in shown
    desk.run("dispositions", "execute", "D-2026-01", "--yes", code=8)
    assert "it lacks: agreement of" in desk.err
    assert "written consent of the city attorney" in desk.err

    said = ("--position", "Director", "--name", "R. Oduya")
    desk.run(
        *("dispositions", "approve", "D-2026-01", "department", *said),
        *("--department", PARKS.department),
    )
    who = ("--name", "P. Haldane", "--position", "City Attorney")
    desk.run("dispositions", "approve", "D-2026-01", "consent", *who, code=8)
    assert "files the signed document" in desk.err
    desk.run("dispositions", "approve", "D-2026-01", "consent", *who, "--file", str(paper))
    council = ("--name", "City Council", "--position", "attested by O. Farrow, City Clerk")
    desk.run("dispositions", "approve", "D-2026-01", "resolution", *council, code=5)
    assert "give the number" in desk.err
    desk.run("dispositions", "approve", "D-2026-01", "resolution", *council, "--number", "2026-77")

    desk.run("dispositions", "execute", "D-2026-01", code=2)
    assert "repeat with --yes" in desk.err
    done = desk.json("dispositions", "execute", "D-2026-01", "--yes")
    assert (done["batch"]["state"], done["batch"]["kept"]) == ("done", 0)
    assert Path(done["certificate"]["pdf"]).read_bytes().startswith(b"%PDF-")
    assert desk.json("dispositions", "certificate", "D-2026-01") == done["certificate"]
    assert "archive's own rows" in desk.run("dispositions", "certificate", "D-2026-01")
    assert [each["number"] for each in desk.json("dispositions", "certificate")] == ["D-2026-01"]
    left = desk.json("search", "")["rows"]
    assert name in {f"{each['file']}:{each['id']}" for each in left}
    assert desk.json("verify")["ok"]
    assert desk.json("dispositions", "list")[0]["gone"] == made["items"]


def test_keep_withdraw_and_build_again(desk: Shell) -> None:
    desk.run("retention", "attest", *SERIES, "--attorney", "P. Haldane")
    desk.run("dispositions", "build", "--series", "PD-04")
    shown = desk.json("dispositions", "show", "D-2026-01", "--items")
    one = next(item for item in shown["list"] if item["kind"] == "record")
    name = f"{one['file']}:{one['ref']}"
    out = desk.run("dispositions", "keep", "D-2026-01", name, "--reason", "of historic value")
    assert "1 taken out" in out
    approved = desk.json(
        *("dispositions", "approve", "D-2026-01", "resolution", "--name", "City Council"),
        *("--position", "City Clerk", "--number", "2026-77"),
    )
    desk.run(
        *("dispositions", "withdraw", "D-2026-01", "--approval", str(approved["id"])),
        *("--reason", "wrong number"),
    )
    desk.run("dispositions", "withdraw", "D-2026-01", "--reason", "not this quarter")
    assert "withdrawn" in desk.run("dispositions", "list")
    assert desk.json("dispositions", "build", "--series", "PD-04")["number"] == "D-2026-02"
    desk.run("dispositions", "keep", "D-2026-02", "nonsense", "--reason", "x", code=2)
    desk.run("dispositions", "show", "D-2026-77", code=5)


def test_a_removal_by_command(desk: Shell, paper: Path) -> None:
    found = desk.json("search", "")["rows"][0]
    name = f"{found['file']}:{found['id']}"
    desk.run("removals", "propose", name, "--ground", "non-record", "--reason", "a private page")
    desk.run("removals", "execute", "R-2026-01", "--yes", code=8)
    assert "signed determination of the attorney" in desk.err
    desk.run(
        *("removals", "determine", "R-2026-01", "--name", "P. Haldane"),
        *("--position", "City Attorney", "--file", str(paper)),
    )
    done = desk.json("removals", "execute", "R-2026-01", "--yes")
    assert done["batch"]["gone"] == 1
    assert desk.json("removals", "list")[0]["number"] == "R-2026-01"
    assert desk.json("dispositions", "list") == []
    desk.run("record", "show", name, code=5)
    assert desk.json("verify")["ok"]


def test_the_routes_and_what_the_attorney_attests(desk: Shell) -> None:
    assert "34090.7" in desk.run("dispositions", "routes")
    desk.run("dispositions", "build", "--route", "34090.5", code=8)
    assert "has not attested a trusted system" in desk.err
    words = ("dispositions", "attest", "--attorney", "P. Haldane")
    desk.run(*words, "--trusted-system", "Vault at Cedar")
    desk.run(*words, code=2)
    desk.run("dispositions", "build", "--route", "34090.5", code=8)
    assert "restore test" in desk.err


def test_verify_notices_a_changed_list_a_lost_certificate_and_a_missing_tombstone(
    desk: Shell, paper: Path
) -> None:
    found = desk.json("search", "")["rows"][0]
    name = f"{found['file']}:{found['id']}"
    desk.run("removals", "propose", name, "--ground", "non-record", "--reason", "a private page")
    desk.run(
        *("removals", "determine", "R-2026-01", "--name", "P. Haldane"),
        *("--position", "City Attorney", "--file", str(paper)),
    )
    done = desk.json("removals", "execute", "R-2026-01", "--yes")
    Path(done["certificate"]["pdf"]).unlink()
    report = desk.json("verify", code=7)
    assert "is missing" in report["findings"][0]["what"]
    desk.run("removals", "certificate", "R-2026-01")
    assert desk.json("verify")["ok"]
    with sqlite3.connect(desk.home / "office.db") as office:
        office.execute("DROP TRIGGER disposition_items_as_frozen")
        office.execute("UPDATE disposition_items SET ref = ref + 1")
    wrong = {each["what"] for each in desk.json("verify", code=7)["findings"]}
    assert "it has no tombstone" in wrong
    assert any("not the one that was frozen" in what for what in wrong)
