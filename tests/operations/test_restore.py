"""A restored backup is a home only when every byte is right, everything destroyed since is gone
again, and the whole verifies."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from archiver.archive.store import Archive
from archiver.config import RESTORING_FILE, Home, Retention, find_home
from archiver.database import write_transaction
from archiver.errors import HomeError, IntegrityError, RuleError, UsageError
from archiver.items import Access
from archiver.operations.backup import back_up
from archiver.operations.backups import backups_before, last_restore_test, replayed
from archiver.operations.home import prepare, settings_text
from archiver.operations.ledger import catch_up
from archiver.operations.restore import Wishes, restore
from archiver.operations.restore_testing import try_restore
from archiver.operations.verifying import verify_home
from archiver.register.office import audit_trail, open_office
from archiver.staff.schema import open_staff
from tests.archive.searching_home import search_home
from tests.operations.bombs import run_and_die
from tests.operations.destroyed import destroy_post, tell
from tests.operations.lived_in import capture, capture_together, live_in, rows_of


@pytest.fixture
def town(home: Home) -> Home:
    live_in(home)
    return home


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def ledger_beside(target: Path) -> Path:
    (found,) = target.glob("destructions-*.jsonl")
    return found


def test_a_restored_home_is_the_home(town: Home, target: Path, tmp_path: Path) -> None:
    before, modes = rows_of(town), _modes(town.path)
    folder = back_up(town, target, actor="test").folder
    report = restore(folder, tmp_path / "new", actor="test")
    new = find_home(report.home)
    assert rows_of(new) == before
    assert verify_home(new).ok
    restored = _modes(new.path)
    shared = modes.keys() & restored.keys()
    assert {name: restored[name] for name in shared} == {name: modes[name] for name in shared}
    assert {"keys/seal.key", "public", "private", "archive.db", "documents"} <= restored.keys()
    assert restored["keys/seal.key"] == 0o600
    assert not [
        path for path in new.path.rglob("*") if path.stat().st_mode & 0o007 and path.is_file()
    ]
    assert not [name for name in restored if "restor" in name]


def _modes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mode & 0o770
        for path in folder.rglob("*")
        if path.is_file() or path.parent == folder
    }


def test_sessions_open_at_the_time_of_the_backup_are_ended(
    town: Home, target: Path, tmp_path: Path
) -> None:
    with closing(open_staff(town)) as staff, write_transaction(staff):
        staff.execute(
            "INSERT INTO people (id, login, name, title, password_hash, created_at)"
            " VALUES (1, 'odile', 'Odile Farrow', 'City clerk', 'x', '2026-11-20T10:17:00Z')"
        )
        staff.execute(
            "INSERT INTO sessions (token_hash, person_id, created_at, seen_at, expires_at)"
            " VALUES ('h', 1, '2026-11-20', '2026-11-20', '2027-11-20')"
        )
    folder = back_up(town, target, actor="test").folder
    new = Home(restore(folder, tmp_path / "new", actor="test").home)
    with closing(open_staff(new)) as staff:
        assert staff.execute("SELECT revoked_at FROM sessions").fetchone()[0]


@pytest.mark.parametrize("spoil", ["flip", "lose", "database"])
def test_a_damaged_backup_never_becomes_a_home(
    town: Home, target: Path, tmp_path: Path, spoil: str
) -> None:
    folder = back_up(town, target, actor="test").folder
    victim = folder / "office.db"
    if spoil != "database":
        victim = sorted(path for path in folder.glob("private/media/*/*/*"))[0]
    if spoil == "lose":
        victim.unlink()
    else:
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
    with pytest.raises(IntegrityError, match=victim.name):
        restore(folder, tmp_path / "new", actor="test")
    with pytest.raises(HomeError, match="has not ended"):
        find_home(tmp_path / "new")


def test_a_folder_that_holds_anything_is_left_alone(
    town: Home, target: Path, tmp_path: Path
) -> None:
    folder = back_up(town, target, actor="test").folder
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    for place, why in (
        (tmp_path / "full", "is not empty"),
        (town.path, "is not empty"),
        (folder / "new", "inside a backup"),
        (tmp_path / "no" / "where", "is not there"),
    ):
        with pytest.raises(UsageError, match=why):
            restore(folder, place, actor="test")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]
    with pytest.raises(UsageError, match=f"it holds 1, the newest is {folder.name}"):
        restore(target, tmp_path / "new", actor="test")


def test_an_unfinished_restore_of_another_backup_is_refused_with_the_next_step(
    town: Home, target: Path, tmp_path: Path
) -> None:
    first = back_up(town, target, actor="test").folder
    second = back_up(town, target, actor="test").folder
    assert not run_and_die(60, _restore_in_child, first, tmp_path / "new")
    with pytest.raises(UsageError, match=f"unfinished restore of {first}: end it with"):
        restore(second, tmp_path / "new", actor="test")


def _restore_in_child(folder: Path, new: Path) -> None:
    restore(folder, new, actor="child")


def test_what_was_destroyed_since_is_destroyed_again_down_to_the_last_byte(
    town: Home, target: Path, tmp_path: Path
) -> None:
    folder = back_up(town, target, actor="test").folder
    held = destroy_post(town, 0)
    words = ["the pool opens", str(10**12)]
    assert search_home(folder, words), "the backup holds it: that is why this matters"
    report = restore(folder, tmp_path / "new", actor="test")
    new = find_home(report.home)
    assert search_home(new.path, words) == {}
    assert search_home(new.path, ["the pool closes"])
    with Archive.open(new) as archive:
        for access in Access:
            assert archive.file(access).execute("SELECT count(*) FROM records").fetchone()[0] == 1
    assert verify_home(new).ok
    with closing(open_office(new)) as office:
        (batch,) = replayed(office)
        entry = audit_trail(office, subject=f"backup {folder.name}")[0]
        known = [made.folder for made in backups_before(office, "9999-12-31T00:00:00Z")]
    assert (batch.number, batch.destroyed, batch.absent) == ("D-2026-01", len(held), 0)
    assert entry.detail is not None
    assert entry.detail["replayed"] == ["D-2026-01"]
    assert known == [folder]
    assert new.destructions.read_bytes() == town.destructions.read_bytes()


def test_an_exchange_that_also_brought_a_surviving_record_goes_and_the_record_stays(
    town: Home, target: Path, tmp_path: Path
) -> None:
    capture_together(town, {20: "the slide is closed", 21: "the swing is open"})
    folder = back_up(town, target, actor="test").folder
    destroy_post(town, 20)
    new = Home(restore(folder, tmp_path / "new", actor="test").home)
    assert search_home(new.path, ["the slide is closed"]) == {}
    assert search_home(new.path, ["the swing is open"])
    assert verify_home(new).ok


def test_what_was_destroyed_before_the_backup_is_no_replay(
    town: Home, target: Path, tmp_path: Path
) -> None:
    destroy_post(town, 0)
    folder = back_up(town, target, actor="test").folder
    report = restore(folder, tmp_path / "new", actor="test")
    assert report.replayed == ()


def test_what_came_and_went_after_the_backup_is_told_as_absent(
    town: Home, target: Path, tmp_path: Path
) -> None:
    folder = back_up(town, target, actor="test").folder
    capture(town, ["the pool is painted"], first=5)
    destroy_post(town, 5)
    (batch,) = restore(folder, tmp_path / "new", actor="test").replayed
    assert (batch.doomed, batch.absent, batch.unmatched) == (0, 2, [])


def test_the_same_id_with_another_leaf_is_reported_and_never_destroyed(
    town: Home, target: Path, tmp_path: Path
) -> None:
    folder = back_up(town, target, actor="test").folder
    held = destroy_post(town, 0, told=False)
    other = [(*each[:3], "ab" * 32) for each in held]
    tell(town, "D-2026-01", other)
    report = restore(folder, tmp_path / "new", actor="test")
    (batch,) = report.replayed
    assert batch.doomed == 0
    assert {(file, ref) for file, _, ref in batch.unmatched} == {
        (file, ref) for file, _, ref, _ in held
    }
    with Archive.open(Home(report.home)) as archive:
        assert archive.public.execute("SELECT count(*) FROM records").fetchone()[0] == 2
    with closing(open_office(Home(report.home))) as office:
        assert len(replayed(office)[0].unmatched) == 2


def test_the_longest_copy_counts_wherever_it_lies(town: Home, target: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.jsonl"
    changed = msgspec.structs.replace(town.settings(), retention=Retention(ledger=str(elsewhere)))
    town.settings_file.write_text(settings_text(changed), "utf-8")
    folder = back_up(town, target, actor="test").folder
    beside = ledger_beside(target)
    short = beside.read_bytes()
    destroy_post(town, 0)
    beside.write_bytes(short)
    report = restore(folder, tmp_path / "one", actor="test")
    assert report.ledger == elsewhere
    assert [each.number for each in report.replayed] == ["D-2026-01"]
    moved = elsewhere.rename(tmp_path / "on a stick.jsonl")
    report = restore(folder, tmp_path / "two", actor="test", wishes=Wishes(ledger=moved))
    assert [each.number for each in report.replayed] == ["D-2026-01"]


def test_without_a_ledger_somebody_says_why(town: Home, target: Path, tmp_path: Path) -> None:
    folder = back_up(town, target, actor="test").folder
    ledger_beside(target).unlink()
    with pytest.raises(RuleError, match="no ledger of destructions was found"):
        restore(folder, tmp_path / "new", actor="test")
    assert not (tmp_path / "new").exists()
    why = "the disk with the ledger burned"
    report = restore(folder, tmp_path / "new", actor="test", wishes=Wishes(without_ledger=why))
    assert report.ledger is None
    with closing(open_office(Home(report.home))) as office:
        entry = audit_trail(office, subject=f"backup {folder.name}")[0]
    assert entry.detail is not None
    assert entry.detail["without a ledger because"] == why


def test_a_broken_or_shortened_ledger_is_refused(town: Home, target: Path, tmp_path: Path) -> None:
    destroy_post(town, 0)
    folder = back_up(town, target, actor="test").folder
    beside = ledger_beside(target)
    whole = beside.read_bytes()
    beside.write_bytes(whole.replace(b"D-2026-01", b"D-2026-02"))
    with pytest.raises(IntegrityError, match="line 2: its signature does not fit"):
        restore(folder, tmp_path / "new", actor="test")
    beside.write_bytes(whole.splitlines(keepends=True)[0])
    with pytest.raises(IntegrityError, match="does not reach up to this backup"):
        restore(folder, tmp_path / "new", actor="test")
    beside.write_bytes(whole)
    restore(folder, tmp_path / "new", actor="test")


def test_a_backup_signed_with_another_key_than_named_is_refused(
    town: Home, target: Path, tmp_path: Path
) -> None:
    report = back_up(town, target, actor="test")
    with pytest.raises(IntegrityError, match="not with the one you named"):
        restore(report.folder, tmp_path / "new", actor="test", wishes=Wishes(key="0123abcd"))


def test_a_home_that_was_not_whole_opens_only_when_somebody_says_why(
    town: Home, target: Path, tmp_path: Path
) -> None:
    sorted((town.path / "public" / "media").rglob("*/*/*"))[0].unlink()
    folder = back_up(town, target, actor="test").folder
    with pytest.raises(IntegrityError, match="does not verify"):
        restore(folder, tmp_path / "new", actor="test")
    with pytest.raises(HomeError, match="has not ended"):
        prepare(Home(tmp_path / "new"))
    wishes = Wishes(accept="the picture was lost in 2025")
    report = restore(folder, tmp_path / "new", actor="test", wishes=wishes)
    assert len(report.findings) == 1
    find_home(report.home)
    with closing(open_office(Home(report.home))) as office:
        (entry,) = audit_trail(office, subject="restored home")
    assert entry.detail == {"findings": 1, "reason": "the picture was lost in 2025"}


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_a_restore_ends_like_one_that_was_not(
    town: Home, target: Path, tmp_path: Path, seed: int
) -> None:
    folder = back_up(town, target, actor="test").folder
    destroy_post(town, 0)
    calm = Home(restore(folder, tmp_path / "calm", actor="test").home)
    dice = random.Random(seed)
    new = Home(tmp_path / "new")
    kills = 0
    steps = 40
    while not run_and_die(dice.randint(steps // 2, steps), _restore_in_child, folder, new.path):
        kills += 1
        steps += steps // 4
        if (new.path / RESTORING_FILE).exists():
            with pytest.raises(HomeError, match="has not ended"):
                find_home(new.path)
        elif new.path.exists() and any(new.path.glob("*.db")):
            break
    assert kills >= 8
    find_home(new.path)
    assert _content(new) == _content(calm)
    assert verify_home(new).ok
    assert search_home(new.path, ["the pool opens"]) == {}
    with closing(open_office(new)) as office:
        assert [(each.number, each.destroyed) for each in replayed(office)] == [("D-2026-01", 2)]


def _content(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """What counts: all but the tombstones, which tell when they were set."""
    return {what: held for what, held in rows_of(home).items() if "tombstones" not in what}


def test_a_tested_restore_is_recorded_and_leaves_nothing_behind(
    town: Home, target: Path, tmp_path: Path
) -> None:
    folder = back_up(town, target, actor="test").folder
    destroy_post(town, 0)
    beside = ledger_beside(target).read_bytes()
    test, report = try_restore(town, folder, tmp_path / "scratch", actor="test")
    assert not (tmp_path / "scratch").exists()
    with closing(open_office(town)) as office:
        assert last_restore_test(office) == test
    assert (test.outcome, test.backup) == ("passed", folder.name)
    assert test.detail["replayed"] == ["D-2026-01"]
    assert test.detail["checked"]["records"] == 2  # type: ignore[index]
    assert ledger_beside(target).read_bytes() == beside
    assert report.findings == ()


def test_a_failed_test_says_what_was_wrong_and_leaves_nothing_behind(
    town: Home, target: Path, tmp_path: Path
) -> None:
    from archiver.operations.home import create_home

    folder = back_up(town, target, actor="test").folder
    victim = sorted(folder.glob("private/media/*/*/*"))[0]
    victim.write_bytes(b"spoiled")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(IntegrityError, match=victim.name):
        try_restore(town, folder, scratch, actor="test")
    assert list(scratch.iterdir()) == []
    with closing(open_office(town)) as office:
        test = last_restore_test(office)
    assert test is not None
    assert test.outcome == "failed"
    assert victim.name in str(test.detail["wrong"])
    other = create_home(tmp_path / "other", town.settings())
    stranger = back_up(other, target, actor="test").folder
    with pytest.raises(IntegrityError, match="another home's backup"):
        try_restore(town, stranger, scratch, actor="test")
    with pytest.raises(UsageError, match="lies inside the archive home"):
        try_restore(town, folder, town.path / "scratch", actor="test")
    (scratch / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        try_restore(town, folder, scratch, actor="test")
    assert (scratch / "letter.txt").read_text() == "mine"


def test_a_restored_home_goes_on_and_is_backed_up_like_any_other(
    town: Home, target: Path, tmp_path: Path
) -> None:
    first = back_up(town, target, actor="test").folder
    second = back_up(town, target, actor="test").folder
    destroy_post(town, 0)
    new = Home(restore(first, tmp_path / "new", actor="test").home)
    capture(new, ["a new day"], first=9)
    report = back_up(new, target, actor="test")
    assert report.linked > 0
    assert all(copy.state == "current" for copy in catch_up(new, new.settings()))
    with closing(open_office(new)) as office:
        known = {made.folder for made in backups_before(office, "9999-12-31T00:00:00Z")}
    assert known == {first, second, report.folder}, "the other backup holds what was destroyed too"
