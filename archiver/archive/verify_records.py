"""Verify, part two: versions against their leaves, records and index strings against versions.

All tables are walked once, side by side in the order of record ids, so that memory stays small.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec

from archiver.archive.current import DERIVED, STATE_EVENTS, StateEvent, VersionFacts, derive
from archiver.archive.findings import Findings
from archiver.archive.groups import DetailFacts, read_author, read_details, read_place
from archiver.archive.ids import SLOTS_PER_SECOND, id_floor
from archiver.archive.leaves import Sealed, version_leaf
from archiver.archive.rebuilding import IndexedRecord, IndexedVersion, index_row, media_facts
from archiver.archive.store import Archive
from archiver.archive.verify_rows import check_complete
from archiver.errors import IntegrityError
from archiver.items import Access

_BLOCK = 1_000
_STEP = 5_000
_VERSIONS = Sealed("versions", ())
Row = tuple[Any, ...]


class Walk:
    """Rows of one table in the order of their first column, taken group by group."""

    def __init__(
        self, connection: sqlite3.Connection, sql: str, orphan: Callable[[Row], None]
    ) -> None:
        self._cursor = connection.cursor()
        self._cursor.row_factory = None
        self._cursor.execute(sql)
        self._block: list[Row] = []
        self._at = 0
        self._orphan = orphan
        self._next: Row | None = None
        self._step()

    def _step(self) -> None:
        if self._at >= len(self._block):
            self._block = self._cursor.fetchmany(_BLOCK)
            self._at = 0
        self._next = self._block[self._at] if self._block else None
        self._at += 1

    def take(self, key: int) -> list[Row]:
        """All rows of a key; whatever comes before it belongs to nothing."""
        taken: list[Row] = []
        while self._next is not None and self._next[0] <= key:
            if self._next[0] == key:
                taken.append(self._next)
            else:
                self._orphan(self._next)
            self._step()
        return taken

    def rest(self) -> None:
        """Whatever is left belongs to nothing."""
        while self._next is not None:
            self._orphan(self._next)
            self._step()


def check_records(archive: Archive, access: Access, findings: Findings) -> None:
    """Every version, record and index string of a file."""
    try:
        check = _RecordCheck(archive, access, findings)
    except IntegrityError as error:
        findings.add(f"{archive.home.database(access).name}, dictionaries", "", str(error))
        return
    check.run()


class _RecordCheck:
    def __init__(self, archive: Archive, access: Access, findings: Findings) -> None:
        self._connection = archive.file(access)
        self._codec = archive.codec(access)
        self._name = archive.home.database(access).name
        self._findings = findings
        self._versions = 0
        self._shown = 0

    def _walk(self, table: str, sql: str) -> Walk:
        def orphan(row: Row) -> None:
            self._wrong(table, f"record {row[0]}", "it belongs to no record")

        return Walk(self._connection, sql, orphan)

    def _wrong(self, table: str, row: str, what: str) -> None:
        self._findings.add(f"{self._name}, {table}", row, what)

    def run(self) -> None:
        connection, findings = self._connection, self._findings
        total = connection.execute("SELECT count(*) FROM records").fetchone()[0]
        versions = self._walk(
            "versions",
            """
            SELECT v.record_id, v.id, v.n, v.run_id, v.observed_at, v.late, v.edit_id,
                v.edit_position, v.exchange_id, v.original_id, v.stable, v.text, v.author, v.place,
                v.details, v.media, v.raw, v.dictionary_id, v.salt, l.kind, l.hash
            FROM versions AS v LEFT JOIN leaves AS l ON l.seq = v.leaf
            ORDER BY v.record_id, v.n
            """,
        )
        kinds = ", ".join(f"'{what}'" for what in STATE_EVENTS)
        events = self._walk(
            "events",
            f"""
            SELECT record_id, iif(what IN ({kinds}), what, ''), at, detail FROM events
            ORDER BY record_id, id
            """,
        )
        counters = self._walk(
            "metrics", "SELECT record_id, counters FROM metrics ORDER BY record_id, id"
        )
        docs = self._walk(
            "search_docs",
            """
            SELECT id, text, earlier, people, recipients, files, tokens FROM search_docs
            ORDER BY id
            """,
        )
        facets = self._walk("facet", "SELECT id, code FROM facet ORDER BY id")
        moments = self._walk("displaced", "SELECT id, slot FROM displaced ORDER BY id")
        records = connection.cursor()
        records.row_factory = None
        records.execute(f"SELECT id, {', '.join(DERIVED)} FROM records ORDER BY id")
        done = 0
        while block := records.fetchmany(_BLOCK):
            for row in block:
                number = row[0]
                facts = [self._version(each) for each in versions.take(number)]
                self._record(row, facts, events.take(number), counters.take(number))
                self._index(row, facts, docs.take(number), facets.take(number))
                self._moment(row, moments.take(number))
            done += len(block)
            if done % _STEP == 0 or done == total:
                findings.tell(f"{self._name}: records", done, total)
        for walk in (versions, events, counters, docs, facets, moments):
            walk.rest()
        findings.checked["records"] += done
        findings.checked["versions"] += self._versions
        self._counts()

    def _counts(self) -> None:
        leaves = self._connection.execute(
            "SELECT count(*) FROM leaves WHERE kind = 'version'"
        ).fetchone()[0]
        versions = self._connection.execute("SELECT count(*) FROM versions").fetchone()[0]
        check_complete(
            *(self._connection, self._name, "version", _VERSIONS, versions, leaves),
            self._findings,
        )
        shown = self._connection.execute("SELECT count(*) FROM record_media").fetchone()[0]
        if shown != self._shown:
            what = f"{shown} rows, but the versions show {self._shown} media"
            self._wrong("record_media", "", what)

    def _version(self, row: Row) -> VersionFacts | None:
        """Check one version against its leaf and its own columns; None where it cannot be read."""
        self._versions += 1
        number, n, text, author, place, details, media = (*row[1:3], *row[11:16])
        label = f"version {number} of record {row[0]}"
        try:
            raw = self._codec.unpack(row[16], row[17])
            facts = VersionFacts(
                *(number, n, row[10], text, read_author(author), read_place(place)),
                *(read_details(details), media_facts(media)),
            )
        except (IntegrityError, msgspec.MsgspecError, UnicodeDecodeError):
            self._wrong("versions", label, "its content cannot be read: it was changed")
            return None
        leaf = version_leaf(
            *(row[18], text.encode(), author.encode(), place.encode(), details.encode()),
            *(media.encode(), row[10] + raw),
        )
        if row[19] != "version" or leaf != row[20]:
            what = "it has no leaf" if row[20] is None else "its content does not match its leaf"
            self._wrong("versions", label, what)
        elif not _same(facts.details, row):
            self._wrong("versions", label, "its columns do not match its own details")
        if facts.media:
            self._media(number, row[0], facts)
        return facts

    def _media(self, version_id: int, record_id: int, facts: VersionFacts) -> None:
        cursor = self._connection.cursor()
        cursor.row_factory = None
        held = cursor.execute(
            """
            SELECT record_id, key, name, media_type, alt_text, url, available, lower(hex(sha256))
            FROM record_media WHERE version_id = ? ORDER BY position
            """,
            (version_id,),
        ).fetchall()
        self._shown += len(held)
        wanted = [
            (
                *(record_id, ref.key, ref.name, ref.media_type, ref.alt_text, ref.url),
                *(int(ref.available), ref.sha256 or ""),
            )
            for ref in facts.media
        ]
        if held != wanted:
            what = "its media are not those its version shows"
            self._wrong("record_media", f"version {version_id}", what)

    def _record(
        self, row: Row, versions: list[VersionFacts | None], events: list[Row], counters: list[Row]
    ) -> None:
        known = [version for version in versions if version is not None]
        label = f"record {row[0]}"
        if not versions:
            self._wrong("records", label, "it has no version")
        if not known or len(known) != len(versions):
            return
        if [version.n for version in known] != list(range(1, len(known) + 1)) or (
            len(known) > 1 and any(b.id <= a.id for a, b in pairwise(known))
        ):
            self._wrong("versions", label, "its versions are not numbered one after the other")
        states = [StateEvent(*event[1:]) for event in events if event[1]]
        derived = derive(known, states, counters[-1][1] if counters else None)
        if derived != row[1:]:
            differing = [
                column
                for column, wanted, held in zip(DERIVED, derived, row[1:], strict=True)
                if wanted != held
            ]
            what = f"its {' and '.join(differing)} not what its versions and events say"
            self._wrong("records", label, what)

    def _index(
        self, row: Row, versions: list[VersionFacts | None], docs: list[Row], facets: list[Row]
    ) -> None:
        known = [version for version in versions if version is not None]
        if not known or len(known) != len(versions):
            return
        value = dict(zip(DERIVED, row[1:], strict=True))
        number, doc, code = index_row(
            IndexedRecord(row[0], *(value[column] for column in IndexedRecord._fields[1:])),
            [
                IndexedVersion(version.id, version.text, version.author, version.media)
                for version in known
            ],
        )
        wanted = (number, doc.text, doc.earlier, doc.people, doc.recipients, doc.files, doc.tokens)
        if docs != [wanted]:
            what = "what is searched is not what its versions say" if docs else "it is missing"
            self._wrong("search_docs", f"record {number}", what)
        if facets != [(number, code)]:
            what = "it does not match the record" if facets else "it is missing"
            self._wrong("facet", f"record {number}", what)

    def _moment(self, row: Row, moments: list[Row]) -> None:
        created_at = row[1 + DERIVED.index("created_at")]
        try:
            floor = id_floor(created_at)
        except ValueError:
            return
        apart = floor // SLOTS_PER_SECOND != row[0] // SLOTS_PER_SECOND
        if moments != ([(row[0], floor)] if apart else []):
            what = "the moment by which dates find it is not that of the record"
            self._wrong("displaced", f"record {row[0]}", what)


def _same(details: DetailFacts, row: Row) -> bool:
    """Whether the columns kept beside the details for queries say the same."""
    return (
        details.run,
        details.observed_at,
        int(details.late),
        details.edit_id,
        details.edit_position,
        details.exchange,
        details.original,
    ) == row[3:10]
