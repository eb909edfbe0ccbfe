"""The index strings of a record out of its stored versions: for changed records and for verify."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from archiver.archive.groups import (
    NO_MEDIA,
    names_of,
    read_author,
    read_media,
    words_of_media,
)
from archiver.archive.indexing import IndexRow, facet_code, search_doc
from archiver.archive.stored_text import to_searchable

_CHUNK = 500
_RECORDS = """
    SELECT id, account_id, platform, kind, form, author_role, language, visibility, content_state,
        presence, version_id, media_count
    FROM records WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id
"""
_VERSIONS = """
    SELECT record_id, id, text, author, media FROM versions
    WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY record_id, n
"""


def index_rows(connection: sqlite3.Connection, record_ids: Sequence[int]) -> Iterator[IndexRow]:
    """What the index holds of these records, made from what is stored; in the order of ids."""
    for start in range(0, len(record_ids), _CHUNK):
        wanted = (msgspec.json.encode(record_ids[start : start + _CHUNK]).decode(),)
        versions: dict[int, list[sqlite3.Row]] = {}
        for row in connection.execute(_VERSIONS, wanted):
            versions.setdefault(row["record_id"], []).append(row)
        for record in connection.execute(_RECORDS, wanted):
            yield index_row(record, versions.get(record["id"], []))


def index_row(record: sqlite3.Row, versions: Sequence[sqlite3.Row]) -> IndexRow:
    """What the index holds of one record; `versions` are all of them, oldest first."""
    current = [row for row in versions if row["id"] == record["version_id"]]
    earlier = [row for row in versions if row["id"] != record["version_id"]]
    authors = [read_author(row["author"]) for row in (*current, *earlier)]
    media = [
        ref
        for row in (*current, *earlier)
        if row["media"] != NO_MEDIA
        for ref in read_media(row["media"])
    ]
    edited = len(versions) > 1
    has_media = record["media_count"] > 0
    doc = search_doc(
        text=to_searchable(current[0]["text"]) if current else "",
        earlier=[to_searchable(row["text"]) for row in earlier],
        people=names_of(*authors),
        recipients=names_of(*(person for author in authors for person in author.recipients)),
        files=words_of_media(*media),
        account_id=record["account_id"],
        platform=record["platform"],
        kind=record["kind"],
        form=record["form"],
        visibility=record["visibility"],
        content_state=record["content_state"],
        presence=record["presence"],
        edited=edited,
        has_media=has_media,
        language=record["language"],
        author_role=record["author_role"],
    )
    code = facet_code(
        record["account_id"],
        record["kind"],
        visibility=record["visibility"],
        content_state=record["content_state"],
        presence=record["presence"],
        edited=edited,
        has_media=has_media,
        author_role=record["author_role"],
    )
    return record["id"], doc, code
