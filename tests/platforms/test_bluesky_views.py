"""Thread views, labels and the ids of reactions: shapes a test server does not produce."""

from __future__ import annotations

from typing import Any

import msgspec

from archiver.items import Visibility
from archiver.platforms.bluesky.views import (
    BLOCKED,
    NOT_FOUND,
    Label,
    label_items,
    reaction_id,
    read_thread,
    split_reaction_id,
)

CITY = "did:plc:city"


def view(name: str, did: str = "did:plc:joe", **more: Any) -> dict[str, Any]:
    """A post as the AppView shows it."""
    record = {"$type": "app.bsky.feed.post", "text": name, "createdAt": "2026-08-14T19:52:00Z"}
    return {
        "uri": f"at://{did}/app.bsky.feed.post/{name}",
        "cid": f"cid-{name}",
        "author": {"did": did, "handle": "joe.example.com"},
        "record": record,
        "replyCount": 0,
        **more,
    }


def node(post: dict[str, Any], *replies: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A node of a thread."""
    kind = "app.bsky.feed.defs#threadViewPost"
    return {"$type": kind, "post": post, "replies": list(replies), **more}


def read(thread: dict[str, Any], hidden: frozenset[str] = frozenset()):  # type: ignore[no-untyped-def]
    """The thread as the connector reads it."""
    return read_thread(msgspec.Raw(msgspec.json.encode(thread)), CITY, hidden)


def test_what_is_withheld_is_told_apart_from_what_is_gone() -> None:
    thread = read(
        node(
            view("root", CITY, replyCount=3),
            node(view("a")),
            {"$type": BLOCKED, "uri": "at://did:plc:ann/app.bsky.feed.post/b", "blocked": True},
            {"$type": NOT_FOUND, "uri": "at://did:plc:ann/app.bsky.feed.post/c", "notFound": True},
            {"$type": "app.bsky.feed.defs#somethingNew"},
        )
    )
    assert [item.text for item in thread.items] == ["a"]
    assert thread.blocked == ["at://did:plc:ann/app.bsky.feed.post/b"]
    assert [one.detail for one in thread.skipped] == [
        "thread node of the unknown type app.bsky.feed.defs#somethingNew"
    ]


def test_a_branch_that_was_cut_off_is_named() -> None:
    deep = node(view("deep", replyCount=2))
    del deep["replies"]
    thread = read(node(view("root", CITY, replyCount=1), deep))
    assert thread.deeper == [deep["post"]["uri"]]


def test_a_node_that_cannot_be_read_does_not_take_the_rest_with_it() -> None:
    broken = node(view("broken", record="no object"), node(view("lost")))
    thread = read(node(view("root", CITY, replyCount=2), broken, node(view("kept"))))
    assert [item.text for item in thread.items] == ["kept"]
    assert [one.failed for one in thread.skipped] == [True]


def test_what_a_stranger_hides_is_not_hidden_by_the_city() -> None:
    reply = view("reply")
    gate = {"record": {"hiddenReplies": [reply["uri"]]}}
    theirs = read(node(view("root", "did:plc:ann", replyCount=1, threadgate=gate), node(reply)))
    ours = read(node(view("root", CITY, replyCount=1, threadgate=gate), node(reply)))
    assert [item.visibility for item in theirs.items] == [Visibility.PUBLIC]
    assert [item.visibility for item in ours.items] == [Visibility.HIDDEN]


def test_context_ends_where_the_citys_own_thread_begins() -> None:
    question = node(view("question"))
    answer = node(view("answer", CITY), parent=question)
    back = view("back")
    back["record"]["reply"] = {
        "root": {"uri": question["post"]["uri"]},
        "parent": {"uri": answer["post"]["uri"]},
    }
    thread = read(node(view("again", CITY), parent=node(back, parent=answer)))
    assert [(item.text, item.form) for item in thread.items] == [("question", "context")]


def test_a_hundred_levels_are_read() -> None:
    thread = node(view("n0"))
    for level in range(1, 100):
        thread = node(view(f"n{level}", replyCount=1), thread)
    assert len(read(node(view("root", CITY, replyCount=1), thread)).items) == 100


def test_a_label_is_an_item_of_its_own_and_a_withdrawn_one_is_none() -> None:
    labels = [
        Label(src="did:plc:mod", val="spam", cts="2026-08-14T19:52:00Z"),
        Label(src="did:plc:mod", val="rude", neg=True),
    ]
    uri = "at://did:plc:city/app.bsky.feed.post/x"
    (item,) = label_items(uri, labels)
    assert (item.form, item.text, item.parent_id) == ("label", "spam", uri)
    assert split_reaction_id(item.native_id) == (uri, "label", "did:plc:mod/spam")


def test_the_id_of_a_reaction_can_be_taken_apart_again() -> None:
    uri = "at://did:plc:city/app.bsky.feed.post/x"
    assert split_reaction_id(reaction_id(uri, "like", "did:plc:joe")) == (
        uri,
        "like",
        "did:plc:joe",
    )
    assert split_reaction_id(uri) is None
    assert split_reaction_id("nonsense#like/x") is None
