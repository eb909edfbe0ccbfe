"""Recognising a table of a Takeout by what stands in its columns, whatever they are called.

YouTube's ids have shapes of their own, the texts of comments are pieces of JSON, and the order of
the columns is the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archiver.exports.youtube.heads import Kind, Known
from archiver.exports.youtube.words import who_may_see

CHANNEL = re.compile(r"UC[\w-]{22}\Z")
VIDEO = re.compile(r"[\w-]{11}\Z")
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("channel", CHANNEL),
    ("post", re.compile(r"Ugk[\w-]{20,}\Z")),
    ("comment", re.compile(r"Ug[\w-]{18,24}(\.[\w-]+)?\Z")),
    ("chat", re.compile(r"(Ug|Chw|Ci|Ck)[\w.%=-]{27,}\Z")),
    ("time", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")),
    ("pieces", re.compile(r'\{\s*"')),
    ("address", re.compile(r"https?://")),
    ("number", re.compile(r"\d+\Z")),
    ("playlist", re.compile(r"(PL|FL|UU|OL)[\w-]{10,}\Z|(LL|WL)[\w-]*\Z")),
    ("video", VIDEO),
    ("language", re.compile(r"[a-z]{2,3}(-\w{2,4})?\Z")),
)


def by_values(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Known | None:
    """What a table is, as its first rows show; None where they do not."""
    shapes = [_shape([row[at] for row in rows if at < len(row)]) for at in range(len(head))]
    for way in (_written, _videos, _playlists, _lists):
        found = way(shapes)
        if found is not None:
            kind, places = found
            return Known(kind, {role: head[at] for role, at in places.items()}, guessed=True)
    last = [row[-1].strip() for row in rows if len(row) == len(head) > 2]
    if shapes[:1] == ["channel"] and last and all(map(who_may_see, last)):
        return Known(Kind.CHANNEL, {"channel": head[0], "channel_title": head[-2]}, guessed=True)
    return None


def has_texts(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the rows of a table hold times, or texts in pieces, as records do."""
    shapes = {_shape([cell]) for row in rows for cell in row}
    return bool(shapes & {"time", "pieces"})


def _shape(values: Sequence[str]) -> str:
    told = [value.strip() for value in values if value.strip()]
    if not told:
        return ""
    for name, pattern in _SHAPES:
        if all(pattern.match(value) for value in told):
            return name
    return "words"


_Found = tuple[Kind, dict[str, int]]


def _written(shapes: Sequence[str]) -> _Found | None:
    """Comments, live chats and community posts: what has a text in pieces."""
    if "pieces" not in shapes or "time" not in shapes:
        return None
    first = next((one for one in shapes if one in ("comment", "chat", "post")), None)
    if first is None:
        return None
    kinds = {"comment": Kind.COMMENTS, "chat": Kind.CHATS, "post": Kind.POSTS}
    places = {
        first: shapes.index(first),
        f"{first}_text": shapes.index("pieces"),
        f"{first}_created": shapes.index("time"),
    }
    for role in ("channel", "video", "post"):
        if role in shapes:
            places.setdefault(role, shapes.index(role))
    return kinds[first], places


def _videos(shapes: Sequence[str]) -> _Found | None:
    """The table of videos, from behind: title, its language, privacy, state, times."""
    if shapes.count("channel") != 1 or "video" not in shapes or "time" not in shapes:
        return None
    created = shapes.index("time")
    title = created - 3
    if title > 0 and shapes[title] in ("language", ""):
        title -= 1
    channel = shapes.index("channel")
    if title <= channel:
        return None
    about = channel - 1
    if shapes[about] in ("language", ""):
        about -= 1
    places = {
        "video": shapes.index("video"),
        "channel": channel,
        "video_title": title,
        "privacy": created - 2,
        "video_created": created,
    }
    if about > places["video"] and shapes[about] == "words":
        places["video_about"] = about
    if created + 1 < len(shapes) and shapes[created + 1] == "time":
        places["video_published"] = created + 1
    return Kind.VIDEOS, places


def _playlists(shapes: Sequence[str]) -> _Found | None:
    """The table of playlists: the title, where it may be, and its language; times; who may see."""
    if shapes[:1] != ["playlist"] or shapes.count("time") < 2:
        return None
    created = shapes.index("time")
    before = created - 1 if shapes[created - 1] not in ("language", "") else created - 2
    title = before if before > 1 else created + 4
    if title >= len(shapes) or created + 3 >= len(shapes):
        return None
    places = {"playlist": 0, "playlist_title": title, "playlist_created": created}
    return Kind.PLAYLISTS, {**places, "playlist_visibility": created + 3}


def _lists(shapes: Sequence[str]) -> _Found | None:
    """Subscriptions, and the videos of a playlist."""
    if len(shapes) == 3 and shapes[:2] == ["channel", "address"]:
        return Kind.SUBSCRIPTIONS, {"channel": 0, "channel_url": 1, "channel_name": 2}
    if len(shapes) == 2 and list(shapes) == ["video", "time"]:
        return Kind.PLAYLIST_VIDEOS, {"video": 0, "added": 1}
    return None
