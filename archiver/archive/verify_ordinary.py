"""Verify's quick look at the ordinary record: one version, no event; nearly all of an archive.

It recomputes and compares everything `verify_records` does, in one pass over one row, but names
nothing: a record it does not find right is looked at again there. Written flat, because it runs
once per record of the whole archive.
"""

from __future__ import annotations

from typing import Any

import msgspec

from archiver.archive import scripts
from archiver.archive.dictionary import Codec
from archiver.archive.groups import (
    NO_MEDIA,
    MediaFacts,
    read_author,
    read_details,
    read_place,
    words_of_media,
)
from archiver.archive.ids import SLOTS_PER_SECOND, id_floor
from archiver.archive.leaves import version_leaf
from archiver.archive.rebuilding import IndexedRecord, IndexedVersion, index_row, media_facts
from archiver.archive.states import moment_of
from archiver.archive.stored_text import to_searchable
from archiver.errors import IntegrityError

ORDINARY = """
    SELECT r.id, v.media, v.id,
        CAST(v.author AS BLOB), r.account_id, r.platform, r.kind, r.form, r.author_role, r.language,
        r.visibility, r.content_state, r.presence, r.author_id, r.author_handle, r.author_name,
        d.people, d.recipients, d.tokens, f.code, r.media_count > 0,
        v.salt, CAST(v.text AS BLOB), CAST(v.place AS BLOB), CAST(v.details AS BLOB), v.stable,
        v.raw, v.dictionary_id, l.hash,
        v.run_id, v.observed_at, v.exchange_id, v.original_id, r.native_id, r.parent_id, r.root_id,
        r.edited_at, r.url, r.edit_id, r.created_at,
        r.undated, r.media_count, moved.slot, d.files, iif(d.text IS v.text, NULL, d.text),
        r.version_count = 1 AND v.n = 1 AND v.record_id = r.id AND l.kind = 'version'
            AND r.text IS v.text AND r.stable IS v.stable AND r.edit_id IS v.edit_id
            AND r.first_seen_at IS v.observed_at AND r.presence = 'present'
            AND r.removed_at IS NULL AND r.removed_by IS NULL
            AND v.late = 0 AND v.edit_position = 0 AND d.earlier = ''
            AND r.metrics IS (
                SELECT counters FROM metrics WHERE record_id = r.id ORDER BY id DESC LIMIT 1)
            AND NOT EXISTS (SELECT 1 FROM events WHERE record_id = r.id)
            AND NOT EXISTS (SELECT 1 FROM pairs WHERE derived_id = r.id)
            AND NOT EXISTS (SELECT 1 FROM pairs WHERE kept_id = r.id)
    FROM records AS r
    LEFT JOIN versions AS v ON v.id = r.version_id
    LEFT JOIN leaves AS l ON l.seq = v.leaf
    LEFT JOIN search_docs AS d ON d.id = r.id
    LEFT JOIN facet AS f ON f.id = r.id
    LEFT JOIN displaced AS moved ON moved.id = r.id
    WHERE r.id BETWEEN ? AND ? ORDER BY r.id
"""
_KEPT = 4_096
_NO_NAME = MediaFacts("", None, None, None, None, False, None)


class OrdinaryRecords:
    """Looks at rows of `ORDINARY`, one after the other."""

    def __init__(self, codec: Codec) -> None:
        self._unpack = codec.unpack
        self._known: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def is_right(self, row: tuple[Any, ...]) -> bool:
        """Whether this is an ordinary record, and everything about it as it should be."""
        if not row[45]:
            return False
        salt, text, place_group, details_group, stable, packed, dictionary_id, leaf = row[21:29]
        media, created_at, undated, media_count, slot, files, indexed = (row[1], *row[39:45])
        try:
            key = row[3:21]
            repeated = self._known.get(key) or self._repeated(key)
            raw = self._unpack(packed, dictionary_id)
            place, details = read_place(place_group), read_details(details_group)
            if leaf != version_leaf(
                salt, text, row[3], place_group, details_group, media.encode(), stable + raw
            ):
                return False
        except (IntegrityError, msgspec.MsgspecError, UnicodeError):
            return False
        if repeated != (
            *(place.account, place.platform, place.kind, place.form, details.language),
            *(place.visibility, details.content_state),
        ) or row[29:39] != (
            *(details.run, details.observed_at, details.exchange, details.original),
            *(place.native_id, place.parent_id, place.root_id, place.edited_at),
            *(details.url, details.edit_id),
        ):
            return False
        if details.late or details.edit_position:
            return False
        if undated or created_at != place.created_at:
            wanted = moment_of(place.created_at, details.observed_at)
            if wanted != (created_at, bool(undated)):
                return False
        floor = id_floor(created_at)
        apart = floor // SLOTS_PER_SECOND != row[0] // SLOTS_PER_SECOND
        if slot != (floor if apart else None):
            return False
        if indexed is not None or not text.isascii() or b"\0" in text:
            said = text.decode()
            if (said if indexed is None else indexed) != scripts.indexed(to_searchable(said)):
                return False
        if media == NO_MEDIA:
            return bool(media_count == 0 and files == "")
        return _shows(media, media_count, files)

    def _repeated(self, key: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """What the place and details of a record with these columns must say; None where the
        columns do not fit each other.

        Checked once for each combination and kept: a few hundred make up a whole archive.
        """
        author_group, account_id, platform, kind, form, role, language = key[:7]
        visibility, content_state, presence, native_id, handle, name, *strings = key[7:17]
        author = read_author(author_group)
        try:
            _, doc, code = index_row(
                IndexedRecord(
                    *(0, account_id, platform, kind, form, role, language),
                    *(visibility, content_state, presence, 0),
                ),
                [IndexedVersion(0, "", author, (_NO_NAME,) if key[17] else ())],
            )
        except (LookupError, ValueError):
            return None
        fits = strings == [doc.people, doc.recipients, doc.tokens, code] and (
            (author.native_id, author.handle, author.display_name, author.role)
            == (native_id, handle, name, role)
        )
        said = (account_id, platform, kind, form, language, visibility, content_state)
        if not fits:
            return None
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[key] = said
        return said


def _shows(group: str, count: int, files: str) -> bool:
    """Whether a media group has so many entries and is indexed by these strings."""
    try:
        shown = media_facts(group)
    except msgspec.MsgspecError:
        return False
    words = dict.fromkeys(words_of_media(*shown))
    return bool(len(shown) == count and files == scripts.joined(tuple(words)))
