"""The values of post records: an answer, and what hangs on a text."""

from __future__ import annotations

import datetime as dt

from archiver.demo.bluesky_world import POST, Value, World, stamp
from archiver.demo.feed import Post

LIMIT = 300


def root_of(world: World, uri: str) -> str:
    """The first post of the thread a reply stands in, or nothing where it is no reply."""
    value = world.get(uri) or {}
    return str(value.get("reply", {}).get("root", {}).get("uri", ""))


def reply_value(
    world: World, text: str, language: str, moment: dt.datetime, root: str, parent: str
) -> Value:
    """The record of an answer."""
    return {
        "$type": POST,
        "text": text,
        "langs": [language],
        "createdAt": stamp(moment),
        "reply": {"root": world.reference(root), "parent": world.reference(parent)},
    }


def decorate(value: Value, post: Post) -> None:
    """Hashtags and the link behind the text, with the byte ranges that mark them."""
    facets = []
    kind = "app.bsky.richtext.facet"
    pieces = [(f"#{tag}", {"$type": f"{kind}#tag", "tag": tag}) for tag in post.hashtags]
    if post.link:
        link = {"$type": f"{kind}#link", "uri": post.link}
        pieces.append((post.link.removeprefix("https://"), link))
    for piece, feature in pieces:
        longer = f"{value['text']} {piece}"
        if len(longer) > LIMIT:
            continue
        start = len(value["text"].encode()) + 1
        index = {"byteStart": start, "byteEnd": start + len(piece.encode())}
        facets.append({"index": index, "features": [feature]})
        value["text"] = longer
    if facets:
        value["facets"] = facets
