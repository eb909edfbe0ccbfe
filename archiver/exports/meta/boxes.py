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
from archiver.exports.pages import PageScanner, addresses, classed, shown_text
from archiver.exports.texts import whole

BOXES = ("_a6-g", "uiBoxWhite")


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
    heading = classed(node, "_2lel", "_a6-h")
    time = classed(node, "_a72d") or classed(node, "_2lem", "_a6-o")
    shown = shown_text(time).strip() if time is not None else ""
    return Box(
        whole(shown_text(heading).strip()) if heading is not None else "",
        classed(node, "_2let", "_a6-p"),
        clock.read(shown) if shown else None,
        bool(shown),
        node,
        element.raw,
        element.index,
    )


def needs_time(box: Box) -> str:
    """The time of a box. Raises ValueError where one is written and could not be read, or none is:
    without it a record has no key."""
    if box.at is None:
        raise ValueError("no readable time")
    return box.at


def local_files(node: LexborNode) -> list[str]:
    """The addresses in a node that lead into the download."""
    return [one for one in addresses(node) if "://" not in one and not one.startswith("mailto:")]


def web_links(node: LexborNode) -> tuple[str, ...]:
    """The addresses in a node that lead to the web; Facebook's own way back to itself is none."""
    return tuple(one for one in addresses(node) if "://" in one and "facebook.com/dyi/" not in one)
