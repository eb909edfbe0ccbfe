"""Texts as a download writes them, made readable without losing what was written.

What is changed here is only what is shown and searched; the bytes as received stay with the
record.
"""

from __future__ import annotations

import html
import re
from typing import Any

_LONE = re.compile("[\ud800-\udfff]")
_HIGH = re.compile("[\u0080-\u00ff]")
_BEYOND = re.compile("[^\u0000-\u00ff]")


def mended(text: str) -> str:
    """A text whose UTF-8 bytes a platform wrote as if they were Latin-1 (Facebook, Instagram), put
    right; as it is where it was not written so, which is told by the bytes being no UTF-8."""
    if text.isascii() or not _HIGH.search(text) or _BEYOND.search(text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


def mended_values(value: Any) -> Any:
    """The same for every text in a decoded value, names of fields included."""
    if isinstance(value, str):
        return mended(value)
    if isinstance(value, list):
        return [mended_values(one) for one in value]
    if isinstance(value, dict):
        return {mended(key): mended_values(one) for key, one in value.items()}
    return value


def unescaped(text: str) -> str:
    """A text with its HTML entities read."""
    return html.unescape(text) if "&" in text else text


def whole(text: str) -> str:
    """A text with halves of surrogate pairs shown as U+FFFD: no database takes them."""
    return _LONE.sub("�", text)
