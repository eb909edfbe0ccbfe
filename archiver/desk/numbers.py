"""Whole numbers as browsers send them: as many digits as anybody likes to type."""

from __future__ import annotations

_LARGEST = 2**63 - 1
_DIGITS = 19


def whole(text: str) -> int | None:
    """The number a text writes in ASCII digits, or None where it is none or beyond what the
    database holds."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        return None
    number = int(text)
    return number if number <= _LARGEST else None
