"""Surveying: where, beside its own rows, the archive still holds what is doomed.

A page of fifty posts was kept because one was new; a download holds everything. Before people
decide, they see which exchanges hold a doomed record (those are destroyed with it), which originals
do (they go when nothing rests on them any more) and which surviving records quote one (their
own content, which stays). Nothing is written here, and memory does not grow with the archive.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from archiver.archive.mentions import CHUNK, Looking, Mentions, ways_to_name
from archiver.archive.store import Archive
from archiver.errors import IntegrityError
from archiver.items import Access
from archiver.progress import Progress

Key = tuple[Access, int]
"""A record: its file and number."""

_STEP = 1_000


@dataclass(frozen=True, slots=True)
class ExchangeCopy:
    """An exchange that holds doomed records. `access` and `id` are those of its row in the file of
    its bytes; `holds` are the doomed records, `survivors` how many records that stay rest on it."""

    access: Access
    id: int
    warc: str
    start: int
    length: int
    requested_at: str
    holds: tuple[Key, ...]
    survivors: int


@dataclass(frozen=True, slots=True)
class OriginalCopy:
    """A download that doomed records came from. `access` and `id` are those of its row in
    private.db, where every original has one; `doomed` and `survivors` count records, unread parts
    that stay among the survivors."""

    access: Access
    id: int
    sha256: str
    name: str | None
    doomed: int
    survivors: int


@dataclass(frozen=True, slots=True)
class Quotation:
    """A surviving record whose object as received names doomed ones."""

    access: Access
    record_id: int
    quotes: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found."""

    exchanges: tuple[ExchangeCopy, ...]
    originals: tuple[OriginalCopy, ...]
    quotations: tuple[Quotation, ...]


def copies_of(
    archive: Archive,
    records: Mapping[Access, Collection[int]],
    progress: Progress | None = None,
    *,
    people: Collection[int] = (),
    quotations: bool = True,
) -> Survey:
    """Look for everything that holds one of these records.

    `people` are closed intervals of lists (`subscribers.id`) that are doomed too: pages of lists
    are exchanges no record rests on, and those that name one of them are told with the rest, with
    an empty `holds`. `quotations` False leaves out the objects of surviving records, which takes as
    long as reading them all. `progress` is told (what, done, of how many).
    Raises IntegrityError where a WARC file cannot be read.
    """
    return _Survey(archive, records, people, progress).run(quotations)


def _all(connection: sqlite3.Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()


def _json(values: Collection[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()


class _Survey:
    def __init__(
        self,
        archive: Archive,
        records: Mapping[Access, Collection[int]],
        people: Collection[int],
        progress: Progress | None,
    ) -> None:
        self._archive = archive
        self._doomed = {access: set(records.get(access, ())) for access in Access}
        self._progress = progress
        self._keys: list[Key] = [
            (access, number) for access in Access for number in sorted(self._doomed[access])
        ]
        self._places = {key: at for at, key in enumerate(self._keys)}
        self._accounts: set[int] = set()
        self._mentions = Mentions(self._ways())
        self._people = Mentions(self._people_ways(people))

    def _tell(self, what: str, done: int, total: int | None) -> None:
        if self._progress is not None:
            self._progress(what, done, total)

    def _ways(self) -> dict[int, Any]:
        """How each doomed record may be named."""
        ways = {}
        for access in Access:
            connection = self._archive.file(access)
            wanted = _json(self._doomed[access])
            edits: dict[int, set[str]] = {}
            for number, edit_id in _all(
                connection,
                """
                SELECT record_id, edit_id FROM versions WHERE edit_id IS NOT NULL
                    AND record_id IN (SELECT value FROM json_each(?))
                """,
                wanted,
            ):
                edits.setdefault(number, set()).add(edit_id)
            for number, account_id, kind, native_id in _all(
                connection,
                """
                SELECT id, account_id, kind, native_id FROM records
                WHERE id IN (SELECT value FROM json_each(?))
                """,
                wanted,
            ):
                self._accounts.add(account_id)
                place = self._places[access, number]
                ways[place] = ways_to_name(kind, native_id, sorted(edits.get(number, ())))
        return ways

    def _people_ways(self, people: Collection[int]) -> dict[int, Any]:
        found = _all(
            self._archive.private,
            """
            SELECT id, account_id, native_id FROM subscribers
            WHERE id IN (SELECT value FROM json_each(?))
            """,
            _json(people),
        )
        self._accounts.update(row[1] for row in found)
        return {number: ((native_id,),) for number, _, native_id in found}

    def run(self, quotations: bool) -> Survey:
        """The whole survey."""
        exchanges = tuple(self._exchanges())
        originals = tuple(self._originals())
        return Survey(exchanges, originals, tuple(self._quotations()) if quotations else ())

    def _exchanges(self) -> Iterator[ExchangeCopy]:
        cited = self._cited()
        for access in Access:
            rows = _all(
                self._archive.file(access),
                """
                SELECT e.id, e.warc, e.start, e.length, e.requested_at FROM exchanges AS e
                JOIN runs AS r ON r.id = e.run_id
                WHERE e.access = ? AND r.account_id IN (SELECT value FROM json_each(?))
                ORDER BY e.warc, e.start
                """,
                access.value,
                _json(self._accounts),
            )
            for done, (number, warc, start, length, at) in enumerate(rows):
                self._tell(f"{access.value} exchanges", done, len(rows))
                holds, people = self._held_in(access, warc, start, length)
                holds |= cited.get((access.value, warc, start), set())
                citing = self._citing(access, number, warc, start)
                survivors = sum(key not in self._places for key in citing)
                if holds or (people and not citing):
                    keys = tuple(self._keys[place] for place in sorted(holds))
                    yield ExchangeCopy(*(access, number, warc, start, length, at, keys, survivors))
            self._tell(f"{access.value} exchanges", len(rows), len(rows))

    def _cited(self) -> dict[tuple[str, str, int], set[int]]:
        """The exchanges that doomed records rest on."""
        cited: dict[tuple[str, str, int], set[int]] = {}
        for access in Access:
            for number, *place in _all(
                self._archive.file(access),
                """
                WITH doomed (id) AS (SELECT value FROM json_each(?)),
                    cited (record_id, exchange_id) AS (
                        SELECT record_id, exchange_id FROM versions
                        WHERE record_id IN (SELECT id FROM doomed) AND exchange_id IS NOT NULL
                        UNION
                        SELECT record_id, exchange_id FROM events
                        WHERE record_id IN (SELECT id FROM doomed) AND exchange_id IS NOT NULL)
                SELECT c.record_id, e.access, e.warc, e.start
                FROM cited AS c JOIN exchanges AS e ON e.id = c.exchange_id
                """,
                _json(self._doomed[access]),
            ):
                cited.setdefault((place[0], place[1], place[2]), set()).add(
                    self._places[access, number]
                )
        return cited

    def _citing(self, access: Access, number: int, warc: str, start: int) -> set[Key]:
        """All records that rest on an exchange, through its row in either file."""
        numbers = {access: number}
        if access is Access.PRIVATE:
            twin = _all(
                self._archive.public,
                "SELECT id FROM exchanges WHERE warc = ? AND start = ? AND access = 'private'",
                *(warc, start),
            )
            numbers |= {Access.PUBLIC: twin[0][0]} if twin else {}
        return {
            (file, row[0])
            for file, named in numbers.items()
            for row in _all(
                self._archive.file(file),
                """
                SELECT record_id FROM versions WHERE exchange_id = ?1
                UNION SELECT record_id FROM events WHERE exchange_id = ?1
                """,
                named,
            )
        }

    def _held_in(
        self, access: Access, warc: str, start: int, length: int
    ) -> tuple[set[int], frozenset[int]]:
        """Which doomed records and people an exchange's bytes name."""
        records, people = self._mentions.looking(), self._people.looking()
        wanted = [look for look in (records, people) if look.of]
        if wanted:
            _look_through(self._archive.home.folder(access) / warc, start, length, wanted)
        return set(records.named()), people.named()

    def _originals(self) -> Iterator[OriginalCopy]:
        """Downloads that doomed records came from, and what else came from them."""
        wanted: set[bytes] = set()
        for access in Access:
            wanted |= {
                row[0]
                for row in _all(
                    self._archive.file(access),
                    """
                    SELECT DISTINCT o.sha256 FROM versions AS v
                    JOIN originals AS o ON o.id = v.original_id
                    WHERE v.record_id IN (SELECT value FROM json_each(?))
                    """,
                    _json(self._doomed[access]),
                )
            }
        citing = self._citing_originals(wanted)
        for number, digest, name in _all(
            self._archive.private, "SELECT id, sha256, name FROM originals ORDER BY id"
        ):
            if digest in wanted:
                doomed, survivors = citing[digest]
                yield OriginalCopy(*(Access.PRIVATE, number, digest.hex(), name, doomed, survivors))

    def _citing_originals(self, wanted: set[bytes]) -> dict[bytes, tuple[int, int]]:
        """How many doomed and other records rest on each original; one pass over the versions."""
        counts = dict.fromkeys(wanted, (0, 0))
        for access in Access if wanted else ():
            connection = self._archive.file(access)
            self._tell(f"{self._archive.home.database(access).name}: originals", 0, None)
            numbers = {
                row[0]: row[1]
                for row in _all(connection, "SELECT id, sha256 FROM originals")
                if row[1] in wanted
            }
            for number, total, doomed in _all(
                connection,
                """
                SELECT original_id, count(DISTINCT record_id),
                    count(DISTINCT iif(record_id IN (SELECT value FROM json_each(?1)),
                        record_id, NULL))
                FROM versions WHERE original_id IN (SELECT value FROM json_each(?2))
                GROUP BY original_id
                UNION ALL
                SELECT original_id, count(*), 0 FROM skipped
                WHERE original_id IN (SELECT value FROM json_each(?2)) GROUP BY original_id
                """,
                _json(self._doomed[access]),
                _json(numbers),
            ):
                before = counts[numbers[number]]
                counts[numbers[number]] = (before[0] + doomed, before[1] + total - doomed)
        return counts

    def _quotations(self) -> Iterator[Quotation]:
        """Surviving records of the same accounts that name a doomed one in their own object."""
        if not self._mentions:
            return
        for access in Access:
            codec = self._archive.codec(access)
            connection = self._archive.file(access)
            name = self._archive.home.database(access).name
            total = _all(connection, "SELECT count(*) FROM records")[0][0]
            cursor = connection.cursor()
            cursor.row_factory = None
            cursor.execute(
                """
                SELECT v.record_id, v.raw, v.dictionary_id FROM records AS r
                CROSS JOIN versions AS v ON v.record_id = r.id
                WHERE r.account_id IN (SELECT value FROM json_each(?)) ORDER BY r.id
                """,
                (_json(self._accounts),),
            )
            quotes: dict[int, set[int]] = {}
            done = 0
            while block := cursor.fetchmany(_STEP):
                for number, packed, dictionary_id in block:
                    if number not in self._doomed[access]:
                        raw = codec.unpack(packed, dictionary_id)
                        named = self._mentions.in_bytes(raw)
                        if named:
                            quotes.setdefault(number, set()).update(named)
                done += len(block)
                self._tell(f"{name}: quotations", min(done, total), total)
            for number, places in sorted(quotes.items()):
                keys = tuple(self._keys[place] for place in sorted(places))
                yield Quotation(access, number, keys)


class _Window:
    """A stretch of a file as a stream of its own."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int = -1) -> bytes:
        """The next bytes, none after the end of the stretch."""
        if size < 0 or size > self._left:
            size = self._left
        data = self._stream.read(size)
        self._left -= len(data)
        return data


def _look_through(path: Path, start: int, length: int, wanted: Collection[Looking]) -> None:
    """Look for names in an exchange: addresses asked for and their answers, decoded."""
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            for record in ArchiveIterator(_Window(stream, length)):
                _take(wanted, record.rec_headers.get_header("WARC-Target-URI") or "")
                content = record.content_stream()
                while chunk := content.read(CHUNK):
                    for look in wanted:
                        look.take(chunk)
                for look in wanted:
                    look.end()
    except FileNotFoundError:
        raise IntegrityError(f"{path} is missing: run `archiver verify`") from None
    except (OSError, ArchiveLoadFailed, zlib.error) as error:
        raise IntegrityError(
            f"{path} cannot be read from byte {start} on ({type(error).__name__}): "
            "run `archiver verify`"
        ) from None


def _take(wanted: Collection[Looking], text: str) -> None:
    for look in wanted:
        look.take(text.encode("utf-8", "replace"))
        look.end()
