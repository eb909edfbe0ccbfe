"""The single questions put to a Bluesky server, and how its answers are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from archiver import clock
from archiver.atproto import records
from archiver.atproto.records import Address, Record
from archiver.decoding import decoder
from archiver.errors import SourceError
from archiver.items import (
    Author,
    Item,
    Kind,
    Page,
    Skipped,
)
from archiver.platforms.bluesky import views
from archiver.platforms.bluesky.session import NoAppView, Parameters, Refused, Session
from archiver.platforms.http import Answer, Unreachable

GONE = "RecordNotFound"
BATCH = 25
LONGEST_WALK = 20_000
T = TypeVar("T")


class _Listed(msgspec.Struct):
    records: list[msgspec.Raw]
    cursor: str | None = None


_read_listed = decoder(_Listed)


class _Collections(msgspec.Struct):
    collections: list[str] = []


class Posts(msgspec.Struct):
    posts: list[msgspec.Raw]
    cursor: str | None = None


read_posts = decoder(Posts)
read_parts = decoder(dict[str, msgspec.Raw])
_read_collections = decoder(_Collections)


class _Notification(msgspec.Struct):
    uri: str
    cid: str
    author: views.Person
    reason: str
    indexedAt: str
    record: dict[str, Any]
    reasonSubject: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a collection: raw records, where it goes on, the last record's key."""

    answer: Answer
    records: list[bytes]
    cursor: str | None
    last_rkey: str | None


def read(answer: Answer, decode: Callable[[bytes], T], method: str) -> T:
    """An answer in the shape the lexicon names, which `decode` reads. Raises SourceError where it
    has another."""
    try:
        return decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise SourceError(
            f"the answer to {method} cannot be read: the server may be of another version"
        ) from None


def listed(
    session: Session, did: str, collection: str, cursor: str | None, size: int
) -> Iterator[Listing]:
    """The pages of a collection of the account's own repository, newest record key first."""
    method = "com.atproto.repo.listRecords"
    for _ in range(LONGEST_WALK):
        parameters: dict[str, str | int] = {"repo": did, "collection": collection, "limit": size}
        if cursor:
            parameters["cursor"] = cursor
        answer = session.get(method, parameters)
        page = read(answer, _read_listed, method)
        raws = [bytes(raw) for raw in page.records]
        following = page.cursor if raws and page.cursor != cursor else None
        yield Listing(answer, raws, following, _last_rkey(raws))
        if following is None:
            return
        cursor = following
    raise SourceError(f"{collection} did not end after {LONGEST_WALK} pages")


_read_record = decoder(Record)


def own_items(page: Listing, author: Author) -> tuple[list[Item], list[Skipped]]:
    """A page of the account's own records as Items; what cannot be read is kept raw."""
    items: list[Item] = []
    skipped: list[Skipped] = []
    for raw in page.records:
        try:
            record = _read_record(raw)
        except msgspec.MsgspecError as error:
            skipped.append(views.unreadable("listRecords", error, raw))
            continue
        item = records.own_item(record, raw, author)
        if item is None:
            skipped.append(Skipped(record.uri, None, "not a record address", True, raw))
        else:
            items.append(item)
    return items, skipped


def unknown_records(page: Listing, collection: str) -> list[Skipped]:
    """Records of a type that is no Item: kept raw, named by address."""
    found = []
    for raw in page.records:
        detail = f"{collection} is not turned into a record; kept as received"
        try:
            uri = _read_record(raw).uri
        except msgspec.MsgspecError:
            uri = collection
        found.append(Skipped(uri, None, detail, raw=raw))
    return found


def anyones_record(session: Session, address: Address) -> Answer | None:
    """A record by its address, asked where its repository lies. None where that cannot be told.

    Raises as Session.get does; Refused with the name RecordNotFound where it is not there.
    """
    base = session.repository_of(address.did)
    if base is None:
        return None
    parameters = {"repo": address.did, "collection": address.collection, "rkey": address.rkey}
    return ask_repository(session, base, "com.atproto.repo.getRecord", parameters)


def ask_repository(session: Session, base: str, method: str, parameters: Parameters) -> Answer:
    """A repository's own question: with the sign-in at home, without it anywhere else. What a
    stranger's server does (limits, nonsense) is Unreachable: it must not stop the run."""
    if base == session.repository:
        return session.get(method, parameters)
    try:
        return session.get_elsewhere(base, method, parameters)
    except Refused:
        raise
    except SourceError as error:
        raise Unreachable(str(error)) from None


def description(session: Session, did: str) -> Answer:
    """What a repository says of itself: handle, document, collections."""
    return session.get("com.atproto.repo.describeRepo", {"repo": did})


def collections(session: Session, did: str) -> list[str]:
    """The collections a repository holds."""
    return read(description(session, did), _read_collections, "describeRepo").collections


def own_record(session: Session, collection: str, rkey: str) -> tuple[Answer, bytes] | None:
    """One record of the account, None where there is none."""
    parameters = {"repo": session.did, "collection": collection, "rkey": rkey}
    try:
        answer = session.get("com.atproto.repo.getRecord", parameters)
    except Refused as refused:
        if refused.name == GONE:
            return None
        raise
    return answer, answer.body


REACTION_LISTS = {
    "like": ("app.bsky.feed.getLikes", "likes"),
    "repost": ("app.bsky.feed.getRepostedBy", "repostedBy"),
    "quote": ("app.bsky.feed.getQuotes", "posts"),
}
"""Form of a reaction -> (method, field of the answer)."""


def appview_pages(
    session: Session,
    method: str,
    parameters: Parameters,
    key: str,
    cursor: str | None = None,
    *,
    personal: bool = False,
) -> Iterator[tuple[Answer, list[msgspec.Raw]]]:
    """The pages of an AppView list with their entries still raw."""
    for _ in range(LONGEST_WALK):
        asked = {**parameters, "limit": 100, **({"cursor": cursor} if cursor else {})}
        answer = session.ask_appview(method, asked, personal=personal)
        body = read(answer, read_parts, method)
        entries = msgspec.json.decode(body.get(key, msgspec.Raw(b"[]")), type=list[msgspec.Raw])
        yield answer, entries
        following = msgspec.json.decode(body["cursor"]) if "cursor" in body else None
        if not isinstance(following, str) or following == cursor or not following:
            return
        cursor = following
    raise SourceError(f"{method} did not end after {LONGEST_WALK} pages")


_read_post_view = decoder(views.PostView)


def stated_counts(session: Session, uris: Sequence[str]) -> dict[str, dict[str, int]]:
    """The counts the AppView states for posts; nothing where there is no AppView."""
    found: dict[str, dict[str, int]] = {}
    try:
        for start in range(0, len(uris), BATCH):
            batch = list(uris[start : start + BATCH])
            answer = session.ask_appview("app.bsky.feed.getPosts", {"uris": batch})
            for raw in read(answer, read_posts, "getPosts").posts:
                view = _read_post_view(raw)
                found[view.uri] = views.counts(view)
    except (NoAppView, Refused, Unreachable, msgspec.MsgspecError):
        return found
    return found


_read_notification = decoder(_Notification)


def notifications(
    session: Session, own_did: str, resume: str | None, since: str | None
) -> Iterator[Page]:
    """What the platform tells the account happened: mentions as comments, and the posts touched."""
    method = "app.bsky.notification.listNotifications"
    oldest = clock.parse(since) if since else None
    pages = appview_pages(session, method, {}, "notifications", resume, personal=True)
    for answer, entries in pages:
        items: list[Item] = []
        touched: set[str] = set()
        skipped: list[Skipped] = []
        last: dt.datetime | None = None
        for raw in entries:
            try:
                one = _read_notification(raw)
                last = clock.parse(one.indexedAt)
            except (msgspec.MsgspecError, ValueError) as error:
                skipped.append(views.unreadable(method, error, bytes(raw)))
                continue
            touched.update(_touched(one, own_did))
            if one.reason == "mention" and not views.beneath_own(one.record, own_did):
                items.append(_mention(one, bytes(raw), own_did))
        yield Page(
            items=items,
            skipped=skipped,
            exchange=answer.exchange,
            touched=tuple(sorted(touched)),
            resume=cursor_of(answer),
        )
        if oldest is not None and last is not None and last < oldest:
            return


def _mention(one: _Notification, raw: bytes, own_did: str) -> Item:
    return records.post_item(
        Record(one.uri, one.cid, one.record),
        raw,
        views.person_author(one.author, own_did),
        kind=Kind.COMMENT,
        form="mention",
    )


def _touched(one: _Notification, own_did: str) -> Iterator[str]:
    reply = one.record.get("reply")
    references = list(reply.values()) if isinstance(reply, dict) else []
    for uri in (one.reasonSubject, *(ref.get("uri") for ref in references if type(ref) is dict)):
        address = Address.parse(uri)
        if address and address.did == own_did and address.collection == records.POST:
            yield str(address)


def cursor_of(answer: Answer) -> str | None:
    cursor = msgspec.json.decode(answer.body).get("cursor")
    return cursor if isinstance(cursor, str) else None


def _last_rkey(raws: Sequence[bytes]) -> str | None:
    if not raws:
        return None
    try:
        address = Address.parse(_read_record(raws[-1]).uri)
    except msgspec.MsgspecError:
        return None
    return address.rkey if address else None
