"""What saved pages, tables and prints say at the places a rule of a mapping points to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2
import regex
from selectolax.lexbor import LexborNode

from archiver.exports.faults import UnreadableError
from archiver.exports.markup import parsed, readable, selected
from archiver.exports.nextdoor.mapping import Rule, Source
from archiver.exports.pages import outermost
from archiver.exports.texts import unescaped, whole

LARGEST = 64 << 20
LONGEST_PRINT = 4 << 20
PATIENCE = 10.0
"""Seconds a pattern of a mapping may search one text."""

Values = dict[str, list[str]]


def values_in(rule: Rule, node: LexborNode) -> Values:
    """What the rule finds in an element: for each field the first place that holds something; all
    of its elements for pictures."""
    found: Values = {}
    for name, sources in rule.fields.items():
        for source in sources:
            elements = selected(node, source.place) if source.place else [node]
            told = [
                part
                for one in (elements if name == "media" else elements[:1])
                if (part := part_of(source, _said(one, source)))
            ]
            if told:
                found[name] = told
                break
    return found


def _said(node: LexborNode, source: Source) -> str:
    if source.attribute is None:
        return readable(node)
    return node.attributes.get(source.attribute) or ""


def part_of(source: Source, text: str) -> str:
    if source.match is None:
        return text.strip()
    try:
        found = source.match.search(text, timeout=PATIENCE)
    except TimeoutError:
        raise ValueError("a pattern of the mapping takes too long: make it simpler") from None
    if found is None:
        return ""
    return str(found[1] if source.match.groups else found[0] or "").strip()


def found_by(pattern: str, text: str) -> Iterator[dict[str, str]]:
    """What the named groups of a pattern hold, place by place."""
    try:
        for found in regex.finditer(
            pattern, text, regex.MULTILINE | regex.DOTALL, timeout=PATIENCE
        ):
            yield found.groupdict()
    except TimeoutError:
        raise UnreadableError(
            "the pattern of the mapping takes too long: make it simpler"
        ) from None


def without(node: LexborNode, each: str) -> LexborNode:
    """A copy of an element without those inside it that `each` selects."""
    copy = parsed(node.html or "")
    for inner in outermost(selected(copy, each)):
        inner.decompose()
    return copy.css_first("body > *") or copy.root or node


def words_of(values: Values) -> str:
    told = (first_of(values, "title"), first_of(values, "text"))
    return whole(unescaped("\n\n".join(one for one in told if one)))


def first_of(values: Values, name: str) -> str:
    several = values.get(name)
    return several[0] if several else ""


def address_of(told: str) -> str | None:
    if not told:
        return None
    return f"https://nextdoor.com{told}" if told.startswith("/") else told


def whole_file(stream: BinaryIO) -> bytes:
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UnreadableError("it is larger than 64 MiB: save it in parts")
    return data


def text_of_print(data: bytes) -> str:
    """The text of a print, page by page."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise UnreadableError("it is no PDF that can be read: print it again") from None
    parts: list[str] = []
    with document:
        for number in range(len(document)):
            try:
                page = document[number]
                parts.append(page.get_textpage().get_text_bounded())
            except pypdfium2.PdfiumError:
                raise UnreadableError(f"page {number + 1} cannot be read: print it again") from None
            if sum(map(len, parts)) > LONGEST_PRINT:
                raise UnreadableError("it holds more text than a print of posts does: look at it")
    return "\n\n".join(parts).replace("\r\n", "\n").replace("\ufffe", "-")
