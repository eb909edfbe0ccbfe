"""Reading records, read-only: every function takes the connection of one evidence file.

Texts come as they are shown (`stored_text.to_shown`); what was received, to the byte, is `raw_of`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from archiver.archive.dictionary import Codec
from archiver.archive.groups import (
    AuthorFacts,
    DetailFacts,
    MediaFacts,
    PlaceFacts,
    read_author,
    read_details,
    read_media,
    read_place,
)
from archiver.archive.pairs import shown_ids
from archiver.archive.stored_text import to_shown


@dataclass(frozen=True, slots=True)
class Record:
    """The current state of a record; `file` is "archive" or "private", `leaf` its current
    version's leaf in hex. `series` and what follows it is what `retention` marked."""

    file: str
    id: int
    account_id: int
    platform: str
    kind: str
    form: str
    native_id: str
    parent_id: str | None
    root_id: str | None
    author_id: str | None
    author_handle: str | None
    author_name: str | None
    author_role: str
    created_at: str
    undated: bool
    edited_at: str | None
    text: str
    language: str | None
    url: str | None
    visibility: str
    content_state: str
    presence: str
    removed_at: str | None
    removed_by: str | None
    version_id: int
    version_count: int
    media_count: int
    metrics: dict[str, int] | None
    first_seen_at: str
    series: str | None
    cutoff_on: str | None
    retain_until: str | None
    retention_rule: str | None
    leaf: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version: what it says, when it was observed, and its leaf in hex."""

    id: int
    record_id: int
    n: int
    run_id: int
    observed_at: str
    late: bool
    edit_id: str | None
    edit_position: int
    text: str
    author: AuthorFacts
    place: PlaceFacts
    details: DetailFacts
    media: tuple[MediaFacts, ...]
    leaf: str


@dataclass(frozen=True, slots=True)
class WordedVersion:
    """What a version says: its record's kind, its text, and the SHA-256 (hex) of the pictures and
    files it came with, or the source's key of those whose bytes are not held."""

    version_id: int
    kind: str
    text: str
    media: frozenset[str]


@dataclass(frozen=True, slots=True)
class RecordMedia:
    """A picture, video or file of the current version; `sha256` (hex) is None where the archive
    does not hold the bytes, `available` False where the source did not hold them either."""

    position: int
    key: str
    name: str | None
    media_type: str | None
    alt_text: str | None
    url: str | None
    available: bool
    sha256: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a record: when, when it was observed, and particulars."""

    id: int
    run_id: int | None
    what: str
    at: str
    observed_at: str
    detail: dict[str, Any]
    version_id: int | None
    exchange_id: int | None
    original_id: int | None


@dataclass(frozen=True, slots=True)
class ExchangeEvidence:
    """Where the exchange stands that brought a version. `url` and what belongs to it are None in
    archive.db where the bytes are private."""

    access: str
    warc: str
    start: int
    length: int
    response_start: int
    sha256: str
    method: str | None
    url: str | None
    status: int | None
    requested_at: str


@dataclass(frozen=True, slots=True)
class OriginalEvidence:
    """Where in which imported original a version stands."""

    access: str
    sha256: str
    size: int
    extension: str
    name: str | None
    member: str | None
    position: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a version rests on: the run that brought it and an exchange or an original."""

    run_id: int
    source: str
    run_started_at: str
    exchange: ExchangeEvidence | None
    original: OriginalEvidence | None


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """A record in a thread and how deep it stands (0: the first post, or any message)."""

    record: Record
    depth: int


_COLUMNS = """
    r.id, r.account_id, r.platform, r.kind, r.form, r.native_id, r.parent_id, r.root_id,
    r.author_id, r.author_handle, r.author_name, r.author_role, r.created_at, r.undated,
    r.edited_at, r.text, r.language, r.url, r.visibility, r.content_state, r.presence,
    r.removed_at, r.removed_by, r.version_id, r.version_count, r.media_count, r.metrics,
    r.first_seen_at, r.series, r.cutoff_on, r.retain_until, r.retention_rule, l.hash
"""
_FROM = """
    FROM records AS r
    JOIN versions AS v ON v.id = r.version_id
    JOIN leaves AS l ON l.seq = v.leaf
"""
_IN_VIEW = "NOT EXISTS (SELECT 1 FROM pairs AS p WHERE p.derived_id = r.id)"
_SHOWN = (7, 8, 9, 10, 15)
CLIMB = 200


def _all(connection: sqlite3.Connection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values).fetchall()


def _one(connection: sqlite3.Connection, sql: str, *values: Any) -> tuple[Any, ...] | None:
    found = _all(connection, sql, *values)
    return found[0] if found else None


def file_of(connection: sqlite3.Connection) -> str:
    """Which evidence file a connection is of: "archive" or "private"."""
    found = _all(connection, "PRAGMA database_list")
    return "private" if Path(str(found[0][2])).stem == "private" else "archive"


def _shown(value: str | None) -> str | None:
    return None if value is None else to_shown(value)


def _record(file: str, row: Sequence[Any]) -> Record:
    values: list[Any] = [_shown(v) if at in _SHOWN else v for at, v in enumerate(row)]
    values[13] = bool(values[13])
    values[26] = None if values[26] is None else msgspec.json.decode(values[26])
    values[32] = values[32].hex()
    return Record(file, *values)


def record(connection: sqlite3.Connection, record_id: int) -> Record | None:
    """A record by its id; None where the file does not hold it."""
    found = _one(connection, f"SELECT {_COLUMNS} {_FROM} WHERE r.id = ?", record_id)
    return None if found is None else _record(file_of(connection), found)


def records(connection: sqlite3.Connection, record_ids: Iterable[int]) -> list[Record]:
    """Records by id, in the order asked for; ids the file does not hold are left out."""
    wanted = list(record_ids)
    found = _all(
        connection,
        f"SELECT {_COLUMNS} {_FROM} WHERE r.id IN (SELECT value FROM json_each(?))",
        msgspec.json.encode(wanted).decode(),
    )
    file = file_of(connection)
    by_id = {row[0]: _record(file, row) for row in found}
    return [by_id[number] for number in wanted if number in by_id]


def record_by_native(
    connection: sqlite3.Connection, account_id: int, kind: str, native_id: str
) -> Record | None:
    """A record by the platform's id; None where the file does not hold it."""
    found = _one(
        connection,
        f"SELECT {_COLUMNS} {_FROM} WHERE r.account_id = ? AND r.kind = ? AND r.native_id = ?",
        *(account_id, str(kind), native_id),
    )
    return None if found is None else _record(file_of(connection), found)


_VERSION = """
    SELECT v.id, v.record_id, v.n, v.run_id, v.observed_at, v.late, v.edit_id, v.edit_position,
        v.text, v.author, v.place, v.details, v.media, l.hash
    FROM versions AS v JOIN leaves AS l ON l.seq = v.leaf
"""


def versions(connection: sqlite3.Connection, record_id: int) -> list[Version]:
    """All versions of a record, in the order the archive met them."""
    found = _all(connection, f"{_VERSION} WHERE v.record_id = ? ORDER BY v.n", record_id)
    return [_version(row) for row in found]


def version(connection: sqlite3.Connection, version_id: int) -> Version | None:
    """A version by its id; None where the file does not hold it."""
    found = _one(connection, f"{_VERSION} WHERE v.id = ?", version_id)
    return None if found is None else _version(found)


def versions_up_to(
    connection: sqlite3.Connection, version_ids: Iterable[int]
) -> dict[int, list[Version]]:
    """For each version by its id: its record's versions up to it, in the order the archive met
    them, itself the last. Ids the file does not hold are left out."""
    found = _all(
        connection,
        """
        SELECT v.id, v.record_id, v.n, v.run_id, v.observed_at, v.late, v.edit_id, v.edit_position,
            v.text, v.author, v.place, v.details, v.media, l.hash, last.id
        FROM versions AS last
        JOIN versions AS v ON v.record_id = last.record_id AND v.n <= last.n
        JOIN leaves AS l ON l.seq = v.leaf
        WHERE last.id IN (SELECT value FROM json_each(?)) ORDER BY last.id, v.n
        """,
        msgspec.json.encode(list(version_ids)).decode(),
    )
    by_id: dict[int, list[Version]] = {}
    for row in found:
        by_id.setdefault(row[14], []).append(_version(row[:14]))
    return by_id


def worded_versions(
    connection: sqlite3.Connection, version_ids: Iterable[int]
) -> Iterator[WordedVersion]:
    """What versions say, by id; ids the file does not hold are left out."""
    for number, kind, text, media in _all(
        connection,
        "SELECT v.id, r.kind, v.text, v.media FROM versions AS v "
        "JOIN records AS r ON r.id = v.record_id "
        "WHERE v.id IN (SELECT value FROM json_each(?))",
        msgspec.json.encode(list(version_ids)).decode(),
    ):
        facts = () if media == "[]" else read_media(to_shown(media))
        digests = frozenset(each.sha256 or each.key for each in facts)
        yield WordedVersion(number, kind, to_shown(text), digests)


def _version(row: Sequence[Any]) -> Version:
    values: list[Any] = [to_shown(value) if at >= 8 else value for at, value in enumerate(row[:13])]
    values[5] = bool(values[5])
    values[9] = read_author(values[9])
    values[10] = read_place(values[10])
    values[11] = read_details(values[11])
    values[12] = read_media(values[12])
    values.append(row[13].hex())
    return Version(*values)


def raw_of(connection: sqlite3.Connection, version_id: int) -> bytes:
    """The platform's own object of a version, to the byte as received.

    Raises KeyError where the file does not hold it, IntegrityError where it is damaged.
    """
    found = _one(connection, "SELECT raw, dictionary_id FROM versions WHERE id = ?", version_id)
    if found is None:
        raise KeyError(version_id)
    return Codec(connection).unpack(*found)


def media_of(connection: sqlite3.Connection, record_id: int) -> list[RecordMedia]:
    """The media of a record's current version, with bytes that came later."""
    later = {
        event.detail["key"]: bytes.fromhex(event.detail["sha256"])
        for event in events_of(connection, record_id)
        if event.what == "media received"
    }
    found = _all(
        connection,
        """
        SELECT m.position, m.key, m.name, m.media_type, m.alt_text, m.url, m.available, m.sha256
        FROM records AS r JOIN record_media AS m ON m.version_id = r.version_id
        WHERE r.id = ? ORDER BY m.position
        """,
        record_id,
    )
    return [_media(connection, row, row[7] or later.get(row[1])) for row in found]


def _media(connection: sqlite3.Connection, row: Sequence[Any], digest: bytes | None) -> RecordMedia:
    held = None
    if digest is not None:
        held = _one(connection, "SELECT media_type, size FROM media WHERE sha256 = ?", digest)
    position, key, name, media_type, alt_text, url, available, _ = row
    return RecordMedia(
        position,
        to_shown(key),
        _shown(name),
        held[0] if held else media_type,
        _shown(alt_text),
        _shown(url),
        bool(available),
        digest.hex() if digest and held else None,
        held[1] if held else None,
    )


def holds_bytes(connection: sqlite3.Connection, digest: str) -> bool:
    """Whether the file holds a picture's bytes (SHA-256 in hex), as far as it may be shown."""
    held = _one(connection, "SELECT 1 FROM media WHERE sha256 = ?", bytes.fromhex(digest))
    return held is not None


def events_of(connection: sqlite3.Connection, record_id: int) -> list[Event]:
    """What happened to a record, in the order the archive learned of it."""
    found = _all(
        connection,
        """
        SELECT id, run_id, what, at, observed_at, detail, version_id, exchange_id, original_id
        FROM events WHERE record_id = ? ORDER BY id
        """,
        record_id,
    )
    return [_event(*row) for row in found]


def _event(number: int, run_id: int | None, what: str, *rest: Any) -> Event:
    at, observed_at, detail, *cited = rest
    return Event(number, run_id, what, at, observed_at, msgspec.json.decode(detail), *cited)


def evidence_of(connection: sqlite3.Connection, cited: Version) -> Evidence:
    """What a version rests on."""
    run = _one(connection, "SELECT source, started_at FROM runs WHERE id = ?", cited.run_id)
    source, started_at = run or ("unknown", "")
    return Evidence(
        cited.run_id,
        source,
        started_at,
        exchange_by_id(connection, cited.details.exchange),
        _original(connection, cited.details),
    )


def exchange_by_id(
    connection: sqlite3.Connection, exchange_id: int | None
) -> ExchangeEvidence | None:
    """Where an exchange stands; None where the file does not know it."""
    found = _one(
        connection,
        """
        SELECT access, warc, start, length, response_start, sha256, method, url, status,
            requested_at
        FROM exchanges WHERE id = ?
        """,
        exchange_id,
    )
    if found is None:
        return None
    values: list[Any] = [value.hex() if at == 5 else value for at, value in enumerate(found)]
    return ExchangeEvidence(*values)


def _original(connection: sqlite3.Connection, details: DetailFacts) -> OriginalEvidence | None:
    found = _one(
        connection,
        "SELECT access, sha256, size, extension, name FROM originals WHERE id = ?",
        details.original,
    )
    if found is None:
        return None
    access, digest, size, extension, name = found
    return OriginalEvidence(
        access, digest.hex(), size, extension, _shown(name), details.member, details.position
    )


def metrics_of(connection: sqlite3.Connection, record_id: int) -> list[tuple[str, dict[str, int]]]:
    """The counters of a record at each time they had changed, oldest first."""
    found = _all(
        connection, "SELECT at, counters FROM metrics WHERE record_id = ? ORDER BY id", record_id
    )
    return [(at, msgspec.json.decode(counters)) for at, counters in found]


def thread(connection: sqlite3.Connection, of: Record, limit: int = 200) -> list[ThreadEntry]:
    """The conversation a record stands in, from its first post on, answers below what they answer,
    each level oldest first; messages in the order they were sent, around this one.

    At most `limit` records; the record itself is always among them.
    """
    if of.kind == "message":
        entries = _conversation(connection, of, limit)
    else:
        entries = _tree(connection, _top(connection, of), limit)
    if all(entry.record.id != of.id for entry in entries):
        entries = [*entries[: limit - 1], ThreadEntry(of, 1)]
    return entries


def _conversation(connection: sqlite3.Connection, of: Record, limit: int) -> list[ThreadEntry]:
    if of.root_id is None:
        return [ThreadEntry(of, 0)]
    key = (of.account_id, of.root_id, of.id)
    same = f"SELECT {_COLUMNS} {_FROM} WHERE r.account_id = ? AND r.root_id = ? AND {_IN_VIEW}"
    before = _all(connection, f"{same} AND r.id <= ? ORDER BY r.id DESC LIMIT {limit // 2}", *key)
    after = _all(connection, f"{same} AND r.id > ? ORDER BY r.id LIMIT {limit - len(before)}", *key)
    file = file_of(connection)
    return [ThreadEntry(_record(file, row), 0) for row in (*reversed(before), *after)]


def _top(connection: sqlite3.Connection, of: Record) -> Record:
    top, seen = of, {of.native_id}
    for _ in range(CLIMB):
        for wanted in (top.parent_id, top.root_id):
            if wanted is None or wanted in seen:
                continue
            above = _post(connection, top.account_id, wanted)
            if above is not None:
                top = above
                seen.add(above.native_id)
                break
        else:
            return top
    return top


def _post(connection: sqlite3.Connection, account_id: int, native_id: str) -> Record | None:
    found = record_by_native(connection, account_id, "post", native_id) or record_by_native(
        connection, account_id, "comment", native_id
    )
    if found is None:
        return None
    [shown] = shown_ids(connection, [found.id])
    return found if shown == found.id else record(connection, shown)


_BELOW = f"""
    WITH RECURSIVE below (id, native_id, depth, path) AS (
        SELECT id, native_id, 0, '' FROM records WHERE id = :top
        UNION
        SELECT c.id, c.native_id, b.depth + 1, b.path || printf('/%016d', c.id)
        FROM below AS b
        JOIN records AS c ON c.parent_id = b.native_id AND c.account_id = :account
        WHERE c.kind IN ('post', 'comment') AND b.depth < {CLIMB}
            AND NOT EXISTS (SELECT 1 FROM pairs AS p WHERE p.derived_id = c.id)
        UNION
        SELECT c.id, c.native_id, b.depth + 1, b.path || printf('/%016d', c.id)
        FROM below AS b JOIN pairs AS same ON same.kept_id = b.id
        JOIN records AS d ON d.id = same.derived_id
        JOIN records AS c ON c.parent_id = d.native_id AND c.account_id = :account
        WHERE c.kind IN ('post', 'comment') AND b.depth < {CLIMB}
            AND NOT EXISTS (SELECT 1 FROM pairs AS p WHERE p.derived_id = c.id)
        LIMIT :limit
    )
    SELECT depth, {_COLUMNS} {_FROM} JOIN below ON below.id = r.id ORDER BY below.path
"""


def _tree(connection: sqlite3.Connection, top: Record, limit: int) -> list[ThreadEntry]:
    cursor = connection.cursor()
    cursor.row_factory = None
    found = cursor.execute(
        _BELOW, {"top": top.id, "account": top.account_id, "limit": limit}
    ).fetchall()
    file = file_of(connection)
    entries = [ThreadEntry(_record(file, row[1:]), row[0]) for row in found]
    held = {entry.record.id for entry in entries}
    loose = _all(
        connection,
        f"SELECT {_COLUMNS} {_FROM} WHERE r.account_id = ? AND r.root_id = ?"
        f" AND r.kind IN ('post', 'comment') AND {_IN_VIEW} ORDER BY r.id LIMIT {limit}",
        *(top.account_id, top.native_id),
    )
    entries += [ThreadEntry(_record(file, row), 1) for row in loose if row[0] not in held]
    return entries[:limit]
