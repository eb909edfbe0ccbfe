"""Instagram's downloads of 2018 to 2020: a handful of files at the top, with times as ISO text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, BinaryIO

import msgspec

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats
from archiver.exports.documents import DocumentScanner, Path
from archiver.exports.elements import Element
from archiver.exports.guarding import ended, guarded
from archiver.exports.instagram.posts import comment_told
from archiver.exports.meta.conversations import key_of
from archiver.exports.meta.lists import HandledPeople
from archiver.exports.meta.told import (
    Account,
    Series,
    Told,
    item_of,
    media_id,
    mend,
    read_arrays,
    rows,
    table,
    text,
)
from archiver.exports.times import with_zone
from archiver.items import ContentState, Kind, Relation, Visibility

_FORMS = {
    "photos": "post",
    "videos": "post",
    "stories": "story",
    "igtv": "igtv",
    "profile": "profile photo",
    "direct": "direct",
}


_encode = msgspec.json.Encoder().encode


def _time(value: object) -> str | None:
    """These downloads name the zone from 2019 on; before, they leave it out and mean UTC."""
    told = text(value)
    return with_zone(told) or with_zone(told + "+00:00") if told else None


class OlderPosts:
    """Reads ``media.json``, ``comments.json`` and ``messages.json``."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._series = Series()

    def read_media(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every picture and video; one that was sent privately is private."""
        repeats = self._series.of("media", member)

        def make(at: Path, element: Element) -> Iterator[Unit]:
            value = table(mend(element.value, element.raw, count))
            form = _FORMS.get(at[-1] if at else "", "post")
            told = Told(Kind.POST, form, form, _time(value.get("taken_at")), self._account.author)
            uri = text(value.get("path"))
            if told.at is None or not uri:
                raise ValueError("no picture")
            told.text = text(value.get("caption"))
            told.media = (self._account.members.ref(uri),)
            told.told_by = media_id(uri)
            told.visibility = Visibility.PRIVATE if form == "direct" else Visibility.PUBLIC
            yield item_of(self._account, told, repeats, element.raw, member, element.index)

        yield from read_arrays(stream, count, member, make)

    def read_comments(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every comment: a list of a time, the words, and whose post it is under."""
        repeats = self._series.of("comment", member)

        def make(_: Path, element: Element) -> Iterator[Unit]:
            at, own, owner = (text(one) for one in mend(element.value, element.raw, count))
            told = comment_told(self._account, "comment", own, owner, _time(at) or "")
            if not told.at:
                raise ValueError("no time")
            yield item_of(self._account, told, repeats, element.raw, member, element.index)

        yield from read_arrays(stream, count, member, make)

    def read_messages(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every message; an element is a conversation, known by who takes part."""

        def make(_: Path, element: Element) -> Iterator[Unit]:
            value = table(mend(element.value, element.raw, count))
            parties = [text(one) for one in value.get("participants", [])]
            names = "\n".join(sorted(parties)).encode("utf-8", "surrogatepass")
            thread = "older:" + sha256(names).hexdigest()[:24]
            repeats = Repeats()
            received = table(element.value)["conversation"]
            for one, as_received in zip(value["conversation"], received, strict=True):
                told = self._told(table(one), thread, parties)
                raw = _encode(as_received)
                yield item_of(self._account, told, repeats, raw, member, element.index)

        yield from read_arrays(stream, count, member, make)

    def _told(self, body: Mapping[str, Any], thread: str, parties: list[str]) -> Told:
        sender = text(body.get("sender"))
        told = Told(
            Kind.MESSAGE,
            "message",
            thread,
            _time(body.get("created_at")),
            self._account.person(sender),
            text(body.get("text")),
            root_id=thread,
            visibility=Visibility.PRIVATE,
        )
        if told.at is None:
            raise ValueError("no time")
        told.recipients = tuple(self._account.person(one) for one in parties if one != sender)
        files = [text(body.get(name)) for name in ("media", "media_url", "animated_media_images")]
        told.media = tuple(self._account.members.ref(one) for one in files if one)
        links = (
            text(body.get(name)) for name in ("media_share_url", "link", "profile_share_username")
        )
        told.links = tuple(one for one in links if "://" in one)
        told.reactions = tuple(f"❤ {text(one.get('username'))}" for one in rows(body.get("likes")))
        if body.get("heart"):
            told.text = told.text or "❤️"
        if body.get("is_random") is None and not (told.text or told.media or told.links):
            told.state = ContentState.UNAVAILABLE
        told.told_by = key_of(told)
        return told


class OlderPeople:
    """Reads one list of ``connections.json``: a map of handles and since when."""

    def __init__(self, people: HandledPeople, key: str) -> None:
        self._people = people
        self._key = key

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every person on the list."""
        scanner = DocumentScanner(stream, lambda at: False)
        for _ in scanner:
            pass
        for at in scanner.values:
            if len(at) == 2 and at[0] == self._key:
                element = Element(count.read, at[1].encode("utf-8", "surrogatepass"), at[1])
                yield from guarded(
                    member,
                    count,
                    element,
                    lambda: [self._people.person(element.value)],  # noqa: B023
                )
        ended(scanner, count)


OLDER_LISTS = {
    "followers": Relation.FOLLOWER,
    "following": Relation.FOLLOWING,
    "blocked_users": Relation.BLOCK,
}
