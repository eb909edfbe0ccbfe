"""The text of a comment, a chat message or a post, which a Takeout writes as pieces of JSON.

Until June 2024 one object, ``{"takeoutSegments":[{"text":"…"}]}``; since then the objects one after
the other, ``{"text":"…"},{"text":"…","link":{"linkUrl":"…"}}``, with bare line breaks in them; and
now and then quotes that are not escaped.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.exports.texts import whole

_decode = msgspec.json.Decoder().decode
_TEXT = re.compile(r'"text":"(.*?)"(?=\}|,")', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Written:
    """A text, the addresses it links to, and whether it had to be read by force."""

    text: str
    links: tuple[str, ...] = ()
    repaired: bool = False


def written(cell: str) -> Written:
    """What a cell says; a cell that is no JSON is the text itself."""
    told = cell.strip()
    if not told.startswith("{"):
        return Written(whole(cell))
    value = _value(f"[{told}]")
    if value is None:
        found = _TEXT.findall(told)
        return Written(whole("".join(found) if found else cell), repaired=True)
    if len(value) == 1 and isinstance(value[0].get("takeoutSegments"), list):
        value = value[0]["takeoutSegments"]
    texts: list[str] = []
    links: list[str] = []
    for piece in value:
        link = piece.get("link")
        address = link.get("linkUrl") if isinstance(link, dict) else None
        if isinstance(address, str):
            links.append(address)
        text = piece.get("text")
        texts.append(text if isinstance(text, str) else address or "")
    return Written(whole("".join(texts)), tuple(dict.fromkeys(links)))


def _value(text: str) -> list[dict[str, Any]] | None:
    """The pieces, or None where they are no JSON or no objects."""
    value: Any
    try:
        value = _decode(text)
    except (msgspec.DecodeError, RecursionError):
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            return None
    return value if all(isinstance(one, dict) for one in value) else None
