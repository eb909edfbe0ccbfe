"""What becomes of posts, edits, deletions, messages and media of an X download."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archiver.items import ContentState, Kind
from tests.exports.walking import counted, opened, walked
from tests.exports.x_downloads import (
    ACCOUNT,
    account,
    conversation,
    day,
    full_download,
    message,
    post,
    snowflake,
    tweet_time,
    ytd,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Sat Aug 12 16:10:37 +0000 2023", "2023-08-12T16:10:37Z"),
        ("Thu Jan 01 00:00:00 +0000 1925", "1925-01-01T00:00:00Z"),
        ("Sat Dec 31 23:59:59 +0000 2199", "2199-12-31T23:59:59Z"),
        ("Sat Aug 12 16:10:37 -0700 2023", "2023-08-12T23:10:37Z"),
        ("2023-08-12T16:10:37.000Z", "2023-08-12T16:10:37Z"),
        ("2023-08-12 16:10:37 +0000", "2023-08-12T16:10:37Z"),
        ("Sat Feb 30 16:10:37 +0000 2023", None),
        ("Sat Aug 12 26:10:37 +0000 2023", None),
        ("Sat Foo 12 16:10:37 +0000 2023", None),
        ("tomorrow", None),
        (None, None),
    ],
)
def test_times_are_read_as_x_writes_them(
    tmp_path: Path, written: str | None, read: str | None
) -> None:
    one = post("Hello", day(1), created_at=written)
    files = {"data/account.js": account(), "data/tweets.js": ytd("tweets", [one])}
    assert walked(opened(tmp_path, files))[0][0].created_at == read


@pytest.mark.parametrize(
    ("written", "read"),
    [("en", "en"), ("und", None), ("zxx", None), ("in", "id"), ("iw", "he"), (None, None)],
)
def test_languages_are_what_x_detected(
    tmp_path: Path, written: str | None, read: str | None
) -> None:
    one = post("Hello", day(1), lang=written)
    files = {"data/account.js": account(), "data/tweets.js": ytd("tweets", [one])}
    assert walked(opened(tmp_path, files))[0][0].language == read


@pytest.mark.parametrize(
    "spelling", ["edit_info", "edit_history_tweet_ids", "edit_history_post_ids"]
)
def test_edits_are_versions_of_one_record(tmp_path: Path, spelling: str) -> None:
    ids = [snowflake(day(1, hour)) for hour in (9, 10, 11)]
    some = []
    for at, native_id in enumerate(ids):
        one = post(f"Version {at}", day(1, 9 + at), native_id=native_id, edits=ids)
        if spelling != "edit_info":
            del one["tweet"]["edit_info"]
            one["tweet"][spelling] = ids
        some.append(one)
    files = {"data/account.js": account(), "data/tweets.js": ytd("tweets", some[::-1])}
    items, _, _ = walked(opened(tmp_path, files))
    assert {item.native_id for item in items} == {ids[0]}
    assert [item.edit_id for item in items] == ids[::-1]
    assert [item.edit_position for item in items] == [2, 1, 0]
    assert {item.created_at for item in items} == {"2026-01-02T09:00:00Z"}
    assert [item.edited_at for item in items] == [
        "2026-01-02T11:00:00Z",
        "2026-01-02T10:00:00Z",
        None,
    ]


def test_ids_may_be_numbers_or_missing(tmp_path: Path) -> None:
    one = post("Numbers", day(1))["tweet"]
    number = int(one["id_str"])
    del one["id_str"]
    one |= {"id": number, "in_reply_to_status_id_str": None, "in_reply_to_status_id": 55}
    files = {"data/account.js": account(), "data/tweets.js": ytd("tweets", [{"tweet": one}])}
    item = walked(opened(tmp_path, files))[0][0]
    assert (item.native_id, item.parent_id, item.form) == (str(number), "55", "reply")


def test_a_post_without_an_id_fails_by_name(tmp_path: Path) -> None:
    one = post("No id", day(1))["tweet"]
    del one["id_str"], one["id"]
    files = {"data/account.js": account(), "data/tweets.js": ytd("tweets", [{"tweet": one}])}
    items, _, skipped = walked(opened(tmp_path, files))
    assert not items
    assert skipped[0].failed


def test_counters_change_no_version(tmp_path: Path) -> None:
    quiet = post("Hello", day(1))
    busy = post("Hello", day(1), favorite_count="99", retweet_count="7", favorited=True)
    files = {"data/account.js": account(), "data/tweets.js": ytd("tweets", [quiet, busy])}
    first, second = walked(opened(tmp_path, files))[0]
    assert first.stable == second.stable
    assert second.metrics == {"likes": 99, "reposts": 7}


def test_a_long_post_without_its_post_is_a_record(tmp_path: Path) -> None:
    files = full_download()
    files["data/tweets.js"] = ytd("tweets", [post("Something else", day(2))])
    download = opened(tmp_path, files)
    items, _, _ = walked(download)
    found = [item for item in items if item.form == "long post"]
    assert [item.native_id for item in found] == ["note:8801"]
    assert counted(download)["data/note-tweet.js"].joined == 0


def test_a_long_post_joins_by_the_id_where_one_is_given(tmp_path: Path) -> None:
    native_id = snowflake(day(2))
    note = {
        "noteTweet": {
            "noteTweetId": "1",
            "tweetId": native_id,
            "createdAt": "2026-03-03T00:00:00.000Z",
            "core": {
                "text": "The whole text &amp; more",
                "urls": [{"expandedUrl": "https://a.example.org"}],
            },
        }
    }
    files = {
        "data/account.js": account(),
        "data/tweets.js": ytd("tweets", [post("The whole…", day(2))]),
        "data/note-tweet.js": ytd("note_tweet", [note]),
    }
    item = walked(opened(tmp_path, files))[0][0]
    assert item.text == "The whole text & more"
    assert item.links == ("https://a.example.org",)
    assert item.raw.count(b"noteTweetId") == 1


def test_a_deleted_post_has_its_time(tmp_path: Path) -> None:
    items, _, _ = walked(opened(tmp_path, full_download()))
    removed = {item.text: item for item in items if item.removed_at}
    assert removed["Wrong date, ignore"].removed_at == "2026-05-25T10:00:00Z"
    assert removed["Wrong date, ignore"].removed_by is None
    assert removed[""].content_state is ContentState.UNAVAILABLE


def test_the_time_of_deletion_may_come_from_the_headers(tmp_path: Path) -> None:
    one = post("Gone", day(1))
    header = {
        "tweet": {
            "tweet_id": one["tweet"]["id_str"],
            "created_at": tweet_time(day(1)),
            "deleted_at": "Mon May 25 10:00:00 +0000 2026",
        }
    }
    files = {
        "data/account.js": account(),
        "data/deleted-tweets.js": ytd("deleted_tweets", [one]),
        "data/deleted-tweet-headers.js": ytd("deleted_tweet_headers", [header]),
    }
    download = opened(tmp_path, files)
    items, _, _ = walked(download)
    assert [item.removed_at for item in items] == ["2026-05-25T10:00:00Z"]


def test_a_circle_post_is_private(tmp_path: Path) -> None:
    files = {
        "data/account.js": account(),
        "data/twitter-circle-tweet.js": ytd(
            "twitter_circle_tweet", [post("For few", day(1), in_reply_to_status_id_str="77")]
        ),
    }
    item = walked(opened(tmp_path, files))[0][0]
    assert (item.form, item.access.value, item.parent_id) == ("circle post", "private", "77")


def test_messages_go_to_the_private_file(tmp_path: Path) -> None:
    items, _, _ = walked(opened(tmp_path, full_download()))
    by_kind = {item.kind: item.access.value for item in items}
    assert by_kind[Kind.MESSAGE] == by_kind[Kind.REACTION] == "private"
    assert by_kind[Kind.POST] == by_kind[Kind.PROFILE] == "public"


def test_a_message_keeps_its_own_bytes(tmp_path: Path) -> None:
    items, _, _ = walked(opened(tmp_path, full_download()))
    swing = next(item for item in items if item.native_id == "9101")
    assert json.loads(swing.raw)["messageCreate"]["text"] == "The swing is broken &lt;again&gt;"
    assert swing.text == "The swing is broken <again>"
    assert [person.native_id for person in swing.recipients] == [ACCOUNT]
    reaction = next(item for item in items if item.kind is Kind.REACTION)
    assert (reaction.parent_id, reaction.text) == ("9101", "sad")


def test_a_new_reaction_is_no_new_version_of_the_message(tmp_path: Path) -> None:
    def stable(reactions: list[dict[str, str]]) -> bytes:
        talk = [message("1", "Hi", "5", ACCOUNT, "2026-01-01T00:00:00.000Z", reactions=reactions)]
        files = {
            "data/account.js": account(),
            "data/direct-messages.js": ytd("direct_messages", [conversation(f"5-{ACCOUNT}", talk)]),
        }
        items, _, _ = walked(opened(tmp_path, files))
        return items[0].stable

    assert stable([]) == stable([{"senderId": ACCOUNT, "reactionKey": "like", "eventId": "2"}])


def test_media_are_matched_by_their_names(tmp_path: Path) -> None:
    items, _, _ = walked(opened(tmp_path, full_download()))
    pond = next(item for item in items if item.text.startswith("Trails"))
    assert [(ref.alt_text, ref.available) for ref in pond.media] == [("A pond & a heron", True)]
    assert pond.media[0].key.endswith("-pond.jpg")


def test_media_the_download_does_not_hold_are_named(tmp_path: Path) -> None:
    files = {name: body for name, body in full_download().items() if "tweets_media" not in name}
    items, _, _ = walked(opened(tmp_path, files))
    pond = next(item for item in items if item.text.startswith("Trails"))
    assert [(ref.available, ref.url) for ref in pond.media] == [
        (False, "https://pbs.example.com/media/pond.jpg")
    ]
