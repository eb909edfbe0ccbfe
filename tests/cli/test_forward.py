"""Forwarding and asking before deleting on the command line."""

from __future__ import annotations

import json
import os
import time
import zipfile
from pathlib import Path

import pytest

from archiver.cli import main
from archiver.demo.facebook_download import Layout, write_facebook_download
from tests.cli.shell import Shell
from tests.requests.custodians.conftest import mail, picture

FROM = ("--from", "Dana Ruiz", "--department", "City Council")
STATED = (*FROM, "--source", "facebook: dana.ruiz (personal)", "--received", "2026-11-03")


@pytest.fixture
def city(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A home with a mailbox, and no mail server."""
    with pytest.raises(SystemExit):
        main(
            ["init", str(tmp_path / "home"), "--agency", "Alder Glen", "--schedule", "palm-desert"]
        )
    capsys.readouterr()
    (tmp_path / "box").mkdir()
    with (tmp_path / "home" / "archive.toml").open("a") as settings:
        settings.write(f'\n[forwarding]\nmailbox = "{tmp_path / "box"}"\n')
    return Shell(capsys, tmp_path / "home")


@pytest.fixture
def message(tmp_path: Path) -> str:
    """A message that an official saved."""
    (tmp_path / "lights.eml").write_bytes(mail())
    return str(tmp_path / "lights.eml")


def test_a_message_is_forwarded_shown_and_acknowledged(
    city: Shell, message: str, tmp_path: Path
) -> None:
    said = city.run("forward", message, *STATED, "--how", "by telephone")
    assert "F-1: forwarded by Dana Ruiz, City Council" in said and "lights.eml: private:" in said
    assert "forwarded before" in city.run("forward", message, *STATED, "--how", "by telephone")
    again = city.json("forward", message, *STATED, "--how", "by telephone")
    assert again["forward"]["id"] == 1 and len(again["taken"][0]["records"]) == 1
    assert "lights" in city.run("search", "lights")
    assert "not told" in city.run("forwards", "list")
    city.run("forwards", "acknowledge", "1", code=1)
    assert "no mail server is set" in city.err
    city.run("forwards", "acknowledge", "1", "--save", str(tmp_path / "told.eml"), code=5)
    assert "--save FILE.pdf" in city.err
    city.run("forwards", "acknowledge", "1", "--save", str(tmp_path / "told.pdf"))
    assert (tmp_path / "told.pdf").read_bytes().startswith(b"%PDF")
    city.run("forwards", "acknowledge", "1", "--how", "by hand")
    [line] = city.json("forwards", "list")
    assert line["acknowledged"] and line["statements"][0]["received"] == "2026-11-03"
    words = tmp_path / "words.txt"
    words.write_text("She wrote to me at night.")
    more = ("--source", "own e-mail", "--received", "2026-11-03 17:30", "--by", "Dana Ruiz")
    city.run("forwards", "state", "1", *more, "--statement", str(words), "--how", "on paper")
    shown = city.run("forwards", "show", "F-1")
    assert "She wrote to me at night." in shown and "5:30 pm" in shown


def test_the_mailbox_is_emptied_and_what_stays_is_named(city: Shell, tmp_path: Path) -> None:
    for name, sender in (("a.eml", "Dana <dana@example.org>"), ("b.eml", "X <x@example.org>")):
        (tmp_path / "box" / name).write_bytes(mail(sender=sender))
        os.utime(tmp_path / "box" / name, (time.time() - 120,) * 2)
    known = ("--name", "Dana Ruiz", "--department", "City Council")
    city.run("forwards", "know", "Dana@Example.org", *known)
    said = city.run("forwards", "mailbox", code=10)
    assert "a.eml: F-1, 1 record\n" in said and "b.eml: left where it is" in said
    assert (tmp_path / "box" / "taken" / "a.eml").exists()
    assert [each["address"] for each in city.json("forwards", "officials")] == ["dana@example.org"]
    city.run("forwards", "forget", "dana@example.org")
    assert city.run("forwards", "officials") == "None.\n"


def test_the_night_takes_the_mailbox_in_and_names_what_stays(city: Shell, tmp_path: Path) -> None:
    (tmp_path / "box" / "b.eml").write_bytes(mail())
    os.utime(tmp_path / "box" / "b.eml", (time.time() - 120,) * 2)
    report = city.json("nightly", code=10)
    assert report["forwarded"] == 0
    [told] = [each for each in report["problems"] if "b.eml" in each]
    assert told.startswith("forwarded message b.eml was left: it comes from jfrost@example.com")


def test_doctor_says_whether_pictures_are_read_and_the_mailbox_can_be_emptied(
    city: Shell, tmp_path: Path
) -> None:
    said = json.dumps(city.json("doctor"))
    assert "words in pictures" in said and str(tmp_path / "box") in said


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "--from 'NAME' is missing"),
        (FROM[:2], 2, "--department 'NAME' is missing"),
        ((*FROM, "--received", "2026-11-03"), 2, "--source 'facebook: own profile' is missing"),
        ((*FROM, "--source", "x"), 2, "--received YYYY-MM-DD is missing"),
        ((*FROM, "--source", "x", "--received", "3.11.2026"), 5, "write it like 2026-11-03"),
        ((*STATED, "--kept-back", "two"), 5, "fill in both or none"),
        ((*STATED, "--stated-on", "soon"), 2, "is no day"),
    ],
)
def test_what_cannot_be_forwarded_is_said_in_one_line(
    city: Shell, message: str, words: tuple[str, ...], code: int, told: str
) -> None:
    city.run("forward", message, *words, code=code)
    assert told in city.err and city.err.count("\n") <= 2
    assert city.json("forwards", "list") == []


@pytest.fixture
def download(tmp_path: Path) -> str:
    """The whole download of an official's own account."""
    return str(write_facebook_download(tmp_path / "mine.zip", Layout.PROFILE, 12).path)


@pytest.mark.parametrize("kept", [1.0, 0.6])
def test_the_whole_download_of_an_official_is_refused(
    city: Shell, download: str, message: str, kept: float
) -> None:
    whole = Path(download).read_bytes()
    Path(download).write_bytes(whole[: int(len(whole) * kept)])
    city.run("forward", message, download, *STATED, code=8)
    assert "mine.zip is a whole download" in city.err and "archiver select" in city.err
    assert city.json("forwards", "list") == []


def test_what_was_picked_is_forwarded_as_its_owner_stated_it(
    city: Shell, download: str, tmp_path: Path
) -> None:
    stated, made = tmp_path / "statement.toml", str(tmp_path / "picked.zip")
    stated.write_text(
        'name = "Dana Ruiz"\ndepartment = "City Council"\naccount = "facebook: own profile"\n'
        'searched = "street light"\nstated_on = "2026-09-20"\n'
    )
    words = ("--take", "1,3-4", "--statement", str(stated), "--out", made)
    assert "holds 3 items" in city.run("select", download, *words)
    city.run("forward", made, "--from", "Bo Else", "--department", "Parks", code=5)
    assert "Dana Ruiz picked these items" in city.err
    found = city.json("forward", made)
    statement = found["statement"]
    assert found["forward"]["name"] == statement["stated_by"] == "Dana Ruiz"
    assert found["forward"]["department"] == "City Council"
    assert statement["stated_on"] == "2026-09-20"
    assert "that of the newest item" in statement["remark"]


def test_what_two_owners_picked_is_forwarded_one_at_a_time(
    city: Shell, download: str, tmp_path: Path
) -> None:
    made = [str(tmp_path / f"{name}.zip") for name in ("ann", "bo")]
    for at, path in enumerate(made):
        stated = tmp_path / f"{at}.toml"
        stated.write_text(
            f'name = "Owner {at}"\ndepartment = "C"\naccount = "f"\nsearched = "s"\n'
            'stated_on = "2026-09-20"\n'
        )
        city.run("select", download, "--take", "1", "--statement", str(stated), "--out", path)
    city.run("forward", *made, code=5)
    assert "2 files were made by `archiver select`" in city.err
    with zipfile.ZipFile(download) as whole, zipfile.ZipFile(made[0], "a") as picked:
        for name in whole.namelist():
            picked.writestr(name, whole.read(name))
    city.run("forward", made[0], *STATED, code=8)
    assert "is a whole download" in city.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--take", "2,500"), "there is no item 500"),
        (("--take", "4-2"), "runs backwards: write 2-4"),
        (("--list", "--from", "1.1.2026"), "is no day: write YYYY-MM-DD"),
        (("--list", "--to", "11/30/2026"), "is no day: write YYYY-MM-DD"),
        (("--list", "--kind", "picture"), "there is no 'picture' in the download: it holds"),
    ],
)
def test_what_cannot_be_picked_is_said(
    city: Shell, download: str, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "s.toml").write_text(
        'name = "D"\ndepartment = "C"\naccount = "f"\nsearched = "s"\nstated_on = "2026-09-20"\n'
    )
    made = tmp_path / "picked.zip"
    city.run(
        "select", download, *words, "--statement", f"{tmp_path}/s.toml", f"--out={made}", code=2
    )
    assert told in city.err and not made.exists()


def test_a_download_that_breaks_off_is_looked_through_with_a_word_about_it(
    city: Shell, download: str
) -> None:
    whole = Path(download).read_bytes()
    Path(download).write_bytes(whole[: len(whole) // 2])
    city.run("select", download, "--list")
    assert city.err.startswith("LOOK AT: the zip is cut off or damaged at its end")


def test_a_deletion_is_asked_for_decided_and_entered(city: Shell, tmp_path: Path) -> None:
    (tmp_path / "comment.png").write_bytes(picture())
    what = ("--source", "own page", "--what", "A comment", "--why", "It is rude.")
    made = city.json("consults", "ask", str(tmp_path / "comment.png"), *FROM, *what)
    assert len(made["kept"]) == 1
    city.run("consults", "deleted", "1", code=8)
    assert "only when city manager and city attorney both" in city.err
    for office in ("city manager", "city attorney"):
        words = ("--by", office, "--name", "A. Name", "--says", "may go", "--reason", "Weighed.")
        city.run("consults", "decide", "1", *words)
    assert "was deleted" in city.run("consults", "deleted", "1")
    assert "was deleted" in city.run("consults", "list")
    city.run("consults", "withdraw", "1", code=8)
    assert "is over" in city.err


def test_a_custodian_is_asked_for_a_hold(city: Shell, message: str) -> None:
    hold = ("--kind", "litigation", "--reference", "26CV001", "--reason", "A suit")
    city.run("forward", message, *STATED)
    city.run("holds", "place", *hold, "--search", "lights", "--yes")
    asked = ("--department", "City Council", "--for", "The fall", "--due", "2099-01-01")
    ask = city.json("custodians", "ask", "hold:1", "Ana Reyes", *asked)
    assert (ask["hold_id"], ask["request_id"]) == (1, None)
    answer = ("--account", "own e-mail", "--declared-by", "Ana Reyes", "--how", "on paper")
    told = city.json("custodians", "answer", str(ask["id"]), message, *answer)
    [taken] = told["taken"]
    assert [each[1]["why"] for each in taken["repeats"]] == ["same bytes"]
    [line] = city.json("custodians", "list", "hold:1")
    assert (line["standing"], line["about"]) == ("answered", "hold 1")
    city.run("custodians", "ask", "hold:x", "Ana", *asked, code=2)
    assert "name a hold as hold:3" in city.err
