"""Instagram's downloads of every layout, and every field in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.demo.instagram_download import Layout, write_instagram_download
from archiver.demo.meta_story import MetaAccount
from archiver.items import AuthorRole, ContentState, Kind, Relation, Visibility
from tests.exports.meta.walked import Walked, platforms, small, unpacked, walked

MEDIA = "your_instagram_activity/media/"
TALK = "your_instagram_activity/messages/inbox/ana_17800000000000001/message_1.json"
LISTS = "connections/followers_and_following/"
AT = 1_700_000_065
JSON = (Layout.OLD, Layout.NEW, Layout.LABELLED)


def read(tmp_path: Path, files: dict[str, Any]) -> Walked:
    found = walked(small(tmp_path / "a.zip", files), "instagram")
    assert found.balanced
    return found


@pytest.mark.parametrize("layout", list(Layout))
def test_what_is_read_is_what_was_written(tmp_path: Path, layout: Layout) -> None:
    written = write_instagram_download(tmp_path / "a.zip", layout, 120)
    files = unpacked(written.path)
    for name, count in written.files.items():
        if name.endswith(".html"):
            assert files[name].count(b"uiBoxWhite noborder") == count + files[name].count(b"{uiBox")
    found = walked(written.path, "instagram")
    assert len(found.of(Kind.POST)) == written.posts
    assert len(found.of(Kind.COMMENT)) == written.comments
    assert len(found.of(Kind.MESSAGE)) == written.messages
    assert len(found.listed(Relation.FOLLOWER)) == written.followers
    assert found.balanced
    assert not [one for one in found.skipped if one.failed]
    assert not [one.member for one in found.files.values() if one.data_type == "unknown"]
    assert len({one.native_id for one in found.items}) == len(found.items)
    assert found.download is not None
    assert found.download.identity.handle == MetaAccount().handle


def test_json_and_pages_in_any_language_are_the_same_records(tmp_path: Path) -> None:
    told = {
        layout: walked(
            write_instagram_download(tmp_path / f"{layout.name}.zip", layout, 150).path, "instagram"
        )
        for layout in (*JSON, Layout.PAGES, Layout.SPANISH_PAGES)
    }
    first = told.pop(Layout.NEW)
    for layout, found in told.items():
        assert found.keys == first.keys, layout
        assert found.listed(Relation.FOLLOWER) == first.listed(Relation.FOLLOWER)


def test_what_only_the_account_sees_of_its_profile_stays_in_the_original(tmp_path: Path) -> None:
    found = walked(write_instagram_download(tmp_path / "a.zip", Layout.NEW, 20).path, "instagram")
    profile, change = found.of(Kind.PROFILE)
    assert b"in@example.com" not in profile.raw
    assert change.text == "Username: alderglencityhall → cityofalderglen"
    (passed,) = found.skipped
    assert not passed.failed and "only the account sees" in passed.detail
    assert found.download is not None
    assert found.download.identity.earlier_handles == ("alderglencityhall",)


def test_a_post_of_several_pictures_is_one_post(tmp_path: Path) -> None:
    parts = [{"uri": f"media/posts/1/{n}1234567_n.jpg", "creation_timestamp": AT} for n in (1, 2)]
    value = {"media": parts, "title": "Café día", "creation_timestamp": AT}
    found = read(tmp_path, {MEDIA + "posts_1.json": [value], parts[0]["uri"]: b"jpeg"})
    (one,) = found.of(Kind.POST, "carousel")
    assert one.text == "Café día" and [ref.available for ref in one.media] == [True, False]


def test_a_caption_that_was_changed_is_another_version(tmp_path: Path) -> None:
    def told(words: str) -> dict[str, Any]:
        part = {"uri": "media/posts/1/1234567_n.jpg", "creation_timestamp": AT, "title": words}
        return {MEDIA + "posts_1.json": [{"media": [part]}]}

    (before,) = read(tmp_path, told("one")).of(Kind.POST)
    (after,) = read(tmp_path, told("two")).of(Kind.POST)
    assert before.native_id == after.native_id and before.stable != after.stable


def test_a_picture_keeps_what_it_shows_in_words(tmp_path: Path) -> None:
    part = {
        "uri": "media/posts/1/1234567_n.jpg",
        "creation_timestamp": AT,
        "string_map_data": {"Alt text": {"value": "A bridge"}},
    }
    (one,) = read(tmp_path, {MEDIA + "posts_1.json": [{"media": [part]}]}).of(Kind.POST)
    assert one.media[0].alt_text == "A bridge"


@pytest.mark.parametrize(
    ("name", "key", "form", "visibility"),
    [
        ("reels", "ig_reels_media", "reel", Visibility.PUBLIC),
        ("igtv_videos", "ig_igtv_media", "igtv", Visibility.PUBLIC),
        ("stories", "ig_stories", "story", Visibility.PUBLIC),
        ("archived_posts", "ig_archived_post_media", "archived post", Visibility.HIDDEN),
        (
            "recently_deleted_content",
            "ig_recently_deleted_media",
            "recently deleted",
            Visibility.HIDDEN,
        ),
        ("other_content", "ig_other_media", "other content", Visibility.HIDDEN),
        ("profile_photos", "ig_profile_picture", "profile photo", Visibility.PUBLIC),
    ],
)
def test_every_list_of_media_is_read_as_what_it_is(
    tmp_path: Path, name: str, key: str, form: str, visibility: Visibility
) -> None:
    part = {"uri": "media/x/1/1234567_n.jpg", "creation_timestamp": AT, "title": "words"}
    value = part if key in ("ig_stories", "ig_profile_picture") else {"media": [part]}
    (one,) = read(tmp_path, {f"{MEDIA}{name}.json": {key: [value]}}).of(Kind.POST)
    assert (one.form, one.visibility, one.text) == (form, visibility, "words")


@pytest.mark.parametrize(
    "names",
    [
        ("Comment", "Media Owner", "Time"),
        ("Comentario", "Propietario del contenido multimedia", "Hora"),
        ("Opmerking", "Media-eigenaar", "Tijd"),
    ],
)
def test_a_comment_is_read_in_any_language(tmp_path: Path, names: tuple[str, str, str]) -> None:
    fields = {
        names[0]: {"value": "¡Qué día!"},
        names[1]: {"value": "alder_glen_parks"},
        names[2]: {"timestamp": AT},
    }
    name = "your_instagram_activity/comments/post_comments_1.json"
    (one,) = read(tmp_path, {name: [{"string_map_data": fields}]}).of(Kind.COMMENT)
    assert (one.text, one.created_at) == ("¡Qué día!", "2023-11-14T22:14:25Z")
    assert [who.display_name for who in one.recipients] == ["alder_glen_parks"]


@pytest.mark.parametrize("name", ["reels_comments", "hype", "post_comments_2"])
def test_other_lists_of_comments_are_read(tmp_path: Path, name: str) -> None:
    fields = {"Comment": {"value": "x"}, "Time": {"timestamp": AT}}
    path = f"your_instagram_activity/comments/{name}.json"
    assert len(read(tmp_path, {path: {"any_key": [{"string_map_data": fields}]}}).items) == 1


def test_messages_have_their_shares_pictures_and_likes(tmp_path: Path) -> None:
    uri = TALK.rsplit("/", 1)[0] + "/photos/1234567.jpg"
    told = [
        {
            "sender_name": "Ana",
            "timestamp_ms": AT * 1000,
            "share": {"link": "https://www.instagram.com/p/x/", "share_text": "See"},
        },
        {"sender_name": "Ana", "timestamp_ms": AT * 1000 - 9, "photos": [{"uri": uri}]},
        {
            "sender_name": "Alder Glen",
            "timestamp_ms": AT * 1000 - 99,
            "content": "Hi",
            "reactions": [{"reaction": "❤", "actor": "Ana"}],
        },
        {"sender_name": "Ana", "timestamp_ms": AT * 1000 - 999, "is_unsent": True},
    ]
    parties = [{"name": "Ana"}, {"name": "Alder Glen"}]
    info = {
        "profile_user": [
            {"string_map_data": {"Username": {"value": "ag"}, "Name": {"value": "Alder Glen"}}}
        ]
    }
    found = read(
        tmp_path,
        {
            TALK: {"participants": parties, "messages": told},
            uri: b"jpeg",
            "personal_information/personal_information/personal_information.json": info,
        },
    )
    share, photo, liked, unsent = found.of(Kind.MESSAGE)
    assert (share.text, share.links) == ("See", ("https://www.instagram.com/p/x/",))
    assert photo.media[0].available and photo.author.role is AuthorRole.PUBLIC
    assert liked.metrics == {"reactions": 1} and liked.author.role is AuthorRole.AGENCY
    assert unsent.content_state is ContentState.UNAVAILABLE


def test_lists_of_people_are_read_in_all_their_shapes(tmp_path: Path) -> None:
    def one(handle: str, **more: Any) -> dict[str, Any]:
        return {
            "title": "",
            "string_list_data": [{"href": f"https://www.instagram.com/{handle}", **more}],
        }

    found = read(
        tmp_path,
        {
            LISTS + "followers_1.json": [one("ana.p", value="ana.p"), one("bo")],
            LISTS + "followers_2.json": [one("cy", value="cy")],
            LISTS + "following.json": {
                "relationships_following": [{**one("_u/dee"), "title": "dee"}]
            },
            LISTS + "blocked_profiles.json": {"relationships_blocked_users": [{"title": "loud"}]},
            LISTS + "restricted_profiles.json": {"relationships_restricted_users": [one("eve")]},
            LISTS + "hide_story_from.json": {"relationships_hide_stories_from": [one("fay")]},
            LISTS + "pending_follow_requests.json": {
                "relationships_follow_requests_sent": [one("gus")]
            },
        },
    )
    assert [who.native_id for who in found.listed(Relation.FOLLOWER)] == ["ana.p", "bo", "cy"]
    assert [who.handle for who in found.listed(Relation.FOLLOWING)] == ["dee"]
    assert [who.handle for who in found.listed(Relation.BLOCK)] == ["loud"]
    kept = {name: count.reason for name, count in found.files.items() if count.state == "kept"}
    assert "moderation" in kept[LISTS + "restricted_profiles.json"]
    assert len(kept) == 3


def test_one_file_of_2018_holds_several_lists(tmp_path: Path) -> None:
    found = walked(
        write_instagram_download(tmp_path / "a.zip", Layout.OLDEST, 30).path, "instagram"
    )
    assert {name for name in found.files if name.startswith("connections.json")} == {
        "connections.json (follower)",
        "connections.json (following)",
        "connections.json (block)",
    }
    assert found.balanced


def test_the_oldest_files_by_themselves_are_no_download(tmp_path: Path) -> None:
    assert platforms(small(tmp_path / "a.zip", {"profile.json": {}, "likes.json": {}})) == []


def test_one_picture_sent_privately_is_private(tmp_path: Path) -> None:
    files = {
        "media.json": {
            "photos": [],
            "direct": [{"taken_at": "2019-04-02T10:00:00+00:00", "path": "direct/1/1234567.jpg"}],
        },
        "messages.json": [],
        "connections.json": {},
    }
    (one,) = read(tmp_path, files).of(Kind.POST)
    assert one.visibility is Visibility.PRIVATE


def test_pages_are_read_eight_hours_behind_and_say_so(tmp_path: Path) -> None:
    box = (
        '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><h2 class="_a6-h _a6-i">'
        'Hi &amp; bye</h2><div class="_a6-p"></div>'
        '<div class="_3-94 _a6-o">Aug 09, 2026 9:49 am</div></div>'
    )
    found = read(tmp_path, {MEDIA + "posts_1.html": f"<html><body>{box}</body></html>"})
    (one,) = found.of(Kind.POST)
    assert (one.text, one.created_at) == ("Hi & bye", "2026-08-09T17:49:00Z")
    assert any("UTC-08:00" in note for note in found.notes)


def test_a_time_in_a_language_not_known_here_is_told(tmp_path: Path) -> None:
    box = (
        '<div class="_a6-g uiBoxWhite"><h2 class="_a6-h">x</h2>'
        '<div class="_3-94 _a6-o">8월 09, 2026 9:49 오전</div></div>'
    )
    found = read(tmp_path, {MEDIA + "posts_1.html": f"<html><body>{box}</body></html>"})
    assert [one.failed for one in found.skipped] == [True] and not found.items


def test_json_is_written_as_meta_writes_it(tmp_path: Path) -> None:
    files = unpacked(write_instagram_download(tmp_path / "a.zip", Layout.NEW, 30).path)
    posts = files["your_instagram_activity/media/posts_1.json"]
    assert posts.isascii() and "piscina" in posts.decode() and "\\u00c3\\u00b3n" in posts.decode()
    assert len(json.loads(posts)) == 30
