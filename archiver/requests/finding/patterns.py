"""How the finders write patterns: over folded text, every repeat bounded.

Folded text has plain digits and letters, so letters and digits are ASCII here: a Chinese word right
before a telephone number is a neighbour, not a part of it. With bounded repeats one attempt at one
place costs no more than a constant, whatever the text.
"""

from __future__ import annotations

import re


def pattern(written: str, *, any_case: bool = False) -> re.Pattern[str]:
    """A pattern over folded text."""
    return re.compile(written, re.ASCII | (re.IGNORECASE if any_case else re.NOFLAG))
