"""Pictures and files of a record, and what of them a browser may be shown.

A type is shown only where a browser cannot run anything in it: an SVG, an HTML page or a PDF that
came from a resident is offered for saving and never opened inside the desk.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver.archive.groups import MediaFacts
from archiver.archive.reading import RecordMedia, Version, events_of, media_of
from archiver.database import row

_SHOWN = {
    "image/avif": "image",
    "image/bmp": "image",
    "image/gif": "image",
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "image",
    "video/mp4": "video",
    "video/ogg": "video",
    "video/quicktime": "video",
    "video/webm": "video",
    "audio/aac": "audio",
    "audio/flac": "audio",
    "audio/mp4": "audio",
    "audio/mpeg": "audio",
    "audio/ogg": "audio",
    "audio/wav": "audio",
    "audio/webm": "audio",
}

_NOUNS = {"image": "Picture", "video": "Video", "audio": "Sound"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, video, sound or file. `shown` is image, video, audio, file (to be saved) or
    missing (the archive holds no bytes)."""

    position: int
    shown: str
    name: str | None
    media_type: str | None
    alt_text: str | None
    size: int | None

    @property
    def noun(self) -> str:
        """What it is, in a word."""
        return _NOUNS.get(_kind(self.media_type).partition("/")[0], "File")


def gallery(connection: sqlite3.Connection, record_id: int) -> list[Picture]:
    """The media of a record's current version."""
    return [
        Picture(each.position, _way(each), each.name, each.media_type, each.alt_text, each.size)
        for each in media_of(connection, record_id)
    ]


def media_of_version(connection: sqlite3.Connection, version: Version) -> list[RecordMedia]:
    """The media of a version as it was collected, with bytes that came later."""
    later = {
        event.detail["key"]: event.detail["sha256"]
        for event in events_of(connection, version.record_id)
        if event.what == "media received"
    }
    return [
        _as_held(connection, position, fact, fact.sha256 or later.get(fact.key))
        for position, fact in enumerate(version.media)
    ]


def pictures_of(connection: sqlite3.Connection, version: Version) -> list[Picture]:
    """The same as a page shows them."""
    return [
        Picture(each.position, _way(each), each.name, each.media_type, each.alt_text, each.size)
        for each in media_of_version(connection, version)
    ]


def _as_held(
    connection: sqlite3.Connection, position: int, fact: MediaFacts, digest: str | None
) -> RecordMedia:
    held = None
    if digest is not None:
        held = row(
            connection,
            "SELECT media_type, size FROM media WHERE sha256 = ?",
            bytes.fromhex(digest),
        )
    return RecordMedia(
        *(position, fact.key, fact.name),
        held["media_type"] if held else fact.media_type,
        *(fact.alt_text, fact.url, fact.available),
        digest if held else None,
        held["size"] if held else None,
    )


def shown_type(media_type: str | None) -> str | None:
    """The type under which a browser is shown the bytes; None: they are offered for saving."""
    kind = _kind(media_type)
    return kind if kind in _SHOWN else None


def _way(each: RecordMedia) -> str:
    return "missing" if each.sha256 is None else _SHOWN.get(_kind(each.media_type), "file")


def _kind(media_type: str | None) -> str:
    return (media_type or "").partition(";")[0].strip().lower()
