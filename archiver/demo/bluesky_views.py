"""What the make-believe AppView shows: threads, counts and lists drawn from the repositories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from archiver.demo.bluesky_world import (
    BLOCK,
    FOLLOW,
    LIKE,
    POST,
    REPOST,
    THREADGATE,
    Value,
    World,
    parts_of,
    record_cid,
    uri_of,
)

_LABELER = "did:plc:ar7c4by46qjdydhdevvrndac"


class Views:
    """The world as the AppView indexes it. Made anew after each change of the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.changes = world.changes
        self.replies: dict[str, list[str]] = defaultdict(list)
        self.likes: dict[str, list[str]] = defaultdict(list)
        self.reposts: dict[str, list[str]] = defaultdict(list)
        self.quotes: dict[str, list[str]] = defaultdict(list)
        self.followers: dict[str, list[str]] = defaultdict(list)
        self._cids: dict[str, str] = {}
        for did, repo in world.repos.items():
            if did in world.takedowns:
                continue
            for collection, records in repo.items():
                for rkey, value in records.items():
                    self._index(uri_of(did, collection, rkey), collection, value)
        for table in (self.replies, self.likes, self.reposts, self.quotes, self.followers):
            for found in table.values():
                found.sort(key=_key_of, reverse=table is not self.replies)

    def _index(self, uri: str, collection: str, value: Value) -> None:
        if collection == POST:
            if "reply" in value:
                self.replies[value["reply"]["parent"]["uri"]].append(uri)
            quoted = value.get("embed", {}).get("record", {}).get("uri")
            if quoted:
                self.quotes[quoted].append(uri)
        elif collection == LIKE:
            self.likes[value["subject"]["uri"]].append(uri)
        elif collection == REPOST:
            self.reposts[value["subject"]["uri"]].append(uri)
        elif collection == FOLLOW:
            self.followers[value["subject"]].append(uri)

    def record(self, uri: str) -> Value | None:
        """A record, unless its owner's account was taken down."""
        if parts_of(uri)[0] in self.world.takedowns:
            return None
        return self.world.get(uri)

    def cid(self, uri: str, value: Value) -> str:
        """The CID of the record at that address."""
        found = self._cids.get(uri)
        if found is None:
            found = self._cids[uri] = record_cid(value)
        return found

    def profile_basic(self, did: str) -> Value:
        """An account as it stands beside a post or in a list."""
        person = self.world.people[did]
        return {"did": did, "handle": person.handle, "displayName": person.display_name}

    def profile(self, did: str) -> Value:
        """An account with its counts."""
        repo = self.world.repos[did]
        about = self.world.people[did].description
        return {
            **self.profile_basic(did),
            **({"description": about} if about else {}),
            "followersCount": len(self.followers.get(did, ())),
            "followsCount": len(repo.get(FOLLOW, {})),
            "postsCount": len(repo.get(POST, {})),
            "indexedAt": self.world.built_at,
        }

    def post(self, uri: str, value: Value) -> Value:
        """A post with its author, counts, labels and gate."""
        did, _, rkey = parts_of(uri)
        cid = self.cid(uri, value)
        view: Value = {
            "uri": uri,
            "cid": cid,
            "author": self.profile_basic(did),
            "record": value,
            "replyCount": len(self.replies.get(uri, ())),
            "repostCount": len(self.reposts.get(uri, ())),
            "likeCount": len(self.likes.get(uri, ())),
            "quoteCount": len(self.quotes.get(uri, ())),
            "indexedAt": value["createdAt"],
            "labels": [
                {"src": _LABELER, "uri": uri, "cid": cid, "val": name, "cts": value["createdAt"]}
                for name in self.world.labels.get(uri, ())
            ],
        }
        gate_uri = uri_of(did, THREADGATE, rkey)
        gate = self.record(gate_uri)
        if gate is not None:
            view["threadgate"] = {"uri": gate_uri, "cid": self.cid(gate_uri, gate), "record": gate}
        return view

    def thread(self, uri: str, depth: int, height: int) -> Value:
        """A post with what it answers above and its replies below."""
        value = self.record(uri)
        if value is None:
            return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
        node: Value = {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self.post(uri, value),
        }
        if height > 0 and "reply" in value:
            node["parent"] = self.thread(value["reply"]["parent"]["uri"], 0, height - 1)
        if depth > 0:
            node["replies"] = [self.thread(r, depth - 1, 0) for r in self.replies.get(uri, ())]
        return node

    def liked_by(self, uris: Sequence[str]) -> list[Value]:
        """The likes at those addresses, with who gave them."""
        return [
            {
                "indexedAt": self.world.get(uri)["createdAt"],  # type: ignore[index]
                "createdAt": self.world.get(uri)["createdAt"],  # type: ignore[index]
                "actor": self.profile_basic(parts_of(uri)[0]),
            }
            for uri in uris
        ]

    def owners(self, uris: Sequence[str]) -> list[Value]:
        """Whose records these are."""
        return [self.profile_basic(parts_of(uri)[0]) for uri in uris]

    def notifications(self, did: str) -> list[Value]:
        """What others did to an account, newest first."""
        own = f"at://{did}/"
        found: list[tuple[str, str, str | None]] = []
        for reason, table in (
            ("reply", self.replies),
            ("like", self.likes),
            ("repost", self.reposts),
        ):
            for subject, uris in table.items():
                if subject.startswith(own):
                    found += [(uri, reason, subject) for uri in uris]
        found += [(uri, "follow", None) for uri in self.followers.get(did, ())]
        hidden = {
            uri
            for gate in self.world.repos[did].get(THREADGATE, {}).values()
            for uri in gate.get("hiddenReplies", ())
        }
        told = [item for item in found if not item[0].startswith(own) and item[0] not in hidden]
        told.sort(key=lambda item: (_key_of(item[0]), item[0]), reverse=True)
        return [self._notification(*item) for item in told]

    def _notification(self, uri: str, reason: str, subject: str | None) -> Value:
        value = self.world.get(uri) or {}
        view: dict[str, Any] = {
            "uri": uri,
            "cid": self.cid(uri, value),
            "author": self.profile_basic(parts_of(uri)[0]),
            "reason": reason,
            "record": value,
            "isRead": False,
            "indexedAt": value["createdAt"],
            "labels": [],
        }
        if subject is not None:
            view["reasonSubject"] = subject
        return view

    def blocks(self, did: str) -> list[str]:
        """Whom the account blocks."""
        return [value["subject"] for value in self.world.repos[did].get(BLOCK, {}).values()]


def _key_of(uri: str) -> str:
    return uri.rsplit("/", 1)[1]
