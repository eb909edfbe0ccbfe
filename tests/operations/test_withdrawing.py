"""An import is withdrawn while nothing rests on it, whoever asks; and what rests on it is said."""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archiver.archive.rows import RowWriter
from archiver.archive.store import Archive
from archiver.archive.tombstones import WITHDRAWN
from archiver.archive.verify import verify
from archiver.capture.imports import import_download
from archiver.config import Home
from archiver.database import write_transaction
from archiver.errors import InputError, RuleError
from archiver.operations import withdrawing
from archiver.operations.backup import back_up
from archiver.operations.clearing import clear_destroyed
from archiver.operations.imports_made import import_made, imports_made
from archiver.operations.restore import restore
from archiver.operations.verifying import verify_home
from archiver.operations.withdrawing import blockers, go_on, withdraw, would_withdraw
from archiver.register.accounts import add_account, list_accounts
from archiver.register.office import open_office
from archiver.retention.holds import HoldKind, hold_records, place_hold, release_hold
from tests.capture.withdrawn_home import alike, everything
from tests.exports.x_downloads import ACCOUNT, HANDLE, day, full_download, post, write_zip, ytd
from tests.operations.bombs import run_and_die

WHY = "it was the download of another account"


@pytest.fixture(autouse=True)
def _a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-07-01T09:00:00Z")


@pytest.fixture
def town(home: Home) -> Home:
    """A home with an account and nothing captured."""
    with closing(open_office(home)) as office:
        add_account(
            office,
            actor="test",
            platform="x",
            handle=HANDLE,
            department="Parks",
            division="",
            native_id=ACCOUNT,
        )
    return home


def bring(home: Home, files: dict[str, bytes], name: str = "a.zip") -> int:
    """Import a download; its run."""
    file = write_zip(home.path.parent / name, files)
    with closing(open_office(home)) as office, Archive.open(home, write=True) as archive:
        report = import_download(archive, list_accounts(office)[0], file)
    assert report.run is not None
    return report.run


def take_back(home: Home, run: int) -> None:
    """Withdraw an import as the command does."""
    with closing(open_office(home)) as office, Archive.open(home, write=True) as archive:
        withdraw(home, archive, office, run, actor="odile", reason=WHY)


def in_the_way(home: Home, run: int) -> list[str]:
    """What rests on an import."""
    with closing(open_office(home)) as office, Archive.open(home, whole=True) as archive:
        return blockers(home, archive, office, run)


def a_record(home: Home) -> int:
    """A public record of the archive."""
    with Archive.open(home) as archive:
        return int(archive.public.execute("SELECT max(id) FROM records").fetchone()[0])


def later_posts() -> dict[str, bytes]:
    """A later download of the account, that holds two posts more."""
    files = full_download()
    files["data/tweets-part1.js"] = ytd(
        "tweets", [post("The pond is open", day(60)), post("The bridge too", day(61))], 1
    )
    files["data/manifest.js"] = files["data/manifest.js"].replace(
        b"2026-06-01T08", b"2026-06-20T08"
    )
    return files


def test_an_import_nothing_rests_on_is_withdrawn_and_verifies(town: Home) -> None:
    before = everything(town)
    run = bring(town, full_download())
    assert in_the_way(town, run) == []
    take_back(town, run)
    assert everything(town) == before
    report = verify_home(town)
    assert report.ok, report.findings[:3]
    with Archive.open(town) as archive:
        (made,) = imports_made(archive)
        assert made.outcome == WITHDRAWN
        assert made.withdrawn is not None
        assert made.withdrawn.reason == WHY
        assert made.withdrawn.went["records"] > 20
        assert made.files[0].name == "a.zip"


def test_that_its_dates_moved_since_keeps_no_import(town: Home) -> None:
    run = bring(town, full_download())
    number = a_record(town)
    at = "2026-07-01T10:00:00Z"
    with Archive.open(town, write=True) as archive, archive.writer():
        rows = RowWriter(archive.public)
        # as a schedule that is adopted since writes it
        rows.add("event", number, None, "retention", at, at, "{}", None, None, None, rows.salt())
        rows.flush()
    assert in_the_way(town, run) == []
    with Archive.open(town, whole=True) as archive:
        told = would_withdraw(archive, run)
    take_back(town, run)
    with Archive.open(town, whole=True) as archive:
        went = import_made(archive, run).withdrawn
    assert went is not None and went.went["events"] == told.events
    found = verify(town)
    assert found.ok, found.findings[:3]


def test_a_withdrawal_needs_a_reason_and_a_run_that_is_an_import(town: Home) -> None:
    run = bring(town, full_download())
    with closing(open_office(town)) as office, Archive.open(town, write=True) as archive:
        with pytest.raises(InputError, match="needs a reason"):
            withdraw(town, archive, office, run, actor="odile", reason="  ")
        with pytest.raises(InputError, match="there is no run 99"):
            withdraw(town, archive, office, 99, actor="odile", reason=WHY)
    take_back(town, run)
    assert in_the_way(town, run) == ["it was withdrawn already"]


def test_what_was_imported_a_second_time_points_to_the_first(town: Home) -> None:
    first = bring(town, full_download())
    second = bring(town, full_download())
    (said,) = in_the_way(town, second)
    assert f"run {first} had imported the same file" in said


def test_a_later_import_of_the_account_is_withdrawn_first(town: Home) -> None:
    first = bring(town, full_download())
    state = alike(town)
    second = bring(town, later_posts(), "b.zip")
    assert any(f"withdraw run {second} first" in each for each in in_the_way(town, first))
    with pytest.raises(RuleError, match=f"import run {first} stays as it is"):
        take_back(town, first)
    take_back(town, second)
    assert alike(town) == state
    take_back(town, first)
    assert verify_home(town).ok


def _collect(office: sqlite3.Connection, record: int) -> None:
    office.execute(
        "INSERT INTO requests (id, number, year, sequence, received_at, channel, verbatim, scope, "
        "created_at, created_by) VALUES (1, 'AG-2026-0001', 2026, 1, '2026-06-01T00:00:00Z', "
        "'email', 'All', '', '2026-06-01T00:00:00Z', 'of')"
    )
    office.execute(
        "INSERT INTO request_items (request_id, file, record_id, version_id, leaf, family, "
        "as_family, added_at, added_by) VALUES (1, 'archive', ?, 1, 'aa', 'f', 0, "
        "'2026-07-01T00:00:00Z', 'of')",
        (record,),
    )


def _quarantine(office: sqlite3.Connection, record: int) -> None:
    office.execute(
        "INSERT INTO quarantine_steps (act, file, record_id, chosen, what, kind, reason, at, actor)"
        " VALUES (1, 'archive', ?, 1, 'placed', 'other', 'look', '2026-07-01', 'of')",
        (record,),
    )


def _list_in_a_batch(office: sqlite3.Connection, record: int) -> None:
    office.execute(
        "INSERT INTO disposition_items (batch_id, n, file, kind, ref, leaf, versions, leaves, "
        "account_id) VALUES (1, 1, 'archive', 'record', ?, ?, 1, ?, 1)",
        (record, "a" * 64, "b" * 64),
    )
    office.execute(
        "INSERT INTO dispositions (id, number, kind, year, sequence, route, act, schedule, "
        "criteria, note, frozen_at, frozen_by, items, digest, left_out) VALUES (1, 'D-2026-01', "
        "'disposition', 2026, 1, 'city', 'destroyed', 's', '{}', '', '2026-07-01', 'of', 1, ?, "
        "'{}')",
        ("c" * 64,),
    )


def _take_as_a_request(office: sqlite3.Connection, record: int) -> None:
    _collect(office, record + 8)
    office.execute(
        "INSERT INTO request_sources (request_id, file, record_id, version_id, at, actor) "
        "VALUES (1, 'archive', ?, 1, '2026-07-01', 'of')",
        (record,),
    )


def _take_a_list(office: sqlite3.Connection, record: int) -> None:
    _collect(office, record + 8)
    office.execute(
        "INSERT INTO request_lists (request_id, kind, file, account_id, title, about, columns, "
        "as_of, rows, digest, at, actor) VALUES (1, 'followers', 'private', 1, 'Followers', '', "
        "'[]', '2026-07-01', 0, 'd', '2026-07-01T10:00:00Z', 'of')"
    )


@pytest.mark.parametrize(
    ("happen", "said"),
    [
        (_collect, "collected in request AG-2026-0001"),
        (_quarantine, "in quarantine: the city attorney decides"),
        (_list_in_a_batch, "batch D-2026-01 (open) lists 1 of what it brought"),
        (_take_as_a_request, "request AG-2026-0001 came by 1 of its records"),
        (_take_a_list, "request AG-2026-0001 took the list “Followers” since"),
    ],
)
def test_what_the_office_holds_of_an_import_keeps_it(
    town: Home, happen: Callable[[sqlite3.Connection, int], None], said: str
) -> None:
    run = bring(town, full_download())
    state = everything(town)
    with closing(open_office(town)) as office, write_transaction(office):
        happen(office, a_record(town))
    (sentence,) = in_the_way(town, run)
    assert said in sentence
    with pytest.raises(RuleError):
        take_back(town, run)
    assert everything(town) == state


def test_a_hold_keeps_an_import_until_it_is_released(town: Home) -> None:
    run = bring(town, full_download())
    with closing(open_office(town)) as office:
        with write_transaction(office):
            hold = place_hold(
                office, actor="test", kind=HoldKind.LITIGATION, reference="26CV001", reason="suit"
            )
            hold_records(office, hold, [("archive", a_record(town))], actor="test")
        (sentence,) = in_the_way(town, run)
        assert f"under the hold {hold.title}" in sentence
        with write_transaction(office):
            release_hold(office, hold, actor="test", reason="settled")
    assert in_the_way(town, run) == []


def test_what_is_collected_while_it_is_withdrawn_wins(
    town: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bring(town, full_download())
    state = everything(town)
    record = a_record(town)
    undo = withdrawing.withdraw_import

    def collected_meanwhile(*given: object, **named: object) -> object:
        done = undo(*given, **named)  # type: ignore[arg-type]
        with closing(open_office(town)) as office, write_transaction(office):
            _collect(office, record)
        return done

    monkeypatch.setattr(withdrawing, "withdraw_import", collected_meanwhile)
    with pytest.raises(RuleError, match="collected in request AG-2026-0001"):
        take_back(town, run)
    assert everything(town) == state
    assert verify(town).ok


def test_a_backup_made_before_does_not_bring_the_import_back(town: Home, tmp_path: Path) -> None:
    kept = bring(town, full_download())
    state = everything(town)
    run = bring(town, later_posts(), "b.zip")
    target = tmp_path / "target"
    target.mkdir()
    folder = back_up(town, target, actor="test").folder
    take_back(town, run)
    report = restore(folder, tmp_path / "new", actor="test")
    new = Home(report.home)
    assert [each.act for each in report.replayed] == [WITHDRAWN]
    found = everything(new)
    for name, rows in state.items():
        assert found[name] == rows, name
    assert verify_home(new).ok
    with Archive.open(new) as archive:
        assert import_made(archive, run).outcome == WITHDRAWN
        assert import_made(archive, kept).outcome != WITHDRAWN
    again = restore(back_up(new, target, actor="test").folder, tmp_path / "newer", actor="test")
    assert again.replayed == ()


def _withdraw_unless_done(home: Home, run: int) -> None:
    with closing(open_office(home)) as office, Archive.open(home, write=True) as archive:
        if import_made(archive, run).outcome != WITHDRAWN:
            withdraw(home, archive, office, run, actor="odile", reason=WHY)


@pytest.mark.parametrize("seed", range(3))
def test_a_withdrawal_killed_again_and_again_ends_like_one_left_alone(
    town: Home, tmp_path: Path, seed: int
) -> None:
    bring(town, full_download())
    before = everything(town)
    run = bring(town, later_posts(), "b.zip")
    chance = random.Random(seed)
    kills = 0
    for most in (40, 150, 400, 800, 1200, 1600, 2000):
        if run_and_die(chance.randint(most // 2, most), _withdraw_unless_done, town, run):
            break
        kills += 1
        report = verify(town)
        assert report.ok, (kills, report.findings[:3])
    assert kills >= 2, "the bomb went off too rarely to show anything"
    _withdraw_unless_done(town, run)
    _night(town)
    assert everything(town) == before
    assert verify_home(town).ok
    assert b"withdrawn by odile" in town.destructions.read_bytes()


def _night(home: Home) -> None:
    assert go_on(home, log=logging.getLogger("test")) == []


def _die_between_commits(home: Home, run: int) -> None:
    with closing(open_office(home)) as office, Archive.open(home, write=True) as archive:

        def watch(statement: str) -> None:
            if (
                statement == "COMMIT"
                and archive.private.execute("SELECT 1 FROM withdrawals").fetchone()
            ):
                os.kill(os.getpid(), signal.SIGKILL)

        archive.public.set_trace_callback(watch)
        withdraw(home, archive, office, run, actor="odile", reason=WHY)


@pytest.mark.parametrize("first", [lambda home: None, clear_destroyed])
def test_a_kill_between_the_two_files_commits_is_mended_at_the_next_start(
    town: Home, first: Callable[[Home], object]
) -> None:
    before = everything(town)
    run = bring(town, full_download())
    child = multiprocessing.get_context("fork").Process(
        target=_die_between_commits, args=(town, run)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with closing(sqlite3.connect(town.archive_db)) as public:
        assert public.execute("SELECT count(*) FROM records").fetchone()[0] > 0
    first(town)
    report = verify(town)
    assert report.ok, report.findings[:3]
    assert everything(town) == before
    _night(town)
    assert b"withdrawn by odile" in town.destructions.read_bytes()
