"""What others leave beneath the account's posts, captured from a real server with its AppView."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from archiver.capture.limits import NIGHTLY
from archiver.items import Kind
from tests.capture.bluesky_city import City, states
from tests.servers.bluesky_network import days_after, expired, picture, ref, tid

pytestmark = pytest.mark.servers


def test_replies_at_every_depth_are_comments_in_their_thread(seen_city: City) -> None:
    city, joe, ann = seen_city, seen_city.network.person("joe"), seen_city.network.person("ann")
    post = city.person.post("Should the park close at 9?")
    one = joe.reply(post, "No!")
    two = city.person.reply(one, "Why not?", root=post)
    three = ann.reply(two, "Because of the lights", root=post)
    report = city.capture()
    assert city.native_ids(Kind.COMMENT) == {one["uri"], three["uri"]}
    assert city.native_ids(Kind.POST) == {post["uri"], two["uri"]}
    found = city.record(three)
    assert (found["parent_id"], found["root_id"]) == (two["uri"], post["uri"])
    assert (found["author_role"], found["author_handle"]) == ("public", ann.handle)
    assert report.outcome == "complete", report.message
    assert states(report)["comment"] == "complete"


def test_a_hidden_reply_is_hidden_and_shown_again(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    post = city.person.post("Budget hearing tonight")
    reply = joe.reply(post, "You are all crooks")
    city.capture()
    assert city.record(reply)["visibility"] == "public"
    city.person.hide(post, reply)
    city.capture()
    assert city.record(reply)["visibility"] == "hidden"
    city.person.hide(post)
    city.capture()
    assert city.record(reply)["visibility"] == "public"
    assert city.events(reply) == ["hidden", "unhidden"]
    assert city.texts(reply) == ["You are all crooks"]
    city.capture()
    assert city.events(reply) == ["hidden", "unhidden"]


def test_hiding_beneath_an_old_post_is_seen_the_same_night(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    for n in range(60):
        _old_post(city, f"Older notice {n}", days=300 + n)
    post = _old_post(city, "Old notice", days=380)
    reply = joe.reply(post, "Still waiting")
    city.capture()
    city.person.hide(post, reply)
    city.capture()
    assert city.record(reply)["visibility"] == "hidden"


def test_a_new_reply_beneath_an_old_post_is_seen_the_same_night(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    for n in range(60):
        _old_post(city, f"Older notice {n}", days=300 + n)
    post = _old_post(city, "Old notice", days=380)
    city.capture()
    reply = joe.reply(post, "I only see this now")
    city.capture()
    assert city.native_ids(Kind.COMMENT) == {reply["uri"]}


def test_a_reply_deleted_beneath_an_old_post_is_found_in_turn(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    posts = [_old_post(city, f"Older notice {n}", days=300 + n) for n in range(8)]
    replies = [joe.reply(post, f"Objection {n}") for n, post in enumerate(posts)]
    city.capture()
    joe.delete(replies[7]["uri"])
    city.limits = replace(NIGHTLY, rotation_days=3)
    nights = 0
    while city.record(replies[7])["presence"] == "present":
        city.capture()
        nights += 1
        assert nights <= 4
    absent = city.rows("SELECT native_id FROM records WHERE presence <> 'present'")
    assert [row["native_id"] for row in absent] == [replies[7]["uri"]]


def test_an_edited_reply_is_a_version_and_a_deleted_one_is_absent(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    post = city.person.post("Bridge closed")
    edited, deleted = joe.reply(post, "Which one?"), joe.reply(post, "I will sue")
    city.capture()
    joe.put(
        edited["uri"],
        {"text": "Which bridge?", "reply": {"root": ref(post), "parent": ref(post)}},
    )
    joe.delete(deleted["uri"])
    city.capture()
    assert city.texts(edited) == ["Which one?", "Which bridge?"]
    gone = city.record(deleted)
    assert (gone["presence"], gone["removed_by"], gone["text"]) == (
        "absent",
        "author",
        "I will sue",
    )


def test_a_resident_who_is_taken_down_leaves_the_unknown_behind(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    post = city.person.post("Library hours")
    reply = joe.reply(post, "Too short")
    joe.like(post)
    like = {"uri": f"{post['uri']}#like/{joe.did}"}
    city.capture()
    city.network.set_standing(joe.did, taken_down=True)
    city.capture()
    for left_behind in (reply, like):
        assert city.record(left_behind)["presence"] in {"present", "unknown"}
        assert "gone" not in city.events(left_behind)
    city.network.set_standing(joe.did, taken_down=False)
    city.capture()
    city.capture()
    for left_behind in (reply, like):
        assert city.record(left_behind)["presence"] == "present"


def test_a_block_does_not_unsay_a_reply(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    post = city.person.post("New parking rules")
    before = joe.reply(post, "Terrible rules")
    city.capture()
    city.person.block(joe)
    city.capture()
    assert city.record(before)["presence"] == "present"
    assert city.events(before) == []
    assert city.texts(before) == ["Terrible rules"]
    assert [row["native_id"] for row in city.people("block")] == [joe.did]


def test_a_reply_first_met_behind_a_block_is_counted_as_not_shown(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    post = city.person.post("New parking rules")
    reply = joe.reply(post, "Terrible rules")
    city.person.block(joe)
    source = city.source(appview=city.network.appview)
    report = city.capture(source)
    source.close()
    assert city.texts(reply) == []
    assert report.counts["skipped"] == 1
    (kept,) = city.rows("SELECT member, detail FROM skipped")
    assert kept["member"] == post["uri"]
    assert "more replies are counted" in kept["detail"]


def test_likes_reposts_and_quotes_come_and_go(seen_city: City) -> None:
    city, joe, ann = seen_city, seen_city.network.person("joe"), seen_city.network.person("ann")
    post = city.person.post("We won the bicycle prize")
    like, repost = joe.like(post), joe.repost(post)
    quote = ann.post("Look!", embed={"$type": "app.bsky.embed.record", "record": ref(post)})
    ann.like(post)
    city.capture()
    likes = city.native_ids(Kind.REACTION, "like")
    assert likes == {f"{post['uri']}#like/{one.did}" for one in (joe, ann)}
    assert city.native_ids(Kind.REACTION, "repost") == {f"{post['uri']}#repost/{joe.did}"}
    assert city.native_ids(Kind.COMMENT, "quote") == {quote["uri"]}
    joe.delete(like["uri"])
    joe.delete(repost["uri"])
    ann.delete(quote["uri"])
    report = city.capture()
    gone = city.rows("SELECT form, removed_by FROM records WHERE presence = 'absent' ORDER BY form")
    assert [row["form"] for row in gone] == ["like", "quote", "repost"]
    assert report.counts["gone"] == 3


def test_counts_are_kept_beside_the_post_and_make_no_version(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    post = city.person.post("Street fair on Saturday")
    city.capture()
    joe.like(post)
    city.capture()
    assert city.record(post)["version_count"] == 1
    counted = city.rows("SELECT counters FROM metrics ORDER BY id")
    assert '"likes":1' in counted[-1]["counters"].replace(" ", "")


def test_mentions_elsewhere_are_comments(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    mention = joe.post(
        "Hey @city fix the lights",
        facets=[
            {
                "index": {"byteStart": 4, "byteEnd": 9},
                "features": [{"$type": "app.bsky.richtext.facet#mention", "did": city.person.did}],
            }
        ],
    )
    city.capture()
    assert city.native_ids(Kind.COMMENT, "mention") == {mention["uri"]}


def test_a_mention_that_is_edited_and_taken_back_is_noticed(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    words = {
        "facets": [
            {
                "index": {"byteStart": 4, "byteEnd": 9},
                "features": [{"$type": "app.bsky.richtext.facet#mention", "did": city.person.did}],
            }
        ]
    }
    mention = joe.post("Hey @city fix the lights", **words)
    city.capture()
    joe.put(mention["uri"], {"text": "Hey @city thanks for the lights", **words})
    city.capture()
    assert city.texts(mention) == ["Hey @city fix the lights", "Hey @city thanks for the lights"]
    assert city.record(mention)["author_handle"] == joe.handle
    joe.delete(mention["uri"])
    city.capture()
    city.capture()  # asked for by id in turn, and last night was not its turn
    assert city.record(mention)["presence"] == "absent"


def test_a_label_on_a_post_is_kept_and_its_end_too(seen_city: City) -> None:
    city = seen_city
    post = city.person.post("Warning: wildfire smoke")
    city.capture()
    city.network.label(post["uri"], "graphic-media")
    city.capture()
    (label,) = city.rows("SELECT * FROM records WHERE form = 'label'")
    assert (label["text"], label["parent_id"]) == ("graphic-media", post["uri"])
    assert city.record(post)["version_count"] == 1
    city.network.unlabel(post["uri"])
    city.capture()
    (label,) = city.rows("SELECT * FROM records WHERE form = 'label'")
    assert label["presence"] == "absent"


def test_a_reply_by_the_citys_other_account_is_the_citys(seen_city: City) -> None:
    city, parks = seen_city, seen_city.network.person("parks")
    other = City(city.network, parks, city.home, parks.app_password(), number=2)
    other.capture()
    post = city.person.post("The pool opens on 1 June")
    reply = parks.reply(post, "Towels at the desk")
    city.capture()
    (found,) = city.rows(
        "SELECT author_role, kind FROM records WHERE native_id = ? AND account_id = 1",
        reply["uri"],
    )
    assert found == {"author_role": "agency", "kind": "comment"}
    parks.delete(reply["uri"])
    city.capture()
    (found,) = city.rows(
        "SELECT presence FROM records WHERE native_id = ? AND account_id = 1", reply["uri"]
    )
    assert found["presence"] == "absent"


def test_what_the_account_answered_is_kept_with_its_answer(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    question = joe.post("When does the pool open?")
    answer = city.person.reply(question, "On 1 June")
    city.capture()
    assert city.native_ids(Kind.COMMENT, "context") == {question["uri"]}
    assert city.record(answer)["parent_id"] == question["uri"]


def test_pictures_in_a_reply_are_kept(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    post = city.person.post("Report potholes here")
    blob = joe.upload(picture("black"), "image/png")
    joe.reply(
        post,
        "This one",
        embed={"$type": "app.bsky.embed.images", "images": [{"alt": "A hole", "image": blob}]},
    )
    report = city.capture()
    assert report.counts["media"] == 1
    (shown,) = city.rows("SELECT alt_text, sha256 FROM record_media")
    assert shown["alt_text"] == "A hole"
    assert shown["sha256"] is not None


def test_followers_are_intervals(seen_city: City) -> None:
    city, joe, ann = seen_city, seen_city.network.person("joe"), seen_city.network.person("ann")
    city.person.post("Follow us")
    first = joe.follow(city.person)
    city.capture()
    joe.delete(first["uri"])
    ann.follow(city.person)
    city.capture()
    joe.follow(city.person)
    report = city.capture()
    rows = [(row["native_id"], row["to_at"] is None) for row in city.people("follower")]
    assert sorted(rows) == sorted([(joe.did, False), (ann.did, True), (joe.did, True)])
    assert states(report)["follower"] == "complete"
    [said] = [one for one in report.coverage if one.what == "follower"]
    assert said.start == said.end, "a list is covered for its moment, not since the beginning"
    assert {row["handle"] for row in city.people("follower")} == {joe.handle, ann.handle}


def test_mutes_are_a_list_too(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    city.person.call("app.bsky.graph.muteActor", {"actor": joe.did})
    city.capture()
    assert [row["native_id"] for row in city.people("mute")] == [joe.did]


def test_an_expired_token_is_renewed_on_the_way(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    post = city.person.post("Notice")
    joe.reply(post, "Read it")
    source = city.source()
    assert source.native_id == city.person.did
    tokens = source._session._tokens
    assert tokens is not None
    tokens.accessJwt = expired(tokens.accessJwt)
    assert city.capture(source).outcome == "complete"
    source.close()


def test_a_quiet_night_with_residents_writes_no_row_per_resident(seen_city: City) -> None:
    city, joe = seen_city, seen_city.network.person("joe")
    for n in range(4):
        post = city.person.post(f"Notice {n}")
        joe.reply(post, f"Comment {n}")
        joe.like(post)
    joe.follow(city.person)
    city.capture()
    tables = ("records", "versions", "events", "exchanges", "metrics", "media", "skipped")
    before = {table: city.rows(f"SELECT count(*) AS n FROM {table}") for table in tables}
    people = city.people("follower")
    city.capture()
    assert {table: city.rows(f"SELECT count(*) AS n FROM {table}") for table in tables} == before
    assert city.people("follower") == people


def _old_post(city: City, text: str, days: int = 200) -> dict[str, str]:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    made = city.person.create(
        "app.bsky.feed.post", {"text": text, "createdAt": days_after(moment, 0)}, rkey=tid(moment)
    )
    return made
