"""What TikTok writes into its downloads: names of fields, times, addresses, who may see."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from archiver.exports.texts import unescaped, whole
from archiver.items import Visibility

PLATFORM = "tiktok"
TIMES_ARE_UTC = (
    "times without a zone were taken as UTC: the text form of the same download writes UTC behind "
    "them"
)
_NOTHING = frozenset({"", "n/a", "none", "null", "n.v.t."})
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?: UTC|Z)?\Z")
_ID = re.compile(r"/(?:video|photo|story|live|post)/(\d{6,})|[?&](?:item_id|aweme_id)=(\d{6,})")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_ALIASES = {
    "datum": "date",
    "creationtime": "date",
    "commenttime": "date",
    "questiontime": "date",
    "reactie": "comment",
    "commentcontent": "comment",
    "questioncontent": "comment",
    "gebruikersnaam": "username",
    "bijnaam": "displayname",
    "nickname": "displayname",
    "bio": "biodescription",
    "titel": "title",
    "url": "originalpost",
    "originalposturl": "originalpost",
    "originalpostlink": "originalpost",
    "originelelinknaarbericht": "originalpost",
    "linknaarorigineelbericht": "originalpost",
    "videolink": "link",
    "deletedate": "datedeleted",
    "deletiondate": "datedeleted",
    "deletedat": "datedeleted",
    "addyourtext": "addyourstext",
    "likenum": "likes",
    "wiekandatzien": "whocanview",
}
_encode = msgspec.json.Encoder(order="sorted").encode

Cells = Mapping[str, str]
"""The fields of an entry by their plain names; those that say nothing are not in it."""


def canonical(value: Any) -> bytes:
    """A value as JSON that is the same for the same value."""
    return _encode(value)


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A field's or section's name as it is compared: letters and digits only, no capitals, one
    spelling for the same thing through the years."""
    told = "".join(one for one in name.casefold() if one.isalnum())
    return _ALIASES.get(told, told)


def cells_of(value: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an entry of a JSON download."""
    told: dict[str, str] = {}
    for name, one in value.items():
        text = one if isinstance(one, str) else str(one) if isinstance(one, (int, float)) else ""
        if says(text):
            told.setdefault(plain(name), text)
    return told


def says(text: str) -> bool:
    """Whether a field says anything: TikTok writes "N/A" and "None" where it does not."""
    return len(text) > 6 or text.strip().casefold() not in _NOTHING


def readable(text: str) -> str:
    """A text as a person reads it."""
    return whole(unescaped(text))


def moment(text: str) -> str | None:
    """A time in UTC; None where it is none."""
    found = _TIME.match(text.strip())
    if found is None:
        return None
    try:
        dt.datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError:
        return None
    return f"{found[1]}T{found[2]}Z"


def id_in(address: str) -> str | None:
    """The id of the video, photo or live an address leads to."""
    found = _ID.search(address)
    return (found[1] or found[2]) if found else None


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses in a text, in their order."""
    return tuple(dict.fromkeys(_ADDRESS.findall(text))) if "://" in text else ()


def who_may_see(word: str) -> Visibility:
    """What TikTok's word for the audience comes to: everyone, or fewer. Nothing said is public,
    which is how TikTok publishes where nothing else is chosen."""
    told = plain(word)
    if not told or "public" in told or "everyone" in told or "iedereen" in told:
        return Visibility.PUBLIC
    return Visibility.PRIVATE
