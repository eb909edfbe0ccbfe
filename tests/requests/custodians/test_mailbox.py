"""The folder in which the mail server leaves what officials forward."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.archive.store import Archive
from archiver.config import Forwarding, Home, Settings
from archiver.errors import HomeError
from archiver.requests.forwards.forwarding import list_forwards
from archiver.requests.forwards.mailbox import MailboxReport, take_mailbox
from archiver.requests.forwards.officials import (
    Official,
    forget_address,
    know_address,
    list_officials,
    official_of,
)
from archiver.requests.forwards.stating import statements_of
from tests.requests.custodians.conftest import mail

FROM = "Dana Ruiz <Dana@Example.org>"
Looked = Callable[[], MailboxReport]


@pytest.fixture
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, empty."""
    return tmp_path_factory.mktemp("box")


@pytest.fixture
def looked(
    home: Home, office: sqlite3.Connection, archive: Archive, settings: Settings, box: Path
) -> Looked:
    """Looks into the mailbox; Dana Ruiz is known by her address."""
    official = Official("Dana Ruiz", "City Council", "", "dana@example.org", "dana")
    know_address(office, official, actor="it")
    city = Settings(
        agency=settings.agency,
        schedule=settings.schedule,
        forwarding=Forwarding(mailbox=str(box)),
    )
    return lambda: take_mailbox(home, office, archive, city, actor="nightly")


def dropped(place: Path, content: bytes) -> Path:
    """A file the mail server wrote a while ago."""
    place.write_bytes(content)
    before = time.time() - 120
    os.utime(place, (before, before))
    return place


def test_a_message_of_a_known_official_is_taken_in_and_moved_aside(
    looked: Looked, box: Path, office: sqlite3.Connection
) -> None:
    dropped(box / "1.eml", mail(sender=FROM))
    report = looked()
    [made] = list_forwards(office)
    assert (made.name, made.login, made.way) == ("Dana Ruiz", "dana", "mailbox")
    assert made.sent_at == "2026-11-16T16:30:00Z"
    assert statements_of(office, made.id) == []
    assert [(each.name, each.forwards, each.records) for each in report.taken] == [
        ("1.eml", (made.id,), 1)
    ]
    assert report.left == ()
    assert (box / "taken" / "1.eml").is_file() and not (box / "1.eml").exists()
    assert looked() == MailboxReport((), ())


def test_the_same_message_dropped_again_is_the_same_forward(
    looked: Looked, box: Path, office: sqlite3.Connection
) -> None:
    for _ in range(2):
        dropped(box / "1.eml", mail(sender=FROM))
        looked()
    assert len(list_forwards(office)) == 1
    assert {each.name for each in (box / "taken").iterdir()} == {"1.eml", "1-2.eml"}


def test_a_maildir_is_read_in_new_and_cur(
    looked: Looked, box: Path, office: sqlite3.Connection
) -> None:
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir()
    (box / "new" / "1700000000.M1.host").write_bytes(mail(sender=FROM, message_id="<1@e>"))
    (box / "cur" / "1700000001.M2.host:2,S").write_bytes(mail(sender=FROM, message_id="<2@e>"))
    (box / "tmp" / "half").write_bytes(b"From: nob")
    assert len(looked().taken) == 2
    assert len(list_forwards(office)) == 2
    assert (box / "tmp" / "half").exists()


def test_a_mailbox_file_of_several_messages_gives_a_forward_for_each(
    looked: Looked, box: Path, office: sqlite3.Connection
) -> None:
    lines = b"From a@b Mon Nov 16 08:30:00 2026\n"
    two = [mail(sender=FROM, message_id=f"<{n}@e>", text=f"message {n}") for n in (1, 2)]
    dropped(box / "all.mbox", b"".join(lines + each + b"\n" for each in two))
    assert [each.records for each in looked().taken] == [2]
    assert len(list_forwards(office)) == 2


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("who.eml", mail(), "jfrost@example.com, which is no official's address"),
        ("away.eml", mail(sender=FROM, **{"Auto-Submitted": "auto-replied"}), "a program sent it"),
        ("none.eml", b"", "it is empty"),
        ("odd.eml", b"\x00\x01\x02", "no e-mail file"),
        ("notes.docx", b"PK\x03\x04", "neither .eml nor .mbox"),
    ],
)
def test_what_cannot_be_taken_in_stays_and_is_named(
    looked: Looked,
    box: Path,
    office: sqlite3.Connection,
    name: str,
    content: bytes,
    told: str,
) -> None:
    dropped(box / name, content)
    dropped(box / "zz.eml", mail(sender=FROM))
    report = looked()
    [left] = report.left
    assert left.name == name and told in left.why
    assert (box / name).exists()
    assert len(report.taken) == len(list_forwards(office)) == 1


def test_what_is_no_file_or_still_being_written_is_left(looked: Looked, box: Path) -> None:
    (box / "link.eml").symlink_to("/etc/hostname")
    os.mkfifo(box / "pipe.eml")
    (box / "fresh.eml").write_bytes(mail(sender=FROM))
    told = {each.name: each.why for each in looked().left}
    assert "no file" in told["link.eml"] and "no file" in told["pipe.eml"]
    assert "a moment ago" in told["fresh.eml"]


def test_nothing_is_taken_in_from_an_address_that_was_ended(
    looked: Looked, box: Path, office: sqlite3.Connection
) -> None:
    forget_address(office, "DANA@example.org", actor="it")
    assert official_of(office, "dana@example.org") is None and list_officials(office) == []
    dropped(box / "1.eml", mail(sender=FROM))
    assert len(looked().left) == 1


def test_a_folder_that_is_not_there_is_said_with_where_to_look(looked: Looked, box: Path) -> None:
    box.rmdir()
    with pytest.raises(HomeError, match=r"see \[forwarding\]"):
        looked()
