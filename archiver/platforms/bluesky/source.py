"""The Bluesky source: what an account holds, what others left beneath it, and who stands on its
lists (items.Source)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, cast

import httpx
from msgspec.structs import replace

from archiver import clock
from archiver.atproto import records
from archiver.atproto.cids import blob_cid
from archiver.config import resolve_secret
from archiver.decoding import decoder
from archiver.errors import CredentialError, SourceError
from archiver.items import (
    Author,
    AuthorRole,
    Capability,
    Confirmed,
    Extent,
    Item,
    Kind,
    MediaRef,
    Page,
    Relation,
    Span,
)
from archiver.platforms.bluesky import asking, beneath, confirming, people
from archiver.platforms.bluesky.session import (
    DEFAULT_SERVICE,
    PUBLIC_APPVIEW,
    PUBLIC_DIRECTORY,
    Session,
)
from archiver.platforms.http import loopback
from archiver.register.accounts import Account

COLLECTIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.POST: (records.POST, records.REPOST),
    Kind.REACTION: (records.LIKE, records.THREADGATE, records.POSTGATE),
}
FORMS: Mapping[str, tuple[str, ...]] = {
    records.POST: ("post", "reply", "quote"),
    records.REPOST: ("repost",),
    records.LIKE: ("like",),
    records.THREADGATE: ("reply rule",),
    records.POSTGATE: ("quote rule",),
}
LISTS: Mapping[Relation, str] = {
    Relation.FOLLOWING: records.FOLLOW,
    Relation.BLOCK: records.BLOCK,
}
SLACK = dt.timedelta(days=1)
Position = tuple[str | None, str | None, str | None]

CAPABILITIES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(Extent.FULL),
    Kind.PROFILE: Capability(Extent.FULL),
    Kind.COMMENT: Capability(Extent.FULL),
    Kind.REACTION: Capability(
        Extent.PARTIAL,
        "likes and reposts as the AppView lists them; it leaves out people who are blocked, "
        "suspended or have left",
    ),
    Kind.MESSAGE: Capability(
        Extent.NONE,
        "direct messages lie with Bluesky's separate chat service, which an ordinary app password "
        "does not open",
        "the account's own chat data, asked from Bluesky (Settings, Account, Export my data)",
    ),
    Relation.FOLLOWER: Capability(Extent.FULL),
    Relation.FOLLOWING: Capability(Extent.FULL),
    Relation.BLOCK: Capability(Extent.FULL),
    Relation.MUTE: Capability(Extent.FULL),
}


def open_bluesky(account: Account) -> BlueskySource:
    """The source for a registered account.

    The credential pointer leads to an app password. `account.service` is the server that holds the
    account (bsky.social where it names none). ARCHIVER_BLUESKY_DIRECTORY and
    ARCHIVER_BLUESKY_APPVIEW name another directory or AppView than the public ones.
    Raises CredentialError where the account has no credential.
    """
    pointer = account.credential
    if pointer is None:
        raise CredentialError(
            f"bluesky:{account.handle} has no credential: make an app password and register where "
            "it lies (archiver accounts add … --credential env:NAME)"
        )
    service = account.service or DEFAULT_SERVICE
    public = not loopback(service)
    directory = os.environ.get("ARCHIVER_BLUESKY_DIRECTORY")
    appview = os.environ.get("ARCHIVER_BLUESKY_APPVIEW")
    return BlueskySource(
        service,
        account.native_id or account.handle,
        lambda: resolve_secret(pointer),
        expected=account.native_id,
        display_name=account.display_name,
        directory=directory or (PUBLIC_DIRECTORY if public else None),
        appview=appview or (PUBLIC_APPVIEW if public else None),
    )


_read_record = decoder(records.Record)


class BlueskySource:
    """One account on one server. See items.Source for the protocol.

    `identifier` is a handle (a leading @ is dropped) or a DID; `secret` gives the app password when
    it is needed; `expected` is the DID the register knows, refused when the server says another.
    """

    platform = records.PLATFORM
    name = "bluesky-api"
    capabilities = CAPABILITIES

    def __init__(
        self,
        service: str,
        identifier: str,
        secret: Callable[[], str],
        *,
        expected: str | None = None,
        display_name: str | None = None,
        directory: str | None = None,
        appview: str | None = None,
        transport: httpx.BaseTransport | None = None,
        attempts: int = 3,
        page_size: int = 100,
        now: Callable[[], dt.datetime] | None = None,
    ) -> None:
        self._session = Session(
            service,
            identifier.removeprefix("@"),
            secret,
            directory=directory,
            appview=appview,
            transport=transport,
            attempts=attempts,
            now=now,
        )
        self._expected = expected
        self._display_name = display_name
        self._page_size = page_size
        self._counts: dict[str, dict[str, int]] = {}

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @property
    def native_id(self) -> str:
        """The account's DID, by signing in. Raises CredentialError where the register knows another
        one: the handle may have gone to somebody else."""
        did = self._session.did
        if self._expected and did != self._expected:
            raise CredentialError(
                f"the credential signs in to {did}, the register knows {self._expected}: "
                "correct the account in the register"
            )
        return did

    def walk(
        self, what: Kind | Relation, resume: str | None = None, since: str | None = None
    ) -> Iterator[Page]:
        """Everything of a kind or a list, newest first (items.Source).

        COMMENT gives mentions elsewhere and names the posts beneath which something happened; the
        replies themselves come from `beneath`.
        """
        if isinstance(what, Relation):
            yield from self._people(what, resume)
        elif what is Kind.PROFILE:
            yield self._profile()
        elif what is Kind.COMMENT:
            yield from asking.notifications(self._session, self.native_id, resume, since)
        elif what in COLLECTIONS:
            yield from self._own(what, resume, since)

    def beneath(
        self, what: Kind, parents: Mapping[str, Mapping[str, int] | None]
    ) -> Iterator[Page]:
        """What others left beneath posts of the account (items.Source): replies for COMMENT; likes,
        reposts, quotes and labels for REACTION."""
        if what is Kind.COMMENT:
            yield from beneath.threads(self._session, self.native_id, list(parents))
        elif what is Kind.REACTION:
            yield from beneath.reactions(self._session, self.native_id, parents, self._counts)

    def confirm(self, kind: Kind, native_ids: Sequence[str]) -> Iterator[Confirmed]:
        """Ask for records by id (items.Source)."""
        for native_id in native_ids:
            yield confirming.confirmed(self._session, native_id)

    def open_media(self, ref: MediaRef) -> AbstractContextManager[BinaryIO] | None:
        """The bytes of a blob, checked against its CID. None where its server does not give it.

        Raises SourceError where the bytes are not those the record names.
        """
        did, _, cid = ref.key.partition("/")
        found = self._session.blob(did, cid)
        if found is None:
            return None
        status, file = found
        if status != 200:
            file.close()
            return None
        digest = hashlib.sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
        if cid.startswith("bafkrei") and cid != blob_cid(digest.digest()):
            file.close()
            raise SourceError(
                f"the blob {cid} from {did} has other bytes than its id says: not stored"
            )
        file.seek(0)
        return cast(BinaryIO, file)

    def _author(self) -> Author:
        return Author(
            native_id=self.native_id,
            handle=self._session.handle,
            display_name=self._display_name,
            role=AuthorRole.AGENCY,
        )

    def _profile(self) -> Page:
        author = self._author()
        found = asking.own_record(self._session, records.PROFILE, "self")
        if found is None:
            bare = asking.description(self._session, self.native_id)
            return Page(
                items=[records.profile_item(None, bare.body, author)], exchange=bare.exchange
            )
        answer, raw = found
        record = _read_record(raw)
        return Page(items=[records.profile_item(record, raw, author)], exchange=answer.exchange)

    def _own(self, kind: Kind, resume: str | None, since: str | None) -> Iterator[Page]:
        """The account's own records, collection by collection. The position is (collection,
        cursor, time before which the collection is still to be read)."""
        collections = list(COLLECTIONS[kind])
        if kind is Kind.POST:
            collections += self._unknown_collections()
        start, cursor, before = json.loads(resume) if resume else (collections[0], None, None)
        if start not in collections:
            start, cursor, before = collections[0], None, None
        oldest = clock.parse(since) - SLACK if since else None
        for collection in collections[collections.index(start) :]:
            listed = asking.listed(
                self._session, self.native_id, collection, cursor, self._page_size
            )
            for page in listed:
                last = records.tid_time(page.last_rkey) if page.last_rkey else None
                more = page.cursor is not None and not (oldest and last and last < oldest)
                after = clock.to_text(last) if last and page.cursor else None
                span = self._span(kind, collection, after, before)
                if page.cursor is not None and last is None:
                    span = None
                elif after is not None:
                    before = after
                position: Position = (collection, page.cursor, before)
                if not more:
                    position = (_following(collections, collection), None, None)
                yield self._own_page(page, collection, span, position)
                if not more:
                    break
            cursor = before = None

    def _span(
        self, kind: Kind, collection: str, after: str | None, before: str | None
    ) -> Span | None:
        forms = FORMS.get(collection)
        return Span(kind, forms, self.native_id, after, before) if forms else None

    def _own_page(
        self,
        page: asking.Listing,
        collection: str,
        span: Span | None,
        position: Position,
    ) -> Page:
        resume = json.dumps(position) if position[0] else None
        exchange = page.answer.exchange
        if collection not in FORMS:
            unknown = asking.unknown_records(page, collection)
            return Page(skipped=unknown, exchange=exchange, resume=resume)
        items, skipped = asking.own_items(page, self._author())
        items = self._with_counts(items)
        return Page(items=items, skipped=skipped, exchange=exchange, resume=resume, span=span)

    def _with_counts(self, items: list[Item]) -> list[Item]:
        """The counts the AppView states beside the account's own posts, where there is one."""
        uris = [item.native_id for item in items if item.form in {"post", "reply", "quote"}]
        self._counts.update(asking.stated_counts(self._session, uris))
        return [
            replace(item, metrics=self._counts[item.native_id])
            if item.native_id in self._counts
            else item
            for item in items
        ]

    def _unknown_collections(self) -> list[str]:
        """Collections whose records are no Item: read all the same, kept raw and counted."""
        known = {*FORMS, *LISTS.values(), records.PROFILE}
        return sorted(set(asking.collections(self._session, self.native_id)) - known)

    def _people(self, relation: Relation, resume: str | None) -> Iterator[Page]:
        if relation in LISTS:
            yield from people.subjects(
                self._session, self.native_id, relation, LISTS[relation], resume, self._page_size
            )
        else:
            yield from people.people(self._session, self.native_id, relation, resume)


def _following(collections: Sequence[str], collection: str) -> str | None:
    rest = collections[collections.index(collection) + 1 :]
    return rest[0] if rest else None
