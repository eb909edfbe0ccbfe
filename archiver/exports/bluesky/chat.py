"""The chat data: one line, one object, as the chat service names them (lexicons chat.bsky.*).

The lexicon of the export (chat.bsky.actor.exportAccountData) says that it is JSON lines and no
more, so a line is known by what it holds: a conversation, a message, a log entry around a message,
or a conversation with its messages inside. The same message may stand in several lines (written,
read, reacted to, deleted); they become one record, told by the last line that shows its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

import msgspec

from archiver.atproto.records import PLATFORM, plain, quoted_uri, stored_time
from archiver.exports.bluesky.lines import lines
from archiver.exports.counting import FileCount, Unit
from archiver.exports.elements import Element
from archiver.exports.guarding import guarded
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.items import (
    Author,
    AuthorRole,
    ContentState,
    Item,
    Kind,
    Skipped,
    Visibility,
)

_DEFS = "chat.bsky.convo.defs#"
_CHANGES = {
    "AddMember": "member added",
    "RemoveMember": "member removed",
    "MemberJoin": "member joined",
    "MemberLeave": "member left",
    "LockConvo": "conversation locked",
    "UnlockConvo": "conversation unlocked",
    "LockConvoPermanently": "conversation locked for good",
    "EditGroup": "group renamed",
    "CreateJoinLink": "join link made",
    "EditJoinLink": "join link changed",
    "EnableJoinLink": "join link enabled",
    "DisableJoinLink": "join link disabled",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A message as one line shows it, and the conversation the line names, if it does."""

    message: Mapping[str, Any]
    conversation: str | None
    deleted: bool


@dataclass(slots=True)
class _Survey:
    """What has to be known of all lines before the first message is given.

    `shown` tells for each message the last line that shows it best; `members` who is in each
    conversation, `places` in which conversation each message stands, `people` what members are
    called, `deleted` which messages are said to be gone.
    """

    shown: dict[str, tuple[bool, int]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    people: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)


class Chat:
    """The chat data of an account. `own` is its DID where it is known from elsewhere; where it is
    not, it is who stands in every one of several conversations. `notes` grow while it is read."""

    def __init__(self, reader: DownloadReader, member: str, own: str | None) -> None:
        self.member = member
        self.notes: list[str] = []
        with reader.open(member) as stream:
            self._survey = _surveyed(stream)
        self._own = own or _owner(self._survey)
        handle, name = self._survey.people.get(self._own or "", (None, None))
        self.identity = Identity(self._own, handle, name)

    def messages(self, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """The messages, each once, and what happened to the conversations."""
        for element in lines(stream):
            read = partial(self._units, element, count)
            yield from guarded(self.member, count, element, read)
        if fault := getattr(stream, "fault", None):
            count.complete = False
            count.reason = count.reason or str(fault)

    def _units(self, element: Element, count: FileCount) -> Iterator[Unit]:
        said = list(_said(element.value))
        if not said:
            yield self._other(element)
            return
        given: set[str] = set()
        for one in said:
            native_id = one.message["id"]
            if not isinstance(native_id, str):
                raise TypeError("a message is named by a text")
            shown = self._survey.shown[native_id] == (not one.deleted, element.index)
            if shown and native_id not in given:
                given.add(native_id)
                yield self._item(one, element, native_id)
            else:
                count.join()

    def _other(self, element: Element) -> Skipped:
        value = element.value
        told = value.get("$type") if isinstance(value, dict) else None
        what = told if isinstance(told, str) else "a line of another kind"
        if isinstance(value, dict) and "members" in value:
            what = "a conversation"
        return Skipped(self.member, element.index, f"{what[:80]}: it holds no message")

    def _item(self, said: Said, element: Element, native_id: str) -> Item:
        message, survey = said.message, self._survey
        place = survey.places.get(native_id) or said.conversation
        change, told = _change(message)
        sender = _did(message.get("sender")) or _did(_actor(message))
        everyone = survey.members.get(place or "", [])
        reactions = _reactions(message)
        gone = native_id in survey.deleted
        quoted = quoted_uri(_quoting(message))
        deleted = said.deleted
        form = change or ("deleted message" if deleted else "message")
        stable = {
            "deleted": gone,
            "facets": message.get("facets") or [],
            "id": native_id,
            "reactions": reactions,
            "sender": sender,
            "text": message.get("text"),
        }
        return Item(
            platform=PLATFORM,
            kind=Kind.MESSAGE,
            form=form,
            native_id=native_id,
            author=self._person(sender),
            created_at=stored_time(message.get("sentAt")),
            text=told or plain(message.get("text")),
            raw=element.raw,
            stable=msgspec.json.encode(stable, order="sorted"),
            root_id=place,
            links=tuple(dict.fromkeys([*_links(message), *([quoted] if quoted else [])])),
            recipients=tuple(self._person(one) for one in everyone if one != sender),
            visibility=Visibility.PRIVATE,
            content_state=ContentState.UNAVAILABLE if deleted else ContentState.FULL,
            metrics={"reactions": len(reactions)} if reactions else None,
            member=self.member,
            position=element.index,
        )

    def _person(self, did: str | None) -> Author:
        handle, name = self._survey.people.get(did or "", (None, None))
        role = AuthorRole.UNKNOWN
        if did and self._own:
            role = AuthorRole.AGENCY if did == self._own else AuthorRole.PUBLIC
        return Author(did, handle, name, role)


def _surveyed(stream: BinaryIO) -> _Survey:
    """Go through the lines once."""
    survey = _Survey()
    for element in lines(stream):
        if isinstance(element.value, dict):
            _take(element.value, element.index, survey)
    return survey


def _take(value: Mapping[str, Any], index: int, survey: _Survey) -> None:
    """What one line tells. A line that is not built as expected is told when it is read."""
    for convo in _conversations(value):
        _note_conversation(convo, survey)
    related = value.get("relatedProfiles")
    for person in related if isinstance(related, list) else []:
        _note_person(person, survey)
    for one in _said(value):
        native_id = one.message["id"]
        if not isinstance(native_id, str):
            continue
        if one.conversation:
            survey.places[native_id] = one.conversation
        if one.deleted or _type(value) == "logDeleteMessage":
            survey.deleted.add(native_id)
        best = (not one.deleted, index)
        survey.shown[native_id] = max(survey.shown.get(native_id, best), best)


def _conversations(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in (value, value.get("convo")):
        if isinstance(one, dict) and isinstance(one.get("members"), list) and "id" in one:
            yield one


def _note_conversation(convo: Mapping[str, Any], survey: _Survey) -> None:
    members = [did for did in map(_did, convo["members"]) if did]
    survey.members[str(convo["id"])] = members
    for person in convo["members"]:
        _note_person(person, survey)


def _note_person(person: object, survey: _Survey) -> None:
    did = _did(person)
    if did is None or not isinstance(person, dict):
        return
    handle, name = person.get("handle"), person.get("displayName")
    survey.people[did] = (
        handle if isinstance(handle, str) else None,
        plain(name) or None,
    )


def _owner(survey: _Survey) -> str | None:
    """Who is in every one of several conversations; None where that is not one person."""
    groups = [set(members) for members in survey.members.values() if members]
    if len(groups) < 2:
        return None
    common = set.intersection(*groups)
    return common.pop() if len(common) == 1 else None


def _said(value: object) -> Iterator[Said]:
    """The messages a line shows."""
    if not isinstance(value, dict):
        return
    conversation = value.get("convoId")
    convo = value.get("convo")
    if conversation is None and isinstance(convo, dict):
        conversation = convo.get("id")
    place = conversation if isinstance(conversation, str) else None
    inside = value.get("messages")
    if isinstance(inside, list):
        own = value.get("id") if "members" in value else None
        place = place or (own if isinstance(own, str) else None)
    else:
        inside = [value.get("message", value)]
    for message in inside:
        if isinstance(message, dict) and "sentAt" in message and "id" in message:
            yield Said(message, place, _is_deleted(message))


def _is_deleted(message: Mapping[str, Any]) -> bool:
    return _type(message) == "deletedMessageView" or not ({"text", "data"} & set(message))


def _type(value: Mapping[str, Any]) -> str:
    told = value.get("$type")
    return told.removeprefix(_DEFS) if isinstance(told, str) else ""


def _did(person: object) -> str | None:
    did = person.get("did") if isinstance(person, dict) else None
    return did if isinstance(did, str) else None


def _actor(message: Mapping[str, Any]) -> object:
    """Who made the change a message of the service tells of."""
    data = message.get("data")
    if not isinstance(data, dict):
        return None
    named = ("addedBy", "removedBy", "lockedBy", "unlockedBy", "approvedBy", "member")
    return next((data[one] for one in named if one in data), None)


def _change(message: Mapping[str, Any]) -> tuple[str, str]:
    """The form and the words of a message by which the service tells of a change; "" for others."""
    data = message.get("data")
    if not isinstance(data, dict):
        return "", ""
    name = _type(data).removeprefix("systemMessageData")
    form = _CHANGES.get(name, "change to the conversation")
    parts = [plain(data.get("oldName")), plain(data.get("newName"))]
    about = _did(data.get("member"))
    words = " → ".join(part for part in parts if part) or about or ""
    return form, f"({form}{': ' if words else ''}{words})"


def _reactions(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = message.get("reactions")
    return [
        {"by": _did(one.get("sender")), "value": one.get("value")}
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    ]


def _quoting(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message's embed in the form a record has it: the view names the record inside."""
    embed = message.get("embed")
    if not isinstance(embed, dict):
        return {}
    return {"embed": {"$type": "app.bsky.embed.record", "record": embed.get("record")}}


def _links(message: Mapping[str, Any]) -> Iterator[str]:
    for facet in message.get("facets") or []:
        for feature in facet.get("features") or []:
            if isinstance(feature.get("uri"), str):
                yield plain(feature["uri"])
