"""archiver requests find-personal, similar, minors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archiver.archive.runs import AccountRef
from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.cli import main
from archiver.config import Home
from archiver.items import Author, AuthorRole, Item, Kind
from archiver.register.office import open_office
from archiver.requests.book import add_items, new_request

NUMBER = "AG-2026-0001"
ACCOUNT = AccountRef(1, "x", "alderglen", "City of Alder Glen", "Parks", "", "12", "official")
TEXTS = ("Lights are out, call 760-346-0611", "Lights are out. Call 760-346-0611!", "Thank you")


class Shell:
    """Runs commands in a home with one request and keeps what they printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Home) -> None:
        self.capsys = capsys
        self.home = home

    def run(self, *words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(self.home.path), "requests", *words])
        captured = self.capsys.readouterr()
        assert (ended.value.code or 0) == code, captured.err or captured.out
        return captured.out + captured.err

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], home: Home, monkeypatch: Any) -> Shell:
    """A request with three comments in it."""
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    author = Author("90", "jfrost", "J. Frost", AuthorRole.PUBLIC)
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ACCOUNT, source="x-download")
        with batch(archive, run) as adding:
            items = [
                Item(
                    *("x", Kind.COMMENT, str(at), author, f"2026-11-1{at}T10:00:00Z", text),
                    *(text.encode(), text.encode()),
                )
                for at, text in enumerate(TEXTS)
            ]
            adding.add(items, observed_at="2026-11-17T10:00:00Z")
        finish_run(archive, run, outcome="complete", notes={})
        picked = [("archive", row[0]) for row in archive.public.execute("SELECT id FROM records")]
        office = open_office(home)
        new_request(
            office,
            home.settings(),
            actor="test",
            received_at="2026-11-16T17:12:00Z",
            channel="counter",
            verbatim="Everything.",
        )
        add_items(office, {"archive": archive.public}, NUMBER, picked, actor="test")
        office.close()
    return Shell(capsys, home)


def test_personal_data_is_listed_with_its_reason(shell: Shell) -> None:
    told = shell.run("find-personal", NUMBER)
    assert told.count("760-346-0611") == 2
    assert "2 to be answered in 2 items." in told
    found = shell.json("find-personal", NUMBER, "--item", "1")
    [one] = found["suggestions"]
    assert one["place"] == {
        "item_id": 1,
        "field": "text",
        "start": 21,
        "end": 33,
        "kind": "telephone",
    }
    assert "346" not in json.dumps(found)
    assert "has no item 9" in shell.run("find-personal", NUMBER, "--item", "9", code=5)


def test_groups_of_the_same_words_are_listed(shell: Shell) -> None:
    [group] = shell.json("similar", NUMBER)
    assert (group["leader"], group["members"]) == (
        1,
        [{"item": 2, "likeness": "same words", "percent": 100, "reason": "the same words"}],
    )
    assert "1 groups; 1 repeat another." in shell.run("similar", NUMBER)


def test_names_of_minors_are_marked_looked_for_and_erased(shell: Shell) -> None:
    shell.run("minors", NUMBER, "--add", "Thank You")
    assert [each["name"] for each in shell.json("minors", NUMBER)] == ["Thank You"]
    assert "name of a minor" in shell.run("find-personal", NUMBER, "--item", "3")
    assert shell.json("minors", NUMBER, "--remove", "1") == []
    shell.run("minors", NUMBER, "--remove", "x", code=2)
    shell.run("minors", NUMBER, "--add", "a", "--remove", "1", code=2)
