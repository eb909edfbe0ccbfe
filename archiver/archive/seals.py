"""Seals: after each run the new leaves of both files become one Merkle tree, signed.

A seal covers the leaves from the last seal on: first those of archive.db, then those of private.db,
each in the order of their numbers. What is signed is the line "archiver seal" and the seal as JSON
with sorted keys (`body`); `previous` is SHA-256 of the seal before, body and signature. A row
stands in both files, so that neither can be cut short alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain

import msgspec

from archiver.archive.keys import fingerprint, signing_key
from archiver.archive.leaves import merkle_root
from archiver.archive.store import Archive

FIRST = bytes(32)
"""What stands for the seal before the first."""

_COLUMNS = (
    "n, sealed_at, public_first, public_last, private_first, private_last, root, previous, key,"
    " signature, timestamp_token"
)


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as stored. Ranges are leaf numbers, both included; an empty one ends before it
    begins. `key` is the fingerprint of the public key."""

    n: int
    sealed_at: str
    public_first: int
    public_last: int
    private_first: int
    private_last: int
    root: bytes
    previous: bytes
    key: str
    signature: bytes = b""
    timestamp_token: bytes | None = None

    def body(self) -> bytes:
        """The bytes that are signed."""
        facts = {
            "n": self.n,
            "sealed_at": self.sealed_at,
            "public": [self.public_first, self.public_last],
            "private": [self.private_first, self.private_last],
            "root": self.root.hex(),
            "previous": self.previous.hex(),
            "key": self.key,
        }
        return b"archiver seal\n" + msgspec.json.encode(facts, order="sorted")

    def digest(self) -> bytes:
        """What the next seal holds of this one."""
        return sha256(self.body() + self.signature).digest()


@dataclass(frozen=True, slots=True)
class SealReport:
    """What a sealing did: the seal's number (None where nothing was new), how many leaves it
    covers, and its root in hex."""

    n: int | None
    leaves: int
    root: str | None


def seals(connection: sqlite3.Connection) -> Iterator[Seal]:
    """All seals of a file, oldest first."""
    cursor = connection.cursor()
    cursor.row_factory = None
    for row in cursor.execute(f"SELECT {_COLUMNS} FROM seals ORDER BY n"):
        yield Seal(*row)


def leaf_hashes(connection: sqlite3.Connection, first: int, last: int) -> Iterator[bytes]:
    """The hashes of a range of leaves, in order."""
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute("SELECT hash FROM leaves WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last))
    while block := cursor.fetchmany(10_000):
        for row in block:
            yield row[0]


def root_of(archive: Archive, seal: Seal) -> bytes:
    """The root over the leaves a seal covers, computed from what the files hold now."""
    return merkle_root(
        chain(
            leaf_hashes(archive.public, seal.public_first, seal.public_last),
            leaf_hashes(archive.private, seal.private_first, seal.private_last),
        )
    )


def last_seal(connection: sqlite3.Connection) -> Seal | None:
    """The newest seal of a file."""
    cursor = connection.cursor()
    cursor.row_factory = None
    found = cursor.execute(f"SELECT {_COLUMNS} FROM seals ORDER BY n DESC LIMIT 1").fetchone()
    return None if found is None else Seal(*found)


def seal_of_leaf(archive: Archive, file: str, seq: int) -> Seal | None:
    """The seal that covers a leaf of "archive" or "private"; None where it is not sealed yet."""
    side = "private" if file == "private" else "public"
    cursor = archive.public.cursor()
    cursor.row_factory = None
    found = cursor.execute(
        f"SELECT {_COLUMNS} FROM seals WHERE ? BETWEEN {side}_first AND {side}_last", (seq,)
    ).fetchone()
    return None if found is None else Seal(*found)


def seal(archive: Archive, *, now: str) -> SealReport:
    """Seal what was written since the last seal; nothing new, no seal.

    Raises HomeError where the signing key is missing, BusyError, StorageError.
    """
    with archive.writer():
        adopt_seal(archive)
        before = last_seal(archive.public)
        public = _new_range(archive.public, before.public_last if before else 0)
        private = _new_range(archive.private, before.private_last if before else 0)
        count = public[1] - public[0] + private[1] - private[0] + 2
        if count == 0:
            return SealReport(None, 0, None)
        secret = signing_key(archive.home.keys)
        unsigned = Seal(
            n=before.n + 1 if before else 1,
            sealed_at=now,
            public_first=public[0],
            public_last=public[1],
            private_first=private[0],
            private_last=private[1],
            root=b"",
            previous=before.digest() if before else FIRST,
            key=fingerprint(secret.public_key()),
        )
        made = replace(unsigned, root=root_of(archive, unsigned))
        made = replace(made, signature=secret.sign(made.body()))
        for connection in (archive.private, archive.public):
            _insert(connection, made)
    return SealReport(made.n, count, made.root.hex())


def stamp_seal(archive: Archive, n: int, token: bytes) -> None:
    """Keep the RFC 3161 token of a time-stamp authority over a seal's digest; the first one stays.

    Raises BusyError, StorageError.
    """
    with archive.writer():
        for connection in (archive.private, archive.public):
            connection.execute(
                "UPDATE seals SET timestamp_token = ? WHERE n = ? AND timestamp_token IS NULL",
                (token, n),
            )


def adopt_seal(archive: Archive) -> None:
    """A kill between the two commits of a sealing leaves private.db one seal ahead: that seal
    covers only what both files hold, so archive.db takes it over."""
    ahead, before = last_seal(archive.private), last_seal(archive.public)
    if ahead is not None and ahead.n == (before.n if before else 0) + 1:
        _insert(archive.public, ahead)


def _new_range(connection: sqlite3.Connection, last: int) -> tuple[int, int]:
    newest = connection.execute("SELECT coalesce(max(seq), 0) FROM leaves").fetchone()[0]
    return last + 1, max(int(newest), last)


def _insert(connection: sqlite3.Connection, made: Seal) -> None:
    connection.execute(
        f"INSERT INTO seals ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(made.n, made.sealed_at, made.public_first, made.public_last, made.private_first),
            *(made.private_last, made.root, made.previous, made.key, made.signature),
            made.timestamp_token,
        ),
    )
