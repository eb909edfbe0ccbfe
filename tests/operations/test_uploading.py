"""Pieces of a file on their way: in order, out of order, damaged, twice, and on a full disk."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import namedtuple
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver import clock
from archiver.config import Home
from archiver.errors import InputError, StorageError
from archiver.operations import uploading
from archiver.operations.import_book import Import, get_import, list_imports
from archiver.operations.upload_room import FOLDER, paths_of, tidy
from archiver.operations.uploading import (
    Offered,
    Sent,
    begin,
    clear_abandoned,
    leave_out,
    receive,
    remove,
    take_whole,
)
from archiver.register.office import audit_trail, open_office

PIECE = 1_000
_Usage = namedtuple("_Usage", "total used free")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "PIECE", PIECE)


@pytest.fixture
def office(home: Home) -> Iterator[Any]:
    with closing(open_office(home)) as opened:
        yield opened


def offer(content: bytes, name: str = "download.zip") -> Offered:
    """What the page says of a file before it sends it."""
    last = content[max(len(content) - 1, 0) // PIECE * PIECE :]
    return Offered(name, len(content), digest(content[:PIECE]), digest(last))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def content_of(size: int, seed: int = 1) -> bytes:
    return hashlib.shake_256(str(seed).encode()).digest(size)


def send(
    home: Home, office: Any, begun: Import, content: bytes, start: int, actor: str = "odile"
) -> Sent:
    piece = content[start : start + PIECE]
    return receive(
        *(home, office, begun.id, begun.files[0].id),
        actor=actor,
        offset=start,
        sha256=digest(piece),
        content=piece,
    )


def send_all(home: Home, office: Any, begun: Import, content: bytes, actor: str = "odile") -> None:
    at = begun.files[0].received
    while at < len(content):
        at = send(home, office, begun, content, at, actor).received


def bytes_of(home: Home, office: Any, number: int) -> bytes:
    found = get_import(office, number)
    assert found is not None
    return b"".join(path.read_bytes() for path in paths_of(home, found))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    size=st.integers(1, 6 * PIECE),
    order=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=20),
    seed=st.integers(0, 1_000_000),
)
def test_in_whatever_order_pieces_come_the_file_is_whole_in_the_end_or_asks_for_more(
    home: Home, office: Any, size: int, order: Sequence[tuple[int, bool]], seed: int
) -> None:
    content = content_of(size, seed)
    begun = begin(home, office, [offer(content)], actor="odile")
    for number, damaged in order:
        start = number * PIECE
        if start >= size:
            continue
        piece = content[start : start + PIECE]
        claimed = digest(piece)
        before = get_import(office, begun.id)
        sent = receive(
            *(home, office, begun.id, begun.files[0].id),
            actor="odile",
            offset=start,
            sha256=claimed,
            content=bytes([piece[0] ^ 1]) + piece[1:] if damaged else piece,
        )
        assert before is not None
        assert sent.received >= before.files[0].received, "what is there stays"
        again = get_import(office, begun.id)
        assert again is not None
        assert again.files[0].received == sent.received
    again = get_import(office, begun.id)
    assert again is not None
    send_all(home, office, again, content)
    assert bytes_of(home, office, begun.id) == content
    for path in (home.path / FOLDER / str(begun.id)).rglob("*"):
        mode = 0o700 if path.is_dir() else 0o600
        assert path.stat().st_mode & 0o777 == mode
    remove(home, office, again, actor="odile", why="tried")


def test_what_was_sent_is_found_again_by_name_size_and_ends(home: Home, office: Any) -> None:
    content = content_of(3_500)
    begun = begin(home, office, [offer(content)], actor="odile")
    send(home, office, begun, content, 0)
    again = begin(home, office, [offer(content)], actor="odile")
    assert (again.id, again.files[0].received) == (begun.id, PIECE)
    other = begin(home, office, [offer(content, "other.zip")], actor="odile")
    assert other.id != begun.id


def test_a_part_that_is_added_joins_the_parts_that_were_sent(home: Home, office: Any) -> None:
    one, two = content_of(1_500, 1), content_of(2_500, 2)
    begun = begin(home, office, [offer(one, "a.zip")], actor="odile")
    both = begin(home, office, [offer(one, "a.zip"), offer(two, "b.zip")], actor="odile")
    assert both.id == begun.id
    assert [file.name for file in both.files] == ["a.zip", "b.zip"]


def test_a_file_nobody_goes_on_with_is_left_out_and_the_others_go_on(
    home: Home, office: Any
) -> None:
    one, two = content_of(1_500, 1), content_of(2_500, 2)
    begun = begin(home, office, [offer(two, "b.zip"), offer(one, "a.zip")], actor="odile")
    send_all(home, office, begun, two)
    whole, waiting = begun.files
    with pytest.raises(InputError, match="arrived whole"):
        leave_out(home, office, begun.id, whole.id, actor="odile")
    with pytest.raises(InputError, match="no such upload"):
        leave_out(home, office, begun.id, waiting.id, actor="thaddeus")
    left = leave_out(home, office, begun.id, waiting.id, actor="odile")
    assert [file.name for file in left.files] == ["b.zip"] and left.files[0].whole
    assert bytes_of(home, office, begun.id) == two


def test_the_only_file_of_an_upload_is_not_left_out(home: Home, office: Any) -> None:
    begun = begin(home, office, [offer(content_of(1_500))], actor="odile")
    with pytest.raises(InputError, match="remove the upload"):
        leave_out(home, office, begun.id, begun.files[0].id, actor="odile")
    assert get_import(office, begun.id) == begun


def test_the_same_file_of_two_clerks_does_not_mix(home: Home, office: Any) -> None:
    content = content_of(2_500)
    mine = begin(home, office, [offer(content)], actor="odile")
    theirs = begin(home, office, [offer(content)], actor="thaddeus")
    assert mine.id != theirs.id
    send(home, office, mine, content, 0)
    with pytest.raises(InputError, match="no such upload"):
        send(home, office, theirs, content, 0, actor="odile")
    send_all(home, office, theirs, content, "thaddeus")
    assert bytes_of(home, office, theirs.id) == content
    found = get_import(office, mine.id)
    assert found is not None
    assert found.received == PIECE


def test_a_kill_between_the_bytes_and_their_row_loses_nothing(
    home: Home, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = content_of(2_500)
    begun = begin(home, office, [offer(content)], actor="odile")
    send(home, office, begun, content, 0)
    with monkeypatch.context() as patched:
        patched.setattr(uploading, "_count", _killed)
        with pytest.raises(KeyboardInterrupt):
            send(home, office, begun, content, PIECE)
    found = get_import(office, begun.id)
    assert found is not None
    assert found.received == PIECE
    send_all(home, office, found, content)
    assert bytes_of(home, office, begun.id) == content


def test_a_file_shorter_than_its_row_says_is_sent_on_from_where_it_ends(
    home: Home, office: Any
) -> None:
    content = content_of(3_500)
    begun = begin(home, office, [offer(content)], actor="odile")
    send(home, office, begun, content, 0)
    send(home, office, begun, content, PIECE)
    path = next((home.path / FOLDER).rglob("download.zip"))
    os.truncate(path, PIECE)
    sent = send(home, office, begun, content, 2 * PIECE)
    assert sent.received == PIECE
    assert "out of place" in sent.problem
    send(home, office, begun, content, PIECE)
    send(home, office, begun, content, 2 * PIECE)
    send(home, office, begun, content, 3 * PIECE)
    assert bytes_of(home, office, begun.id) == content


def test_another_file_of_that_name_cannot_go_on_in_its_place(home: Home, office: Any) -> None:
    content, other = content_of(2_500), content_of(2_500, 9)
    begun = begin(home, office, [offer(content)], actor="odile")
    assert "not the one" in send(home, office, begun, other, 0).problem
    send(home, office, begun, content, 0)
    send(home, office, begun, content, PIECE)
    assert "not the one" in send(home, office, begun, other, 2 * PIECE).problem


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE + 1])
def test_a_piece_of_an_odd_size_is_not_taken(home: Home, office: Any, length: int) -> None:
    content = content_of(5_000)
    begun = begin(home, office, [offer(content)], actor="odile")
    piece = content[:length]
    sent = receive(
        *(home, office, begun.id, begun.files[0].id),
        actor="odile",
        offset=0,
        sha256=digest(piece),
        content=piece,
    )
    assert sent.received == 0


def test_a_full_disk_is_said_before_anything_is_sent_and_again_at_each_piece(
    home: Home, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = content_of(2_500)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: _Usage(10**12, 10**12, 1_000))
        with pytest.raises(StorageError, match="free some space"):
            begin(home, office, [offer(content)], actor="odile")
        assert list_imports(office) == []
    begun = begin(home, office, [offer(content)], actor="odile")
    send(home, office, begun, content, 0)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: _Usage(10**12, 10**12, 1_000))
        with pytest.raises(StorageError, match="what was sent before is kept"):
            send(home, office, begun, content, PIECE)
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", _no_space)
        with pytest.raises(StorageError, match="No space left"):
            send(home, office, begun, content, PIECE)
    found = get_import(office, begun.id)
    assert found is not None
    send_all(home, office, found, content)
    assert bytes_of(home, office, begun.id) == content


def test_an_empty_file_is_refused_by_name(home: Home, office: Any) -> None:
    with pytest.raises(InputError, match=r"notes\.zip is empty"):
        begin(home, office, [offer(b"", "notes.zip")], actor="odile")
    assert list_imports(office) == []


@pytest.mark.parametrize("digests", ["", "g" * 64, "A" * 64, "0" * 63])
def test_a_file_without_its_hashes_is_refused(home: Home, office: Any, digests: str) -> None:
    with pytest.raises(InputError, match="without its hashes"):
        begin(home, office, [Offered("a.zip", 5, digests, digests)], actor="odile")


@settings(deadline=None)
@given(name=st.text(max_size=400))
def test_whatever_a_file_is_called_it_lies_in_its_own_folder(name: str) -> None:
    kept = tidy(name)
    assert kept
    assert "/" not in kept
    assert kept.strip(".")
    assert kept.isprintable()
    assert len(kept.encode()) <= 170
    assert tidy(kept) == kept, "a name that was tidied is known again"


@pytest.mark.parametrize(
    "name", ["../../archive.db", "..\\..\\x.zip", "a\0b\x1b[31m.zip", "..", ""]
)
def test_a_hostile_name_leads_nowhere(home: Home, office: Any, name: str) -> None:
    content = content_of(700)
    begun = begin(home, office, [offer(content, name)], actor="odile")
    send_all(home, office, begun, content)
    (path,) = paths_of(home, begun)
    assert path.resolve().is_relative_to((home.path / FOLDER).resolve())
    assert path.read_bytes() == content


def test_an_upload_nobody_goes_on_with_is_removed_after_the_days_that_are_said(
    home: Home, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = content_of(2_500)
    begun = begin(home, office, [offer(content)], actor="odile")
    send(home, office, begun, content, 0)
    start = clock.parse(begun.touched_at)
    for days, left in ((uploading.KEPT_DAYS - 1, True), (uploading.KEPT_DAYS + 1, False)):
        now = clock.to_text(start.replace() + _days(days))
        monkeypatch.setenv("ARCHIVER_NOW", now)
        clear_abandoned(home, office)
        found = get_import(office, begun.id)
        assert found is not None
        assert (found.state == "uploading") is left
        assert (home.path / FOLDER / str(begun.id)).exists() is left
    assert "14 days" in audit_trail(office)[0].detail["why"]


def test_bytes_that_belong_to_no_upload_are_cleared(home: Home, office: Any) -> None:
    stray = home.path / FOLDER / "77" / "1"
    stray.mkdir(parents=True)
    (stray / "left.zip").write_bytes(b"x")
    clear_abandoned(home, office)
    assert not stray.exists()


def test_a_plain_form_brings_whole_files(home: Home, office: Any, tmp_path: Path) -> None:
    path = tmp_path / "sent"
    path.write_bytes(content_of(4_321))
    taken = take_whole(home, office, [(path, "mine.zip")], actor="odile")
    assert all(file.whole for file in taken.files)
    assert bytes_of(home, office, taken.id) == path.read_bytes()


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt


def _no_space(*_: Any) -> int:
    raise OSError(28, "No space left on device")


def _days(count: int) -> Any:
    import datetime as dt

    return dt.timedelta(days=count)
