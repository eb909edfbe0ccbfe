"""Importing a download that holds what was destroyed before."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.archive.destroying import Authority, Doomed, destroy, finish_bytes
from archiver.archive.reading import record_by_native
from archiver.archive.resighting import resightings
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.cli.import_words import say_import
from archiver.config import Home
from archiver.items import Access
from tests.capture.import_home import count, imported, looking, new_home
from tests.exports.x_downloads import account, day, manifest, post, snowflake, write_zip, ytd

NOW = "2026-07-02T00:00:00Z"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-07-05T09:00:00Z")


def download(path: Path, days: range, generated: str) -> Path:
    posts = [post(f"Notice {n}", day(n)) for n in days]
    files = {
        "data/account.js": account(),
        "data/manifest.js": manifest({"data/tweets.js": len(posts)}, generated=generated),
        "data/tweets.js": ytd("tweets", posts),
    }
    return write_zip(path, files)


def destroyed(home: Home, number: str, *days: int) -> None:
    with Archive.open(home, write=True) as archive:
        held = [record_by_native(archive.public, 1, "post", snowflake(day(n))) for n in days]
        chosen = [Doomed("record", one.id, one.leaf) for one in held if one is not None]
        assert len(chosen) == len(days)
        with archive.writer():
            under = Authority(number, "destroyed", "Resolution 26-1")
            destroy(archive, Access.PUBLIC, chosen, under, now=NOW)
        finish_bytes(archive)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with ten posts imported, of which three were destroyed."""
    made = new_home(tmp_path / "home")
    imported(made, download(tmp_path / "a.zip", range(10), "2026-06-01T08:00:00.000Z"))
    destroyed(made, "D-2026-03", 1, 2)
    destroyed(made, "D-2026-04", 3)
    return made


@pytest.mark.parametrize("dry_run", [True, False])
def test_counts_add_up_and_the_numbers_are_named(
    home: Home, tmp_path: Path, dry_run: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = download(tmp_path / "b.zip", range(12), "2026-06-20T08:00:00.000Z")
    report = imported(home, newer, dry_run=dry_run)
    assert report.outcome == "complete" and not report.problems
    total = report.total
    assert (total.stored, total.duplicates, total.destroyed) == (2, 7, 3)
    assert total.total == 12 and all(file.balanced for file in report.files)
    assert report.destroyed == {"D-2026-03": 2, "D-2026-04": 1}
    assert any(
        line.startswith("destroyed before, under D-2026-03, and not taken in again: 2;")
        for line in report.warnings
    )
    say_import(report, "America/Los_Angeles")
    assert "destroyed before, under D-2026-04" in capsys.readouterr().out
    if not dry_run:
        assert count(home, "records") == 9
        with looking(home) as archive:
            assert len(list(resightings(archive))) == 3
            notes = archive.public.execute("SELECT notes FROM runs ORDER BY id DESC").fetchone()
            assert '"destroyed":{"D-2026-03":2,"D-2026-04":1}' in notes[0]
    assert verify(home).ok


def test_an_import_killed_in_between_still_counts_them_all(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = download(tmp_path / "b.zip", range(12), "2026-06-20T08:00:00.000Z")
    with monkeypatch.context() as patch:
        patch.setattr("archiver.capture.imports._finish", _stop)
        with pytest.raises(KeyboardInterrupt):
            imported(home, newer)
    report = imported(home, newer)
    assert report.destroyed == {"D-2026-03": 2, "D-2026-04": 1}
    assert report.total.total == 12


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
