"""archiver quarantine, and what every other command then says of such a record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.config import Home
from archiver.items import Author, AuthorRole, Item, Kind
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from tests.cli.shell import Shell

SEALED = "the sealed words of a resident"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], home: Home, monkeypatch: Any) -> Shell:
    """An archive with a post, two answers and one more post."""
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    office = open_office(home)
    account = add_account(
        office, actor="of", platform="x", handle="AlderGlenParks", department="Parks"
    )
    office.close()
    author = Author("90", "jfrost", "Jocelyn Frost", AuthorRole.PUBLIC)
    texts = {"1": "Park closure", "2": SEALED, "3": "Thank you", "4": "Park news"}
    found = []
    for native_id, text in texts.items():
        answer = native_id in ("2", "3")
        quoted = {"quoted": {"id": "2", "text": SEALED}} if native_id == "4" else {}
        raw = json.dumps({"id": native_id, "text": text, **quoted}).encode()
        found.append(
            Item(
                "x",
                Kind.COMMENT if answer else Kind.POST,
                native_id,
                author,
                f"2026-08-1{native_id}T10:00:00Z",
                text,
                raw,
                raw,
                parent_id="1" if answer else None,
                root_id="1" if answer else None,
            )
        )
    reference = AccountRef(
        *(account.id, account.platform, account.handle, account.display_name),
        *(account.department, account.division, account.native_id, account.account_class),
    )
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, reference, source="x-download")
        with batch(archive, run) as writing:
            writing.add(found, observed_at="2026-08-20T09:00:00Z")
        finish_run(archive, run, outcome="complete", notes={})
    return Shell(capsys, home.path)


def name_of(shell: Shell, words: str) -> str:
    row = shell.json("search", words)["rows"][0]
    return f"{row['file']}:{row['id']}"


def add(shell: Shell, name: str, *more: str) -> str:
    words = ("quarantine", "add", name, "--kind", "court-sealed", "--reason", "Order 26-114")
    return shell.run(*words, *more)


def test_no_command_says_what_is_in_quarantine(shell: Shell, tmp_path: Path) -> None:
    name = name_of(shell, "sealed")
    number = shell.json("requests", "new", "--text", "All of it, please.")["request"]["number"]
    shell.json("requests", "add", number, name)
    add(shell, name, "--yes")
    out = str(tmp_path / "out")
    for words in (
        ("record", "show", name),
        ("record", "versions", name),
        ("record", "export", name, out),
        ("retention", "explain", name),
        ("requests", "add", number, name),
    ):
        shell.run(*words, code=5)
        assert "no record" in shell.err, words
        assert SEALED not in shell.err
    assert not Path(out).exists()
    told = "".join(
        shell.run(*words)
        for words in (
            ("search", "sealed"),
            ("search",),
            ("requests", "show", number),
            ("quarantine", "list"),
            ("quarantine", "list", "--json"),
        )
    )
    assert SEALED not in told
    assert "Jocelyn Frost: the sealed" not in told
    assert shell.json("search")["count"] == 3


def test_with_its_thread_and_out_again(shell: Shell) -> None:
    name = name_of(shell, "sealed")
    assert "3 records in quarantine" in add(shell, name, "--with-thread", "--yes")
    assert [row["native_id"] for row in shell.json("search")["rows"]] == ["4"]
    assert len(shell.json("quarantine", "list")) == 3
    shell.run("quarantine", "lift", name, "--reason", "Vacated", "--together", "--yes")
    assert shell.json("search")["count"] == 4
    assert shell.json("quarantine", "list") == []


def test_nothing_happens_where_nobody_can_say_yes(shell: Shell) -> None:
    name = name_of(shell, "sealed")
    words = ("quarantine", "add", name, "--kind", "other", "--reason", "x", "--with-thread")
    shell.run(*words, code=2)
    assert "and 2 of its conversation" in shell.err
    assert shell.json("quarantine", "list") == []


def test_an_object_that_quotes_it_is_not_exported(shell: Shell, tmp_path: Path) -> None:
    quoting = name_of(shell, "news")
    before = shell.json("record", "export", quoting, str(tmp_path / "before"))
    assert (before["versions"], "left_out" in before) == (1, False)
    assert SEALED in (tmp_path / "before/version-1.raw.json").read_text()
    add(shell, name_of(shell, "sealed"), "--yes")
    told = shell.run("record", "export", quoting, str(tmp_path / "after"))
    assert "quotes a record in quarantine" in told
    assert [path.name for path in (tmp_path / "after").iterdir()] == ["record.json"]
    other = shell.json("record", "export", name_of(shell, "thank"), str(tmp_path / "other"))
    assert other["versions"] == 1


def test_verification_still_sees_every_row(shell: Shell) -> None:
    add(shell, name_of(shell, "sealed"), "--yes")
    assert shell.json("verify")["findings"] == []
