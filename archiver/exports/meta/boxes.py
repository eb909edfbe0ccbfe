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
from archiver.exports.guarding import ended, guarded
from archiver.exports.meta.dates import PageClock
from archiver.exports.pages import PageScanner, addresses, classed, shown_text
from archiver.exports.texts import whole

BOXES = ("_a6-g", "uiBoxWhite")
_PARTS = (("_a6-h", "_2lel"), ("_a6-p", "_2let"), ("_a6-o", "_2lem"))
"""The classes of heading, body and foot."""
_PLACES = {name: place for place, names in enumerate(_PARTS) for name in names}
_TIME = "_a72d"
_LEADING = re.compile(r"<(?:a|img|video|audio|source)\b")


@dataclass(slots=True)
class Box:
    """A box: its heading, its body as a node, and the time beneath. `dated` says whether a time is
    written there at all, `at` what it was read as. `folded` are its bytes in small letters: what
    does not stand there need not be looked for in its nodes."""

    heading: str
    body: LexborNode | None
    at: str | None
    dated: bool
    node: LexborNode
    raw: bytes
    folded: bytes
    index: int

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
) -> Iterator[Unit]:
    """What `make` gives of each box of a page. `before` is told the first box and the page's head;
    where it is true, that box is part of the head."""
    scanner = PageScanner(stream, BOXES)
    for element in scanner:
        first = element.index == 0 and element.fault is None
        if first and before(_box(element, clock), scanner.head):
            continue
        yield from guarded(member, count, element, lambda: make(_box(element, clock)))  # noqa: B023
    ended(scanner, count)


def _box(element: Element, clock: PageClock) -> Box:
    node: LexborNode = element.value
    folded = element.raw.lower()
    heading, body, foot = _parts(node)
    time = (classed(node, _TIME) if _TIME.encode() in folded else None) or foot
    shown = _shown(time, folded).strip() if time is not None else ""
    return Box(
        whole(_shown(heading, folded).strip()) if heading is not None else "",
        body,
        clock.read(shown) if shown else None,
        bool(shown),
        node,
        element.raw,
        folded,
        element.index,
    )


def _shown(node: LexborNode, folded: bytes) -> str:
    return shown_text(node) if b"<br" in folded else node.text()


def _parts(node: LexborNode) -> list[LexborNode | None]:
    """Heading, body and foot of a box: its own children as a rule, which saves looking for them."""
    found: list[LexborNode | None] = [None, None, None]
    for child in node.iter():
        for name in (child.attributes.get("class") or "").split():
            place = _PLACES.get(name)
            if place is not None and found[place] is None:
                found[place] = child
    for place, part in enumerate(found):
        if part is None:
            found[place] = classed(node, *_PARTS[place])
    return found


def needs_time(box: Box) -> str:
    """The time of a box. Raises ValueError where one is written and could not be read, or none is:
    without it a record has no key."""
    if box.at is None:
        raise ValueError("no readable time")
    return box.at


def local_files(found: Iterable[str]) -> list[str]:
    """Those addresses of a part of a page that lead into the download."""
    return [one for one in found if "://" not in one and not one.startswith("mailto:")]


def web_links(found: Iterable[str]) -> tuple[str, ...]:
    """Those addresses that lead to the web; Facebook's own way back to itself is none."""
    return tuple(one for one in found if "://" in one and "facebook.com/dyi/" not in one)
