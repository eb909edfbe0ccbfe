"""Bytes on disk: kept once, in their place, and never half."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.archive.files import find_media, incoming_path
from archiver.archive.media import sniff, store_media
from archiver.archive.originals import store_original
from archiver.archive.verify import verify
from archiver.archive.writing import begin_run
from archiver.config import Home
from archiver.errors import BusyError, InputError, StorageError
from archiver.items import Access, Item, MediaRef

Make = Callable[..., Item]


def test_the_same_bytes_twice_are_one_file(city: Home) -> None:
    first = store_media(city, Access.PUBLIC, io.BytesIO(b"\xff\xd8\xff picture"))
    again = store_media(city, Access.PUBLIC, io.BytesIO(b"\xff\xd8\xff picture"))
    assert first == again and first.media_type == "image/jpeg"
    assert len(list(city.folder(Access.PUBLIC).glob("incoming/*"))) == 1


def test_bytes_are_found_before_and_after_they_are_put_in_place(rig, item: Make) -> None:
    home = rig.archive.home
    stored = store_media(home, Access.PUBLIC, io.BytesIO(b"GIF89a"))
    assert find_media(home, Access.PUBLIC, stored.sha256) == incoming_path(
        home, Access.PUBLIC, stored.sha256
    )
    rig.add(item("1", media=(MediaRef("m"),)), media={"m": stored})
    placed = find_media(home, Access.PUBLIC, stored.sha256)
    assert placed is not None and placed.parent.parent.parent.name == "media"
    assert find_media(home, Access.PRIVATE, stored.sha256) is None


def test_a_kill_between_commit_and_move_is_made_good_by_the_next_run(
    rig, item: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = rig.archive.home
    stored = store_media(home, Access.PUBLIC, io.BytesIO(b"GIF89a"))
    with monkeypatch.context() as patched:
        patched.setattr("archiver.archive.writing.place", lambda *paths: None)
        rig.add(item("1", media=(MediaRef("m"),)), media={"m": stored})
    assert incoming_path(home, Access.PUBLIC, stored.sha256).exists()
    begin_run(rig.archive, rig.run.account, source="another")
    assert not incoming_path(home, Access.PUBLIC, stored.sha256).exists()
    assert rig.wrong() == []


def test_what_no_row_ever_named_is_swept_after_two_days(rig) -> None:
    home = rig.archive.home
    old = store_media(home, Access.PRIVATE, io.BytesIO(b"old"))
    new = store_media(home, Access.PRIVATE, io.BytesIO(b"new"))
    left = incoming_path(home, Access.PRIVATE, old.sha256)
    os.utime(left, (1, 1))
    begin_run(rig.archive, rig.run.account, source="another")
    assert not left.exists()
    assert incoming_path(home, Access.PRIVATE, new.sha256).exists()
    assert verify(home).ok


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"<html>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_types_are_told_from_content(head: bytes, media_type: str) -> None:
    assert sniff(head) == media_type


def test_an_original_that_cannot_be_read_is_named(rig, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.zip"):
        store_original(
            rig.archive, rig.run, tmp_path / "gone.zip", access=Access.PUBLIC, name="gone.zip"
        )


def test_a_full_disk_is_one_clear_line_and_leaves_nothing_half(
    city: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            store_media(city, Access.PUBLIC, io.BytesIO(b"bytes"))
    assert list(city.folder(Access.PUBLIC).glob("incoming/.*")) == []
    assert verify(city).ok


def test_a_database_that_can_grow_no_further_loses_nothing(rig, item: Make) -> None:
    rig.add(item("1"))
    pages = rig.one("PRAGMA page_count")
    rig.archive.public.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="full"):
        rig.add(*(item(str(n), "long text " * 200) for n in range(300)))
    rig.archive.public.execute("PRAGMA max_page_count = 1000000")
    assert rig.add(item("1"), item("2")) == ["duplicate", "stored"]
    assert rig.wrong() == []


def test_two_writers_do_not_mix(rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.archive.store.LOCK_SECONDS", 0.0)
    with rig.archive.writer(), pytest.raises(BusyError, match="another program"):
        rig.add()


FLAT = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from archiver.archive.store import Archive
    from archiver.archive.verify import verify
    from archiver.archive.writing import AccountRef, batch, begin_run
    from archiver.config import Home
    from archiver.items import Author, Item, Kind

    def item(n):
        raw = b'{"n": %d, "text": "' % n + b"words " * 40 + b'"}'
        return Item(
            "x", Kind.POST, str(n), Author(), f"20{n % 90 + 10:02d}-08-14T14:52:00Z",
            "words " * 40, raw, raw,
        )

    home = Home(Path(sys.argv[1]))
    with Archive.open(home, write=True) as archive:
        account = AccountRef(1, "x", "a", "a", "a", "a", "1", "official")
        run = begin_run(archive, account, source="x")
        for start in range(0, int(sys.argv[2]), 500):
            with batch(archive, run) as opened:
                opened.add(
                    [item(n) for n in range(start, start + 500)], observed_at="2026-08-15T00:00:00Z"
                )
    assert verify(home).ok
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
)


def test_memory_does_not_grow_with_the_archive(new_home: Callable[[str], Home]) -> None:
    used = [
        int(
            subprocess.run(
                [sys.executable, "-c", FLAT, str(new_home(str(count)).path), str(count)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for count in (1_000, 8_000)
    ]
    assert used[1] < 1.3 * used[0], used
