"""Intake on the command line: e-mail files, files, links, numbers, the queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_commands import Shell, city, shell

__all__ = ["city", "shell"]

EMAIL = (
    b"Received: from a by b; Mon, 16 Nov 2026 09:12:41 -0800\r\n"
    b"From: Gwendolyn Ostrander <g@example.org>\r\nSubject: Records\r\n\r\nAll posts, please.\r\n"
)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    path = tmp_path / "mail.eml"
    path.write_bytes(EMAIL)
    return path


def test_an_e_mail_is_drafted_then_logged_with_its_file(city: Shell, mail: Path) -> None:
    drafted = city.json("requests", "new", "--eml", str(mail), "--draft")
    assert drafted["received_at"] == "2026-11-16T17:12:41Z"
    assert drafted["requester"] == "Gwendolyn Ostrander"
    assert city.json("requests", "list") == []
    other = mail.with_name("list.pdf")
    other.write_bytes(b"%PDF-1.7")
    made = city.json("requests", "new", "--eml", str(mail), "--attach", str(other))
    number = made["request"]["number"]
    assert made["request"]["verbatim"] == "Subject: Records\n\nAll posts, please."
    kept = city.json("requests", "files", number)
    assert [each["file"]["name"] for each in kept] == ["e-mail.eml", "list.pdf"]
    assert Path(kept[0]["path"]).read_bytes() == EMAIL


def test_practice_links_numbers_and_scope(city: Shell, mail: Path) -> None:
    def log(*more: str) -> Any:
        return city.json("requests", "new", "--text", "All posts", *more)["request"]["number"]

    first, second = log(), log()
    (alike,) = city.json("requests", "alike", second)
    assert (alike["other"]["number"], alike["reasons"]) == (first, ["the same words"])
    assert "the same words" in city.run("requests", "alike", second)
    assert log("--practice").startswith("PRACTICE-")
    assert len(city.json("requests", "list")) == 2
    assert len(city.json("requests", "list", "--practice")) == 1
    city.run("requests", "relate", second, "duplicate of", first)
    (seen,) = city.json("requests", "relate", first, "related", log())[:1]
    assert seen["words"] == "has the duplicate"
    found = city.json("requests", "reference", first, "26-1", "--system", "NextRequest")
    assert found[0]["number"] == "26-1"
    city.run("requests", "attach", first, str(mail), "--department", "Parks")
    covers = city.json("requests", "covers", first, "--topic", "camp", "--from", "2026-05-01")
    assert (covers["topics"], covers["start_day"]) == (["camp"], "2026-05-01")
    city.run("requests", "attach", first, str(mail), code=5)
    assert "already" in city.err


def test_the_queue_is_looked_through_and_decided(city: Shell) -> None:
    assert city.json("requests", "queue", "look") == {"noticed": 0}
    assert city.json("requests", "queue", "list") == []
    city.run("requests", "queue", "decide", "1", "none of these", code=5)
    assert "nothing of number 1" in city.err


def test_words_come_from_one_place(city: Shell, mail: Path) -> None:
    city.run("requests", "new", "--eml", str(mail), "--text", "x", code=2)
    assert "one of --text, --text-file, --eml and --record" in city.err
    city.run("requests", "new", "--record", "archive:1", code=5)
    assert "no record archive:1" in city.err
