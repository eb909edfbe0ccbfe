"""Documents that show an approval, kept by their hash under the home's `documents` folder.

Their file name is their SHA-256, readable by the home's owner alone. What a file is, is told by its
first bytes, never by its name.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from archiver.config import Home
from archiver.errors import InputError, StorageError

FOLDER = "documents"
LARGEST = 50 * 1024 * 1024
"""Bytes. A signed resolution is a few pages; a scan of the largest agenda stays far below."""

_HEADS = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"II*\x00", "image/tiff", ".tif"),
    (b"MM\x00*", "image/tiff", ".tif"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document on file: its SHA-256 in hex and what it is."""

    sha256: str
    media_type: str


def keep_document(home: Home, path: Path) -> Document:
    """Copy a PDF or picture into the home.

    Raises InputError where it cannot be read, is empty, too large or something else; StorageError
    where it cannot be kept.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(f"{path} is larger than {LARGEST // 1024 // 1024} MB")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    found = _kind(content)
    if found is None:
        raise InputError(f"{path} is no PDF, PNG, JPEG or TIFF: give the signed document as one")
    media_type, _ = found
    kept = Document(hashlib.sha256(content).hexdigest(), media_type)
    target = document_path(home, kept)
    unfinished = target.with_name(f".{uuid4().hex}")
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if not target.exists():
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError(f"{target.parent} cannot be written: {error.strerror}") from None
    return kept


def document_path(home: Home, document: Document) -> Path:
    """Where a document lies."""
    suffix = next(end for _, media_type, end in _HEADS if media_type == document.media_type)
    return home.path / FOLDER / f"{document.sha256}{suffix}"


def _kind(content: bytes) -> tuple[str, str] | None:
    for head, media_type, suffix in _HEADS:
        if content.startswith(head):
            return media_type, suffix
    return None
