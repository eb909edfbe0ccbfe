"""The pages of a packet: what each one carries at its foot, and the number it bears."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from archiver.pdf.flow import Flow, Style
from archiver.pdf.inline import Colour
from archiver.pdf.writer import Writer
from archiver.production import look
from archiver.production.bates import bates
from archiver.production.release import Release

PRACTICE = "PRACTICE, DRAFT"


class Foot:
    """Page furniture: a rule, whose packet this is, and the Bates number. Counts the pages."""

    def __init__(self, release: Release, number: int) -> None:
        self._prefix = release.office.bates_prefix
        parts = (
            *((PRACTICE,) if release.request.practice else ()),
            release.office.agency,
            f"Public Records Act request {release.request.number}",
            f"Volume {release.volume}",
        )
        self._left = "  ·  ".join(parts)
        self._draft = release.draft
        self.number = number

    @property
    def label(self) -> str:
        """The Bates number of the page under way."""
        return bates(self._prefix, self.number)

    def dress(self, writer: Writer) -> str:
        """Draw the foot and go on to the next number."""
        label = self.label
        left, right, y = look.MARGIN, look.PAPER_WIDTH - look.MARGIN, look.FOOT
        if self._draft:
            _band(writer, self._draft)
        with writer.artifact("Pagination", "Footer"):
            writer.draw(
                f"q {look.FAINT.stroke()} 0.6 w {left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S Q"
            )
            _put(writer, self._left, look.FOOT_LEFT, left, y - 14)
            width = writer.type.line(label, look.FOOT_RIGHT.cut, look.FOOT_RIGHT.size).width
            _put(writer, label, look.FOOT_RIGHT, right - width, y - 14.5)
        self.number += 1
        return label


def _band(writer: Writer, text: str) -> None:
    """Across the head of the page, why it must not go out."""
    low = look.PAPER_HEIGHT - look.BAND
    with writer.artifact("Pagination", "Header"):
        writer.draw(f"q {look.REMOVED.fill()} 0 {low} {look.PAPER_WIDTH} {look.BAND} re f Q")
        _put(writer, text, look.CHIP, look.MARGIN, low + 7)


def _put(writer: Writer, text: str, style: Style, x: float, y: float) -> None:
    line = writer.type.line(text, style.cut, style.size)
    writer.ink(style.colour)
    writer.glyphs(x, y, line.pieces, style.size)


@contextmanager
def wide(flow: Flow) -> Iterator[None]:
    """The column as wide as the page, for tables."""
    flow.start()
    flow.left, flow.right = look.WIDE.left, look.WIDE.right
    yield
    flow.left, flow.right = look.FRAME.left, look.FRAME.right


def part(flow: Flow, eyebrow: str, title: str, place: str, *, keep: float = 0.0) -> None:
    """Begin a part of the packet on a new page, with its title and its entry in the outline; on
    the page under way where `keep` points are left there."""
    if not keep or flow.at_top or flow.room < keep + look.PART_GAP:
        flow.turn()
    else:
        flow.space(look.PART_GAP)
    flow.part_page = flow.pages_ended
    with flow.writer.element("P"), flow.writer.content():
        flow.set_line(eyebrow, look.EYEBROW, look.MARGIN, flow.y - 21)
    flow.heading(1, title, look.PART, place=place, outline=0, after=14)


def chip(flow: Flow, text: str, colour: Colour, x: float, base_line: float) -> float:
    """A word on a colour, inside whatever is open; gives its width in points."""
    width = flow.measure(text, look.CHIP)
    flow.box(x, base_line - 3.6, width + 9, 12.2, colour)
    flow.set_line(f"{text} ", look.CHIP, x + 4.5, base_line)
    return width + 9
