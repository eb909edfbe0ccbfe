"""The card of facts under a record: a label and its value to a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.pdf.flow import Flow
from archiver.pdf.inline import Inline, Link, Span
from archiver.pdf.pieces import Line
from archiver.pdf.tables import ROW_HEAD
from archiver.pdf.typesetting import Typesetter
from archiver.pdf.writer import Run
from archiver.production import look, words
from archiver.requests.redacting.passages import Passage

LABEL_WIDTH = 50.0
PAD = 6.0
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its value."""

    label: str
    value: Passage
    link: Link | None = None

    @classmethod
    def of(cls, label: str, value: str) -> Fact:
        """A fact of which nothing can be covered."""
        return cls(label, Passage.of(value))

    @property
    def inlines(self) -> list[Inline]:
        """Its value as it is set."""
        if self.link is None:
            return words.inlines(self.value)
        return [Span(self.value.words, colour=look.ACCENT, link=self.link)]


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    parts: list[Inline]
    lines: list[Line]

    @property
    def height(self) -> float:
        return len(self.lines) * look.VALUE.leading


@dataclass(frozen=True, slots=True)
class Card:
    """A card put into lines, and the values too long for it."""

    rows: list[_Row]
    above: list[list[Inline]]
    height: float

    @property
    def total(self) -> float:
        """What it takes with the room around it; without what stands above, which is long."""
        return 3 + 2 * (PAD - 1) + self.height


def compose(typesetter: Typesetter, found: Sequence[Fact], width: float) -> Card:
    """A card of that width. A value too long for it will stand above as a paragraph."""
    rows: list[_Row] = []
    above: list[list[Inline]] = []
    beside = width - LABEL_WIDTH - 2 * PAD
    cut, size = look.VALUE.cut, look.VALUE.size
    for fact in found:
        parts = fact.inlines
        if len(fact.value.words) > LONGEST:
            above.append([Span(f"{fact.label}: "), *parts])
        else:
            rows.append(_Row(fact.label, parts, typesetter.lines(parts, cut, size, beside)))
    return Card(rows, above, sum(row.height for row in rows))


def draw(flow: Flow, card: Card) -> None:
    """Set a card on one page."""
    for parts in card.above:
        flow.paragraph(parts, look.VALUE, after=4)
    height = card.height + 2 * PAD - 2
    flow.space(3)
    flow.need(min(height, flow.frame.height) + 2)
    if height <= flow.room:
        flow.tint(height, look.TINT, left=flow.left, right=flow.right)
    flow.y -= PAD - 1
    with flow.writer.element("Table"):
        for row in card.rows:
            high = row.height
            flow.need(high)
            if not flow.writer.measures:
                _set_row(flow, row)
            flow.y -= high
    flow.y -= PAD - 1


def _set_at_once(flow: Flow, row: _Row) -> bool:
    """Set a row whose value is one run on one line; whether it was one."""
    if len(row.lines) != 1 or len(row.parts) != 1:
        return False
    writer, only = flow.writer, row.parts[0]
    if not isinstance(only, Span) or only.language or only.mark:
        return False
    style, x = look.LABEL, flow.left + PAD
    label = writer.type.line(row.label, style.cut, style.size)
    head = Run.of(label, x, flow.base_line(style), style.size, style.colour)
    style = look.VALUE
    colour = only.colour or style.colour
    base_line = flow.base_line(style)
    value = Run.of(row.lines[0], x + LABEL_WIDTH, base_line, style.size, colour)
    if head is None or value is None:
        return False
    writer.pair(head, value, only.link, only.text)
    return True


def _set_row(flow: Flow, row: _Row) -> None:
    writer, top, left = flow.writer, flow.y, flow.left
    if _set_at_once(flow, row):
        return
    with writer.element("TR"):
        flow.left = left + PAD
        with writer.leaf("TH", attributes=ROW_HEAD):
            flow.set_line(row.label, look.LABEL, flow.left, flow.base_line(look.LABEL))
        flow.left += LABEL_WIDTH
        if flow.are_plain(row.lines, row.parts):
            flow.leaf("TD", row.lines, row.parts, look.VALUE)
        else:
            with writer.element("TD"):
                flow.set_lines(row.lines, row.parts, look.VALUE)
    flow.left, flow.y = left, top
