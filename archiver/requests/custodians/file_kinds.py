"""What a file that is handed in is, told by its bytes: a text and in which letters, a saved page, a
picture; and what a packet cannot hand out a copy of."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from archiver.archive.media import sniff
from archiver.requests.receiving import outlook_wrapping
from archiver.requests.receiving.attaching import media_type
from archiver.requests.receiving.email_text import plain_text

NOT_PRODUCED = (
    "{name} cannot be read as an e-mail, text, picture, video or PDF: it is kept and can be "
    "reviewed, but no copy of it can be produced; ask for it as a PDF"
)
OUTLOOK = (
    "{name} is what Outlook wraps enclosures in, and is kept as it is: ask the sender for them as "
    "plain files, or open it in Outlook"
)
_PRODUCED = ("image/png", "image/jpeg", "image/gif", "application/pdf")
_TELEPHONE_PICTURES = ("image/heic", "image/heif", "image/avif")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def kind_of(content: bytes) -> str:
    """What a file is by its first bytes; the archive also knows the pictures of telephones."""
    known = sniff(content[:64])
    return known if known.startswith("image/") else media_type(content)


def not_produced(content: bytes, name: str) -> Iterator[str]:
    """A sentence about a file of which no copy can be produced; nothing about others."""
    kind = kind_of(content)
    if content.startswith(outlook_wrapping.MARK):
        yield OUTLOOK.format(name=name)
    elif kind not in _PRODUCED and not _boxed(content, kind):
        yield NOT_PRODUCED.format(name=name)


def _boxed(content: bytes, kind: str) -> bool:
    """Whether it is a video or sound a packet can hand out, or a WebP picture."""
    if kind in _TELEPHONE_PICTURES:
        return False
    return content[4:8] == b"ftyp" or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def is_saved_page(content: bytes, name: str) -> bool:
    """Whether it is a page saved from a browser."""
    head = content[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    named = name.lower().endswith((".html", ".htm", ".xhtml"))
    return head.startswith((b"<!doctype html", b"<html")) or (named and b"<" in head)


def text_of(content: bytes) -> str | None:
    """The words of a text file in whatever letters, or None where it is none."""
    if content.startswith(outlook_wrapping.MARK):
        return None
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return plain_text(content.decode(encoding).encode(), "utf-8", "")[0]
            except UnicodeError:
                return None
    if media_type(content) == "text/plain":
        return plain_text(content, None, "")[0]
    return _old_letters(content)


def _old_letters(content: bytes) -> str | None:
    """A text in the one-byte letters of older Windows programs."""
    head = content[:4_096]
    if not head or any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return None
    if media_type(content) != "application/octet-stream" or b"\x7f" in head:
        return None
    odd = sum(byte >= 0x80 for byte in head)
    return plain_text(content, "windows-1252", "")[0] if odd * 5 < len(head) else None
