"""Importing X downloads: what is stored, what is reported, what is refused."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.capture import imports
from archiver.capture.import_files import keep
from archiver.capture.imports import import_download
from archiver.errors import BusyError, InputError, RuleError
from archiver.exports import reader
from archiver.exports.x.download import FORMAT
from archiver.items import Access
from tests.capture.import_home import ACCOUNT_ROW, contents, count, imported, looking, new_home
from tests.exports.x_downloads import (
    ACCOUNT,
    HANDLE,
    account,
    day,
    full_download,
    manifest,
    post,
    snowflake,
    tweet_time,
    write_folder,
    write_zip,
    ytd,
)

LATER = "2026-06-20T08:00:00.000Z"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-07-01T09:00:00Z")


def download(path: Path, **changes: bytes | None) -> Path:
    """The full download, with members replaced (`tweets=…` is data/tweets.js) or left out."""
    files = full_download()
    for name, body in changes.items():
        member = f"data/{name.replace('_', '-')}.js"
        if body is None:
            files.pop(member)
        else:
            files[member] = body
    return write_zip(path, files)


def small(path: Path, posts: list[object], generated: str, **more: bytes) -> Path:
    """A download of posts only."""
    files = {
        "data/account.js": account(),
        "data/manifest.js": manifest({"data/tweets.js": len(posts)}, generated=generated),
        "data/tweets.js": ytd("tweets", posts),
    }
    return write_zip(path, {**files, **{f"data/{name}.js": body for name, body in more.items()}})


def test_one_of_everything_is_stored_and_adds_up(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    report = imported(home, download(tmp_path / "a.zip"))
    assert report.outcome == "complete"
    assert not report.problems
    assert dataclasses.asdict(report.total) == {
        "stored": 26,
        "versions": 2,
        "duplicates": 0,
        "people": 7,
        "skipped": 2,
        "failed": 0,
        "destroyed": 0,
    }
    assert all(file.balanced and file.agrees for file in report.files)
    assert report.media_stored == 4
    assert report.media_unmatched == 1
    found = verify(home)
    assert found.ok, found.findings[:3]


def test_a_second_import_of_the_same_file_writes_a_run_and_nothing_else(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    path = download(tmp_path / "a.zip")
    imported(home, path)
    before = contents(home)
    leaves = {access: count(home, "leaves", access) for access in Access}
    report = imported(home, path)
    assert report.outcome == "unchanged"
    assert contents(home) == before
    assert count(home, "runs") == 2
    assert count(home, "originals") == 1
    for access in Access:
        assert count(home, "leaves", access) == leaves[access] + 2


def test_the_same_content_packed_anew_adds_no_record(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    imported(home, download(tmp_path / "a.zip"))
    before = contents(home)
    files = dict(reversed(full_download().items()))
    report = imported(home, write_zip(tmp_path / "b.zip", files))
    assert report.total.stored == report.total.versions == 0
    assert report.total.duplicates == 28
    after = contents(home)
    for name in before:
        if name != "coverage":
            assert after[name] == before[name], name


def test_a_folder_is_kept_as_one_zip_that_is_known_again(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    first = imported(home, write_folder(tmp_path / "one", full_download()))
    again = imported(home, write_folder(tmp_path / "two", full_download()))
    assert first.outcome == "complete"
    assert (again.outcome, again.sha256) == ("unchanged", first.sha256)
    assert [path.suffix for path in (home.path / "private" / "originals").iterdir()] == [".zip"]
    assert not list((home.path / "public" / "originals").iterdir())
    assert not list(home.path.glob(".import-1/*"))
    assert verify(home).ok


def test_a_folder_and_a_zip_give_the_same_records(tmp_path: Path) -> None:
    one, two = new_home(tmp_path / "one"), new_home(tmp_path / "two")
    imported(one, download(tmp_path / "a.zip"))
    imported(two, write_folder(tmp_path / "a", full_download()))
    left, right = contents(one), contents(two)
    for name in left:
        assert left[name] == right[name], name


def test_an_original_that_mixes_has_no_name_in_the_public_file(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    imported(home, download(tmp_path / "a.zip"))
    with looking(home) as archive:
        public = archive.public.execute("SELECT name, access FROM originals").fetchone()
        private = archive.private.execute("SELECT name, access FROM originals").fetchone()
    assert tuple(public) == (None, "private")
    assert tuple(private) == ("a.zip", "private")


def test_nothing_private_reaches_the_public_file_or_any_index(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    imported(home, download(tmp_path / "a.zip"))
    stored = json.dumps(contents(home), default=str)
    for secret in ("192.0.2.7", "555 0142", "parks@alderglen", "private taste"):
        assert secret not in stored
    public = home.archive_db.read_bytes()
    for secret in (b"swing is broken", b"See you Saturday", b"4200000001", b"192.0.2.7"):
        assert secret not in public


def test_a_later_download_adds_what_is_new_and_tells_what_is_missing(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    old = [post(f"Number {n}", day(n)) for n in range(4)]
    imported(home, small(tmp_path / "a.zip", old, "2026-06-01T08:00:00.000Z"))
    new = [*old[:2], old[3], post("Number 9", day(9))]
    report = imported(home, small(tmp_path / "b.zip", new, LATER))
    assert (report.total.stored, report.total.duplicates) == (1, 3)
    assert [(one.kind, one.count, one.native_ids) for one in report.missing] == [
        ("post", 1, (old[2]["tweet"]["id_str"],))
    ]
    with looking(home) as archive:
        rows = archive.public.execute("SELECT DISTINCT presence FROM records").fetchall()
    assert [row["presence"] for row in rows] == ["present"]
    assert count(home, "events") == 0


def test_an_edit_made_since_is_a_version_with_its_event(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    first, second = snowflake(day(1)), snowflake(day(1, 10))
    before = post("Meeting at 6", day(1), native_id=first)
    imported(home, small(tmp_path / "a.zip", [before], "2026-06-01T08:00:00.000Z"))
    edits = [first, second]
    both = [
        post("Meeting at 6", day(1), native_id=first, edits=edits),
        post("Meeting at 7", day(1, 10), native_id=second, edits=edits),
    ]
    report = imported(home, small(tmp_path / "b.zip", both, LATER))
    assert (report.total.duplicates, report.total.versions) == (1, 1)
    with looking(home) as archive:
        row = archive.public.execute("SELECT text, version_count FROM records").fetchone()
    assert tuple(row) == ("Meeting at 7", 2)


def test_an_older_download_imported_later_never_becomes_current(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    new, old = post("As it is now", day(1)), post("As it was", day(1))
    imported(home, small(tmp_path / "b.zip", [new], LATER, follower=_followers("1", "2")))
    report = imported(
        home,
        small(tmp_path / "a.zip", [old], "2026-06-01T08:00:00.000Z", follower=_followers("1", "3")),
    )
    assert report.total.versions == 1
    assert any("older than the one" in warning for warning in report.warnings)
    with looking(home) as archive:
        row = archive.public.execute("SELECT text, version_count FROM records").fetchone()
        people = archive.private.execute(
            "SELECT native_id FROM subscribers WHERE to_at IS NULL ORDER BY native_id"
        ).fetchall()
    assert tuple(row) == ("As it is now", 2)
    assert [person["native_id"] for person in people] == ["1", "2"]
    assert all(file.balanced for file in report.files)


def _followers(*native_ids: str) -> bytes:
    return ytd("follower", [{"follower": {"accountId": one}} for one in native_ids])


def test_who_left_a_list_has_an_end_and_who_came_a_beginning(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    some = [post("Hello", day(1))]
    imported(
        home,
        small(tmp_path / "a.zip", some, "2026-06-01T08:00:00.000Z", follower=_followers("1", "2")),
    )
    imported(home, small(tmp_path / "b.zip", some, LATER, follower=_followers("2", "3")))
    assert [row[1:] for row in contents(home)["people"]] == [
        ["1", "2026-06-01T08:00:00Z", 0, "2026-06-20T08:00:00Z"],
        ["2", "2026-06-01T08:00:00Z", 0, None],
        ["3", "2026-06-20T08:00:00Z", 1, None],
    ]


def test_a_broken_list_ends_nobody(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    some = [post("Hello", day(1))]
    imported(
        home,
        small(tmp_path / "a.zip", some, "2026-06-01T08:00:00.000Z", follower=_followers("1", "2")),
    )
    broken = _followers("2", "3")[:-30]
    report = imported(home, small(tmp_path / "b.zip", some, LATER, follower=broken))
    assert report.outcome == "partial"
    assert all(row[4] is None for row in contents(home)["people"])


def test_a_stated_deletion_marks_what_an_earlier_import_brought(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    one, two = post("Wrong date", day(1)), post("Wrong place", day(2))
    imported(home, small(tmp_path / "a.zip", [one, two], "2026-06-01T08:00:00.000Z"))
    header = {
        "tweet": {
            "tweet_id": two["tweet"]["id_str"],
            "created_at": tweet_time(day(2)),
            "deleted_at": "Mon Jun 15 10:00:00 +0000 2026",
        }
    }
    gone = json.loads(json.dumps(one))
    gone["tweet"]["deleted_at"] = "2026-06-14T10:00:00.000Z"
    path = write_zip(
        tmp_path / "b.zip",
        {
            "data/account.js": account(),
            "data/manifest.js": manifest({}, generated=LATER),
            "data/tweets.js": ytd("tweets", []),
            "data/deleted-tweets.js": ytd("deleted_tweets", [gone]),
            "data/deleted-tweet-headers.js": ytd("deleted_tweet_headers", [header]),
        },
    )
    report = imported(home, path)
    assert report.total.stored == report.total.versions == 0
    with looking(home) as archive:
        rows = archive.public.execute(
            "SELECT text, presence, removed_at, version_count FROM records ORDER BY id"
        ).fetchall()
    assert [tuple(row) for row in rows] == [
        ("Wrong date", "absent", "2026-06-14T10:00:00Z", 1),
        ("Wrong place", "absent", "2026-06-15T10:00:00Z", 1),
    ]
    assert not report.missing
    assert verify(home).ok


def test_a_deletion_stated_before_the_post_was_last_seen_is_told(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    one = post("Still there", day(1))
    imported(home, small(tmp_path / "a.zip", [one], LATER))
    header = {
        "tweet": {
            "tweet_id": one["tweet"]["id_str"],
            "created_at": tweet_time(day(1)),
            "deleted_at": "Mon May 25 10:00:00 +0000 2026",
        }
    }
    headers = {"deleted-tweet-headers": ytd("deleted_tweet_headers", [header])}
    report = imported(home, small(tmp_path / "b.zip", [], LATER, **headers))
    assert report.outcome == "partial"
    assert any("tells of a deletion" in problem for problem in report.problems)


def test_a_renamed_account_is_recognised(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    path = download(tmp_path / "a.zip")
    earlier = dataclasses.replace(ACCOUNT_ROW, handle="agparks", native_id=None)
    with pytest.raises(InputError, match="says that it was called @agparks before"):
        imported(home, path, earlier)
    report = imported(home, path, earlier, attested="Renamed in 2024; O. Farrow")
    assert report.outcome == "complete"
    assert any(f"@{HANDLE}" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("handle", "native_id"),
    [("AlderGlenFire", "9999"), ("AlderGlenFire", None), (HANDLE, "9999")],
)
def test_another_accounts_download_is_refused_before_anything_is_written(
    tmp_path: Path, handle: str, native_id: str | None
) -> None:
    home = new_home(tmp_path / "home")
    other = dataclasses.replace(ACCOUNT_ROW, handle=handle, native_id=native_id)
    with pytest.raises(InputError) as caught:
        imported(home, download(tmp_path / "a.zip"), other)
    assert f"@{HANDLE}" in str(caught.value)
    assert ACCOUNT in str(caught.value)
    assert "\n" not in str(caught.value)
    assert count(home, "runs") == 0


def test_a_personal_account_is_refused(tmp_path: Path) -> None:
    personal = dataclasses.replace(ACCOUNT_ROW, account_class="personal")
    with pytest.raises(RuleError, match="personal"):
        imported(new_home(tmp_path / "home"), download(tmp_path / "a.zip"), personal)


def test_a_closed_account_may_be_imported(tmp_path: Path) -> None:
    closed = dataclasses.replace(ACCOUNT_ROW, status="closed", closed_on="2026-05-01")
    report = imported(new_home(tmp_path / "home"), download(tmp_path / "a.zip"), closed)
    assert report.outcome == "complete"


def test_an_account_of_another_platform_is_refused(tmp_path: Path) -> None:
    other = dataclasses.replace(ACCOUNT_ROW, platform="bluesky")
    with pytest.raises(InputError, match="X data download, and nothing of bluesky:@Alder"):
        imported(new_home(tmp_path / "home"), download(tmp_path / "a.zip"), other)


def test_what_is_no_download_is_refused(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    with pytest.raises(InputError, match="no download this program knows"):
        imported(home, write_zip(tmp_path / "a.zip", {"holiday.jpg": b"x"}))
    assert count(home, "runs") == 0


def test_a_zip_in_a_zip_is_imported_like_the_zip(tmp_path: Path) -> None:
    inner = download(tmp_path / "a.zip")
    wrapped = {"twitter-2026-06-01.zip": inner.read_bytes()}
    outer = write_zip(tmp_path / "b.zip", wrapped)
    alone = imported(new_home(tmp_path / "one"), inner)
    inside = imported(new_home(tmp_path / "two"), outer)
    assert inside.outcome == "complete"
    assert inside.total == alone.total


@pytest.mark.parametrize("numbers", [(1, 3), (3, 1)])
def test_a_set_with_a_part_missing_is_imported_as_incomplete(
    tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    files = full_download()
    posts = {"data/tweets.js": files.pop("data/tweets.js")}
    held = {1: files, 3: posts}
    parts = [write_zip(tmp_path / f"x-part-{one}.zip", held[one]) for one in numbers]
    home = new_home(tmp_path / "home")
    with Archive.open(home, write=True) as archive:
        report = import_download(archive, ACCOUNT_ROW, parts)
    assert report.outcome == "partial"
    assert any("part 2 of the set of x-part-1.zip is missing" in one for one in report.problems)


def test_two_imports_of_one_account_at_once_are_refused(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    handle = os.open(home.path / ".import-1.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(BusyError, match="being imported already"):
            imported(home, download(tmp_path / "a.zip"))
    finally:
        os.close(handle)


def test_a_rehearsal_writes_nothing(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    before = sorted(path for path in home.path.rglob("*") if path.is_file())
    report = imported(home, download(tmp_path / "a.zip"), dry_run=True)
    assert report.run is None
    assert report.total.stored == 28
    assert all(file.balanced for file in report.files)
    assert count(home, "runs") == count(home, "records") == 0
    after = sorted(path for path in home.path.rglob("*") if path.is_file())
    assert [path for path in after if path not in before and "-" not in path.name] == []


def test_a_broken_element_makes_the_import_partial_and_names_its_place(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    body = ytd("tweets", [post(f"Number {n}", day(n)) for n in range(5)])
    broken = body.replace(b'"full_text": "Number 2"', b'"full_text": "Number 2')
    report = imported(home, download(tmp_path / "a.zip", tweets=broken))
    assert report.outcome == "partial"
    assert any("data/tweets.js: declares 8" in problem for problem in report.problems)
    assert any("1 could not be read" in problem for problem in report.problems)
    assert not any("Number" in problem for problem in report.problems)
    with looking(home) as archive:
        row = archive.private.execute(
            "SELECT member, position, raw FROM skipped WHERE failed"
        ).fetchone()
    assert tuple(row)[:2] == ("data/tweets.js", 2)
    assert b"Number 2" in row["raw"]
    assert all(file.balanced for file in report.files)
    assert verify(home).ok


def test_a_cut_off_zip_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    some = [post("words " * 40 + str(n), day(n % 100, n % 24)) for n in range(600)]
    files = {
        "data/account.js": account(),
        "data/manifest.js": manifest({"data/tweets.js": 600}),
        "data/profile.js": full_download()["data/profile.js"],
        "data/tweets.js": ytd("tweets", some),
    }
    path = write_zip(tmp_path / "a.zip", files)
    path.write_bytes(path.read_bytes()[:-3000])
    report = imported(home, path)
    assert report.outcome == "partial"
    assert 0 < report.total.stored < 602
    assert any("cut off" in problem for problem in report.problems)
    assert any(line.state == "partial" and "not whole" in line.reason for line in report.coverage)
    assert not report.missing
    assert verify(home).ok


def test_odd_texts_and_times_are_stored(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    odd = [
        post("nul\x00inside", day(1)),
        post("\u202eturned around", day(2)),
        post("CafÃ©", day(3)),
        post("before 1970", day(4), created_at="Thu Jan 01 00:00:00 +0000 1925"),
        post("after 2100", day(5), created_at="Sat Dec 31 23:59:59 +0000 2199"),
        post("no time", day(6), created_at="yesterday"),
    ]
    files = {
        "data/account.js": account(),
        "data/tweets.js": ytd("tweets", odd),
        "data/tweets-part1.js": b"window.YTD.tweets.part1 = "
        + json.dumps([post("half \ud83d pair", day(7))]).encode(),
    }
    report = imported(home, write_zip(tmp_path / "a.zip", files))
    assert report.total.stored == 7
    with looking(home) as archive:
        texts = {row["text"] for row in archive.public.execute("SELECT text FROM records")}
        undated = archive.public.execute("SELECT text FROM records WHERE undated").fetchall()
    assert {"nul\x00inside", "\u202eturned around", "CafÃ©", "half � pair"} <= texts
    assert [row["text"] for row in undated] == ["no time"]
    assert verify(home).ok


def test_the_same_post_twice_in_one_download_is_one_record(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    one = post("Twice", day(1))
    report = imported(home, small(tmp_path / "a.zip", [one, one], LATER))
    assert (report.total.stored, report.total.duplicates) == (1, 1)
    assert report.outcome == "complete"


def test_coverage_says_what_the_download_can_show(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    imported(home, download(tmp_path / "a.zip"))
    found = {(row[0], row[3]): row for row in contents(home)["coverage"]}
    assert found["post", "complete"][1:3] == ["2026-05-18T08:00:00Z", "2026-06-01T08:00:00Z"]
    assert found["post", "partial"][2] == "2026-05-18T08:00:00Z"
    assert "encrypted" in found["message", "partial"][4]
    assert found["comment", "none"][4]
    assert found["follower", "complete"][1] == "2026-06-01T08:00:00Z"


def test_coverage_says_what_a_download_lacks(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    imported(home, small(tmp_path / "a.zip", [post("Hello", day(1))], LATER))
    found = {row[0]: row for row in contents(home)["coverage"]}
    assert found["message"][3] == found["follower"][3] == found["profile"][3] == "none"
    assert found["post"][3] == "partial"


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    imported(
        new_home(tmp_path / "home"),
        download(tmp_path / "a.zip"),
        progress=lambda what, done, total: told.append((what, done, total)),
    )
    assert told[0][0] == "reading the file"
    assert told[-1][1] > 0


def test_a_report_is_plain_json(tmp_path: Path) -> None:
    report = imported(new_home(tmp_path / "home"), download(tmp_path / "a.zip"))
    found = json.loads(json.dumps(report.as_json()))
    assert found["total"]["stored"] == 26
    assert found["coverage"][0]["what"] == "post"


def test_a_later_reader_looks_into_the_same_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home(tmp_path / "home")
    path = download(tmp_path / "a.zip")
    imported(home, path)
    later = dataclasses.replace(FORMAT, version=FORMAT.version + 1)
    monkeypatch.setattr("archiver.exports.known.FORMATS", (later,))
    report = imported(home, path)
    assert report.outcome == "complete"
    assert report.total.duplicates == 28


def test_odd_input_that_was_taken_is_told(tmp_path: Path) -> None:
    some = [post("CafÃ© abierto", day(1))]
    body = ytd("tweets", some).replace(b"abierto", b"abier\xffto")
    report = imported(new_home(tmp_path / "home"), download(tmp_path / "a.zip", tweets=body))
    told = " ".join(report.warnings)
    assert "elements that are no proper JSON: 1, read" in told
    assert "(UTF-8 taken for Latin-1): 1, kept" in told


def test_a_file_is_hashed_before_it_is_kept_only_where_one_of_its_size_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "a.zip", full_download())
    home, hashed = new_home(tmp_path / "home"), []
    each_once = imports.each_once

    def watched(files: Any) -> Any:
        hashed.append(files)
        return each_once(files)

    monkeypatch.setattr(imports, "each_once", watched)
    first = imported(home, path)
    assert not hashed and first.sha256 == sha256(path.read_bytes()).hexdigest()
    assert imported(home, path).outcome == "unchanged" and len(hashed) == 1


def test_a_download_that_was_written_to_while_it_was_hashed_is_listed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    write_zip(path, full_download())
    asked = []

    relocate = reader._Reader.relocate

    def watched(*words: Any) -> Any:
        asked.append(words)
        return relocate(*words)

    monkeypatch.setattr(reader._Reader, "relocate", watched)
    assert imported(new_home(tmp_path / "one"), path).outcome == "complete"
    assert len(asked) == 1

    def touched(*words: Any) -> Any:
        os.utime(path, (1, 1))
        return keep(*words)

    monkeypatch.setattr(imports, "keep", touched)
    assert imported(new_home(tmp_path / "two"), path).outcome == "complete"
    assert len(asked) == 1
