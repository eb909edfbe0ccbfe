"""What prints has been given the release and nothing else, and can reach nothing else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from archiver.errors import BusyError, RuleError
from archiver.production.press import press
from archiver.production.press.tasks import Failed, Job, Measure, Measured, Print, Printed
from archiver.production.release import Media
from archiver.requests.redacting.passages import Passage


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
