"""archiver imports on the command line."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.database import write_transaction
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from tests.cli.shell import Shell
from tests.exports.x_downloads import ACCOUNT, HANDLE, full_download, write_zip


@pytest.fixture
def shell(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A home in which one download was imported."""
    monkeypatch.setenv("ARCHIVER_NOW", "2026-07-01T09:00:00Z")
    with closing(open_office(home)) as office:
        add_account(
            office,
            actor="test",
            platform="x",
            handle=HANDLE,
            department="Parks",
            division="",
            native_id=ACCOUNT,
        )
    shell = Shell(capsys, home.path)
    file = write_zip(tmp_path / "a.zip", full_download())
    shell.run("import", str(file), "--account", HANDLE, "--yes")
    return shell


def test_an_import_is_listed_shown_withdrawn_and_imported_again(
    shell: Shell, tmp_path: Path
) -> None:
    (made,) = shell.json("imports", "list")
    assert made["files"][0]["name"] == "a.zip"
    told = shell.json("imports", "show", "1")
    assert told["blockers"] == []
    assert told["report"]["files"]
    assert "Nothing rests on it" in shell.run("imports", "show", "1")
    shell.run("imports", "withdraw", "1", "--reason", "the wrong file", code=2)
    assert "1 Jul 2026" in shell.run("imports", "list"), "nobody said yes"
    out = shell.run("imports", "withdraw", "1", "--reason", "the wrong file", "--yes")
    assert "Import run 1 is withdrawn" in out
    assert "26 records" in out
    shown = shell.run("imports", "show", "1")
    assert "the wrong file" in shown
    shell.run("verify")
    file = str(tmp_path / "a.zip")
    again = shell.json("import", file, "--account", HANDLE, "--yes")
    assert again["total"]["stored"] == 26
    assert [each["outcome"] for each in shell.json("imports", "list")] == ["complete", "withdrawn"]


def test_what_keeps_an_import_is_said_with_the_exit_code_of_a_rule(
    shell: Shell, home: Home
) -> None:
    with closing(open_office(home)) as office, write_transaction(office):
        office.execute(
            "INSERT INTO requests (id, number, year, sequence, received_at, channel, verbatim, "
            "scope, created_at, created_by) VALUES (1, 'AG-2026-0001', 2026, 1, '2026-06-01', "
            "'email', 'All', '', '2026-06-01', 'of')"
        )
        office.execute(
            "INSERT INTO request_lists (request_id, kind, file, account_id, title, about, columns, "
            "as_of, rows, digest, at, actor) VALUES (1, 'followers', 'private', 1, 'Followers', "
            "'', '[]', '2026-07-01', 0, 'd', '2026-07-01T10:00:00Z', 'of')"
        )
    shell.run("imports", "withdraw", "1", "--reason", "the wrong file", "--yes", code=8)
    assert "request AG-2026-0001 took the list" in shell.err
    assert "request AG-2026-0001" in shell.run("imports", "show", "1")
    shell.run("imports", "show", "7", code=5)
