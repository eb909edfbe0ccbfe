"""What the make-believe Bluesky holds: people, their repositories, pictures. It can be saved.

Identifiers are the true ones of the AT Protocol (CIDv1 over DAG-CBOR or the raw bytes, TIDs as
record keys), so that an edit changes the CID and nothing else does.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import Any

import libipld
import msgspec

from archiver.decoding import decoder
from archiver.demo.dice import Dice, seed_of
from archiver.demo.pictures import HEIGHT, WIDTH, Picture, draw

Value = dict[str, Any]

POST = "app.bsky.feed.post"
REPOST = "app.bsky.feed.repost"
LIKE = "app.bsky.feed.like"
THREADGATE = "app.bsky.feed.threadgate"
POSTGATE = "app.bsky.feed.postgate"
FOLLOW = "app.bsky.graph.follow"
BLOCK = "app.bsky.graph.block"
PROFILE = "app.bsky.actor.profile"

_DAG_CBOR, _RAW = 0x71, 0x55
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


def cid_bytes(codec: int, content: bytes) -> bytes:
    """The CIDv1 (sha2-256) of the bytes, in binary."""
    return bytes((1, codec, 0x12, 0x20)) + hashlib.sha256(content).digest()


def cid_text(cid: bytes) -> str:
    """A binary CID as text (multibase base32)."""
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")


def blob_cid(content: bytes) -> str:
    """The CID of a file's bytes."""
    return cid_text(cid_bytes(_RAW, content))


def record_cid(value: Value) -> str:
    """The CID of a record: over its DAG-CBOR form, links as links."""
    encoded: bytes = libipld.encode_dag_cbor(linked(value))
    return cid_text(cid_bytes(_DAG_CBOR, encoded))


def linked(value: Any) -> Any:
    """JSON's ``{"$link": …}`` as the binary CID that DAG-CBOR keeps."""
    if isinstance(value, dict):
        if set(value) == {"$link"}:
            text = value["$link"][1:].upper()
            return base64.b32decode(text + "=" * (-len(text) % 8))
        return {key: linked(part) for key, part in value.items()}
    if isinstance(value, list):
        return [linked(part) for part in value]
    return value


def tid(moment: dt.datetime, clock_id: int) -> str:
    """A record key of that moment: thirteen characters that sort by time."""
    number = (int(moment.timestamp() * 1_000_000) << 10) | (clock_id & 0x3FF)
    return "".join(_SORTABLE[(number >> shift) & 31] for shift in range(60, -5, -5))


def stamp(moment: dt.datetime) -> str:
    """A time as records hold it: ``2024-05-01T18:00:00.000Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class Person(msgspec.Struct):
    """An account of the make-believe Bluesky."""

    handle: str
    display_name: str
    description: str = ""


class Blob(msgspec.Struct):
    """A file someone uploaded."""

    media_type: str
    content: bytes


class World(msgspec.Struct):
    """Everything the make-believe Bluesky knows.

    `nights` counts how far the story has come, `port` is where it listened last (0: nowhere yet),
    `changes` grows with every change.
    """

    seed: int
    built_at: str
    nights: int = 0
    port: int = 0
    changes: int = 0
    people: dict[str, Person] = {}
    repos: dict[str, dict[str, dict[str, Value]]] = {}
    revisions: dict[str, str] = {}
    blobs: dict[str, Blob] = {}
    mutes: dict[str, list[str]] = {}
    labels: dict[str, list[str]] = {}
    takedowns: list[str] = []
    kept: dict[str, Value] = {}

    def add_person(self, did: str, handle: str, name: str, description: str = "") -> None:
        """Open an account, with its profile record; known accounts stay as they are."""
        if did in self.people:
            return
        self.people[did] = Person(handle, name, description)
        self.repos[did] = {}
        profile = {"$type": PROFILE, "displayName": name, "description": description}
        self.put(did, PROFILE, "self", profile)

    def put(self, did: str, collection: str, rkey: str, value: Value) -> str:
        """Create or replace a record; returns its address."""
        self.repos[did].setdefault(collection, {})[rkey] = value
        self._touch(did)
        return uri_of(did, collection, rkey)

    def delete(self, uri: str) -> Value:
        """Take a record away and return it."""
        did, collection, rkey = parts_of(uri)
        value = self.repos[did][collection].pop(rkey)
        self._touch(did)
        return value

    def get(self, uri: str) -> Value | None:
        """The record of that address, or None."""
        did, collection, rkey = parts_of(uri)
        return self.repos.get(did, {}).get(collection, {}).get(rkey)

    def reference(self, uri: str) -> Value:
        """A strong reference to a record: address and CID."""
        value = self.get(uri)
        if value is None:
            raise KeyError(uri)
        return {"uri": uri, "cid": record_cid(value)}

    def upload(self, picture: Picture) -> Value:
        """Draw a picture, keep its bytes, and return the embed image for a post."""
        content = draw(picture)
        cid = blob_cid(content)
        self.blobs[cid] = Blob(picture.media_type, content)
        blob = {
            "$type": "blob",
            "ref": {"$link": cid},
            "mimeType": picture.media_type,
            "size": len(content),
        }
        ratio = {"width": WIDTH, "height": HEIGHT}
        return {"alt": picture.alt_text, "image": blob, "aspectRatio": ratio}

    def _touch(self, did: str) -> None:
        self.changes += 1
        moment = dt.datetime.fromtimestamp(1_700_000_000 + self.changes, dt.UTC)
        self.revisions[did] = tid(moment, Dice(seed_of(self.seed, did)).below(1024))

    def save(self, path: Path) -> None:
        """Write it to a file; the file is whole or the old one."""
        partial = path.with_name(f"{path.name}.partial")
        partial.write_bytes(msgspec.json.encode(self))
        partial.replace(path)
        path.chmod(0o600 if os.name == "posix" else 0o644)

    @staticmethod
    def load(path: Path) -> World:
        """Read it back."""
        return _read_world(path.read_bytes())


_read_world = decoder(World)


def uri_of(did: str, collection: str, rkey: str) -> str:
    """The address of a record."""
    return f"at://{did}/{collection}/{rkey}"


def parts_of(uri: str) -> tuple[str, str, str]:
    """Repository, collection and key of an address. Raises ValueError where it is none."""
    scheme, _, rest = uri.partition("://")
    parts = rest.split("/")
    if scheme != "at" or len(parts) != 3:
        raise ValueError("not a record address")
    return parts[0], parts[1], parts[2]
