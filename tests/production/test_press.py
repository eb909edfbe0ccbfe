"""What prints has been given the release and nothing else, and can reach nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from pathlib import Path

import pytest

from archiver.errors import BusyError, RuleError
from archiver.production.press import press
from archiver.production.press.confining import confine
from archiver.production.press.tasks import Failed, Job, Measure, Measured, Print, Printed
from archiver.production.release import Media
from archiver.requests.redacting.passages import Passage


def _confined(read: Path, write: Path, told) -> None:
    """In a process of its own: what it may still do once it has confined itself."""
    confine([read], [write])
    found = {}
    for name, act in {
        "read what it was given": lambda: (read / "given").read_bytes(),
        "write where it may": lambda: (write / "made").write_bytes(b"1"),
        "change what it was given": lambda: (read / "given").write_bytes(b"1"),
        "read the rest": lambda: (read.parent / "secret").read_bytes(),
        "list the rest": lambda: list(read.parent.iterdir()),
        "read the rest by another way": lambda: (read / ".." / "secret").read_bytes(),
        "put a link to the rest": lambda: os.link(read.parent / "secret", write / "link"),
        "call out": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    }.items():
        try:
            act()
            found[name] = "done"
        except OSError as error:
            found[name] = type(error).__name__
    told.send(found)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    given, made = tmp_path / "given", tmp_path / "made"
    for folder in (given, made):
        folder.mkdir()
    (given / "given").write_bytes(b"0")
    (tmp_path / "secret").write_bytes(b"Zwiebelkuchen")
    return given, made


def test_a_confined_process_reaches_only_what_it_was_given(places) -> None:
    ours, theirs = multiprocessing.Pipe()
    fork = multiprocessing.get_context("fork")
    one = fork.Process(target=_confined, args=(*places, theirs))
    one.start()
    found = ours.recv()
    one.join()
    assert found.pop("read what it was given") == "done"
    assert found.pop("write where it may") == "done"
    assert set(found.values()) <= {"PermissionError", "OSError"}, found


def test_a_volume_is_printed_by_a_confined_process(people, tmp_path) -> None:
    release = people.release(tmp_path, records=(people.record("1", "The lights are out"),))
    folder = tmp_path / "VOL001"
    folder.mkdir()
    [made] = press.run([Job(Print(release, folder, 1, {}), (), (folder,))], Printed)
    assert made.confined
    assert (folder / "packet.pdf").stat().st_size > 1000


def test_a_process_that_was_not_given_a_picture_cannot_print_it(people, tmp_path) -> None:
    picture = people.photograph(tmp_path / "lake.jpg", 60, 40)
    media = Media(picture, "image/jpeg", Passage.of("A lake"))
    release = people.release(tmp_path, records=(people.record("1", "Look", media=(media,)),))
    folder = tmp_path / "VOL001"
    folder.mkdir()
    with pytest.raises(OSError, match="Permission denied"):
        press.run([Job(Print(release, folder, 1, {}), (), (folder,))], Printed)


def test_a_printing_process_that_is_killed_is_told_in_one_line(people, tmp_path) -> None:
    records = tuple(people.record(str(n), "水 " * 400) for n in range(200))
    release = people.release(tmp_path, records=records)

    def kill(what: str, done: int, total: int | None) -> None:
        children = Path(f"/proc/{press.process_id()}/task/{press.process_id()}/children")
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)

    with pytest.raises(press.PressFault, match="ended from outside"):
        press.run([Job(Measure(release, 1), (), ())], Measured, kill)


def test_a_press_that_was_killed_is_started_again(people, tmp_path) -> None:
    before = press.process_id()
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    release = people.release(tmp_path, records=(people.record("1", "Still here"),))
    [found] = press.run([Job(Measure(release, 1), (), ())], Measured)
    assert found.pages > 3
    assert press.process_id() != before


def test_what_a_printing_process_raises_comes_through_as_it_is() -> None:
    with pytest.raises(RuleError, match="item 3 cannot be produced"):
        press.fail(Failed("RuleError", "item 3 cannot be produced"))
    with pytest.raises(press.PressFault, match="broke off"):
        press.fail(Failed("fault", "ValueError in flow.py, line 3"))
    with pytest.raises(press.PressFault):
        press.fail(Failed("BaseException", "no error of ours"))
    assert not issubclass(press.PressFault, BusyError)
