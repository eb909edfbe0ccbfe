"""The make-believe Bluesky beside the real one: the same records, the same answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from archiver.demo.bluesky_fake import running_fake
from archiver.demo.bluesky_world import Blob, World, blob_cid
from archiver.demo.pictures import Picture, draw
from tests.servers.bluesky_network import Network, Person

pytestmark = pytest.mark.servers

PASSWORD = "the same for both"
# What the time of reading, the server's own keys or its own counting decide.
VOLATILE = {"indexedAt", "rev", "didDoc", "cts", "src", "isRead", "accessJwt", "refreshJwt"}


class Pair:
    """A real network with a city and a resident, and its image in the make-believe one."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.city = network.person("city")
        self.resident = network.person("resident")
        self.world = World(seed=0, built_at="2026-11-20T18:00:00Z")
        self._live()
        network.settle()
        for person, name in ((self.city, "City"), (self.resident, "Resident")):
            self._copy(person, name)

    def _live(self) -> None:
        self.city.profile(displayName="City", description="Replies are public records.")
        self.resident.profile(displayName="Resident", description="")
        blob = self.city.upload(draw(Picture("closed", "Park closed")), "image/jpeg")
        images = [{"alt": "A sign", "image": blob}]
        embed = {"$type": "app.bsky.embed.images", "images": images}
        self.post = self.city.post("The park is closed ñ 公園 🏞️", embed=embed, langs=["en"])
        self.reply = self.resident.reply(self.post, "Again?!")
        self.answer = self.city.reply(self.reply, "Until Friday.", root=self.post)
        self.resident.like(self.post)
        self.resident.repost(self.post)
        self.resident.follow(self.city)
        self.city.hide(self.post, self.reply)
        self.gone = self.city.post("A mistake")
        self.below = self.resident.reply(self.gone, "What?")
        self.city.delete(self.gone["uri"])

    def _copy(self, person: Person, name: str) -> None:
        about = person.ask("com.atproto.repo.describeRepo", repo=person.did)
        self.world.add_person(person.did, person.handle, name)
        for collection in about["collections"]:
            asked = {"repo": person.did, "collection": collection, "limit": 100}
            for record in person.ask("com.atproto.repo.listRecords", **asked)["records"]:
                rkey = record["uri"].rsplit("/", 1)[1]
                self.world.put(person.did, collection, rkey, record["value"])
        profile = self.world.repos[person.did]["app.bsky.actor.profile"]["self"]
        self.world.people[person.did].description = profile["description"]
        listed = person.ask("com.atproto.sync.listBlobs", did=person.did)["cids"]
        for cid in listed:
            answer = person.client.get(
                "com.atproto.sync.getBlob", params={"did": person.did, "cid": cid}
            )
            self.world.blobs[cid] = Blob(answer.headers["Content-Type"], answer.content)


@pytest.fixture(scope="module")
def pair(appview: Network) -> Pair:
    """Both networks, with the same records."""
    return Pair(appview)


@pytest.fixture
def fake(pair: Pair) -> Iterator[httpx.Client]:
    """The make-believe server, signed in as the city."""
    with (
        running_fake(pair.world, {pair.city.did: PASSWORD}) as url,
        httpx.Client(base_url=f"{url}/xrpc/", trust_env=False) as client,
    ):
        body = {"identifier": pair.city.did, "password": PASSWORD}
        session = client.post("com.atproto.server.createSession", json=body).json()
        client.headers["Authorization"] = f"Bearer {session['accessJwt']}"
        yield client


def real(pair: Pair, method: str, **query: Any) -> httpx.Response:
    """What the real server answers the city."""
    bearer = {"Authorization": f"Bearer {pair.city.token}"}
    return pair.city.client.get(method, params=query, headers=bearer)


def assert_within(fake: Any, real: Any, where: str) -> None:
    """All the make-believe server says, the real one says too."""
    if isinstance(fake, Mapping):
        assert isinstance(real, Mapping), where
        for name, value in fake.items():
            if name in VOLATILE or (name == "cursor" and name not in real):
                continue
            assert name in real, f"{where}.{name}"
            if name != "cursor":
                assert_within(value, real[name], f"{where}.{name}")
    elif isinstance(fake, list):
        assert isinstance(real, list), where
        assert len(fake) == len(real), where
        for place, (one, other) in enumerate(zip(fake, real, strict=True)):
            assert_within(one, other, f"{where}[{place}]")
    else:
        assert fake == real, where


def same(pair: Pair, fake: httpx.Client, method: str, **query: Any) -> None:
    theirs, ours = real(pair, method, **query), fake.get(method, params=query)
    assert ours.status_code == theirs.status_code, (method, theirs.text, ours.text)
    assert_within(ours.json(), theirs.json(), method)


def test_records_and_their_cids_are_the_same(pair: Pair, fake: httpx.Client) -> None:
    for person in (pair.city, pair.resident):
        for collection in pair.world.repos[person.did]:
            asked = {"repo": person.did, "collection": collection}
            same(pair, fake, "com.atproto.repo.listRecords", limit=100, **asked)
            same(pair, fake, "com.atproto.repo.listRecords", limit=1, **asked)
    post = pair.post["uri"].rsplit("/", 1)[1]
    asked = {"repo": pair.city.did, "collection": "app.bsky.feed.post"}
    same(pair, fake, "com.atproto.repo.getRecord", rkey=post, **asked)
    same(pair, fake, "com.atproto.repo.describeRepo", repo=pair.city.did)


def test_threads_posts_and_lists_are_the_same(pair: Pair, fake: httpx.Client) -> None:
    for made in (pair.post, pair.reply, pair.answer):
        same(pair, fake, "app.bsky.feed.getPostThread", uri=made["uri"], depth=1000)
    same(pair, fake, "app.bsky.feed.getLikes", uri=pair.post["uri"])
    same(pair, fake, "app.bsky.feed.getRepostedBy", uri=pair.post["uri"])
    same(pair, fake, "app.bsky.feed.getQuotes", uri=pair.post["uri"])
    same(pair, fake, "app.bsky.graph.getFollowers", actor=pair.city.did)
    same(pair, fake, "app.bsky.graph.getFollows", actor=pair.resident.did)
    same(pair, fake, "app.bsky.graph.getMutes")
    same(pair, fake, "app.bsky.graph.getBlocks")
    same(pair, fake, "app.bsky.actor.getProfile", actor=pair.city.did)
    same(pair, fake, "app.bsky.actor.getProfiles", actors=[pair.city.did, pair.resident.did])
    same(pair, fake, "app.bsky.feed.getPosts", uris=[pair.post["uri"], pair.gone["uri"]])


def test_what_is_gone_is_said_in_the_same_way(pair: Pair, fake: httpx.Client) -> None:
    rkey = pair.gone["uri"].rsplit("/", 1)[1]
    asked = {"repo": pair.city.did, "collection": "app.bsky.feed.post", "rkey": rkey}
    for method, query in (
        ("com.atproto.repo.getRecord", asked),
        ("app.bsky.feed.getPostThread", {"uri": pair.gone["uri"]}),
    ):
        theirs, ours = real(pair, method, **query), fake.get(method, params=query)
        assert ours.status_code == theirs.status_code
        assert ours.json()["error"] == theirs.json()["error"]
    same(pair, fake, "app.bsky.feed.getPostThread", uri=pair.below["uri"])


def test_notifications_name_the_same_doings(pair: Pair, fake: httpx.Client) -> None:
    method = "app.bsky.notification.listNotifications"

    def told(answer: dict[str, Any]) -> set[tuple[str, str]]:
        notes = answer["notifications"]
        return {(note["uri"], note["reason"]) for note in notes if note["uri"] != pair.below["uri"]}

    theirs, ours = real(pair, method).json(), fake.get(method).json()
    assert told(ours) == told(theirs)
    by_uri = {(note["uri"], note["reason"]): note for note in theirs["notifications"]}
    for note in ours["notifications"]:
        if (key := (note["uri"], note["reason"])) in by_uri:
            assert_within(note, by_uri[key], method)


def test_blobs_are_the_same(pair: Pair, fake: httpx.Client) -> None:
    for cid in pair.world.blobs:
        query = {"did": pair.city.did, "cid": cid}
        theirs = real(pair, "com.atproto.sync.getBlob", **query)
        ours = fake.get("com.atproto.sync.getBlob", params=query)
        assert ours.content == theirs.content
        assert ours.headers["Content-Type"] == theirs.headers["Content-Type"]


def test_refusals_are_the_same(pair: Pair, fake: httpx.Client) -> None:
    posts = "app.bsky.feed.post"
    stranger = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
    own = pair.city.did
    down = pair.network.person("down")
    down.profile(displayName="Down")
    pair.network.settle()
    pair.world.add_person(down.did, down.handle, "Down")
    pair.world.takedowns.append(down.did)
    pair.network.set_standing(down.did, taken_down=True)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("com.atproto.repo.listRecords", {"repo": stranger, "collection": posts}),
        ("com.atproto.repo.getRecord", {"repo": stranger, "collection": posts, "rkey": "x"}),
        ("com.atproto.repo.describeRepo", {"repo": stranger}),
        ("com.atproto.sync.getLatestCommit", {"did": stranger}),
        ("com.atproto.sync.getBlob", {"did": own, "cid": blob_cid(b"never uploaded")}),
        ("app.bsky.actor.getProfile", {"actor": stranger}),
        ("app.bsky.graph.getFollowers", {"actor": stranger}),
        ("app.bsky.feed.getPosts", {"uris": [pair.post["uri"]] * 26}),
        ("com.atproto.made.up", {}),
        ("com.atproto.repo.listRecords", {"repo": down.did, "collection": posts}),
        ("com.atproto.repo.getRecord", {"repo": down.did, "collection": posts, "rkey": "x"}),
        ("com.atproto.repo.describeRepo", {"repo": down.did}),
        ("com.atproto.sync.getLatestCommit", {"did": down.did}),
    ]
    told = [
        (method, list(query), answer.status_code, answer.json()["error"])
        for server in (lambda method, query: real(pair, method, **query), _ask(fake))
        for method, query in asked
        for answer in [server(method, query)]
    ]
    assert told[len(asked) :] == told[: len(asked)]


def _ask(client: httpx.Client) -> Any:
    return lambda method, query: client.get(method, params=query)
