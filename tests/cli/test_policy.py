"""archiver policy and archiver keywords: what the city laid down, entered, shown, collected."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.config import Home
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from tests.cli.shell import Shell


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], home: Home, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A home with one account."""
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    office = open_office(home)
    add_account(office, actor="of", platform="x", handle="Parks", department="Parks")
    office.close()
    return Shell(capsys, home.path)


def test_a_policy_is_entered_listed_shown_saved_and_taken_back(
    shell: Shell, tmp_path: Path
) -> None:
    assert "No policy is on file" in shell.run("policy", "list")
    pdf, text = tmp_path / "policy.pdf", tmp_path / "policy.txt"
    pdf.write_bytes(b"%PDF-1.7\n")
    text.write_text("Be civil.", "utf-16")
    by = ("--adopted-by", "Council, Resolution 2024-31")
    first = shell.json(
        *("policy", "add", "Comments", "--version", "1", "--effective", "2024-01-01", *by),
        *("--file", str(pdf), "--wording", str(text), "--account", "x:Parks"),
    )
    assert (first["wording"], first["accounts"]) == ("Be civil.", [1])
    again = ("policy", "add", "Comments", "--version", "2", "--wording", str(text), *by)
    shell.run(*again, "--effective", "2024-01-01", code=8)
    shell.run(*again, "--effective", "soon", code=2)
    shell.run(*again, "--effective", "2026-01-01")
    assert [e["version"] for e in shell.json("policy", "list", "--on", "2025-06-01")] == ["1"]
    assert "superseded" in shell.run("policy", "list")
    saved = tmp_path / "saved.pdf"
    assert "Be civil." in shell.run("policy", "show", "1", "--save", str(saved))
    assert saved.read_bytes() == pdf.read_bytes()
    shell.run("policy", "show", "2", "--save", str(tmp_path / "none"), code=5)
    shell.run("policy", "show", "9", code=5)
    shell.run("policy", "take-back", "2", "--reason", "Not adopted after all")
    assert [e["version"] for e in shell.json("policy", "list", "--on", "2026-06-01")] == ["1"]
    checked = shell.json("verify")["checked"]
    assert checked["policy versions"] == 2


def test_a_keyword_list_is_entered_compared_and_taken_back(shell: Shell, tmp_path: Path) -> None:
    assert "No list is on file" in shell.run("keywords", "list")
    words = tmp_path / "words.txt"
    words.write_text("casino\nfools\ncasino\n", "utf-8")
    said = shell.run("keywords", "add", "x:Parks", str(words), "--on", "2026-01-01")
    assert "2 words as of 2026-01-01, 2 added and 0 removed. 1 said twice." in said
    shell.run("keywords", "add", "x:Parks", str(words), "--on", "2026-01-01", code=8)
    words.write_text("casino\nbingo\n", "utf-16")
    made = shell.json("keywords", "add", "x:Parks", str(words))
    assert (made["stood_on"], made["added"], made["removed"]) == (
        "2026-11-20",
        ["bingo"],
        ["fools"],
    )
    assert shell.run("keywords", "show", "2", "--changes") == "+ bingo\n- fools\n"
    assert shell.run("keywords", "show", "1") == "casino\nfools\n"
    words.write_bytes(b"caf\xe9")
    shell.run("keywords", "add", "x:Parks", str(words), code=5)
    assert "save it as UTF-8" in shell.err
    shell.run("keywords", "add", "x:Parks", code=2)
    shell.run("keywords", "add", "x:Parks", str(words), "--none", code=2)
    shell.run("keywords", "take-back", "2", "--reason", "Another account's")
    assert "taken back" in shell.run("keywords", "list")
    assert shell.json("keywords", "add", "x:Parks", "--none")["removed"] == ["casino", "fools"]
