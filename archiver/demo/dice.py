"""Repeatable chance. The same seed and path give the same draws on every machine and version.

The standard library's generator is not used because its `choice` and `shuffle` may change between
Python versions, and because seeding it once per post costs more than writing the post.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FRACTION = 1.0 / (1 << 53)


def mix(value: int) -> int:
    """Spread a number over 64 bits (the finaliser of SplitMix64)."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
    return value ^ (value >> 31)


def seed_of(seed: int, *path: int | str) -> int:
    """The seed of a named place below another seed: ``seed_of(7, "AlderGlenParks", 41)``."""
    state = mix((seed + _STEP) & _MASK)
    for part in path:
        number = part if isinstance(part, int) else zlib.crc32(part.encode())
        state = mix((state + _STEP * (number + 1)) & _MASK)
    return state


class Dice:
    """A stream of draws from one seed (SplitMix64)."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def draw(self) -> int:
        """The next 64 random bits."""
        self._state = state = (self._state + _STEP) & _MASK
        return mix(state)

    def fraction(self) -> float:
        """A number from 0 up to, but not including, 1."""
        return (self.draw() >> 11) * _FRACTION

    def chance(self, share: float) -> bool:
        """True in that share of draws (0 to 1)."""
        return self.fraction() < share

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1."""
        return (self.draw() >> 11) % limit

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """That many different choices, in drawn order (all of them where there are fewer)."""
        left = list(choices)
        taken: list[T] = []
        while left and len(taken) < count:
            taken.append(left.pop(self.below(len(left))))
        return taken

    def octets(self, count: int) -> bytes:
        """That many random bytes."""
        words = (count + 7) // 8
        return b"".join(self.draw().to_bytes(8, "big") for _ in range(words))[:count]
