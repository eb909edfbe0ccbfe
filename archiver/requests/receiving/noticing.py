"""Noticing, each night, what residents wrote that may be a records request, a claim, a legal notice
or a threat. It only puts records into a queue; a person says what they are.

Only records with a version that is new since the last look are searched, by the archive's own
search, so a quiet night costs one read for each file. The agency's own words are left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from archiver.archive import highlight
from archiver.archive.filters import Filters
from archiver.archive.matching import CHUNK, Asked, all_matching, ask, matching_ids, snapshot
from archiver.archive.query import parse
from archiver.archive.reading import Record, records, versions
from archiver.clock import now_text
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.requests.receiving.patterns import Patterns, patterns

MANY = 20 * CHUNK
"""From so many records on the whole file's index is asked, instead of an index of just these."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Phrase:
    kind: str
    text: str
    asked: Asked


def notice(
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    *,
    shipped: Patterns | None = None,
    progress: Progress | None = None,
) -> int:
    """Put into the queue what the patterns find among the records that are new or changed since the
    last look; how many came in. All of a file is looked at where the patterns have changed.

    `files` are the evidence files by name. Writes in transactions of its own, one for each file.
    """
    known = shipped or patterns()
    found = 0
    with snapshot(files):
        asked: list[_Phrase] = []
        for file, connection in files.items():
            since = _since(office, file, known)
            head = int(
                connection.execute("SELECT coalesce(max(id), 0) FROM versions").fetchone()[0]
            )
            if head <= since:
                continue
            asked = asked or _asked(known, files, settings.time_zone)
            matched = _matched(file, connection, asked, since, progress)
            fresh = list(_fresh(office, file, connection, matched))
            _enter(office, file, fresh, head, known)
            found += len(fresh)
    return found


def _since(office: sqlite3.Connection, file: str, known: Patterns) -> int:
    cursor = row(office, "SELECT version_id, patterns FROM intake_cursors WHERE file = ?", file)
    if cursor is None or cursor["patterns"] != known.digest:
        return 0
    return int(cursor["version_id"])


def _asked(
    known: Patterns, files: Mapping[str, sqlite3.Connection], time_zone: str
) -> list[_Phrase]:
    return [
        _Phrase(each.kind, phrase, ask(files, phrase, Filters(), time_zone))
        for each in known.pattern
        for phrase in each.phrases
    ]


def _matched(
    file: str,
    connection: sqlite3.Connection,
    asked: Sequence[_Phrase],
    since: int,
    progress: Progress | None,
) -> dict[int, list[_Phrase]]:
    """The records with a version later than `since` that hold phrases, with those."""
    cursor = connection.cursor()
    cursor.row_factory = None
    new = [
        number
        for (number,) in cursor.execute(
            "SELECT DISTINCT record_id FROM versions WHERE id > ? ORDER BY record_id", (since,)
        )
    ]
    found: dict[int, list[_Phrase]] = {}
    if len(new) > MANY:
        wanted = set(new)
        for done, phrase in enumerate(asked):
            if progress:
                progress("looking for requests", done, len(asked))
            for number in all_matching(file, connection, phrase.asked):
                if number in wanted:
                    found.setdefault(number, []).append(phrase)
        return found
    for start in range(0, len(new), CHUNK):
        if progress:
            progress("looking for requests", start, len(new))
        among = new[start : start + CHUNK]
        hits = matching_ids(connection, [phrase.asked for phrase in asked], among)
        for phrase, numbers in zip(asked, hits, strict=True):
            for number in numbers:
                found.setdefault(number, []).append(phrase)
    return found


def _fresh(
    office: sqlite3.Connection,
    file: str,
    connection: sqlite3.Connection,
    matched: Mapping[int, Sequence[_Phrase]],
) -> Iterator[tuple[int, int, list[_Phrase]]]:
    """Record, version and phrases of what nobody has been shown yet."""
    for found in records(connection, sorted(matched)):
        if found.author_role == "agency" or _is_source(office, file, found.id):
            continue
        shown = _shown_before(office, file, found.id)
        new = [phrase for phrase in matched[found.id] if phrase.text not in shown]
        version, said = _said(connection, found, new)
        if said:
            yield found.id, version, said


def _said(
    connection: sqlite3.Connection, found: Record, phrases: Sequence[_Phrase]
) -> tuple[int, list[_Phrase]]:
    """The newest version whose own words hold any of the phrases, and those: the search also looks
    at names and file names, which say nothing of what was meant."""
    said = [phrase for phrase in phrases if _holds(found.text, phrase.text)]
    if said or found.version_count == 1:
        return found.version_id, said
    for version in reversed(versions(connection, found.id)):
        said = [phrase for phrase in phrases if _holds(version.text, phrase.text)]
        if said:
            return version.id, said
    return found.version_id, []


def _holds(text: str, phrase: str) -> bool:
    return all(highlight.find_each(text, parse(phrase).needles))


def _shown_before(office: sqlite3.Connection, file: str, record_id: int) -> set[str]:
    found = rows(
        office,
        "SELECT phrases FROM intake_candidates WHERE file = ? AND record_id = ?",
        *(file, record_id),
    )
    return {phrase for each in found for phrase in msgspec.json.decode(each["phrases"])}


def _is_source(office: sqlite3.Connection, file: str, record_id: int) -> bool:
    """Whether the record is known to be a request."""
    sql = "SELECT 1 FROM request_sources WHERE file = ? AND record_id = ?"
    return row(office, sql, file, record_id) is not None


def _enter(
    office: sqlite3.Connection,
    file: str,
    fresh: Sequence[tuple[int, int, list[_Phrase]]],
    head: int,
    known: Patterns,
) -> None:
    now = now_text()
    with write_transaction(office):
        office.executemany(
            "INSERT INTO main.intake_candidates (file, record_id, version_id, kinds, phrases, at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    *(file, record_id, version_id),
                    _json(dict.fromkeys(phrase.kind for phrase in said)),
                    _json(dict.fromkeys(phrase.text for phrase in said)),
                    now,
                )
                for record_id, version_id, said in fresh
            ),
        )
        office.execute(
            "INSERT INTO intake_cursors (file, version_id, patterns) VALUES (?, ?, ?) "
            "ON CONFLICT (file) DO UPDATE SET version_id = excluded.version_id, "
            "patterns = excluded.patterns",
            (file, head, known.digest),
        )


def _json(values: Mapping[str, object]) -> str:
    return msgspec.json.encode(list(values)).decode()
