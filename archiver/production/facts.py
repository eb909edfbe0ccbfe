"""The card of facts under a record: label and value, two pairs to a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.pdf.flow import Flow
from archiver.pdf.inline import Inline, Link, Span
from archiver.pdf.typesetting import Line
from archiver.production import look, words
from archiver.requests.redacting.passages import Passage

LABEL_WIDTH = 50.0
PAD = 6.0
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its value. Two with `half` share a row."""

    label: str
    value: Passage
    half: bool = False
    link: Link | None = None

    @classmethod
    def of(cls, label: str, value: str, *, half: bool = False) -> Fact:
        """A fact of which nothing can be covered."""
        return cls(label, Passage.of(value), half)

    @property
    def inlines(self) -> list[Inline]:
        """Its value as it is set."""
        if self.link is None:
            return words.inlines(self.value)
        return [Span(self.value.words, colour=look.ACCENT, link=self.link)]


@dataclass(slots=True)
class _Cell:
    fact: Fact
    x: float
    parts: list[Inline]
    lines: list[Line]
    columns: int


def facts(flow: Flow, found: Sequence[Fact]) -> None:
    """Set a card on one page. A value too long for it stands above as a paragraph."""
    for fact in found:
        if len(fact.value.words) > LONGEST:
            flow.paragraph([Span(f"{fact.label}: "), *fact.inlines], look.VALUE, after=4)
    _card(flow, [fact for fact in found if len(fact.value.words) <= LONGEST])


def _card(flow: Flow, found: Sequence[Fact]) -> None:
    rows = _rows(flow, found)
    height = sum(_height(row) for row in rows) + 2 * PAD - 2
    flow.space(3)
    flow.need(min(height, flow.frame.height) + 2)
    if height <= flow.room:
        flow.tint(height, look.TINT, left=flow.left, right=flow.right)
    flow.y -= PAD - 1
    with flow.writer.element("Table"):
        for row in rows:
            flow.need(_height(row))
            _set_row(flow, row)
    flow.y -= PAD - 1


def _rows(flow: Flow, found: Sequence[Fact]) -> list[list[_Cell]]:
    half = flow.width / 2
    rows: list[list[_Cell]] = []
    for fact in found:
        width = (half if fact.half else flow.width) - LABEL_WIDTH - 2 * PAD
        parts = fact.inlines
        lines = flow.writer.type.lines(parts, look.VALUE.cut, look.VALUE.size, width)
        if fact.half and rows and len(rows[-1]) == 1 and rows[-1][0].fact.half:
            rows[-1].append(_Cell(fact, half, parts, lines, 1))
        else:
            rows.append([_Cell(fact, 0.0, parts, lines, 1)])
    if any(len(row) == 2 for row in rows):
        for row in rows:
            if len(row) == 1:
                row[0].columns = 3
    return rows


def _height(row: Sequence[_Cell]) -> float:
    return max(len(cell.lines) for cell in row) * look.VALUE.leading


def _set_row(flow: Flow, row: Sequence[_Cell]) -> None:
    writer, top, left = flow.writer, flow.y, flow.left
    with writer.element("TR"):
        for cell in row:
            scope = {"O": b"/Table", "Scope": b"/Row"}
            flow.left, flow.y = left + cell.x + PAD, top
            with writer.element("TH", attributes=scope), writer.content():
                flow.set_line(cell.fact.label, look.LABEL, flow.left, flow.base_line(look.LABEL))
            flow.left += LABEL_WIDTH
            span = {"O": b"/Table", "ColSpan": b"%d" % cell.columns} if cell.columns > 1 else None
            with writer.element("TD", attributes=span):
                flow.set_lines(cell.lines, cell.parts, look.VALUE)
    flow.left, flow.y = left, top - _height(row)
