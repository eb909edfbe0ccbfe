"""The tables of people: addresses of accounts, one a line, with or without a head."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.elements import Element
from archiver.exports.guarding import guarded
from archiver.exports.mastodon.statuses import PLATFORM
from archiver.items import Relation, Subscriber

_HEAD = "account address"
_CHUNK = 1 << 16
_LONGEST = 1 << 16
_MARK = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"[\r\n]")


def people(member: str, relation: Relation, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """Everybody on a list, each once. A server without its own domain in an address is the
    account's; such an address cannot be told from a name and is refused as a line."""
    met: set[str] = set()
    for element in _rows(stream):
        if element.index == 0 and element.raw.lower().startswith(_HEAD.encode()):
            continue
        read = partial(_person, element, relation, met, count)
        yield from guarded(member, count, element, read)
    if fault := getattr(stream, "fault", None):
        count.complete = False
        count.reason = str(fault)


def _person(
    element: Element, relation: Relation, met: set[str], count: FileCount
) -> Iterator[Unit]:
    cells = next(csv.reader([element.raw.decode("utf-8", "replace")]), [])
    address = cells[0].strip().removeprefix("@") if cells else ""
    name, mark, host = address.partition("@")
    if not (name and mark and host) or " " in address:
        raise ValueError("it is no address of an account")
    if address in met:
        count.join()
        return
    met.add(address)
    yield Subscriber(PLATFORM, relation, address, address, url=f"https://{host}/@{name}")


def _rows(stream: BinaryIO) -> Iterator[Element]:
    """The lines that are not blank. An address holds no line break, so a line is a row, and no row
    holds what a reader of tables refuses."""
    index = 0
    waiting = b""
    ended = False
    while not ended:
        piece = stream.read(_CHUNK)
        ended = not piece
        *lines, waiting = _LINE_END.split(waiting + piece)
        if ended or len(waiting) > _LONGEST:
            lines.append(waiting)
            waiting = b""
        for line in lines:
            row = line.removeprefix(_MARK if index == 0 else b"").strip().strip(b"\0")
            if row:
                yield Element(index, row)
                index += 1
