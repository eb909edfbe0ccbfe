"""Comments and live chat messages as Takeout wrote them until 2023: a page with one list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.elements import Element
from archiver.exports.guarding import failed, guarded
from archiver.exports.texts import whole
from archiver.exports.youtube import items
from archiver.exports.youtube.items import Owner
from archiver.items import Item, Kind

CHUNK = 256 << 10
ENTRY_LIMIT = 4 << 20
_BEGIN = re.compile(rb"<li[\s>]", re.IGNORECASE)
_END = re.compile(rb"</li\s*>", re.IGNORECASE)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def from_page(
    member: str, owner: Owner, form: str, stream: BinaryIO, count: FileCount
) -> Iterator[Unit]:
    """The entries of a page, `form` "comment" or "live chat". The time is UTC, as the page says."""
    repeats = Repeats()
    scanner = _Entries(stream)
    for element in scanner:
        yield from guarded(
            member, count, element, partial(_entry, member, owner, form, repeats, element)
        )
    if scanner.rest:
        count.read += 1
        fault = scanner.fault or "the file ends in the middle of it"
        yield failed(member, Element(scanner.index, scanner.rest, fault=fault), fault)
    if scanner.fault:
        count.complete = False
        count.reason = count.reason or scanner.fault


class _Entries:
    """The list entries of a page, each as its bytes; after the walk `rest` is one without an end,
    `fault` what was wrong."""

    def __init__(self, stream: BinaryIO) -> None:
        self.rest = b""
        self.fault: str | None = None
        self.index = 0
        self._stream = stream

    def __iter__(self) -> Iterator[Element]:
        buffer = b""
        while piece := self._stream.read(CHUNK):
            buffer += piece
            at = 0
            while (begun := _BEGIN.search(buffer, at)) and (
                end := _END.search(buffer, begun.end())
            ):
                yield Element(self.index, buffer[begun.start() : end.end()])
                self.index += 1
                at = end.end()
            buffer = buffer[at:]
            if len(buffer) > ENTRY_LIMIT:
                self.fault = "an entry in it is larger than any this program knows"
                break
        begun = _BEGIN.search(buffer)
        self.rest = buffer[begun.start() :] if begun else b""
        if self.rest:
            self.fault = self.fault or "the file ends in the middle of an entry"
        self.fault = getattr(self._stream, "fault", None) or self.fault


def _entry(member: str, owner: Owner, form: str, repeats: Repeats, element: Element) -> list[Unit]:
    page = element.raw.decode("utf-8", "replace")
    head, _, said = _BREAK.sub("\0", page, count=1).partition("\0")
    found = _TIME.search(head)
    if found is None:
        raise ValueError("no time")
    at = f"{found[1]}T{found[2]}Z"
    addresses = [
        link.attributes.get("href") or "" for link in LexborHTMLParser(head).css("a[href]")
    ]
    asked = [parse_qs(urlsplit(address).query) for address in addresses]
    video = next((one["v"][0] for one in asked if "v" in one), None)
    comment = next((one["lc"][0] for one in asked if "lc" in one), None)
    text = whole(LexborHTMLParser(_BREAK.sub("\n", said)).text().strip())
    identity = comment or repeats.next(
        derived_id(Kind.COMMENT, video or "", at, owner.channel or "", text)
    )
    answered = comment.rpartition(".")[0] if comment else ""
    stable = {"id": identity, "text": text, "under": video}
    return [
        Item(
            items.PLATFORM,
            Kind.COMMENT,
            identity,
            owner.author,
            at,
            text,
            element.raw,
            items.canonical(stable),
            form="reply" if answered else form,
            parent_id=answered or video,
            root_id=video,
            url=items.video_address(video) if video else None,
            member=member,
            position=element.index,
        )
    ]
