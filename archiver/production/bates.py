"""Bates numbers: one per page, in a sequence of the city's own that never repeats.

A volume that replaces another bears the numbers of that one again, with a suffix that tells them
apart for good. What is called a prefix can so be a pattern: ``CITY-*.R1``, the number where the
asterisk stands.
"""

from __future__ import annotations

from dataclasses import dataclass

DIGITS = 6


def bates(prefix: str, number: int) -> str:
    """A number as it is printed: ``CITY-000031``, or ``CITY-000031.R1`` in a replacement."""
    digits = f"{number:0{DIGITS}d}"
    return prefix.replace("*", digits) if "*" in prefix else f"{prefix}-{digits}"


def replacing(prefix: str, times: int) -> str:
    """The pattern of the numbers of a replacement: the first of a volume, the second, and so on."""
    return f"{prefix}-*.R{times}"


@dataclass(frozen=True, slots=True)
class Range:
    """Pages from `first` to `last`, both included."""

    prefix: str
    first: int
    last: int

    @property
    def pages(self) -> int:
        """How many pages it holds."""
        return self.last - self.first + 1

    @property
    def start(self) -> str:
        """The first number as printed."""
        return bates(self.prefix, self.first)

    @property
    def end(self) -> str:
        """The last number as printed."""
        return bates(self.prefix, self.last)

    def __str__(self) -> str:
        return self.start if self.first == self.last else f"{self.start} to {self.end}"
