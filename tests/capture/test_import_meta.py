"""Downloads of Facebook, Instagram and Threads are imported once, whole, and again for nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from archiver.archive.verify import verify
from archiver.demo import facebook_download as facebook
from archiver.demo import instagram_download as instagram
from archiver.demo.facebook_encrypted import write_encrypted_download
from archiver.demo.threads_download import write_threads_download
from archiver.errors import InputError
from archiver.register.accounts import Account
from tests.capture.import_home import ACCOUNT_ROW, imported, looking, new_home
from tests.exports.meta.walked import small

ATTESTED = "downloaded by the clerk on 2 November 2026"


def account(platform: str) -> Account:
    return replace(
        ACCOUNT_ROW,
        platform=platform,
        handle="cityofalderglen",
        native_id=None,
        display_name="City of Alder Glen",
    )


@pytest.mark.parametrize("layout", list(facebook.Layout))
def test_a_facebook_download_is_imported_once(tmp_path: Path, layout: facebook.Layout) -> None:
    home = new_home(tmp_path / "home")
    written = facebook.write_facebook_download(tmp_path / "a.zip", layout, 60)
    report = imported(home, written.path, account("facebook"), attested=ATTESTED)
    assert report.outcome == "complete" and not report.problems
    assert all(file.balanced for file in report.files)
    stored = written.posts + written.comments + written.messages + 1
    assert report.total.stored == stored
    assert report.total.people == written.followers
    assert report.media_stored == written.media and report.media_unmatched == 0
    assert verify(home).ok
    later = facebook.write_facebook_download(tmp_path / "b.zip", layout, 60, pictures=5)
    again = imported(home, later.path, account("facebook"), attested=ATTESTED)
    assert (again.total.stored, again.total.versions) == (0, 0)


def test_pages_after_json_bring_nothing_new(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    one = facebook.write_facebook_download(tmp_path / "a.zip", facebook.Layout.PAGE, 60)
    imported(home, one.path, account("facebook"))
    other = facebook.write_facebook_download(tmp_path / "b.zip", facebook.Layout.NEW_PAGES, 60)
    report = imported(home, other.path, account("facebook"))
    assert report.total.stored == 1  # the profile, which the pages know without its number
    assert report.total.versions == 0


def test_a_download_known_by_a_name_alone_needs_a_persons_word(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    name = "profile_information/profile_information.json"
    files = {
        name: {"profile_v2": {"name": {"full_name": "City of Alder Glen"}}},
        "posts/your_posts_1.json": [{"timestamp": 1700000000, "data": [{"post": "Open at nine."}]}],
    }
    path = small(tmp_path / "a.zip", files)
    with pytest.raises(InputError, match="by a name alone"):
        imported(home, path, account("facebook"))
    report = imported(home, path, account("facebook"), attested=ATTESTED)
    assert any(ATTESTED in line for line in report.warnings)


def test_encrypted_chats_need_somebody_to_say_whose_they_are(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    written = write_encrypted_download(tmp_path / "a.zip", 30)
    report = imported(home, written.path, account("facebook"), attested=ATTESTED)
    assert report.total.stored == 30 and report.outcome == "complete"


@pytest.mark.parametrize("layout", list(instagram.Layout))
def test_an_instagram_download_is_imported_once(tmp_path: Path, layout: instagram.Layout) -> None:
    home = new_home(tmp_path / "home")
    written = instagram.write_instagram_download(tmp_path / "a.zip", layout, 60)
    report = imported(home, written.path, account("instagram"))
    assert report.outcome == "complete" and all(file.balanced for file in report.files)
    with looking(home) as archive:
        messages = archive.private.execute("SELECT count(*) FROM records").fetchone()[0]
    assert messages == written.messages
    assert verify(home).ok
    later = instagram.write_instagram_download(tmp_path / "b.zip", layout, 60, pictures=3)
    again = imported(home, later.path, account("instagram"))
    assert (again.total.stored, again.total.versions) == (0, 0)


def test_threads_inside_instagram_is_imported_for_its_own_account(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    written = instagram.write_instagram_download(
        tmp_path / "a.zip", instagram.Layout.NEW, 30, threads=True
    )
    report = imported(home, written.path, account("threads"))
    assert report.total.stored == 31 and report.outcome == "complete"
    alone = write_threads_download(tmp_path / "b.zip", 30)
    again = imported(home, alone.path, account("threads"))
    assert (again.total.stored, again.total.versions) == (0, 0)


def test_one_name_on_two_lists_is_taken_in(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    library = {"timestamp": 1, "data": [{"name": "The Library"}], "title": "x"}
    files = {
        "your_facebook_activity/posts/your_posts_1.json": [],
        "connections/followers/who_you've_followed.json": {
            "following_v3": [{"name": "The Library"}, {"name": "Ana"}]
        },
        "your_facebook_activity/pages/pages_and_profiles_you_follow.json": {
            "pages_followed_v2": [library]
        },
    }
    path = small(tmp_path / "a.zip", files)
    report = imported(home, path, account("facebook"), attested=ATTESTED)
    assert all(file.balanced for file in report.files) and report.outcome == "complete"
    assert report.total.people == 3


def _of_the_accounts_center(tmp_path: Path, name: str) -> Path:
    """Instagram's download of the city, and the Facebook profile of `name`, asked for at once."""
    written = instagram.write_instagram_download(tmp_path / "a.zip", instagram.Layout.NEW, 30)
    with ZipFile(written.path, "a") as both:
        both.writestr(
            "personal_information/profile_information/profile_information.json",
            json.dumps({"profile_v2": {"name": {"full_name": name}}}),
        )
        posts = [{"timestamp": 1700000000, "data": [{"post": "On the lake with the children."}]}]
        both.writestr("your_facebook_activity/posts/your_posts_1.json", json.dumps(posts))
    return written.path


def test_an_officials_own_profile_beside_the_citys_account_is_refused(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    path = _of_the_accounts_center(tmp_path, "Delia Marquand")
    city = account("instagram")
    with pytest.raises(InputError, match="the Facebook data download of Delia Marquand too"):
        imported(home, path, city, registered=[city, account("facebook")])
    with looking(home) as archive:
        assert archive.public.execute("SELECT count(*) FROM runs").fetchone()[0] == 0
    assert not list((home.path / "private" / "originals").iterdir())


def test_the_citys_accounts_asked_for_at_once_are_imported_one_by_one(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    path = _of_the_accounts_center(tmp_path, "City of Alder Glen")
    city = [account("instagram"), replace(account("facebook"), id=2)]
    for one in city:
        report = imported(home, path, one, registered=city, attested=ATTESTED)
        assert report.outcome == "complete", report.problems
    assert imported(home, path, city[0], registered=city).outcome == "unchanged"
