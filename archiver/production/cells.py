"""Text as a table file holds it: characters every reader takes, cells no spreadsheet runs."""

from __future__ import annotations

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNFIT = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
REPLACED = "\ufffd"


def plain(text: str) -> str:
    """A text that can be written as UTF-8: half a character and NUL become U+FFFD."""
    return _UNFIT.sub(REPLACED, text)


def printable(text: str) -> str:
    """The same for XML and HTML, which hold no control characters but tab and line breaks."""
    return _CONTROL.sub(REPLACED, text)


def safe(cell: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    cell = plain(cell)
    return f"'{cell}" if cell.startswith(FORMULA) else cell
