"""A repository's tree (Merkle Search Tree): every record's path and id, in the order of the paths.

https://atproto.com/specs/repository#mst-structure. A node that is missing costs the records beneath
it alone; a tree that is not in order is left at that place, because no server writes one.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import libipld

from archiver.atproto.cars import MissingBlockError
from archiver.atproto.cids import DAG_CBOR, LENGTH

DEEPEST = 128
"""A node's height is half the leading zero bits of a SHA-256."""
LONGEST_KEY = 1024


class BlockSource(Protocol):
    """Gives blocks by their ids."""

    def get(self, cid: bytes) -> tuple[int, bytes]:
        """Where a block begins, and its content. Raises MissingBlockError."""


class Leaf(NamedTuple):
    """A record of the repository: its path (collection/key) and the id of its block."""

    path: str
    cid: bytes


class Gap(NamedTuple):
    """A part of the tree that could not be followed: why, and the path it stands behind.
    `missing`: the block that leads on is not there at all."""

    detail: str
    after: str
    missing: bool = False


class Node(NamedTuple):
    """A node of the tree: the subtree before its first entry, and its entries, each a path, the id
    of the record and the subtree behind it."""

    left: bytes | None
    entries: list[tuple[bytes, bytes, bytes | None]]


def height_of(key: bytes) -> int:
    """At which height of the tree a path stands."""
    digest = sha256(key).digest()
    zeros = 0
    for byte in digest:
        if byte:
            return (zeros + 8 - byte.bit_length()) // 2
        zeros += 8
    return zeros // 2


def decoded_node(content: bytes) -> Node:
    """A node's block as it says. Raises ValueError where it is no node."""
    try:
        node = libipld.decode_dag_cbor(content)
        entries = []
        before = b""
        for entry in node["e"]:
            shared = entry["p"]
            if not isinstance(shared, int) or not 0 <= shared <= len(before):
                raise ValueError("a path in it is not complete")
            key = before[:shared] + entry["k"]
            if not 0 < len(key) <= LONGEST_KEY:
                raise ValueError("a path in it has no possible length")
            entries.append((key, _link(entry["v"]), _link(entry["t"]) if entry["t"] else None))
            before = key
        return Node(_link(node["l"]) if node["l"] else None, entries)
    except (KeyError, TypeError, RecursionError):
        raise ValueError("it is not built as a node of the tree") from None


def _link(value: Any) -> bytes:
    if not isinstance(value, bytes) or len(value) != LENGTH or not value.startswith(DAG_CBOR):
        raise ValueError("a link in it is none")
    return value


def walked(
    blocks: BlockSource, root: bytes, begin: str = "", end: str = ""
) -> Iterator[Leaf | Gap]:
    """Every record of the tree in order; of those whose path starts at `begin` or later and before
    `end`, where these are given, leaving out what lies wholly outside."""
    low, high = begin.encode(), end.encode()
    last = b""
    waiting: list[tuple[bytes, bytes, bytes | None] | bytes] = [root]
    heights: list[int | None] = [None]
    while waiting:
        step, height = waiting.pop(), heights.pop()
        if isinstance(step, tuple):
            key, cid, _ = step
            if key <= last:
                yield Gap(
                    "its paths are not in order: the tree was not made by a server", _text(last)
                )
                return
            last = key
            if low <= key and (not high or key < high):
                yield Leaf(_text(key), cid)
            continue
        try:
            node = decoded_node(blocks.get(step)[1])
        except (MissingBlockError, ValueError) as error:
            missing = isinstance(error, MissingBlockError) and not error.altered
            yield Gap(f"a part of its tree cannot be read: {error}", _text(last), missing)
            continue
        here = _height(node, height)
        if here is None or any(height_of(key) != here for key, _, _ in node.entries):
            yield Gap("its tree is not built by the heights of its paths", _text(last))
            return
        _push(node, here, low, high, waiting, heights)


def _height(node: Node, above: int | None) -> int | None:
    """The height of a node beneath one of the height `above` (None: it is the root); None where it
    cannot stand there. A node without entries only leads further down: it has something to its
    left, so that no chain of empty ones can be walked again and again."""
    if node.entries:
        here = height_of(node.entries[0][0])
        return here if above is None or here < above else None
    if above is None:
        return 0 if node.left is None else DEEPEST
    return above - 1 if above > 0 and node.left is not None else None


def _push(
    node: Node,
    here: int | None,
    low: bytes,
    high: bytes,
    waiting: list[tuple[bytes, bytes, bytes | None] | bytes],
    heights: list[int | None],
) -> None:
    """Put what is in a node on the stack, its first part last; subtrees that lie wholly outside the
    bounds are left out."""
    entries = node.entries
    for at in range(len(entries) - 1, -1, -1):
        key, _, right = entries[at]
        following = entries[at + 1][0] if at + 1 < len(entries) else None
        if (
            right is not None
            and (not high or key < high)
            and (following is None or following >= low)
        ):
            waiting.append(right)
            heights.append(here)
        waiting.append(entries[at])
        heights.append(None)
    if node.left is not None and (not entries or entries[0][0] >= low):
        waiting.append(node.left)
        heights.append(here)


def _text(key: bytes) -> str:
    return key.decode("utf-8", "replace")
