"""Verify, part two: versions against their leaves, records and index strings against versions.

One query walks the records with all that belongs to the ordinary one: a single version, no event.
`verify_ordinary` says of such a record in a few microseconds that all is as it should be; whatever
it does not say that of is looked at again here, table by table, so that what is wrong gets a name.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import Any

import msgspec

from archiver.archive.current import DERIVED, STATE_EVENTS, StateEvent, VersionFacts, derive
from archiver.archive.findings import Findings
from archiver.archive.groups import DetailFacts, read_author, read_details, read_place
from archiver.archive.ids import SLOTS_PER_SECOND, id_floor
from archiver.archive.leaves import Sealed, version_leaf
from archiver.archive.rebuilding import (
    IndexedRecord,
    IndexedVersion,
    index_row,
    media_facts,
    partner_versions,
)
from archiver.archive.store import Archive
from archiver.archive.verify_ordinary import ORDINARY, OrdinaryRecords
from archiver.archive.verify_rows import check_complete
from archiver.config import Home
from archiver.errors import IntegrityError
from archiver.items import Access

ANY_ID = (-(2**63), 2**63 - 1)
"""Every id SQLite can hold, also those no record should have."""
SPLIT_FROM = 50_000
"""So many records make it worth starting a second process."""
_BLOCK = 1_000
_STEP = 5_000
_VERSIONS = Sealed("versions", ())
_OF_RECORD = """
    SELECT v.record_id, v.id, v.n, v.run_id, v.observed_at, v.late, v.edit_id, v.edit_position,
        v.exchange_id, v.original_id, v.stable, v.text, v.author, v.place, v.details, v.media,
        v.raw, v.dictionary_id, v.salt, l.kind, l.hash
    FROM versions AS v LEFT JOIN leaves AS l ON l.seq = v.leaf
    WHERE v.record_id = ? ORDER BY v.n
"""
_MEDIA = """
    SELECT record_id, key, name, media_type, alt_text, url, available, lower(hex(sha256))
    FROM record_media WHERE version_id = ? ORDER BY position
"""
_BELONGING = (
    ("versions", "record_id"),
    ("events", "record_id"),
    ("metrics", "record_id"),
    ("facet", "id"),
    ("displaced", "id"),
    ("search_docs", "id"),
    ("record_media", "record_id"),
)
Row = tuple[Any, ...]


def check_records(archive: Archive, access: Access, findings: Findings) -> None:
    """Every version, record and index string of a file."""
    try:
        check = _RecordCheck(archive, access, findings)
    except IntegrityError as error:
        findings.add(f"{archive.home.database(access).name}, dictionaries", "", str(error))
        return
    check.run()


def check_span(home: Home, access: Access, low: int, high: int) -> Findings:
    """The records of a file from one id to another, in a process of its own.

    Raises sqlite3.DatabaseError where the file is damaged.
    """
    findings = Findings()
    with Archive.open(home, whole=True) as archive:
        archive.file(access).execute("BEGIN")
        _RecordCheck(archive, access, findings).walk(low, high)
    return findings


class _RecordCheck:
    def __init__(self, archive: Archive, access: Access, findings: Findings) -> None:
        self._home = archive.home
        self._access = access
        self._connection = archive.file(access)
        self._codec = archive.codec(access)
        self._name = archive.home.database(access).name
        self._findings = findings
        self._versions = 0

    def _wrong(self, table: str, row: str, what: str) -> None:
        self._findings.add(f"{self._name}, {table}", row, what)

    def _all(self, sql: str, *values: object) -> list[Row]:
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, values).fetchall()

    def run(self) -> None:
        """Walk the records, a large file's in two halves at once, then look for what belongs to
        none."""
        total = self._all("SELECT count(*) FROM records")[0][0]
        if total < SPLIT_FROM or (os.cpu_count() or 1) < 2:
            self.walk(*ANY_ID)
        else:
            self._walk_halves(total)
        self._look_for_strays()
        leaves = self._all("SELECT count(*) FROM leaves WHERE kind = 'version'")[0][0]
        versions = self._all("SELECT count(*) FROM versions")[0][0]
        check_complete(
            *(self._connection, self._name, "version", _VERSIONS, versions, leaves), self._findings
        )

    def _walk_halves(self, total: int) -> None:
        middle = self._all("SELECT id FROM records ORDER BY id LIMIT 1 OFFSET ?", total // 2)[0][0]
        # spawned, not forked: what this process has open in SQLite must not be open twice
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            later = pool.submit(check_span, self._home, self._access, middle, ANY_ID[1])
            self.walk(ANY_ID[0], middle - 1)
            self._findings.tell(f"{self._name}: records", total // 2, total)
            self._findings.join(later.result())
        self._findings.tell(f"{self._name}: records", total, total)

    def walk(self, low: int, high: int) -> None:
        """Check the records from one id to another, both included."""
        findings = self._findings
        between = "SELECT count(*) FROM records WHERE id BETWEEN ? AND ?"
        total = self._all(between, low, high)[0][0]
        ordinary = OrdinaryRecords(self._codec)
        cursor = self._connection.cursor()
        cursor.row_factory = None
        cursor.execute(ORDINARY, (low, high))
        done = 0
        while block := cursor.fetchmany(_BLOCK):
            for row in block:
                if not ordinary.is_right(row):
                    self._look_closely(row[0])
                elif row[1] != "[]":
                    self._versions += 1
                    self._media(row[2], row[0], row[1])
                else:
                    self._versions += 1
            done += len(block)
            if done % _STEP == 0 or done == total:
                findings.tell(f"{self._name}: records", done, total)
        findings.checked["records"] += done
        findings.checked["versions"] += self._versions

    def _look_for_strays(self) -> None:
        """Rows of records that are not there."""
        for table, column in _BELONGING:
            stray = self._all(
                f"""
                SELECT t.{column} FROM {table} AS t
                WHERE NOT EXISTS (SELECT 1 FROM records AS r WHERE r.id = t.{column}) LIMIT 1
                """
            )
            if stray:
                self._wrong(table, f"record {stray[0][0]}", "it belongs to no record")
        stray = self._all(
            """
            SELECT m.version_id FROM record_media AS m LEFT JOIN versions AS v
                ON v.id = m.version_id AND v.record_id = m.record_id AND v.media <> '[]'
            WHERE v.id IS NULL LIMIT 1
            """
        )
        if stray:
            what = "its version shows no media"
            self._wrong("record_media", f"version {stray[0][0]}", what)

    def _look_closely(self, number: int) -> None:
        """All there is about one record, table by table."""
        row = self._all(f"SELECT id, {', '.join(DERIVED)} FROM records WHERE id = ?", number)[0]
        facts = [self._version(each) for each in self._all(_OF_RECORD, number)]
        events = self._all(
            "SELECT what, at, detail FROM events WHERE record_id = ? ORDER BY id", number
        )
        counters = self._all(
            "SELECT counters FROM metrics WHERE record_id = ? ORDER BY id DESC LIMIT 1", number
        )
        self._record(row, facts, events, counters[0][0] if counters else None)
        self._index(row, facts)
        self._moment(row)

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
            self._media(number, row[0], media)
        return facts

    def _media(self, version_id: int, record_id: int, group: str) -> None:
        """The rows of a version's media against its media group."""
        wanted = [
            (
                *(record_id, ref.key, ref.name, ref.media_type, ref.alt_text, ref.url),
                *(int(ref.available), ref.sha256 or ""),
            )
            for ref in media_facts(group)
        ]
        if self._all(_MEDIA, version_id) != wanted:
            what = "its media are not those its version shows"
            self._wrong("record_media", f"version {version_id}", what)

    def _record(
        self,
        row: Row,
        versions: list[VersionFacts | None],
        events: list[Row],
        counters: str | None,
    ) -> None:
        """The current state against what versions, events and counters say."""
        known = [version for version in versions if version is not None]
        label = f"record {row[0]}"
        if not versions:
            self._wrong("records", label, "it has no version")
        if not known or len(known) != len(versions):
            return
        if [version.n for version in known] != list(range(1, len(known) + 1)) or any(
            later.id <= before.id for before, later in pairwise(known)
        ):
            self._wrong("versions", label, "its versions are not numbered one after the other")
        states = [StateEvent(*event) for event in events if event[0] in STATE_EVENTS]
        derived = derive(known, states, counters)
        if derived != row[1:]:
            differing = [
                column
                for column, wanted, held in zip(DERIVED, derived, row[1:], strict=True)
                if wanted != held
            ]
            what = f"its {' and '.join(differing)} not what its versions and events say"
            self._wrong("records", label, what)

    def _index(self, row: Row, versions: list[VersionFacts | None]) -> None:
        """What is searched and counted against what the versions say."""
        known = [version for version in versions if version is not None]
        if not known or len(known) != len(versions):
            return
        docs = self._all(
            """
            SELECT id, text, earlier, people, recipients, files, tokens FROM search_docs
            WHERE id = ?
            """,
            row[0],
        )
        facets = self._all("SELECT id, code FROM facet WHERE id = ?", row[0])
        value = dict(zip(DERIVED, row[1:], strict=True))
        if self._all("SELECT 1 FROM pairs WHERE derived_id = ?", row[0]):
            for table, found in (("search_docs", docs), ("facet", facets)):
                if found:
                    what = "it counts under another record and is shown by itself"
                    self._wrong(table, f"record {row[0]}", what)
            return
        try:
            number, doc, code = index_row(
                IndexedRecord(row[0], *(value[column] for column in IndexedRecord._fields[1:])),
                [
                    IndexedVersion(version.id, version.text, version.author, version.media)
                    for version in known
                ],
                partner_versions(self._connection, row[0]),
            )
        except (LookupError, ValueError):
            what = "its kind, visibility or another of its states is no word of the archive"
            self._wrong("records", f"record {row[0]}", what)
            return
        wanted = (number, doc.text, doc.earlier, doc.people, doc.recipients, doc.files, doc.tokens)
        if docs != [wanted]:
            what = "what is searched is not what its versions say" if docs else "it is missing"
            self._wrong("search_docs", f"record {number}", what)
        if facets != [(number, code)]:
            what = "it does not match the record" if facets else "it is missing"
            self._wrong("facet", f"record {number}", what)

    def _moment(self, row: Row) -> None:
        """By which moment date filters find it."""
        created_at = row[1 + DERIVED.index("created_at")]
        moments = self._all("SELECT slot FROM displaced WHERE id = ?", row[0])
        try:
            floor = id_floor(created_at)
        except ValueError:
            return
        apart = floor // SLOTS_PER_SECOND != row[0] // SLOTS_PER_SECOND
        if moments != ([(floor,)] if apart else []):
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
