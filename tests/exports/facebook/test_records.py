"""Every field of a post, a comment and a message in Facebook's downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archiver.items import AuthorRole, ContentState, Item, Kind, Relation, Visibility
from tests.exports.meta.walked import Walked, small, walked

POSTS = "this_profile's_activity_across_facebook/posts/profile_posts_1.json"
TALK = "this_profile's_activity_across_facebook/messages/inbox/ana_10001234567/message_1.json"
PROFILE = "personal_information/profile_information/profile_information.json"
CITY = {"profile_v2": {"name": {"full_name": "City of Alder Glen"}, "username": "alderglen"}}
AT = 1_700_000_065


def read(tmp_path: Path, files: dict[str, Any]) -> Walked:
    found = walked(small(tmp_path / "a.zip", {PROFILE: CITY, **files}), "facebook")
    assert found.balanced
    return found


def post(tmp_path: Path, **more: Any) -> Item:
    value = {"timestamp": AT, "data": [{"post": "words"}], "title": "City posted.", **more}
    (one,) = read(tmp_path, {POSTS: [value]}).of(Kind.POST)
    return one


def message(tmp_path: Path, **more: Any) -> Item:
    value = {"sender_name": "Ana Peña", "timestamp_ms": AT * 1000 + 7, **more}
    talk = {
        "participants": [{"name": "Ana Peña"}, {"name": "City of Alder Glen"}],
        "messages": [value],
        "title": "Ana Peña",
        "magic_words": [],
    }
    (one,) = read(tmp_path, {TALK: talk}).of(Kind.MESSAGE)
    return one


def hung(**inner: Any) -> list[dict[str, Any]]:
    return [{"data": [inner]}]


def test_a_post_has_its_time_its_author_and_its_words(tmp_path: Path) -> None:
    one = post(tmp_path, tags=[{"name": "Ana Peña"}])
    assert (one.created_at, one.text, one.form) == ("2023-11-14T22:14:25Z", "words", "post")
    assert one.author.role is AuthorRole.AGENCY and one.author.handle == "alderglen"
    assert one.member == POSTS and one.position == 0
    assert one.native_id.startswith("derived:")


def test_a_post_that_was_edited_is_another_version_of_the_same(tmp_path: Path) -> None:
    before = post(tmp_path)
    after = post(tmp_path, data=[{"post": "other words"}, {"update_timestamp": AT + 900}])
    assert after.edited_at == "2023-11-14T22:29:25Z"
    assert after.native_id == before.native_id and after.stable != before.stable


def test_a_picture_is_linked_with_its_caption_and_missing_ones_are_named(tmp_path: Path) -> None:
    uri = "this_profile's_activity_across_facebook/posts/media/x/1234567890.jpg"
    value = {
        "timestamp": AT,
        "data": [],
        "attachments": [
            {
                "data": [
                    {"media": {"uri": uri, "description": "The café"}},
                    {"media": {"uri": "posts/media/x/gone_987654321.jpg"}},
                ]
            }
        ],
        "title": "City added a photo.",
    }
    found = read(tmp_path, {POSTS: [value], uri: b"jpeg"})
    (one,) = found.of(Kind.POST, "photo")
    here, gone = one.media
    assert (here.key, here.alt_text, here.available) == (uri, "The café", True)
    assert (gone.key, gone.available) == ("posts/media/x/gone_987654321.jpg", False)
    assert one.text == "The café"
    assert found.download is not None and found.download.unmatched_media == 0


@pytest.mark.parametrize(
    ("attachment", "form", "shown"),
    [
        (
            {"external_context": {"url": "https://example.com/a", "name": "A page"}},
            "shared link",
            "A page",
        ),
        (
            {"place": {"name": "City Hall", "address": "214 Orchard"}},
            "check-in",
            "City Hall, 214 Orchard",
        ),
        (
            {"event": {"name": "Open house", "start_timestamp": AT}},
            "event",
            "2023-11-14T22:14:25Z",
        ),
        ({"life_event": {"title": "Opened the library"}}, "life event", "Opened the library"),
        ({"poll": {"question": "A park?", "options": [{"option": "Yes"}]}}, "poll", "A park?"),
        ({"note": {"title": "Long", "text": "read"}}, "note", "read"),
        ({"media": {"uri": "a/123456789.mp4"}}, "video", "words"),
    ],
)
def test_what_hangs_on_a_post_is_shown_with_it(
    tmp_path: Path, attachment: dict[str, Any], form: str, shown: str
) -> None:
    one = post(tmp_path, attachments=hung(**attachment))
    assert one.form == form
    assert "words" in one.text and shown in one.text


def test_a_live_video_is_told_by_its_sentence(tmp_path: Path) -> None:
    video = hung(media={"uri": "a/123456789.mp4"})
    assert post(tmp_path, attachments=video, title="City was live.").form == "live video"


def test_a_post_without_words_shows_the_platforms_sentence(tmp_path: Path) -> None:
    one = post(tmp_path, data=[])
    assert one.text == "City posted." and b"City posted" not in one.stable


def test_a_comment_keeps_its_words_and_group(tmp_path: Path) -> None:
    def one(text: str) -> dict[str, Any]:
        told = {"timestamp": AT, "comment": text, "author": "City of Alder Glen"}
        title = "City of Alder Glen replied to Ana's comment."
        return {"timestamp": AT, "data": [{"comment": told}], "title": title}

    folder = "your_facebook_activity/"
    found = read(
        tmp_path,
        {
            f"{folder}comments_and_reactions/comments.json": {"comments_v2": [one("Thank you")]},
            f"{folder}groups/your_comments_in_groups.json": {"group_comments_v2": [one("Yes")]},
        },
    )
    assert [(one.text, one.form) for one in found.of(Kind.COMMENT)] == [
        ("Thank you", "reply"),
        ("Yes", "reply"),
    ]


def test_older_albums_hold_what_people_wrote_beneath_pictures(tmp_path: Path) -> None:
    picture = {
        "uri": "photos_and_videos/Album_1/28819_1251667781858_6_n_1251667781858.jpg",
        "creation_timestamp": AT,
        "description": "The new bridge",
        "comments": [{"timestamp": AT + 60, "comment": "Ugly", "author": "Ana Peña"}],
    }
    album = {"name": "Bridges", "photos": [picture], "last_modified_timestamp": AT}
    found = read(tmp_path, {POSTS: [], "photos_and_videos/album/0.json": album})
    (photo,) = found.of(Kind.POST)
    assert (photo.native_id, photo.form, photo.text) == ("1251667781858", "photo", "The new bridge")
    (comment,) = found.of(Kind.COMMENT)
    assert comment.parent_id == photo.native_id
    assert (comment.author.display_name, comment.author.role) == ("Ana Peña", AuthorRole.PUBLIC)


def test_the_newest_form_gives_facebooks_own_number(tmp_path: Path) -> None:
    value = {
        "timestamp": AT,
        "media": [],
        "label_values": [{"label": "Message", "value": "On another wall"}, {"label": "URL"}],
        "fbid": "998877665544",
    }
    name = "your_facebook_activity/posts/posts_on_other_pages_and_profiles.json"
    edits = "your_facebook_activity/posts/edits_you_made_to_posts.json"
    found = read(tmp_path, {name: [value], edits: [{**value, "timestamp": AT + 5}]})
    one, edit = found.of(Kind.POST)
    assert (one.native_id, one.text) == ("998877665544", "On another wall")
    assert (edit.form, edit.parent_id) == ("edit", "998877665544")


@pytest.mark.parametrize(
    ("name", "key", "form", "visibility"),
    [
        ("stories/archived_stories", "archived_stories_v2", "story", Visibility.PUBLIC),
        ("short_videos/your_reels", "lasso_videos_v2", "reel", Visibility.PUBLIC),
        ("groups/group_posts_and_comments", "group_posts_v2", "group post", Visibility.PUBLIC),
        (
            "groups/your_pending_posts_in_groups",
            "pending_posts_v2",
            "group post",
            Visibility.PENDING,
        ),
        ("posts/trash", "trash_v2", "post", Visibility.HIDDEN),
        ("posts/archive", "archive_v2", "post", Visibility.HIDDEN),
    ],
)
def test_other_lists_are_read_as_what_they_are(
    tmp_path: Path, name: str, key: str, form: str, visibility: Visibility
) -> None:
    value = {"timestamp": AT, "data": [{"post": "words"}], "title": "t"}
    (one,) = read(tmp_path, {f"your_facebook_activity/{name}.json": {key: [value]}}).of(Kind.POST)
    assert (one.form, one.visibility, one.text) == (form, visibility, "words")


def test_what_visitors_posted_is_theirs(tmp_path: Path) -> None:
    value = {
        "timestamp": AT,
        "data": [{"post": "hi"}],
        "title": "Ana Peña wrote on City's timeline.",
    }
    name = "posts/other_people's_posts_to_your_timeline.json"
    (one,) = read(tmp_path, {name: {"wall_posts_sent_to_you": [value]}}).of(Kind.POST)
    assert (one.author.display_name, one.author.role) == ("Ana Peña", AuthorRole.PUBLIC)


def test_an_event_is_read_with_time_and_place(tmp_path: Path) -> None:
    event = {
        "name": "Council",
        "start_timestamp": AT,
        "end_timestamp": AT + 3600,
        "place": {"name": "City Hall"},
        "description": "Budget",
        "create_timestamp": AT - 900,
    }
    name = "your_facebook_activity/events/your_events.json"
    (one,) = read(tmp_path, {name: {"your_events_v2": [event]}}).of(Kind.POST)
    assert one.text.splitlines() == [
        "Council",
        "2023-11-14T22:14:25Z to 2023-11-14T23:14:25Z",
        "City Hall",
        "Budget",
    ]


def test_a_message_is_private_and_says_who_wrote_to_whom(tmp_path: Path) -> None:
    one = message(tmp_path, content="¿Está abierto?")
    assert one.text == "¿Está abierto?" and one.visibility is Visibility.PRIVATE
    assert one.created_at == "2023-11-14T22:14:25.007000Z"
    assert (one.author.display_name, one.author.role) == ("Ana Peña", AuthorRole.PUBLIC)
    assert [who.role for who in one.recipients] == [AuthorRole.AGENCY]
    assert one.root_id == "10001234567"


@pytest.mark.parametrize(
    ("more", "form"),
    [
        ({"content": "The call ended.", "call_duration": 65}, "call"),
        ({"content": "You missed a call.", "missed": True}, "call"),
        ({"content": "x", "type": "Subscribe", "users": [{"name": "Bo"}]}, "participants joined"),
        ({"content": "x", "type": "Unsubscribe"}, "participants left"),
        ({"content": "Ana named the group Neighbours."}, "group renamed"),
        (
            {"content": "Ana sent an attachment.", "share": {"link": "https://e.org/a"}},
            "shared message",
        ),
        ({"sticker": {"uri": "messages/stickers_used/39178562.png"}}, "sticker"),
        ({"is_unsent": True}, "unsent message"),
        ({"is_taken_down": True}, "message taken down"),
        ({"content": "hello"}, "message"),
    ],
)
def test_the_forms_of_a_message(tmp_path: Path, more: dict[str, Any], form: str) -> None:
    assert message(tmp_path, **more).form == form


def test_an_unsent_message_is_known_to_have_been(tmp_path: Path) -> None:
    one = message(tmp_path, is_unsent=True)
    assert one.content_state is ContentState.UNAVAILABLE and one.removed_at is None


def test_all_kinds_of_files_of_a_message_are_linked(tmp_path: Path) -> None:
    names = {
        name: [{"uri": f"messages/inbox/a/{name}/{number}1234567.bin"}]
        for number, name in enumerate(("photos", "videos", "audio_files", "gifs", "files"), start=1)
    }
    assert len(message(tmp_path, **names).media) == 5


def test_an_address_that_has_run_out_is_kept_without_its_signature(tmp_path: Path) -> None:
    (ref,) = message(tmp_path, videos=[{"uri": "https://x.fbcdn.net/v/1.mp4?oh=secret"}]).media
    assert (ref.key, ref.available) == ("https://x.fbcdn.net/v/1.mp4", False)


def test_reactions_stay_with_their_message(tmp_path: Path) -> None:
    one = message(tmp_path, content="x", reactions=[{"reaction": "❤", "actor": "Ana Peña"}])
    assert one.metrics == {"reactions": 1} and "❤ Ana Peña" in one.stable.decode()


def test_the_words_of_a_share_are_found_with_its_link(tmp_path: Path) -> None:
    one = message(tmp_path, share={"link": "https://e.org/a", "share_text": "Read this"})
    assert (one.text, one.links) == ("Read this", ("https://e.org/a",))


def test_the_same_words_twice_in_a_minute_are_two_messages(tmp_path: Path) -> None:
    twice = [
        {"sender_name": "Ana", "timestamp_ms": AT * 1000 + part, "content": "👍"}
        for part in (900, 5)
    ]
    talk = {"participants": [{"name": "Ana"}], "messages": twice}
    found = read(tmp_path, {TALK: talk}).of(Kind.MESSAGE)
    first, second = (one.native_id for one in found)
    assert second == f"{first}-2"


def test_half_a_character_costs_no_more_than_itself(tmp_path: Path) -> None:
    talk = (
        '{"participants": [{"name": "Ana \\ud83d"}], "messages": [{"sender_name": "Ana \\ud83d",'
        ' "timestamp_ms": 1700000000000, "content": "\\udc00 hello"}]}'
    )
    (one,) = read(tmp_path, {TALK: talk}).of(Kind.MESSAGE)
    assert (one.text, one.author.display_name) == ("\ufffd hello", "Ana \ufffd")


def test_a_conversation_keeps_its_keys_when_its_other_is_renamed(tmp_path: Path) -> None:
    before = message(tmp_path, content="hello")
    talk = {
        "participants": [{"name": "Facebook user"}, {"name": "City of Alder Glen"}],
        "messages": [
            {"sender_name": "Facebook user", "timestamp_ms": AT * 1000, "content": "hello"}
        ],
    }
    moved = TALK.replace("inbox/ana_", "archived_threads/facebookuser_")
    (after,) = read(tmp_path, {moved: talk}).of(Kind.MESSAGE)
    assert (after.native_id, after.stable) == (before.native_id, before.stable)


def test_lists_of_people_are_names_and_namesakes_are_two(tmp_path: Path) -> None:
    names = [{"name": "Ana Peña", "timestamp": 1}, {"name": "Ana Peña", "timestamp": 2}]
    found = read(
        tmp_path,
        {
            "connections/followers/people_who_followed_you.json": {"followers_v3": names},
            "connections/followers/who_you've_followed.json": {"following_v3": names[:1]},
            "your_facebook_activity/pages/pages_and_profiles_you_follow.json": {
                "pages_followed_v2": [
                    {"timestamp": 1, "data": [{"name": "The Library"}], "title": "x"}
                ]
            },
            "preferences/blocked_profiles.json": {"blocked_users_v2": names[:1]},
        },
    )
    assert len({one.native_id for one in found.listed(Relation.FOLLOWER)}) == 2
    assert [one.display_name for one in found.listed(Relation.FOLLOWING)] == [
        "Ana Peña",
        "The Library",
    ]
    assert [one.display_name for one in found.listed(Relation.BLOCK)] == ["Ana Peña"]


def test_what_is_no_post_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = {"timestamp": AT, "data": [{"post": "good"}], "title": "t"}
    found = read(tmp_path, {POSTS: [good, {"title": "no time"}, 7, good]})
    assert [one.text for one in found.of(Kind.POST)] == ["good", "good"]
    assert [(one.position, one.failed) for one in found.skipped] == [(1, True), (2, True)]


def test_a_file_that_is_no_json_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, {POSTS: "[object Object]"})
    assert not found.of(Kind.POST)
    assert [one.failed for one in found.skipped] == [True]


def test_a_page_without_profile_information_is_named_by_its_dashboard(tmp_path: Path) -> None:
    name = "logged_information/professional_dashboard/your_professional_dashboard_activity.json"
    files = {name: {"prodash_activity": [{"page_name": "Alder Glen Library"}]}, POSTS: []}
    found = walked(small(tmp_path / "a.zip", files), "facebook")
    assert found.download is not None
    assert found.download.identity.display_name == "Alder Glen Library"
