"""Mailboxes and selections: taken apart one item at a time, whatever stands in them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archiver.requests.custodians.unpacking as unpacking
from archiver.demo.accounts import BLUESKY_ACCOUNTS
from archiver.demo.bluesky_download import write_bluesky_download
from archiver.demo.facebook_download import Layout, write_facebook_download
from archiver.errors import ArchiverError, RuleError
from archiver.exports.reader import open_download
from archiver.items import Access, Author, AuthorRole, Kind
from archiver.register.accounts import FORWARDED
from archiver.requests.custodians.handing_in import HandedFile, tidy_files
from archiver.requests.custodians.reading import Part
from archiver.requests.custodians.selection import is_selection, statement_of
from archiver.requests.custodians.unpacking import HandedPath, messages_in, read_parts
from archiver.selecting.choosing import open_for_choosing
from archiver.selecting.selection import Selection, write_selection
from archiver.selecting.statement import Statement
from tests.exports.x_downloads import full_download, write_zip
from tests.requests.custodians.conftest import mail

ANA = Author(None, None, "Ana Reyes", AuthorRole.AGENCY)
SEPARATOR = b"From a@b.example Mon Nov 16 08:30:00 2026\n"


def read(path: Path, content: bytes, name: str = "all.mbox") -> list[Part]:
    """The records in a file."""
    path.write_bytes(content)
    return list(read_parts(HandedPath(7, path, name, ANA)))


def test_every_message_of_a_mailbox_is_a_record_with_a_number_of_its_own(tmp_path: Path) -> None:
    box = b"".join(
        SEPARATOR + mail(text=f"message {n}", message_id=f"<{n}@e>") + b"\n" for n in range(3)
    )
    parts = read(tmp_path / "box", box)
    assert [part.item.native_id for part in parts] == ["file-7", "file-7-2", "file-7-3"]
    assert [part.words for part in parts] == ["message 0", "message 1", "message 2"]
    assert [part.message_id for part in parts] == ["<0@e>", "<1@e>", "<2@e>"]


def test_a_line_that_begins_with_from_inside_a_message_does_not_part_it(tmp_path: Path) -> None:
    inside = b"one\n>From here on 2026\nFrom us all in 2026, without a line before\n"
    head = b"From: a@b.example\nSubject: x\n\n"
    box = SEPARATOR + head + inside + b"\n" + SEPARATOR + head + b"two\n"
    first, second = read(tmp_path / "box", box)
    assert first.words.startswith("one\nFrom here on 2026\nFrom us all")
    assert second.words == "two"


def test_a_message_too_large_to_read_is_told_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "LARGEST", 2_000)
    box = SEPARATOR + mail(text="x" * 3_000) + b"\n" + SEPARATOR + mail(text="small") + b"\n"
    large, small = read(tmp_path / "box", box)
    assert any("the mailbox that was handed in keeps it" in told for told in large.notices)
    assert small.words == "small"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(st.sampled_from([SEPARATOR, b"\n", b"\r\n", b"From x\n", mail(), b"\x00"])))
def test_a_file_of_any_lines_gives_its_messages_or_says_why_not(
    pieces: list[bytes], tmp_path: Path
) -> None:
    content = b"".join(pieces)
    try:
        parts = read(tmp_path / "box", content)
    except ArchiverError as error:
        assert "\n" not in str(error)
        return
    numbers = [part.item.native_id for part in parts]
    assert parts and len(set(numbers)) == len(numbers)


@pytest.fixture(scope="module")
def picked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an owner picked out of an X download: a message, what it answers, a post."""
    folder = tmp_path_factory.mktemp("picked")
    stated = Statement(
        name="Ana Ortega",
        department="City Council",
        account="x: own profile",
        searched="lamp",
        stated_on="2026-11-20",
        kept_back="family messages",
        facts="they are between me and my sister",
    )
    with open_download(write_zip(folder / "mine.zip", full_download())) as reader:
        opened = open_for_choosing(reader)
        wanted = {n for n, item, _ in opened.items() if item.kind is Kind.MESSAGE or n == 2}
        write_selection(folder / "for-the-city.zip", opened, wanted, stated)
    return folder / "for-the-city.zip"


def test_what_an_owner_picked_becomes_records_under_the_custodian(picked: Path) -> None:
    parts = list(read_parts(HandedPath(7, picked, "for-the-city.zip", ANA)))
    with open_download(picked) as reader:
        chosen = list(Selection(reader).items())
    assert [(part.item.text, part.item.raw) for part in parts] == [
        (item.text, item.raw) for item in chosen
    ]
    assert {part.item.platform for part in parts} == {FORWARDED}
    assert {part.item.access for part in parts} == {Access.PRIVATE}
    assert [part.item.native_id for part in parts][:2] == ["file-7", "file-7-2"]
    talks = {item.root_id for item in chosen if item.root_id}
    assert len({part.item.root_id for part in parts if part.item.form == "x message"}) <= len(talks)


def test_the_statement_of_the_owner_fills_the_forward(picked: Path) -> None:
    assert is_selection(picked)
    stated = statement_of(picked)
    assert (stated["source"], stated["searched"]) == ("x: own profile", "lamp")
    assert (stated["kept_back"], stated["facts"]) == (
        "family messages",
        "they are between me and my sister",
    )
    assert len(stated["received"]) == 10


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(0, 400), flip=st.integers(0, 10_000))
def test_a_damaged_selection_is_said_in_one_line(
    cut: int, flip: int, picked: Path, tmp_path: Path
) -> None:
    content = bytearray(picked.read_bytes())
    content[flip % len(content)] ^= 0xFF
    damaged = bytes(content[: len(content) - cut % len(content)])
    try:
        assert read(tmp_path / "picked.zip", damaged, "picked.zip")
        if is_selection(tmp_path / "picked.zip"):
            statement_of(tmp_path / "picked.zip")
    except ArchiverError as error:
        assert "\n" not in str(error)


def test_a_zip_of_anything_else_is_kept_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "picked.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("statement.json", "{}")
    assert not is_selection(path)
    [part] = read_parts(HandedPath(7, path, "picked.zip", ANA))
    assert part.item.form == "document"


def test_a_file_that_is_no_mailbox_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail())
    assert list(messages_in(tmp_path / "a.eml")) == [mail()]


def test_a_whole_download_is_no_answer_to_an_ask_and_other_archives_are(tmp_path: Path) -> None:
    path = write_facebook_download(tmp_path / "mine.zip", Layout.PROFILE, 4).path
    with pytest.raises(RuleError, match=r"mine\.zip is a whole download \(Facebook"):
        tidy_files([HandedFile(path.read_bytes(), "mine.zip")])
    with pytest.raises(RuleError, match=r"mine\.txt is a whole download \(Facebook"):
        tidy_files([HandedFile(b"See below.\n" + path.read_bytes(), "mine.txt")])
    with zipfile.ZipFile(tmp_path / "plans.docx", "w") as plain:
        plain.writestr("word/document.xml", "<w/>")
    kept = tidy_files([HandedFile((tmp_path / "plans.docx").read_bytes(), "plans.docx")])
    assert [each.name for each in kept] == ["plans.docx"]


@pytest.mark.parametrize(
    "members",
    [
        ["account.js", "index.html"],
        ["plan/comments/comments.html"],
        ["x/profile.json", "x/messages.json", "x/comments.json", "x/likes.json"],
        ["messages/inbox/bob_1/message_1.html"],
    ],
)
def test_what_only_looks_like_a_part_of_a_download_is_taken(
    tmp_path: Path, members: list[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        for name in members:
            made.writestr(name, "{}")
    assert tidy_files([HandedFile((tmp_path / "a.zip").read_bytes(), "a.zip")])


def test_a_whole_repository_is_no_answer_and_a_download_in_an_email_is_pointed_out(
    tmp_path: Path,
) -> None:
    write_bluesky_download(tmp_path / "b", account=BLUESKY_ACCOUNTS[0], posts=3)
    [car] = [one for one in (tmp_path / "b").iterdir() if one.suffix == ".car"]
    with pytest.raises(RuleError, match="whole download"):
        tidy_files([HandedFile(car.read_bytes(), "repo.car")])
    path = write_facebook_download(tmp_path / "mine.zip", Layout.PROFILE, 4).path
    enclosed = (path.read_bytes(), "application/zip", "mine.zip")
    (tmp_path / "a.eml").write_bytes(mail(enclosed=(enclosed,)))
    [part] = read_parts(HandedPath(1, tmp_path / "a.eml", "a.eml", ANA))
    assert any(
        "mine.zip, which came with an e-mail, is a whole download" in one for one in part.notices
    )
