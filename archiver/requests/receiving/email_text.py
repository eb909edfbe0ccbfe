"""The bytes of an e-mail's text as letters, where senders' programs are wrong about them."""

from __future__ import annotations

import quopri
import re
import unicodedata

_LEFT_QUOTED = re.compile(rb"=(?:[0-9A-F]{2}|\r?\n)")
_ODD = re.compile(r"[\x00\ud800-\udfff]")
_ALIASES = {"us-ascii": "windows-1252", "ascii": "windows-1252", "iso-8859-1": "windows-1252"}
"""What browsers and mail programs read these names as: it holds all of them and more."""
_SEVEN_BIT = ("", "7bit", "8bit", "binary")


def plain_text(content: bytes, charset: str | None, encoding: str) -> tuple[str, list[str]]:
    """Text as its sender most likely meant it, and sentences about what had to be mended.

    `charset` is the one the e-mail names, `encoding` its transfer encoding. Never raises.
    """
    notices = []
    if encoding in _SEVEN_BIT and len(_LEFT_QUOTED.findall(content)) >= 3:
        mended = quopri.decodestring(content)
        if _decoded(mended, "utf-8") is not None:
            content = mended
            notices.append("Signs like =20 were left in the text and read as what they stand for")
    named = (charset or "").strip().lower()
    utf8 = _decoded(content, "utf-8")
    # text that is good UTF-8 beyond ASCII is UTF-8, whatever is said of it, but for encodings that
    # stay within ASCII themselves
    if utf8 is not None and not named.startswith(("utf-16", "utf-32", "iso-2022", "utf-7", "hz")):
        return _clean(utf8), notices
    text = _decoded(content, _ALIASES.get(named, named)) if named else None
    if text is None:
        text = content.decode("windows-1252", "replace")
        notices.append("The text’s letters are not what it says they are: compare them")
    return _clean(text), notices


def tidy_line(text: str) -> str:
    """A header on one line: no control signs, no marks that turn the direction of writing."""
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
    return " ".join(kept.split())


def _decoded(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _clean(text: str) -> str:
    lines = _ODD.sub("\N{REPLACEMENT CHARACTER}", text).replace("\r\n", "\n").replace("\r", "\n")
    return lines.strip("\n")
