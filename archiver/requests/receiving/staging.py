"""E-mail files between being dropped on the form and being saved with a request.

They wait in a hidden folder, named by who dropped them, and are removed after two days; nothing
else of the home knows of them, and no backup holds them.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path
from uuid import uuid4

from archiver.config import Home
from archiver.errors import InputError, StorageError
from archiver.requests.receiving.attaching import FOLDER

KEPT_SECONDS = 48 * 3600
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def stage(home: Home, login: str, content: bytes) -> str:
    """Put an e-mail file down for this person; gives its SHA-256, by which it is found again.

    Raises StorageError where it cannot be written.
    """
    digest = hashlib.sha256(content).hexdigest()
    folder = _folder(home)
    unfinished = folder / f".{uuid4().hex}"
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sweep(folder)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        unfinished.replace(folder / _name(login, digest))
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError(f"{folder} cannot be written: {error.strerror}") from None
    return digest


def staged(home: Home, login: str, digest: str) -> bytes:
    """The e-mail file this person put down. Raises InputError where there is none of that hash."""
    if _DIGEST.match(digest):
        try:
            content = (_folder(home) / _name(login, digest)).read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() == digest:
            return content
    raise InputError("the e-mail is no longer here: drop the file on the form again")


def unstage(home: Home, login: str, digest: str) -> None:
    """Remove an e-mail file that was put down, once a request keeps it."""
    if _DIGEST.match(digest):
        (_folder(home) / _name(login, digest)).unlink(missing_ok=True)


def _folder(home: Home) -> Path:
    return home.path / FOLDER / ".drafts"


def _name(login: str, digest: str) -> str:
    return f"{hashlib.sha256(login.encode()).hexdigest()[:16]}-{digest}"


def _sweep(folder: Path) -> None:
    too_old = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.stat().st_mtime < too_old:
            path.unlink(missing_ok=True)
