"""How much a download may hold, and the account of what was met so far.

A bomb is refused before it is unpacked where its own lists tell, and while it is unpacked where
they lie. The account is one for all parts of a set and all archives inside them, and what they
would grow to is held against the bytes that lie on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass

from archiver.errors import InputError

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Limits:
    """What a download may hold. X hands out parts of at most 50 GiB (manifest.js,
    `maxPartSizeBytes`), most of it media that hardly packs; real data files pack up to about
    thirty to one. `depth` is how many archives may lie one inside the other, `archives` how many
    are opened in all.
    """

    members: int = 2_000_000
    total_bytes: int = 1024 * GIB
    ratio: int = 200
    ratio_from_bytes: int = 64 * 1024**2
    total_ratio: int = 100
    total_ratio_from_bytes: int = 4 * GIB
    depth: int = 3
    archives: int = 1_000

    def alone(self, packed: int) -> int:
        """How many bytes one stream of `packed` bytes may grow to."""
        return max(self.ratio_from_bytes, self.ratio * packed)


class BombError(InputError):
    """The download would grow beyond what a download holds."""


@dataclass(slots=True)
class Budget:
    """What was met so far. `on_disk` is how many bytes the parts have as they were given."""

    limits: Limits
    on_disk: int = 0
    members: int = 0
    total: int = 0
    archives: int = 0

    def take(self, shown: str, members: int, total: int) -> None:
        """Count an archive's members and the bytes they grow to. Raises BombError where that is
        more than a download holds; `shown` names the archive."""
        self.members += members
        self.total += total
        if self.members > self.limits.members:
            raise BombError(
                f"{shown} lists {self.members:,} files: this is no download of a platform; "
                "nothing was read"
            )
        if self.total > self._most():
            raise BombError(
                f"{shown} looks like a zip bomb: it would grow to {self.total:,} bytes; "
                "nothing was read"
            )

    def room(self, packed: int) -> int:
        """How many bytes an archive of `packed` bytes may still grow to."""
        return max(0, min(self._most() - self.total, self.limits.alone(packed)))

    def _most(self) -> int:
        dense = max(self.limits.total_ratio_from_bytes, self.limits.total_ratio * self.on_disk)
        return min(self.limits.total_bytes, dense)
