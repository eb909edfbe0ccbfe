"""What hangs on a post or comment of Facebook's JSON: pictures, links, places, events, polls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archiver.exports.meta.members import Members
from archiver.exports.meta.told import rows, table, text
from archiver.exports.times import since_1970
from archiver.items import MediaRef


@dataclass(slots=True)
class Attached:
    """What hangs on a post: `words` are the lines shown with it, `own` those of them its author
    wrote (an event's or a life event's name and description), `comments` what stands beneath its
    pictures in older layouts."""

    media: list[MediaRef] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    captions: list[str] = field(default_factory=list)
    comments: list[Mapping[str, Any]] = field(default_factory=list)


def attached(value: object, members: Members) -> Attached:
    """Read the attachments of an element."""
    found = Attached()
    for group in rows(value):
        for entry in rows(group.get("data")):
            for kind, inner in entry.items():
                _take(found, kind, inner, members)
    return found


def media_ref(value: Mapping[str, Any], members: Members) -> MediaRef | None:
    """A picture or video; its description stands for what it shows."""
    uri = text(value.get("uri"))
    return members.ref(uri, text(value.get("description")) or None) if uri else None


def _take(found: Attached, kind: str, inner: object, members: Members) -> None:
    body = table(inner)
    if kind == "media":
        _take_media(found, body, members)
    elif kind == "external_context":
        found.links += filter(None, [text(body.get("url"))])
        found.words += filter(None, [text(body.get("name"))])
    elif kind == "place":
        found.words += [
            ", ".join(filter(None, [text(body.get("name")), text(body.get("address"))]))
        ]
    elif kind == "event":
        found.own += event_lines(body)
    elif kind == "life_event":
        found.own += filter(None, [text(body.get("title")), text(body.get("description"))])
        _take(found, "place", body.get("place"), members)
    elif kind == "note":
        found.own += filter(None, [text(body.get("title")), text(body.get("text"))])
        for one in rows(body.get("media")):
            _take_media(found, one, members)
    elif kind == "poll":
        found.own += poll_lines(body)
    elif kind == "for_sale_item":
        found.own += filter(None, [text(body.get("title")), text(body.get("description"))])
    else:
        found.words += filter(None, [text(inner), text(body.get("name")), text(body.get("title"))])
    found.kinds.add(kind)


def _take_media(found: Attached, body: Mapping[str, Any], members: Members) -> None:
    ref = media_ref(body, members)
    if ref is not None and ref not in found.media:
        found.media.append(ref)
    found.captions += filter(None, [text(body.get("description"))])
    found.comments += rows(body.get("comments"))


def event_lines(body: Mapping[str, Any]) -> list[str]:
    """An event as it is read: its name, when it is, where, and what it is about."""
    start, end = (since_1970(body.get(f"{one}_timestamp")) for one in ("start", "end"))
    when = " to ".join(filter(None, [start, end]))
    place = table(body.get("place"))
    told = [text(body.get("name")), when, text(place.get("name")), text(body.get("description"))]
    return [one for one in told if one]


def poll_lines(body: Mapping[str, Any]) -> list[str]:
    """A poll as it is read: the question and the choices. Votes are counters and left out."""
    choices = [text(one.get("option")) for one in rows(body.get("options"))]
    return [one for one in (text(body.get("question")), *choices) if one]
