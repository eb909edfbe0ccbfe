"""Media that could not be had on the night of their record: asked for again on the next nights."""

from __future__ import annotations

import sqlite3
from typing import Any

from archiver import clock
from archiver.archive.media import StoredMedia, store_media
from archiver.archive.writing import batch
from archiver.capture.night import Night
from archiver.errors import SourceError
from archiver.items import Access, MediaRef

NAME = "media"
NIGHTS = 5
MOST = 500


def fetch_late_media(night: Night) -> None:
    """Try again for what was not to be had, at most five nights; remember tonight's. What stays
    away is counted: the record's version says that the file exists and is not held."""
    open_before = night.position(NAME).get("open", [])
    still_open: list[list[Any]] = []
    tried: set[tuple[str, str, str]] = set()
    for kind, native_id, key, nights in open_before:
        tried.add((kind, native_id, key))
        if not _fetched(night, kind, native_id, key):
            if nights + 1 < NIGHTS:
                still_open.append([kind, native_id, key, nights + 1])
            else:
                night.counts["media lost"] += 1
    fresh = [[*one, 0] for one in sorted(night.taker.without_media - tried)]
    night.counts["media waiting"] = len(still_open) + len(fresh)
    after = (still_open + fresh)[:MOST]
    if after != open_before:
        night.taker.flush(cursors=night.cursor(NAME, {"open": after}))


def _fetched(night: Night, kind: str, native_id: str, key: str) -> bool:
    """Whether nothing is left to do for this file."""
    for access in Access:
        row = (
            night.archive.file(access)
            .execute(
                """
            SELECT r.id, m.key, m.name, m.media_type, m.alt_text, m.url
            FROM records AS r JOIN record_media AS m ON m.version_id = r.version_id
            WHERE r.account_id = ? AND r.kind = ? AND r.native_id = ? AND m.key = ?
                AND m.sha256 IS NULL
            """,
                (night.account_id, kind, native_id, key),
            )
            .fetchone()
        )
        if row is not None:
            return _attached(night, access, row)
    return True


def _attached(night: Night, access: Access, row: sqlite3.Row) -> bool:
    ref = MediaRef(row["key"], row["name"], row["media_type"], row["alt_text"], row["url"])
    stored = _stored(night, access, ref)
    if stored is None:
        return False
    with batch(night.archive, night.run) as opened:
        opened.attach_media(access, row["id"], ref, stored, at=clock.now_text())
    night.counts["media"] += 1
    return True


def _stored(night: Night, access: Access, ref: MediaRef) -> StoredMedia | None:
    try:
        opened = night.source.open_media(ref)
    except SourceError:
        return None
    if opened is None:
        return None
    with opened as stream:
        return store_media(night.archive.home, access, stream)
