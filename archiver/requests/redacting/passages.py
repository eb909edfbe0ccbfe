"""Text of which some is covered: what is left, and bars that know nothing of what they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Covered:
    """A bar: its number in the record (from 1) and the law it rests on (none while a draft).

    It holds nothing of what it covers, neither words nor length (DESIGN §7 rule 5).
    """

    number: int
    citations: tuple[str, ...]

    @property
    def words(self) -> str:
        """The bar where only text can stand: ``[Redacted: Gov. Code § 7927.410]``."""
        return f"[Redacted: {'; '.join(self.citations)}]" if self.citations else "[Redacted]"


@dataclass(frozen=True, slots=True)
class Passage:
    """A text as it is released, in order: what stands, and bars. No part is empty."""

    parts: tuple[str | Covered, ...]

    @classmethod
    def of(cls, text: str | None) -> Passage:
        """A text of which nothing is covered."""
        return cls((text,) if text else ())

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def words(self) -> str:
        """The text with each bar in words. Equal words are printed alike."""
        return "".join(part if isinstance(part, str) else part.words for part in self.parts)

    @property
    def visible(self) -> str:
        """What can be read, a line break in the place of each bar."""
        return "".join(part if isinstance(part, str) else "\n" for part in self.parts)

    @property
    def bars(self) -> tuple[Covered, ...]:
        """Its bars in order."""
        return tuple(part for part in self.parts if isinstance(part, Covered))


def around(value: str, covers: Sequence[tuple[int, int, Covered]]) -> Passage:
    """A text with bars over spans (start, end, bar), which are in order and do not overlap."""
    parts: list[str | Covered] = []
    place = 0
    for start, end, bar in covers:
        if start > place:
            parts.append(value[place:start])
        parts.append(bar)
        place = end
    if place < len(value):
        parts.append(value[place:])
    return Passage(tuple(parts))
