"""The objects of a Mastodon archive as its serializers write them: activities, posts, the actor."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from typing import Any

from archiver.demo.accounts import DemoAccount
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import RESIDENTS, Feed, Form, Post, snowflake
from archiver.demo.people import Resident, resident
from archiver.demo.pictures import HEIGHT, WIDTH

Object = dict[str, Any]

HOST = "social.alderglen.example.com"
ELSEWHERE = "social.example.net"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_UNLISTED_EVERY, _FOLLOWERS_EVERY, _EDITED_EVERY = 40, 90, 60
_OPTIONS = ("Saturday morning", "Sunday afternoon", "Neither")


def media_path(post: Post) -> str:
    """Where an archive keeps the picture of a post."""
    number = f"{snowflake(post.moment, post.number):018d}"
    folders = "/".join(number[at : at + 3] for at in range(0, 18, 3))
    ending = post.picture.extension if post.picture else "jpg"
    return f"media_attachments/files/{folders}/original/{post.dice_seed & 0xFFFFFFFF:08x}.{ending}"


class ActivityMaker:
    """Turns the posts of a feed into the activities of an outbox; every so many of them is a
    private mention."""

    def __init__(self, feed: Feed, layout: str, messages: int) -> None:
        self.feed = feed
        self.layout = layout
        self._every = feed.total // messages if messages else 0
        self._messages = messages
        self.uri = actor_uri(feed.account, layout)

    @property
    def public_total(self) -> int:
        """What the server counts: private mentions are not in it."""
        return self.feed.total - sum(map(self.is_message, range(self.feed.total)))

    def is_message(self, number: int) -> bool:
        """Whether the post of that number is a private mention."""
        if not self._every or number // self._every >= self._messages:
            return False
        return number % self._every == self._every - 1

    def activities(self) -> Iterator[tuple[str, Object]]:
        """Every activity and what it is, the oldest first."""
        for number in range(self.feed.total):
            yield self._activity(self.feed.post(number))

    def _activity(self, post: Post) -> tuple[str, Object]:
        uri, moment = self.status(post.number), _time(post.moment)
        addresses = self._addresses(post)
        activity: Object = {
            "id": f"{uri}/activity",
            "type": "Create",
            "actor": self.uri,
            "published": moment,
            **addresses,
        }
        if post.form is Form.REPOST and not self.is_message(post.number):
            activity["type"] = "Announce"
            activity["object"] = _elsewhere(self._person(post), post)
            return "repost", activity
        form, note = self._note(post, uri, moment, addresses)
        activity["object"] = note
        if self.layout == "tar":
            activity["signature"] = {
                "type": "RsaSignature2017",
                "creator": f"{self.uri}#main-key",
                "created": moment,
                "signatureValue": "bm90IGEgc2lnbmF0dXJl",
            }
        return form, activity

    def status(self, number: int) -> str:
        """The address of a post."""
        if self.layout == "pleroma":
            one = Dice(seed_of(self.feed.seed, "object", number)).draw()
            return f"https://{HOST}/objects/{one:016x}"
        return f"{self.uri}/statuses/{self.number(number)}"

    def number(self, number: int) -> int:
        """The id the server gives a post."""
        return snowflake(self.feed.moment(number), number)

    def _note(self, post: Post, uri: str, moment: str, addresses: Object) -> tuple[str, Object]:
        message = self.is_message(post.number)
        form, answered, tags = "post", None, []
        body = post.text
        if message or post.form is Form.REPLY:
            person = self._person(post)
            tags.append(_mention(person))
            form = "private mention" if message else "reply"
            answered = _elsewhere(person, post) if not message else None
        elif post.form is Form.THREAD and post.number:
            form, answered = "reply", self.status(post.number - 1)
        content = _markup(body, tags, post)
        note: Object = {
            "id": uri,
            "type": "Note",
            "summary": post.topic.name if post.form is Form.LONG else None,
            "inReplyTo": answered,
            "published": moment,
            "url": uri if self.layout == "pleroma" else f"https://{HOST}/@city/{uri[-18:]}",
            "attributedTo": self.uri,
            **addresses,
            "sensitive": post.form is Form.LONG,
            "atomUri": uri,
            "conversation": f"tag:{HOST},2026-01-01:objectId={post.number}:objectType=Conversation",
            "content": content,
            "contentMap": {post.language: content},
            "attachment": [self._document(post)] if post.picture else [],
            "tag": [*tags, *map(_hashtag, post.hashtags)],
        }
        if self.layout == "new":
            note["context"] = f"https://{HOST}/contexts/{self.feed.account.native_id}-{post.number}"
        if post.number % _EDITED_EVERY == 5:
            note["updated"] = _time(post.moment + dt.timedelta(minutes=9))
        if form == "post" and post.form is Form.COMMUNITY:
            form = "poll"
            _make_poll(note, post)
        elif form == "post" and post.form is Form.QUOTE and self.layout == "new":
            form = "quote"
            quoted = _elsewhere(self._person(post), post)
            note |= {"quote": quoted, "_misskey_quote": quoted, "quoteUri": quoted}
        if self.layout in ("zip", "new"):
            note |= _collections(uri, post)
        return form, note

    def _addresses(self, post: Post) -> Object:
        number = post.number
        followers = f"{self.uri}/followers"
        people = [_person_uri(self._person(post))]
        if self.is_message(number):
            return {"to": people, "cc": []}
        if post.form not in (Form.REPLY, Form.REPOST):
            people = []
        if number % _FOLLOWERS_EVERY == 7:
            return {"to": [followers], "cc": people}
        if number % _UNLISTED_EVERY == 3:
            return {"to": [followers], "cc": [PUBLIC, *people]}
        return {"to": [PUBLIC], "cc": [followers, *people]}

    def _person(self, post: Post) -> Resident:
        number = Dice(seed_of(post.dice_seed, "person")).below(RESIDENTS)
        return post.person or resident(number, self.feed.seed)

    def _document(self, post: Post) -> Object:
        assert post.picture is not None
        path = media_path(post)
        if self.layout == "pleroma":
            link = {"href": f"https://{HOST}/media/{path[-30:]}", "type": "Link"}
            link["mediaType"] = post.picture.media_type
            told = {"mediaType": post.picture.media_type, "name": post.picture.alt_text}
            return {"type": "Document", **told, "url": [link]}
        prefix = "/alderglen-media/" if self.layout == "new" else ""
        return {
            "type": "Document",
            "mediaType": post.picture.media_type,
            "url": prefix + path,
            "name": post.picture.alt_text,
            "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
            "focalPoint": [0.0, 0.25],
            "width": WIDTH,
            "height": HEIGHT,
        }


def actor_uri(account: DemoAccount, layout: str) -> str:
    """The address of the account among servers."""
    if layout == "new":
        return f"https://{HOST}/ap/users/{account.native_id}"
    return f"https://{HOST}/users/city"


def actor(account: DemoAccount, layout: str) -> Object:
    """The account's actor.json."""
    uri = actor_uri(account, layout)
    described: Object = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": uri,
        "type": "Service",
        "following": f"{uri}/following",
        "followers": f"{uri}/followers",
        "inbox": f"{uri}/inbox",
        "outbox": "outbox.json",
        "preferredUsername": "city",
        "name": account.display_name,
        "summary": f"<p>{html.escape(account.bio)}</p>",
        "url": f"https://{HOST}/@city",
        "manuallyApprovesFollowers": False,
        "published": f"{account.opened_on}T00:00:00Z",
        "tag": [],
        "attachment": [
            {
                "type": "PropertyValue",
                "name": "Website",
                "value": '<a href="https://www.alderglen.example.com" rel="me nofollow noopener">'
                '<span class="invisible">https://</span><span>www.alderglen.example.com</span>'
                '<span class="invisible"></span></a>',
            }
        ],
        "likes": "likes.json",
        "bookmarks": "bookmarks.json",
    }
    if layout == "new":
        described["webfinger"] = account.handle
    if layout != "pleroma":
        described["icon"] = {"type": "Image", "mediaType": "image/png", "url": "avatar.png"}
        described["image"] = {"type": "Image", "mediaType": "image/jpeg", "url": "header.jpg"}
    return described


def _time(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _person_uri(person: Resident) -> str:
    return f"https://{ELSEWHERE}/users/{person.handle}"


def _elsewhere(person: Resident, post: Post) -> str:
    return f"{_person_uri(person)}/statuses/{snowflake(post.moment, post.number) - 4096}"


def _mention(person: Resident) -> Object:
    name = f"@{person.handle}@{ELSEWHERE}"
    return {"type": "Mention", "href": _person_uri(person), "name": name}


def _hashtag(tag: str) -> Object:
    href = f"https://{HOST}/tags/{tag.lower()}"
    return {"type": "Hashtag", "href": href, "name": f"#{tag.lower()}"}


def _markup(text: str, mentions: list[Object], post: Post) -> str:
    """The text as Mastodon writes it: paragraphs, links cut in three, mentions and hashtags."""
    parts = [
        f'<span class="h-card" translate="no"><a href="{one["href"]}" class="u-url mention">'
        f"@<span>{one['name'][1:].partition('@')[0]}</span></a></span> "
        for one in mentions
    ]
    parts.append(html.escape(text).replace("\n\n", "</p><p>").replace("\n", "<br />"))
    parts += [
        f' <a href="https://{HOST}/tags/{tag}" class="mention hashtag" rel="tag">'
        f"#<span>{tag}</span></a>"
        for tag in post.hashtags
    ]
    if post.link:
        shown = post.link.removeprefix("https://")
        parts.append(
            f' <a href="{post.link}" target="_blank" rel="nofollow noopener noreferrer">'
            f'<span class="invisible">https://</span><span class="ellipsis">{shown[:30]}</span>'
            f'<span class="invisible">{shown[30:]}</span></a>'
        )
    return f"<p>{''.join(parts)}</p>"


def _make_poll(note: Object, post: Post) -> None:
    note["type"] = "Question"
    note["endTime"] = _time(post.moment + dt.timedelta(days=3))
    note["votersCount"] = 31
    note["oneOf"] = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}}
        for name, votes in zip(_OPTIONS, (17, 11, 3), strict=True)
    ]


def _collections(uri: str, post: Post) -> Object:
    dice = Dice(seed_of(post.dice_seed, "counts"))
    replies = {"id": f"{uri}/replies", "type": "Collection"}
    likes = {"id": f"{uri}/likes", "type": "Collection", "totalItems": dice.below(40)}
    shares = {"id": f"{uri}/shares", "type": "Collection", "totalItems": dice.below(9)}
    return {"replies": replies, "likes": likes, "shares": shares}
