"""Writes a repository file as a Bluesky server does: tree, commit, signature, every block with its
id.

Records come in the order of their paths and go out in a straight line, so a repository of any size
needs no more memory than a small one.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import libipld
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from archiver.atproto.cids import block_cid
from archiver.atproto.commits import sign
from archiver.atproto.documents import multikey
from archiver.atproto.trees import height_of
from archiver.demo.bluesky_world import Value, World, linked, tid

_COPY = 1 << 20


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose repository it is: the account and the key its server signs with."""

    did: str
    handle: str
    key: ec.EllipticCurvePrivateKey


def owner(did: str, handle: str, curve: type[ec.EllipticCurve] = ec.SECP256K1) -> Owner:
    """An account with a key of its own, the same each time: the key is made of the DID."""
    number = int.from_bytes(sha256(f"demo key of {did}".encode()).digest(), "big")
    return Owner(did, handle, ec.derive_private_key(number % (1 << 255) + 1, curve()))


def did_document(account: Owner, service: str = "https://pds.alderglen.example.com") -> bytes:
    """The account's DID document, as the directory gives it."""
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "@context": [
                    "https://www.w3.org/ns/did/v1",
                    "https://w3id.org/security/multikey/v1",
                    "https://w3id.org/security/suites/secp256k1-2019/v1",
                ],
                "id": account.did,
                "alsoKnownAs": [f"at://{account.handle}"],
                "verificationMethod": [
                    {
                        "id": f"{account.did}#atproto",
                        "type": "Multikey",
                        "controller": account.did,
                        "publicKeyMultibase": multikey(account.key.public_key()),
                    }
                ],
                "service": [
                    {
                        "id": "#atproto_pds",
                        "type": "AtprotoPersonalDataServer",
                        "serviceEndpoint": service,
                    }
                ],
            }
        )
    )


def write_repository(
    path: Path,
    account: Owner,
    records: Iterable[tuple[str, Mapping[str, Any]]],
    *,
    revised: dt.datetime,
) -> int:
    """Write the records (path and value, links as ``{"$link"}``, in the order of their paths) as
    a repository file last changed at `revised`; how many there were."""
    with TemporaryFile() as blocks:
        tree = _Tree(blocks)
        count = 0
        for place, value in records:
            tree.add(place.encode(), _put(blocks, libipld.encode_dag_cbor(linked(value))))
            count += 1
        unsigned = {
            "did": account.did,
            "version": 3,
            "data": tree.root(),
            "rev": tid(revised, 0),
            "prev": None,
        }
        signature = sign(libipld.encode_dag_cbor(unsigned), account.key)
        commit: bytes = libipld.encode_dag_cbor({**unsigned, "sig": signature})
        head: bytes = libipld.encode_dag_cbor({"version": 1, "roots": [block_cid(commit)]})
        partial = path.with_name(f"{path.name}.partial")
        with partial.open("wb") as file:
            file.write(_number(len(head)) + head)
            _put(file, commit)
            blocks.seek(0)
            shutil.copyfileobj(blocks, file, _COPY)
        partial.replace(path)
    return count


def records_of(world: World, did: str) -> list[tuple[str, Value]]:
    """What an account of the make-believe Bluesky holds, in the order of a repository."""
    found = [
        (f"{collection}/{rkey}", value)
        for collection, values in world.repos[did].items()
        for rkey, value in values.items()
    ]
    return sorted(found, key=lambda pair: pair[0].encode())


@dataclass(slots=True)
class _Open:
    """A node that may still grow."""

    left: bytes | None = None
    entries: list[tuple[bytes, bytes, bytes | None]] = field(default_factory=list)


class _Tree:
    """A Merkle Search Tree built from the left: of each height one node is open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._open: list[_Open] = []

    def add(self, key: bytes, cid: bytes) -> None:
        """The next record."""
        height = height_of(key)
        while len(self._open) <= height:
            self._open.append(_Open())
        self._hang(height, self._closed_below(height))
        self._open[height].entries.append((key, cid, None))

    def root(self) -> bytes:
        """Close what is open; the id of the root."""
        found = self._closed_below(len(self._open))
        return found or _put(self._file, libipld.encode_dag_cbor({"l": None, "e": []}))

    def _closed_below(self, height: int) -> bytes | None:
        """Write the open nodes below a height; the id of the highest, None where all are empty."""
        below: bytes | None = None
        for level in range(height):
            self._hang(level, below)
            node = self._open[level]
            below = self._write(node) if node.entries or node.left else None
            self._open[level] = _Open()
        return below

    def _hang(self, height: int, below: bytes | None) -> None:
        if below is None:
            return
        node = self._open[height]
        if node.entries:
            key, cid, _ = node.entries[-1]
            node.entries[-1] = (key, cid, below)
        else:
            node.left = below

    def _write(self, node: _Open) -> bytes:
        entries = []
        before = b""
        for key, cid, right in node.entries:
            shared = 0
            while shared < min(len(key), len(before)) and key[shared] == before[shared]:
                shared += 1
            entries.append({"p": shared, "k": key[shared:], "v": cid, "t": right})
            before = key
        return _put(self._file, libipld.encode_dag_cbor({"l": node.left, "e": entries}))


def _put(file: BinaryIO, content: bytes) -> bytes:
    cid = block_cid(content)
    file.write(_number(len(cid) + len(content)) + cid + content)
    return cid


def _number(value: int) -> bytes:
    """A variable-length number."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
