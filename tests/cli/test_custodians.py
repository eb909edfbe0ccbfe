"""Custodians on the command line: asked, reminded, answered for, withdrawn; files taken in."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path

import pytest

from tests.cli.test_commands import Shell, city, shell
from tests.requests.custodians.conftest import mail

__all__ = ["city", "shell"]


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")


@pytest.fixture
def number(city: Shell) -> str:
    made = city.json("requests", "new", "--text", "All messages about the lights")
    found: str = made["request"]["number"]
    return found


def asked(city: Shell, number: str, *more: str) -> int:
    words = ("--department", "City Council", "--for", "The lights", "--due", "2026-11-24")
    made = city.json("custodians", "ask", number, "Ana Reyes", *words, *more)
    found: int = made["id"]
    return found


def test_an_ask_goes_from_asked_to_answered_and_its_files_become_records(
    city: Shell, number: str, tmp_path: Path
) -> None:
    ask = str(asked(city, number, "--email", "ana@example.org", "--account", "own e-mail"))
    assert asked(city, number, "--email", "ana@example.org", "--account", "own e-mail") == int(ask)
    [line] = city.json("custodians", "list", number)
    assert (line["standing"], line["answers"]) == ("asked", [])
    eml = tmp_path / "ask.eml"
    city.run("custodians", "send", ask, "--save", str(eml))
    assert message_from_bytes(eml.read_bytes())["To"] == "ana@example.org"
    city.run("custodians", "send", ask, "--how", "by my own e-mail")
    city.run("custodians", "send", ask, "--reminder", "--how", "by telephone")
    assert city.json("custodians", "list")[0]["standing"] == "reminded"
    city.run("custodians", "send", ask, code=1)
    assert "no mail server is set" in city.err

    returned = tmp_path / "lights.eml"
    returned.write_bytes(mail())
    done = city.json(
        *("custodians", "answer", ask, str(returned), "--account", "own e-mail"),
        *("--declared-by", "Ana Reyes", "--how", "on paper"),
    )
    assert done["answer"]["on_behalf"] == 1
    assert len(done["taken"][0]["records"]) == 1
    assert city.json("custodians", "list", number)[0]["standing"] == "answered"
    city.run("verify")
    city.run("custodians", "facts", ask, "print")
    city.run("custodians", "withdraw", ask, "--reason", "late", code=8)
    assert "was answered already" in city.err


def test_a_departments_files_are_taken_in(city: Shell, number: str, tmp_path: Path) -> None:
    path = tmp_path / "theirs.txt"
    path.write_text("A list of lamps")
    city.run("requests", "attach", number, str(path), "--department", "Public Works")
    [taken] = city.json("custodians", "take-in", number, "--departments")
    assert len(taken["records"]) == 1
    assert city.run("custodians", "take-in", number) == "Nothing was taken in.\n"


def test_an_ask_is_withdrawn_and_what_cannot_be_is_said_in_one_line(
    city: Shell, number: str
) -> None:
    ask = str(asked(city, number))
    city.run("custodians", "send", ask, "--save", "x.eml", code=5)
    assert "has no e-mail address" in city.err
    city.run("custodians", "withdraw", ask, "--reason", "asked the wrong person")
    assert city.json("custodians", "list", number)[0]["standing"] == "withdrawn"
    for words, code, told in (
        (("withdraw", "99", "--reason", "x"), 5, "no custodian was asked under 99"),
        (("withdraw", ask, "--reason", " "), 8, "needs a reason"),
        (
            ("answer", ask, "--account", "x", "--declared-by", "A", "--how", "by telephone"),
            8,
            "was withdrawn",
        ),
    ):
        city.run("custodians", *words, code=code)
        assert told in city.err
    words = ("--department", "X", "--for", "y", "--due", "2026-11-01")
    city.run("custodians", "ask", number, "Ana", *words, code=5)
    assert "lies in the past" in city.err
