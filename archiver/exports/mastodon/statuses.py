"""One activity of an outbox as an Item: a post, a reply, a poll, a quote, a boost or a private
mention.

Serialized by Mastodon's app/serializers/activitypub/note_serializer.rb and by the like of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from archiver.exports.mastodon.attachments import Media
from archiver.exports.mastodon.audience import Audience, Reach, audience_of
from archiver.exports.mastodon.markup import Readable, readable
from archiver.exports.mastodon.owner import Owner
from archiver.exports.texts import whole
from archiver.exports.times import with_zone
from archiver.items import Author, AuthorRole, Item, Kind, Visibility

PLATFORM = "mastodon"
POLL = "Question"
WRITTEN = frozenset(
    ("Note", POLL, "Article", "Page", "Event", "Audio", "Video", "Image", "Document")
)
Options = list[tuple[str, int | None]]
_QUOTES = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")


class UnknownActivity(ValueError):
    """An activity or object of a type this program does not know. The message names it."""


@dataclass(slots=True)
class Statuses:
    """Makes Items of an account's activities, and counts how far they reach."""

    owner: Owner
    media: Media
    member: str
    reach: dict[Reach, int] = field(default_factory=lambda: dict.fromkeys(Reach, 0))

    def item(self, activity: Mapping[str, Any], raw: bytes, position: int) -> Item:
        """The record of an activity. Raises UnknownActivity, or what reading a value raises that
        is not as ActivityStreams has it."""
        kind = activity["type"]
        shown = activity["object"]
        if kind == "Announce":
            return self._boost(activity, shown, raw, position)
        if kind == "Create" and isinstance(shown, dict) and shown.get("type") in WRITTEN:
            return self._written(shown, raw, position)
        inner = shown.get("type") if isinstance(shown, dict) else None
        raise UnknownActivity(f"an activity of the unknown type {str(inner or kind)[:40]}")

    def _boost(self, activity: Mapping[str, Any], shown: Any, raw: bytes, position: int) -> Item:
        target = shown["id"] if isinstance(shown, dict) else shown
        uri = _text(activity["id"])
        about = self.owner.id_of(_text(target))
        audience = self._audience(activity)
        stable = {"object": target, "type": "Announce", "uri": uri}
        return Item(
            platform=PLATFORM,
            kind=Kind.POST,
            form="repost",
            native_id=self.owner.id_of(uri),
            author=self.owner.author,
            created_at=with_zone(activity.get("published")),
            text="",
            raw=raw,
            stable=msgspec.json.encode(stable, order="sorted"),
            parent_id=about,
            root_id=about,
            url=uri.removesuffix("/activity"),
            links=(target,),
            visibility=_visibility(audience),
            member=self.member,
            position=position,
        )

    def _written(self, note: Mapping[str, Any], raw: bytes, position: int) -> Item:
        uri = _text(note["id"])
        audience = self._audience(note)
        private = audience.reach is Reach.DIRECT
        content, quoted, options = _readable(note), _quoted(note), _options(note)
        answered = note.get("inReplyTo")
        parent = self.owner.id_of(answered) if isinstance(answered, str) else None
        refs = self.media.of(note)
        links = [*content.links, *_cards(note), *([quoted] if quoted else [])]
        url = note.get("url")
        created, updated = with_zone(note.get("published")), with_zone(note.get("updated"))
        thread = note.get("conversation") or note.get("context")
        return Item(
            platform=PLATFORM,
            kind=Kind.MESSAGE if private else Kind.POST,
            form=_form(note, parent, quoted, private),
            native_id=self.owner.id_of(uri),
            author=self.owner.author,
            created_at=created,
            edited_at=updated if updated != created else None,
            text=_text_of(note, content, options),
            raw=raw,
            stable=_stable(note, content, quoted, uri, options, self.media),
            parent_id=parent or (self.owner.id_of(quoted) if quoted else None),
            root_id=thread if private and isinstance(thread, str) else None,
            language=_language(note),
            url=whole(url) if isinstance(url, str) else uri,
            links=tuple(dict.fromkeys(map(whole, links))) if links else (),
            recipients=_recipients(note, audience) if private else (),
            visibility=_visibility(audience),
            media=refs,
            metrics=_metrics(note, options) or None,
            member=self.member,
            position=position,
        )

    def _audience(self, note: Mapping[str, Any]) -> Audience:
        audience = audience_of(note, self.owner.followers, self.owner.uri)
        self.reach[audience.reach] += 1
        return audience


def _visibility(audience: Audience) -> Visibility:
    seen_by_all = audience.reach in (Reach.PUBLIC, Reach.UNLISTED)
    return Visibility.PUBLIC if seen_by_all else Visibility.PRIVATE


def _form(note: Mapping[str, Any], parent: str | None, quoted: str | None, private: bool) -> str:
    if private:
        return "private mention"
    if note["type"] == POLL:
        return "poll"
    return "reply" if parent else "quote" if quoted else "post"


def _readable(note: Mapping[str, Any]) -> Readable:
    content = note.get("content")
    if not isinstance(content, str):
        found = note.get("contentMap")
        texts = list(found.values()) if isinstance(found, dict) else []
        content = next((one for one in texts if isinstance(one, str)), "")
    return readable(content)


def _text_of(note: Mapping[str, Any], content: Readable, options: Options) -> str:
    """The content warning, the title, the text, what could be chosen: each where there is one."""
    parts = []
    if warning := note.get("summary"):
        parts.append(f"CW: {readable(_text(warning)).text}")
    if title := note.get("name"):
        parts.append(whole(_text(title)))
    parts.append(content.text)
    parts.append("\n".join(f"○ {name}" for name, _ in options))
    return "\n\n".join(part for part in parts if part)


def _options(note: Mapping[str, Any]) -> Options:
    """What a poll lets people choose, and how many did."""
    options: Options = []
    for one in note.get("oneOf") or note.get("anyOf") or ():
        replies = one.get("replies")
        votes = replies.get("totalItems") if isinstance(replies, dict) else None
        options.append((whole(_text(one["name"])), _number(votes)))
    return options


def _quoted(note: Mapping[str, Any]) -> str | None:
    for name in _QUOTES:
        if isinstance(note.get(name), str):
            return str(note[name])
    return None


def _language(note: Mapping[str, Any]) -> str | None:
    found = note.get("contentMap")
    language = next(iter(found), None) if isinstance(found, dict) else None
    return language if language != "und" else None


def _cards(note: Mapping[str, Any]) -> Iterator[str]:
    """The link a preview was made of, which newer servers attach."""
    attached = note.get("attachment")
    for one in attached if isinstance(attached, list) else []:
        if isinstance(one, dict) and one.get("type") == "Link" and isinstance(one.get("href"), str):
            yield one["href"]


def _recipients(note: Mapping[str, Any], audience: Audience) -> tuple[Author, ...]:
    """The people a private mention is addressed to, with the names it writes them by."""
    tags = note.get("tag")
    names = {
        tag.get("href"): tag.get("name")
        for tag in (tags if isinstance(tags, list) else [])
        if isinstance(tag, dict) and tag.get("type") == "Mention"
    }
    return tuple(
        Author(native_id=one, handle=_handle(names.get(one)), role=AuthorRole.PUBLIC)
        for one in audience.people
    )


def _handle(name: Any) -> str | None:
    return whole(name).removeprefix("@") if isinstance(name, str) else None


def _metrics(note: Mapping[str, Any], options: Options) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, key in (("likes", "likes"), ("reposts", "shares")):
        collection = note.get(key)
        total = _number(collection.get("totalItems")) if isinstance(collection, dict) else None
        if total is not None:
            found[name] = total
    voters = _number(note.get("votersCount"))
    if voters is not None:
        found["voters"] = voters
    for name, votes in options:
        if votes is not None:
            found[f"votes for {name}"] = votes
    return found


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _stable(
    note: Mapping[str, Any],
    content: Readable,
    quoted: str | None,
    uri: str,
    options: Options,
    media: Media,
) -> bytes:
    """What matters of a post: not how a server's version writes its HTML or where it keeps the
    files, nor how many liked it."""
    warning = note.get("summary")
    form = {
        "attachment": media.stable(note),
        "inReplyTo": note.get("inReplyTo"),
        "language": _language(note),
        "links": content.links,
        "name": note.get("name"),
        "options": [name for name, _ in options],
        "quote": quoted,
        "sensitive": note.get("sensitive") or False,
        "summary": warning or None,
        "text": content.text,
        "type": note["type"],
        "uri": uri,
    }
    return msgspec.json.encode(form, order="sorted")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value
