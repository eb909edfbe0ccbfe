"""Asking by id what became of a record: present, gone for certain, or cannot tell."""

from __future__ import annotations

from typing import Any

import msgspec

from archiver.atproto.records import POST, Address, Record, own_item, post_item
from archiver.decoding import decoder
from archiver.errors import CredentialError, RateLimited, SourceError
from archiver.items import Confirmation, Confirmed, Item, Kind
from archiver.platforms.bluesky import asking, views
from archiver.platforms.bluesky.session import Refused, Session
from archiver.platforms.http import Answer

GONE = "RecordNotFound"


def confirmed(session: Session, native_id: str) -> Confirmed:
    """What became of one record.

    Gone only when its repository says RecordNotFound and then still answers for itself: a server
    that has lost, hidden or moved the whole repository says nothing about one record.
    Raises CredentialError and RateLimited; every other failure is "cannot tell".
    """
    try:
        parts = views.split_reaction_id(native_id)
        if parts is not None:
            return _confirmed_reaction(session, native_id, *parts)
        address = Address.parse(native_id)
        if address is None:
            return Confirmed(native_id, Confirmation.CANNOT_TELL, None)
        return _confirmed_record(session, native_id, address)
    except (CredentialError, RateLimited):
        raise
    except SourceError:
        return Confirmed(native_id, Confirmation.CANNOT_TELL, None)


def _confirmed_record(session: Session, native_id: str, address: Address) -> Confirmed:
    try:
        answer = asking.anyones_record(session, address)
    except Refused as refused:
        if refused.name != GONE or not _repository_answers(session, address.did):
            return Confirmed(native_id, Confirmation.CANNOT_TELL, refused.exchange)
        return Confirmed(native_id, Confirmation.GONE, refused.exchange, removed_by="author")
    if answer is None:
        return Confirmed(native_id, Confirmation.CANNOT_TELL, None)
    return Confirmed(
        native_id, Confirmation.PRESENT, answer.exchange, _item(session, address, answer.body)
    )


_read_record = decoder(Record)


def _item(session: Session, address: Address, raw: bytes) -> Item | None:
    """The record as it stands now; None where it is another or cannot be read."""
    try:
        record = _read_record(raw)
    except msgspec.MsgspecError:
        return None
    if record.uri != str(address):
        return None
    author = views.person_author(views.Person(address.did), session.did)
    if address.collection == POST:
        return post_item(record, raw, author, kind=Kind.COMMENT)
    return own_item(record, raw, author)


_read_post_view = decoder(views.PostView)


def _confirmed_reaction(
    session: Session, native_id: str, uri: str, form: str, who: str
) -> Confirmed:
    """Likes, reposts and labels have no address to ask for: the whole list is asked again. Someone
    who is suspended, blocked or has left drops out of it without having taken anything back."""
    if form == "label":
        answer = session.ask_appview("app.bsky.feed.getPosts", {"uris": [uri]})
        for raw in asking.read(answer, asking.read_posts, "getPosts").posts:
            view = _read_post_view(raw)
            stands = any(f"{label.src}/{label.val}" == who for label in view.labels)
            verdict = Confirmation.PRESENT if stands else Confirmation.GONE
            return Confirmed(native_id, verdict, answer.exchange)
        return Confirmed(native_id, Confirmation.CANNOT_TELL, answer.exchange)
    method, key = asking.REACTION_LISTS[form]
    last: Answer | None = None
    for answer, entries in asking.appview_pages(session, method, {"uri": uri}, key):
        last = answer
        for entry in entries:
            if who in _people_in(entry):
                return Confirmed(native_id, Confirmation.PRESENT, answer.exchange)
    profile = asking.read(
        session.ask_appview("app.bsky.actor.getProfile", {"actor": who}), _read_viewed, "getProfile"
    )
    between = profile.viewer or {}
    shut_out = any(between.get(name) for name in ("blocking", "blockedBy", "muted"))
    if last is None or shut_out:
        return Confirmed(native_id, Confirmation.CANNOT_TELL, None)
    return Confirmed(native_id, Confirmation.GONE, last.exchange, removed_by="author")


class _Viewed(msgspec.Struct):
    did: str
    viewer: dict[str, Any] | None = None


_read_viewed = decoder(_Viewed)


def _repository_answers(session: Session, did: str) -> bool:
    base = session.repository_of(did)
    if base is None:
        return False
    try:
        answer = asking.ask_repository(
            session, base, "com.atproto.repo.describeRepo", {"repo": did}
        )
    except Refused:
        return False
    return answer.status == 200


def _people_in(entry: msgspec.Raw) -> set[str]:
    body = msgspec.json.decode(entry)
    person = body.get("actor", body) if isinstance(body, dict) else {}
    did = person.get("did") if isinstance(person, dict) else None
    return {did} if isinstance(did, str) else set()
