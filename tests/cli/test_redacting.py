"""archiver requests redact on the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.cli import main
from archiver.config import Home, Settings
from archiver.items import Author, AuthorRole, Item, Kind
from archiver.operations.home import create_home, prepare
from archiver.register.office import open_office

NOW = "2026-11-20T18:00:00Z"
ACCOUNT = AccountRef(1, "x", "AlderGlen", "City of Alder Glen", "Clerk", "", None, "official")


class Shell:
    """Runs commands in an archive of Alder Glen that holds two comments."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Home) -> None:
        self.capsys = capsys
        self.home = home
        self.err = ""

    def run(self, *words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(self.home.path), *words])
        captured = self.capsys.readouterr()
        self.err = captured.err
        assert (ended.value.code or 0) == code, captured.err or captured.out
        return captured.out

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def city(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Shell:
    """Request 2026-0001 with two items in which the same number stands."""
    monkeypatch.setenv("ARCHIVER_NOW", NOW)
    monkeypatch.setenv("COLUMNS", "200")
    home = create_home(tmp_path / "city", Settings(agency="Alder Glen", schedule="palm-desert"))
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ACCOUNT, source="x-download")
        with batch(archive, run) as adding:
            found = [_comment("1", "Call 555-0142 now"), _comment("2", "555-0142 it is")]
            adding.add(found, observed_at="2026-11-17T10:00:00Z")
        finish_run(archive, run, outcome="complete", notes={})
        stored = archive.public.execute("SELECT id FROM records ORDER BY native_id").fetchall()
    shell = Shell(capsys, home)
    shell.run("requests", "new", "--text", "All comments, please.")
    shell.run("requests", "add", "2026-0001", *(str(each["id"]) for each in stored))
    return shell


def _comment(native_id: str, text: str) -> Item:
    stable = json.dumps([native_id, text]).encode()
    return Item(
        platform="x",
        kind=Kind.COMMENT,
        native_id=native_id,
        author=Author("90", "jfrost", "Jo Frost", AuthorRole.PUBLIC),
        created_at="2026-03-01T18:00:00Z",
        text=text,
        raw=stable,
        stable=stable,
    )


REDACT = ("requests", "redact")


def test_words_are_covered_shown_and_uncovered(city: Shell) -> None:
    fields = city.json(*REDACT, "fields", "2026-0001", "1")
    assert [each["name"] for each in fields] == [
        *("text", "author.name", "author.handle", "author.id")
    ]
    said = city.run(
        *(*REDACT, "add", "2026-0001", "1", "--words", "555-0142", "--exemption", "7927.410")
    )
    assert "Bar 1 on item 1, text." in said
    assert "not attested" in said
    shown = city.run(*REDACT, "show", "2026-0001", "1")
    assert "Call [Redacted: Gov. Code § 7927.410] now" in shown
    assert "555-0142" not in shown
    [entry] = city.json(*REDACT, "list", "2026-0001")["bars"]
    assert (entry["bar"]["start"], entry["bar"]["end"]) == (5, 13)
    assert "not attested" in entry["draft"]
    city.run("requests", "attest", "7927.410", "--attorney", "P. Haldane")
    assert "draft" not in city.run(*REDACT, "list", "2026-0001")
    city.run("requests", "decide", "2026-0001", "1", "--release", code=8)
    city.run("requests", "decide", "2026-0001", "1", "--redact")
    city.run(*REDACT, "remove", "2026-0001", "1")
    assert city.json(*REDACT, "list", "2026-0001")["bars"] == []


def test_the_same_words_are_covered_everywhere_after_a_look(city: Shell) -> None:
    found = city.json(*REDACT, "everywhere", "2026-0001", "555-0142", "--preview")
    assert [(one["item_id"], one["field"]) for one in found] == [(1, "text"), (2, "text")]
    assert "Call " in city.run(*REDACT, "everywhere", "2026-0001", "555-0142", "--preview")
    said = city.run(*REDACT, "everywhere", "2026-0001", "555-0142", "--exemption", "7927.410")
    assert "2 places covered on 2 items." in said
    again = city.run(*REDACT, "everywhere", "2026-0001", "555-0142", "--exemption", "7927.410")
    assert "item 2, text: covered already" in again
    city.run(*REDACT, "everywhere", "2026-0001", "nowhere", "--exemption", "7927.410", code=5)


def test_a_covered_name_points_at_what_still_names_the_author(city: Shell) -> None:
    city.run(*REDACT, "add", "2026-0001", "1", "--field", "author.name")
    said = city.run(*REDACT, "list", "2026-0001")
    assert "no exemption is named" in said
    assert "item 1: author’s handle is not covered and names the same person" in said
    city.run(*REDACT, "ground", "2026-0001", "1", "--exemption", "7927.410")
    city.run(*REDACT, "ground", "2026-0001", "1", code=8)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--words", "555", "--start", "1"), 2),
        (("--words", "not there"), 5),
        (("--start", "1", "--end", "999"), 5),
        (("--region", "a,b"), 2),
        (("--field", "link:1"), 5),
        (("--balancing", "why"), 2),
        (("--exemption", "7922.000"), 8),
    ],
)
def test_what_cannot_be_covered_is_told_in_one_line(
    city: Shell, words: tuple[str, ...], code: int
) -> None:
    city.run(*REDACT, "add", "2026-0001", "1", *words, code=code)
    assert city.err.count("\n") == 1


def test_a_home_made_before_redactions_learns_what_was_released(city: Shell) -> None:
    city.run("requests", "decide", "2026-0001", "all", "--release")
    city.run("produce", "2026-0001")
    before = sqlite3.connect(city.home.office_db, isolation_level=None)
    for table in (
        *("item_bars", "item_release_bars", "item_releases", "redaction_removals"),
        *("redaction_grounds", "redaction_groundings", "request_redactions"),
    ):
        before.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
        before.execute(f"DROP TABLE {table}")
    Database(before)["_sqlite_migrations"].delete_where("migration_set = ?", ["requests.redacting"])
    before.close()
    prepare(city.home)
    office = open_office(city.home)
    try:
        released = office.execute("SELECT item_id, volume FROM item_releases").fetchall()
    finally:
        office.close()
    assert [tuple(each) for each in released] == [(1, 1), (2, 1)]
    city.run(*REDACT, "add", "2026-0001", "1", "--words", "555-0142", "--exemption", "7927.410")
    city.run("requests", "decide", "2026-0001", "1", "--redact", code=8)
    assert "shown then, covered now" in city.err
    city.run(
        *("requests", "decide", "2026-0001", "1", "--redact", "--differs", "--note", "overlooked")
    )
