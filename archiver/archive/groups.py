"""The content of a version's six field groups, from an item and back.

Each group but text and raw is a JSON object or array whose exact bytes are stored and committed to;
what is empty is left out. Nothing here computes a hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from archiver.archive.media import StoredMedia
from archiver.archive.stored_text import to_searchable
from archiver.decoding import decoder
from archiver.items import Author, AuthorRole, Item, MediaRef

NO_MEDIA = "[]"
_encode = msgspec.json.Encoder().encode
_sorted = msgspec.json.Encoder(order="sorted").encode


def author_group(item: Item) -> bytes:
    """Who wrote it, and to whom it was sent: the fields of an `Author`, as they stand there."""
    author = item.author
    if not item.recipients:
        return _encode(author)
    return _encode({**msgspec.structs.asdict(author), "recipients": item.recipients})


def place_group(item: Item, account_id: int) -> bytes:
    """Which record it is, when it was made, where in a thread it stands, who could see it."""
    content: dict[str, Any] = {
        "platform": item.platform,
        "account": account_id,
        "kind": item.kind,
        "native_id": item.native_id,
        "created_at": item.created_at,
        "visibility": item.visibility,
    }
    if item.form:
        content["form"] = item.form
    if item.parent_id is not None:
        content["parent_id"] = item.parent_id
    if item.root_id is not None:
        content["root_id"] = item.root_id
    if item.edited_at is not None:
        content["edited_at"] = item.edited_at
    return _encode(content)


def details_group(
    item: Item,
    run_id: int,
    observed_at: str,
    late: bool,
    exchange_id: int | None,
    original_id: int | None,
) -> bytes:
    """Links and metadata: when it was observed, by which run and evidence, in what state."""
    content: dict[str, Any] = {
        "run": run_id,
        "observed_at": observed_at,
        "content_state": item.content_state,
    }
    if late:
        content["late"] = True
    if item.edit_id is not None:
        content["edit_id"] = item.edit_id
    if item.edit_position:
        content["edit_position"] = item.edit_position
    if item.language is not None:
        content["language"] = item.language
    if item.url is not None:
        content["url"] = item.url
    if item.links:
        content["links"] = item.links
    if exchange_id is not None:
        content["exchange"] = exchange_id
    if original_id is not None:
        content["original"] = original_id
    if item.member is not None:
        content["member"] = item.member
    if item.position is not None:
        content["position"] = item.position
    return _encode(content)


def media_group(item: Item, stored: Mapping[str, StoredMedia]) -> bytes:
    """The media it shows, in order, with the hash of their bytes where the archive holds them."""
    return _encode([_media(ref, stored.get(ref.key)) for ref in item.media])


def _media(ref: MediaRef, stored: StoredMedia | None) -> MediaFacts:
    media_type = stored.media_type if stored else ref.media_type
    digest = stored.sha256 if stored else None
    return MediaFacts(
        *(ref.key, ref.name, media_type, ref.alt_text, ref.url, ref.available, digest)
    )


def metrics_text(metrics: Mapping[str, int]) -> str:
    """Counters in the form they are stored and compared in."""
    return _sorted(metrics).decode()


class PersonFacts(msgspec.Struct, frozen=True):
    """A person as an author group names them."""

    native_id: str | None = None
    handle: str | None = None
    display_name: str | None = None
    role: str = AuthorRole.UNKNOWN.value


class AuthorFacts(PersonFacts, frozen=True):
    """An author group."""

    recipients: tuple[PersonFacts, ...] = ()


class PlaceFacts(msgspec.Struct, frozen=True):
    """A place group."""

    platform: str
    account: int
    kind: str
    native_id: str
    created_at: str | None
    visibility: str
    form: str = ""
    parent_id: str | None = None
    root_id: str | None = None
    edited_at: str | None = None


class DetailFacts(msgspec.Struct, frozen=True):
    """A details group."""

    run: int
    observed_at: str
    content_state: str
    late: bool = False
    edit_id: str | None = None
    edit_position: int = 0
    language: str | None = None
    url: str | None = None
    links: tuple[str, ...] = ()
    exchange: int | None = None
    original: int | None = None
    member: str | None = None
    position: int | None = None


class MediaFacts(msgspec.Struct, frozen=True):
    """One entry of a media group."""

    key: str
    name: str | None
    media_type: str | None
    alt_text: str | None
    url: str | None
    available: bool
    sha256: str | None


read_author = decoder(AuthorFacts)
read_place = decoder(PlaceFacts)
read_details = decoder(DetailFacts)
read_media = decoder(tuple[MediaFacts, ...])


def names_of(*people: Author | PersonFacts) -> list[str]:
    """The words by which people are found: handles and display names."""
    return [
        to_searchable(name)
        for person in people
        for name in (person.handle, person.display_name)
        if name
    ]


def words_of_media(*media: MediaRef | MediaFacts) -> list[str]:
    """The words by which media are found: file names and alternative texts."""
    return [to_searchable(word) for ref in media for word in (ref.name, ref.alt_text) if word]
