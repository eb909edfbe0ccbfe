"""Importing a Google Takeout and a TikTok download: once, for the right account, and verified."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archiver.archive.verify import verify
from archiver.demo.tiktok_download import HANDLE, write_json_download, write_text_download
from archiver.demo.youtube_download import BRAND, CHANNEL, write_takeout
from archiver.errors import InputError
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from tests.capture.import_home import ACCOUNT_ROW, imported, looking, new_home

YOUTUBE = replace(
    ACCOUNT_ROW, platform="youtube", handle="CityOfAlderGlen", native_id=CHANNEL, display_name="x"
)
TIKTOK = replace(ACCOUNT_ROW, platform="tiktok", handle=HANDLE, native_id=None, display_name="x")


def test_a_takeout_is_imported_once_with_its_films(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    done = write_takeout(tmp_path / "takeout", parts=3)
    report = imported(home, done.paths, YOUTUBE)
    assert report.outcome == "complete"
    assert report.total.stored == sum(
        done.entries[name]
        for name in ("videos", "comments", "chats", "posts", "playlists", "channel")
    )
    assert report.total.people == 12
    assert report.media_stored == 19
    assert report.generated_at == "2026-11-02T18:30:00Z"
    assert all(file.balanced for file in report.files)
    assert verify(home).ok
    again = imported(home, write_takeout(tmp_path / "again", language="ja").paths, YOUTUBE)
    assert (again.total.stored, again.total.versions) == (0, 0)


def test_another_channels_takeout_is_refused(tmp_path: Path) -> None:
    done = write_takeout(tmp_path / "takeout")
    with pytest.raises(InputError, match="is the download of"):
        imported(new_home(tmp_path / "home"), done.paths, replace(YOUTUBE, native_id=BRAND))


def test_a_takeout_with_somebodys_own_channel_beside_the_citys_is_refused(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    done = write_takeout(tmp_path / "takeout", brand=True)
    brand = replace(YOUTUBE, native_id=BRAND)
    for dry_run in (True, False):
        with pytest.raises(InputError, match="of the city: the file would be kept whole"):
            imported(home, done.paths, brand, registered=[brand], dry_run=dry_run)
    official = replace(YOUTUBE, id=2, account_class="official-personal")
    with pytest.raises(InputError, match=CHANNEL):
        imported(home, done.paths, brand, registered=[brand, official])
    assert not list((home.path / "private" / "originals").iterdir())


def test_a_channel_of_the_same_name_is_not_the_citys_by_its_name(tmp_path: Path) -> None:
    done = write_takeout(tmp_path / "takeout", brand=True)
    with open_download(*done.paths) as reader:
        own, other = (one.open(reader).identity for one in recognise(reader))
    brand = replace(YOUTUBE, native_id=BRAND, display_name=str(own.display_name))
    assert CHANNEL in (own.native_id, other.native_id)
    with pytest.raises(InputError, match="of the city: the file would be kept whole"):
        imported(new_home(tmp_path / "home"), done.paths, brand, registered=[brand])


def test_of_two_channels_only_the_accounts_own_is_stored(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    done = write_takeout(tmp_path / "takeout", brand=True)
    brand = replace(YOUTUBE, native_id=BRAND)
    report = imported(home, done.paths, brand, registered=[brand, replace(YOUTUBE, id=2)])
    assert report.outcome == "complete"
    with looking(home) as archive:
        found = archive.public.execute("SELECT DISTINCT author_id FROM records").fetchall()
    assert [tuple(row) for row in found] == [(BRAND,)]


def test_a_tiktok_download_is_imported_once_in_whatever_form(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    first = imported(home, write_json_download(tmp_path / "json").path, TIKTOK)
    assert first.problems == []
    assert first.total.stored == 20 + 3 + 30 + 40 + 2 + 3 + 2 + 1 + 1
    assert first.total.people == 11 + 5
    assert all(file.balanced for file in first.files)
    assert verify(home).ok
    text = imported(home, write_text_download(tmp_path / "text").path, TIKTOK)
    assert (text.total.stored, text.total.versions) == (0, 0)
    assert all(file.balanced for file in text.files)


def test_who_left_the_list_is_told_by_the_next_download(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    imported(home, write_json_download(tmp_path / "a", people=12).path, TIKTOK)
    imported(home, write_json_download(tmp_path / "b", people=10).path, TIKTOK)
    with looking(home) as archive:
        left = archive.private.execute(
            "SELECT count(*) FROM subscribers WHERE relation = 'follower' AND to_at IS NOT NULL"
        ).fetchone()
    assert tuple(left) == (2,)
