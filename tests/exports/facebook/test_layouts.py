"""Facebook's downloads of every layout: all of it is found, and under the same keys."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from archiver.demo.facebook_download import Layout, write_facebook_download
from archiver.demo.facebook_encrypted import write_encrypted_download
from archiver.demo.meta_story import MetaAccount
from archiver.exports.elements import decode
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.items import Access, AuthorRole, Kind, Relation
from tests.exports.meta.walked import platforms, small, unpacked, walked

JSON = (Layout.OLD, Layout.MIDDLE, Layout.PROFILE, Layout.PAGE)
PAGES = (Layout.OLD_PAGES, Layout.MIDDLE_PAGES, Layout.NEW_PAGES)


def elements(data: bytes, name: str) -> int:
    """How many elements a file holds, counted without the importer."""
    if name.endswith(".html"):
        text = data.decode()
        boxes = len(re.findall(r'class="(?:_3-95 )?_a6-g"|uiBoxWhite noborder', text))
        return boxes - len(re.findall(r'(?:_2lek|_a6-h)">Participants', text))
    value: Any = json.loads(data)
    if isinstance(value, dict):
        value = next(one for key, one in value.items() if key != "participants")
    return len(value)


@pytest.mark.parametrize("layout", list(Layout))
def test_what_is_read_is_what_plain_counting_finds(tmp_path: Path, layout: Layout) -> None:
    written = write_facebook_download(tmp_path / "a.zip", layout, 120)
    files = unpacked(written.path)
    for name, count in written.files.items():
        assert elements(files[name], name) == count
    found = walked(written.path, "facebook")
    assert len(found.of(Kind.POST)) == written.posts == 120
    assert len(found.of(Kind.COMMENT)) == written.comments
    assert len(found.of(Kind.MESSAGE)) == written.messages
    assert len(found.listed(Relation.FOLLOWER)) == written.followers
    assert len(found.of(Kind.PROFILE)) == 1
    assert found.balanced and not found.skipped
    assert len({one.native_id for one in found.items}) == len(found.items)


@pytest.mark.parametrize("layout", list(Layout))
def test_every_file_is_told_and_nothing_is_unknown(tmp_path: Path, layout: Layout) -> None:
    found = walked(write_facebook_download(tmp_path / "a.zip", layout, 40).path, "facebook")
    assert not [one.member for one in found.files.values() if one.state == "unreadable"]
    assert not [one.member for one in found.files.values() if one.data_type == "unknown"]
    kept = [one for one in found.files.values() if one.state == "kept"]
    assert kept and all(one.reason for one in kept)


@pytest.mark.parametrize(
    ("json_layout", "pages"),
    [
        (Layout.PAGE, Layout.NEW_PAGES),
        (Layout.PROFILE, Layout.MIDDLE_PAGES),
        (Layout.OLD, Layout.OLD_PAGES),
    ],
)
def test_json_and_pages_of_one_account_are_the_same_records(
    tmp_path: Path, json_layout: Layout, pages: Layout
) -> None:
    one = walked(write_facebook_download(tmp_path / "a.zip", json_layout, 300).path, "facebook")
    other = walked(write_facebook_download(tmp_path / "b.zip", pages, 300).path, "facebook")
    assert one.keys == other.keys
    assert {p.native_id for p in one.people} == {p.native_id for p in other.people}


def test_a_page_and_a_profile_of_one_year_are_the_same_records(tmp_path: Path) -> None:
    one = walked(write_facebook_download(tmp_path / "a.zip", Layout.PAGE, 200).path, "facebook")
    other = walked(
        write_facebook_download(tmp_path / "b.zip", Layout.PROFILE, 200).path, "facebook"
    )
    assert one.keys == other.keys


def test_posts_and_comments_keep_their_keys_from_the_oldest_layout_on(tmp_path: Path) -> None:
    one = walked(write_facebook_download(tmp_path / "a.zip", Layout.OLD, 200).path, "facebook")
    other = walked(write_facebook_download(tmp_path / "b.zip", Layout.PAGE, 200).path, "facebook")
    for kind in (Kind.POST, Kind.COMMENT):
        assert {i.native_id for i in one.of(kind)} == {i.native_id for i in other.of(kind)}


@pytest.mark.parametrize("layout", [*JSON, *PAGES])
def test_a_later_download_only_adds(tmp_path: Path, layout: Layout) -> None:
    earlier = walked(write_facebook_download(tmp_path / "a.zip", layout, 60).path, "facebook")
    later = walked(write_facebook_download(tmp_path / "b.zip", layout, 90).path, "facebook")
    posts = {one.native_id: one.stable for one in earlier.of(Kind.POST)}
    assert posts.items() <= {one.native_id: one.stable for one in later.of(Kind.POST)}.items()


def test_a_download_in_a_folder_says_by_it_whose_it_is(tmp_path: Path) -> None:
    root = "facebook-alderglenparks-2026-03-06-a1B2c3/"
    told = write_facebook_download(tmp_path / "a.zip", Layout.OLD, 20, root=root)
    assert platforms(told.path) == [("facebook", root)]
    found = walked(told.path, "facebook")
    assert found.download is not None
    assert found.download.identity.handle == "alderglenparks"
    assert any("name of its folder" in note for note in found.notes)


def test_the_profile_says_whose_it_is_and_leaves_what_is_private(tmp_path: Path) -> None:
    account = MetaAccount()
    found = walked(write_facebook_download(tmp_path / "a.zip", Layout.PROFILE, 20).path, "facebook")
    assert found.download is not None
    identity = found.download.identity
    assert (identity.native_id, identity.handle) == (account.number, account.handle)
    assert identity.earlier_handles == (account.before,)
    (profile,) = found.of(Kind.PROFILE)
    assert "año tras año" in profile.text and "https://alderglen.example.com" in profile.text
    assert b"1970" not in profile.raw and b"sign-in" not in profile.raw


def test_texts_are_mended_and_the_bytes_kept_as_they_came(tmp_path: Path) -> None:
    found = walked(write_facebook_download(tmp_path / "a.zip", Layout.PAGE, 60).path, "facebook")
    (post,) = [one for one in found.of(Kind.POST) if one.text.startswith("¡Atención")][:1]
    assert "niños 🏊🏽‍♀️" in post.text
    assert "\\u00c2\\u00a1Atenci\\u00c3\\u00b3n" in post.raw.decode()
    assert "ni\u00f1os" not in decode(post.raw)["data"][0]["post"]
    posts = found.files["this_profile's_activity_across_facebook/posts/profile_posts_1.json"]
    garbled = sum(b"\\u00" in one.raw for one in found.of(Kind.POST))
    assert posts.mended == garbled > 0


def test_pages_say_on_which_clock_they_were_read(tmp_path: Path) -> None:
    told = write_facebook_download(tmp_path / "a.zip", Layout.NEW_PAGES, 20)
    assert any("America/Los_Angeles" in note for note in walked(told.path, "facebook").notes)
    told = write_facebook_download(tmp_path / "b.zip", Layout.PAGE, 20)
    assert not any("America/Los_Angeles" in note for note in walked(told.path, "facebook").notes)


def test_a_file_in_both_formats_is_read_once(tmp_path: Path) -> None:
    post = [{"timestamp": 1_600_000_000, "data": [{"post": "once"}], "title": "t"}]
    folder = "your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1"
    page = "<html><body></body></html>"
    found = walked(
        small(tmp_path / "a.zip", {f"{folder}.json": post, f"{folder}.html": page}), "facebook"
    )
    assert [one.text for one in found.items] == ["once"]
    assert "JSON file beside it" in found.files[f"{folder}.html"].reason


def test_messages_alone_are_facebooks_unless_something_says_otherwise(tmp_path: Path) -> None:
    talk = {
        "participants": [{"name": "Ana"}],
        "messages": [{"sender_name": "Ana", "timestamp_ms": 1}],
    }
    alone = small(tmp_path / "a.zip", {"messages/inbox/ana_1234567/message_1.json": talk})
    assert platforms(alone) == [("facebook", ""), ("instagram", "")]
    named = small(
        tmp_path / "b.zip", {"facebook-x/messages/inbox/ana_1234567/message_1.json": talk}
    )
    assert platforms(named) == [("facebook", "facebook-x/")]


def test_one_file_may_hold_all_three(tmp_path: Path) -> None:
    files = {
        "your_facebook_activity/posts/your_posts_1.json": [],
        "your_instagram_activity/media/posts_1.json": [],
        "your_instagram_activity/threads/threads_and_replies.json": {
            "text_post_app_text_posts": []
        },
        "connections/followers/people_who_followed_you.json": {"followers_v3": [{"name": "Ana"}]},
        "connections/followers_and_following/followers_1.json": [],
    }
    path = small(tmp_path / "a.zip", files)
    assert platforms(path) == [("facebook", ""), ("instagram", ""), ("threads", "")]
    found = walked(path, "facebook")
    assert [one.display_name for one in found.people] == ["Ana"]
    assert found.files["(another download)"].files == 3


def test_encrypted_chats_are_a_download_of_their_own(tmp_path: Path) -> None:
    written = write_encrypted_download(tmp_path / "a.zip", 60)
    assert platforms(written.path) == [("facebook", "")]
    found = walked(written.path, "facebook")
    messages = found.of(Kind.MESSAGE)
    assert len(messages) == written.messages == 60
    assert all(one.access is Access.PRIVATE for one in messages)
    assert {one.author.role for one in messages} == {AuthorRole.UNKNOWN}
    assert found.balanced


def test_the_parts_of_a_set_are_one_download(tmp_path: Path) -> None:
    whole = write_facebook_download(tmp_path / "a.zip", Layout.PAGE, 60).path
    files = list(unpacked(whole).items())
    parts = [
        small(tmp_path / f"facebook-x-{number}.zip", dict(files[number::3])) for number in range(3)
    ]
    with open_download(*reversed(parts)) as reader:
        (found,) = recognise(reader)
        items = [item for page in found.open(reader).walk() for item in page.items]
    assert {item.native_id for item in items} == {
        item.native_id for item in walked(whole, "facebook").items
    }


def test_activity_packed_within_the_profile_is_part_of_the_same_download(tmp_path: Path) -> None:
    inner = (
        "personal_information/profile_information/your_facebook_activity/posts/your_posts_1.json"
    )
    post = {"timestamp": 1_600_000_000, "data": [{"post": "within"}], "title": "t"}
    people = "connections/followers/people_who_followed_you.json"
    path = small(tmp_path / "a.zip", {inner: [post], people: {"followers_v3": [{"name": "Ana"}]}})
    assert platforms(path) == [("facebook", "")]
    found = walked(path, "facebook")
    assert [one.text for one in found.items] == ["within"] and len(found.people) == 1


def test_the_first_json_layout_had_no_folders_for_kinds_of_conversations(tmp_path: Path) -> None:
    told = {"sender_name": "Ana", "timestamp_ms": 1_500_000_000_000, "content": "hello"}
    talk = {"participants": [{"name": "Ana"}], "messages": [told]}
    files = {f"messages/{name}/message.json": talk for name in ("ana_AbC123", "bo_XyZ789")}
    files["posts/your_posts.json"] = []
    found = walked(small(tmp_path / "a.zip", files), "facebook")
    assert len({one.native_id for one in found.of(Kind.MESSAGE)}) == 2


def test_pictures_are_found_from_pages_however_their_address_is_written(tmp_path: Path) -> None:
    folder = "this_profile's_activity_across_facebook/posts/"
    picture = folder + "media/x/1234567890.jpg"
    for address in (
        picture.replace("'", "%27"),
        picture.replace("'", "&#039;"),
        "../../" + picture,
    ):
        box = (
            '<section class="_a6-g"><h2 class="_a6-h">t</h2><div class="_a6-p"><a href="'
            f'{address}"><img src="{address}"></a></div><footer class="_a6-o">'
            "Mar 4, 2024 1:02:03 pm</footer></section>"
        )
        files = {folder + "profile_posts_1.html": f"<html>{box}</html>", picture: b"jpeg"}
        (post,) = walked(small(tmp_path / "a.zip", files), "facebook").items
        assert [(ref.key, ref.available) for ref in post.media] == [(picture, True)]


def test_no_file_in_the_folder_of_a_conversation_is_named_in_a_report(tmp_path: Path) -> None:
    files = {
        "posts/your_posts_1.json": [{"timestamp": 1700000000, "data": [{"post": "Open at nine."}]}],
        "messages/inbox/janeroe_10/message_1.json": {
            "participants": [{"name": "Jane Roe"}],
            "messages": [],
        },
        "messages/inbox/janeroe_10/odd.json": {"a": 1},
        "messages/inbox/janeroe_10/odd.bin": {"a": 1},
    }
    path = small(tmp_path / "facebook.zip", files)
    found = walked(path, "facebook")
    assert not [name for name in found.files if "janeroe" in name]
    assert sum(count.files for count in found.files.values()) >= 3
