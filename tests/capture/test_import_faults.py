"""Imports that are killed, run out of disk or may not write: nothing is lost, the next one ends as
an undisturbed one does."""

from __future__ import annotations

import os
import random
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archiver.archive.store import create_archive
from archiver.archive.verify import verify
from archiver.config import Home
from archiver.errors import ArchiverError, HomeError, StorageError
from tests.capture.import_home import contents, imported, new_home
from tests.exports.x_downloads import (
    ACCOUNT,
    RESIDENT,
    conversation,
    day,
    full_download,
    manifest,
    message,
    post,
    snowflake,
    write_folder,
    write_zip,
    ytd,
)

KILLS = 30
STORAGE_ERROR = 40
ANOTHER_ERROR = 41


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-07-01T09:00:00Z")
    monkeypatch.setattr("archiver.exports.paging.PAGE_UNITS", 40)
    # the harder case: a second process reads
    monkeypatch.setattr("archiver.exports.ahead.WORTH_IT", 0)


def many() -> dict[str, bytes]:
    """A download large enough to be killed in the middle of."""
    files = full_download()
    posts = [post(f"Notice number {n} about the pond", day(n // 20, n % 20)) for n in range(700)]
    edited = [snowflake(day(50), n) for n in range(30)]
    posts += [
        post(f"Edit {n}", day(50), native_id=native_id, edits=edited)
        for n, native_id in enumerate(edited)
    ]
    for n in range(30):
        owner = posts[n * 20]["tweet"]["id_str"]
        files[f"data/tweets_media/{owner}-{n}.jpg"] = b"\xff\xd8\xff" + os.urandom(20) * 50
    talk = [
        message(str(60_000 + n), f"Message {n}", RESIDENT, ACCOUNT, "2026-02-02T10:00:00.000Z")
        for n in range(200)
    ]
    files["data/tweets-part2.js"] = ytd("tweets", posts, 2)
    files["data/direct-messages-part1.js"] = ytd(
        "direct_messages", [conversation(f"{ACCOUNT}-{RESIDENT}", talk)], 1
    )
    files["data/follower-part1.js"] = ytd(
        "follower", [{"follower": {"accountId": str(7_000_000 + n)}} for n in range(400)]
    )
    files["data/manifest.js"] = manifest({"data/tweets-part2.js": len(posts)})
    return files


@pytest.fixture(scope="module")
def download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_zip(tmp_path_factory.mktemp("download") / "a.zip", many())


def in_child(work: Callable[[], object]) -> int:
    """Start `work` in a program of its own; its number."""
    child = os.fork()
    if child:
        return child
    status = 0
    try:
        work()
    except StorageError as error:
        status = STORAGE_ERROR if "\n" not in str(error) else ANOTHER_ERROR
    except HomeError:
        status = STORAGE_ERROR
    except BaseException:
        traceback.print_exc()
        status = ANOTHER_ERROR
    os._exit(status)


def ended(child: int) -> int:
    """How a program ended: its exit code, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(work: Callable[[], object], after: float) -> bool:
    """Kill a program after so many seconds; whether it still ran."""
    child = in_child(work)
    handle = os.pidfd_open(child)
    try:
        finished, _, _ = select.select([handle], [], [], after)
        if not finished:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(handle)
    return ended(child) == -signal.SIGKILL


def test_an_import_killed_anywhere_ends_as_an_undisturbed_one(
    tmp_path: Path, download: Path
) -> None:
    undisturbed = new_home(tmp_path / "undisturbed")
    begun = time.monotonic()
    imported(undisturbed, download)
    length = time.monotonic() - begun
    wanted = contents(undisturbed)
    chance = random.Random(20261120)
    kills = homes = 0
    while kills < KILLS:
        homes += 1
        home = new_home(tmp_path / f"home{homes}")
        for _ in range(6):
            if not killed(lambda home=home: imported(home, download), chance.uniform(0, length)):
                break
            kills += 1
        if homes % 3 == 1:
            found = verify(home)
            assert found.ok, found.findings[:3]
        report = imported(home, download)
        assert report.outcome in ("complete", "unchanged")
        after = contents(home)
        for name in wanted:
            assert after[name] == wanted[name], (name, homes)
        found = verify(home)
        assert found.ok, found.findings[:3]
        assert not list((home.path / "private" / "incoming").glob("*.zip"))
        shutil.rmtree(home.path)


def test_a_resumed_import_reports_the_whole(
    tmp_path: Path, download: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = imported(new_home(tmp_path / "one"), download)
    home = new_home(tmp_path / "two")

    class Stopped(Exception):
        pass

    def stop(what: str, done: int, total: int | None) -> None:
        if done > 400:
            raise Stopped

    with pytest.raises(Stopped):
        imported(home, download, progress=stop)
    report = imported(home, download)
    assert report.resumed
    assert report.total == undisturbed.total
    assert report.files == undisturbed.files
    assert report.media_stored == undisturbed.media_stored
    assert all(file.balanced for file in report.files)


def test_a_killed_import_of_a_folder_leaves_no_packed_copy(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder", many())
    home = new_home(tmp_path / "home")
    for after in (0.05, 0.1, 0.2, 0.3):
        killed(lambda: imported(home, folder), after)
    assert imported(home, folder).outcome in ("complete", "unchanged")
    assert not (home.path / ".import-1").exists()
    assert verify(home).ok


@contextmanager
def little_room(path: Path, size: int) -> Iterator[Callable[[], None]]:
    """A folder with `size` bytes of room; the callable makes more. Where no disk may be mounted, a
    limit on the size of files stands in for it."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    if os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0:
        try:
            more = ["mount", "-o", "remount,size=500m", str(path)]
            yield lambda: subprocess.run(more, check=True) and None
        finally:
            subprocess.run(["umount", "-l", str(path)], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 4, before[1]))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def made_or_found(path: Path) -> Home:
    home = Home(path)
    create_archive(home)
    return home


@pytest.mark.parametrize("megabytes", [2, 3, 4])
def test_a_full_disk_is_said_and_nothing_is_lost(
    tmp_path: Path, download: Path, megabytes: int
) -> None:
    undisturbed = new_home(tmp_path / "undisturbed")
    imported(undisturbed, download)
    with little_room(tmp_path / "disk", megabytes << 20) as make_room:

        def work() -> None:
            imported(made_or_found(tmp_path / "disk" / "home"), download)

        assert ended(in_child(work)) == STORAGE_ERROR
        make_room()
        home = made_or_found(tmp_path / "disk" / "home")
        assert imported(home, download).outcome == "complete"
        found = verify(home)
        assert found.ok, found.findings[:3]
        wanted, after = contents(undisturbed), contents(home)
        for name in wanted:
            assert after[name] == wanted[name], name


def test_a_read_only_home_is_said(download: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        copy = shutil.copy(download, place / "a.zip")
        home = new_home(place / "home")
        for path in (home.path, *home.path.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)

        def work() -> None:
            if os.geteuid() == 0:
                os.setuid(65534)
            imported(home, Path(copy))

        assert ended(in_child(work)) == STORAGE_ERROR
        for path in (home.path, *home.path.rglob("*")):
            path.chmod(0o755)


def test_a_home_that_is_none_is_said(tmp_path: Path, download: Path) -> None:
    with pytest.raises(ArchiverError):
        imported(Home(tmp_path / "nowhere"), download)
