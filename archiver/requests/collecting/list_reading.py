"""What a list held at a moment."""

from __future__ import annotations

from dataclasses import dataclass

Cells = tuple[str, ...]
Row = tuple[str, Cells]
"""A row's key, which is stable, and its cells."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a list held at a moment; `about` says in sentences what that rests on."""

    about: str
    rows: tuple[Row, ...]
