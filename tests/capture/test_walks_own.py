"""The account's own records, captured from a real Bluesky server without an AppView."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from archiver import clock
from archiver.capture.limits import NIGHTLY
from archiver.errors import RuleError
from archiver.items import Kind
from tests.capture.bluesky_city import City, states
from tests.servers.bluesky_network import days_after, picture, ref, tid

pytestmark = pytest.mark.servers


def test_posts_are_complete_and_the_rest_says_why_it_is_not(city: City) -> None:
    posts = [city.person.post(f"Council notice {n}") for n in range(7)]
    report = city.capture()
    assert city.native_ids(Kind.POST) == {post["uri"] for post in posts}
    found = states(report)
    assert found["post"] == "complete"
    assert found["profile"] == "complete"
    assert found["comment"] == found["follower"] == "none"
    assert found["message"] == "none"
    assert report.outcome == "partial"
    assert "gives no AppView" in report.message
    reasons = {row["what"]: row["reason"] for row in city.rows("SELECT * FROM coverage")}
    assert "AppView" in reasons["comment"]
    assert "separate chat service" in reasons["message"]


def test_a_quiet_night_adds_coverage_and_a_run_and_nothing_else(city: City) -> None:
    for n in range(5):
        city.person.post(f"Road work {n}")
    city.capture()
    tables = ("records", "versions", "events", "exchanges", "metrics", "media", "skipped")
    before = {table: city.rows(f"SELECT count(*) AS n FROM {table}") for table in tables}
    report = city.capture()
    assert {table: city.rows(f"SELECT count(*) AS n FROM {table}") for table in tables} == before
    assert "stored" not in report.counts


def test_an_edit_is_a_version_and_an_edit_back_is_another(city: City) -> None:
    post = city.person.post("Meeting at 6")
    value = city.person.ask(
        "com.atproto.repo.getRecord",
        repo=city.person.did,
        collection="app.bsky.feed.post",
        rkey=post["uri"].split("/")[-1],
    )["value"]
    city.capture()
    city.person.put(post["uri"], {**value, "text": "Meeting at 7"})
    city.capture()
    city.person.put(post["uri"], value)
    city.capture()
    assert city.texts(post) == ["Meeting at 6", "Meeting at 7", "Meeting at 6"]
    assert city.record(post)["text"] == "Meeting at 6"
    city.capture()
    assert len(city.texts(post)) == 3


def test_a_deleted_post_is_absent_with_evidence_and_can_come_back(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = city.person.post("Wrong date, sorry")
    stays = city.person.post("Right date")
    city.capture()
    city.person.delete(post["uri"])
    report = city.capture()
    record = city.record(post)
    assert (record["presence"], record["removed_by"]) == ("absent", "author")
    assert city.events(post) == ["gone"]
    assert report.counts["gone"] == 1
    assert city.record(stays)["presence"] == "present"
    (evidence,) = city.rows(
        "SELECT x.status, x.url FROM events e JOIN exchanges x ON x.id = e.exchange_id"
    )
    assert evidence["status"] == 400
    assert "getRecord" in evidence["url"]
    city.capture()
    assert city.events(post) == ["gone"]
    city.person.put(post["uri"], {"text": "Wrong date, sorry"})
    # in the second in which it was seen to be gone nothing overrules that
    later = clock.now() + dt.timedelta(minutes=1)
    monkeypatch.setenv("ARCHIVER_NOW", clock.to_text(later))
    city.capture()
    assert city.record(post)["presence"] == "present"
    assert sorted(city.events(post)) == ["edited", "gone", "reappeared"]


def test_an_old_deleted_post_is_found_when_its_turn_comes(city: City) -> None:
    day = dt.datetime.now(dt.UTC) - dt.timedelta(days=400)
    old = [
        city.person.create(
            "app.bsky.feed.post",
            {"text": f"Old notice {n}", "createdAt": days_after(day, n)},
            rkey=tid(day + dt.timedelta(days=n)),
        )
        for n in range(8)
    ]
    city.capture()
    city.person.delete(old[2]["uri"])
    city.limits = replace(NIGHTLY, rotation_days=3)
    nights = 0
    while city.record(old[2])["presence"] == "present":
        city.capture()
        nights += 1
        assert nights <= 6
    assert city.record(old[2])["removed_by"] == "author"
    assert {row["presence"] for row in city.rows("SELECT presence FROM records")} == {
        "present",
        "absent",
    }
    assert city.rows("SELECT count(*) AS n FROM records WHERE presence = 'absent'") == [{"n": 1}]


def test_pictures_videos_and_the_avatar_are_kept_with_their_words(city: City) -> None:
    blob = city.person.upload(picture("red"), "image/png")
    avatar = city.person.upload(picture("blue"), "image/png")
    city.person.profile(displayName="Alder Glen", description="Official", avatar=avatar)
    post = city.person.post(
        "The new bridge",
        embed={
            "$type": "app.bsky.embed.images",
            "images": [{"alt": "A red bridge over the creek", "image": blob}],
        },
    )
    report = city.capture()
    assert report.counts["media"] == 2
    shown = city.rows(
        """
        SELECT m.alt_text, m.name, m.media_type, hex(m.sha256) AS sha256 FROM record_media m
        JOIN records r ON r.id = m.record_id WHERE r.native_id = ?
        """,
        post["uri"],
    )
    assert [(row["alt_text"], row["name"]) for row in shown] == [
        ("A red bridge over the creek", "image")
    ]
    folder = city.home.path / "public" / "media"
    kept = {path.name.lower(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert kept[shown[0]["sha256"].lower()] == picture("red")
    assert len(kept) == 2


def test_links_languages_quotes_and_replies_of_the_account_are_kept(city: City) -> None:
    first = city.person.post("Presupuesto 2027", langs=["es", "en"])
    quote = city.person.post(
        "As we said: https://example.org/budget",
        facets=[
            {
                "index": {"byteStart": 12, "byteEnd": 38},
                "features": [
                    {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/budget"}
                ],
            }
        ],
        embed={"$type": "app.bsky.embed.record", "record": ref(first)},
    )
    answer = city.person.reply(first, "And here in English")
    city.capture()
    assert city.record(first)["language"] == "es"
    assert city.record(quote)["form"] == "quote"
    assert city.record(quote)["parent_id"] == first["uri"]
    assert city.record(answer)["form"] == "reply"
    assert city.record(answer)["root_id"] == first["uri"]
    (details,) = city.rows(
        "SELECT v.details FROM versions v JOIN records r ON r.id = v.record_id"
        " WHERE r.native_id = ?",
        quote["uri"],
    )
    assert "https://example.org/budget" in details["details"]


def test_own_likes_reposts_rules_follows_and_blocks_need_no_appview(city: City) -> None:
    joe, ann = city.network.person("joe"), city.network.person("ann")
    theirs = joe.post("Thank you, city")
    mine = city.person.post("Park closure")
    city.person.like(theirs)
    city.person.repost(theirs)
    city.person.hide(mine)
    city.person.follow(joe)
    city.person.block(ann)
    report = city.capture()
    assert len(city.native_ids(Kind.POST, "repost")) == 1
    assert len(city.native_ids(Kind.REACTION, "like")) == 1
    assert len(city.native_ids(Kind.REACTION, "reply rule")) == 1
    assert [row["native_id"] for row in city.people("following")] == [joe.did]
    assert [row["native_id"] for row in city.people("block")] == [ann.did]
    assert states(report)["following"] == states(report)["block"] == "complete"


def test_records_of_unknown_types_are_kept_raw_and_counted_once(city: City) -> None:
    city.person.post("Notice")
    city.person.put(
        f"at://{city.person.did}/org.example.permit/3kpermit22222",
        {"text": "Permit 12 granted"},
    )
    report = city.capture()
    assert report.counts["skipped"] == 1
    (kept,) = city.rows("SELECT member, detail, failed, raw FROM skipped")
    assert "org.example.permit" in kept["detail"]
    assert b"Permit 12 granted" in kept["raw"]
    assert not kept["failed"]
    assert "skipped" not in city.capture().counts


def test_a_changed_profile_is_a_version(city: City) -> None:
    city.capture()
    city.person.profile(displayName="Alder Glen", description="Parks and roads")
    city.capture()
    city.person.profile(displayName="Alder Glen", description="Parks, roads and library")
    city.capture()
    (profile,) = city.rows("SELECT * FROM records WHERE kind = 'profile'")
    assert profile["version_count"] == 3
    assert profile["text"] == "Alder Glen\nParks, roads and library"


def test_a_personal_account_is_refused(city: City) -> None:
    with pytest.raises(RuleError, match="not an official account"):
        city.capture_as("personal")
