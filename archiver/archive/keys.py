"""The home's own keys: the Ed25519 pair with which every seal is signed, and the secret by which a
capture knows what was destroyed without the archive keeping its name."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from archiver.errors import HomeError

PRIVATE_KEY = "seal.key"
PUBLIC_KEY = "seal.pub"
TOMBSTONE_KEY = "tombstones.key"
TOMBSTONE_KEY_SIZE = 32


def make_keys(folder: Path) -> None:
    """Make the key pair and the tombstones' secret where there is none.

    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    secret = folder / PRIVATE_KEY
    if not secret.exists():
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_whole(secret, pem)
    public = folder / PUBLIC_KEY
    if not public.exists():
        _write_whole(public, _public_pem(signing_key(folder).public_key()))
    if not (folder / TOMBSTONE_KEY).exists():
        _write_whole(folder / TOMBSTONE_KEY, os.urandom(TOMBSTONE_KEY_SIZE))


def _write_whole(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(path.suffix + ".new")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)


def _public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The secret half. Raises HomeError where it is missing or is no Ed25519 key."""
    try:
        key = load_pem_private_key((folder / PRIVATE_KEY).read_bytes(), None)
    except (OSError, ValueError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise HomeError(f"the signing key {folder / PRIVATE_KEY} is missing or damaged")
    return key


def tombstone_key(folder: Path) -> bytes:
    """The secret under which a tombstone holds the identity of what was destroyed.

    Raises HomeError where it is missing or damaged: what was destroyed could not be told from what
    is new.
    """
    try:
        key = (folder / TOMBSTONE_KEY).read_bytes()
    except OSError:
        key = b""
    if len(key) != TOMBSTONE_KEY_SIZE:
        raise HomeError(
            f"the key {folder / TOMBSTONE_KEY}, by which destroyed records are known, is missing "
            "or damaged: restore it from the backup"
        )
    return key


def public_keys(folder: Path) -> dict[str, Ed25519PublicKey]:
    """Every public key of the home by fingerprint (a key that was replaced stays for its seals)."""
    found: dict[str, Ed25519PublicKey] = {}
    for path in sorted(folder.glob("*.pub")):
        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(key, Ed25519PublicKey):
            found[fingerprint(key)] = key
    return found


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the key as SubjectPublicKeyInfo, in hex."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def is_signed(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's over this message."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
