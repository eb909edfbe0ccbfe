"""The records as a SQLite file: made fresh, by inserts alone.

No row of it was ever deleted and no page of it is free, so nothing lies in the file but its rows.
Tables and columns carry the names of the data files; the views are what a reader would ask first.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from archiver.production import words
from archiver.production.cells import plain
from archiver.production.release import Record
from archiver.production.twins.about import about
from archiver.production.twins.entries import entry
from archiver.production.twins.volume import Volume

Row = tuple[object, ...]
_PRAGMAS = (
    "page_size = 4096",
    "encoding = 'UTF-8'",
    "auto_vacuum = NONE",
    "journal_mode = OFF",
    "synchronous = OFF",
    "secure_delete = ON",
    "foreign_keys = ON",
)
RECORD_COLUMNS = (
    "number", "conversation", "first_page", "last_page", "platform", "account", "handle",
    "department", "kind", "form", "author", "author_name", "author_handle", "author_id",
    "author_role", "created_at", "created_local", "text", "language", "url", "native_id",
    "in_reply_to", "visibility", "content_state", "presence", "version", "message_file",
    "captured_at", "captured_from", "evidence",
)  # fmt: skip

_TABLES = """
CREATE TABLE about (what TEXT NOT NULL, said TEXT NOT NULL) STRICT;
CREATE TABLE records (
    number INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    first_page TEXT NOT NULL,
    last_page TEXT NOT NULL,
    platform TEXT NOT NULL,
    account TEXT NOT NULL,
    handle TEXT NOT NULL,
    department TEXT NOT NULL,
    kind TEXT NOT NULL,
    form TEXT NOT NULL,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_handle TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_role TEXT NOT NULL,
    created_at TEXT,
    created_local TEXT,
    text TEXT NOT NULL,
    language TEXT,
    url TEXT,
    native_id TEXT NOT NULL,
    in_reply_to INTEGER REFERENCES records (number) DEFERRABLE INITIALLY DEFERRED,
    visibility TEXT NOT NULL,
    content_state TEXT NOT NULL,
    presence TEXT NOT NULL,
    version INTEGER NOT NULL,
    message_file TEXT,
    captured_at TEXT NOT NULL,
    captured_from TEXT NOT NULL,
    evidence TEXT NOT NULL
) STRICT;
CREATE TABLE recipients (
    record INTEGER NOT NULL REFERENCES records (number),
    recipient TEXT NOT NULL
) STRICT;
CREATE TABLE links (
    record INTEGER NOT NULL REFERENCES records (number),
    link TEXT NOT NULL
) STRICT;
CREATE TABLE earlier_versions (
    record INTEGER NOT NULL REFERENCES records (number),
    version INTEGER NOT NULL,
    captured_at TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (record, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE versions_left_out (
    record INTEGER NOT NULL REFERENCES records (number),
    version INTEGER NOT NULL,
    why TEXT NOT NULL,
    sheet_page TEXT
) STRICT;
CREATE TABLE history (
    record INTEGER NOT NULL REFERENCES records (number),
    at TEXT NOT NULL,
    what TEXT NOT NULL
) STRICT;
CREATE TABLE media (
    record INTEGER NOT NULL REFERENCES records (number),
    file TEXT,
    type TEXT,
    description TEXT
) STRICT;
CREATE TABLE redactions (
    record INTEGER NOT NULL REFERENCES records (number),
    bar INTEGER NOT NULL,
    field TEXT NOT NULL,
    what TEXT NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (record, bar)
) STRICT, WITHOUT ROWID;
CREATE TABLE redaction_sections (
    record INTEGER NOT NULL,
    bar INTEGER NOT NULL,
    section TEXT NOT NULL,
    FOREIGN KEY (record, bar) REFERENCES redactions (record, bar)
) STRICT;
CREATE TABLE withheld (sheet INTEGER PRIMARY KEY, page TEXT NOT NULL) STRICT;
CREATE TABLE withheld_sections (
    sheet INTEGER NOT NULL REFERENCES withheld (sheet),
    section TEXT NOT NULL
) STRICT;
CREATE TABLE sections (
    section TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL
) STRICT;
CREATE TABLE lists (
    list INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    as_of TEXT NOT NULL,
    first_page TEXT NOT NULL,
    last_page TEXT NOT NULL,
    file TEXT NOT NULL
) STRICT;
CREATE TABLE list_cells (
    list INTEGER NOT NULL REFERENCES lists (list),
    entry INTEGER NOT NULL,
    column_name TEXT NOT NULL,
    text TEXT,
    redacted_under TEXT NOT NULL
) STRICT;
"""
_VIEWS = """
CREATE INDEX records_conversation ON records (conversation);
CREATE INDEX records_created ON records (created_at);
CREATE INDEX redaction_sections_section ON redaction_sections (section);
CREATE VIEW conversations AS
    SELECT conversation, count(*) AS records, min(first_page) AS first_page,
        min(created_at) AS began, max(created_at) AS ended,
        count(DISTINCT author) AS authors
    FROM records GROUP BY conversation ORDER BY conversation;
CREATE VIEW authors AS
    SELECT author, author_handle, author_role, platform, count(*) AS records,
        min(created_at) AS first_at, max(created_at) AS last_at
    FROM records GROUP BY author, author_handle, author_role, platform
    ORDER BY records DESC, author;
CREATE VIEW answers AS
    SELECT a.number, a.first_page, a.author, a.text, q.number AS answered,
        q.first_page AS answered_page, q.author AS answered_author, q.text AS answered_text
    FROM records AS a JOIN records AS q ON q.number = a.in_reply_to ORDER BY a.number;
CREATE VIEW days AS
    SELECT substr(created_at, 1, 10) AS day, platform, kind, count(*) AS records
    FROM records WHERE created_at IS NOT NULL GROUP BY day, platform, kind ORDER BY day;
CREATE VIEW gone AS
    SELECT r.number, r.first_page, r.author, r.text, h.at, h.what
    FROM records AS r JOIN history AS h ON h.record = r.number
    WHERE r.presence = 'absent' ORDER BY h.at, r.number;
CREATE VIEW edits AS
    SELECT r.number, r.first_page, e.version, e.captured_at, e.text AS text_then,
        r.text AS text_now
    FROM earlier_versions AS e JOIN records AS r ON r.number = e.record
    ORDER BY r.number, e.version;
CREATE VIEW redactions_by_section AS
    SELECT section, count(*) AS redactions, count(DISTINCT record) AS records
    FROM redaction_sections GROUP BY section ORDER BY redactions DESC, section;
CREATE VIEW withheld_by_section AS
    SELECT section, count(*) AS withheld
    FROM withheld_sections GROUP BY section ORDER BY withheld DESC, section;
"""


def write_database(volume: Volume, path: Path) -> None:
    """Write records.sqlite. Raises OSError where the disk is full or not writable."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            for pragma in _PRAGMAS:
                database.execute(f"PRAGMA {pragma}")
            database.executescript(_TABLES)
            database.execute("BEGIN")
            for table, rows in _all_rows(volume).items():
                _insert(database, table, rows)
            database.execute("COMMIT")
            database.executescript(_VIEWS)
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, f"{path.name} cannot be written: {error}") from error


def _all_rows(volume: Volume) -> dict[str, list[Row]]:
    """Every row by its table; what others refer to comes first."""
    rows: dict[str, list[Row]] = {"about": list(about(volume)), "records": [], "redactions": []}
    for record in volume.order:
        values = entry(record, volume)
        values["author"] = words.author(record).words
        rows["records"].append(tuple(values[name] for name in RECORD_COLUMNS))
        for table, row in _of(record, values):
            rows.setdefault(table, []).append((values["number"], *row))
    for number, one in enumerate(volume.release.withheld, 1):
        page = volume.page(volume.packet.sheets[one.key])
        rows.setdefault("withheld", []).append((number, page))
        cited = rows.setdefault("withheld_sections", [])
        cited += [(number, section) for section in one.citations]
    grounds = volume.release.grounds
    rows["sections"] = [(g.citation, g.title, g.text, g.source) for g in grounds]
    for number, one_list, path in volume.lists:
        first, last = map(volume.page, volume.packet.lists[one_list.key])
        said = one_list.title, one_list.about, one_list.as_of
        rows.setdefault("lists", []).append((number, *said, first, last, path))
        rows.setdefault("list_cells", []).extend(
            (number, at, column, cell.text, "; ".join(cell.citations))
            for at, row in enumerate(one_list.rows, 1)
            for column, cell in zip(one_list.columns, row, strict=True)
        )
    return rows


def _of(record: Record, values: dict[str, object]) -> Iterator[tuple[str, Row]]:
    """What a record has several of, by table."""
    yield from (("recipients", (one.words,)) for one in record.recipients)
    yield from (("links", (one.words,)) for one in record.links)
    for table in ("earlier_versions", "versions_left_out", "history", "media"):
        found = values[table]
        for one in found if isinstance(found, list) else []:
            yield table, tuple(one.values())
    for at, bar in enumerate(record.redactions, 1):
        yield "redactions", (at, bar.field, bar.label, " ".join(bar.notes))
        yield from (("redaction_sections", (at, section)) for section in bar.citations)


def _insert(database: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        values = [tuple(map(_value, row)) for row in rows]
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", values)


def _value(value: object) -> str | int | None:
    return value if value is None or isinstance(value, int) else plain(str(value))
