"""A download read in a process of its own: the same as read here, whatever becomes of either."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from msgspec.structs import replace

from archiver.errors import ArchiverError, StorageError
from archiver.exports import ahead
from archiver.exports.ahead import walk_ahead
from archiver.exports.counting import FileCount, Unit
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Download
from archiver.exports.identity import Identity
from archiver.exports.known import recognise
from archiver.exports.reader import DownloadReader, open_download
from archiver.items import Author, Item, Kind, Page
from tests.bench.download_writers import WRITERS
from tests.exports.x_downloads import write_zip

AT = "2026-11-01T00:00:00Z"
TOLD = "the process that reads the download was ended from outside"


class Forks:
    """The processes that were begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[int] = []
        self._fork = os.fork
        monkeypatch.setattr(os, "fork", self._noted)

    def _noted(self) -> int:
        child = self._fork()
        if child:
            self.begun.append(child)
        return child

    def gone(self) -> bool:
        """Whether nothing is left of any of them, not even a number."""
        return not any(Path(f"/proc/{child}").exists() for child in self.begun)


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> Forks:
    monkeypatch.setattr(ahead, "WORTH_IT", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr("archiver.exports.paging.PAGE_UNITS", 40)
    return Forks(monkeypatch)


def told(download: Download) -> dict[str, Any]:
    """All that a download tells after it was walked."""
    return {
        "inventory": download.inventory(),
        "coverage": download.coverage(AT, {}, False),
        "warnings": download.warnings,
        "media left over": download.unmatched_media,
        "seen": {kind: len(seen) for kind, seen in download.seen.items()},
    }


@pytest.mark.parametrize("now", ["2027-01-01T00:00:00Z", "2010-01-01T00:00:00Z"])
@pytest.mark.parametrize("name", WRITERS)
def test_every_platforms_download_is_read_the_same(
    name: str, now: str, tmp_path: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    # by the second clock no day that a download states can be: all of it is read to find one
    monkeypatch.setenv("ARCHIVER_NOW", now)
    paths = WRITERS[name][1](tmp_path / "made", 120)
    with open_download(*paths) as reader:
        here = recognise(reader)[0].open(reader)
        pages = list(here.walk())
        there = recognise(reader)[0].open(reader)
        assert list(walk_ahead(there)) == pages
        assert told(there) == told(here)
        ids = [item.native_id for page in pages for item in page.items]
        assert all(any(one in seen for seen in there.seen.values()) for one in ids)
        rest = list(walk_ahead(there, pages[0].resume))
    assert rest == pages[1:]
    assert len(forks.begun) == 2
    assert forks.gone()


def of(read: Callable[[BinaryIO, FileCount], Iterator[Unit]], path: Path) -> tuple[Any, Download]:
    reader = open_download(write_zip(path / "a.zip", {"posts.json": b"x" * 100}))
    contents = Contents(Identity(), [DataFile("posts.json", "posts", read)], {}, generated_at=AT)
    return reader, FilesDownload(reader, contents)


def post(number: int, text: str = "a notice") -> Item:
    return Item("city", Kind.POST, str(number), Author(), AT, text, b"{}", b"{}")


def many(stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    yield from map(post, range(10_000))


def test_a_small_download_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forks = Forks(monkeypatch)
    reader, download = of(many, tmp_path)
    with reader:
        assert len(list(walk_ahead(download))) == 10
    assert forks.begun == []


def test_where_there_is_one_processor_it_is_read_here(
    tmp_path: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    reader, download = of(many, tmp_path)
    with reader:
        assert len(list(walk_ahead(download))) == 250
    assert forks.begun == []


def test_where_no_process_can_be_begun_it_is_read_here(
    tmp_path: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    reader, download = of(many, tmp_path)
    with reader:
        assert len(list(walk_ahead(download))) == 250


def test_halves_of_letters_come_through(tmp_path: Path, forks: Forks) -> None:
    def cut_off(stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        yield post(1, "an emoji cut in half: \ud83d")

    reader, download = of(cut_off, tmp_path)
    with reader:
        [page] = walk_ahead(download)
    assert [item.text for item in page.items] == ["an emoji cut in half: \ud83d"]


def test_whoever_stops_in_the_middle_leaves_no_process(tmp_path: Path, forks: Forks) -> None:
    reader, download = of(many, tmp_path)
    with reader, closing(walk_ahead(download)) as pages:
        assert len(next(pages).items) == 40
        assert not forks.gone()
    assert forks.gone()


def test_a_process_ended_from_outside_is_said_and_what_came_before_is_whole(
    tmp_path: Path, forks: Forks
) -> None:
    reader, download = of(many, tmp_path)
    taken: list[Page] = []
    with reader, pytest.raises(ArchiverError, match=TOLD):
        for page in walk_ahead(download):
            taken.append(page)
            os.kill(forks.begun[0], signal.SIGKILL)
    assert 0 < len(taken) < 250
    assert all(len(page.items) == 40 for page in taken)


@pytest.mark.parametrize(
    ("raised", "arrives"),
    [
        (StorageError("no room in the scratch folder"), "^no room in the scratch folder$"),
        (UnicodeDecodeError("utf-8", b"x", 0, 1, "never"), None),
        (type("Odd", (RuntimeError,), {})("made in a function"), "Odd"),
    ],
)
def test_what_stops_the_reading_stops_whoever_takes_it(
    tmp_path: Path, forks: Forks, raised: Exception, arrives: str | None
) -> None:
    def full(stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        yield post(1)
        raise raised

    reader, download = of(full, tmp_path)
    if arrives is None:  # what a stranger's file raises costs that file alone, there as here
        with reader:
            [page] = walk_ahead(download)
        assert [one.failed for one in page.skipped] == [True]
        return
    with reader, pytest.raises(ArchiverError, match=arrives):
        list(walk_ahead(download))


def test_locks_end_with_the_process_that_took_them(tmp_path: Path, forks: Forks) -> None:
    path = tmp_path / "lock"
    held = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)
    reader, download = of(many, tmp_path)
    with reader, closing(walk_ahead(download)) as pages:
        next(pages)
        os.close(held)
        another = os.open(path, os.O_RDWR)
        fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(another)


def test_media_are_opened_here_while_it_is_read_there(tmp_path: Path, forks: Forks) -> None:
    paths = WRITERS["instagram"][1](tmp_path / "made", 120)
    with open_download(*paths) as reader:
        download = recognise(reader)[0].open(reader)
        shown = 0
        for page in walk_ahead(download):
            for ref in (ref for item in page.items for ref in item.media):
                opened = download.open_media(ref)
                if opened is not None:
                    with opened as stream:
                        assert _bytes_of(reader, ref.key) == stream.read()
                    shown += 1
    assert shown > 0


def _bytes_of(reader: DownloadReader, member: str) -> bytes:
    with reader.open(member) as stream:
        return stream.read()


def test_counters_of_any_size_come_through(tmp_path: Path, forks: Forks) -> None:
    def counted(stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        yield replace(post(1), metrics={"likes": 10**30, "voters": True})

    reader, download = of(counted, tmp_path)
    with reader:
        [page] = walk_ahead(download)
    assert page.items[0].metrics == {"likes": 10**30, "voters": True}


def test_where_the_ends_of_processes_are_ignored_it_ends_well(
    tmp_path: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        reader, download = of(many, tmp_path)
        with reader:
            assert len(list(walk_ahead(download))) == 250
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_it_is_read_where_no_standard_stream_is_open(tmp_path: Path, forks: Forks) -> None:
    reader, download = of(many, tmp_path)
    incoming, outgoing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            kept = os.dup2(outgoing, 60)
            os.closerange(0, 3)
            os.write(kept, str(len(list(walk_ahead(download)))).encode())
        finally:
            os._exit(0)
    os.close(outgoing)
    with reader, os.fdopen(incoming, "rb") as told_by_it:
        assert told_by_it.read() == b"250"
    os.waitpid(child, 0)


def test_a_stop_while_it_begins_is_heeded_here_alone(tmp_path: Path, forks: Forks) -> None:
    stopped: list[int] = []
    fork = os.fork

    def stopped_at_once() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return fork()

    before = signal.signal(signal.SIGTERM, lambda *_: stopped.append(os.getpid()))
    os.fork, here = stopped_at_once, os.getpid()
    try:
        reader, download = of(many, tmp_path)
        with reader:
            assert len(list(walk_ahead(download))) == 250
    finally:
        os.fork = fork
        signal.signal(signal.SIGTERM, before)
    assert stopped == [here]


def test_the_process_ends_with_the_one_that_began_it(tmp_path: Path, forks: Forks) -> None:
    def never_written(stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        yield from map(post, range(40))
        while True:
            signal.pause()

    reader, download = of(never_written, tmp_path)
    incoming, outgoing = os.pipe()
    child = os.fork()
    if child == 0:
        pages = walk_ahead(download)
        next(pages)
        os.write(outgoing, str(forks.begun[0]).encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(outgoing)
    with reader, os.fdopen(incoming, "rb") as told_by_it:
        number = int(told_by_it.read())
        os.waitpid(child, 0)
        assert _ended(number)


def _ended(number: int) -> bool:
    """Whether a process that is not our own is no more, or will be at once."""
    try:
        handle = os.pidfd_open(number)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 20)[0])
    finally:
        os.close(handle)
