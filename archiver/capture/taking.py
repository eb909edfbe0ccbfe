"""Taking pages into the archive: media first, then rows in batches, no network call inside one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from msgspec import structs

from archiver import clock
from archiver.archive.media import StoredMedia, store_media
from archiver.archive.store import Archive
from archiver.archive.writing import Outcome, Run, batch, would_store
from archiver.capture.limits import Limits
from archiver.errors import CredentialError, RateLimited, SourceError
from archiver.items import (
    Access,
    Author,
    AuthorRole,
    Confirmation,
    Confirmed,
    Exchange,
    Item,
    Kind,
    MediaRef,
    MediaSource,
    Page,
    Relation,
    Visibility,
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A record that a walk did not show where it should have stood."""

    access: Access
    kind: Kind
    native_id: str
    form: str
    presence: str
    visibility: str
    parent_id: str | None
    root_id: str | None
    author: Author


@dataclass(frozen=True, slots=True)
class _Waiting:
    page: Page
    observed_at: str
    media: Mapping[str, StoredMedia]
    cursors: Mapping[str, str | None]
    relation: Relation | None = None
    first: bool = False
    complete: bool = False


@dataclass(slots=True)
class Taker:
    """Collects pages until they make a batch, so that a quiet night is a few transactions."""

    archive: Archive
    run: Run
    source: MediaSource
    limits: Limits
    counts: Counter[str] = field(default_factory=Counter)
    without_media: set[tuple[str, str, str]] = field(default_factory=set)
    agency: frozenset[str] = frozenset()
    _waiting: list[_Waiting] = field(default_factory=list)
    _items: int = 0
    _bytes: int = 0

    def take(self, page: Page, *, cursors: Mapping[str, str | None] | None = None) -> None:
        """Take a page in; its cursors are committed together with it."""
        page = self._with_roles(page)
        if page.items or page.skipped or cursors:
            media = self._media_of(page)
            self._wait(_Waiting(page, clock.now_text(), media, cursors or {}))

    def take_people(self, page: Page, relation: Relation, *, first: bool, complete: bool) -> None:
        """Take in a page of a list of people (see Batch.people)."""
        waiting = _Waiting(page, clock.now_text(), {}, {}, relation, first, complete)
        self._wait(waiting)

    def flush(self, *, cursors: Mapping[str, str | None] | None = None) -> None:
        """Write what is waiting, in one batch. Raises StorageError, BusyError."""
        if not self._waiting and not cursors:
            return
        with batch(self.archive, self.run) as opened:
            for waiting in self._waiting:
                page = waiting.page
                outcomes = opened.add(
                    page.items,
                    observed_at=waiting.observed_at,
                    exchange=page.exchange,
                    media=waiting.media,
                )
                self._count(outcomes)
                if page.skipped:
                    self.counts["skipped"] += opened.skipped(
                        page.skipped, exchange=page.exchange, access=Access.PUBLIC
                    )
                if waiting.relation is not None:
                    self.counts["people"] += opened.people(
                        waiting.relation,
                        page.subscribers,
                        observed_at=waiting.observed_at,
                        complete=waiting.complete,
                        first=waiting.first,
                        exchange=page.exchange,
                        stated_count=page.stated_count,
                    )
                for name, value in waiting.cursors.items():
                    opened.cursor(name, value)
            for name, value in (cursors or {}).items():
                opened.cursor(name, value)
        self._waiting.clear()
        self._items = self._bytes = 0

    def take_answers(self, answers: Iterable[tuple[Missing, Confirmed]]) -> None:
        """Write what became of records that a walk did not show."""
        with batch(self.archive, self.run) as opened:
            for missing, answer in answers:
                at = clock.now_text()
                key = (missing.kind, missing.native_id)
                if answer.answer is Confirmation.GONE:
                    self.counts["gone"] += opened.gone(
                        key, at=at, exchange=answer.exchange, removed_by=answer.removed_by
                    )
                elif answer.answer is Confirmation.CANNOT_TELL:
                    self.counts["unknown"] += opened.unknown(
                        key,
                        at=at,
                        reason="not shown where it stood, and its place does not say why",
                        exchange=answer.exchange,
                    )
                elif answer.item is not None:
                    item = as_known(answer.item, missing)
                    self._count(opened.add([item], observed_at=at, exchange=answer.exchange))

    def _wait(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._items += len(waiting.page.items) + len(waiting.page.subscribers) + 1
        self._bytes += _size(waiting.page.exchange)
        if self._items >= self.limits.batch_items or self._bytes >= self.limits.batch_bytes:
            self.flush()

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.counts[str(outcome.value)] += 1

    def _with_roles(self, page: Page) -> Page:
        """The page with the agency's other accounts known as the agency's: a source knows only the
        one it walks."""
        if not any(item.author.native_id in self.agency for item in page.items):
            return page
        ours = AuthorRole.AGENCY
        return replace(
            page,
            items=[
                structs.replace(item, author=structs.replace(item.author, role=ours))
                if item.author.native_id in self.agency
                else item
                for item in page.items
            ],
        )

    def _media_of(self, page: Page) -> Mapping[str, StoredMedia]:
        """The media of a page, fetched where an item is new or changed."""
        showing = [item for item in page.items if item.media]
        fetched: dict[str, StoredMedia] = {}
        wanted = would_store(self.archive, self.run.account.id, showing) if showing else []
        for item, new in zip(showing, wanted, strict=True):
            for ref in item.media if new else ():
                if ref.available and ref.key not in fetched:
                    stored = self._fetch(item, ref)
                    if stored is not None:
                        fetched[ref.key] = stored
        return fetched

    def _fetch(self, item: Item, ref: MediaRef) -> StoredMedia | None:
        """The bytes of a media reference; None, noted, where they cannot be had now."""
        try:
            opened = self.source.open_media(ref)
        except (CredentialError, RateLimited):
            raise
        except SourceError:
            opened = None
        if opened is None:
            self.without_media.add((item.kind.value, item.native_id, ref.key))
            return None
        with opened as stream:
            stored = store_media(self.archive.home, item.access, stream)
        self.counts["media"] += 1
        return stored


def as_known(item: Item, missing: Missing) -> Item:
    """An item read by its id alone, with what only the walk knows: its place, its author's name
    and whether it is hidden stay as the archive has them."""
    return structs.replace(
        item,
        kind=missing.kind,
        form=missing.form,
        author=missing.author,
        parent_id=missing.parent_id,
        root_id=missing.root_id,
        visibility=Visibility(missing.visibility),
    )


def _size(exchange: Exchange | None) -> int:
    return len(exchange.response_body) if exchange else 0
