"""The Bluesky source: what an account holds, what others left beneath it, and who stands on its
lists (items.Source)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import BinaryIO, cast

import httpx
import msgspec

from archiver import clock
from archiver.config import resolve_secret
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
)
from archiver.platforms.bluesky import asking, beneath, confirming, people, records
from archiver.platforms.bluesky.session import (
    DEFAULT_SERVICE,
    PUBLIC_DIRECTORY,
    Session,
)
from archiver.platforms.http import loopback
from archiver.register.accounts import Account

COLLECTIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.POST: (records.POST, records.REPOST),
    Kind.REACTION: (records.LIKE, records.THREADGATE, records.POSTGATE),
}
LISTS: Mapping[Relation, str] = {
    Relation.FOLLOWING: records.FOLLOW,
    Relation.BLOCK: records.BLOCK,
}
SLACK = dt.timedelta(days=1)

CAPABILITIES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(Extent.FULL),
    Kind.PROFILE: Capability(Extent.FULL),
    Kind.COMMENT: Capability(
        Extent.PARTIAL,
        "replies, quotes and mentions as the AppView shows them: one that was written and deleted "
        "between two runs is never seen",
        "a nightly run, or several a day",
    ),
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
    directory = os.environ.get("ARCHIVER_BLUESKY_DIRECTORY") or (
        None if loopback(service) else PUBLIC_DIRECTORY
    )
    return BlueskySource(
        service,
        account.native_id or account.handle,
        lambda: resolve_secret(pointer),
        expected=account.native_id,
        display_name=account.display_name,
        directory=directory,
        appview=os.environ.get("ARCHIVER_BLUESKY_APPVIEW"),
    )


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
            yield from self._own(COLLECTIONS[what], resume, since)
            if what is Kind.POST and resume is None:
                yield from self._unknown_collections(since)

    def beneath(self, what: Kind, parents: Mapping[str, Mapping[str, int]]) -> Iterator[Page]:
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
            raw = msgspec.json.encode({"did": author.native_id, "handle": author.handle})
            return Page(items=[records.profile_item(None, raw, author)])
        answer, raw = found
        record = msgspec.json.decode(raw, type=records.Record)
        return Page(items=[records.profile_item(record, raw, author)], exchange=answer.exchange)

    def _own(
        self, collections: Sequence[str], resume: str | None, since: str | None
    ) -> Iterator[Page]:
        """The account's own records. The position is (collection, cursor)."""
        start, cursor = json.loads(resume) if resume else (collections[0], None)
        if start not in collections:
            raise SourceError("the walk cannot be continued from here: it starts again next time")
        oldest = clock.parse(since) - SLACK if since else None
        for index in range(collections.index(start), len(collections)):
            listed = asking.listed(
                self._session, self.native_id, collections[index], cursor, self._page_size
            )
            for page in listed:
                more = page.cursor is not None and not _older(page.last_rkey, oldest)
                position: tuple[str, str | None] | None = None
                if more:
                    position = (collections[index], page.cursor)
                elif index + 1 < len(collections):
                    position = (collections[index + 1], None)
                items, skipped = asking.own_items(page, self._author())
                items = self._with_counts(items)
                yield Page(
                    items=items,
                    skipped=skipped,
                    exchange=page.answer.exchange,
                    resume=json.dumps(position) if position else None,
                )
                if not more:
                    break
            cursor = None

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

    def _unknown_collections(self, since: str | None) -> Iterator[Page]:
        """Records of types that are no Item: kept raw and counted, never dropped in silence."""
        known = {name for names in COLLECTIONS.values() for name in names}
        known |= {*LISTS.values(), records.PROFILE}
        oldest = clock.parse(since) - SLACK if since else None
        for collection in asking.collections(self._session, self.native_id):
            if collection in known:
                continue
            for page in asking.listed(
                self._session, self.native_id, collection, None, self._page_size
            ):
                yield Page(
                    skipped=asking.unknown_records(page, collection),
                    exchange=page.answer.exchange,
                )
                if _older(page.last_rkey, oldest):
                    break

    def _people(self, relation: Relation, resume: str | None) -> Iterator[Page]:
        if relation in LISTS:
            yield from people.subjects(
                self._session, self.native_id, relation, LISTS[relation], resume, self._page_size
            )
        else:
            yield from people.people(self._session, self.native_id, relation, resume)


def blob_cid(digest: bytes) -> str:
    """The CID (version 1, raw, SHA-256) of bytes with that digest:
    https://atproto.com/specs/data-model#blob-type."""
    return "b" + base64.b32encode(b"\x01\x55\x12\x20" + digest).decode().lower().rstrip("=")


def _older(rkey: str | None, oldest: dt.datetime | None) -> bool:
    moment = records.tid_time(rkey) if rkey else None
    return oldest is not None and moment is not None and moment < oldest
