"""A kill at any moment leaves no half volume, and the next production completes the work."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from archiver.archive.store import Archive
from archiver.config import Home
from archiver.production.produce import produce
from archiver.production.verify import verify_packet
from archiver.register.office import open_office

NOW = "2026-11-20T18:00:00Z"
SCRIPT = Path(__file__).with_name("killed.py")
KILLS = 24


def test_a_kill_at_any_step_leaves_a_whole_volume_or_none(new_city, people, tmp_path) -> None:
    city = new_city(tmp_path / "city")
    number = city.ask()
    picture = people.photograph(tmp_path / "lake.jpg", 60, 40)
    records = [city.store("1", pictures=((picture, "A lake"),)), city.store("2", "水费?")]
    items = city.collect(number, *records)
    city.release(number, items[0])
    city.withhold(number, items[1])
    city.close()
    undisturbed = _copy(tmp_path / "city", tmp_path / "undisturbed")
    steps = 1000 - int(_run(undisturbed, number, 1000).stdout)
    whole = _contents(undisturbed.productions / number / "VOL001")
    assert steps > KILLS / 2
    for kill in range(KILLS):
        at = 1 + kill * steps // KILLS
        home = _copy(tmp_path / "city", tmp_path / f"kill-{at}")
        died = _run(home, number, at)
        assert died.returncode == -signal.SIGKILL, (at, died.stderr)
        volume = home.productions / number / "VOL001"
        if volume.exists():
            (check,) = verify_packet(volume)
            assert check.ok and check.proven, at
        made = _produce(home, number)
        assert (made.volume, made.first_bates) == (1, "AG-000001"), at
        assert _contents(volume) == whole, at
        assert sorted(path.name for path in home.productions.iterdir()) == [
            ".making.lock",
            number,
        ]
        with sqlite3.connect(home.office_db) as office:
            pages = office.execute("SELECT count(*) FROM bates_pages").fetchone()[0]
        assert pages == made.pages, at
        shutil.rmtree(home.path)


def _copy(city: Path, to: Path) -> Home:
    shutil.copytree(city, to)
    return Home(to)


def _run(home: Home, number: str, at: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(home.path), number, str(at)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _produce(home: Home, number: str):
    office = open_office(home)
    try:
        with Archive.open(home) as archive:
            [made] = produce(home, office, archive, number, actor="of", now=NOW)
            return made
    finally:
        office.close()


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
