"""Bates numbers: one per page, in a sequence of the city's own that never repeats."""

from __future__ import annotations

from dataclasses import dataclass

DIGITS = 6


def bates(prefix: str, number: int) -> str:
    """A number as it is printed: ``CITY-000031``."""
    return f"{prefix}-{number:0{DIGITS}d}"


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
