"""Writing to the archive: a batch is about a thousand items, whole or not at all.

Per batch: the writer lock, both files, everything it brings (rows, leaves, WARC records, index,
cursor), the disk, private.db's commit, archive.db's commit, then bytes moved to their place. A kill
at any of these moments leaves every committed batch whole and the next run continues (DESIGN §7
rule 1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import msgspec

from archiver import clock
from archiver.archive.adding import ItemWriter
from archiver.archive.evidence import Cited, EvidenceWriter
from archiver.archive.files import incoming_path, media_path, place, take_in
from archiver.archive.media import StoredMedia
from archiver.archive.originals import StoredOriginal
from archiver.archive.people import PeopleWriter
from archiver.archive.resighting import Name, destroyed_before, flag, memory_of, name_of
from archiver.archive.rows import RowWriter
from archiver.archive.runs import AccountRef, Run, begin_run, close_run, finish_run, recover
from archiver.archive.states import (
    State,
    by_kind,
    fetch_versions,
    is_held,
    known_rows,
    same_version,
)
from archiver.archive.store import Archive
from archiver.archive.stored_text import to_stored
from archiver.archive.taking import Outcome
from archiver.items import (
    Access,
    Exchange,
    Item,
    Kind,
    MediaRef,
    Relation,
    Skipped,
    Subscriber,
)

__all__ = [
    "AccountRef",
    "Batch",
    "Outcome",
    "Run",
    "batch",
    "begin_run",
    "finish_run",
    "read_cursor",
    "recover",
    "would_become",
    "would_store",
]

COVERAGE_STATES = ("complete", "partial", "none")


@contextmanager
def batch(archive: Archive, run: Run) -> Iterator[Batch]:
    """One batch: committed when the block ends, undone whole when it raises.

    No network call belongs inside. Raises BusyError, StorageError.
    """
    with archive.writer():
        opened = Batch(archive, run)
        try:
            yield opened
            opened._prepare()
        finally:
            opened._close()
    opened._place()


class Batch:
    """Takes what a run brings. Made by `batch`."""

    def __init__(self, archive: Archive, run: Run) -> None:
        self._archive = archive
        self._run = run
        self._rows = {access: RowWriter(archive.file(access)) for access in Access}
        self._evidence = EvidenceWriter(archive, run, self._rows)
        self._items = {
            access: ItemWriter(archive, access, run, self._rows[access]) for access in Access
        }
        self._now = clock.now_text()
        self._memory = memory_of(archive)
        self.destroyed: Counter[str] = Counter()
        self._people = PeopleWriter(archive, run, self._rows[Access.PRIVATE])

    def add(
        self,
        items: Sequence[Item],
        *,
        observed_at: str,
        exchange: Exchange | None = None,
        original: StoredOriginal | None = None,
        media: Mapping[str, StoredMedia] | None = None,
        access: Access | None = None,
    ) -> list[Outcome]:
        """Take in items; one outcome each, in order.

        `observed_at` (UTC) is when the platform showed them: for a download the time it was made,
        never later than now.
        `media` holds, by `MediaRef.key`, the bytes that were taken in. The exchange is written, in
        the most private class any of its items has (or `access`), only if something is new or
        changed, or became visible, hidden, gone or present.

        What was destroyed is not taken in again: its outcome is DESTROYED, `destroyed` counts it
        under its number, and the exchange is kept without the body of its answer.
        """
        # a download dated tomorrow would make every later observation an old one
        observed_at = min(observed_at, self._now)
        found = {item.access for item in items} | ({access} if access else set())
        lies = Access.PRIVATE if Access.PRIVATE in found else Access.PUBLIC
        outcomes = [Outcome.FAILED] * len(items)
        gone = self._gone(items, exchange)
        for at in gone:
            outcomes[at] = Outcome.DESTROYED
        for file in Access:
            if gone:
                places = [
                    at for at, item in enumerate(items) if item.access is file and at not in gone
                ]
            elif len(found) == 1 and not access:
                places = list(range(len(items))) if file in found else []
            else:
                places = [at for at, item in enumerate(items) if item.access is file]
            if not places:
                continue

            def cited(file: Access = file) -> Cited:
                return self._evidence.cite(exchange, original, lies=lies, file=file)

            taken = self._items[file].add(
                [items[at] for at in places],
                observed_at=observed_at,
                cited=cited,
                media=self._in_class(file, media or {}, [items[at] for at in places]),
            )
            for at, outcome in zip(places, taken, strict=True):
                outcomes[at] = outcome
        return outcomes

    def _gone(self, items: Sequence[Item], exchange: Exchange | None) -> set[int]:
        """The places of items that were destroyed; flags each the first time it is met again."""
        if self._memory is None:
            return set()
        gone = self._memory.of_items(self._run.account.id, items)
        if not gone:
            return set()
        for access, tombstone_id, _ in gone.values():
            flag(self._rows[access], tombstone_id, self._run.id, self._now)
        places = {at for at, item in enumerate(items) if name_of(item) in gone}
        numbers = Counter(gone[name_of(items[at])].number for at in places)
        self.destroyed.update(numbers)
        if exchange is not None:
            under = ", ".join(f"{count} under {number}" for number, count in numbers.items())
            why = f"This answer is not kept: it shows records that were destroyed ({under})."
            self._evidence.withhold(exchange, why)
        return places

    def _in_class(
        self, access: Access, media: Mapping[str, StoredMedia], items: Sequence[Item]
    ) -> Mapping[str, StoredMedia]:
        """The media of items, with bytes that were taken in for the other class taken in here."""
        if all(stored.access is access for stored in media.values()):
            return media
        needed = {ref.key for item in items for ref in item.media}
        return {
            key: stored if stored.access is access else self._copied(stored, access)
            for key, stored in media.items()
            if key in needed
        }

    def _copied(self, stored: StoredMedia, access: Access) -> StoredMedia:
        home = self._archive.home
        waiting = incoming_path(home, stored.access, stored.sha256)
        standing = media_path(home, stored.access, stored.sha256)
        with (waiting if waiting.exists() else standing).open("rb") as stream:
            take_in(home, access, stream)
        return StoredMedia(stored.sha256, stored.size, stored.media_type, access)

    def attach_media(
        self, access: Access, record_id: int, ref: MediaRef, stored: StoredMedia, *, at: str
    ) -> None:
        """Keep bytes that came later than their version: an event holds their hash."""
        writer = self._items[access]
        writer.take_media(stored)
        writer.event(
            record_id,
            "media received",
            at=at,
            observed_at=at,
            detail={"key": to_stored(ref.key), "sha256": stored.sha256},
            evidence=Cited(None, None),
        )

    def skipped(
        self,
        skipped: Sequence[Skipped],
        *,
        original: StoredOriginal | None = None,
        exchange: Exchange | None = None,
        access: Access = Access.PRIVATE,
    ) -> int:
        """Keep what a source could not turn into items, with its reason; how many were not known.

        What could not be read may be anything, so it is private unless the caller knows better.
        """
        rows, connection = self._rows[access], self._archive.file(access)
        rows.flush()
        written = 0
        for entry in skipped:
            member, detail = to_stored(entry.member), to_stored(entry.detail)
            key = msgspec.json.encode([member, entry.position, detail, entry.failed])
            digest = sha256(key + b"\0" + (entry.raw or b"")).digest()
            if self._is_gone(("unread", digest.hex())):
                continue
            if connection.execute(
                "SELECT 1 FROM skipped WHERE account_id = ? AND digest = ?",
                (self._run.account.id, digest),
            ).fetchone():
                continue
            cited = self._evidence.cite(exchange, original, lies=access, file=access)
            rows.add(
                *("salted skipped", self._run.id, self._run.account.id, member, entry.position),
                *(detail, int(entry.failed), entry.raw, cited.original_id, cited.exchange_id),
                *(digest, rows.salt()),
            )
            rows.flush()
            written += 1
        return written

    def _is_gone(self, name: Name) -> bool:
        """Whether something that is no item was destroyed; flags it."""
        gone = self._memory.among(self._run.account.id, [name]) if self._memory else {}
        for access, tombstone_id, _ in gone.values():
            flag(self._rows[access], tombstone_id, self._run.id, self._now)
        return bool(gone)

    def people(
        self,
        relation: Relation,
        people: Sequence[Subscriber],
        *,
        observed_at: str,
        complete: bool,
        first: bool,
        exchange: Exchange | None = None,
        original: StoredOriginal | None = None,
        stated_count: int | None = None,
    ) -> int:
        """Take in a page of a list of people; how many intervals were opened or closed.

        `first` marks the first page of a walk, `complete` the last page of a walk that reached its
        end: only then the interval of whoever was not met is closed. `stated_count` is the number
        the platform gives.
        """
        changed = self._people.take(
            relation,
            people,
            observed_at=observed_at,
            complete=complete,
            first=first,
            stated=stated_count,
        )
        if changed:
            self._evidence.cite(exchange, original, lies=Access.PRIVATE, file=Access.PRIVATE)
        return changed

    def gone(
        self,
        record_key: tuple[Kind, str],
        *,
        at: str,
        exchange: Exchange | None,
        removed_by: str | None = None,
        observed_at: str | None = None,
        original: StoredOriginal | None = None,
    ) -> bool:
        """A definite absence of a record, named by kind and native id.

        `at` is when it went, as far as is known: for an answer to a question by id the time of the
        answer, for a source's own statement the time it states, with `observed_at` the time of the
        statement. `removed_by` is author, agency, platform or None. False where nothing changed.
        """
        access = self._holder(record_key)
        return self._items[access].absent(
            *record_key,
            what="gone",
            presence="absent",
            at=at,
            observed_at=observed_at or at,
            removed_by=removed_by,
            detail={"removed_by": removed_by, "stated": observed_at is not None},
            cited=lambda: self._evidence.cite(exchange, original, lies=access, file=access),
        )

    def unknown(
        self,
        record_key: tuple[Kind, str],
        *,
        at: str,
        reason: str,
        exchange: Exchange | None = None,
    ) -> bool:
        """It can no longer be told whether it stands there. False where nothing changed by it."""
        access = self._holder(record_key)
        return self._items[access].absent(
            *record_key,
            what="unknown",
            presence="unknown",
            at=at,
            observed_at=at,
            removed_by=None,
            detail={"reason": to_stored(reason)},
            cited=lambda: self._evidence.cite(exchange, None, lies=access, file=access),
        )

    def _holder(self, record_key: tuple[Kind, str]) -> Access:
        """The class of the file that holds a record (public where none does)."""
        kind, native_id = record_key
        return next(
            (
                access
                for access in Access
                if known_rows(
                    self._archive.file(access), self._run.account.id, kind, [to_stored(native_id)]
                )
            ),
            Access.PUBLIC,
        )

    def cover(
        self, kind: Kind | Relation, *, start: str | None, end: str, state: str, reason: str = ""
    ) -> None:
        """State what a run covered: from `start` (None: from the beginning) to `end`, UTC.

        `state` is complete, partial or none; the last two need a reason.
        """
        if state not in COVERAGE_STATES or (state != "complete" and not reason):
            raise ValueError(f"coverage {state!r} with reason {reason!r}")
        self._rows[Access.PUBLIC].add(
            *("coverage", self._run.id, self._run.account.id, kind.value, start, end, state),
            to_stored(reason),
        )

    def cursor(self, name: str, value: str | None) -> None:
        """Set (None: forget) where this account's source goes on, committed with the rows."""
        connection = self._archive.public
        key = (self._run.account.id, name)
        if value is None:
            connection.execute("DELETE FROM cursors WHERE account_id = ? AND name = ?", key)
            return
        connection.execute(
            """
            INSERT INTO cursors (account_id, name, value) VALUES (?, ?, ?)
            ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value
            """,
            (*key, value),
        )

    def finish(self, *, outcome: str, notes: Mapping[str, Any]) -> None:
        """Close the run with this batch, in its own transaction, after all that the batch brings.
        `outcome` and `notes` as in `finish_run`."""
        self._prepare()
        for access, rows in self._rows.items():
            close_run(rows, self._archive.file(access), self._run, outcome, notes)

    def _prepare(self) -> None:
        for access, writer in self._items.items():
            writer.flush_media()
            self._rows[access].flush()
            writer.flush_index()
        self._evidence.sync()

    def _close(self) -> None:
        self._evidence.close()

    def _place(self) -> None:
        home = self._archive.home
        for access, writer in self._items.items():
            for digest in sorted(writer.placed):
                waiting = incoming_path(home, access, digest)
                if waiting.exists():
                    place(waiting, media_path(home, access, digest))


def read_cursor(archive: Archive, account_id: int, name: str) -> str | None:
    """Where an account's source goes on; None where it begins."""
    found = archive.public.execute(
        "SELECT value FROM cursors WHERE account_id = ? AND name = ?", (account_id, name)
    ).fetchone()
    return None if found is None else str(found["value"])


def would_become(archive: Archive, account_id: int, items: Sequence[Item]) -> list[Outcome]:
    """What items would become, without writing: STORED, NEW_VERSION, DUPLICATE or DESTROYED."""
    answers = [Outcome.DUPLICATE] * len(items)
    for access in Access:
        places = [at for at, item in enumerate(items) if item.access is access]
        chosen = [items[at] for at in places]
        connection = archive.file(access)
        known = {
            kind: known_rows(connection, account_id, kind, [to_stored(one) for one in ids])
            for kind, ids in by_kind(chosen).items()
        }
        unsure = []
        for at, item in zip(places, chosen, strict=True):
            row = known[item.kind].get(to_stored(item.native_id))
            if row is None:
                answers[at] = Outcome.STORED
            elif not same_version(row, item, sha256(item.stable).digest()):
                unsure.append((at, State.of(row)))
        fetch_versions(connection, [state for _, state in unsure])
        for at, state in unsure:
            stable = sha256(items[at].stable).digest()
            if not is_held(state, items[at], stable, "9", late=False):
                answers[at] = Outcome.NEW_VERSION
    if set(answers) != {Outcome.DUPLICATE}:
        for at, number in enumerate(destroyed_before(archive, account_id, items)):
            if number is not None:
                answers[at] = Outcome.DESTROYED
    return answers


def would_store(archive: Archive, account_id: int, items: Sequence[Item]) -> list[bool]:
    """Which items are new or changed, without writing: only their media need to be fetched. What
    was destroyed before is not."""
    wanted = (Outcome.STORED, Outcome.NEW_VERSION)
    return [one in wanted for one in would_become(archive, account_id, items)]
