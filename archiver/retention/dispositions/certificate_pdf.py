"""The certificate as a tagged PDF: a page to be filed, and the lists that belong to it."""

from __future__ import annotations

from pathlib import Path

from archiver.pdf.flow import Flow, Style
from archiver.pdf.metadata import Meta
from archiver.pdf.writer import Writer
from archiver.retention.dispositions import certificate_look as look
from archiver.retention.dispositions.certificate_face import print_face
from archiver.retention.dispositions.certificate_lists import print_lists
from archiver.retention.dispositions.certificate_words import TITLES, Facts


class _Foot:
    """What every page carries: the frame on the first, number and page on all."""

    def __init__(self, facts: Facts, digest: str) -> None:
        self._left = f"{facts['agency']}  ·  {TITLES[facts['act']]}  ·  {facts['number']}"
        self._digest = digest
        self.number = 1

    def dress(self, writer: Writer) -> str:
        """Draw frame and foot."""
        if self.number == 1:
            look.draw_frame(writer)
            text, y = f"SHA-256 of the list and all facts (JSON): {self._digest}", 52.0
            with writer.artifact("Pagination", "Footer"):
                width = writer.type.line(text, look.FOOT.cut, look.FOOT.size).width
                _put(writer, text, look.FOOT, (look.WIDTH - width) / 2, y)
        else:
            left, right, y = look.LISTS.left, look.LISTS.right, 50.0
            with writer.artifact("Pagination", "Footer"):
                writer.draw(
                    f"q {look.FAINT.stroke()} 0.6 w {left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S Q"
                )
                _put(writer, self._left, look.FOOT, left, y - 13)
                label = str(self.number)
                cut, size = look.FOOT_NUMBER.cut, look.FOOT_NUMBER.size
                width = writer.type.line(label, cut, size).width
                _put(writer, label, look.FOOT_NUMBER, right - width, y - 13.5)
        self.number += 1
        return str(self.number - 1)


def write_pdf(path: Path, facts: Facts, digest: str) -> None:
    """Write the certificate; `digest` is the SHA-256 of its JSON, which the first page names."""
    meta = Meta(
        title=f"{TITLES[facts['act']]} {facts['number']}",
        author=facts["agency"],
        subject=f"{facts['route']['section']}, {facts['number']}",
        created=facts["executed"]["ended_at"],
    )
    with Writer(path, meta) as writer:
        flow = Flow(writer, look.FACE, _Foot(facts, digest))
        print_face(flow, facts)
        flow.end_page()
        flow.frame = look.LISTS
        flow.left, flow.right = look.LISTS.left, look.LISTS.right
        print_lists(flow, facts)
        flow.end_page()


def _put(writer: Writer, text: str, style: Style, x: float, y: float) -> None:
    line = writer.type.line(text, style.cut, style.size)
    writer.draw(style.colour.fill())
    writer.glyphs(x, y, line.pieces, style.size)
