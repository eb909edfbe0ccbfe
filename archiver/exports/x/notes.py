"""Long posts. X keeps the full text of a post above 280 characters in a file of its own
(note-tweet.js), without the post's id; the post itself ends in an ellipsis. They are joined by
their second of creation and the text they share.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from archiver.decoding import unpacker
from archiver.exports.x import values
from archiver.items import Author, Item, Kind

LONG_ENOUGH = 120
COMPARED = 200


class Note(msgspec.Struct, frozen=True):
    """A long text. `raw` is the element as received."""

    note_id: str
    created_at: str | None
    updated_at: str | None
    text: str
    links: tuple[str, ...]
    core: dict[str, Any]
    raw: bytes
    member: str
    index: int
    deleted_at: str | None = None


_unpack: Callable[[bytes], Note] = unpacker(Note)


class NoteIndex:
    """The long texts of a download, kept in a temporary file and found by time or post id."""

    def __init__(self) -> None:
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the index)
        self._by_second: dict[str, list[tuple[int, int]]] = {}
        self._by_post: dict[str, tuple[int, int]] = {}
        self._joined: set[int] = set()
        self._places: list[tuple[int, int]] = []
        self._pack = msgspec.msgpack.Encoder().encode

    def __len__(self) -> int:
        return len(self._places)

    def add(self, note: Note, post_id: str | None) -> None:
        """Keep a long text; `post_id` is given by those downloads that name it."""
        packed = self._pack(note)
        place = (self._spool.tell(), len(packed))
        self._spool.write(packed)
        self._places.append(place)
        if note.created_at:
            self._by_second.setdefault(note.created_at[:19], []).append(place)
        if post_id:
            self._by_post[post_id] = place

    def for_post(self, post_id: str, created_at: str | None, text: str) -> Note | None:
        """The long text of this post, where there is one."""
        if not self._places:
            return None
        place = self._by_post.get(post_id)
        if place is not None:
            return self._take(place)
        if created_at is None or len(text) < LONG_ENOUGH:
            return None
        for second in _around(created_at[:19]):
            for place in self._by_second.get(second, ()):
                note = self._load(place)
                if _begins(note.text, text):
                    return self._take(place)
        return None

    def unjoined(self) -> Iterator[Note]:
        """The long texts no post was found for."""
        for place in self._places:
            if place[0] not in self._joined:
                yield self._load(place)

    def joined_by_member(self) -> dict[str, int]:
        """How many of each file were joined to a post."""
        found: dict[str, int] = {}
        for place in self._places:
            if place[0] in self._joined:
                member = self._load(place).member
                found[member] = found.get(member, 0) + 1
        return found

    def close(self) -> None:
        """Let the temporary file go."""
        self._spool.close()

    def _take(self, place: tuple[int, int]) -> Note:
        self._joined.add(place[0])
        return self._load(place)

    def _load(self, place: tuple[int, int]) -> Note:
        end = self._spool.seek(0, 2)
        self._spool.seek(place[0])
        note = _unpack(self._spool.read(place[1]))
        self._spool.seek(end)
        return note


def parse_note(value: Any, raw: bytes, member: str, index: int) -> tuple[Note, str | None] | None:
    """A long text out of an element of note-tweet.js, and the post's id where it is named; None
    where it is no such element."""
    outer = values.table(value)
    body = values.table(outer.get("noteTweet") or outer.get("notePost") or value)
    core = dict(values.table(body.get("core")))
    note_id = values.first_id(body, "noteTweetId", "notePostId", "id")
    if note_id is None or not isinstance(core.get("text"), str):
        return None
    links = tuple(
        link
        for one in values.rows(core.get("urls"))
        if isinstance(link := one.get("expandedUrl") or one.get("expanded_url"), str)
    )
    note = Note(
        note_id,
        values.time(body.get("createdAt")),
        values.time(body.get("updatedAt")),
        values.text(core["text"]),
        links,
        core,
        raw,
        member,
        index,
        values.time(body.get("deletedAt") or body.get("deleted_at")),
    )
    return note, values.first_id(body, "tweetId", "postId")


def _around(second: str) -> Iterator[str]:
    yield second
    try:
        digits = int(second[17:19])
    except ValueError:
        return
    for near in (digits + 1, digits - 1):
        if 0 <= near <= 59:
            yield f"{second[:17]}{near:02d}"


def _begins(long_text: str, shown: str) -> bool:
    """Whether the shown text is the beginning of the long one, links and ellipsis aside."""
    cut = shown.rfind("…")
    start = shown[:cut] if cut > 0 else shown
    start = start.rstrip()[:COMPARED]
    if long_text.startswith(start):
        return True
    return _without_mentions(long_text).startswith(_without_mentions(start))


def _without_mentions(text: str) -> str:
    parts = text.split()
    at = 0
    while at < len(parts) and parts[at].startswith("@"):
        at += 1
    return " ".join(parts[at:])


def note_item(note: Note, author: Author) -> Item:
    """A long text that no post was found for."""
    return Item(
        platform=values.PLATFORM,
        kind=Kind.POST,
        native_id=f"note:{note.note_id}",
        author=author,
        created_at=note.created_at,
        text=note.text,
        raw=note.raw,
        stable=values.canonical(note.core),
        form="long post",
        links=note.links,
        removed_at=note.deleted_at,
        member=note.member,
        position=note.index,
    )
