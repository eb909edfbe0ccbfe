"""The index strings of a record out of its stored versions: for changed records and for verify."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from archiver.archive.groups import (
    NO_MEDIA,
    AuthorFacts,
    MediaFacts,
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
        presence, version_id
    FROM records WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id
"""
_VERSIONS = """
    SELECT record_id, id, text, author, media FROM versions
    WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY record_id, n
"""


class IndexedRecord(NamedTuple):
    """What of a record's current state the index shows."""

    id: int
    account_id: int
    platform: str
    kind: str
    form: str
    author_role: str
    language: str | None
    visibility: str
    content_state: str
    presence: str
    version_id: int


class IndexedVersion(NamedTuple):
    """What of a version the index holds."""

    id: int
    text: str
    author: AuthorFacts
    media: tuple[MediaFacts, ...]


def index_rows(connection: sqlite3.Connection, record_ids: Sequence[int]) -> Iterator[IndexRow]:
    """What the index holds of these records, made from what is stored; in the order of ids."""
    cursor = connection.cursor()
    cursor.row_factory = None
    for start in range(0, len(record_ids), _CHUNK):
        wanted = (msgspec.json.encode(record_ids[start : start + _CHUNK]).decode(),)
        versions: dict[int, list[IndexedVersion]] = {}
        for record_id, number, text, author, media in cursor.execute(_VERSIONS, wanted):
            versions.setdefault(record_id, []).append(
                IndexedVersion(number, text, read_author(author), media_facts(media))
            )
        for row in cursor.execute(_RECORDS, wanted).fetchall():
            yield index_row(IndexedRecord(*row), versions.get(row[0], []))


def media_facts(group: str) -> tuple[MediaFacts, ...]:
    """The entries of a stored media group."""
    return () if group == NO_MEDIA else read_media(group)


def index_row(record: IndexedRecord, versions: Sequence[IndexedVersion]) -> IndexRow:
    """What the index holds of one record; `versions` are all of them, oldest first."""
    if len(versions) > 1:
        versions = sorted(versions, key=lambda version: version.id != record.version_id)
    authors = [version.author for version in versions]
    shown = versions[0].media if versions else ()
    edited = len(versions) > 1
    doc = search_doc(
        text=to_searchable(versions[0].text) if versions else "",
        earlier=[to_searchable(version.text) for version in versions[1:]],
        people=names_of(*authors),
        recipients=names_of(*(person for author in authors for person in author.recipients)),
        files=words_of_media(*(ref for version in versions for ref in version.media)),
        account_id=record.account_id,
        platform=record.platform,
        kind=record.kind,
        form=record.form,
        visibility=record.visibility,
        content_state=record.content_state,
        presence=record.presence,
        edited=edited,
        has_media=bool(shown),
        language=record.language,
        author_role=record.author_role,
    )
    code = facet_code(
        record.account_id,
        record.kind,
        visibility=record.visibility,
        content_state=record.content_state,
        presence=record.presence,
        edited=edited,
        has_media=bool(shown),
        author_role=record.author_role,
    )
    return record.id, doc, code
