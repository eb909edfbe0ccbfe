"""A backup holds the whole home at one point, costs what is new, and is never half a backup."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from archiver.archive.store import Archive
from archiver.config import BACKUP_FILE, Backup, Home, find_home
from archiver.database import connect_read_only, write_transaction
from archiver.errors import BusyError, HomeError, IntegrityError, StorageError, UsageError
from archiver.items import Access
from archiver.locks import single_instance
from archiver.operations import backup as backups_room
from archiver.operations.backup import back_up
from archiver.operations.backup_keeping import prune, surplus_backups
from archiver.operations.backup_manifest import check_backup, read_manifest
from archiver.operations.backups import backups_before, last_backup
from archiver.operations.home import prepare, settings_text
from archiver.operations.nightly import run_nightly
from archiver.operations.restore import restore
from archiver.register.office import open_office
from tests.operations.bombs import run_and_die
from tests.operations.lived_in import capture, live_in


@pytest.fixture
def town(home: Home) -> Home:
    live_in(home)
    return home


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def named(target: Path) -> list[str]:
    """What lies in a target, locks apart."""
    return sorted(path.name for path in target.iterdir() if not path.name.startswith("."))


def below(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }


def test_a_backup_holds_every_file_and_says_so_signed(town: Home, target: Path) -> None:
    (town.logs / "nightly-2026-11-20.log").write_text("a log")
    report = back_up(town, target, actor="test")
    inside = below(report.folder)
    assert {
        *("archive.toml", "archive.db", "private.db", "office.db", "staff.db"),
        *("keys/seal.key", "keys/seal.pub", "documents/resolution.pdf"),
        "ledger/destructions.jsonl",
        BACKUP_FILE,
    } <= inside.keys()
    for folder in ("media", "warc"):
        for access in Access:
            assert any(name.startswith(f"{access.value}/{folder}/") for name in inside), folder
    assert any(name.startswith("private/originals/") for name in inside)
    assert not [name for name in inside if name.startswith("logs") or "lock" in name]
    manifest = read_manifest(report.folder)
    assert manifest.files.keys() == inside.keys() - {BACKUP_FILE}
    with Archive.open(town) as archive:
        n, root = archive.public.execute("SELECT n, root FROM seals ORDER BY n DESC").fetchone()
    assert (manifest.seal, manifest.root) == (n, root.hex())
    assert (manifest.agency, manifest.wanting) == ("City of Alder Glen", [])
    assert check_backup(report.folder).findings == ()


def test_permission_bits_are_kept_and_nobody_else_looks_in(town: Home, target: Path) -> None:
    folder = back_up(town, target, actor="test").folder
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("keys/seal.key", "private.db", "office.db", "staff.db", BACKUP_FILE):
        assert (folder / name).stat().st_mode & 0o777 == 0o600, name
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o007 == 0, path


def test_a_second_backup_costs_what_is_new(town: Home, target: Path) -> None:
    first = back_up(town, target, actor="test")
    capture(town, ["the pool is painted"], first=2)
    second = back_up(town, target, actor="test")
    before, now = below(first.folder), below(second.folder)
    linked = {name for name in now if name in before and now[name].samefile(before[name])}
    assert linked == {
        name
        for name in before
        if name.startswith(("public/", "private/", "keys/", "documents/")) or name == "archive.toml"
    }
    assert len(linked) == second.linked
    assert second.copied == sum(
        path.stat().st_size
        for name, path in now.items()
        if name not in linked and name != BACKUP_FILE
    )
    assert check_backup(second.folder).findings == ()


def test_no_file_of_the_home_is_ever_linked(town: Home, target: Path) -> None:
    back_up(town, target, actor="test")
    back_up(town, target, actor="test")
    for name, path in below(town.path).items():
        assert path.stat().st_nlink == 1, name


def test_a_later_change_reaches_no_older_backup(town: Home, target: Path) -> None:
    first = back_up(town, target, actor="test").folder
    before = {name: path.read_bytes() for name, path in below(first).items()}
    for path in [*town.path.glob("*/warc/*/*/*"), town.path / "documents" / "resolution.pdf"]:
        with path.open("r+b") as stream:
            stream.write(b"changed")
    capture(town, ["another day"], first=7)
    back_up(town, target, actor="test")
    assert {name: path.read_bytes() for name, path in below(first).items()} == before
    assert check_backup(first).findings == ()


def test_a_file_the_home_lacks_is_named_and_the_rest_is_kept(town: Home, target: Path) -> None:
    lost, spoiled = sorted((town.path / "public" / "media").rglob("*/*/*"))[:2]
    lost.unlink()
    spoiled.write_bytes(b"spoiled")
    report = back_up(town, target, actor="test")
    assert len(report.wanting) == 2
    assert f"{lost.relative_to(town.path)}: the file is missing" in " ".join(report.wanting)
    assert f"{spoiled.relative_to(town.path)}: the file's bytes changed" in " ".join(report.wanting)
    assert check_backup(report.folder).findings == ()
    with closing(open_office(town)) as office:
        made = last_backup(office)
    assert made is not None
    assert made.outcome == "partial"


@pytest.mark.parametrize("spoil", ["flip", "cut", "lose", "add", "manifest", "key"])
def test_what_is_wrong_with_a_backup_is_named(town: Home, target: Path, spoil: str) -> None:
    folder = back_up(town, target, actor="test").folder
    victim = next(path for path in sorted(folder.rglob("*/media/*/*/*")) if path.is_file())
    name = victim.relative_to(folder).as_posix()
    if spoil == "manifest":
        path = folder / BACKUP_FILE
        path.write_bytes(path.read_bytes().replace(b'"seal": 1', b'"seal": 2'))
        with pytest.raises(IntegrityError, match="not as it was signed"):
            check_backup(folder)
        return
    if spoil == "key":
        (folder / "keys" / "seal.pub").write_bytes(b"no key")
        with pytest.raises(IntegrityError, match="not among the backup's keys"):
            check_backup(folder)
        return
    if spoil == "flip":
        content = bytearray(victim.read_bytes())
        content[3] ^= 1
        victim.write_bytes(content)
    elif spoil == "cut":
        victim.write_bytes(victim.read_bytes()[:-1])
    elif spoil == "lose":
        victim.unlink()
    else:
        victim = victim.with_name("added")
        victim.write_bytes(b"added")
        name = victim.relative_to(folder).as_posix()
    (found,) = check_backup(folder).findings
    assert found.startswith(f"{name}: ")


def test_a_backup_is_no_home_whatever_command_opens_it(town: Home, target: Path) -> None:
    folder = back_up(town, target, actor="test").folder
    by_hand = target.parent / "by hand"
    shutil.copytree(folder, by_hand)
    for path in (folder, by_hand):
        with pytest.raises(HomeError, match="is a backup: run `archiver restore"):
            find_home(path)
        with pytest.raises(HomeError, match="is a backup"):
            prepare(Home(path))


def test_a_place_that_cannot_be_a_target_is_refused(town: Home, target: Path) -> None:
    folder = back_up(town, target, actor="test").folder
    (town.path / "backups").mkdir()
    (target / "file").write_text("x")
    for place, why in (
        (town.path, "lies inside the archive home"),
        (town.path / "backups", "lies inside the archive home"),
        (folder, "lies inside a backup"),
        (folder / "keys", "lies inside a backup"),
        (target / "unmounted", "is not there"),
        (target / "file", "is no folder"),
    ):
        with pytest.raises(UsageError, match=why):
            back_up(town, place, actor="test")


def test_a_volume_that_was_entered_but_not_moved_lies_in_its_place(
    town: Home, target: Path
) -> None:
    staging = town.productions / ".making-1"
    for folder in (staging, town.productions / ".making-2", town.productions / "AG-1" / "VOL009"):
        folder.mkdir(parents=True)
        (folder / "packet.pdf").write_bytes(b"%PDF")
    with closing(open_office(town)) as office, write_transaction(office):
        office.execute(
            """
            INSERT INTO productions (request, volume, made_at, actor, bates_prefix, first_page,
                last_page, released, withheld, manifest_sha256, staging)
            VALUES ('AG-1', 1, '2026-11-20T10:17:00Z', 'test', 'AG', 1, 1, 1, 0, ?, ?)
            """,
            ("0" * 64, staging.name),
        )
    folder = back_up(town, target, actor="test").folder
    held = [name for name in below(folder) if name.startswith("productions/")]
    assert held == ["productions/AG-1/VOL001/packet.pdf"], "later and unfinished ones stay out"


def test_a_second_backup_at_once_leaves_the_first_alone(town: Home, target: Path) -> None:
    with (
        single_instance(town.path / ".backup.lock", "a backup"),
        pytest.raises(BusyError, match="already running"),
    ):
        back_up(town, target, actor="test")
    assert named(target) == []


def test_a_full_disk_leaves_nothing_and_says_so(town: Home, target: Path) -> None:
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000));"
        "from archiver.cli import main; main(sys.argv[1:])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "--home", town.path, "backup", target],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 9, ended.stderr
    assert "Traceback" not in ended.stderr
    assert named(target) == []
    back_up(town, target, actor="test")


@pytest.mark.parametrize("fits", [0, 1, 4, 9, 14])
def test_a_disk_that_is_full_after_so_many_files_keeps_no_half_backup(
    town: Home, target: Path, monkeypatch: pytest.MonkeyPatch, fits: int
) -> None:
    left = fits
    real = os.open

    def filling(path: object, flags: int, *more: object, **named: object) -> int:
        nonlocal left
        if str(path).startswith(str(target)) and flags & os.O_EXCL:
            left -= 1
            if left < 0:
                raise OSError(28, "No space left on device", str(path))
        return real(path, flags, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", filling)
    with pytest.raises(StorageError, match="is full: no backup was made"):
        back_up(town, target, actor="test")
    monkeypatch.undo()
    assert named(target) == []
    with closing(open_office(town)) as office:
        assert last_backup(office) is None
        (failed,) = office.execute("SELECT outcome, message FROM backups").fetchall()
    assert failed["outcome"] == "failed"
    assert "is full" in failed["message"]


def test_a_read_only_target_is_named(
    town: Home, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(town, target, actor="test")
    real = os.mkdir

    def refusing(path: object, *more: object, **named: object) -> None:
        if str(path).startswith(str(target)):
            raise OSError(30, "Read-only file system", str(path))
        real(path, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "mkdir", refusing)
    with pytest.raises(StorageError, match="Read-only file system"):
        back_up(town, target, actor="test")


def test_killed_anywhere_nothing_half_is_named_whole_and_the_next_run_clears_up(
    town: Home, target: Path
) -> None:
    dice = random.Random(5)
    kills = 0
    for _ in range(25):
        if run_and_die(dice.randint(1, 420), _back_up_in_child, town, target):
            continue
        kills += 1
        for folder in target.glob("*/"):
            if not folder.name.endswith(".unfinished"):
                assert check_backup(folder).findings == (), folder
    assert kills >= 12
    report = back_up(town, target, actor="test")
    assert not list(target.glob("*.unfinished"))
    assert check_backup(report.folder).findings == ()
    with closing(open_office(town)) as office:
        known = {made.name for made in backups_before(office, "9999-12-31T00:00:00Z")}
    assert known == {path.name for path in target.glob("*/")}, "one was named but not entered"


def _back_up_in_child(home: Home, target: Path) -> None:
    back_up(home, target, actor="child")


def test_while_an_import_runs_a_backup_shows_one_committed_state(
    home: Home, target: Path, tmp_path: Path
) -> None:
    live_in(home)
    program = (
        "import sys; from pathlib import Path; from archiver.config import Home;"
        "from tests.operations.lived_in import *\n"
        "home = Home(Path(sys.argv[1]))\n"
        "with Archive.open(home, write=True) as archive:\n"
        "    run = begin_run(archive, ACCOUNT, source='import')\n"
        "    for number in range(100, 100000):\n"
        "        add(archive, run, number, f'imported {number}')\n"
    )
    importing = subprocess.Popen(
        [sys.executable, "-c", program, str(home.path)],
        cwd=Path(__file__).parents[2],
        env=dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2])),
    )
    try:
        made = []
        for _ in range(5):
            held = _records(home)
            while _records(home) < held + 10:
                assert importing.poll() is None
                time.sleep(0.01)
            report = back_up(home, target, actor="test")
            assert report.held_seconds < 0.5
            assert report.whole, report.wanting
            made.append(report.folder)
    finally:
        importing.kill()
        importing.wait()
    counts = []
    for number, folder in enumerate(made):
        restored = restore(folder, tmp_path / f"restored{number}", actor="test")
        with Archive.open(Home(restored.home)) as archive:
            public, private = (
                [
                    row[0]
                    for row in archive.file(access).execute(
                        "SELECT CAST(native_id AS INTEGER) FROM records ORDER BY 1"
                    )
                ]
                for access in Access
            )
        # each post is committed before the message that follows it
        assert public[: len(private)] == private
        assert len(public) - len(private) in (0, 1)
        counts.append(len(public))
    assert counts == sorted(set(counts)), "the import stood still"


def _records(home: Home) -> int:
    with closing(connect_read_only(home.archive_db)) as connection:
        return int(connection.execute("SELECT count(*) FROM records").fetchone()[0])


def test_what_is_destroyed_while_a_backup_is_made_is_in_no_later_backup(
    town: Home, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backups_room.sources
    tries = []

    def destroying(taken):  # type: ignore[no-untyped-def]
        tries.append(taken.at)
        yield from real(taken)
        if len(tries) == 1:
            from tests.operations.destroyed import destroy_post

            destroy_post(town, 0)

    monkeypatch.setattr(backups_room, "sources", destroying)
    report = back_up(town, target, actor="test")
    assert len(tries) == 2
    (folder,) = target.glob("*/")
    assert folder == report.folder
    restored = restore(folder, target.parent / "restored", actor="test")
    with Archive.open(Home(restored.home)) as archive:
        assert archive.public.execute("SELECT count(*) FROM records").fetchone()[0] == 1


def test_keep_removes_whole_backups_of_its_own_only(town: Home, target: Path) -> None:
    from archiver.operations.home import create_home

    other = create_home(target.parent / "other" / "home", town.settings())
    strangers = back_up(other, target, actor="test").folder
    (target / "home-20200101T000000Z").mkdir()
    (target / "photos").mkdir()
    made = [back_up(town, target, actor="test").folder for _ in range(4)]
    surplus = surplus_backups(town, target, 2)
    assert surplus == made[:2]
    assert all(folder.exists() for folder in made), "listing removes nothing"
    prune(town, surplus, actor="test")
    assert set(target.glob("*/")) == {
        *made[2:],
        strangers,
        target / "home-20200101T000000Z",
        target / "photos",
    }
    for folder in made[2:]:
        assert check_backup(folder).findings == ()
    with closing(open_office(town)) as office:
        left = [made_.folder for made_ in backups_before(office, "9999-12-31T00:00:00Z")]
    assert left == made[2:]
    with pytest.raises(UsageError, match="1 or more"):
        surplus_backups(town, target, 0)


def test_certificates_learn_which_backups_still_hold_a_copy(
    town: Home, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for day in (18, 19, 20):
        monkeypatch.setenv("ARCHIVER_NOW", f"2026-11-{day}T10:17:00Z")
        made.append(back_up(town, target, actor="test").folder)
    prune(town, made[:1], actor="test")
    with closing(open_office(town)) as office:
        held = backups_before(office, "2026-11-19T23:00:00Z")
    assert [each.folder for each in held] == made[1:2]


def test_the_night_makes_a_backup_and_keeps_so_many(town: Home, target: Path) -> None:
    write_settings(town, Backup(target=str(target), keep=2))
    for _ in range(3):
        report = run_nightly(town, connectors={})
        assert report.backup["name"] in named(target)
    assert len(list(target.glob("*/"))) == 2
    restored = Home(restore(sorted(target.glob("*/"))[-1], target.parent / "r", actor="t").home)
    with closing(open_office(restored)) as office:
        last = office.execute("SELECT * FROM nightly_runs ORDER BY id DESC").fetchone()
    assert last["finished_at"], "the night that made the backup reads as one that was cut off"


def test_a_backup_that_fails_never_loses_the_night(town: Home, target: Path) -> None:
    write_settings(town, Backup(target=str(target / "unmounted")))
    report = run_nightly(town, connectors={"x": None})  # type: ignore[dict-item]
    assert "is not there: mount the disk" in " ".join(report.problems)
    assert report.outcome in ("partial", "failed")
    with closing(open_office(town)) as office:
        (told,) = office.execute("SELECT outcome, summary FROM nightly_runs").fetchall()
    assert "is not there" in told["summary"]


def write_settings(home: Home, wanted: Backup) -> None:
    changed = msgspec.structs.replace(home.settings(), backup=wanted)
    home.settings_file.write_text(settings_text(changed), "utf-8")
