"""Hashes: the leaf of every stored fact, the Merkle tree over leaves, and proofs.

All hashes are SHA-256. The tree is RFC 6962 §2.1: a leaf is hashed behind a 0x00 byte, a node
behind a 0x01 byte, and a tree of n leaves splits at the largest power of two below n.

The leaf of a version is built for partial disclosure. Six field groups are always present, in this
order: text; author; place (time and place in the thread); details (links and metadata); media; raw
(32 bytes by which versions are compared, SHA-256 of `Item.stable`, then the object as received).

    key(i)        = SHA-256(salt || byte i)             i = 1 … 6, salt = 32 random bytes
    commitment(i) = SHA-256(key(i) || content of group i)
    leaf          = SHA-256(0x00 || "version\\n" || commitment(1) || … || commitment(6))

Who is given a group's key and content and the six commitments can prove that group and learns
nothing about the others; without the salt a commitment cannot be tested by guessing.

Every other sealed row has the leaf SHA-256(0x00 || kind || "\\n" || JSON array of its columns), in
the order `SEALED` gives; bytes stand in base64 (RFC 4648 §4). Leaves outlive what they are of, so
whatever could be guessed from its leaf carries a salt among its columns (media and skipped parts
did not always: "media" is how they were sealed before, "salted media" how they are).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec

GROUPS = ("text", "author", "place", "details", "media", "raw")
EMPTY_ROOT = sha256(b"").digest()
_VERSION_HEAD = b"\0version\n"
_encode = msgspec.json.encode


def group_key(salt: bytes, group: str) -> bytes:
    """The key of one field group: given away to prove that group, it opens no other."""
    return sha256(salt + bytes([GROUPS.index(group) + 1])).digest()


def commitment(key: bytes, content: bytes) -> bytes:
    """What the leaf holds of a field group."""
    return sha256(key + content).digest()


def leaf_of_commitments(commitments: Sequence[bytes]) -> bytes:
    """The leaf over the six commitments, in the order of `GROUPS`."""
    return sha256(_VERSION_HEAD + b"".join(commitments)).digest()


def version_leaf(
    salt: bytes, text: bytes, author: bytes, place: bytes, details: bytes, media: bytes, raw: bytes
) -> bytes:
    """The leaf of a version from its salt and the content of its six groups.

    Written out because it runs once per version of the whole archive, at import and at verify.
    """
    return sha256(
        _VERSION_HEAD
        + sha256(sha256(salt + b"\1").digest() + text).digest()
        + sha256(sha256(salt + b"\2").digest() + author).digest()
        + sha256(sha256(salt + b"\3").digest() + place).digest()
        + sha256(sha256(salt + b"\4").digest() + details).digest()
        + sha256(sha256(salt + b"\5").digest() + media).digest()
        + sha256(sha256(salt + b"\6").digest() + raw).digest()
    ).digest()


@dataclass(frozen=True, slots=True)
class Sealed:
    """How rows of a table become leaves: `columns` are hashed, `leaf` holds the leaf's number.

    `where` (SQL over columns of the row) tells which rows of the table are of this kind, `named`
    the kind its tombstones carry where that is another word.
    """

    table: str
    columns: tuple[str, ...]
    leaf: str = "leaf"
    where: str = "1"
    named: str = ""


SEALED: Mapping[str, Sealed] = {
    "run": Sealed("runs", ("id", "account_id", "source", "started_at")),
    "run end": Sealed("runs", ("id", "finished_at", "outcome", "notes"), "end_leaf"),
    "coverage": Sealed(
        "coverage",
        ("id", "run_id", "account_id", "what", "start_at", "end_at", "state", "reason"),
    ),
    "exchange": Sealed(
        "exchanges",
        (
            *("id", "run_id", "access", "warc", "start", "length", "response_start", "sha256"),
            *("method", "url", "status", "requested_at", "error"),
        ),
    ),
    "original": Sealed(
        "originals",
        ("id", "run_id", "access", "sha256", "size", "extension", "name", "stored_at"),
    ),
    "event": Sealed(
        "events",
        (
            *("id", "record_id", "run_id", "what", "at", "observed_at", "detail"),
            *("exchange_id", "original_id", "version_id", "salt"),
        ),
    ),
    "metrics": Sealed("metrics", ("id", "record_id", "run_id", "at", "counters", "salt")),
    "media": Sealed(
        "media", ("id", "run_id", "sha256", "size", "media_type"), where="salt IS NULL"
    ),
    "salted media": Sealed(
        "media",
        ("id", "run_id", "sha256", "size", "media_type", "salt"),
        where="salt IS NOT NULL",
        named="media",
    ),
    "skipped": Sealed(
        "skipped",
        (
            *("id", "run_id", "account_id", "member", "position", "detail", "failed", "raw"),
            *("original_id", "exchange_id", "digest"),
        ),
        where="salt IS NULL",
    ),
    "salted skipped": Sealed(
        "skipped",
        (
            *("id", "run_id", "account_id", "member", "position", "detail", "failed", "raw"),
            *("original_id", "exchange_id", "digest", "salt"),
        ),
        where="salt IS NOT NULL",
        named="skipped",
    ),
    "subscriber": Sealed(
        "subscribers",
        (
            *("id", "account_id", "relation", "native_id", "handle", "display_name", "url"),
            *("from_at", "from_known", "from_run", "salt"),
        ),
    ),
    "subscriber end": Sealed("subscribers", ("id", "to_at", "to_run", "salt"), "end_leaf"),
    "subscriber count": Sealed(
        "subscriber_counts",
        ("id", "run_id", "account_id", "relation", "at", "stated", "walked", "complete"),
    ),
    "tombstone": Sealed(
        "tombstones",
        (
            *("id", "kind", "ref", "record_id", "leaf_seq", "leaf_hash", "at", "authority"),
            *("detail", "identity"),
        ),
    ),
    "resighting": Sealed("resightings", ("id", "tombstone_id", "run_id", "at")),
    "retention change": Sealed(
        "retention_changes",
        (
            *("id", "at", "cause", "until_from", "until_to", "series_from", "series_to"),
            *("rule_from", "rule", "records", "members"),
        ),
    ),
    "withdrawal": Sealed("withdrawals", ("id", "run_id", "at", "actor", "reason", "detail")),
    "pair decision": Sealed(
        "pair_decisions",
        (
            *("id", "at", "actor", "what", "derived_id", "other_id", "strength", "ground"),
            "reason",
        ),
    ),
    "audit": Sealed("audit", ("id", "at", "actor", "action", "subject", "detail")),
}
"""Every kind of leaf but "version": the table, the columns its leaf covers, the leaf's number."""


def row_leaf(kind: str, values: Sequence[Any]) -> bytes:
    """The leaf of a sealed row; `values` are the columns `SEALED[kind]` names, in that order."""
    return sha256(b"\0" + kind.encode() + b"\n" + _encode(values)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 6962 §2.1)."""
    return sha256(b"\1" + left + right).digest()


_CHUNK = 4_096


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes (RFC 6962 §2.1), in memory that does not grow with their number.

    Whole chunks of a power of two are hashed level by level, which is twice as fast as leaf by
    leaf; the rest, and the chunks' own roots, by a stack of the perfect trees met so far.
    """
    peaks: list[tuple[int, bytes]] = []
    source = iter(leaves)
    while chunk := list(islice(source, _CHUNK)):
        if len(chunk) == _CHUNK:
            _push(peaks, _CHUNK.bit_length() - 1, _perfect_root(chunk))
        else:
            for leaf in chunk:
                _push(peaks, 0, leaf)
    if not peaks:
        return EMPTY_ROOT
    digest = peaks.pop()[1]
    while peaks:
        digest = node(peaks.pop()[1], digest)
    return digest


def _perfect_root(level: list[bytes]) -> bytes:
    """The root over as many leaves as a power of two."""
    while len(level) > 1:
        pairs = iter(level)
        level = [
            sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)
        ]
    return level[0]


def _push(peaks: list[tuple[int, bytes]], height: int, digest: bytes) -> None:
    """Add a perfect tree to those met so far, merging equals."""
    while peaks and peaks[-1][0] == height:
        digest = node(peaks.pop()[1], digest)
        height += 1
    peaks.append((height, digest))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of a leaf (RFC 6962 §2.1.1), from the leaf up.

    Raises IndexError where the tree holds no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        split = low + (1 << (high - low - 1).bit_length() - 1)
        if index < split:
            path.append(merkle_root(leaves[split:high]))
            high = split
        else:
            path.append(merkle_root(leaves[low:split]))
            low = split
    return path[::-1]


def proves(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether an audit path leads from a leaf to the root of a tree of `size` leaves.

    The algorithm of RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    first, last, digest = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            digest = node(step, digest)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            digest = node(digest, step)
        first >>= 1
        last >>= 1
    return last == 0 and digest == root
