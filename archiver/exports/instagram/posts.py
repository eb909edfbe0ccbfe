"""Posts, reels, stories and comments in Instagram's JSON since 2021."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats
from archiver.exports.documents import Path
from archiver.exports.elements import Element
from archiver.exports.instagram import labels
from archiver.exports.meta.told import (
    Account,
    Series,
    Told,
    item_of,
    media_id,
    mend,
    mended_object,
    read_arrays,
    rows,
    table,
    text,
)
from archiver.exports.times import since_1970
from archiver.items import Kind, MediaRef, Visibility

_ALT = ("Accessibility caption", "Alt text", "Texto alternativo")


class Posts:
    """Reads what was posted: an element is a post, or one picture of it. `form` says of which kind
    the list is, `visibility` who can see what is in it."""

    def __init__(
        self, account: Account, form: str, visibility: Visibility = Visibility.PUBLIC
    ) -> None:
        self._account = account
        self._form = form
        self._visibility = visibility
        self._series = Series()

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every post in a file."""
        repeats = self._series.of(self._form, member)

        def make(_: Path, element: Element) -> Iterator[Unit]:
            told = self._told(mended_object(element, count))
            yield item_of(self._account, told, repeats, element.raw, member, element.index)

        yield from read_arrays(stream, count, member, make)

    def _told(self, value: Mapping[str, Any]) -> Told:
        parts = list(rows(value.get("media"))) or ([value] if "uri" in value else [])
        named = labels.fields(value)
        at = value.get("creation_timestamp") or value.get("timestamp")
        at = at or next((one.get("creation_timestamp") for one in parts), None)
        told = Told(Kind.POST, self._form, self._form, since_1970(at), self._account.author)
        if told.at is None:
            raise ValueError("no time")
        words = [
            text(value.get("title")),
            labels.field(named, ("Caption", "Title", *labels.COMMENT)),
        ]
        words += [text(one.get("title")) for one in parts]
        told.text = next(filter(None, words), "")
        told.media = tuple(filter(None, (self._ref(one) for one in parts)))
        told.told_by = min((media_id(one.key) for one in told.media), default="")
        told.native_id = text(value.get("fbid")) or None
        told.visibility = self._visibility
        told.form = _form(self._form, parts)
        return told

    def _ref(self, part: Mapping[str, Any]) -> MediaRef | None:
        uri = text(part.get("uri"))
        if not uri:
            return None
        named = labels.fields(part)
        return self._account.members.ref(uri, labels.field(named, _ALT) or None)


def _form(form: str, parts: list[Mapping[str, Any]]) -> str:
    if form != "post":
        return form
    if len(parts) > 1:
        return "carousel"
    uri = text(parts[0].get("uri")).lower() if parts else ""
    return "video" if uri.endswith((".mp4", ".mov")) else "photo" if uri else "post"


class Comments:
    """Reads the comments the account wrote. What stands above one is known by its owner only."""

    def __init__(self, account: Account, place: str) -> None:
        self._account = account
        self._place = place
        self._series = Series()

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every comment in a file."""
        repeats = self._series.of(self._place, member)

        def make(_: Path, element: Element) -> Iterator[Unit]:
            yield from self._comment(element, count, repeats, member)

        yield from read_arrays(stream, count, member, make)

    def _comment(
        self, element: Element, count: FileCount, repeats: Repeats, member: str
    ) -> Iterator[Unit]:
        value = table(mend(element.value, element.raw, count))
        named = labels.fields(value)
        own, owner, at = _read(value, named)
        if at is None:
            raise ValueError("no time")
        yield item_of(
            self._account,
            comment_told(self._account, self._place, own, owner, at),
            repeats,
            element.raw,
            member,
            element.index,
        )


def comment_told(account: Account, place: str, own: str, owner: str, at: str) -> Told:
    """A comment of the account beneath what `owner` posted."""
    told = Told(Kind.COMMENT, "comment", place, at, account.author, own)
    told.recipients = (account.person(owner),) if owner else ()
    told.told_by = own
    return told


def _read(
    value: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str, str | None]:
    """The words, whose post they are under, and when. A field in a language that is not known here
    is told by its place: the words come first, the owner after them."""
    if named:
        texts = labels.values(named)
        own = labels.field(named, labels.COMMENT) or next(iter(texts), "")
        owner = labels.field(named, labels.OWNER) or next((one for one in texts if one != own), "")
        at = since_1970(next(labels.timestamps(named), value.get("timestamp")))
        return own, owner, at
    for one in rows(value.get("string_list_data")):
        return text(one.get("value")), text(value.get("title")), since_1970(one.get("timestamp"))
    raise ValueError("no comment")
