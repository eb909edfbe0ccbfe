"""The audit paths of many leaves of one tree, found in one pass over the tree.

Each path is that of `leaves.inclusion_proof` and satisfies `leaves.proves`. The tree is hashed
once, however many paths are wanted, and what is held in memory grows with the paths alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from itertools import islice

from archiver.archive.leaves import EMPTY_ROOT, node

_CHUNK = 4_096
Paths = list[list[bytes]]
"""The paths, so far, of the wanted leaves below a node."""


def inclusion_paths(
    leaves: Iterable[bytes], wanted: Collection[int]
) -> tuple[bytes, int, dict[int, list[bytes]]]:
    """The root over leaf hashes, how many there are, and the path of each wanted one by its place.

    Raises IndexError where the tree holds no such leaf.
    """
    paths: dict[int, list[bytes]] = {place: [] for place in wanted}
    ahead = sorted(paths, reverse=True)
    peaks: list[tuple[int, bytes, Paths]] = []
    source, size = iter(leaves), 0
    while chunk := list(islice(source, _CHUNK)):
        here: dict[int, list[bytes]] = {}
        while ahead and size <= ahead[-1] < size + len(chunk):
            place = ahead.pop()
            here[place - size] = paths[place]
        size += len(chunk)
        if len(chunk) == _CHUNK:
            _push(peaks, _CHUNK.bit_length() - 1, _perfect(chunk, here), list(here.values()))
            continue
        for at, leaf in enumerate(chunk):
            _push(peaks, 0, leaf, [here[at]] if at in here else [])
    if ahead:
        raise IndexError(f"no leaf {ahead[0]} in a tree of {size}")
    return _top(peaks), size, paths


def _perfect(level: list[bytes], wanted: dict[int, list[bytes]]) -> bytes:
    """The root over as many leaves as a power of two; the paths of the wanted grow on the way."""
    height = 0
    while len(level) > 1:
        for at, path in wanted.items():
            path.append(level[at >> height ^ 1])
        pairs = iter(level)
        level = [
            sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)
        ]
        height += 1
    return level[0]


def _push(peaks: list[tuple[int, bytes, Paths]], height: int, digest: bytes, below: Paths) -> None:
    """Add a perfect tree to those met so far, merging equals."""
    while peaks and peaks[-1][0] == height:
        _, left, under_left = peaks.pop()
        digest, below = _joined(left, under_left, digest, below)
        height += 1
    peaks.append((height, digest, below))


def _top(peaks: list[tuple[int, bytes, Paths]]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    _, digest, below = peaks.pop()
    while peaks:
        _, left, under_left = peaks.pop()
        digest, below = _joined(left, under_left, digest, below)
    return digest


def _joined(
    left: bytes, under_left: Paths, right: bytes, under_right: Paths
) -> tuple[bytes, Paths]:
    """The node over two, and all paths below it, each with the other side added."""
    for path in under_left:
        path.append(right)
    for path in under_right:
        path.append(left)
    return node(left, right), under_left + under_right
