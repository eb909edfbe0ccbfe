"""Pictures and files of a record, and what of them a browser may be shown.

A type is shown only where a browser cannot run anything in it: an SVG, an HTML page or a PDF that
came from a resident is offered for saving and never opened inside the desk.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archiver.archive.reading import RecordMedia, media_of

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


def shown_type(media_type: str | None) -> str | None:
    """The type under which a browser is shown the bytes; None: they are offered for saving."""
    kind = _kind(media_type)
    return kind if kind in _SHOWN else None


def _way(each: RecordMedia) -> str:
    return "missing" if each.sha256 is None else _SHOWN.get(_kind(each.media_type), "file")


def _kind(media_type: str | None) -> str:
    return (media_type or "").partition(";")[0].strip().lower()
