"""How a certificate looks: a document to be kept, quiet and dense in facts.

The first page carries the decision alone, inside a fine double frame; the pages after it the lists.
"""

from __future__ import annotations

from archiver.pdf.faces import Cut, Family
from archiver.pdf.flow import Frame, Style
from archiver.pdf.inline import Colour
from archiver.pdf.tables import Look
from archiver.pdf.writer import Writer

INK = Colour.of("#18201e")
SOFT = Colour.of("#4b5552")
FAINT = Colour.of("#c4c8c0")
TINT = Colour.of("#f3f4f0")
ACCENT = Colour.of("#0a5a57")

WIDTH, HEIGHT = 612.0, 792.0
MARGIN = 72.0
FACE = Frame(84.0, WIDTH - 84.0, HEIGHT - 92.0, 92.0)
LISTS = Frame(60.0, WIDTH - 60.0, HEIGHT - 64.0, 74.0)

_SANS = Cut(Family.SANS)
_SANS_BOLD = Cut(Family.SANS, bold=True)
_SERIF_BOLD = Cut(bold=True)

AGENCY = Style(_SANS_BOLD, 9.6, 14, ACCENT, "centre")
TITLE = Style(Cut(Family.DISPLAY), 34, 41, INK, "centre")
NUMBER = Style(Cut(Family.DISPLAY), 19, 25, ACCENT, "centre")
SAYING = Style(Cut(), 11.4, 17.4, INK, "centre")
LEAD = Style(_SANS_BOLD, 7.8, 12, SOFT)
NAME = Style(_SERIF_BOLD, 10.6, 14.6, INK)
FACT = Style(Cut(), 9.4, 13.4, INK)
FINE = Style(_SANS, 7.4, 10.6, SOFT)
PART = Style(Cut(Family.DISPLAY), 22, 28, INK)
SECTION = Style(_SERIF_BOLD, 11.8, 16, INK)
BODY = Style(Cut(), 9.8, 14.4, INK)
SMALL = Style(_SANS, 7.9, 11.4, SOFT)
FOOT = Style(_SANS, 7.4, 10, SOFT)
FOOT_NUMBER = Style(_SANS_BOLD, 8.2, 11, INK)
TILE = Style(_SANS, 7.4, 11, SOFT, "centre")
TILE_NUMBER = Style(Cut(Family.DISPLAY), 17, 22, INK, "centre")
MEDAL = Style(_SANS_BOLD, 6.6, 9, ACCENT)
MEDAL_NUMBER = Style(Cut(Family.DISPLAY), 13, 16, ACCENT)

TABLE = Look(
    head=Style(_SANS_BOLD, 7.4, 11, SOFT),
    body=Style(_SANS, 7.8, 11.0, INK),
    line=FAINT,
    strong=INK,
    pad=3.4,
)
LIST = Look(
    head=Style(_SANS_BOLD, 7.0, 10.4, SOFT),
    body=Style(_SANS, 6.9, 9.4, INK),
    line=FAINT,
    strong=INK,
    pad=2.0,
)


def draw_frame(writer: Writer) -> None:
    """The double frame of the first page, its corners set off."""
    with writer.artifact():
        for inset, thick, colour in ((34.0, 1.6, ACCENT), (39.5, 0.5, INK)):
            writer.draw(
                f"q {colour.stroke()} {thick} w {inset} {inset} {WIDTH - 2 * inset} "
                f"{HEIGHT - 2 * inset} re S Q"
            )
        for x in (34.0, WIDTH - 34.0):
            for y in (34.0, HEIGHT - 34.0):
                writer.draw(
                    f"q 1 1 1 rg {x - 5:.1f} {y - 5:.1f} 10 10 re f {ACCENT.stroke()} 1.1 w "
                    f"{x - 5:.1f} {y - 5:.1f} 10 10 re S {ACCENT.fill()} {x - 2:.1f} {y - 2:.1f} "
                    "4 4 re f Q"
                )


def draw_circle(writer: Writer, x: float, y: float, radius: float, thick: float) -> None:
    """A circle, inside whatever is open."""
    k = radius * 0.5523
    writer.draw(
        f"q {ACCENT.stroke()} {thick} w {x + radius:.2f} {y:.2f} m "
        f"{x + radius:.2f} {y + k:.2f} {x + k:.2f} {y + radius:.2f} {x:.2f} {y + radius:.2f} c "
        f"{x - k:.2f} {y + radius:.2f} {x - radius:.2f} {y + k:.2f} {x - radius:.2f} {y:.2f} c "
        f"{x - radius:.2f} {y - k:.2f} {x - k:.2f} {y - radius:.2f} {x:.2f} {y - radius:.2f} c "
        f"{x + k:.2f} {y - radius:.2f} {x + radius:.2f} {y - k:.2f} {x + radius:.2f} {y:.2f} c "
        "S Q"
    )
