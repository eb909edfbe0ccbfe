"""kill -9 in mid-marking: the next one goes on, and the marks are those of an undisturbed one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.archive.reading import Record
from archiver.archive.retention_marks import retention_history
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.config import Home

MARKING = """
import sys
from pathlib import Path
from archiver.archive.retention_marks import retention_history
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.config import Home, Settings
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.retention import marking
marking.BATCH = 3
home = Home(Path(sys.argv[1]))
settings = Settings(agency="City of Alder Glen", schedule=sys.argv[2])
with Archive.open(home, write=True) as archive:
    accounts = list_accounts(open_office(home))
    print("begun", flush=True)
    marking.mark_all(archive, settings, accounts,
        progress=lambda what, done, total: print(done, flush=True))
"""


def marking(home: Path, schedule: str = "palm-desert") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MARKING, str(home), schedule],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "ARCHIVER_NOW": "2026-11-20T18:00:00Z"},
    )


def marks(home: Path) -> list[tuple[object, ...]]:
    with Archive.open(Home(home)) as archive:
        return [
            tuple(each)
            for each in archive.public.execute(
                "SELECT id, series, cutoff_on, retain_until, retention_rule FROM records"
            )
        ]


@pytest.mark.parametrize("lines", [1, 2, 4, 6])
def test_a_killed_marking_is_finished_by_the_next(
    archive: Archive, store: Callable[..., Record], tmp_path: Path, lines: int
) -> None:
    for number in range(20):
        store(str(number), created_at=f"2024-02-{number + 1:02}T20:00:00Z")
    archive.close()
    undisturbed = tmp_path.with_name(f"{tmp_path.name}-undisturbed")
    shutil.copytree(tmp_path, undisturbed)
    killed = marking(tmp_path)
    assert killed.stdout is not None
    for _ in range(lines):
        assert killed.stdout.readline()
    killed.send_signal(signal.SIGKILL)
    killed.wait(timeout=60)
    killed.stdout.close()
    for home in (tmp_path, undisturbed):
        assert marking(home).communicate(timeout=60)[0].startswith("begun")
    assert marks(tmp_path) == marks(undisturbed)
    assert all(rule for *_, rule in marks(tmp_path))


@pytest.mark.parametrize("lines", [1, 3, 5, 7])
def test_a_marking_killed_after_a_schedule_change_moves_every_day_once(
    archive: Archive, store: Callable[..., Record], tmp_path: Path, lines: int
) -> None:
    for number in range(20):
        store(str(number), created_at=f"2024-02-{number + 1:02}T20:00:00Z")
    archive.close()
    assert marking(tmp_path).communicate(timeout=60)[0].startswith("begun")
    before = {mark[0]: mark[3] for mark in marks(tmp_path)}
    text = (Path(__file__).parents[2] / "schedules/retention/palm-desert.toml").read_text("utf-8")
    changed = text.replace('"2026.1"', '"2027.1"').replace("{ years = 2 }", "{ years = 3 }")
    (tmp_path / "own.toml").write_text(changed, "utf-8")
    killed = marking(tmp_path, "own.toml")
    assert killed.stdout is not None
    for _ in range(lines):
        assert killed.stdout.readline()
    killed.send_signal(signal.SIGKILL)
    killed.wait(timeout=60)
    killed.stdout.close()
    assert marking(tmp_path, "own.toml").communicate(timeout=60)[0].startswith("begun")
    with Archive.open(Home(tmp_path)) as opened:
        for number, _, _, until, rule in marks(tmp_path):
            assert str(rule).startswith("palm-desert@2027.1#")
            [move] = retention_history(opened.public, int(str(number)))
            assert (move.until_from, move.until_to) == (before[number], until)
            assert [cause["what"] for cause in move.causes] == ["schedule adopted"]
            assert move.causes[0]["schedule"] == "palm-desert@2027.1"
    assert verify(Home(tmp_path)).ok
