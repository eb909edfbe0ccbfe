"""Bluesky records as Items. The lexicons are at https://github.com/bluesky-social/atproto/lexicons.

A record's CID is the hash of its content, so (address, CID) is its stable form: whatever server or
view a record came through, the same content gives the same version.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from archiver import clock
from archiver.items import Author, Item, Kind, MediaRef

PLATFORM = "bluesky"
POST = "app.bsky.feed.post"
REPOST = "app.bsky.feed.repost"
LIKE = "app.bsky.feed.like"
THREADGATE = "app.bsky.feed.threadgate"
POSTGATE = "app.bsky.feed.postgate"
PROFILE = "app.bsky.actor.profile"
FOLLOW = "app.bsky.graph.follow"
BLOCK = "app.bsky.graph.block"

TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Address:
    """An ``at://`` address taken apart."""

    did: str
    collection: str
    rkey: str

    @classmethod
    def parse(cls, uri: object) -> Address | None:
        """The parts of a record's address, None where it is none."""
        if not isinstance(uri, str) or not uri.startswith("at://"):
            return None
        parts = uri.removeprefix("at://").split("/")
        if len(parts) != 3 or not all(parts):
            return None
        return cls(*parts)

    def __str__(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"


class Place(NamedTuple):
    """Where in an imported original a record stands: the file, and the byte in it."""

    member: str
    position: int


class Record(msgspec.Struct):
    """A record as a repository lists it."""

    uri: str
    cid: str
    value: dict[str, Any]


def tid_time(rkey: str) -> dt.datetime | None:
    """The time inside a record key of the usual kind (https://atproto.com/specs/tid), or None."""
    if not TID.fullmatch(rkey):
        return None
    number = 0
    for letter in rkey:
        number = number * 32 + TID_LETTERS.index(letter)
    microseconds = number >> 10
    try:
        return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def stored_time(text: object) -> str | None:
    """A record's own time as UTC, None where it is no time. The raw object keeps what was said."""
    if not isinstance(text, str):
        return None
    try:
        return clock.to_text(clock.parse(text))
    except (ValueError, OverflowError):
        return None


def stable(uri: str, cid: str) -> bytes:
    """The stable form of a record: its address and the hash of its content."""
    return msgspec.json.encode({"cid": cid, "uri": uri}, order="sorted")


def plain(text: object) -> str:
    """Text that a database can hold: a lone surrogate becomes U+FFFD, the raw object keeps it."""
    return SURROGATE.sub("\ufffd", text) if isinstance(text, str) else ""


def own_item(
    record: Record, raw: bytes, author: Author, *, place: Place | None = None
) -> Item | None:
    """A record of the account's own repository as an Item, None where its type is not one. `place`
    says where in an imported original it stands."""
    address = Address.parse(record.uri)
    if address is None:
        return None
    if address.collection == POST:
        return post_item(record, raw, author, kind=Kind.POST, place=place)
    value = record.value
    if address.collection in {REPOST, LIKE}:
        return _plain_item(
            record,
            raw,
            author,
            kind=Kind.POST if address.collection == REPOST else Kind.REACTION,
            form="repost" if address.collection == REPOST else "like",
            about=_subject(value),
            place=place,
        )
    if address.collection in {THREADGATE, POSTGATE}:
        form = "reply rule" if address.collection == THREADGATE else "quote rule"
        about = value.get("post")
        return _plain_item(
            record,
            raw,
            author,
            kind=Kind.REACTION,
            form=form,
            about=about if isinstance(about, str) else None,
            place=place,
        )
    return None


def post_item(
    record: Record,
    raw: bytes,
    author: Author,
    *,
    kind: Kind,
    form: str | None = None,
    parent: str | None = None,
    metrics: Mapping[str, int] | None = None,
    place: Place | None = None,
) -> Item:
    """A post, anyone's. `form` defaults to post, reply or quote by what the record says; `parent`
    overrides the record's own parent (a quote stands beneath what it quotes)."""
    value = record.value
    reply = value.get("reply")
    reply = reply if isinstance(reply, dict) else {}
    said_parent = _uri_of(reply.get("parent"))
    root = _uri_of(reply.get("root")) or said_parent
    quoted = quoted_uri(value)
    if form is None:
        form = "reply" if said_parent else ("quote" if quoted else "post")
    languages = value.get("langs")
    languages = languages if isinstance(languages, list) else []
    address = Address.parse(record.uri)
    return Item(
        platform=PLATFORM,
        kind=kind,
        form=form,
        native_id=record.uri,
        author=author,
        created_at=stored_time(value.get("createdAt")),
        text=plain(value.get("text")),
        raw=raw,
        stable=stable(record.uri, record.cid),
        parent_id=parent or said_parent or (quoted if form == "quote" else None),
        root_id=parent or root,
        language=next((one for one in languages if isinstance(one, str)), None),
        url=web_address(address) if address else None,
        links=tuple(dict.fromkeys(_links(value))),
        media=tuple(_media(address.did, value.get("embed"))) if address else (),
        metrics=metrics,
        member=place.member if place else None,
        position=place.position if place else None,
    )


def profile_item(record: Record | None, raw: bytes, author: Author) -> Item:
    """The account's profile. The handle is part of its stable form: it is part of the profile a
    resident sees, though the platform keeps it outside the record."""
    uri = f"at://{author.native_id}/{PROFILE}/self"
    value = record.value if record else {}
    name = value.get("displayName")
    shown = msgspec.structs.replace(record, uri=uri) if record else None
    media = []
    for field in ("avatar", "banner"):
        found = _blob(author.native_id or "", value.get(field))
        if found:
            media.append(
                MediaRef(key=found.key, name=field, media_type=found.media_type, alt_text=None)
            )
    form = {"cid": shown.cid if shown else None, "handle": author.handle, "uri": uri}
    return Item(
        platform=PLATFORM,
        kind=Kind.PROFILE,
        native_id=uri,
        author=Author(
            native_id=author.native_id,
            handle=author.handle,
            display_name=plain(name) or author.display_name,
            role=author.role,
        ),
        created_at=stored_time(value.get("createdAt")),
        text="\n".join(filter(None, (plain(name), plain(value.get("description"))))),
        raw=raw,
        stable=msgspec.json.encode(form, order="sorted"),
        form="profile",
        url=f"https://bsky.app/profile/{author.native_id}",
        media=tuple(media),
    )


def web_address(address: Address) -> str:
    """Where a person reads a post; by permanent id, so that a new handle does not break it."""
    return f"https://bsky.app/profile/{address.did}/post/{address.rkey}"


def quoted_uri(value: Mapping[str, Any]) -> str | None:
    """The address of what a post quotes, or None."""
    embed = value.get("embed")
    if not isinstance(embed, dict):
        return None
    kind = embed.get("$type")
    if kind == "app.bsky.embed.record":
        return _uri_of(embed.get("record"))
    if kind == "app.bsky.embed.recordWithMedia":
        inner = embed.get("record")
        return _uri_of(inner.get("record")) if isinstance(inner, dict) else None
    return None


def _plain_item(
    record: Record,
    raw: bytes,
    author: Author,
    *,
    kind: Kind,
    form: str,
    about: str | None,
    place: Place | None,
) -> Item:
    return Item(
        platform=PLATFORM,
        kind=kind,
        form=form,
        native_id=record.uri,
        author=author,
        created_at=stored_time(record.value.get("createdAt")),
        text="",
        raw=raw,
        stable=stable(record.uri, record.cid),
        parent_id=about,
        root_id=about,
        member=place.member if place else None,
        position=place.position if place else None,
    )


def _uri_of(reference: object) -> str | None:
    uri = reference.get("uri") if isinstance(reference, dict) else None
    return uri if isinstance(uri, str) else None


def _subject(value: Mapping[str, Any]) -> str | None:
    return _uri_of(value.get("subject"))


def _links(value: Mapping[str, Any]) -> Iterator[str]:
    facets = value.get("facets")
    for facet in facets if isinstance(facets, list) else []:
        features = facet.get("features") if isinstance(facet, dict) else None
        for feature in features if isinstance(features, list) else []:
            link = feature.get("uri") if isinstance(feature, dict) else None
            if isinstance(link, str):
                yield plain(link)
    embed = value.get("embed")
    media = embed.get("media") if isinstance(embed, dict) else None
    for part in (embed, media):
        external = part.get("external") if isinstance(part, dict) else None
        link = external.get("uri") if isinstance(external, dict) else None
        if isinstance(link, str):
            yield plain(link)
    quoted = quoted_uri(value)
    if quoted:
        yield quoted


def _media(did: str, embed: object) -> Iterator[MediaRef]:
    if not isinstance(embed, dict):
        return
    images = embed.get("images")
    for image in images if isinstance(images, list) else []:
        if isinstance(image, dict):
            yield from _found(did, image.get("image"), "image", image.get("alt"))
    yield from _found(did, embed.get("video"), "video", embed.get("alt"))
    captions = embed.get("captions")
    for caption in captions if isinstance(captions, list) else []:
        if isinstance(caption, dict):
            yield from _found(did, caption.get("file"), f"captions {caption.get('lang')}", None)
    external = embed.get("external")
    if isinstance(external, dict):
        yield from _found(did, external.get("thumb"), "link preview", external.get("title"))
    yield from _media(did, embed.get("media"))


def _found(did: str, blob: object, name: str, alt: object) -> Iterator[MediaRef]:
    found = _blob(did, blob)
    if found:
        yield MediaRef(
            key=found.key,
            name=name,
            media_type=found.media_type,
            alt_text=plain(alt) or None,
        )


def _blob(did: str, blob: object) -> MediaRef | None:
    """A blob reference: ``{"ref": {"$link": CID}, "mimeType"}``, or the older ``{"cid"}``."""
    if not isinstance(blob, dict):
        return None
    reference = blob.get("ref")
    cid = reference.get("$link") if isinstance(reference, dict) else blob.get("cid")
    if not isinstance(cid, str) or not cid.isalnum():
        return None
    media_type = blob.get("mimeType")
    return MediaRef(
        key=f"{did}/{cid}", media_type=media_type if isinstance(media_type, str) else None
    )
