"""Text as the archive's files hold it.

SQLite stores UTF-8, and a lone surrogate (half of an emoji, cut off by a platform) has no UTF-8.
Such a character is stored as a private-use one, reversibly:

    U+D800 … U+DFFF   ->  U+10F000 … U+10F7FF   (same order)
    U+10F000 … U+10F800, should a text really hold one  ->  U+10F800 and the character itself

NUL is stored as it is. The object as received (`Item.raw`) is never touched by this.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from archiver.items import Author, Item, MediaRef, Subscriber

_QUOTE = "\U0010f800"
_UNSTORABLE = re.compile("[\ud800-\udfff\U0010f000-\U0010f800]")
_STORED = re.compile("\U0010f800?[\U0010f000-\U0010f800]")
_UNSEARCHABLE = re.compile("[\0\U0010f000-\U0010f800]")
_SHIFT = 0x10F000 - 0xD800

ESCAPE_BYTES = b"\xf4\x8f"
"""How every escaped character (and a few more) begins in UTF-8: the cheap test for `to_stored`."""


def _escaped(found: re.Match[str]) -> str:
    char = found.group()
    return chr(ord(char) + _SHIFT) if ord(char) < 0x10000 else _QUOTE + char


def _unescaped(found: re.Match[str]) -> str:
    mark = found.group()
    return mark[1] if len(mark) == 2 else chr(ord(mark) - _SHIFT)


def to_stored(text: str) -> str:
    """The text in the form that can be stored; most texts come back unchanged."""
    return text if text.isascii() else _UNSTORABLE.sub(_escaped, text)


def from_stored(text: str) -> str:
    """The exact text again. It may hold lone surrogates, so it cannot always be encoded."""
    return text if text.isascii() else _STORED.sub(_unescaped, text)


def to_shown(text: str) -> str:
    """Stored text for a page or a packet: what no font can draw becomes U+FFFD."""
    return text if text.isascii() else _UNSTORABLE.sub("\ufffd", _STORED.sub("\ufffd", text))


def to_searchable(text: str) -> str:
    """Stored text for the index: characters that are no writing part words, never join them."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSEARCHABLE.sub(" ", text)


def _maybe(text: str | None) -> str | None:
    return None if text is None else to_stored(text)


def storable_author(author: Author) -> Author:
    """The author with every string in storable form."""
    return replace(
        author,
        native_id=_maybe(author.native_id),
        handle=_maybe(author.handle),
        display_name=_maybe(author.display_name),
    )


def _storable_media(ref: MediaRef) -> MediaRef:
    return replace(
        ref,
        key=to_stored(ref.key),
        name=_maybe(ref.name),
        media_type=_maybe(ref.media_type),
        alt_text=_maybe(ref.alt_text),
        url=_maybe(ref.url),
    )


def storable_item(item: Item) -> Item:
    """The item with every string in storable form; `raw` and `stable` stay as they are."""
    return replace(
        item,
        native_id=to_stored(item.native_id),
        author=storable_author(item.author),
        text=to_stored(item.text),
        form=to_stored(item.form),
        parent_id=_maybe(item.parent_id),
        root_id=_maybe(item.root_id),
        edit_id=_maybe(item.edit_id),
        language=_maybe(item.language),
        url=_maybe(item.url),
        links=tuple(to_stored(link) for link in item.links),
        recipients=tuple(storable_author(person) for person in item.recipients),
        media=tuple(_storable_media(ref) for ref in item.media),
        member=_maybe(item.member),
    )


def storable_subscriber(person: Subscriber) -> Subscriber:
    """The person on a list with every string in storable form."""
    return replace(
        person,
        native_id=to_stored(person.native_id),
        handle=_maybe(person.handle),
        display_name=_maybe(person.display_name),
        url=_maybe(person.url),
    )
