"""The one vocabulary between what is outside (platforms, downloads) and the archive.

Everything here is a frozen value. A source turns bytes into these; the archive stores them; neither
knows the other. Times are UTC, ISO 8601, ending in ``Z``. Text is kept as received: nothing here
repairs, trims or translates.

What comes by the hundred thousand (`Item` and what is in it, `Subscriber`) is a struct of msgspec,
which is made in a seventh of the time a frozen dataclass takes; `msgspec.structs.replace` changes
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol

import msgspec


class Kind(StrEnum):
    """What a record is."""

    POST = "post"
    COMMENT = "comment"
    MESSAGE = "message"
    PROFILE = "profile"
    REACTION = "reaction"


class Visibility(StrEnum):
    """Who could see it where it stood. Anything not PUBLIC was submitted or kept, not published."""

    PUBLIC = "public"
    HIDDEN = "hidden"
    PENDING = "pending"
    REJECTED = "rejected"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PRIVATE = "private"


class ContentState(StrEnum):
    """How much of the content the agency can read."""

    FULL = "full"
    TRUNCATED = "truncated"
    ENCRYPTED = "encrypted"
    UNAVAILABLE = "unavailable"


class Presence(StrEnum):
    """Whether it still stands on the platform; kept by the archive, never claimed by a guess."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class AuthorRole(StrEnum):
    """Whether the agency or a member of the public wrote it."""

    AGENCY = "agency"
    PUBLIC = "public"
    UNKNOWN = "unknown"


class Relation(StrEnum):
    """How a person on a list stands to the account."""

    FOLLOWER = "follower"
    FOLLOWING = "following"
    BLOCK = "block"
    MUTE = "mute"


class Access(StrEnum):
    """The access class: which file and folder something lies in (DESIGN §4)."""

    PUBLIC = "public"
    PRIVATE = "private"


class Extent(StrEnum):
    """How much of a kind a source or a walk covers."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Author(msgspec.Struct, frozen=True):
    """Who wrote or sent it, as far as the source says. Missing parts are None, never invented."""

    native_id: str | None = None
    handle: str | None = None
    display_name: str | None = None
    role: AuthorRole = AuthorRole.UNKNOWN


class MediaRef(msgspec.Struct, frozen=True):
    """A picture, video or file that belongs to an item, before its bytes are fetched.

    `key` is stable and unique within the source (a blob id, a member path); the same key is the
    same bytes. `available` is False when the source says it exists but does not hold the bytes.
    """

    key: str
    name: str | None = None
    media_type: str | None = None
    alt_text: str | None = None
    url: str | None = None
    available: bool = True


class Item(msgspec.Struct, frozen=True):
    """One record as a source shows it, at one moment.

    `native_id` is the platform's id of the record; where every edit has its own id (X), it is the
    first edit's id, `edit_id` the id of this edit and `edit_position` its place (0 = first).
    `stable` is the platform's object in canonical JSON (sorted keys) without volatile counters and
    signed addresses: a new version is written only when it differs. `raw` is the object as
    received. `root_id` is the native id of the first post of the thread, or of the conversation.
    `form` says more than `kind` where the platform does ("repost", "broadcast", "group renamed").
    `removed_at` is set only by a source's own dated statement of deletion, `removed_by` one of
    "author", "agency", "platform" or None. `member` and `position` say where in an imported
    original the object stands (file inside it, index in that file).
    """

    platform: str
    kind: Kind
    native_id: str
    author: Author
    created_at: str | None
    text: str
    raw: bytes
    stable: bytes
    form: str = ""
    parent_id: str | None = None
    root_id: str | None = None
    edited_at: str | None = None
    edit_id: str | None = None
    edit_position: int = 0
    language: str | None = None
    url: str | None = None
    links: tuple[str, ...] = ()
    recipients: tuple[Author, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    content_state: ContentState = ContentState.FULL
    media: tuple[MediaRef, ...] = ()
    metrics: Mapping[str, int] | None = None
    removed_at: str | None = None
    removed_by: str | None = None
    member: str | None = None
    position: int | None = None

    @property
    def access(self) -> Access:
        """The access class it belongs to: messages and whatever is private lie in private.db."""
        private = self.kind is Kind.MESSAGE or self.visibility is Visibility.PRIVATE
        return Access.PRIVATE if private else Access.PUBLIC


class Subscriber(msgspec.Struct, frozen=True):
    """A person or account on a list of the account (followers, blocks …)."""

    platform: str
    relation: Relation
    native_id: str
    handle: str | None = None
    display_name: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer, credentials already removed, ready to become a WARC pair.

    Headers are (name, value) pairs as sent; `response_body` is the stored body (still
    content-encoded unless `redacted`). `error` is set, and status None, when no answer came.
    """

    method: str
    url: str
    requested_at: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int | None
    reason: str
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes
    redacted: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something a source met and did not turn into an item, or could not read. Never silent.

    `failed` is True when it should have been readable. `detail` names place and cause in one line
    and quotes no content.
    """

    member: str
    position: int | None
    detail: str
    failed: bool = False
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A source's statement that a walk has given everything of one kind and form beneath a post.

    Without it nothing that a walk beneath that post did not show may be looked for as missing.
    """

    kind: Kind
    form: str
    under: str


@dataclass(frozen=True, slots=True)
class Span:
    """A source's statement that a page is everything of these forms by that author (native id),
    created from `after` on and before `before` (UTC; None: no bound on that side)."""

    kind: Kind
    forms: tuple[str, ...]
    author_id: str
    after: str | None
    before: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A step of a walk: what came, the exchange it came from, and how far the walk got.

    `resume` is an opaque position from which the same walk can be continued after a kill. `span`
    says for which stretch of time the page is exhaustive, `whole` what lies complete now beneath
    which posts; `touched` names the posts beneath which the platform says that something happened;
    `stated_count` is how many people a list holds by the platform's own count.
    """

    items: Sequence[Item] = ()
    subscribers: Sequence[Subscriber] = ()
    skipped: Sequence[Skipped] = ()
    exchange: Exchange | None = None
    resume: str | None = None
    span: Span | None = None
    whole: tuple[Whole, ...] = ()
    touched: tuple[str, ...] = ()
    stated_count: int | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """What a source gives of one kind or list: the extent, and where less than full, why.

    `instead` names what supplies it otherwise ("the platform's data download").
    """

    extent: Extent
    reason: str = ""
    instead: str = ""


class Confirmation(StrEnum):
    """A platform's answer to a question about one id."""

    PRESENT = "present"
    GONE = "gone"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of one native id, and the exchange that says so.

    `removed_by` is "author", "agency" or "platform" only where the answer itself shows it.
    """

    native_id: str
    answer: Confirmation
    exchange: Exchange | None
    item: Item | None = None
    removed_by: str | None = None


class MediaSource(Protocol):
    """Anything that can give the bytes of a media reference."""

    def open_media(self, ref: MediaRef) -> AbstractContextManager[BinaryIO] | None:
        """Open the bytes for reading, or None when the source does not hold them."""


class Source(MediaSource, Protocol):
    """A platform's interface (an API connector). One module per platform.

    `walk` yields pages newest first and stops by itself at the end of the list, or where it is
    older than `since`; the caller stops earlier when it has seen enough. It raises
    `errors.SourceError` subclasses on refusal, expiry, limits or an unreadable answer: an aborted
    walk proves no absence.
    """

    @property
    def platform(self) -> str:
        """The platform's name in the register."""

    @property
    def native_id(self) -> str | None:
        """The platform's own id of the account, where it has been learned."""

    @property
    def capabilities(self) -> Mapping[Kind | Relation, Capability]:
        """What it gives of each kind and list, and where less than full, why."""

    def walk(
        self, what: Kind | Relation, resume: str | None = None, since: str | None = None
    ) -> Iterator[Page]:
        """Walk everything of a kind, or a list of people, newest first."""

    def beneath(
        self, what: Kind, parents: Mapping[str, Mapping[str, int] | None]
    ) -> Iterator[Page]:
        """Walk what others left beneath the account's posts, post by post.

        `parents` maps a post's native id to how many present records of each form the archive holds
        beneath it: a list whose stated count is the same may be passed over. None asks for
        everything.
        """

    def confirm(self, kind: Kind, native_ids: Sequence[str]) -> Iterator[Confirmed]:
        """Ask for records by id: present, gone for certain, or cannot tell."""
