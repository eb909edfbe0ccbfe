"""Mailboxes and selections: taken apart one item at a time, whatever stands in them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archiver.requests.custodians.unpacking as unpacking
from archiver.errors import ArchiverError, InputError
from archiver.items import Author, AuthorRole
from archiver.requests.custodians.reading import Part
from archiver.requests.custodians.selection import is_selection, statement_of
from archiver.requests.custodians.unpacking import HandedPath, messages_in, read_parts
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


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(0, 400), flip=st.integers(0, 400))
def test_a_damaged_selection_is_said_in_one_line(cut: int, flip: int, tmp_path: Path) -> None:
    path = tmp_path / "picked.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("statement.json", '{"source": "own profile", "count": 2}')
        zipped.writestr("items/1.txt", "The lamp is broken. " * 20)
    assert is_selection(path) and statement_of(path) == {"source": "own profile"}
    content = bytearray(path.read_bytes())
    content[flip % len(content)] ^= 0xFF
    damaged = bytes(content[: len(content) - cut % len(content)])
    try:
        assert read(path, damaged, "picked.zip")
        if is_selection(path):
            statement_of(path)
    except ArchiverError as error:
        assert "\n" not in str(error)


def test_a_selection_of_nothing_or_of_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picked.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("statement.json", "{}")
    with pytest.raises(InputError, match="nothing that was picked"):
        list(read_parts(HandedPath(7, path, "picked.zip", ANA)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("statement.json", "{}")
        zipped.writestr("bomb.txt", b"0" * (51 * 1024 * 1024))
    with pytest.raises(InputError, match="larger than 50 MB"):
        list(read_parts(HandedPath(7, path, "picked.zip", ANA)))


def test_a_file_that_is_no_mailbox_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail())
    assert list(messages_in(tmp_path / "a.eml")) == [mail()]
