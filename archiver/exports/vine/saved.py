"""Saved files of Vine: what each is, the object in it, and the video beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

import msgspec
from selectolax.lexbor import LexborHTMLParser

from archiver.exports.elements import decode
from archiver.exports.faults import UnreadableError
from archiver.exports.markup import parsed, selected
from archiver.exports.times import with_zone
from archiver.items import MediaRef

LARGEST = 32 << 20
PLACES = 20
"""In so many places of a page its data is looked for."""
MEDIA = (".mp4", ".webm", ".mov", ".jpg", ".jpeg", ".png", ".gif")
_DATA = re.compile(r"window\.(?:POST_DATA|POST|profileData)\s*=\s*")
_KEYED = re.compile(r"\{\s*(\d+)\s*:")
_SLUG = re.compile(r"vine\.co/v/(\w+)")
_LEAD = re.compile(r"[A-Za-z0-9]+")
_NO_QUERY = re.compile(rb"\?versionId=[^\"\s]*")
_WHOLE = ".000000"
_COUNTERS = ("likes", "reposts", "loops", "comments")
VOLATILE = frozenset(
    (
        *_COUNTERS,
        "postId",
        "userId",
        "liked",
        "blocked",
        "verified",
        "followerCount",
        "followingCount",
        "loopCount",
        "postCount",
        "likeCount",
        "profileBackground",
    )
)

Saved = dict[str, Any]


def read_json(stream: BinaryIO) -> tuple[bytes, Any]:
    """The bytes of a JSON file and their value. Raises UnreadableError."""
    raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise UnreadableError("it is larger than any file of Vine")
    try:
        return raw, decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableError("it is no JSON: save it again from another copy") from None


def objects(value: Any) -> Iterator[Saved]:
    """The posts and profiles in a value: one by itself, in the envelope of Vine's interface
    (``data``), or in a list of records."""
    waiting = [value]
    for _ in range(100_000):
        if not waiting:
            return
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif isinstance(one, dict):
            if is_post(one) or is_profile(one):
                yield one
            else:
                waiting.extend(one[name] for name in ("records", "data") if name in one)


def is_post(one: Mapping[str, Any]) -> bool:
    """Whether an object is a vine."""
    return ("permalinkUrl" in one or "videoUrl" in one) and (
        "description" in one or "postIdStr" in one or "postId" in one
    )


def is_profile(one: Mapping[str, Any]) -> bool:
    """Whether an object is the profile of somebody."""
    return (
        "username" in one
        and "permalinkUrl" not in one
        and "videoUrl" not in one
        and ("vanityUrls" in one or "userIdStr" in one)
    )


def from_page(raw: bytes) -> list[Saved]:
    """The posts in a saved page: from the data it was drawn from, or from what it tells other
    sites about itself. Raises UnreadableError where there are none."""
    page = raw.decode("utf-8", "replace")
    for found in islice(_DATA.finditer(page), PLACES):
        value = _value_at(page, found.end())
        posts = [one for one in objects(list(value.values())) if is_post(one)] if value else []
        posts = posts or [one for one in objects(value) if is_post(one)]
        if posts:
            return posts
    told = _told_of(parsed(page))
    if told is None:
        raise UnreadableError("it is no page of a vine: it names none")
    return [told]


def _value_at(page: str, start: int) -> Saved | None:
    """The object of a script that begins there. Its first key may stand without marks."""
    text = page[start:]
    keyed = _KEYED.match(text)
    if keyed is not None:
        text = '{"' + keyed[1] + '":' + text[keyed.end() :]
    # as a rule nothing else stands in the script: to find the end costs more than to read it
    found = _object(text.partition("</script")[0].rstrip("; \t\r\n"))
    return _object(text[: _end(text)]) if found is None else found


def _object(text: str) -> Saved | None:
    try:
        value = decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}]', re.DOTALL)


def _end(text: str) -> int:
    depth = 0
    for mark in _MARKS.finditer(text):
        if mark[0] == "{":
            depth += 1
        elif mark[0] == "}":
            depth -= 1
            if depth == 0:
                return mark.end()
    return len(text)


def _told_of(page: LexborHTMLParser) -> Saved | None:
    """A post from the tags a page has for other sites."""
    tags = {
        one.attributes.get("property") or one.attributes.get("name") or "": (
            one.attributes.get("content") or ""
        )
        for one in selected(page, "meta[content]")
    }
    slug = _SLUG.search(tags.get("og:url", "") or tags.get("twitter:url", ""))
    if slug is None:
        return None
    return {
        "permalinkUrl": f"https://vine.co/v/{slug[1]}",
        "description": tags.get("twitter:description") or tags.get("og:title") or "",
        "username": tags.get("twitter:title", ""),
        "thumbnailUrl": tags.get("og:image", ""),
        "videoUrl": tags.get("twitter:player:stream", ""),
    }


def slug_of(one: Mapping[str, Any]) -> str | None:
    """The name in a vine's address."""
    found = _SLUG.search(str(one.get("permalinkUrl") or one.get("shareUrl") or ""))
    return found[1] if found else None


def id_of(one: Mapping[str, Any], text: str, number: str) -> str | None:
    """An id: as text, for as a number it is larger than many programs write exactly."""
    told = one.get(text)
    if isinstance(told, str) and told.strip():
        return told.strip()
    value = one.get(number)
    exact = isinstance(value, int) and not isinstance(value, bool) and value < 1 << 53
    return str(value) if exact else None


def moment(told: object) -> str | None:
    """A time as Vine wrote it, without a zone: it is UTC."""
    if not isinstance(told, str) or not told:
        return None
    return with_zone(told if told.endswith("Z") or "+" in told else f"{told.removesuffix(_WHOLE)}Z")


def counters(one: Mapping[str, Any]) -> dict[str, int] | None:
    """Likes, revines, loops and comments: as numbers, or as objects with a count."""
    found = {}
    for name in _COUNTERS:
        value = one.get(name)
        value = value.get("count") if isinstance(value, dict) else value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found[name] = int(value)
    return found or None


def stable(one: Mapping[str, Any]) -> bytes:
    """What is compared with another copy of the same object."""
    kept = {name: value for name, value in one.items() if name not in VOLATILE and value}
    told = msgspec.json.encode(kept, order="sorted")
    return _NO_QUERY.sub(b"", told) if b"?versionId=" in told else told


class Videos:
    """The media files of a folder by the vine they are named after."""

    def __init__(self, members: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = {}
        for one in members:
            lead = _LEAD.match(one.rpartition("/")[2])
            if lead is not None:
                self._by_name.setdefault(lead[0], []).append(one)

    def refs(self, one: Mapping[str, Any], names: Iterable[str | None]) -> tuple[MediaRef, ...]:
        """The files of a vine; where none was saved, its addresses, which no longer answer."""
        held = [
            found for name in names if name is not None for found in self._by_name.get(name, ())
        ]
        if held:
            return tuple(MediaRef(found, found.rpartition("/")[2]) for found in held)
        address = one.get("videoUrl") or one.get("videoLowURL")
        if not isinstance(address, str) or not address:
            return ()
        bare = address.split("?", 1)[0]
        name = bare.rpartition("/")[2] or None
        return (MediaRef(f"vine:{bare}", name, "video/mp4", url=address, available=False),)
