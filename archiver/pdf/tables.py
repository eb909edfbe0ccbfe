"""Tables that run over pages: one logical table, its header repeated for the eye only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archiver.pdf.flow import Flow, Style
from archiver.pdf.inline import Colour, Inline, spans
from archiver.pdf.pieces import Line

Cell = str | list[Inline]
COLUMN_HEAD = b"<</O /Table /Scope /Column>>"
ROW_HEAD = b"<</O /Table /Scope /Row>>"
"""What a header cell says it is the header of (ISO 32000-1, 14.8.5.7)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in points, and how its cells are aligned."""

    heading: str
    width: float
    align: str = "start"


@dataclass(frozen=True, slots=True)
class Look:
    """How a table is drawn. `pad` is the room above and below a row, in points."""

    head: Style
    body: Style
    line: Colour
    strong: Colour
    pad: float = 4.0
    gap: float = 8.0


def table(
    flow: Flow, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], look: Look
) -> None:
    """Set a table. A row stays on one page; one taller than a page goes on in further rows."""
    flow.need(6 * look.body.leading)
    writer = flow.writer
    with writer.element("Table"):
        with writer.element("THead"), writer.element("TR"):
            _head(flow, columns, look, real=True)
        with writer.element("TBody"):
            for cells in rows:
                _row(flow, columns, cells, look)
    flow.space(look.body.leading)


def height(flow: Flow, columns: Sequence[Column], cells: Sequence[Cell], look: Look) -> float:
    """The height a row takes, in points."""
    lines = max(len(one) for one in _broken(flow, columns, cells, look))
    return lines * look.body.leading + 2 * look.pad


def _head(flow: Flow, columns: Sequence[Column], look: Look, *, real: bool) -> None:
    writer = flow.writer
    top, base_line = flow.y, flow.base_line(look.head)
    x = flow.left
    for column in columns:
        width = flow.measure(column.heading, look.head)
        start = x + column.width - look.gap - width if column.align == "end" else x
        if real:
            with writer.element("TH", attributes=COLUMN_HEAD), writer.content():
                flow.set_line(column.heading, look.head, start, base_line)
        else:
            with writer.artifact("Pagination", "Header"):
                flow.set_line(column.heading, look.head, start, base_line)
        x += column.width
    flow.y = top - look.head.leading - 2
    flow.rule(look.strong, 0.8)


def _row(flow: Flow, columns: Sequence[Column], cells: Sequence[Cell], look: Look) -> None:
    broken = _broken(flow, columns, cells, look)
    leading = look.body.leading
    count = max(len(lines) for lines in broken)
    whole = flow.frame.height - look.head.leading - 2 * look.pad - leading
    while True:
        fits = int((whole if count * leading <= whole else flow.room - 2 * look.pad) // leading)
        taken = min(count, max(fits, 1))
        if flow.room < taken * leading + 2 * look.pad:
            flow.turn()
            _head(flow, columns, look, real=False)
            continue
        _lines(flow, columns, cells, [lines[:taken] for lines in broken], look)
        broken = [lines[taken:] for lines in broken]
        count -= taken
        if count <= 0:
            return


def _lines(
    flow: Flow,
    columns: Sequence[Column],
    cells: Sequence[Cell],
    broken: list[list[Line]],
    look: Look,
) -> None:
    """One row on one page."""
    writer = flow.writer
    height = max(len(lines) for lines in broken) * look.body.leading + 2 * look.pad
    if writer.measures:
        flow.y -= height
        return
    top, left, right = flow.y, flow.left, flow.right
    with writer.element("TR"):
        for column, cell, lines in zip(columns, cells, broken, strict=True):
            flow.right = flow.left + column.width - look.gap
            flow.y = top - look.pad
            body = look.body
            style = Style(body.cut, body.size, body.leading, body.colour, column.align)
            inlines = spans(cell)
            if flow.are_plain(lines, inlines):
                flow.leaf("TD", lines, inlines, style)
            else:
                with writer.element("TD"):
                    flow.set_lines(lines, inlines, style)
            flow.left += column.width
    flow.left, flow.right = left, right
    flow.y = top - height
    flow.rule(look.line, 0.5)


def _broken(
    flow: Flow, columns: Sequence[Column], cells: Sequence[Cell], look: Look
) -> list[list[Line]]:
    return [
        flow.writer.type.lines(spans(cell), look.body.cut, look.body.size, column.width - look.gap)
        for column, cell in zip(columns, cells, strict=True)
    ]
