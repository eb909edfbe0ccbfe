"""Backup and restore as IT uses them: words in, lines or JSON out, an exit code."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archiver.config import Home
from archiver.operations.backup_manifest import check_backup
from tests.cli.shell import Shell
from tests.cli.test_commands import PARKS, city, download, shell

__all__ = ["city", "download", "shell"]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


@pytest.fixture
def full(city: Shell, download: Path) -> Shell:
    city.run("import", str(download), "--account", f"x:{PARKS.handle}", "--yes")
    return city


def program(*words: object, **surroundings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "archiver", *map(str, words)],
        cwd=Path(__file__).parents[2],
        env=os.environ | surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_back_up_check_try_and_restore(full: Shell, target: Path, tmp_path: Path) -> None:
    made = full.json("backup", str(target))
    assert (made["wanting"], made["linked"]) == ([], 0)
    again = full.json("backup", str(target))
    assert again["linked"] > 0
    checked = full.json("backup", made["folder"], "--check")
    assert (checked["findings"], checked["files"]) == ([], made["files"])
    tried = full.json("restore", again["folder"], str(tmp_path / "scratch"), "--test")
    assert tried["test"]["outcome"] == "passed"
    assert not (tmp_path / "scratch").exists()
    restored = full.json("restore", made["folder"], str(tmp_path / "new"))
    assert restored["checked"]["records"] == tried["checked"]["records"] > 100
    full.home = tmp_path / "new"
    assert "Everything matches" in full.run("verify")
    full.home = Path(again["folder"])
    full.run("status", code=3)
    assert "is a backup: run `archiver restore" in full.err


def test_status_and_doctor_say_when_the_last_ones_were(
    full: Shell, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = full.json("status", code=1)
    assert (told["last_backup"], told["backup_old"]) == (None, True)
    assert "never: archiver backup TARGET" in full.run("status", code=1)
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T10:00:00Z")
    made = full.json("backup", str(target))
    full.run("restore", made["folder"], str(tmp_path / "scratch"), "--test")
    told = full.json("status", code=1)
    assert told["last_backup"]["name"] == Path(made["folder"]).name
    assert (told["backup_old"], told["restore_test_old"]) == (False, False)
    states = {check["name"]: check["state"] for check in full.json("doctor")}
    assert (states["backup"], states["tested restore"]) == ("ok", "ok")
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-28T10:00:00Z")
    assert full.json("status", code=1)["backup_old"]
    monkeypatch.setenv("ARCHIVER_NOW", "2027-06-01T10:00:00Z")
    assert full.json("status", code=1)["restore_test_old"]
    states = {check["name"]: check["state"] for check in full.json("doctor")}
    assert (states["backup"], states["tested restore"]) == ("warning", "warning")


def test_keep_lists_first_and_removes_only_when_told(full: Shell, target: Path) -> None:
    made = [full.json("backup", str(target))["folder"] for _ in range(2)]
    told = full.json("backup", str(target), "--keep", "2")
    assert (told["would_remove"], told["removed"]) == (made[:1], [])
    assert Path(made[0]).exists()
    told = full.json("backup", str(target), "--keep", "2", "--yes")
    assert told["removed"] == made
    assert not Path(made[0]).exists() and not Path(made[1]).exists()
    full.run("backup", str(target), "--keep", "0", code=2)
    assert len(list(target.glob("*/"))) == 2, "words that do not fit change nothing"


def test_what_is_wrong_ends_with_its_own_code(full: Shell, target: Path, tmp_path: Path) -> None:
    full.run("backup", str(full.home / "documents"), code=2)
    full.run("backup", str(tmp_path / "unmounted"), code=2)
    assert "mount the disk" in full.err
    made = Path(full.json("backup", str(target))["folder"])
    victim = next(made.glob("private/originals/*"))
    victim.write_bytes(b"spoiled")
    told = full.json("backup", str(made), "--check", code=7)
    assert victim.name in told["findings"][0]
    full.run("restore", str(made), str(tmp_path / "scratch"), "--test", code=7)
    assert victim.name in full.err
    checks = {check["name"]: check for check in full.json("doctor", code=1)}
    assert checks["tested restore"]["state"] == "problem"
    full.run("restore", str(made), str(tmp_path / "new"), "--without-ledger", code=2)
    assert "--reason" in full.err
    next(target.glob("destructions-*")).unlink()
    full.run("restore", str(made), str(tmp_path / "new"), code=8)
    assert "--without-ledger" in full.err


def test_two_backups_at_once_both_end_in_good_order(full: Shell, target: Path) -> None:
    both = [program("--home", full.home, "backup", target) for _ in range(2)]
    ended = [each.communicate(timeout=120) for each in both]
    codes = sorted(each.returncode for each in both)
    assert codes in ([0, 0], [0, 4]), ended
    folders = list(target.glob("*/"))
    assert len(folders) == codes.count(0)
    for folder in folders:
        assert check_backup(folder).findings == ()


def test_backup_and_restore_killed_at_any_time_end_well_when_run_again(
    full: Shell, target: Path, tmp_path: Path
) -> None:
    began = time.monotonic()
    assert program("--home", full.home, "backup", target).wait(120) == 0
    length = time.monotonic() - began
    dice = random.Random(3)

    def killed(*words: object) -> int:
        running = program("--home", full.home, *words)
        try:
            running.wait(dice.uniform(0.3 * length, 1.1 * length))
        except subprocess.TimeoutExpired:
            running.kill()
        return running.wait()

    codes = [killed("backup", target) for _ in range(10)]
    assert -9 in codes
    made = Path(full.json("backup", str(target))["folder"])
    for folder in target.glob("*/"):
        assert check_backup(folder).findings == (), folder
    codes = []
    while not codes or codes[-1] == -9:
        codes.append(killed("restore", made, tmp_path / "new"))
        length *= 1.1
    # 2: the kill came after the last step, so the folder is a home already
    assert codes[-1] in (0, 2)
    full.home = tmp_path / "new"
    assert "Everything matches" in full.run("verify")


def test_a_stop_by_the_service_manager_leaves_nothing_half_done(full: Shell, target: Path) -> None:
    running = program("--home", full.home, "backup", target)
    deadline = time.monotonic() + 60
    while not list(target.glob("*.unfinished")) and running.poll() is None:
        assert time.monotonic() < deadline
    running.terminate()
    assert running.wait(60) in (130, 0)
    assert not list(target.glob("*.unfinished"))
    for folder in target.glob("*/"):
        assert check_backup(folder).findings == ()
    assert Home(full.home).settings().agency == "City of Alder Glen"
