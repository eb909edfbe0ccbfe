"""The key that lies beside staff.db, so that a copy of that file alone gives nobody a code.

What a person's authenticator knows must be kept readable (a code is worked out from it), unlike a
password. It is sealed with AES-256-GCM under ``keys/staff.key``; digests of recovery codes are
keyed with a second key drawn from the same file.
"""

from __future__ import annotations

import hmac
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from archiver.errors import HomeError

STAFF_KEY = "staff.key"
KEY_SIZE = 32
_NONCE_SIZE = 12


def make_staff_key(folder: Path) -> None:
    """Make the key where there is none; of two processes that do so at once, one prevails.

    Raises HomeError where the folder cannot be written.
    """
    path = folder / STAFF_KEY
    if path.exists():
        return
    unfinished = folder / f".{STAFF_KEY}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(os.urandom(KEY_SIZE))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(unfinished, path)
        unfinished.unlink()
    except OSError as error:
        raise HomeError(f"the key {path} cannot be made: {error.strerror}") from None


def seal(folder: Path, secret: bytes, *, owner: int) -> bytes:
    """A secret as staff.db may hold it; it opens for the person with the number `owner` only.

    Raises HomeError where the key is missing or damaged.
    """
    nonce = os.urandom(_NONCE_SIZE)
    return nonce + AESGCM(_key(folder)).encrypt(nonce, secret, _bound_to(owner))


def unseal(folder: Path, sealed: bytes, *, owner: int) -> bytes:
    """The secret again. Raises HomeError where the key is another one, missing or damaged."""
    key = AESGCM(_key(folder))
    try:
        return key.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], _bound_to(owner))
    except InvalidTag:
        raise HomeError(
            f"{folder / STAFF_KEY} does not fit staff.db: restore both from one backup, or let "
            "everybody set up their second factor again (`archiver staff reset-factor LOGIN`)"
        ) from None


def keyed_digest(folder: Path, words: str, *, owner: int) -> str:
    """A digest that cannot be guessed at without the key. Raises HomeError as `seal` does."""
    derived = HKDF(SHA256(), KEY_SIZE, salt=None, info=b"archiver recovery codes")
    return hmac.new(derived.derive(_key(folder)), f"{owner}:{words}".encode(), sha256).hexdigest()


def _bound_to(owner: int) -> bytes:
    return f"archiver second factor of {owner}".encode()


def _key(folder: Path) -> bytes:
    try:
        key = (folder / STAFF_KEY).read_bytes()
    except OSError:
        key = b""
    if len(key) != KEY_SIZE:
        raise HomeError(
            f"the key {folder / STAFF_KEY} is missing or damaged: restore it from the backup"
        )
    return key
