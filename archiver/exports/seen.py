"""A set of ids that takes eight bytes for each: enough to tell what a download holds."""

from __future__ import annotations

from array import array
from bisect import bisect_left


class SeenIds:
    """Ids, by their hash within this program run."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._sorted = True

    def add(self, native_id: str) -> None:
        """Remember an id."""
        self._hashes.append(hash(native_id))
        self._sorted = False

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, native_id: object) -> bool:
        if not self._sorted:
            self._hashes = array("q", sorted(self._hashes))
            self._sorted = True
        wanted = hash(native_id)
        at = bisect_left(self._hashes, wanted)
        return at < len(self._hashes) and self._hashes[at] == wanted
