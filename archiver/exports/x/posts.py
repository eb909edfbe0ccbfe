"""Posts, in every spelling X has used: with and without the ``tweet`` wrapper, ids as numbers or
as text, ``edit_info`` or ``edit_history_…_ids``, deleted ones with their time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from archiver import clock
from archiver.exports.x import media, values
from archiver.exports.x.notes import Note, NoteIndex
from archiver.items import Author, ContentState, Item, Kind, Visibility

SNOWFLAKE_EPOCH = 1_288_834_974_657
_REPOST = re.compile(r"RT @\w{1,20}:? ")
_INLINE_NOTES = frozenset(("note_tweet", "note_post", "noteTweet"))
_EDIT_LISTS = (
    "edit_history_tweet_ids",
    "edit_history_post_ids",
    "editTweetIds",
    "editPostIds",
    "edit_tweet_ids",
    "edit_post_ids",
)
_VOLATILE = frozenset(
    (
        "favorite_count",
        "retweet_count",
        "reply_count",
        "quote_count",
        "bookmark_count",
        "impression_count",
        "view_count",
        "views",
        "public_metrics",
        "non_public_metrics",
        "organic_metrics",
        "favorited",
        "retweeted",
        "bookmarked",
        "edit_info",
        "edit_control",
        "edit_controls",
        "deleted_at",
        "deletedAt",
        "user",
        *_EDIT_LISTS,
    )
)
_COUNTERS = (
    ("favorite_count", "likes"),
    ("retweet_count", "reposts"),
    ("reply_count", "replies"),
    ("quote_count", "quotes"),
    ("bookmark_count", "bookmarks"),
)
_PARENTS = ("in_reply_to_status_id_str", "in_reply_to_status_id", "in_reply_to_post_id")
_ANSWERS = frozenset((*_PARENTS, "in_reply_to_user_id_str", "in_reply_to_user_id"))
_ROOTS = frozenset(("conversation_id_str", "conversation_id"))

# looking a member of an enumeration up costs as much as parsing a number
_POST = Kind.POST
_PUBLIC = Visibility.PUBLIC
_FULL = ContentState.FULL


class PostParser:
    """Turns elements into items. One per download: it knows the account, the long texts, the media
    and the times of deletion."""

    def __init__(
        self,
        account: Author,
        notes: NoteIndex,
        index: media.MediaIndex,
        deleted: Mapping[str, str],
    ) -> None:
        self._account = account
        self._notes = notes
        self._media = index
        self._deleted = deleted

    def item(
        self,
        value: Any,
        raw: bytes,
        member: str,
        position: int,
        source: str,
        folders: Sequence[str],
    ) -> Item | None:
        """The post in an element of a file of that `source` (the data type's name); None where
        the element is no post."""
        post = unwrapped(value)
        native_id = post.get("id_str")
        if type(native_id) is not str or not native_id:
            native_id = values.first_id(post, "id_str", "id")
            if native_id is None:
                return None
        shown = values.text(post.get("full_text") or post.get("text"))
        created_at = values.time(post.get("created_at"))
        edits = edit_ids(post) or [native_id]
        first = edits[0]
        note = self._notes.for_post(native_id, created_at, shown) if len(self._notes) else None
        if note is None and not _INLINE_NOTES.isdisjoint(post):
            note = _inline_note(post, raw, position)
        own_raw = note is not None and note.member
        form, visibility = _form(post, shown, source)
        deleted_at = self._deleted_at(post, native_id) if source.startswith("deleted") else None
        place = edits.index(native_id) if native_id in edits else len(edits)
        return Item(
            platform=values.PLATFORM,
            kind=_POST,
            native_id=first,
            author=self._account,
            created_at=created_at if place == 0 else _first_posted(first, created_at),
            text=note.text if note else shown,
            raw=raw + b"\n" + note.raw if note and own_raw else raw,
            stable=_stable(post, first, place, note),
            form=form,
            parent_id=None if _ANSWERS.isdisjoint(post) else values.first_id(post, *_PARENTS),
            root_id=None if _ROOTS.isdisjoint(post) else values.first_id(post, *_ROOTS),
            edited_at=created_at if place else None,
            edit_id=native_id,
            edit_position=place,
            language=values.language(post.get("lang")),
            url=f"https://x.com/i/web/status/{native_id}",
            links=_links(post, note),
            visibility=visibility,
            content_state=_content(post, shown, native_id, note),
            media=media.of_post(self._media, folders, post, native_id),
            metrics=_metrics(post),
            removed_at=deleted_at,
            member=member,
            position=position,
        )

    def _deleted_at(self, post: Mapping[str, Any], native_id: str) -> str | None:
        stated = values.time(post.get("deleted_at") or post.get("deletedAt"))
        return stated or self._deleted.get(native_id)


def unwrapped(value: Any) -> Mapping[str, Any]:
    """The post inside its wrapper, or the element itself where it has none."""
    outer = values.table(value)
    for name in ("tweet", "post", "communityTweet", "twitterCircleTweet"):
        inner = outer.get(name)
        if isinstance(inner, dict):
            return inner
    return outer


def edit_ids(post: Mapping[str, Any]) -> list[str]:
    """The ids of all edits of a post, the first one first."""
    info = post.get("edit_info")
    if isinstance(info, dict) and isinstance(info.get("initial"), dict):
        usual = info["initial"].get("editTweetIds")
        if isinstance(usual, list) and len(usual) == 1 and isinstance(usual[0], str):
            return usual
    return _any_edit_ids(post)


def _any_edit_ids(post: Mapping[str, Any]) -> list[str]:
    for name in _EDIT_LISTS:
        found = values.words(post.get(name))
        if found:
            return found
    info = values.table(post.get("edit_info") or post.get("edit_control"))
    initial = values.table(info.get("initial"))
    edit = values.table(info.get("edit"))
    for holder in (
        initial,
        values.table(edit.get("editControlInitial")),
        values.table(edit.get("edit_control_initial")),
        edit,
        info,
    ):
        for name in _EDIT_LISTS:
            found = values.words(holder.get(name))
            if found:
                return found
    first = values.first_id(edit, "initialTweetId", "initialPostId", "initial_tweet_id")
    return [first] if first else []


def _first_posted(first: str, edited_at: str | None) -> str | None:
    """When the first form of an edited post was posted. An edit does not say so; the id of the
    first form does, where X made it since November 2010: its upper bits count milliseconds. It
    is believed only within the day before the edit, for X allows an hour.
    """
    number = int(first) if first.isdecimal() else 0
    if edited_at is None or number < 1 << 40:
        return edited_at
    told = values.time(((number >> 22) + SNOWFLAKE_EPOCH) // 1000 * 1000)
    if told is None:
        return edited_at
    apart = (clock.parse(edited_at) - clock.parse(told)).total_seconds()
    return told if 0 <= apart <= 86_400 else edited_at


def _form(post: Mapping[str, Any], shown: str, source: str) -> tuple[str, Visibility]:
    if source == "twitter-circle-tweet":
        return "circle post", Visibility.PRIVATE
    if "retweeted_status" in post or (shown.startswith("RT @") and _REPOST.match(shown)):
        return "repost", _PUBLIC
    if not _ANSWERS.isdisjoint(post) and values.first_id(post, *_ANSWERS):
        return "reply", _PUBLIC
    return ("community post" if source == "community-tweet" else "post"), _PUBLIC


def _stable(post: Mapping[str, Any], first: str, place: int, note: Note | None) -> bytes:
    """The post without what changes by itself.

    Empty fields are left out, for X adds and drops them from year to year; so are the ids of later
    edits (an edit is a version of its own and does not change the one before) and the names of
    those it mentions (X writes the present ones, the text keeps the handle).
    """
    kept = {key: one for key, one in post.items() if one and key not in _VOLATILE}
    entities = kept.get("entities")
    if isinstance(entities, dict) and entities.get("user_mentions"):
        mentions = [
            {key: one for key, one in mention.items() if key != "name"}
            for mention in values.rows(entities["user_mentions"])
        ]
        kept["entities"] = {**entities, "user_mentions": mentions}
    kept["edit"] = [first, place]
    if note is not None:
        kept["note"] = note.core
    return values.canonical(kept)


def _links(post: Mapping[str, Any], note: Note | None) -> tuple[str, ...]:
    if note is not None and note.links:
        return note.links
    entities = post.get("entities")
    if not isinstance(entities, dict) or not entities.get("urls"):
        return ()
    found = (one.get("expanded_url") or one.get("url") for one in values.rows(entities["urls"]))
    return tuple(one for one in found if isinstance(one, str) and one)


def _content(
    post: Mapping[str, Any], shown: str, native_id: str, note: Note | None
) -> ContentState:
    if note is not None:
        return _FULL
    if post.get("truncated") is True or (shown.endswith("…") and _REPOST.match(shown)):
        return ContentState.TRUNCATED
    if "…" in shown[-40:]:
        for link in _links(post, None):
            found = re.search(r"/i/web/status/(\d+)", link)
            if found and found[1] == native_id:
                return ContentState.TRUNCATED
    return _FULL


def _metrics(post: Mapping[str, Any]) -> Mapping[str, int] | None:
    found: dict[str, int] = {}
    for key, name in _COUNTERS:
        if key in post:
            number = values.count(post[key])
            if number is not None:
                found[name] = number
    if "public_metrics" in post:
        for key, one in values.table(post["public_metrics"]).items():
            number = values.count(one)
            if number is not None:
                found.setdefault(key, number)
    return found or None


def _inline_note(post: Mapping[str, Any], raw: bytes, position: int) -> Note | None:
    """The long text where the post itself carries it (``note_tweet``, ``note_post``)."""
    for name in _INLINE_NOTES:
        inner = values.table(post.get(name))
        if isinstance(inner.get("text"), str):
            return Note("", None, None, values.text(inner["text"]), (), {}, raw, "", position)
    return None
