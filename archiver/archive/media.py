"""Media files: pictures, videos and documents, kept once per access class under their hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from archiver.archive.files import take_in
from archiver.config import Home
from archiver.items import Access

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"#EXTM3U", "application/vnd.apple.mpegurl"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """Bytes that were taken in: hash (hex), size in bytes, type by content, access class."""

    sha256: str
    size: int
    media_type: str
    access: Access


def sniff(head: bytes) -> str:
    """The media type of a file by its first bytes, never by what a platform calls it."""
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "application/octet-stream")
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    return "application/octet-stream"


def store_media(home: Home, access: Access, stream: BinaryIO) -> StoredMedia:
    """Take in the bytes of a media file. The batch that names them puts them in their place.

    The same bytes twice are one file. Raises StorageError where the disk is full or not writable.
    """
    stored = take_in(home, access, stream)
    return StoredMedia(stored.sha256, stored.size, sniff(stored.head), access)
