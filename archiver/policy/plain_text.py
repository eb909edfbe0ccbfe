"""Text files as people have them: UTF-8 or UTF-16, with a byte order mark or without."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

from archiver.errors import InputError

_PDF = b"%PDF-"
_LAYOUT = "\t\r\n\f"


def text_of(content: bytes) -> str | None:
    """The text of a file, or None where it is none.

    Nothing is guessed from letters: without a mark a file is UTF-16 only where half of its bytes
    are empty in the way Latin letters or line ends leave them, and UTF-8 only where all of it is.
    """
    if content.startswith(_PDF):
        return None
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        odd = any(unicodedata.category(each) == "Cc" and each not in _LAYOUT for each in text)
        return None if odd else text
    return None


def read_text(path: Path, name: str, most: int) -> str:
    """The text of a file of at most so many bytes.

    Raises InputError where it cannot be read, is larger, or is no text.
    """
    text = text_of(read_bytes(path, name, most))
    if text is None:
        raise InputError(f"the file {name} is no text in UTF-8 or UTF-16: save it as UTF-8")
    return text


def read_bytes(path: Path, name: str, most: int) -> bytes:
    """What a file holds. Raises InputError where it cannot be read or is larger than `most`."""
    try:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise InputError(f"the file {name} cannot be read: {error.strerror}") from None
    if len(content) > most:
        raise InputError(f"the file {name} is larger than {most // 1024:,} kB")
    return content


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    if content.startswith(codecs.BOM_UTF8) or b"\0" not in content:
        return ("utf-8-sig",)
    big, little = content[0::2].count(0), content[1::2].count(0)
    return ("utf-16-be",) if big > little else ("utf-16-le",)
