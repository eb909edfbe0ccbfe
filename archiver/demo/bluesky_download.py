"""Writes what Bluesky hands out of an account: the repository file, and beside it the DID document,
the blobs and the chat data, each a file of its own. The same arguments give the same bytes (with
the same Pillow; a signature of a curve is another one each time)."""

from __future__ import annotations

import datetime as dt
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archiver.atproto import records
from archiver.demo.accounts import DemoAccount
from archiver.demo.bluesky_chat import write_chat
from archiver.demo.bluesky_posts import decorate
from archiver.demo.bluesky_repository import Owner, did_document, owner, write_repository
from archiver.demo.bluesky_world import Value, blob_cid, stamp, tid
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import RESIDENTS, Feed, Form, Post
from archiver.demo.people import Resident, resident
from archiver.demo.pictures import HEIGHT, WIDTH, draw
from archiver.demo.x_download import plan_feed

_DAY = dt.timedelta(days=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LEAST = dt.timedelta(microseconds=1)


@dataclass(slots=True)
class BlueskyWritten:
    """What was written: the files, the records of each collection, blobs, chat messages."""

    folder: Path
    owner: Owner
    revised: dt.datetime
    records: Counter[str] = field(default_factory=Counter)
    blobs: int = 0
    messages: int = 0

    @property
    def repository(self) -> Path:
        """The repository file."""
        return self.folder / "repo.car"


def write_bluesky_download(
    folder: Path,
    *,
    account: DemoAccount,
    posts: int,
    seed: int = 0,
    generated_at: dt.datetime | None = None,
    messages: int = 0,
    pictures: int = 0,
) -> BlueskyWritten:
    """Write the files of an account with so many posts (reposts among them) into a new folder;
    `messages` is about how many private messages its chat data hold, `pictures` how many posts
    show one."""
    folder.mkdir()
    feed = plan_feed(account, posts, seed=seed, generated_at=generated_at, pictures=pictures)
    whose = owner(account.native_id, account.handle)
    revised = feed.generated_at - dt.timedelta(hours=2)
    written = BlueskyWritten(folder, whose, revised)
    made = _Records(feed, written)
    write_repository(written.repository, whose, made.in_order(), revised=revised)
    (folder / "did.json").write_bytes(did_document(whose))
    if messages:
        written.messages = write_chat(folder / "chat.jsonl", whose, feed, messages)
    return written


class _Records:
    """The records of an account, collection by collection, in the order of their paths."""

    def __init__(self, feed: Feed, written: BlueskyWritten) -> None:
        self._feed = feed
        self._written = written
        self._moments = _rising(feed)

    def in_order(self) -> Iterator[tuple[str, Value]]:
        """Every record with its path."""
        feed, every = self._feed, range(self._feed.total)
        yield self._at(records.PROFILE, "self", self._profile())
        yield self._at("app.bsky.feed.generator", "alder-glen", self._generator())
        for number in every[::10]:
            yield self._by_time(records.LIKE, number, {"subject": self._elsewhere(number)})
        posts = [number for number in every if feed.form(number) is not Form.REPOST]
        for number in posts:
            yield self._by_time(records.POST, number, self._post(feed.post(number)))
        yield from self._rules(records.POSTGATE, posts[::50], "embeddingRules")
        for number in every:
            if feed.form(number) is Form.REPOST:
                yield self._by_time(records.REPOST, number, {"subject": self._elsewhere(number)})
        yield from self._rules(records.THREADGATE, posts[::50], "allow")
        for number in every[::200]:
            yield self._by_time(records.BLOCK, number, {"subject": self._somebody(number).did})
        for number in every[::10]:
            subject = resident(number // 10 % RESIDENTS, feed.seed).did
            yield self._by_time(records.FOLLOW, number, {"subject": subject})
        yield self._at("chat.bsky.actor.declaration", "self", {"allowIncoming": "all"})

    def _at(self, collection: str, rkey: str, value: Value) -> tuple[str, Value]:
        self._written.records[collection] += 1
        return f"{collection}/{rkey}", {"$type": collection, **value}

    def _by_time(self, collection: str, number: int, value: Value) -> tuple[str, Value]:
        """A record under the time of the post of that number."""
        moment = self._feed.moment(number)
        value.setdefault("createdAt", stamp(moment))
        return self._at(collection, self._key(number), value)

    def _key(self, number: int) -> str:
        return tid(_EPOCH + self._moments[number] * _LEAST, 7)

    def _profile(self) -> Value:
        about = self._feed.account
        return {
            "displayName": about.display_name,
            "description": about.bio,
            "createdAt": stamp(dt.datetime.fromisoformat(about.opened_on).replace(tzinfo=dt.UTC)),
        }

    def _generator(self) -> Value:
        return {
            "did": "did:web:feeds.alderglen.example.com",
            "displayName": "Alder Glen",
            "createdAt": stamp(self._feed.moment(0)),
        }

    def _post(self, post: Post) -> Value:
        moment = stamp(post.moment)
        value: Value = {"text": post.text, "langs": [post.language], "createdAt": moment}
        decorate(value, post)
        if post.form is Form.REPLY:
            about = self._elsewhere(post.number)
            value["reply"] = {"root": about, "parent": about}
        elif post.form is Form.QUOTE:
            about = self._elsewhere(post.number)
            value["embed"] = {"$type": "app.bsky.embed.record", "record": about}
        elif post.picture is not None:
            value["embed"] = {"$type": "app.bsky.embed.images", "images": [self._picture(post)]}
        return value

    def _picture(self, post: Post) -> Value:
        picture = post.picture
        assert picture is not None
        content = draw(picture)
        cid = blob_cid(content)
        folder = self._written.folder / "blobs"
        folder.mkdir(exist_ok=True)
        path = folder / f"{cid}.{picture.extension}"
        self._written.blobs += not path.exists()
        path.write_bytes(content)
        return {
            "alt": picture.alt_text,
            "image": {
                "$type": "blob",
                "ref": {"$link": cid},
                "mimeType": picture.media_type,
                "size": len(content),
            },
            "aspectRatio": {"width": WIDTH, "height": HEIGHT},
        }

    def _rules(
        self, collection: str, numbers: list[int], field_name: str
    ) -> Iterator[tuple[str, Value]]:
        """Who may answer or quote some of the posts."""
        for number in numbers:
            uri = f"at://{self._written.owner.did}/{records.POST}/{self._key(number)}"
            value = {
                "post": uri,
                field_name: [],
                "createdAt": stamp(self._feed.moment(number)),
            }
            yield self._at(collection, self._key(number), value)

    def _somebody(self, number: int) -> Resident:
        return resident(
            Dice(seed_of(self._feed.seed, "somebody", number)).below(RESIDENTS), self._feed.seed
        )

    def _elsewhere(self, number: int) -> Value:
        """A reference to a post of a resident, written the day before."""
        moment = self._feed.moment(number) - _DAY
        uri = f"at://{self._somebody(number).did}/{records.POST}/{tid(moment, 3)}"
        return {"uri": uri, "cid": blob_cid(uri.encode()).replace("bafkrei", "bafyrei", 1)}


def _rising(feed: Feed) -> array[int]:
    """For each post a time of its own in microseconds since 1970, later than the one before: record
    keys are made of them, and a repository is in the order of its keys."""
    moments = array("Q")
    last = 0
    for number in range(feed.total):
        last = max(last + 1, int(feed.moment(number).timestamp() * 1_000_000))
        moments.append(last)
    return moments
