"""What the AppView shows of other people's doings, as Items: replies, quotes, likes, labels.

A like or repost by another person has no address in these lists, so its native id is built from the
post's address and the person's permanent id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from archiver.atproto.records import (
    PLATFORM,
    Address,
    Record,
    plain,
    post_item,
    stored_time,
)
from archiver.decoding import decoder
from archiver.items import (
    Author,
    AuthorRole,
    Item,
    Kind,
    Relation,
    Skipped,
    Subscriber,
    Visibility,
)

THREAD_POST = "app.bsky.feed.defs#threadViewPost"
BLOCKED = "app.bsky.feed.defs#blockedPost"
NOT_FOUND = "app.bsky.feed.defs#notFoundPost"
NOT_SHOWN = (
    "more replies are counted beneath this post than shown: their authors are blocked or suspended "
    "or have left"
)
COUNTS = {
    "likeCount": "likes",
    "repostCount": "reposts",
    "replyCount": "replies",
    "quoteCount": "quotes",
    "bookmarkCount": "bookmarks",
}


class Person(msgspec.Struct):
    """A profile view: as much as is used of it."""

    did: str
    handle: str | None = None
    displayName: str | None = None


class Label(msgspec.Struct):
    """A label that a moderation service put on something."""

    src: str
    val: str
    uri: str = ""
    cts: str | None = None
    neg: bool = False


class PostView(msgspec.Struct):
    """A post as the AppView shows it."""

    uri: str
    cid: str
    author: Person
    record: dict[str, Any]
    likeCount: int | None = None
    repostCount: int | None = None
    replyCount: int | None = None
    quoteCount: int | None = None
    bookmarkCount: int | None = None
    labels: list[Label] = []
    threadgate: dict[str, Any] | None = None


@dataclass(slots=True)
class Thread:
    """What one thread view held: items, posts of the account met on the way, and what it did not
    give (`blocked`: replies whose text is withheld; `deeper`: posts whose replies were cut off)."""

    items: list[Item] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    deeper: list[str] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()


def person_author(person: Person, own_did: str) -> Author:
    """An author as the AppView names one."""
    return Author(
        native_id=person.did,
        handle=person.handle,
        display_name=plain(person.displayName) or None,
        role=AuthorRole.AGENCY if person.did == own_did else AuthorRole.PUBLIC,
    )


def subscriber(relation: Relation, person: Person) -> Subscriber:
    """A person on one of the account's lists."""
    return Subscriber(
        platform=PLATFORM,
        relation=relation,
        native_id=person.did,
        handle=person.handle,
        display_name=plain(person.displayName) or None,
        url=f"https://bsky.app/profile/{person.did}",
    )


def counts(view: PostView) -> dict[str, int]:
    """The counts a post view states."""
    found = {}
    for name, form in COUNTS.items():
        value = getattr(view, name)
        if isinstance(value, int):
            found[form] = value
    return found


def hidden_by(view: PostView) -> frozenset[str]:
    """The replies that the post's author has hidden."""
    record = (view.threadgate or {}).get("record")
    hidden = record.get("hiddenReplies") if isinstance(record, dict) else None
    return frozenset(uri for uri in hidden or () if isinstance(uri, str))


_read_post_view = decoder(PostView)


def comment_item(
    raw: bytes,
    own_did: str,
    *,
    form: str,
    parent: str | None = None,
    hidden: frozenset[str] = frozenset(),
) -> Item:
    """Someone else's post as a comment on the account. Raises msgspec.MsgspecError."""
    view = _read_post_view(raw)
    item = post_item(
        Record(view.uri, view.cid, view.record),
        raw,
        person_author(view.author, own_did),
        kind=Kind.COMMENT,
        form=form,
        parent=parent,
        metrics=counts(view) or None,
    )
    return hidden_item(item, hidden)


def hidden_item(item: Item, hidden: frozenset[str]) -> Item:
    """The item as hidden where the agency has hidden it."""
    return replace(item, visibility=Visibility.HIDDEN) if item.native_id in hidden else item


def label_items(uri: str, labels: list[Label]) -> Iterator[Item]:
    """The labels that stand on something, one item each."""
    for label in labels:
        if label.neg:
            continue
        form = {"cts": label.cts, "src": label.src, "uri": uri, "val": label.val}
        encoded = msgspec.json.encode(form, order="sorted")
        yield Item(
            platform=PLATFORM,
            kind=Kind.REACTION,
            form="label",
            native_id=f"{uri}#label/{label.src}/{label.val}",
            author=Author(native_id=label.src, role=AuthorRole.UNKNOWN),
            created_at=stored_time(label.cts),
            text=plain(label.val),
            raw=encoded,
            stable=encoded,
            parent_id=uri,
            root_id=uri,
        )


class _Like(msgspec.Struct):
    actor: Person
    createdAt: str | None = None


_read_like = decoder(_Like)


def like_item(uri: str, raw: bytes, own_did: str) -> Item:
    """Someone's like of a post. Raises msgspec.MsgspecError."""
    like = _read_like(raw)
    return _reaction(uri, "like", like.actor, like.createdAt, raw, own_did)


_read_person = decoder(Person)


def repost_item(uri: str, raw: bytes, own_did: str) -> Item:
    """Someone's repost of a post; the list does not say when. Raises msgspec.MsgspecError."""
    return _reaction(uri, "repost", _read_person(raw), None, raw, own_did)


def reaction_id(uri: str, form: str, did: str) -> str:
    """The native id of someone's like or repost of a post."""
    return f"{uri}#{form}/{did}"


def split_reaction_id(native_id: str) -> tuple[str, str, str] | None:
    """(post's address, form, person or label) of a native id built here, else None."""
    uri, mark, rest = native_id.partition("#")
    form, slash, who = rest.partition("/")
    if not (mark and slash and Address.parse(uri)):
        return None
    return uri, form, who


def _reaction(
    uri: str, form: str, person: Person, at: str | None, raw: bytes, own_did: str
) -> Item:
    fixed: Mapping[str, object] = {"at": at, "did": person.did, "form": form, "uri": uri}
    return Item(
        platform=PLATFORM,
        kind=Kind.REACTION,
        form=form,
        native_id=reaction_id(uri, form, person.did),
        author=person_author(person, own_did),
        created_at=stored_time(at),
        text="",
        raw=raw,
        stable=msgspec.json.encode(fixed, order="sorted"),
        parent_id=uri,
        root_id=uri,
    )


class _Node(msgspec.Struct):
    """A node of a thread view; everything stays raw until its turn."""

    type: str = msgspec.field(name="$type", default=THREAD_POST)
    post: msgspec.Raw = msgspec.Raw(b"")
    parent: msgspec.Raw = msgspec.Raw(b"")
    replies: list[msgspec.Raw] | None = None
    uri: str = ""


def read_thread(body: msgspec.Raw, own_did: str, hidden: frozenset[str] = frozenset()) -> Thread:
    """Walk a thread view without recursion (a thread may be a hundred deep).

    What the anchor's own rule hides is added to `hidden`. Beneath somebody else's post nothing is
    taken as hidden: what is hidden there is not the agency's doing. A node that cannot be read is
    skipped and reported, the rest goes on.
    """
    thread = Thread()
    anchor = _node(body, thread)
    if anchor is None:
        return thread
    view = _view(anchor, thread)
    if view is not None and view.author.did == own_did:
        hidden = hidden | hidden_by(view)
    thread.hidden = hidden
    _context(anchor.parent, own_did, thread)
    stack: list[tuple[_Node, bool]] = [(anchor, True)]
    while stack:
        node, is_anchor = stack.pop()
        if node.type != THREAD_POST:
            _withheld(node, thread)
            continue
        view = _view(node, thread)
        if view is None:
            continue
        if view.author.did == own_did:
            thread.own.append(view.uri)
        elif not is_anchor:
            _take(bytes(node.post), own_did, thread, form="reply", hidden=hidden)
        if node.replies is None and (view.replyCount or 0) > 0 and not is_anchor:
            thread.deeper.append(view.uri)
        elif (view.replyCount or 0) > len(node.replies or []):
            thread.skipped.append(Skipped(view.uri, None, NOT_SHOWN))
        for reply in reversed(node.replies or []):
            below = _node(reply, thread)
            if below is not None:
                stack.append((below, False))
    return thread


def _context(parent: msgspec.Raw, own_did: str, thread: Thread) -> None:
    """Other people's posts that the account answered: without them its answer says nothing.

    Only those above the account's first post in the chain: what lies beneath one is a reply, and
    the walk beneath that post brings it.
    """
    chain: list[tuple[PostView, bytes]] = []
    while bytes(parent):
        node = _node(parent, thread)
        if node is None or node.type != THREAD_POST:
            break
        view = _view(node, thread)
        if view is not None:
            chain.append((view, bytes(node.post)))
        parent = node.parent
    for view, raw in reversed(chain):
        if view.author.did == own_did or beneath_own(view.record, own_did):
            return
        _take(raw, own_did, thread, form="context")


def beneath_own(record: Mapping[str, Any], own_did: str) -> bool:
    """Whether a post answers the account or stands in one of its threads."""
    reply = record.get("reply")
    if not isinstance(reply, dict):
        return False
    for part in ("root", "parent"):
        reference = reply.get(part)
        address = Address.parse(reference.get("uri")) if isinstance(reference, dict) else None
        if address and address.did == own_did:
            return True
    return False


def _take(
    raw: bytes,
    own_did: str,
    thread: Thread,
    *,
    form: str,
    hidden: frozenset[str] = frozenset(),
) -> None:
    try:
        thread.items.append(comment_item(raw, own_did, form=form, hidden=hidden))
    except msgspec.MsgspecError as error:
        thread.skipped.append(unreadable("getPostThread", error, raw))


def _withheld(node: _Node, thread: Thread) -> None:
    if node.type == BLOCKED and node.uri:
        thread.blocked.append(node.uri)
    elif node.type != NOT_FOUND:
        thread.skipped.append(
            Skipped("getPostThread", None, f"thread node of the unknown type {node.type}")
        )


_read_node = decoder(_Node)


def _node(raw: msgspec.Raw, thread: Thread) -> _Node | None:
    try:
        return _read_node(raw)
    except msgspec.MsgspecError as error:
        thread.skipped.append(unreadable("getPostThread", error, bytes(raw)))
        return None


def _view(node: _Node, thread: Thread) -> PostView | None:
    try:
        return _read_post_view(node.post)
    except msgspec.MsgspecError as error:
        thread.skipped.append(unreadable("getPostThread", error, bytes(node.post)))
        return None


def unreadable(method: str, error: Exception, raw: bytes) -> Skipped:
    """Something that should have been readable. The cause names a field, never content."""
    return Skipped(method, None, f"cannot be read: {error}", failed=True, raw=raw)
