"""The account's profile, from actor.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from archiver.exports.mastodon.markup import readable
from archiver.exports.mastodon.owner import Owner
from archiver.exports.mastodon.statuses import PLATFORM
from archiver.exports.texts import whole
from archiver.exports.times import with_zone
from archiver.items import Item, Kind, MediaRef

_PICTURES = (("icon", "avatar"), ("image", "header"))


def profile(
    actor: Mapping[str, Any],
    raw: bytes,
    owner: Owner,
    member: str,
    pictures: Mapping[str, str],
) -> Item:
    """The profile as a resident sees it: name, what it says of itself, the fields, the pictures.
    `pictures` gives the members of the download that are its files, by their names."""
    about = actor.get("summary")
    bio = readable(about) if isinstance(about, str) else readable("")
    fields = _fields(actor)
    told = [owner.name or "", bio.text, *(f"{name}: {value}" for name, value in fields)]
    url = actor.get("url")
    media = tuple(_media(actor, pictures))
    stable = {
        "fields": fields,
        "handle": owner.handle,
        "links": bio.links,
        "moved": actor.get("movedTo"),
        "name": owner.name,
        "pictures": [ref.name for ref in media],
        "text": bio.text,
        "uri": owner.uri,
    }
    return Item(
        platform=PLATFORM,
        kind=Kind.PROFILE,
        form="profile",
        native_id=owner.native_id or owner.uri,
        author=owner.author,
        created_at=with_zone(actor.get("published")),
        text=whole("\n".join(part for part in told if part)),
        raw=raw,
        stable=msgspec.json.encode(stable, order="sorted"),
        url=url if isinstance(url, str) else owner.uri,
        links=bio.links,
        media=media,
        member=member,
        position=0,
    )


def _fields(actor: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lines of the profile's table, as they are read."""
    found = actor.get("attachment")
    return [
        (readable(one["name"]).text, readable(one["value"]).text)
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
        and isinstance(one.get("name"), str)
        and isinstance(one.get("value"), str)
    ]


def _media(actor: Mapping[str, Any], pictures: Mapping[str, str]) -> list[MediaRef]:
    found = []
    for field, name in _PICTURES:
        picture = actor.get(field)
        address = picture.get("url") if isinstance(picture, dict) else None
        if not isinstance(picture, dict) or not isinstance(address, str):
            continue
        member = pictures.get(address)
        told = picture.get("mediaType")
        found.append(
            MediaRef(
                key=member or address,
                name=name,
                media_type=told if isinstance(told, str) else None,
                url=address if address.startswith("http") else None,
                available=member is not None,
            )
        )
    return found
