"""The index strings of a record out of its stored versions: for changed records and for verify."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
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
_PARTNERS = """
    SELECT p.kept_id, p.derived_id FROM json_each(?) AS wanted
    CROSS JOIN pairs AS p ON p.kept_id = wanted.value ORDER BY p.derived_id
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
        wanted = (_ids(record_ids[start : start + _CHUNK]),)
        versions = _versions(cursor, wanted)
        partners: dict[int, list[int]] = {}
        for kept_id, derived_id in cursor.execute(_PARTNERS, wanted).fetchall():
            partners.setdefault(kept_id, []).append(derived_id)
        theirs = _versions(cursor, (_ids(each for some in partners.values() for each in some),))
        for row in cursor.execute(_RECORDS, wanted).fetchall():
            others = [one for each in partners.get(row[0], ()) for one in theirs.get(each, ())]
            yield index_row(IndexedRecord(*row), versions.get(row[0], []), others)


def _ids(numbers: Iterable[int]) -> str:
    return msgspec.json.encode(list(numbers)).decode()


def _versions(cursor: sqlite3.Cursor, wanted: tuple[str]) -> dict[int, list[IndexedVersion]]:
    versions: dict[int, list[IndexedVersion]] = {}
    for record_id, number, text, author, media in cursor.execute(_VERSIONS, wanted):
        versions.setdefault(record_id, []).append(
            IndexedVersion(number, text, read_author(author), media_facts(media))
        )
    return versions


def partner_versions(connection: sqlite3.Connection, record_id: int) -> list[IndexedVersion]:
    """The versions of the records that count under this one, as its index holds them."""
    cursor = connection.cursor()
    cursor.row_factory = None
    found = cursor.execute(_PARTNERS, (_ids([record_id]),)).fetchall()
    theirs = _versions(cursor, (_ids(derived_id for _, derived_id in found),))
    return [one for _, derived_id in found for one in theirs.get(derived_id, ())]


def media_facts(group: str) -> tuple[MediaFacts, ...]:
    """The entries of a stored media group."""
    return () if group == NO_MEDIA else read_media(group)


def index_row(
    record: IndexedRecord,
    versions: Sequence[IndexedVersion],
    others: Sequence[IndexedVersion] = (),
) -> IndexRow:
    """What the index holds of one record; `versions` are all of them, oldest first, `others` those
    of the records that count under it: whoever looks for their words finds this one."""
    if len(versions) > 1:
        versions = sorted(versions, key=lambda version: version.id != record.version_id)
    told = [*versions, *others]
    authors = [version.author for version in told]
    shown = bool(versions and versions[0].media) or any(version.media for version in others)
    edited = len(versions) > 1
    doc = search_doc(
        text=to_searchable(versions[0].text) if versions else "",
        earlier=[to_searchable(version.text) for version in told[1:]],
        people=names_of(*authors),
        recipients=names_of(*(person for author in authors for person in author.recipients)),
        files=words_of_media(*(ref for version in told for ref in version.media)),
        account_id=record.account_id,
        platform=record.platform,
        kind=record.kind,
        form=record.form,
        visibility=record.visibility,
        content_state=record.content_state,
        presence=record.presence,
        edited=edited,
        has_media=shown,
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
        has_media=shown,
        author_role=record.author_role,
    )
    return record.id, doc, code
