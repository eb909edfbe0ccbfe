"""Reading the web pages in which some downloads come: box by box, in flat memory.

A page of this kind is machine-made: a head, then one box (a `div` or `section` of a known class)
for each record, then a foot. The page as a whole is never built; its bytes are cut at the boxes,
and only these are read as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import BinaryIO

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.exports.elements import Element
from archiver.exports.faults import UnreadableError

CHUNK = 256 << 10
BOX_LIMIT = 4 << 20
MOST_TAGS = 50_000
DEEPEST = 200
HEAD_LIMIT = 1 << 20
FOOT_LIMIT = 64 << 10
TOGETHER = 64
"""So many boxes are read as HTML at once: beginning anew costs more than a box does."""
_SEAM = 4096

_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|div|section|main)\b", re.IGNORECASE)
_TAGS = {
    b"div": re.compile(rb"<(/?)div(?=[\s>/])", re.IGNORECASE),
    b"section": re.compile(rb"<(/?)section(?=[\s>/])", re.IGNORECASE),
}


class PageScanner:
    """The outermost boxes of a page whose class names hold one of `classes`, as elements: `raw` the
    box as it stands, `value` what `at_sight` makes of its bytes, or, where that is None, its node
    (`selectolax.lexbor.LexborNode`). Of the first box always the node.

    `head` is what stands before the first box and `foot` what stands behind the last, both of them
    cut at a limit and known after the walk (`head` from the first element on). After the walk
    `complete` says whether the page was read to its end, `fault` what was wrong with it. Raises
    UnreadableError where the file is no page.
    """

    def __init__(
        self,
        stream: BinaryIO,
        classes: Collection[str],
        at_sight: Callable[[bytes], object] = lambda raw: None,
    ) -> None:
        self.complete = False
        self.fault: str | None = None
        self.head = b""
        self.foot = b""
        self._stream = stream
        self._at_sight = at_sight
        names = b"|".join(re.escape(one.encode()) for one in classes)
        within = rb'class="(?:[^"<>]*\s)?(?:' + names + rb')(?:\s[^"<>]*)?"'
        self._opening = re.compile(rb"<(div|section)\s[^<>]*?" + within + rb"[^<>]*>")
        self._buffer = b""
        self._at = 0
        self._ended = False
        self._found = 0
        self._given = 0

    def __iter__(self) -> Iterator[Element]:
        waiting: list[bytes] = []
        size = 0
        while (box := self._box()) is not None:
            raw, plausible = box
            if plausible:
                waiting.append(raw)
                size += len(raw)
            if not plausible or len(waiting) == TOGETHER or size > CHUNK:
                yield from self._read(waiting)
                waiting, size = [], 0
            if not plausible:
                yield Element(self._given, raw, fault="it is built of more than any box known")
                self._given += 1
        yield from self._read(waiting)
        if self._at < len(self._buffer) and self.fault:
            rest = self._buffer[self._at :]
            yield Element(self._given, rest[:BOX_LIMIT], fault=self.fault)
        self._finish()

    def _more(self) -> bool:
        piece = b"" if self._ended else self._stream.read(CHUNK)
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        self._ended = not piece
        return bool(piece)

    def _box(self) -> tuple[bytes, bool] | None:
        """The next box, whole, and whether it is one that a platform would make; None where there
        is none any more, or it has no end (`fault`)."""
        while (found := self._opening.search(self._buffer, self._at)) is None:
            self._pass(max(self._at, len(self._buffer) - _SEAM))
            if not self._more():
                self._pass(len(self._buffer))
                return None
        self._pass(found.start())
        tag = _TAGS[found[1].lower()]
        depth, deepest, scanned = 0, 0, self._at
        while True:
            for mark in tag.finditer(self._buffer, scanned):
                depth += -1 if mark[1] else 1
                deepest = max(depth, deepest)
                scanned = mark.end()
                if depth == 0:
                    end = self._buffer.find(b">", scanned)
                    end = len(self._buffer) if end < 0 else end + 1
                    raw = self._buffer[self._at : end]
                    self._at = end
                    self._found += 1
                    self.foot = b""
                    return raw, deepest <= DEEPEST and raw.count(b"<") <= MOST_TAGS
            behind = scanned - self._at
            if len(self._buffer) - self._at > BOX_LIMIT:
                self.fault = "a box in it is larger than any this program knows"
                return None
            if not self._more():
                self.fault = "the file ends in the middle of it"
                return None
            scanned = behind

    def _pass(self, at: int) -> None:
        """Leave what lies before `at`; the beginning of the page and its end are kept."""
        passed = self._buffer[self._at : at]
        self._at = at
        if self._found == 0 and len(self.head) < HEAD_LIMIT:
            self.head += passed
        self.foot = (self.foot + passed)[-FOOT_LIMIT:]

    def _read(self, raws: list[bytes]) -> Iterator[Element]:
        if not raws:
            return
        at_sight = self._at_sight
        values = [at_sight(raw) if self._given or at else None for at, raw in enumerate(raws)]
        nodes = iter(
            _nodes([raw for raw, value in zip(raws, values, strict=True) if value is None])
        )
        for raw, value in zip(raws, values, strict=True):
            told = next(nodes) if value is None else value
            yield Element(self._given, raw, told, "it is no box" if told is None else None)
            self._given += 1

    def _finish(self) -> None:
        if not self._found and not self.fault and not _PAGE.search(self.head):
            raise UnreadableError("it is no web page")
        self.fault = self.fault or getattr(self._stream, "fault", None)
        if not self.fault and not self.foot.rstrip().lower().endswith(b"</html>"):
            self.fault = "the file ends before its page does"
        self.complete = self.fault is None


def _nodes(raws: Sequence[bytes]) -> list[LexborNode | None]:
    """The node of each box, None where it is none."""
    found = _boxes(b"".join(raws)) if raws else []
    if len(found) != len(raws):
        found = [next(iter(_boxes(raw)), None) for raw in raws]
    return found


def _boxes(raw: bytes) -> list[LexborNode | None]:
    body = LexborHTMLParser(raw).body
    if body is None:
        return []
    return [node for node in body.iter() if node.tag in ("div", "section")]


def page(raw: bytes) -> LexborNode:
    """The body of a page, or of a part of one, that is small enough to be held."""
    body = LexborHTMLParser(raw or b"<body>").body
    assert body is not None
    return body


def classed(node: LexborNode, *classes: str) -> LexborNode | None:
    """The first node within one that has one of these classes."""
    return node.css_first(", ".join(f".{name}" for name in classes))


def outermost(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Elements that do not lie inside another of them, each once: taking an element out of a page
    frees what lies inside it."""
    by_id = {node.mem_id: node for node in nodes}
    clear: set[int] = set()
    found = []
    for node in by_id.values():
        path: list[int] = []
        above = node.parent
        while above is not None and above.mem_id not in by_id and above.mem_id not in clear:
            path.append(above.mem_id)
            above = above.parent
        if above is None or above.mem_id in clear:
            clear.update(path)
            found.append(node)
    return found


def shown_text(node: LexborNode) -> str:
    """What a reader of the page sees in a node: entities read, `<br>` as the line break it is."""
    told = [
        "\n" if one.tag == "br" else one.text_content or ""
        for one in node.traverse(include_text=True)
        if one.tag in ("br", "-text")
    ]
    return "".join(told)


def addresses(node: LexborNode) -> list[str]:
    """Where the links, pictures, sounds and videos in a node lead, each once, in their order."""
    found = [
        one.attributes.get("href") or one.attributes.get("src") or ""
        for one in node.css("a[href], img[src], video[src], audio[src], source[src]")
    ]
    return [one for one in dict.fromkeys(found) if one and not one.startswith(("#", "data:"))]
