"""Posts, comments, stories, albums and events in Facebook's JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats
from archiver.exports.documents import Path
from archiver.exports.elements import Element
from archiver.exports.facebook.attachments import Attached, attached, event_lines, media_ref
from archiver.exports.meta.told import (
    Account,
    Series,
    Told,
    item_of,
    media_id,
    mended_object,
    numbered,
    plain,
    read_arrays,
    rows,
    table,
    text,
)
from archiver.exports.times import since_1970
from archiver.items import Author, AuthorRole, Item, Kind, MediaRef, Visibility

_VIDEO = re.compile(r"\.(?:mp4|mov|m4v|webm|3gp|avi)$", re.IGNORECASE)
_LIVE = re.compile(r"\b(?:was live|transmitió en vivo|estuvo en vivo)\b")
_REPLIED = re.compile(r"\b(?:replied to|respondió|ha respondido|a répondu)\b")
_OTHERS = re.compile(r"^(.{1,120}?) (?:wrote on|posted|shared|added|escribió|publicó|compartió) ")
Makes = Callable[[Mapping[str, Any], Element, Repeats, str], Iterator[Unit]]


class Posts:
    """Reads what was posted. `place` parts the lists from each other, for the same moment may be in
    two of them; `form` is said where the list is of one form. Lists of one place share a `series`:
    no post stands in two of them."""

    def __init__(
        self,
        account: Account,
        place: str = "post",
        form: str = "",
        visibility: Visibility = Visibility.PUBLIC,
        *,
        others: bool = False,
        series: Series | None = None,
    ) -> None:
        self._account = account
        self._place = place
        self._form = form
        self._visibility = visibility
        self._others = others
        self._series = series or Series()

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """Every post in a file."""
        yield from self._each(stream, count, member, self._post)

    def read_comments(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every comment the account wrote."""
        yield from self._each(stream, count, member, self._comment)

    def read_events(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every event the account held."""
        yield from self._each(stream, count, member, self._event)

    def read_media(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """Every picture or video of an album or of a list of them, and what stands beneath it."""
        yield from self._each(stream, count, member, self._picture)

    def _each(self, stream: BinaryIO, count: FileCount, member: str, make: Makes) -> Iterator[Unit]:
        repeats = self._series.of(self._place, member)

        def made(_: Path, element: Element) -> Iterator[Unit]:
            yield from make(mended_object(element, count), element, repeats, member)

        yield from read_arrays(stream, count, member, made)

    def _item(self, told: Told, element: Element, repeats: Repeats, member: str) -> Item:
        return item_of(self._account, told, repeats, element.raw, member, element.index)

    def _post(
        self, value: Mapping[str, Any], element: Element, repeats: Repeats, member: str
    ) -> Iterator[Unit]:
        if "label_values" in value:
            yield self._item(self._labelled(value), element, repeats, member)
            return
        at = since_1970(value.get("timestamp") or value.get("creation_timestamp"))
        if at is None:
            raise ValueError("no time")
        title = text(value.get("title"))
        hung = attached(value.get("attachments"), self._account.members)
        told = Told(Kind.POST, "", self._place, at, self._author(title))
        words = [*hung.own]
        for entry in rows(value.get("data")):
            words[:0] = filter(None, [text(entry.get("post"))])
            told.edited = since_1970(entry.get("update_timestamp")) or told.edited
        own = "\n\n".join(dict.fromkeys(words)) or "\n\n".join(dict.fromkeys(hung.captions))
        _dress(told, own, title, hung)
        told.form = self._form or _form(title, hung)
        told.visibility = self._visibility
        item = self._item(told, element, repeats, member)
        yield item
        yield from self._beneath(hung.comments, item.native_id, element, repeats, member)

    def _author(self, title: str) -> Author:
        if not self._others:
            return self._account.author
        found = _OTHERS.match(title)
        return Author(display_name=found[1] if found else None, role=AuthorRole.PUBLIC)

    def _labelled(self, value: Mapping[str, Any]) -> Told:
        """An element in the newest form: labels with values, and Facebook's own number."""
        labels = list(rows(value.get("label_values")))
        own = next((text(one.get("value")) for one in labels if _is_text(one)), "")
        number = text(value.get("fbid"))
        at = since_1970(value.get("timestamp")) or next(
            filter(None, (since_1970(one.get("timestamp_value")) for one in labels)), None
        )
        told = Told(Kind.POST, self._form or "post", self._place, at, self._account.author, own)
        if number:
            at_second = f":{value.get('timestamp')}" if self._form == "edit" else ""
            told.native_id = f"{self._form} {number}{at_second}" if at_second else number
        elif at is None:
            raise ValueError("no time and no number")
        told.links = tuple(filter(None, (text(one.get("href")) for one in labels)))
        refs = (media_ref(one, self._account.members) for one in rows(value.get("media")))
        told.media = tuple(one for one in refs if one is not None)
        told.parent_id = number or None if self._form == "edit" else None
        told.visibility = self._visibility
        return told

    def _comment(
        self, value: Mapping[str, Any], element: Element, repeats: Repeats, member: str
    ) -> Iterator[Unit]:
        title = text(value.get("title"))
        body = next(
            (table(one["comment"]) for one in rows(value.get("data")) if "comment" in one), {}
        )
        at = since_1970(value.get("timestamp") or body.get("timestamp"))
        if at is None:
            raise ValueError("no time")
        hung = attached(value.get("attachments"), self._account.members)
        told = Told(Kind.COMMENT, "comment", self._place, at, self._account.author)
        if group := text(body.get("group")):
            hung.words.append(f"Group: {group}")
        _dress(told, text(body.get("comment")), title, hung)
        told.form = "reply" if _REPLIED.search(title) else "comment"
        told.told_by = told.text or told.told_by
        yield self._item(told, element, repeats, member)

    def _event(
        self, value: Mapping[str, Any], element: Element, repeats: Repeats, member: str
    ) -> Iterator[Unit]:
        name = text(value.get("name")) or text(value.get("title"))
        at = since_1970(value.get("create_timestamp") or value.get("start_timestamp"))
        if not name or at is None:
            raise ValueError("no event")
        told = Told(Kind.POST, "event", self._place, at, self._account.author)
        told.text = "\n".join(event_lines({**value, "name": name}))
        told.told_by = str(value.get("start_timestamp") or name)
        yield self._item(told, element, repeats, member)

    def _picture(
        self, value: Mapping[str, Any], element: Element, repeats: Repeats, member: str
    ) -> Iterator[Unit]:
        ref = media_ref(value, self._account.members)
        if ref is None:
            raise ValueError("no picture")
        form = "video" if _VIDEO.search(ref.key) else "photo"
        at = since_1970(value.get("creation_timestamp"))
        told = Told(Kind.POST, form, self._place, at, self._account.author)
        told.text = text(value.get("description"))
        told.shown = told.text or text(value.get("title"))
        told.media = (ref,)
        told.native_id = numbered(ref.key)
        told.told_by = media_id(ref.key)
        item = self._item(told, element, repeats, member)
        yield item
        yield from self._beneath(
            list(rows(value.get("comments"))), item.native_id, element, repeats, member
        )

    def _beneath(
        self,
        comments: list[Mapping[str, Any]],
        parent: str,
        element: Element,
        repeats: Repeats,
        member: str,
    ) -> Iterator[Unit]:
        """What people wrote beneath a picture, which older downloads hold."""
        for one in comments:
            told = Told(
                Kind.COMMENT,
                "comment",
                parent,
                since_1970(one.get("timestamp")),
                self._account.person(text(one.get("author"))),
                text(one.get("comment")),
                parent_id=parent,
                root_id=parent,
            )
            told.told_by = told.text
            yield self._item(told, element, repeats, member)


def key_of_post(media: tuple[MediaRef, ...]) -> str:
    """What a post's key is made of beside list and minute: the first of its pictures. Its words are
    left out, so that an edited post stays the same post."""
    return min((media_id(one.key) for one in media), default="")


def _dress(told: Told, own: str, title: str, hung: Attached) -> None:
    told.text = own
    more = [one for one in dict.fromkeys(hung.words) if one and plain(one) not in plain(own)]
    told.shown = "\n\n".join(filter(None, [own or title, *more]))
    told.media = tuple(hung.media)
    told.links = tuple(dict.fromkeys(hung.links))
    told.told_by = key_of_post(told.media)


def _form(title: str, hung: Attached) -> str:
    for kind, form in (("poll", "poll"), ("event", "event"), ("life_event", "life event")):
        if kind in hung.kinds:
            return form
    if "note" in hung.kinds:
        return "note"
    if hung.media:
        video = any(_VIDEO.search(one.key) for one in hung.media)
        return ("live video" if _LIVE.search(title) else "video") if video else "photo"
    if hung.links:
        return "shared link"
    return "check-in" if "place" in hung.kinds else "post"


_TEXT_LABELS = frozenset(
    (
        "Message",
        "Text",
        "Post",
        "Content",
        "Caption",
        "Description",
        "Mensaje",
        "Texto",
        "Publicación",
    )
)


def _is_text(label: Mapping[str, Any]) -> bool:
    return text(label.get("label")) in _TEXT_LABELS and bool(text(label.get("value")))
