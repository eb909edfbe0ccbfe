"""Encrypted messages (XChat, since 2025): message-event.js holds ciphertext only. That a message
exists, who sent it to whom and when is a record; what it says the agency cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archiver.exports.x import values
from archiver.exports.x.messages import MessageParser
from archiver.items import ContentState, Item, Kind, Skipped, Visibility

_MESSAGE = {"messageCreateEvent", "message_create_event", "messageCreate"}
_NOT_MESSAGES = {
    "markConversationReadEvent": "a read mark",
    "markConversationUnreadEvent": "a read mark",
    "conversationKeyChangeEvent": "a change of keys",
    "conversationMetadataChangeEvent": "a change of settings",
    "conversationDeleteEvent": "a note that a conversation was deleted",
    "messageDeleteEvent": "a note that messages were deleted",
    "memberAccountDeleteEvent": "a note that an account was deleted",
    "groupChangeEvent": "a change of the group",
    "messageTypingEvent": "a typing mark",
    "messageFailureEvent": "a failure notice",
    "requestForEncryptedResendEvent": "a technical request",
}


def encrypted_item(
    value: Any, raw: bytes, member: str, position: int, parser: MessageParser
) -> Item | Skipped:
    """The message in an element, or why it is none."""
    body = _body(value)
    detail = values.table(body.get("detail"))
    name = next(iter(detail), "") if detail else _inline_name(body)
    if name not in _MESSAGE:
        what = _NOT_MESSAGES.get(_camel(name), f"an unknown event {name[:40]!r}")
        detail_text = f"encrypted conversation: {what}, kept as received"
        return Skipped(member, position, detail_text, raw=raw)
    event = values.table(detail.get(name) or body.get(name))
    native_id = _first(body, event, "messageId", "message_id", "id", "sequenceId", "sequence_id")
    if native_id is None:
        return Skipped(member, position, "an encrypted message without an id", failed=True, raw=raw)
    sender = _first(body, event, "senderId", "sender_id")
    conversation = _first(body, event, "conversationId", "conversation_id")
    return Item(
        platform=values.PLATFORM,
        kind=Kind.MESSAGE,
        native_id=native_id,
        author=parser.author(sender),
        created_at=_time(body) or _time(event),
        text="",
        raw=raw,
        stable=values.canonical(value),
        form="encrypted message",
        root_id=conversation,
        recipients=tuple(
            parser.author(one) for one in _parties(body, event, conversation) if one != sender
        ),
        visibility=Visibility.PRIVATE,
        content_state=ContentState.ENCRYPTED,
        member=member,
        position=position,
    )


def _body(value: Any) -> Mapping[str, Any]:
    outer = values.table(value)
    for name in ("messageEvent", "message_event", "encryptedMessage"):
        inner = outer.get(name)
        if isinstance(inner, dict):
            return inner
    return outer


def _inline_name(body: Mapping[str, Any]) -> str:
    return next((name for name in body if _camel(name).endswith("Event")), "")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _first(body: Mapping[str, Any], event: Mapping[str, Any], *names: str) -> str | None:
    return values.first_id(body, *names) or values.first_id(event, *names)


def _time(source: Mapping[str, Any]) -> str | None:
    for name in ("createdAt", "createdAtMsec", "created_at_msec", "created_at", "timestamp"):
        found = values.time(source.get(name))
        if found is not None:
            return found
    return None


def _parties(
    body: Mapping[str, Any], event: Mapping[str, Any], conversation: str | None
) -> list[str]:
    named = values.words(body.get("participants")) or values.words(event.get("participantIds"))
    named = named or values.words([body.get("recipientId") or event.get("recipientId")])
    if not named and conversation:
        parts = conversation.replace(":", "-").split("-")
        named = [one for one in parts if one.isdecimal()] if len(parts) == 2 else []
    return list(dict.fromkeys(named))
