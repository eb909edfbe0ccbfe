"""The account's own profile, its earlier names, and what is left of Periscope."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archiver.exports.identity import Identity
from archiver.exports.x import media, values
from archiver.items import Author, Item, Kind, Relation, Subscriber

CURRENT = "current"


@dataclass(frozen=True, slots=True)
class NameChange:
    """A change of the screen name, and the element that tells of it."""

    changed_at: str | None
    old: str
    new: str
    raw: bytes
    member: str
    position: int


def name_change(value: Any, raw: bytes, member: str, position: int) -> NameChange | None:
    """The change in an element of screen-name-change.js."""
    outer = values.table(values.table(value).get("screenNameChange") or value)
    inner = values.table(outer.get("screenNameChange") or outer)
    old, new = inner.get("changedFrom"), inner.get("changedTo")
    if not isinstance(old, str) or not isinstance(new, str):
        return None
    return NameChange(values.time(inner.get("changedAt")), old, new, raw, member, position)


def profile_item(
    value: Any,
    raw: bytes,
    member: str,
    position: int,
    identity: Identity,
    author: Author,
    *,
    place: int,
    index: media.MediaIndex,
    folders: Sequence[str],
) -> Item:
    """The profile as it stands in this download."""
    profile = values.table(values.table(value).get("profile") or value)
    description = values.table(profile.get("description"))
    bio = values.text(description.get("bio") or profile.get("bio"))
    location = values.text(description.get("location") or profile.get("location"))
    website = values.text(description.get("website") or profile.get("expanded_url"))
    shown = [identity.display_name, _at(identity.handle), bio, location, website]
    addresses = [
        one
        for key in ("avatarMediaUrl", "headerMediaUrl")
        if isinstance(one := profile.get(key), str) and one
    ]
    native_id = identity.native_id or identity.handle or ""
    stable = {
        "handle": identity.handle,
        "display_name": identity.display_name,
        "created_at": identity.created_at,
        "bio": bio,
        "location": location,
        "website": website,
        "pictures": addresses,
    }
    return Item(
        platform=values.PLATFORM,
        kind=Kind.PROFILE,
        native_id=native_id,
        author=author,
        created_at=identity.created_at,
        text="\n".join(one for one in shown if one),
        raw=raw,
        stable=values.canonical(stable),
        form="profile",
        edit_id=CURRENT,
        edit_position=place,
        url=f"https://x.com/i/user/{native_id}" if native_id.isdecimal() else None,
        links=(website,) if website.startswith("http") else (),
        media=media.of_addresses(index, folders, native_id, addresses),
        member=member,
        position=position,
    )


def earlier_profile(change: NameChange, place: int, identity: Identity, author: Author) -> Item:
    """The profile under an earlier name, of which only the name and its last day are known."""
    return Item(
        platform=values.PLATFORM,
        kind=Kind.PROFILE,
        native_id=identity.native_id or identity.handle or "",
        author=Author(author.native_id, change.old, None, author.role),
        created_at=identity.created_at,
        text=f"@{change.old}",
        raw=change.raw,
        stable=values.canonical([change.changed_at, change.old, change.new]),
        form="profile",
        edited_at=change.changed_at,
        edit_id=f"until {change.changed_at} {change.old}",
        edit_position=place,
        member=change.member,
        position=change.position,
    )


def broadcast_item(
    value: Any,
    raw: bytes,
    member: str,
    position: int,
    author: Author,
    index: media.MediaIndex,
    folders: Sequence[str],
) -> Item | None:
    """A Periscope broadcast."""
    body = _inner(value, "periscopeBroadcastMetadata")
    native_id = values.first_id(body, "id", "broadcastId")
    if native_id is None:
        return None
    place = [body.get("city"), body.get("country")]
    title = values.text(body.get("title") or body.get("status") or body.get("broadcastTitle"))
    words = [title, ", ".join(one for one in place if isinstance(one, str) and one)]
    return Item(
        platform=values.PLATFORM,
        kind=Kind.POST,
        native_id=native_id,
        author=author,
        created_at=values.time(body.get("createdAt")),
        text="\n".join(one for one in words if one),
        raw=raw,
        stable=values.canonical({key: one for key, one in body.items() if key != "updatedAt"}),
        form="broadcast",
        language=values.language(body.get("language")),
        media=media.of_addresses(index, folders, native_id, ()),
        member=member,
        position=position,
    )


def broadcast_comment(
    value: Any, raw: bytes, member: str, position: int, author: Author
) -> Item | None:
    """A comment the account wrote on a Periscope broadcast. It has no id of its own; one is made
    of what it is, so that the same comment has the same id in every download."""
    body = _inner(value, "periscopeCommentsMadeByUser")
    broadcast = values.first_id(body, "broadcastId")
    if broadcast is None:
        return None
    told = [broadcast, body.get("createdAt"), body.get("text")]
    digest = hashlib.sha256(values.canonical(told)).hexdigest()[:16]
    return Item(
        platform=values.PLATFORM,
        kind=Kind.COMMENT,
        native_id=values.first_id(body, "id", "commentId") or f"{broadcast}:{digest}",
        author=author,
        created_at=values.time(body.get("createdAt")),
        text=values.text(body.get("text")),
        raw=raw,
        stable=values.canonical(body),
        form="broadcast comment",
        parent_id=broadcast,
        root_id=broadcast,
        member=member,
        position=position,
    )


def broadcast_profile(value: Any, raw: bytes, member: str, position: int, author: Author) -> Item:
    """The account's description on Periscope."""
    body = _inner(value, "periscopeProfileDescription")
    return Item(
        platform=values.PLATFORM,
        kind=Kind.PROFILE,
        native_id=f"periscope:{author.native_id or author.handle or ''}",
        author=author,
        created_at=None,
        text=values.text(body.get("description")),
        raw=raw,
        stable=values.canonical({"description": body.get("description")}),
        form="broadcast profile",
        member=member,
        position=position,
    )


def article_item(
    value: Any,
    raw: bytes,
    member: str,
    position: int,
    author: Author,
    index: media.MediaIndex,
    folders: Sequence[str],
) -> Item | None:
    """An article: title and running text, out of whichever field this download keeps it in."""
    body = _inner(value, "article", "twitterArticle", "articleData")
    inner = values.table(body.get("data") or body.get("content") or body)
    native_id = values.first_id(body, "articleId", "article_id", "id", "rest_id", "tweetId")
    if native_id is None:
        return None
    title = values.text(body.get("title") or inner.get("title"))
    running = _running_text(body) or _running_text(inner)
    return Item(
        platform=values.PLATFORM,
        kind=Kind.POST,
        native_id=f"article:{native_id}",
        author=author,
        created_at=_first_time(body, "publishedAt", "firstPublishedAt", "createdAt", "created_at"),
        text="\n\n".join(one for one in (title, running) if one),
        raw=raw,
        stable=values.canonical(value),
        form="article",
        edited_at=_first_time(body, "updatedAt", "modifiedAt", "updated_at"),
        media=media.of_addresses(index, folders, native_id, ()),
        member=member,
        position=position,
    )


def subscriber(value: Any, relation: Relation) -> Subscriber | None:
    """The account in an element of a list; X gives the id, and nothing else about it."""
    outer = values.table(value)
    inner = next((one for one in outer.values() if isinstance(one, dict)), outer)
    native_id = values.first_id(inner, "accountId", "account_id", "userId", "id")
    if native_id is None:
        return None
    link = inner.get("userLink")
    return Subscriber(
        platform=values.PLATFORM,
        relation=relation,
        native_id=native_id,
        handle=_word(inner.get("username") or inner.get("screenName")),
        display_name=_word(inner.get("displayName")),
        url=link if isinstance(link, str) else None,
    )


def _running_text(body: Mapping[str, Any]) -> str:
    for name in ("plainText", "plain_text", "text", "body", "content"):
        if isinstance(body.get(name), str):
            return values.text(body[name])
    blocks = body.get("blocks") or values.table(body.get("content_state")).get("blocks")
    parts = [one.get("text") for one in values.rows(blocks)]
    return "\n\n".join(values.text(one) for one in parts if isinstance(one, str) and one)


def _first_time(body: Mapping[str, Any], *names: str) -> str | None:
    return next((found for name in names if (found := values.time(body.get(name)))), None)


def _inner(value: Any, *wrappers: str) -> Mapping[str, Any]:
    outer = values.table(value)
    for name in wrappers:
        if isinstance(outer.get(name), dict):
            return values.table(outer[name])
    return outer


def _at(handle: str | None) -> str | None:
    return f"@{handle}" if handle else None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
