"""What others left beneath the account's posts: replies, likes, reposts, quotes and labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from archiver.atproto import records
from archiver.atproto.records import Address, Record
from archiver.decoding import decoder
from archiver.items import Item, Kind, Page, Skipped, Whole
from archiver.platforms.bluesky import asking, views
from archiver.platforms.bluesky.session import Refused, Session
from archiver.platforms.http import Answer, Unreachable

DEPTH = 100
NOT_THERE = frozenset({"NotFound", "RecordNotFound"})
COUNT_OF = {"like": "likes", "repost": "reposts", "quote": "quotes"}


def threads(session: Session, own_did: str, posts: Sequence[str]) -> Iterator[Page]:
    """The thread beneath each post, one page per answer. A thread that was read as part of another
    is not asked for again."""
    read: set[str] = set()
    for uri in posts:
        if uri not in read:
            yield from _thread(session, own_did, uri, read)


def _thread(session: Session, own_did: str, uri: str, read: set[str]) -> Iterator[Page]:
    pending = [uri]
    asked: set[str] = set()
    hidden: frozenset[str] = frozenset()
    while pending:
        anchor = pending.pop()
        asked.add(anchor)
        try:
            answer = session.ask_appview(
                "app.bsky.feed.getPostThread",
                {"uri": anchor, "depth": DEPTH, "parentHeight": 80 if anchor == uri else 0},
            )
        except Refused as refused:
            if refused.name in NOT_THERE:
                return
            raise
        body = asking.read(answer, asking.read_parts, "getPostThread")
        thread = views.read_thread(body.get("thread", msgspec.Raw(b"{}")), own_did, hidden)
        if anchor == uri:
            hidden = thread.hidden
        pending += [one for one in thread.deeper if one not in asked]
        read.update(thread.own)
        for blocked in thread.blocked:
            yield _withheld(session, own_did, blocked, hidden)
        yield Page(
            items=thread.items,
            skipped=thread.skipped,
            exchange=answer.exchange,
            whole=(Whole(Kind.COMMENT, "reply", uri),) if not pending else (),
        )


_read_record = decoder(Record)


def _withheld(session: Session, own_did: str, uri: str, hidden: frozenset[str]) -> Page:
    """A reply whose text the AppView keeps back because of a block: a block does not unsay what was
    said on the city's page, so it is asked for where its author's repository lies."""
    address = Address.parse(uri)
    answer = _from_repository(session, address) if address else None
    try:
        record = _read_record(answer.body) if answer else None
    except msgspec.MsgspecError:
        record = None
    if address is None or answer is None or record is None or record.uri != uri:
        return Page(skipped=[Skipped(uri, None, "a reply behind a block; its text is not given")])
    author = views.person_author(views.Person(address.did), own_did)
    item = records.post_item(record, answer.body, author, kind=Kind.COMMENT, form="reply")
    return Page(items=[views.hidden_item(item, hidden)], exchange=answer.exchange)


def _from_repository(session: Session, address: Address) -> Answer | None:
    try:
        return asking.anyones_record(session, address)
    except (Refused, Unreachable):
        return None


def reactions(
    session: Session,
    own_did: str,
    parents: Mapping[str, Mapping[str, int] | None],
    stated: dict[str, dict[str, int]],
) -> Iterator[Page]:
    """Likes, reposts, quotes and labels beneath each post. A list is passed over where the count
    the AppView states is the number already held."""
    unknown = list(parents)
    for start in range(0, len(unknown), asking.BATCH):
        batch = unknown[start : start + asking.BATCH]
        yield from _labels(session, batch, stated)
        for uri in batch:
            if uri not in stated:
                continue
            held = parents[uri]
            for form, counted in COUNT_OF.items():
                if held is None or held.get(form, 0) != stated[uri].get(counted, -1):
                    yield from _list(session, own_did, uri, form)


_read_post_view = decoder(views.PostView)


def _labels(
    session: Session, batch: Sequence[str], stated: dict[str, dict[str, int]]
) -> Iterator[Page]:
    answer = session.ask_appview("app.bsky.feed.getPosts", {"uris": list(batch)})
    body = asking.read(answer, asking.read_parts, "getPosts")
    items: list[Item] = []
    whole: list[Whole] = []
    skipped: list[Skipped] = []
    for raw in msgspec.json.decode(body.get("posts", msgspec.Raw(b"[]")), type=list[msgspec.Raw]):
        try:
            view = _read_post_view(raw)
        except msgspec.MsgspecError as error:
            skipped.append(views.unreadable("getPosts", error, bytes(raw)))
            continue
        stated[view.uri] = views.counts(view)
        items += views.label_items(view.uri, view.labels)
        whole.append(Whole(Kind.REACTION, "label", view.uri))
    yield Page(items=items, skipped=skipped, exchange=answer.exchange, whole=tuple(whole))


def _list(session: Session, own_did: str, uri: str, form: str) -> Iterator[Page]:
    method, key = asking.REACTION_LISTS[form]
    kind = Kind.COMMENT if form == "quote" else Kind.REACTION
    pages = asking.appview_pages(session, method, {"uri": uri}, key)
    for answer, entries in pages:
        items: list[Item] = []
        skipped: list[Skipped] = []
        for raw in entries:
            try:
                item = _reaction(bytes(raw), uri, form, own_did)
            except msgspec.MsgspecError as error:
                skipped.append(views.unreadable(method, error, bytes(raw)))
                continue
            if item is not None:
                items.append(item)
        yield Page(items=items, skipped=skipped, exchange=answer.exchange)
    yield Page(whole=(Whole(kind, form, uri),))


def _reaction(raw: bytes, uri: str, form: str, own_did: str) -> Item | None:
    """An entry of a list as an Item; None where it stands elsewhere already: what the account did
    itself lies in its repository, a quote that is also a reply lies in the thread."""
    if form == "quote":
        view = _read_post_view(raw)
        if view.author.did == own_did or views.beneath_own(view.record, own_did):
            return None
        return views.comment_item(raw, own_did, form="quote", parent=uri)
    item = (views.like_item if form == "like" else views.repost_item)(uri, raw, own_did)
    return None if item.author.native_id == own_did else item
