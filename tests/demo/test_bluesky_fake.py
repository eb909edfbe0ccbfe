"""The make-believe server's answers have the official shapes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from archiver.demo.accounts import BLUESKY_ACCOUNTS
from archiver.demo.bluesky_fake import running_fake
from archiver.demo.bluesky_service import Manners
from archiver.demo.bluesky_story import advance_night, bluesky_state
from archiver.demo.bluesky_world import POST, THREADGATE, World, blob_cid
from archiver.items import Kind, Relation
from archiver.platforms.bluesky.source import BlueskySource

ACCOUNT = BLUESKY_ACCOUNTS[0]
DID = ACCOUNT.native_id
PASSWORDS = {account.native_id: f"secret of {account.key}" for account in BLUESKY_ACCOUNTS}


@pytest.fixture
def world(now: dt.datetime) -> World:
    return bluesky_state(5, records=400)


class Caller:
    """A signed-in account asking."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/xrpc/", trust_env=False)

    def sign_in(self, password: str = PASSWORDS[DID]) -> httpx.Response:
        body = {"identifier": ACCOUNT.handle, "password": password}
        answer = self.http.post("com.atproto.server.createSession", json=body)
        if answer.status_code == 200:
            self.http.headers["Authorization"] = f"Bearer {answer.json()['accessJwt']}"
        return answer

    def ask(self, method: str, **query: Any) -> Any:
        answer = self.http.get(method, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, **query: Any) -> tuple[int, str]:
        answer = self.http.get(method, params=query)
        assert set(answer.json()) == {"error", "message"}
        return answer.status_code, answer.json()["error"]


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    with running_fake(world, PASSWORDS) as url:
        asking = Caller(url)
        asking.sign_in()
        yield asking
        asking.http.close()


def everything(caller: Caller, method: str, name: str, **query: Any) -> list[Any]:
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = caller.ask(method, **query, **cursor)
        found += page[name]
        if not page[name] or "cursor" not in page:
            return found
        cursor = {"cursor": page["cursor"]}


def test_it_listens_on_loopback_only(world: World) -> None:
    with running_fake(world, PASSWORDS) as url:
        assert url == f"http://127.0.0.1:{world.port}"


def test_the_next_run_takes_the_same_port_again(world: World) -> None:
    with running_fake(world, PASSWORDS) as first:
        pass
    with running_fake(world, PASSWORDS) as second:
        assert first == second


def test_a_taken_port_is_not_waited_for(world: World) -> None:
    with running_fake(world, PASSWORDS) as first:
        port = world.port
        other = bluesky_state(6, records=60)
        other.port = port
        with running_fake(other, PASSWORDS) as second:
            assert second != first


def test_a_session_is_opened_refreshed_and_expires(world: World) -> None:
    with running_fake(world, PASSWORDS, manners=Manners(token_requests=2)) as url:
        caller = Caller(url)
        session = caller.sign_in().json()
        assert set(session) >= {"did", "handle", "accessJwt", "refreshJwt", "active"}
        assert session["did"] == DID
        assert session["accessJwt"].count(".") == 2
        for _ in range(2):
            caller.ask("app.bsky.actor.getProfile", actor=DID)
        assert caller.refused("app.bsky.actor.getProfile", actor=DID) == (400, "ExpiredToken")
        bearer = {"Authorization": f"Bearer {session['refreshJwt']}"}
        renewed = caller.http.post("com.atproto.server.refreshSession", headers=bearer)
        assert renewed.json()["accessJwt"] != session["accessJwt"]
        again = caller.http.post("com.atproto.server.refreshSession", headers=bearer)
        assert (again.status_code, again.json()["error"]) == (400, "ExpiredToken")


def test_a_wrong_password_is_refused_as_the_real_one_refuses(world: World) -> None:
    with running_fake(world, PASSWORDS) as url:
        caller = Caller(url)
        answer = caller.sign_in("wrong")
        assert (answer.status_code, answer.json()["error"]) == (401, "AuthenticationRequired")
        assert caller.refused("app.bsky.graph.getMutes") == (401, "AuthMissing")


def test_records_are_listed_newest_first_page_by_page(caller: Caller, world: World) -> None:
    asked = {"repo": DID, "collection": POST}
    found = everything(caller, "com.atproto.repo.listRecords", "records", limit=7, **asked)
    keys = [record["uri"].rsplit("/", 1)[1] for record in found]
    assert keys == sorted(world.repos[DID][POST], reverse=True)
    upwards = everything(
        caller, "com.atproto.repo.listRecords", "records", limit=7, reverse="true", **asked
    )
    assert upwards == found[::-1]
    one = caller.ask("com.atproto.repo.getRecord", rkey=keys[0], **asked)
    assert one == found[0]


def test_the_rate_limit_is_told_and_kept(world: World) -> None:
    with running_fake(world, PASSWORDS, manners=Manners(limit=3)) as url:
        caller = Caller(url)
        left = caller.sign_in().headers["RateLimit-Remaining"]
        assert left == "2"
        caller.ask("app.bsky.actor.getProfile", actor=DID)
        answer = caller.http.get("app.bsky.actor.getProfile", params={"actor": DID})
        assert int(answer.headers["RateLimit-Reset"]) > 1_700_000_000
        assert answer.headers["RateLimit-Policy"] == "3;w=300"
        assert caller.refused("app.bsky.graph.getMutes") == (429, "RateLimitExceeded")


def test_a_thread_shows_what_is_below_and_above(caller: Caller, world: World) -> None:
    gate = next(g for g in world.repos[DID][THREADGATE].values() if g.get("hiddenReplies"))
    thread = caller.ask("app.bsky.feed.getPostThread", uri=gate["post"], depth=1000)["thread"]
    assert thread["$type"] == "app.bsky.feed.defs#threadViewPost"
    assert thread["post"]["threadgate"]["record"]["hiddenReplies"] == gate["hiddenReplies"]
    assert thread["post"]["replyCount"] == len(thread["replies"])
    reply = thread["replies"][0]["post"]
    assert {"uri", "cid", "author", "record", "indexedAt", "labels", "likeCount"} <= set(reply)
    below = caller.ask("app.bsky.feed.getPostThread", uri=reply["uri"])["thread"]
    assert below["parent"]["post"]["uri"] == gate["post"]


def test_a_deleted_post_is_not_found_by_id_nor_as_a_parent(caller: Caller, world: World) -> None:
    gate = next(g for g in world.repos[DID][THREADGATE].values() if g.get("hiddenReplies"))
    reply = gate["hiddenReplies"][0]
    world.delete(gate["post"])
    rkey = gate["post"].rsplit("/", 1)[1]
    asked = {"repo": DID, "collection": POST, "rkey": rkey}
    assert caller.refused("com.atproto.repo.getRecord", **asked) == (400, "RecordNotFound")
    assert caller.refused("app.bsky.feed.getPostThread", uri=gate["post"]) == (400, "NotFound")
    above = caller.ask("app.bsky.feed.getPostThread", uri=reply)["thread"]
    while "parent" in above:
        above = above["parent"]
    assert above == {
        "$type": "app.bsky.feed.defs#notFoundPost",
        "uri": gate["post"],
        "notFound": True,
    }


def test_a_blob_has_the_bytes_its_name_promises(caller: Caller, world: World) -> None:
    cid, blob = next(iter(world.blobs.items()))
    answer = caller.http.get("com.atproto.sync.getBlob", params={"did": DID, "cid": cid})
    assert answer.headers["Content-Type"] == blob.media_type
    assert blob_cid(answer.content) == cid
    assert caller.refused("com.atproto.sync.getBlob", did=DID, cid="bafkr") == (
        400,
        "InvalidRequest",
    )


def test_an_account_taken_down_says_so(caller: Caller, world: World) -> None:
    advance_night(world, 3)
    did = world.takedowns[0]
    assert caller.refused("com.atproto.repo.describeRepo", repo=did) == (400, "RepoTakendown")
    asked = {"repo": did, "collection": POST}
    assert caller.refused("com.atproto.repo.listRecords", **asked) == (400, "InvalidRequest")
    assert caller.refused("app.bsky.actor.getProfile", actor=did) == (400, "AccountTakedown")


def test_lists_of_people_come_in_pages(caller: Caller, world: World) -> None:
    followers = everything(caller, "app.bsky.graph.getFollowers", "followers", actor=DID, limit=5)
    profile = caller.ask("app.bsky.actor.getProfile", actor=DID)
    assert len({person["did"] for person in followers}) == profile["followersCount"] > 5
    assert caller.ask("app.bsky.graph.getMutes")["mutes"][0]["did"] in world.people
    assert caller.ask("app.bsky.graph.getBlocks")["blocks"]


def test_likes_and_reposts_are_told_with_their_givers(caller: Caller) -> None:
    told = caller.ask("app.bsky.notification.listNotifications", limit=100)["notifications"]
    assert {note["reason"] for note in told} >= {"reply", "like"}
    liked = next(note["reasonSubject"] for note in told if note["reason"] == "like")
    likes = caller.ask("app.bsky.feed.getLikes", uri=liked)["likes"]
    assert {"indexedAt", "createdAt", "actor"} == set(likes[0])
    view = caller.ask("app.bsky.feed.getPosts", uris=[liked, f"{liked}x"])["posts"]
    assert [post["likeCount"] for post in view] == [len(likes)]


def test_what_it_does_not_know_it_says_so(caller: Caller) -> None:
    assert caller.refused("chat.bsky.convo.listConvos") == (501, "MethodNotImplemented")
    assert caller.refused("com.atproto.repo.describeRepo", repo="did:plc:x") == (
        400,
        "RepoNotFound",
    )
    asked = {"repo": DID, "collection": POST}
    too_many = caller.refused("com.atproto.repo.listRecords", limit=101, **asked)
    assert too_many == (400, "InvalidRequest")


def test_our_connector_reads_it(world: World) -> None:
    with running_fake(world, PASSWORDS) as url:
        source = BlueskySource(url, DID, lambda: PASSWORDS[DID], expected=DID)
        posts = [item for page in source.walk(Kind.POST) for item in page.items]
        assert {item.native_id for item in posts} >= {
            f"at://{DID}/{POST}/{key}" for key in world.repos[DID][POST]
        }
        media = [ref for item in posts for ref in item.media]
        assert media
        for ref in media:
            opened = source.open_media(ref)
            assert opened is not None
            with opened as stream:
                assert stream.read()
        people = [one for page in source.walk(Relation.FOLLOWER) for one in page.subscribers]
        assert people
        source.close()
