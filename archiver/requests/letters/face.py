"""What stands around a letter's text: letterhead, date, addressee, who signs. And its text's parts.

The same parts make the page on the screen, the PDF and the message, so that all of them say the
same in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from archiver.requests.letters.words import block

ADDRESS_LINES = 6
PRACTICE = "PRACTICE"
"""How the numbers of requests for learning begin; nothing written for one ever goes out."""


class Face(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The letter around its text; frozen with it. `letterhead` are lines below the agency's name,
    `address` the lines of the addressee."""

    agency: str
    letterhead: list[str]
    date: str
    address: list[str]
    reference: str
    signer_name: str
    signer_title: str
    language: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the text: a paragraph, a list, or words quoted."""

    kind: str
    lines: tuple[str, ...]


def parts_of(text: str) -> Iterator[Part]:
    """The text's parts: paragraphs lie between empty lines; ``- `` begins a line of a list and
    ``> `` a quoted one."""
    for paragraph in text.split("\n\n"):
        kind, lines = "", list[str]()
        for each in filter(None, (one.strip() for one in paragraph.split("\n"))):
            now = {"- ": "list", "> ": "quote"}.get(each[:2], "paragraph")
            if kind and now != kind:
                yield Part(kind, tuple(lines))
                lines = []
            kind = now
            lines.append(each[2:].strip() if now != "paragraph" else each)
        if lines:
            yield Part(kind, tuple(lines))


def tidy(text: str) -> str:
    """Merged text without the empty lines that empty variables and conditions leave."""
    return block(text, len(text) + 1)


def is_practice(number: str) -> bool:
    """Whether a request of that number is one for learning."""
    return number.startswith(f"{PRACTICE}-")
