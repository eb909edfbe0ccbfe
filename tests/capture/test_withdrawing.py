"""An import withdrawn leaves the archive as it was before it, and can be made again."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archiver.archive.seals import seal
from archiver.archive.search import search
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.archive.withdrawing import rests_on
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.capture.imports import account_ref, import_download
from archiver.config import Home
from archiver.errors import InputError, RuleError
from archiver.items import Access, Author, AuthorRole, Item, Kind
from tests.capture.import_home import ACCOUNT_ROW, count, imported, looking, new_home
from tests.capture.withdrawn_home import alike, everything, withdrawn
from tests.exports.x_downloads import day, full_download, manifest, post, snowflake, write_zip, ytd


@pytest.fixture(autouse=True)
def _a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-07-01T09:00:00Z")


def sealed(home: Home) -> None:
    with Archive.open(home, write=True) as archive:
        seal(archive, now="2026-07-01T10:00:00Z")


def test_a_withdrawn_import_leaves_nothing_but_its_trace(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    before = everything(home)
    run = imported(home, write_zip(tmp_path / "a.zip", full_download())).run
    sealed(home)
    brought = count(home, "records") + count(home, "records", Access.PRIVATE)
    done = withdrawn(home, run)
    assert done.records == brought
    assert done.originals == 1
    assert everything(home) == before
    found = verify(home)
    assert found.ok, found.findings[:3]


def test_the_trace_says_who_when_why_how_much_and_of_which_file(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    report = imported(home, write_zip(tmp_path / "a.zip", full_download()))
    withdrawn(home, report.run, reason="it was the fire department's")
    with looking(home) as archive:
        row = archive.private.execute(
            "SELECT actor, at, reason, detail FROM withdrawals WHERE run_id = ?", (report.run,)
        ).fetchone()
        told = archive.public.execute(
            "SELECT detail FROM audit WHERE action = 'import withdrawn'"
        ).fetchone()
    assert tuple(row)[:3] == ("odile", "2026-07-02T09:00:00Z", "it was the fire department's")
    assert report.sha256 in row["detail"]
    assert "a.zip" in row["detail"]
    assert report.sha256 in told["detail"]
    assert "a.zip" not in told["detail"], "the name may be private"


def test_the_same_file_is_imported_again_as_if_never_before(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    file = write_zip(tmp_path / "a.zip", full_download())
    first = imported(home, file)
    wanted = alike(home)
    for _ in range(2):
        withdrawn(home, first.run)
        again = imported(home, file)
        assert again.outcome == first.outcome
        assert again.total == first.total
        assert alike(home) == wanted
        first = again
    assert verify(home).ok


WORDS = ("heron", "pond", "bridge", "storm", "swing")


def _download(draw: Any, made: str) -> dict[str, bytes]:
    """A download of some of twelve posts, some edited or deleted, with pictures and followers."""
    chosen = draw(st.lists(st.integers(0, 11), unique=True, max_size=8))
    files = full_download() if draw(st.booleans()) else {}
    base = full_download()
    for name in ("data/account.js", "data/profile.js", "data/manifest.js"):
        files.setdefault(name, base[name])
    posts, deleted = [], []
    for n in chosen:
        text = f"Notice {n} about the {draw(st.sampled_from(WORDS))}"
        entry = post(
            text,
            day(40 + n),
            native_id=snowflake(day(40 + n)),
            favorite_count=str(draw(st.integers(0, 2))),
        )
        if draw(st.integers(0, 4)) == 0:
            deleted.append(
                post(
                    text,
                    day(40 + n),
                    native_id=snowflake(day(40 + n)),
                    deleted_at="2026-05-25T10:00:00.000Z",
                )
            )
            continue
        posts.append(entry)
        if draw(st.booleans()):
            own = entry["tweet"]["id_str"]
            picture = b"\xff\xd8\xff" + str(draw(st.integers(0, 3))).encode() * 40
            files[f"data/tweets_media/{own}-a.jpg"] = picture
            media = [
                {
                    "id_str": "1",
                    "media_url_https": "https://pbs.example.com/media/a.jpg",
                    "type": "photo",
                }
            ]
            entry["tweet"]["extended_entities"] = {"media": media}
    files["data/tweets.js"] = ytd("tweets", posts)
    files["data/deleted-tweets.js"] = ytd("deleted_tweets", deleted)
    people = draw(st.lists(st.integers(0, 5), unique=True))
    files["data/follower.js"] = ytd(
        "follower", [{"follower": {"accountId": str(4_000_000_000 + n)}} for n in people]
    )
    files["data/manifest.js"] = manifest(
        {"data/tweets.js": len(posts), "data/follower.js": len(people)}, generated=made
    )
    return files


@st.composite
def two_downloads(draw: Any) -> tuple[dict[str, bytes], dict[str, bytes]]:
    days = draw(st.permutations(["2026-06-01T08:00:00.000Z", "2026-06-02T08:00:00.000Z"]))
    return _download(draw, days[0]), _download(draw, days[1])


@contextmanager
def room() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def found_by(home: Home) -> list[Any]:
    """What searches find, and who stood on the list on each of these days."""
    found: list[Any] = []
    with looking(home) as archive:
        files = {"archive": archive.public, "private": archive.private}
        for word in (*WORDS, "notice", "swing OR heron"):
            page = search(files, word, time_zone="UTC", size=100, budget_ms=1_000)
            found.append([(hit.file, hit.id, str(hit)) for hit in page.rows])
        for when in ("2026-05-31", "2026-06-01T12", "2026-06-03", "2026-07-02"):
            listed = archive.private.execute(
                """
                SELECT native_id FROM subscribers
                WHERE from_at <= ?1 AND (to_at IS NULL OR to_at > ?1) ORDER BY 1
                """,
                (when,),
            )
            found.append([row["native_id"] for row in listed])
    return found


@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(two_downloads())
def test_withdrawing_the_second_import_gives_back_the_state_after_the_first(
    downloads: tuple[dict[str, bytes], dict[str, bytes]],
) -> None:
    with room() as folder:
        home = new_home(folder / "home")
        imported(home, write_zip(folder / "a.zip", downloads[0]))
        first, shown = everything(home), found_by(home)
        file = write_zip(folder / "b.zip", downloads[1])
        second = imported(home, file)
        both = alike(home)
        sealed(home)
        if second.outcome == "unchanged":
            with pytest.raises(RuleError, match="brought nothing"):
                withdrawn(home, second.run)
            return
        withdrawn(home, second.run)
        assert everything(home) == first
        assert found_by(home) == shown
        found = verify(home)
        assert found.ok, found.findings[:3]
        imported(home, file)
        assert alike(home) == both
        found = verify(home)
        assert found.ok, found.findings[:3]


def many() -> dict[str, bytes]:
    """A download that is read in many batches, with people at its end."""
    files = full_download()
    posts = [post(f"Notice {n} about the pond", day(n // 20, n % 20)) for n in range(300)]
    files["data/tweets-part2.js"] = ytd("tweets", posts, 2)
    files["data/follower-part1.js"] = ytd(
        "follower", [{"follower": {"accountId": str(7_000_000 + n)}} for n in range(200)]
    )
    files["data/manifest.js"] = manifest({"data/tweets-part2.js": len(posts)})
    return files


class Stopped(Exception):
    """An import that ends in the middle, as a kill ends it."""


@pytest.mark.parametrize("stops", [(120,), (40, 200), (330, 330), (500, 520)])
def test_an_import_in_several_attempts_is_withdrawn_with_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stops: tuple[int, ...]
) -> None:
    monkeypatch.setattr("archiver.exports.paging.PAGE_UNITS", 40)
    home = new_home(tmp_path / "home")
    file = write_zip(tmp_path / "a.zip", many())
    before = everything(home)
    runs = []
    for stop in stops:

        def stopping(what: str, done: int, total: int | None, stop: int = stop) -> None:
            if what == "importing" and done > stop:
                raise Stopped

        with pytest.raises(Stopped):
            imported(home, file, progress=stopping)
    last = imported(home, file)
    with looking(home) as archive:
        runs = [row["id"] for row in archive.public.execute("SELECT id FROM runs ORDER BY id")]
        (said,) = rests_on(archive, runs[0])
    assert f"withdraw run {last.run}, which takes this one with it" in said
    withdrawn(home, last.run)
    assert everything(home) == before
    with looking(home) as archive:
        gone = archive.public.execute("SELECT run_id FROM withdrawals ORDER BY run_id")
        assert [row["run_id"] for row in gone] == runs
    found = verify(home)
    assert found.ok, found.findings[:3]


def test_an_import_that_never_ended_is_withdrawn_and_begun_anew(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    file = write_zip(tmp_path / "a.zip", many())
    undisturbed = new_home(tmp_path / "undisturbed")
    whole = imported(undisturbed, file)

    def stopping(what: str, done: int, total: int | None) -> None:
        if what == "importing" and done > 100:
            raise Stopped

    before = everything(home)
    with pytest.raises(Stopped):
        imported(home, file, progress=stopping)
    withdrawn(home, 1)
    assert everything(home) == before
    again = imported(home, file)
    assert not again.resumed
    assert again.total == whole.total
    assert alike(home) == alike(undisturbed)
    assert verify(home).ok


def test_a_file_read_for_two_accounts_stays_until_the_second_is_withdrawn_too(
    tmp_path: Path,
) -> None:
    home = new_home(tmp_path / "home")
    file = write_zip(tmp_path / "a.zip", full_download())
    other = dataclasses.replace(ACCOUNT_ROW, id=2, native_id=None)
    first = imported(home, file)
    wrong = imported(home, file, other)
    held = alike(home)
    done = withdrawn(home, first.run)
    assert done.originals == 0
    assert list((home.path / "private" / "originals").iterdir())
    assert verify(home).ok
    imported(home, file)
    assert alike(home) == held
    withdrawn(home, wrong.run)
    assert verify(home).ok
    again = imported(home, file)
    assert again.outcome == "unchanged"
    with looking(home) as archive:
        (last,) = archive.public.execute(
            "SELECT max(id) FROM runs WHERE account_id = 1 AND notes NOT LIKE '%unchanged%'"
        ).fetchone()
    assert withdrawn(home, last).originals == 1
    assert not list((home.path / "private" / "originals").iterdir())
    assert verify(home).ok


def test_a_set_of_files_goes_but_for_the_part_an_earlier_import_brought(tmp_path: Path) -> None:
    whole = full_download()
    later = {"data/direct-messages.js": whole.pop("data/direct-messages.js")}
    parts = [write_zip(tmp_path / "1.zip", whole), write_zip(tmp_path / "2.zip", later)]
    home = new_home(tmp_path / "home")
    imported(home, parts[0])
    first = everything(home)
    with Archive.open(home, write=True) as archive:
        both = import_download(archive, ACCOUNT_ROW, parts)
    assert len(list((home.path / "private" / "originals").iterdir())) == 2
    assert withdrawn(home, both.run).originals == 1
    assert everything(home) == first
    withdrawn(home, 1)
    assert not list((home.path / "private" / "originals").iterdir())
    assert verify(home).ok


def captured(home: Home, *, start: str | None, end: str, posts: bool = False) -> int:
    """A capture by the platform's interface after the import, that looked at posts of that time."""
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, account_ref(ACCOUNT_ROW), source="x")
        with batch(archive, run) as opened:
            opened.cover(Kind.POST, start=start, end=end, state="complete")
            if posts:
                row = archive.public.execute(
                    "SELECT native_id, created_at FROM records WHERE kind = 'post' LIMIT 1"
                ).fetchone()
                item = Item(
                    platform="x",
                    kind=Kind.POST,
                    native_id=row["native_id"],
                    author=Author(
                        ACCOUNT_ROW.native_id, ACCOUNT_ROW.handle, None, AuthorRole.AGENCY
                    ),
                    created_at=row["created_at"],
                    text="It was edited since",
                    stable=b"edited",
                    raw=b"edited",
                )
                opened.add([item], observed_at=end)
        finish_run(archive, run, outcome="complete")
    return run.id


def test_a_capture_that_met_the_same_posts_keeps_an_import(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    run = imported(home, write_zip(tmp_path / "a.zip", full_download())).run
    captured(home, start="2026-06-20T00:00:00Z", end="2026-06-30T00:00:00Z")
    with looking(home) as archive:
        assert rests_on(archive, run) == [], "it looked at another time"
    later = captured(home, start=None, end="2026-06-30T00:00:00Z")
    with looking(home) as archive:
        (said,) = rests_on(archive, run)
    assert f"run {later} (x) looked at the same posts after it" in said
    with pytest.raises(RuleError, match="looked at the same posts"):
        withdrawn(home, run)


def test_a_version_captured_since_keeps_an_import(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    run = imported(home, write_zip(tmp_path / "a.zip", full_download())).run
    later = captured(home, start="2026-06-20T00:00:00Z", end="2026-06-30T00:00:00Z", posts=True)
    with looking(home) as archive:
        (said,) = rests_on(archive, run)
    assert f"run {later} wrote more about one of its records since" in said


def test_a_run_of_the_interface_and_one_that_is_not_there_are_not_withdrawn(
    tmp_path: Path,
) -> None:
    home = new_home(tmp_path / "home")
    imported(home, write_zip(tmp_path / "a.zip", full_download()))
    run = captured(home, start=None, end="2026-06-30T00:00:00Z")
    with pytest.raises(RuleError, match="it is a run of x"):
        withdrawn(home, run)
    with pytest.raises(InputError, match="there is no run 77"):
        withdrawn(home, 77)


def forged(home: Home, *statements: str) -> list[str]:
    """What verify finds in a copy of a home in which somebody who can write changed this."""
    copy = Home(home.path.parent / "forged")
    shutil.rmtree(copy.path, ignore_errors=True)
    shutil.copytree(home.path, copy.path)
    for access in Access:
        with closing(sqlite3.connect(copy.database(access))) as connection, connection:
            for statement in statements:
                connection.execute(statement)
    return [f"{found.where}: {found.what}" for found in verify(copy).findings]


def test_a_withdrawal_somebody_made_up_is_found(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    first = imported(home, write_zip(tmp_path / "a.zip", full_download())).run
    files = {**many(), "data/manifest.js": manifest({}, generated="2026-06-02T08:00:00.000Z")}
    second = imported(home, write_zip(tmp_path / "b.zip", files)).run
    sealed(home)
    withdrawn(home, second)
    sealed(home)
    assert verify(home).ok
    guards = [
        f"DROP TRIGGER {name}"
        for name in ("tombstones_keep", "tombstones_stay", "withdrawals_keep", "withdrawals_stay")
    ]
    found = forged(home, *guards, "DELETE FROM withdrawals")
    assert any("there is no such withdrawal" in each for each in found)
    found = forged(home, *guards, "UPDATE withdrawals SET reason = 'another'")
    assert any("it does not match its leaf" in each for each in found)
    found = forged(
        home,
        *guards,
        "DELETE FROM tombstones WHERE id = (SELECT max(id) FROM tombstones WHERE kind = 'record')",
    )
    assert any("not as much has its tombstone as it says" in each for each in found)
    stone = f"""
        INSERT INTO tombstones (kind, ref, record_id, leaf_seq, leaf_hash, at, authority, leaf,
            detail)
        SELECT 'coverage', c.id, 0, c.leaf, l.hash, '2026-07-02T09:00:00Z', 'x', 1,
            '{{"act":"withdrawn","batch":"import run {second}"}}'
        FROM coverage AS c JOIN leaves AS l ON l.seq = c.leaf WHERE c.run_id = {first} LIMIT 1
    """
    found = forged(home, stone, "DELETE FROM coverage WHERE id = (SELECT min(id) FROM coverage)")
    assert any("the import did not bring what it stands for" in each for each in found)
    assert any("not as much has its tombstone as it says" in each for each in found)
    back = f"""
        INSERT INTO coverage (run_id, account_id, what, end_at, state, reason, leaf)
        VALUES ({second}, 1, 'post', '2026-07-01', 'complete', '', 1)
    """
    found = forged(home, back)
    assert any(
        "it is there although it was destroyed" in each or "although it was withdrawn" in each
        for each in found
    )


def test_a_list_that_a_later_import_took_too_keeps_an_import(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    first = full_download()
    run = imported(home, write_zip(tmp_path / "a.zip", first)).run
    empty = {
        "data/account.js": first["data/account.js"],
        "data/follower.js": ytd("follower", []),
        "data/manifest.js": manifest({"data/follower.js": 0}, generated="2026-06-02T08:00:00.000Z"),
    }
    later = imported(home, write_zip(tmp_path / "b.zip", empty)).run
    with looking(home) as archive:
        said = rests_on(archive, run)
    assert any(f"run {later} imported another download" in each for each in said)
    assert any(f"run {later} noted since" in each for each in said)
    withdrawn(home, later)
    with looking(home) as archive:
        assert rests_on(archive, run) == []
