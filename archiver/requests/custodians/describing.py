"""What machine-read text says of a picture that was handed in: marked as such, so that it can be
found and heard, and is taken by nobody for what the picture shows."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from archiver.capture.reading_pictures import MARK, find_reader, read_picture
from archiver.items import MediaRef
from archiver.requests.custodians.reading import Part

NOT_READ = (
    "The words in pictures were not read, so they are not found by searching: `archiver doctor` "
    "says what is missing"
)


def described(part: Part) -> Part:
    """A part whose pictures are described by the words in them, where Tesseract is installed and
    reads any."""
    pictures = [
        ref
        for ref in part.item.media
        if (ref.media_type or "").startswith("image/") and isinstance(part.media[ref.key], bytes)
    ]
    if not pictures:
        return part
    reader = find_reader()
    if reader is None:
        return part.noting(NOT_READ)

    def with_words(ref: MediaRef) -> MediaRef:
        content = part.media.get(ref.key)
        if ref not in pictures or not isinstance(content, bytes):
            return ref
        words = read_picture(reader, content)
        if not words:
            return ref
        told = f"{ref.alt_text or ref.name}. {MARK} ({reader.name}), not checked: {words}"
        return structs.replace(ref, alt_text=told)

    item = structs.replace(part.item, media=tuple(map(with_words, part.item.media)))
    return replace(part, item=item)
