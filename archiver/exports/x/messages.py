"""Direct messages, one to one and in groups, with every event of a conversation, and the
encrypted ones, of which a download shows that they exist, between whom and when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from archiver.decoding import decoder
from archiver.exports.seen import SeenIds
from archiver.exports.x import media, values
from archiver.items import (
    Author,
    AuthorRole,
    ContentState,
    Item,
    Kind,
    MediaRef,
    Skipped,
    Visibility,
)

_EVENT_FORMS = {
    "joinConversation": "conversation joined",
    "participantsJoin": "participants joined",
    "participantsLeave": "participants left",
    "conversationNameUpdate": "group renamed",
    "conversationAvatarUpdate": "group picture changed",
    "reactionCreate": "reaction",
    "welcomeMessageCreate": "welcome message",
}
_TELLING = (
    *("createdAt", "initiatingUserId", "userIds", "participantsSnapshot", "name"),
    *("senderId", "reactionSenderId", "reactionKey", "eventId", "reactionCreatedAt"),
)
_encode = msgspec.json.Encoder().encode


class _Event(msgspec.Struct):
    conversation: str
    name: str
    body: Mapping[str, Any]
    raw: bytes


class Conversation(msgspec.Struct, rename="camel"):
    """A conversation whose messages are not decoded yet: there may be very many."""

    conversation_id: str | int = ""
    messages: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


class Wrapped(msgspec.Struct, rename="camel"):
    """An element of a file of conversations."""

    dm_conversation: Conversation


decode_conversation = decoder(Wrapped)
"""Decodes an element of a file of conversations in little memory."""
_decode_event = decoder(dict[str, Any])


class MessageParser:
    """Turns conversations into items, one for each message, event and reaction."""

    def __init__(self, account: Author, index: media.MediaIndex) -> None:
        self._account = account
        self._media = index
        self.seen = SeenIds()

    def author(self, native_id: str | None) -> Author:
        """The sender: the account itself, or someone of whom only the id is known."""
        if native_id is not None and native_id == self._account.native_id:
            return self._account
        role = AuthorRole.PUBLIC if native_id else AuthorRole.UNKNOWN
        return Author(native_id=native_id, role=role)

    def items(
        self, value: Any, raw: bytes, member: str, position: int, folders: Sequence[str]
    ) -> Iterator[Item | Skipped]:
        """Everything in one conversation. What is no known event is given as Skipped, raw."""
        for event in _events(value):
            if event is None:
                yield Skipped(member, position, "it is no conversation", failed=True, raw=raw)
                return
            known = event.name in _EVENT_FORMS or event.name == "messageCreate"
            if not known:
                detail = f"unknown conversation event {event.name[:40]!r}: kept as received"
                yield Skipped(member, position, detail, raw=event.raw)
                continue
            if event.name in ("messageCreate", "welcomeMessageCreate"):
                yield from self._message(event, member, position, folders)
            elif event.name == "reactionCreate":
                yield self._reaction(event.conversation, event.body, event.raw, member, position)
            else:
                yield self._change(event, member, position)

    def headers(self, value: Any, member: str, position: int) -> Iterator[Item | None]:
        """The messages a headers file tells of: None for each whose text the download holds, an
        item without text for each it does not (someone deleted it)."""
        for event in _events(value):
            if event is None:
                continue
            native_id = values.first_id(event.body, "id")
            if event.name != "messageCreate" or native_id is None or native_id in self.seen:
                yield None
                continue
            yield self._item(
                event,
                native_id,
                member,
                position,
                form="message",
                content_state=ContentState.UNAVAILABLE,
            )

    def _message(
        self, event: _Event, member: str, position: int, folders: Sequence[str]
    ) -> Iterator[Item | Skipped]:
        body = event.body
        native_id = values.first_id(body, "id")
        if native_id is None:
            yield Skipped(member, position, "a message without an id", failed=True, raw=event.raw)
            return
        self.seen.add(native_id)
        welcome = event.name == "welcomeMessageCreate"
        yield self._item(
            event,
            native_id,
            member,
            position,
            form=_EVENT_FORMS[event.name] if welcome else "message",
            text=values.text(body.get("text")),
            links=_links(body),
            media_refs=media.of_addresses(
                self._media, folders, native_id, _addresses(body.get("mediaUrls"))
            ),
        )
        for reaction in values.rows(body.get("reactions")):
            raw = _encode(reaction)
            yield self._reaction(event.conversation, reaction, raw, member, position, native_id)

    def _change(self, event: _Event, member: str, position: int) -> Item:
        body = event.body
        text = values.text(body.get("name")) if event.name == "conversationNameUpdate" else ""
        return self._item(
            event, _made_id(event), member, position, form=_EVENT_FORMS[event.name], text=text
        )

    def _item(
        self,
        event: _Event,
        native_id: str,
        member: str,
        position: int,
        *,
        form: str,
        text: str = "",
        links: tuple[str, ...] = (),
        media_refs: tuple[MediaRef, ...] = (),
        content_state: ContentState = ContentState.FULL,
    ) -> Item:
        body = event.body
        sender = values.first_id(body, "senderId", "initiatingUserId")
        stable = {key: one for key, one in body.items() if key != "reactions" and one}
        return Item(
            platform=values.PLATFORM,
            kind=Kind.MESSAGE,
            native_id=native_id,
            author=self.author(sender),
            created_at=values.time(body.get("createdAt")),
            text=text,
            raw=event.raw,
            stable=values.canonical({event.name: stable, "conversation": event.conversation}),
            form=form,
            root_id=event.conversation or None,
            links=links,
            recipients=self._recipients(event, sender),
            visibility=Visibility.PRIVATE,
            content_state=content_state,
            media=media_refs,
            member=member,
            position=position,
        )

    def _recipients(self, event: _Event, sender: str | None) -> tuple[Author, ...]:
        body = event.body
        ids = [
            *values.words([body.get("recipientId")]),
            *values.words(body.get("userIds")),
            *values.words(body.get("participantsSnapshot")),
        ]
        if not ids and event.name == "messageCreate":
            ids = [one for one in event.conversation.split("-") if one.isdecimal()]
            ids = ids if len(ids) == 2 else []
        return tuple(self.author(one) for one in dict.fromkeys(ids) if one != sender)

    def _reaction(
        self,
        conversation: str,
        body: Mapping[str, Any],
        raw: bytes,
        member: str,
        position: int,
        message: str | None = None,
    ) -> Item:
        event = _Event(conversation, "reactionCreate", body, raw)
        parent = message or values.first_id(body, "messageId", "eventId")
        own_id = values.first_id(body, "id", "eventId") if message else values.first_id(body, "id")
        return Item(
            platform=values.PLATFORM,
            kind=Kind.REACTION,
            native_id=own_id or _made_id(event),
            author=self.author(values.first_id(body, "senderId", "reactionSenderId")),
            created_at=values.time(body.get("createdAt") or body.get("reactionCreatedAt")),
            text=values.text(body.get("reactionKey")),
            raw=raw,
            stable=values.canonical({"reaction": body, "to": parent}),
            form="reaction",
            parent_id=parent,
            root_id=conversation or None,
            visibility=Visibility.PRIVATE,
            member=member,
            position=position,
        )


def _events(value: Any) -> Iterator[_Event | None]:
    """The events of a conversation with their own bytes; None where it is no conversation."""
    if isinstance(value, Wrapped):
        name = values.identifier(value.dm_conversation.conversation_id) or ""
        messages = value.dm_conversation.messages
        if messages is msgspec.UNSET:
            yield None
            return
        for raw in messages:
            own = bytes(raw)
            yield _event(name, _decoded(own), own)
        return
    outer = values.table(value)
    body = values.table(outer.get("dmConversation") or outer)
    loose = body.get("messages")
    if not isinstance(loose, list):
        yield None
        return
    for one in loose:
        yield _event(values.identifier(body.get("conversationId")) or "", one, _encode(one))


def _decoded(raw: bytes) -> Any:
    try:
        return _decode_event(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _event(conversation: str, value: Any, raw: bytes) -> _Event:
    if isinstance(value, dict) and len(value) == 1:
        name, body = next(iter(value.items()))
        if isinstance(body, dict):
            return _Event(conversation, name, body, raw)
    return _Event(conversation, "?", {}, raw)


def _made_id(event: _Event) -> str:
    """An id for an event X gives none: of what makes it that event, so that it has the same id in
    every download, whatever fields X adds."""
    told = [event.body.get(name) for name in _TELLING]
    digest = hashlib.sha256(values.canonical([event.conversation, event.name, told]))
    return f"{event.conversation}:{event.name}:{digest.hexdigest()[:16]}"


def _links(body: Mapping[str, Any]) -> tuple[str, ...]:
    found = (one.get("expanded") or one.get("url") for one in values.rows(body.get("urls")))
    return tuple(one for one in found if isinstance(one, str) and one)


def _addresses(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
