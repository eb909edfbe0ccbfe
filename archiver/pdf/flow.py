"""Laying out: text, headings, rules, figures and margin notes from the top of a page to its end.

A flow keeps one column and a position in it. It breaks pages by itself, lets the page's master draw
header and footer, and opens and closes the structure element of everything it sets, so that what a
screen reader hears is what the eye sees, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from archiver.pdf.faces import Cut, Family
from archiver.pdf.images import Picture
from archiver.pdf.inline import BAR_WIDTH, Bar, Colour, Inline, Span, spans
from archiver.pdf.objects import numbers
from archiver.pdf.pieces import Line, Piece
from archiver.pdf.writer import LETTER, Writer

BLACK = Colour(0, 0, 0)
WHITE = Colour(1, 1, 1)
INK = Colour.of("#18201e")
SERIF = Cut()


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph is set; sizes in points."""

    cut: Cut = SERIF
    size: float = 10.5
    leading: float = 15.5
    colour: Colour = INK
    align: str = "start"  # or "end", "centre"


BAR_STYLE = Style(Cut(Family.SANS, bold=True), 6.2, 8, WHITE)


@dataclass(frozen=True, slots=True)
class Frame:
    """The column of a page, in points from its lower left corner."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def width(self) -> float:
        """Its width in points."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Its height in points."""
        return self.top - self.bottom


MARKS = {"inserted": "put in", "deleted": "taken out"}


def _marked(span: Span, pieces: Sequence[Piece]) -> str | None:
    """A marked text as it is read aloud: a line through a word is not heard."""
    if span.mark is None or any(piece.level for piece in pieces):
        return None
    text = "".join(piece.shaped.text for piece in pieces)
    return f"[{MARKS[span.mark]}: {text.strip()}] " if text.strip() else None


class Master(Protocol):
    """What every page carries beside its column."""

    def dress(self, writer: Writer) -> str:
        """Draw header and footer as artifacts; give back the page's label."""


@dataclass(slots=True)
class _Rail:
    x: float
    top: float
    colour: Colour
    thickness: float


class Flow:
    """A position in a column that is filled from the top. `y` is where the next line begins."""

    def __init__(self, writer: Writer, frame: Frame, master: Master) -> None:
        self.writer = writer
        self.frame = frame
        self.master = master
        self.left, self.right = frame.left, frame.right
        self.y = frame.top
        self.pages_ended = 0
        self.part_page = 0
        """How many pages had ended where the last part began."""
        self._on_page = False
        self._reading = False
        self._rails: list[_Rail] = []

    @property
    def width(self) -> float:
        """The width of the column here, in points."""
        return self.right - self.left

    @property
    def room(self) -> float:
        """How much of this page's column is left, in points."""
        return self.y - self.frame.bottom if self._on_page else self.frame.height

    @property
    def at_top(self) -> bool:
        """Whether nothing stands on the page yet."""
        return not self._on_page or self.y >= self.frame.top

    def start(self) -> None:
        """Begin a page where none has begun."""
        if not self._on_page:
            self.writer.begin_page(LETTER)
            self._on_page = True
            self.y = self.frame.top
            for rail in self._rails:
                rail.top = self.y

    def end_page(self) -> None:
        """End the page under way, if there is one."""
        if not self._on_page:
            return
        self._suspend()
        for rail in self._rails:
            self._draw_rail(rail, self.frame.bottom)
        label = self.master.dress(self.writer)
        self.writer.end_page(label)
        self._on_page = False
        self.pages_ended += 1

    def turn(self) -> None:
        """Go to a new page."""
        self.end_page()
        self.start()

    def need(self, height: float) -> None:
        """Go to a new page unless this one has `height` points left (or is empty)."""
        self.start()
        if self.room < height and not self.at_top:
            self.turn()

    def space(self, height: float) -> None:
        """Leave some room; none at the top of a page."""
        if not self.at_top:
            self.y -= height

    @contextmanager
    def inset(
        self, left: float = 0.0, right: float = 0.0, rail: Colour | None = None
    ) -> Iterator[None]:
        """A narrower column; `rail` draws a line down its left side, over every page it runs."""
        self.start()
        self.left += left
        self.right -= right
        one = _Rail(self.left - 9, self.y, rail, 1.4) if rail else None
        if one:
            self._rails.append(one)
        yield
        if one:
            self._rails.remove(one)
            if self._on_page:
                self._draw_rail(one, self.y)
        self.left -= left
        self.right += right

    def paragraph(
        self,
        content: str | list[Inline],
        style: Style,
        *,
        tag: str = "P",
        language: str | None = None,
        after: float = 0.0,
        place: str | None = None,
    ) -> None:
        """Set a paragraph; it may run over pages, never leaving a single line behind."""
        inlines = spans(content) if isinstance(content, str) else content
        lines = self.writer.type.lines(inlines, style.cut, style.size, self.width)
        self.need(style.leading * min(len(lines), 2))
        if (
            place is None
            and self.are_plain(lines, inlines)
            and (len(lines) * style.leading <= self.room)
        ):
            self.leaf(tag, lines, inlines, style, language=language)
        else:
            with self.writer.element(tag, language=language):
                self.lines(lines, inlines, style, place=place)
        self.space(after)

    @staticmethod
    def are_plain(lines: Sequence[Line], inlines: Sequence[Inline]) -> bool:
        """Whether nothing in these lines needs an element of its own: no link, language or bar."""
        for one in inlines:
            if not isinstance(one, Span) or one.link or one.language or one.mark:
                return False
        return bool(lines)

    def leaf(
        self,
        tag: str,
        lines: Sequence[Line],
        inlines: Sequence[Inline],
        style: Style,
        *,
        language: str | None = None,
        attributes: bytes = b"",
    ) -> None:
        """Set plain lines on this page as an element of their own."""
        writer = self.writer
        if writer.measures:
            self.y -= style.leading * len(lines)
            return
        size, leading, first = style.size, style.leading, inlines[0]
        only = first.colour if len(inlines) == 1 and isinstance(first, Span) else None
        with writer.leaf(tag, language=language, attributes=attributes):
            for line in lines:
                base_line = self.y - size - (leading - size) * 0.32
                x = self.left if style.align == "start" and not line.base else None
                x = self._start_of(line, style) if x is None else x
                if len(line.pieces) == 1 and len(inlines) == 1:
                    writer.ink(only or style.colour)
                    writer.glyphs(x, base_line, line.pieces, size)
                else:
                    self._parts(line, inlines, x, base_line, style)
                self.y -= leading

    def _parts(
        self, line: Line, inlines: Sequence[Inline], x: float, base_line: float, style: Style
    ) -> None:
        """A line of plain parts, each in its colour."""
        for place, group in groupby(line.pieces, key=lambda piece: piece.inline):
            pieces, inline = list(group), inlines[place]
            if isinstance(inline, Span):
                self.writer.ink(inline.colour or style.colour)
                self.writer.glyphs(x, base_line, pieces, style.size)
            x += sum(piece.shaped.width for piece in pieces) * style.size

    def lines(
        self,
        lines: Sequence[Line],
        inlines: Sequence[Inline],
        style: Style,
        *,
        place: str | None = None,
    ) -> None:
        """Set lines that are already broken, inside the open element."""
        left = len(lines)
        self.need(style.leading * min(left, 2))
        if place:
            self.writer.mark_place(place, self.y + 12)
        if self.writer.measures and left * style.leading <= self.room:
            self.y -= style.leading * left
            return
        for line in lines:
            if self.room < style.leading or (left == 2 and self.room < 2 * style.leading):
                self.turn()
            self._set(line, inlines, self._start_of(line, style), self.base_line(style), style)
            self.y -= style.leading
            left -= 1
        self._suspend()

    def set_lines(self, lines: Sequence[Line], inlines: Sequence[Inline], style: Style) -> None:
        """Set lines inside the open element on this page, whatever its room."""
        if self.writer.measures:
            self.y -= style.leading * len(lines)
            return
        for line in lines:
            self._set(line, inlines, self._start_of(line, style), self.base_line(style), style)
            self.y -= style.leading
        self._suspend()

    def base_line(self, style: Style) -> float:
        """Where the base line of the next line in this style lies."""
        return self.y - style.size - (style.leading - style.size) * 0.32

    def heading(
        self,
        level: int,
        text: str,
        style: Style,
        *,
        place: str | None = None,
        outline: int | None = None,
        keep: float = 40.0,
        after: float = 6.0,
    ) -> None:
        """A heading, kept with at least `keep` points of what follows; may enter the outline."""
        lines = self.writer.type.lines([Span(text)], style.cut, style.size, self.width)
        self.need(style.leading * len(lines) + keep)
        if outline is not None and place:
            self.writer.outline(text, place, outline)
        with self.writer.element(f"H{level}"):
            self.lines(lines, [Span(text)], style, place=place)
        self.space(after)

    def rule(self, colour: Colour, thickness: float = 0.6, *, after: float = 0.0) -> None:
        """A line across the column."""
        self.start()
        with self.writer.artifact():
            self.writer.draw(
                f"q {colour.stroke()} {thickness} w {self.left:.2f} {self.y:.2f} m "
                f"{self.right:.2f} {self.y:.2f} l S Q"
            )
        self.space(after)

    def tint(self, height: float, colour: Colour, *, left: float, right: float) -> None:
        """A filled box from here down, behind what is set next."""
        with self.writer.artifact():
            self.box(left, self.y - height, right - left, height, colour)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled box, inside whatever is open."""
        self.writer.draw(f"q {colour.fill()} {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f Q")

    def figure(
        self,
        picture: Picture,
        alt: str,
        *,
        width: float,
        height: float,
        language: str | None = None,
    ) -> None:
        """A picture with its description, as large as fits into `width` by `height` points."""
        scale = min(width / picture.width, height / picture.height, 1.0)
        wide, high = picture.width * scale, picture.height * scale
        self.need(high + 4)
        bounds = (self.left, self.y - high, self.left + wide, self.y)
        layout = {"O": b"/Layout", "Placement": b"/Block", "BBox": numbers(bounds)}
        with (
            self.writer.element("Figure", alt=alt, language=language, attributes=layout),
            self.writer.content(),
        ):
            self.writer.place_picture(picture, self.left, self.y - high, wide, high)
        self.y -= high

    def set_line(self, text: str, style: Style, x: float, base_line: float) -> float:
        """One line of text at a point, inside whatever is open; gives its width in points."""
        line = self.writer.type.line(text, style.cut, style.size)
        self.writer.ink(style.colour)
        self.writer.glyphs(x, base_line, line.pieces, style.size)
        return line.width

    def measure(self, text: str, style: Style) -> float:
        """The width of a text on one line, in points."""
        return self.writer.type.line(text, style.cut, style.size).width

    def _start_of(self, line: Line, style: Style) -> float:
        slack = self.width - line.width
        before = line.past if line.base else 0.0
        if style.align == "centre":
            return self.left + slack / 2 - before
        far = (style.align == "end") != bool(line.base)
        return self.left + (slack if far else 0.0) - before

    def _set(
        self, line: Line, inlines: Sequence[Inline], x: float, base_line: float, style: Style
    ) -> None:
        """Draw a line. Links, other languages and bars get an element of their own."""
        if len(line.pieces) == 1:
            [piece] = line.pieces
            only = inlines[piece.inline]
            if isinstance(only, Span) and not (only.link or only.language or only.mark):
                self._resume()
                self.writer.ink(only.colour or style.colour)
                self.writer.glyphs(x, base_line, line.pieces, style.size)
                return
        for place, group in groupby(line.pieces, key=lambda piece: piece.inline):
            pieces = list(group)
            inline = inlines[place]
            width = sum(piece.shaped.width for piece in pieces) * style.size
            if isinstance(inline, Bar):
                self._set_bar(inline, x, base_line, style)
            elif inline.link or inline.language or inline.mark:
                self._set_apart(inline, pieces, x, base_line, width, style)
            else:
                self._resume()
                self._set_plain(inline, pieces, x, base_line, width, style)
            x += width

    def _set_plain(
        self,
        span: Span,
        pieces: list[Piece],
        x: float,
        base_line: float,
        width: float,
        style: Style,
    ) -> None:
        colour = span.colour or style.colour
        self.writer.ink(colour)
        self.writer.glyphs(x, base_line, pieces, style.size)
        if span.mark:
            share = -0.14 if span.mark == "inserted" else 0.28
            y = base_line + style.size * share
            self.writer.draw(
                f"q {colour.stroke()} 0.7 w {x:.2f} {y:.2f} m {x + width:.2f} {y:.2f} l S Q"
            )

    def _set_apart(
        self,
        span: Span,
        pieces: list[Piece],
        x: float,
        base_line: float,
        width: float,
        style: Style,
    ) -> None:
        self._suspend()
        if span.link and not (span.language or span.mark):
            self.writer.ink(span.colour or style.colour)
            self.writer.linked(x, base_line, pieces, style.size, width, span.link, span.text)
            return
        tag = "Link" if span.link else "Span"
        read_as = _marked(span, pieces)
        with self.writer.element(tag, language=span.language, read_as=read_as):
            with self.writer.content():
                self._set_plain(span, pieces, x, base_line, width, style)
            if span.link:
                low, high = base_line - style.size * 0.25, base_line + style.size * 0.9
                self.writer.link((x, low, x + width, high), span.link, span.text)

    def _set_bar(self, bar: Bar, x: float, base_line: float, style: Style) -> None:
        self._suspend()
        says = bar.says or f"[Redacted: {bar.label}]"
        with self.writer.element("Span", read_as=says), self.writer.content():
            size = style.size
            self.box(x + 1, base_line - size * 0.22, BAR_WIDTH - 2, size * 1.14, BLACK)
            room = (BAR_WIDTH - self.measure(bar.label, BAR_STYLE)) / 2
            self.set_line(bar.label, BAR_STYLE, x + max(room, 3), base_line + size * 0.12)

    def _resume(self) -> None:
        if not self._reading:
            self.writer.begin_content()
            self._reading = True

    def _suspend(self) -> None:
        if self._reading:
            self.writer.end_content()
            self._reading = False

    def _draw_rail(self, rail: _Rail, bottom: float) -> None:
        with self.writer.artifact():
            self.writer.draw(
                f"q {rail.colour.stroke()} {rail.thickness} w {rail.x:.2f} {rail.top:.2f} m "
                f"{rail.x:.2f} {bottom:.2f} l S Q"
            )
