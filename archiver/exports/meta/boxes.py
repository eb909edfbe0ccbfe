"""The boxes of Meta's pages, in the three shapes they have had: a heading, a body, a time.

2018 to 2021 ``pam … uiBoxWhite noborder`` with `_2lel`, `_2let`, `_2lem`; from 2022 ``_a6-g`` with
`_a6-h`, `_a6-p`, `_a6-o`; from 2025 the same as `section`, `h2` and `footer` on Facebook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from selectolax.lexbor import LexborNode

from archiver.exports.counting import FileCount, Unit
from archiver.exports.elements import Element
from archiver.exports.faults import ElementError
from archiver.exports.guarding import ended, guarded
from archiver.exports.meta.dates import PageClock
from archiver.exports.meta.worded import PARTS, PLACES, TIME, Line, Worded, read_worded
from archiver.exports.pages import PageScanner, addresses, classed, page, shown_text
from archiver.exports.texts import whole

BOXES = ("_a6-g", "uiBoxWhite")
NO_TIME = "no time stands with it"
UNREAD_TIME = "its time could not be read: it may be written in a language not known here"
_LEADING = re.compile(r"<(?:a|img|video|audio|source)\b")


@dataclass(slots=True)
class Box:
    """A box: its heading, its body as a node, and the time beneath. `when` is what is written there
    as its time, if anything, `at` what it is read as by `clock`. `folded` are its bytes in small
    letters: what does not stand there need not be looked for in its nodes. `lines` is the body of a
    box that holds nothing but words, which has no nodes."""

    heading: str
    body: LexborNode | None
    when: str
    clock: PageClock
    raw: bytes
    index: int
    made: LexborNode | None = None
    folded: bytes = b""
    lines: tuple[Line, ...] | None = None

    @property
    def at(self) -> str | None:
        """When it is dated, as UTC; None where no time is written there, or none that is known."""
        return self.clock.read(self.when) if self.when else None

    @property
    def node(self) -> LexborNode:
        """What holds all of it; of a box of nothing but words made when it is asked for."""
        return page(self.raw) if self.made is None else self.made

    def holds(self, tags: re.Pattern[bytes]) -> bool:
        """Whether any of these tags stands in it, as a look at its bytes tells."""
        return tags.search(self.folded) is not None

    def shown(self, node: LexborNode) -> str:
        """What a reader sees of a node of it."""
        return _shown(node, self.folded)

    def leads(self) -> list[str]:
        """The addresses its body leads to."""
        if self.body is None or not _LEADING.search(self.body.html or ""):
            return []
        return addresses(self.body)


def read_boxes(
    stream: BinaryIO,
    count: FileCount,
    member: str,
    clock: PageClock,
    make: Callable[[Box], Iterable[Unit]],
    before: Callable[[Box, bytes], bool] = lambda box, head: False,
    *,
    worded: bool = False,
) -> Iterator[Unit]:
    """What `make` gives of each box of a page. `before` is told the first box, with its nodes, and
    the page's head; where it is true, that box is part of the head. `worded` says that `make` takes
    boxes of nothing but words without their nodes."""
    scanner = PageScanner(stream, BOXES, read_worded) if worded else PageScanner(stream, BOXES)
    for element in scanner:
        first = element.index == 0 and element.fault is None
        if first and before(_box(element, clock), scanner.head):
            continue
        yield from guarded(member, count, element, lambda: make(_box(element, clock)))  # noqa: B023
    ended(scanner, count)


def _box(element: Element, clock: PageClock) -> Box:
    if isinstance(element.value, Worded):
        return _worded(element.value, element, clock)
    node: LexborNode = element.value
    folded = element.raw.lower()
    heading, body, foot = _parts(node)
    time = (classed(node, TIME) if TIME.encode() in folded else None) or foot
    shown = _shown(time, folded).strip() if time is not None else ""
    return Box(
        whole(_shown(heading, folded).strip()) if heading is not None else "",
        body,
        shown,
        clock,
        element.raw,
        element.index,
        node,
        folded,
    )


def _worded(told: Worded, element: Element, clock: PageClock) -> Box:
    heading, when = told.heading.strip(), told.time.strip()
    return Box(heading, None, when, clock, element.raw, element.index, lines=told.lines)


def _shown(node: LexborNode, folded: bytes) -> str:
    return shown_text(node) if b"<br" in folded else node.text()


def _parts(node: LexborNode) -> list[LexborNode | None]:
    """Heading, body and foot of a box: its own children as a rule, which saves looking for them."""
    found: list[LexborNode | None] = [None, None, None]
    for child in node.iter():
        for name in (child.attributes.get("class") or "").split():
            place = PLACES.get(name)
            if place is not None and found[place] is None:
                found[place] = child
    for place, part in enumerate(found):
        if part is None:
            found[place] = classed(node, *PARTS[place])
    return found


def needs_time(box: Box) -> str:
    """The time of a box. Raises ElementError where one is written and could not be read, or none
    is: without it a record has no key."""
    at = box.at
    if at is None:
        raise ElementError(UNREAD_TIME if box.when else NO_TIME)
    return at


def local_files(found: Iterable[str]) -> list[str]:
    """Those addresses of a part of a page that lead into the download."""
    return [one for one in found if "://" not in one and not one.startswith("mailto:")]


def web_links(found: Iterable[str]) -> tuple[str, ...]:
    """Those addresses that lead to the web; Facebook's own way back to itself is none."""
    return tuple(one for one in found if "://" in one and "facebook.com/dyi/" not in one)
