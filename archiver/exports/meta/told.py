"""What an element tells, whatever layout it came in, and the record made of it.

Meta's records carry no ids, so most keys are derived. A key is made of what neither a later
download nor the other format (JSON, HTML) writes differently: the place (the conversation, the
list), the time to the minute (older pages show no seconds), and, of a message or comment, its text.
Names are left out: a person who changes theirs, or leaves, is renamed in all of a later download.
The text of a post is left out too: when the account edits it, it is another version of the same
post. Two that would have one key are told apart by their order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.documents import DocumentScanner, Path
from archiver.exports.elements import Element
from archiver.exports.guarding import ended, guarded
from archiver.exports.identity import Identity
from archiver.exports.meta.members import Members
from archiver.exports.texts import mended_values, whole
from archiver.items import (
    Author,
    AuthorRole,
    ContentState,
    Item,
    Kind,
    MediaRef,
    Visibility,
)

_canonical = msgspec.json.Encoder(order="sorted").encode
_ID = re.compile(r"\d{6,}")
_AGENCY = AuthorRole.AGENCY
_PUBLIC = Visibility.PUBLIC
_FULL = ContentState.FULL


@dataclass(frozen=True, slots=True)
class Account:
    """Whose download is read, on which platform, and where its files are. `names` are the names
    the account has or had; where none is known, nobody's role can be told."""

    platform: str
    author: Author
    names: frozenset[str]
    members: Members

    def person(self, name: str) -> Author:
        """Someone of whom the download tells the name only."""
        if not name:
            return Author()
        if name in self.names:
            return self.author
        return Author(
            display_name=name, role=AuthorRole.PUBLIC if self.names else AuthorRole.UNKNOWN
        )


def account_of(platform: str, identity: Identity, members: Members) -> Account:
    """The account of a download."""
    author = Author(identity.native_id, identity.handle, identity.display_name, _AGENCY)
    told = (identity.display_name, identity.handle, *identity.earlier_handles)
    return Account(platform, author, frozenset(name for name in told if name), members)


@dataclass(slots=True)
class Told:
    """A record before it has its key. `text` is its author's own words; `shown` what is shown and
    searched where that is more. `native_id` is set where the download gives an id. `told_by` is
    what a derived key holds beside kind, place and minute."""

    kind: Kind
    form: str
    place: str
    at: str | None
    author: Author
    text: str = ""
    shown: str = ""
    told_by: str = ""
    native_id: str | None = None
    media: tuple[MediaRef, ...] = ()
    links: tuple[str, ...] = ()
    edited: str | None = None
    root_id: str | None = None
    parent_id: str | None = None
    recipients: tuple[Author, ...] = ()
    reactions: tuple[str, ...] = ()
    visibility: Visibility = _PUBLIC
    state: ContentState = _FULL


def item_of(
    account: Account, told: Told, repeats: Repeats, raw: bytes, member: str, position: int
) -> Item:
    """The record, with its key."""
    native_id = told.native_id
    if native_id is None:
        key = derived_id(told.kind, told.place, minute(told.at), "", told.told_by)
        native_id = repeats.next(key)
    return Item(
        account.platform,
        told.kind,
        native_id,
        told.author,
        told.at,
        told.shown or told.text,
        raw,
        _stable(told),
        told.form,
        told.parent_id,
        told.root_id,
        told.edited,
        links=told.links,
        recipients=told.recipients,
        visibility=told.visibility,
        content_state=told.state,
        media=told.media,
        metrics={"reactions": len(told.reactions)} if told.reactions else None,
        member=member,
        position=position,
    )


def _stable(told: Told) -> bytes:
    """What a change makes a new version: what both formats tell, and not the names in it."""
    kept: dict[str, object] = {"text": plain(told.text)}
    if told.media:
        kept["media"] = sorted({media_id(one.key) for one in told.media})
    if told.edited:
        kept["edited"] = minute(told.edited)
    if told.reactions:
        kept["reactions"] = sorted(told.reactions)
    if told.visibility is not _PUBLIC and told.kind is not Kind.MESSAGE:
        kept["visibility"] = told.visibility.value
    return _canonical(kept)


def minute(at: str | None) -> str:
    """A time to the minute; empty where there is none."""
    return at[:16] if at else ""


def profile_item(account: Account, native_id: str, told: Mapping[str, str], member: str) -> Item:
    """The profile as the platform shows it. Its `raw` is what is shown and nothing else of the
    file, which holds addresses to sign in with and a birthday."""
    shown = _canonical(told)
    return Item(
        account.platform,
        Kind.PROFILE,
        native_id,
        account.author,
        None,
        "\n".join(told.values()),
        shown,
        shown,
        "profile",
        member=member,
        position=0,
    )


def mended_object(element: Element, count: FileCount) -> Mapping[str, Any]:
    """The object an element is, with its texts put right. Raises ValueError where it is none."""
    value = mend(element.value, element.raw, count)
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def plain(text: str) -> str:
    """A text for comparing: spaces and line breaks alike, letters composed."""
    tidy = " ".join(text.split())
    return tidy if tidy.isascii() else unicodedata.normalize("NFC", tidy)


def media_id(uri: str) -> str:
    """What names a media file in every layout: the number the platform gave it, which is the last
    long one in the file's name; else the name."""
    return numbered(uri) or uri.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def numbered(uri: str) -> str | None:
    """The number the platform gave a media file, or None where its name holds none."""
    found = _ID.findall(uri.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    return found[-1] if found else None


def mend(value: Any, raw: bytes, count: FileCount) -> Any:
    """A decoded element with its texts put right; counted where one was wrong."""
    if b"\\u00" not in raw and raw.isascii():
        return value
    better = mended_values(value)
    if better != value:
        count.mended += 1
    return better


def text(value: object) -> str:
    """A text, or the empty one where it is none."""
    if not isinstance(value, str):
        return ""
    return whole(value) if not value.isascii() else value


def table(value: object) -> Mapping[str, Any]:
    """An object, or an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of an array; one that stands alone is an array of one."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                yield one


def top_arrays(path: Path) -> bool:
    """The arrays at the top of a document, or of the object it is."""
    return len(path) <= 1


def read_arrays(
    stream: BinaryIO,
    count: FileCount,
    member: str,
    make: Callable[[Path, Element], Iterable[Unit]],
    wanted: Callable[[Path], bool] = top_arrays,
) -> Iterator[Unit]:
    """What `make` gives of each element of a file's arrays."""
    scanner = DocumentScanner(stream, wanted)
    for path, element in scanner:
        yield from guarded(member, count, element, lambda: make(path, element))  # noqa: B023
    ended(scanner, count)


class Series:
    """The order of records that could have one key, over the files of a series (one list, one
    conversation): it begins anew with the first file of each."""

    def __init__(self) -> None:
        self._name = ""
        self._first = ""
        self._repeats = Repeats()

    def of(self, name: str, member: str) -> Repeats:
        """For a file of the series `name`; files come in a fixed order."""
        if name != self._name or member == self._first:
            self._name, self._first, self._repeats = name, member, Repeats()
        return self._repeats
