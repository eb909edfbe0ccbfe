"""Whom a post is addressed to, and what that makes of it.

https://docs.joinmastodon.org/spec/activitypub/#properties-used: to the public collection it is
public; with the public collection only in `cc` it is unlisted (public, but in no public timeline);
to the followers alone it is for followers; to nobody but people it is a private mention.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

_PUBLIC = ("as:Public", "Public")
_PUBLIC_END = "#Public"


class Reach(StrEnum):
    """Who may see a post."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"


class Audience(NamedTuple):
    """The reach of a post, and the people it names among its addressees."""

    reach: Reach
    people: tuple[str, ...]


def audience_of(note: Mapping[str, Any], followers: str, own: str) -> Audience:
    """Read from `to` and `cc`, where `followers` is the account's own list of followers and `own`
    the account."""
    to, copies = _addresses(note.get("to")), _addresses(note.get("cc"))
    if any(map(_is_public, to)):
        reach = Reach.PUBLIC
    elif any(map(_is_public, copies)):
        reach = Reach.UNLISTED
    elif followers and (followers in to or followers in copies):
        reach = Reach.FOLLOWERS
    else:
        reach = Reach.DIRECT
    people = [one for one in (*to, *copies) if one != followers and one != own]
    if not people:
        return Audience(reach, ())
    return Audience(reach, tuple(dict.fromkeys(one for one in people if not _is_public(one))))


def _addresses(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, str)]


def _is_public(address: str) -> bool:
    return address in _PUBLIC or address.endswith(_PUBLIC_END)
