"""Destroying: what a lawful act dooms leaves the archive for good, and a tombstone stays.

No law is in here: who may destroy what, and when, `retention` decides and records first. This end
keeps three promises. Nothing goes that is not what was frozen when people decided (its leaf is
compared). Nothing goes without its tombstone in the same transaction. And once committed, the rest
follows whatever happens: bytes on the disk (`finish_bytes`), then the search index's and the log's
old pages (`scrub`); a kill between is mended at the next start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from archiver.archive.destroying_bytes import destroy_exchanges, finish_bytes, is_unfinished
from archiver.archive.indexing import index_removed
from archiver.archive.keys import tombstone_key
from archiver.archive.scrubbing import Scrubbed, is_unscrubbed, scrub
from archiver.archive.store import Archive
from archiver.archive.tombstones import (
    ROW_OF,
    Authority,
    Graveyard,
    Tombstone,
    identity_of,
    is_destroyed,
    tombstones_of,
)
from archiver.errors import RuleError
from archiver.items import Access

__all__ = [
    "Authority",
    "Changed",
    "Destroyed",
    "Doomed",
    "Scrubbed",
    "Tombstone",
    "destroy",
    "destroy_exchanges",
    "finish_bytes",
    "is_destroyed",
    "is_unfinished",
    "is_unscrubbed",
    "scrub",
    "tombstones_of",
]

UNREAD = "unread"
ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Doomed:
    """A holding as it was frozen. `kind` is record, subscriber, original or unread, `leaf` the leaf
    in hex: of a record's current version, else of the row. What follows it stays on the tombstone.
    """

    kind: str
    id: int
    leaf: str
    series: str | None = None
    cutoff_on: str | None = None
    retain_until: str | None = None


class Changed(RuleError):
    """A holding is no longer what was frozen; `doomed` tells which."""

    def __init__(self, message: str, doomed: Doomed) -> None:
        super().__init__(message)
        self.doomed = doomed


@dataclass(frozen=True, slots=True)
class Destroyed:
    """How much went: holdings by kind, what belonged to them, and how many were gone already."""

    records: int = 0
    versions: int = 0
    events: int = 0
    metrics: int = 0
    media: int = 0
    subscribers: int = 0
    originals: int = 0
    unread: int = 0
    already: int = 0

    def __add__(self, other: Destroyed) -> Destroyed:
        """What two slices destroyed together."""
        return Destroyed(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )


def destroy(
    archive: Archive,
    access: Access,
    doomed: Sequence[Doomed],
    authority: Authority,
    *,
    now: str,
) -> Destroyed:
    """Destroy holdings of one file, inside the caller's `with archive.writer():`.

    What has its tombstone already is counted and left. `now` (UTC) is the time on the tombstones.
    Raises Changed where something is no longer what was frozen (then the caller's transaction must
    not be committed), RuleError where something that stays rests on it, HomeError where the key of
    the tombstones is missing. Call `finish_bytes` after the commit.
    """
    act = _Act(archive, access, authority, now)
    done = Destroyed()
    for kind, destroy_kind in (
        ("record", act.records),
        ("subscriber", act.subscribers),
        (UNREAD, act.unread),
        (ORIGINAL, act.originals),
    ):
        wanted = {one.id: one for one in doomed if one.kind == kind}
        if wanted:
            gone = act.gone(kind, wanted)
            left = {number: one for number, one in wanted.items() if number not in gone}
            done += Destroyed(already=len(gone))
            done += destroy_kind(left) if left else Destroyed()
    unknown = {one.kind for one in doomed} - ROW_OF.keys()
    if unknown:
        raise ValueError(f"no such holding: {', '.join(sorted(unknown))}")
    return done


class _Act:
    """One call of `destroy`: what is the same for everything it destroys."""

    def __init__(self, archive: Archive, access: Access, authority: Authority, now: str) -> None:
        self._archive = archive
        self._access = access
        self._authority = authority
        self._now = now
        self._key = tombstone_key(archive.home.keys)
        self._connection = archive.file(access)
        self._name = archive.home.database(access).name

    def _graveyard(self, access: Access) -> Graveyard:
        opened = Graveyard(self._archive.file(access), self._authority, self._now)
        opened.leave("scrub", "")
        return opened

    def gone(self, kind: str, ids: Iterable[int]) -> set[int]:
        """Which of these holdings have their tombstone."""
        found = self._connection.execute(
            """
            SELECT ref FROM tombstones
            WHERE kind = ? AND ref IN (SELECT value FROM json_each(?))
            """,
            (ROW_OF[kind], _ids(ids)),
        )
        return {row[0] for row in found}

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return _all(self._connection, sql, *values)

    def _check(self, wanted: Mapping[int, Doomed], leaves: Mapping[int, bytes]) -> None:
        for number, one in wanted.items():
            if number not in leaves:
                what = "is not there and has no tombstone"
            elif leaves[number].hex() != one.leaf:
                what = "is no longer what was decided on"
            else:
                continue
            raise Changed(
                f"{one.kind} {number} of {self._name} {what}: nothing was destroyed; "
                "take it out of the batch or decide on it again",
                one,
            )

    def records(self, wanted: Mapping[int, Doomed]) -> Destroyed:
        """Records with all that belongs to them."""
        ids = _ids(wanted)
        rows = self._all(
            """
            SELECT r.id, r.account_id, r.kind, r.native_id, l.hash FROM records AS r
            JOIN versions AS v ON v.id = r.version_id JOIN leaves AS l ON l.seq = v.leaf
            WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY r.id
            """,
            ids,
        )
        self._check(wanted, {row[0]: row[4] for row in rows})
        pictures = self._pictures(ids)
        graveyard = self._graveyard(self._access)
        for number, account_id, kind, native_id, leaf in rows:
            said = _said(wanted[number])
            identity = identity_of(self._key, account_id, kind, native_id)
            graveyard.add(
                *("record", number),
                leaf_seq=None,
                leaf=leaf,
                record_id=number,
                said=said,
                identity=identity,
            )
        counts = {}
        for kind, table in (("version", "versions"), ("event", "events"), ("metrics", "metrics")):
            parts = self._all(
                f"""
                SELECT t.id, t.record_id, t.leaf, l.hash FROM {table} AS t
                JOIN leaves AS l ON l.seq = t.leaf
                WHERE t.record_id IN (SELECT value FROM json_each(?)) ORDER BY t.id
                """,
                ids,
            )
            counts[table] = len(parts)
            for number, record_id, seq, leaf in parts:
                graveyard.add(kind, number, leaf_seq=seq, leaf=leaf, record_id=record_id)
        self._note_cursors(graveyard, rows)
        graveyard.close()
        self._delete_records(ids, [row[0] for row in rows])
        media = self._media(graveyard, pictures)
        return Destroyed(records=len(rows), media=media, **counts)

    def _delete_records(self, ids: str, numbers: Sequence[int]) -> None:
        index_removed(self._connection, numbers)
        self._connection.execute(
            """
            DELETE FROM record_media WHERE version_id IN (
                SELECT id FROM versions WHERE record_id IN (SELECT value FROM json_each(?)))
            """,
            (ids,),
        )
        for table, column in (
            ("events", "record_id"),
            ("metrics", "record_id"),
            ("versions", "record_id"),
            ("records", "id"),
        ):
            self._connection.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", (ids,)
            )

    def _pictures(self, ids: str) -> set[bytes]:
        """The hashes of all media these records show or were sent later."""
        shown = self._all(
            """
            SELECT DISTINCT sha256 FROM record_media WHERE sha256 IS NOT NULL AND version_id IN (
                SELECT id FROM versions WHERE record_id IN (SELECT value FROM json_each(?)))
            """,
            ids,
        )
        later = self._all(
            """
            SELECT json_extract(detail, '$.sha256') FROM events
            WHERE what = 'media received' AND record_id IN (SELECT value FROM json_each(?))
            """,
            ids,
        )
        return {row[0] for row in shown} | {bytes.fromhex(row[0]) for row in later}

    def _media(self, graveyard: Graveyard, pictures: Collection[bytes]) -> int:
        """Media that nothing names any more."""
        unused = []
        for digest in sorted(pictures):
            unused += self._all(
                """
                SELECT m.id, m.sha256, m.leaf, l.hash FROM media AS m
                JOIN leaves AS l ON l.seq = m.leaf
                WHERE m.sha256 = ?1
                    AND NOT EXISTS (SELECT 1 FROM record_media AS r WHERE r.sha256 = ?1)
                    AND NOT EXISTS (
                        SELECT 1 FROM events
                        WHERE what = 'media received' AND json_extract(detail, '$.sha256') = ?2)
                """,
                digest,
                digest.hex(),
            )
        for number, digest, seq, leaf in unused:
            made = graveyard.add("media", number, leaf_seq=seq, leaf=leaf)
            graveyard.leave("media", digest.hex(), made)
        graveyard.close()
        self._delete("media", [row[0] for row in unused])
        return len(unused)

    def _delete(self, table: str, numbers: Iterable[int]) -> None:
        self._connection.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (_ids(numbers),)
        )

    def _note_cursors(self, graveyard: Graveyard, rows: Sequence[tuple[Any, ...]]) -> None:
        """Sources remember where they go on, now and then by a record's own id."""
        positions = dict[int, str]()
        for account_id, value in _all(
            self._archive.public, "SELECT account_id, value FROM cursors"
        ):
            positions[account_id] = positions.get(account_id, "") + value
        for _, account_id, _, native_id, _ in rows:
            if any(word in positions.get(account_id, "") for word in words_of(native_id)):
                named = msgspec.json.encode([account_id, native_id]).decode()
                graveyard.leave("cursors", named)

    def subscribers(self, wanted: Mapping[int, Doomed]) -> Destroyed:
        """Closed intervals of people on lists."""
        rows = self._all(
            """
            SELECT s.id, s.leaf, b.hash, s.end_leaf, e.hash FROM subscribers AS s
            JOIN leaves AS b ON b.seq = s.leaf LEFT JOIN leaves AS e ON e.seq = s.end_leaf
            WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id
            """,
            _ids(wanted),
        )
        self._check(wanted, {row[0]: row[2] for row in rows})
        graveyard = self._graveyard(self._access)
        for number, seq, leaf, end_seq, end_leaf in rows:
            if end_seq is None:
                raise RuleError(
                    f"subscriber {number} of {self._name} is on the list still: nothing was "
                    "destroyed; only an interval that has ended can be"
                )
            said = _said(wanted[number])
            graveyard.add("subscriber", number, leaf_seq=seq, leaf=leaf, said=said)
            graveyard.add("subscriber end", number, leaf_seq=end_seq, leaf=end_leaf)
        graveyard.close()
        self._delete("subscribers", wanted)
        return Destroyed(subscribers=len(rows))

    def unread(self, wanted: Mapping[int, Doomed]) -> Destroyed:
        """What could not be parsed and was kept as received."""
        rows = self._all(
            """
            SELECT s.id, s.leaf, l.hash, s.account_id, s.digest FROM skipped AS s
            JOIN leaves AS l ON l.seq = s.leaf
            WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id
            """,
            _ids(wanted),
        )
        self._check(wanted, {row[0]: row[2] for row in rows})
        graveyard = self._graveyard(self._access)
        for number, seq, leaf, account_id, digest in rows:
            identity = identity_of(self._key, account_id, UNREAD, digest.hex())
            said = _said(wanted[number])
            graveyard.add(
                *("skipped", number), leaf_seq=seq, leaf=leaf, said=said, identity=identity
            )
        graveyard.close()
        self._delete("skipped", wanted)
        return Destroyed(unread=len(rows))

    def originals(self, wanted: Mapping[int, Doomed]) -> Destroyed:
        """Imported downloads, each with its row in the other file."""
        rows = self._all(
            """
            SELECT o.id, l.hash, o.sha256, o.access, o.extension FROM originals AS o
            JOIN leaves AS l ON l.seq = o.leaf
            WHERE o.id IN (SELECT value FROM json_each(?)) ORDER BY o.id
            """,
            _ids(wanted),
        )
        self._check(wanted, {row[0]: row[1] for row in rows})
        for access in Access:
            for number, _, digest, *_ in rows:
                self._check_uncited(access, number, digest)
        # private.db is committed first, so the work that mends a kill between the two stands there
        for access in (Access.PUBLIC, Access.PRIVATE):
            graveyard = self._graveyard(access)
            numbers = []
            for number, _, digest, lies, extension in rows:
                identity = identity_of(self._key, 0, ORIGINAL, digest.hex())
                twin = original_row(self._archive.file(access), digest)
                if twin is not None:
                    made = graveyard.add(
                        *(ORIGINAL, twin[0]),
                        leaf_seq=twin[1],
                        leaf=twin[2],
                        said=_said(wanted[number]),
                        identity=identity,
                    )
                    numbers.append(twin[0])
                    if access is Access.PRIVATE:
                        graveyard.leave(ORIGINAL, f"{lies}/{digest.hex()}{extension}", made)
            graveyard.close()
            self._archive.file(access).execute(
                "DELETE FROM originals WHERE id IN (SELECT value FROM json_each(?))",
                (_ids(numbers),),
            )
        return Destroyed(originals=len(rows))

    def _check_uncited(self, access: Access, number: int, digest: bytes) -> None:
        connection = self._archive.file(access)
        twin = original_row(connection, digest)
        for table in ("versions", "events", "skipped") if twin else ():
            found = connection.execute(
                f"SELECT 1 FROM {table} WHERE original_id = ? LIMIT 1", (twin[0] if twin else 0,)
            ).fetchone()
            if found is not None:
                raise RuleError(
                    f"original {number} of {self._name} is what records in "
                    f"{self._archive.home.database(access).name} rest on: nothing was destroyed; "
                    "it can go when the last of them has"
                )


def words_of(native_id: str) -> tuple[str, ...]:
    """How a source's own notes may name a record: by its id, or by the last part of an address."""
    last = native_id.rpartition("/")[2]
    words = [msgspec.json.encode(native_id).decode()]
    if len(native_id) >= 10:
        words.append(native_id)
    if last != native_id and len(last) >= 10:
        words.append(last)
    return tuple(words)


def original_row(connection: sqlite3.Connection, digest: bytes) -> tuple[int, int, bytes] | None:
    """The number, leaf's number and leaf of an original in one file."""
    found = _all(
        connection,
        """
        SELECT o.id, o.leaf, l.hash FROM originals AS o JOIN leaves AS l ON l.seq = o.leaf
        WHERE o.sha256 = ?
        """,
        digest,
    )
    return found[0] if found else None


def _said(one: Doomed) -> dict[str, Any]:
    return {
        "series": one.series,
        "cutoff_on": one.cutoff_on,
        "retain_until": one.retain_until,
    }


def _ids(ids: Iterable[int]) -> str:
    return msgspec.json.encode(list(ids)).decode()


def _all(connection: sqlite3.Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()
