"""Names and bytes of the media twins: named by the page they stand on, stripped of what they carry.

Pictures keep their pixels and lose EXIF, place, comments and thumbnails; a PDF keeps its pages. In
MP4 and QuickTime the boxes that hold titles, places and devices become empty space, so the picture
and sound stay byte for byte where they were. A kind of file that cannot be stripped is not handed
out (`StripError`).
"""

from __future__ import annotations

import hashlib
import shutil
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from archiver.errors import ArchiverError, InputError
from archiver.pdf import images
from archiver.pdf.stripping import stripped_pdf

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "png",
    "image/webp": "png",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "audio/mp4": "m4a",
    "application/pdf": "pdf",
}
_BOXED = frozenset(("video/mp4", "video/quicktime", "audio/mp4"))
_CONTAINERS = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"))
_TELLING = frozenset((b"udta", b"meta", b"uuid"))
_DATED = frozenset((b"mvhd", b"tkhd", b"mdhd"))


_HEIF = (
    "this program has no decoder for HEIC, so what the file carries besides the picture cannot be "
    "taken out; ask the city for it on a data carrier"
)
_NOT_OPENED = {
    "image/heic": _HEIF,
    "image/heif": _HEIF,
    "image/svg+xml": "an SVG is a program as much as a picture and is not handed out",
}


class StripError(ArchiverError):
    """What a file carries beside its content cannot be taken out."""


class MediaFolder:
    """The media twins of a volume, written as their records are printed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._given: Counter[str] = Counter()

    def clear(self) -> None:
        """Take back what was given out: the volume is printed anew."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._given.clear()

    def keep(self, data: bytes, media_type: str, page: str) -> str:
        """Write a file, stripped; gives its name: the page it stands on and a counter.

        Raises StripError where it cannot be stripped, and writes nothing.
        """
        return self.keep_told(data, media_type, page)[0]

    def keep_told(self, data: bytes, media_type: str, page: str) -> tuple[str, int, str]:
        """As `keep`; gives the name with the size and the SHA-256 of the file as it is produced."""
        clean = stripped(data, media_type)
        self._given[page] += 1
        name = f"{page}-{self._given[page]}.{extension(media_type)}"
        self._put(name, clean)
        return name, len(clean), hashlib.sha256(clean).hexdigest()

    def _put(self, name: str, data: bytes) -> None:
        self._folder.mkdir(exist_ok=True)
        (self._folder / name).write_bytes(data)


class NoFolder(MediaFolder):
    """Takes what a `MediaFolder` takes and names it alike, and writes nothing."""

    def __init__(self) -> None:
        super().__init__(Path())

    def clear(self) -> None:
        """Forget the names that were given."""
        self._given.clear()

    def _put(self, name: str, data: bytes) -> None:
        """Nothing is written."""


def extension(media_type: str) -> str:
    """The ending of a produced file of that type."""
    if media_type in _EXTENSIONS:
        return _EXTENSIONS[media_type]
    return "png" if media_type.startswith("image/") else "bin"


def stripped(data: bytes, media_type: str) -> bytes:
    """A media file without what it carries beside its content. Raises StripError."""
    if media_type in _NOT_OPENED:
        raise StripError(_NOT_OPENED[media_type])
    try:
        if media_type.startswith("image/"):
            return images.stripped(data)
        if media_type == "application/pdf":
            return stripped_pdf(data)
        if media_type in _BOXED:
            return _without_boxes(data)
    except (InputError, struct.error, ValueError):
        raise StripError(
            f"it cannot be read as {media_type}, so nothing can be taken out"
        ) from None
    raise StripError(f"metadata cannot be taken out of a file of type {media_type}")


def _without_boxes(data: bytes) -> bytes:
    out = bytearray(data)
    for kind, start, body, end in _boxes(data, 0, len(data)):
        if kind in _TELLING:
            out[start + 4 : start + 8] = b"free"
            out[body:end] = bytes(end - body)
        elif kind in _DATED:
            wide = data[body] == 1
            out[body + 4 : body + (20 if wide else 12)] = bytes(16 if wide else 8)
    return bytes(out)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Every box as (kind, start, start of its body, end), containers opened."""
    while start + 8 <= end:
        size, kind = struct.unpack(">I4s", data[start : start + 8])
        body = start + 8
        if size == 1:
            size = struct.unpack(">Q", data[body : body + 8])[0]
            body += 8
        elif size == 0:
            size = end - start
        stop = start + size
        if stop > end or stop < body:
            raise ValueError("a box is longer than what holds it")
        yield kind, start, body, stop
        if kind in _CONTAINERS:
            yield from _boxes(data, body, stop)
        start = stop
