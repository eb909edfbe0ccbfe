"""The make-believe Bluesky's identifiers, and its story."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import libipld
import pytest

from archiver.demo.accounts import BLUESKY_ACCOUNTS
from archiver.demo.bluesky_story import advance_night, bluesky_state
from archiver.demo.bluesky_world import (
    FOLLOW,
    POST,
    PROFILE,
    THREADGATE,
    World,
    blob_cid,
    cid_bytes,
    cid_text,
    parts_of,
    record_cid,
    tid,
    uri_of,
)
from archiver.demo.people import LANGUAGES

PARKS = BLUESKY_ACCOUNTS[0].native_id


@pytest.fixture
def world(now: dt.datetime) -> World:
    return bluesky_state(5, records=400)


def posts(world: World) -> dict[str, dict[str, object]]:
    return {
        uri_of(did, POST, key): value
        for did, repo in world.repos.items()
        for key, value in repo.get(POST, {}).items()
    }


def test_cids_are_those_of_the_protocol() -> None:
    # Known from elsewhere: the raw CID of b"hello", the DAG-CBOR CID of an empty map.
    assert blob_cid(b"hello") == "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"
    assert record_cid({}) == "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"


def test_the_cid_of_a_record_does_not_depend_on_the_order_of_its_fields() -> None:
    assert record_cid({"a": 1, "text": "x"}) == record_cid({"text": "x", "a": 1})
    assert record_cid({"a": 1, "text": "x"}) != record_cid({"a": 1, "text": "y"})


def test_a_link_counts_as_a_link_and_not_as_text() -> None:
    linked = {"ref": {"$link": blob_cid(b"hello")}}
    as_bytes = bytes((1, 0x55, 0x12, 0x20)) + hashlib.sha256(b"hello").digest()
    encoded = libipld.encode_dag_cbor({"ref": as_bytes})
    assert encoded[5:7] == b"\xd8\x2a", "tag 42: a link"
    assert record_cid(linked) == cid_text(cid_bytes(0x71, encoded))


def test_record_keys_sort_by_time() -> None:
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    keys = [tid(start + dt.timedelta(seconds=step), 1023 - step) for step in range(50)]
    assert keys == sorted(keys)
    assert all(len(key) == 13 for key in keys)


def test_the_same_seed_makes_the_same_world(now: dt.datetime) -> None:
    first, second = bluesky_state(5, records=200), bluesky_state(5, records=200)
    for night in (2, 3):
        advance_night(first, night)
        advance_night(second, night)
    assert first == second
    assert bluesky_state(6, records=200).repos != bluesky_state(5, records=200).repos


def test_every_language_answers_the_city(now: dt.datetime) -> None:
    spoken = {
        code for value in posts(bluesky_state(5, records=4000)).values() for code in value["langs"]
    }
    assert set(LANGUAGES) <= spoken


def test_replies_point_at_posts_that_are_there(world: World) -> None:
    found = posts(world)
    replies = [value for value in found.values() if "reply" in value]
    assert len(replies) > 40
    for value in replies:
        for end in ("root", "parent"):
            reference = value["reply"][end]
            assert record_cid(found[reference["uri"]]) == reference["cid"]


def test_blobs_carry_their_own_cid(world: World) -> None:
    assert world.blobs
    assert all(blob_cid(blob.content) == cid for cid, blob in world.blobs.items())


def test_posts_keep_to_the_platforms_length(world: World) -> None:
    assert all(len(str(value["text"])) <= 300 for value in posts(world).values())


def test_facets_mark_the_bytes_they_speak_of(now: dt.datetime) -> None:
    marked = [
        value for value in posts(bluesky_state(5, records=2000)).values() if "facets" in value
    ]
    assert marked
    for value in marked:
        text = str(value["text"]).encode()
        for facet in value["facets"]:
            index, feature = facet["index"], facet["features"][0]
            piece = text[index["byteStart"] : index["byteEnd"]].decode()
            assert piece in (f"#{feature.get('tag')}", feature.get("uri", "")[8:])


def test_the_first_evening_already_has_hidden_replies(world: World) -> None:
    gates = [gate for gate in world.repos[PARKS][THREADGATE].values() if gate.get("hiddenReplies")]
    assert gates
    for gate in gates:
        assert world.get(gate["hiddenReplies"][0])["reply"]["root"]["uri"] == gate["post"]


def test_the_second_night_edits_deletes_hides_and_adds(world: World) -> None:
    before = posts(world)
    followers = sum(
        v["subject"] == PARKS for r in world.repos.values() for v in r.get(FOLLOW, {}).values()
    )
    hidden = sum(len(g.get("hiddenReplies", ())) for g in world.repos[PARKS][THREADGATE].values())
    about = world.repos[PARKS][PROFILE]["self"]["description"]
    advance_night(world, 2)
    after = posts(world)
    own = f"at://{PARKS}/"
    assert [u for u in before if u in after and before[u]["text"] != after[u]["text"]]
    assert [u for u in before if u not in after and u.startswith(own)]
    assert [u for u in before if u not in after and not u.startswith(own)]
    assert [u for u in after if u not in before]
    now_hidden = sum(
        len(g.get("hiddenReplies", ())) for g in world.repos[PARKS][THREADGATE].values()
    )
    assert now_hidden == hidden + 1
    left = sum(
        v["subject"] == PARKS for r in world.repos.values() for v in r.get(FOLLOW, {}).values()
    )
    assert left == followers - 1
    assert world.repos[PARKS][PROFILE]["self"]["description"] != about


def test_the_third_night_brings_a_deleted_reply_back(world: World) -> None:
    first = posts(world)
    advance_night(world, 2)
    gone = [
        uri for uri in first if uri not in posts(world) and not uri.startswith(f"at://{PARKS}/")
    ]
    advance_night(world, 3)
    back = [uri for uri in gone if uri in posts(world)]
    assert back
    assert all(record_cid(first[uri]) == record_cid(posts(world)[uri]) for uri in back)
    assert len(world.takedowns) == 1


def test_a_night_that_has_been_is_not_told_twice(world: World) -> None:
    advance_night(world, 3)
    changes = world.changes
    advance_night(world, 3)
    advance_night(world, 2)
    assert world.changes == changes


def test_a_saved_world_goes_on_as_if_it_had_not_been_saved(world: World, tmp_path: Path) -> None:
    advance_night(world, 2)
    world.save(tmp_path / "world.json")
    again = World.load(tmp_path / "world.json")
    advance_night(world, 3)
    advance_night(again, 3)
    assert again == world
    assert json.loads((tmp_path / "world.json").read_bytes())["nights"] == 2


def test_a_revision_changes_with_every_change_and_only_then(world: World) -> None:
    revision = world.revisions[PARKS]
    uri = next(uri for uri in posts(world) if uri.startswith(f"at://{PARKS}/"))
    assert world.revisions[PARKS] == revision
    world.delete(uri)
    assert world.revisions[PARKS] > revision


@pytest.mark.parametrize("text", ["", "at://x/y", "https://x/y/z", "at://a/b/c/d"])
def test_what_is_no_record_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parts_of(text)
