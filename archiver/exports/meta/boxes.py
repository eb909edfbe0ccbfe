"""The boxes of Meta's pages, in the three shapes they have had: a heading, a body, a time.

2018 to 2021 ``pam … uiBoxWhite noborder`` with `_2lel`, `_2let`, `_2lem`; from 2022 ``_a6-g`` with
`_a6-h`, `_a6-p`, `_a6-o`; from 2025 the same as `section`, `h2` and `footer` on Facebook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from selectolax.lexbor import LexborNode

from archiver.exports.counting import FileCount, Unit
from archiver.exports.elements import Element
from archiver.exports.guarding import ended, guarded
from archiver.exports.meta.dates import PageClock
from archiver.exports.pages import PageScanner, classed, shown_text
from archiver.exports.texts import whole

BOXES = ("_a6-g", "uiBoxWhite")
_HEADING = ("_a6-h", "_2lel")
_BODY = ("_a6-p", "_2let")
_FOOT = ("_a6-o", "_2lem")
_TIME = "_a72d"


@dataclass(slots=True)
class Box:
    """A box: its heading, its body as a node, and the time beneath. `dated` says whether a time is
    written there at all, `at` what it was read as."""

    heading: str
    body: LexborNode | None
    at: str | None
    dated: bool
    node: LexborNode
    raw: bytes
    index: int


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
    heading, body, foot = _parts(node)
    time = (classed(node, _TIME) if _TIME.encode() in element.raw else None) or foot
    shown = shown_text(time).strip() if time is not None else ""
    return Box(
        whole(shown_text(heading).strip()) if heading is not None else "",
        body,
        clock.read(shown) if shown else None,
        bool(shown),
        node,
        element.raw,
        element.index,
    )


def _parts(node: LexborNode) -> tuple[LexborNode | None, LexborNode | None, LexborNode | None]:
    """Heading, body and foot of a box: its own children as a rule, which saves looking for them."""
    found: dict[str, LexborNode] = {}
    for child in node.iter():
        for name in (child.attributes.get("class") or "").split():
            found.setdefault(name, child)
    heading, body, foot = (
        next((found[name] for name in names if name in found), None) or classed(node, *names)
        for names in (_HEADING, _BODY, _FOOT)
    )
    return heading, body, foot


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
