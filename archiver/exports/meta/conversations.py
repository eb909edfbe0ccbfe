"""Messages as JSON: a file for each ten thousand of a conversation, in Facebook's and Instagram's
downloads alike, and the other form in which Messenger hands out what is end-to-end encrypted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats
from archiver.exports.documents import DocumentScanner, Path
from archiver.exports.elements import Element
from archiver.exports.guarding import ended, guarded
from archiver.exports.meta.told import (
    Account,
    Series,
    Told,
    item_of,
    media_id,
    mend,
    plain,
    rows,
    table,
    text,
)
from archiver.exports.texts import mended_values
from archiver.exports.times import since_1970
from archiver.items import Author, ContentState, Item, Kind, MediaRef, Visibility

_NUMBER = re.compile(r"_?(\d{6,})$")
_FILES = ("photos", "videos", "audio_files", "gifs", "files")
_NAMED = re.compile(r" (?:named the group|changed the group name to) ")
_SENT = re.compile(r"^.{0,200} sent (?:an attachment|a location)\.$")


def thread_of(path: str) -> str:
    """What a conversation is called in every download: the number at the end of its folder's name
    (the words before it are the other's name, which changes); the whole name where it has none."""
    *folders, file = path.split("/")
    stem = file.rsplit(".", 1)[0]
    name = folders[-1] if folders and stem.startswith("message") else stem
    number = _NUMBER.search(name)
    return number[1] if number else name


class Conversations:
    """Reads conversations. One reader serves all of a download's."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._series = Series()
        self._people: dict[str, Author] = {}

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every message in a ``message_1.json``."""
        thread = thread_of(path)
        repeats = self._series.of(thread, member)
        scanner = DocumentScanner(stream, lambda at: at == ("messages",))
        parties: list[str] = []
        for found in scanner:
            if not parties:
                parties = self._parties(scanner.values)
            element = found.element
            yield from guarded(
                member,
                count,
                element,
                lambda: [self._message(element, count, thread, parties, repeats, member)],  # noqa: B023
            )
        _ended(scanner, count)

    def read_encrypted(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every message in a file of Messenger's download of end-to-end encrypted chats. Its name
        ends in a number that says nothing, so the conversation is known by who takes part."""
        scanner = DocumentScanner(stream, lambda at: at == ("messages",))
        parties: list[str] = []
        thread, repeats = "", Repeats()
        for found in scanner:
            if not parties:
                parties = self._parties(scanner.values)
                thread = _by_parties(parties)
                repeats = self._series.of(thread, member)
            element = found.element
            yield from guarded(
                member,
                count,
                element,
                lambda: [self._encrypted(element, count, thread, parties, repeats, member)],  # noqa: B023
            )
        _ended(scanner, count)

    def _parties(self, values: Mapping[Path, Any]) -> list[str]:
        loose = mended_values(values.get(("participants",)))
        if not isinstance(loose, list):
            return []
        names = [text(one) or text(table(one).get("name")) for one in loose]
        return [name for name in dict.fromkeys(names) if name]

    def _author(self, name: str) -> Author:
        known = self._people.get(name)
        if known is None:
            known = self._people[name] = self._account.person(name)
        return known

    def _told(self, thread: str, parties: list[str], sender: str, at: str | None) -> Told:
        return Told(
            Kind.MESSAGE,
            "message",
            thread,
            at,
            self._author(sender),
            root_id=thread,
            recipients=tuple(self._author(name) for name in parties if name != sender),
            visibility=Visibility.PRIVATE,
        )

    def _message(
        self,
        element: Element,
        count: FileCount,
        thread: str,
        parties: list[str],
        repeats: Repeats,
        member: str,
    ) -> Item:
        body = table(mend(element.value, element.raw, count))
        if "timestamp_ms" not in body and "sender_name" not in body:
            raise ValueError("no message")
        at = since_1970(body.get("timestamp_ms"), "ms")
        told = self._told(thread, parties, text(body.get("sender_name")), at)
        told.text = text(body.get("content"))
        told.media = self._media(body)
        told.reactions = tuple(
            f"{text(one.get('reaction'))} {text(one.get('actor'))}"
            for one in rows(body.get("reactions"))
        )
        share = table(body.get("share"))
        if share:
            told.links = tuple(filter(None, [text(share.get("link"))]))
            words = (text(share.get(name)) for name in ("share_text", "original_content_owner"))
            told.shown = "\n".join(filter(None, [told.text, *words]))
        told.form = _form(body, told)
        if body.get("is_unsent") is True or body.get("is_taken_down") is True:
            told.state = ContentState.FULL if told.text else ContentState.UNAVAILABLE
        told.told_by = key_of(told)
        return item_of(self._account, told, repeats, element.raw, member, element.index)

    def _media(self, body: Mapping[str, Any]) -> tuple[MediaRef, ...]:
        refs = []
        for name in _FILES:
            if name in body:
                refs += [
                    self._account.members.ref(text(one.get("uri"))) for one in rows(body[name])
                ]
        sticker = table(body.get("sticker")) if "sticker" in body else None
        if sticker:
            refs.append(self._account.members.ref(text(sticker.get("uri"))))
        return tuple(one for one in refs if one.key)

    def _encrypted(
        self,
        element: Element,
        count: FileCount,
        thread: str,
        parties: list[str],
        repeats: Repeats,
        member: str,
    ) -> Item:
        body = table(mend(element.value, element.raw, count))
        at = since_1970(body.get("timestamp"), "ms")
        told = self._told(thread, parties, text(body.get("senderName")), at)
        told.text = text(body.get("text"))
        told.media = tuple(
            self._account.members.ref(text(one.get("uri")).removeprefix("./"))
            for one in rows(body.get("media"))
            if text(one.get("uri"))
        )
        told.reactions = tuple(
            f"{text(one.get('reaction'))} {text(one.get('actor'))}"
            for one in rows(body.get("reactions"))
        )
        told.form = "encrypted message"
        if body.get("isUnsent") is True or body.get("type") == "placeholder":
            told.form = "unsent message"
            told.state = ContentState.FULL if told.text else ContentState.UNAVAILABLE
        told.told_by = key_of(told)
        return item_of(self._account, told, repeats, element.raw, member, element.index)


def _ended(scanner: DocumentScanner, count: FileCount) -> None:
    if ("messages",) not in scanner.values and scanner.fault is None:
        scanner.fault = "it holds no messages"
    ended(scanner, count)


def key_of(told: Told) -> str:
    """What a message's key is made of beside its conversation and minute: its text, or what is
    sent instead."""
    if told.text:
        return told.text
    if told.media:
        return "media " + " ".join(sorted(media_id(one.key) for one in told.media))
    return "link " + told.links[0] if told.links else ""


def _form(body: Mapping[str, Any], told: Told) -> str:
    if body.get("is_unsent") is True:
        return "unsent message"
    if body.get("is_taken_down") is True:
        return "message taken down"
    kind = body.get("type")
    if "call_duration" in body or kind == "Call" or body.get("missed") is True:
        return "call"
    if kind == "Subscribe":
        return "participants joined"
    if kind == "Unsubscribe":
        return "participants left"
    if _NAMED.search(told.text):
        return "group renamed"
    if told.links or _SENT.match(told.text):
        return "shared message"
    return "sticker" if "sticker" in body and not told.text else "message"


def _by_parties(parties: list[str]) -> str:
    names = "\n".join(sorted(plain(name) for name in parties))
    return "encrypted:" + sha256(names.encode("utf-8", "surrogatepass")).hexdigest()[:24]
