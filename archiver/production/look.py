"""How a packet looks: one grid, one type scale, few colours.

Paper looks like paper: a serif for what people wrote and what the city says, a sans for facts about
it. A margin column carries numbers and platforms, so the text column stays quiet. Platforms are
told by a word on a colour, never by a logo.
"""

from __future__ import annotations

from archiver.pdf.faces import Cut, Family
from archiver.pdf.flow import Frame, Style
from archiver.pdf.inline import Colour
from archiver.pdf.tables import Look

INK = Colour.of("#18201e")
SOFT = Colour.of("#4b5552")
FAINT = Colour.of("#c4c8c0")
TINT = Colour.of("#f3f4f0")
ACCENT = Colour.of("#0a5a57")
REMOVED = Colour.of("#8c2318")

MARGIN = 54.0
COLUMN = 150.0
PAPER_WIDTH = 612.0
PAPER_HEIGHT = 792.0
BAND = 21.0
FRAME = Frame(COLUMN, PAPER_WIDTH - MARGIN, 792 - 66.0, 74.0)
WIDE = Frame(MARGIN, PAPER_WIDTH - MARGIN, 792 - 66.0, 74.0)
FOOT = 50.0
PART_GAP = 40.0
SHORT_PART, LONG_PART = 220.0, 330.0
"""What stands between two parts on one page, and what a short or long one needs to begin there."""
STEP = 15.0
DEEPEST = 4
"""How far an answer is set in, and how many times at most."""

_SANS = Cut(Family.SANS)
_SANS_BOLD = Cut(Family.SANS, bold=True)
_SERIF_BOLD = Cut(bold=True)

TITLE = Style(Cut(Family.DISPLAY), 31, 37, INK)
PART = Style(Cut(Family.DISPLAY), 25, 31, INK)
SECTION = Style(_SERIF_BOLD, 12.5, 17, INK)
BODY = Style(Cut(), 10.3, 15.6, INK)
LETTER = Style(Cut(), 9.8, 14.4, INK)
LISTED = Style(Cut(), 9.3, 12.6, INK)
SAID = Style(Cut(), 11, 16.8, INK)
EARLIER = Style(Cut(), 9.4, 14, SOFT)
AUTHOR = Style(_SERIF_BOLD, 11.2, 16, INK)
HANDLE = Style(_SANS, 8.4, 16, SOFT)
SMALL = Style(_SANS, 8.1, 11.8, SOFT)
SMALL_BOLD = Style(_SANS_BOLD, 8.1, 11.8, INK)
LABEL = Style(_SANS, 7.3, 10.6, SOFT)
VALUE = Style(_SANS, 7.3, 10.6, INK)
NUMERAL = Style(Cut(Family.DISPLAY), 21, 24, ACCENT)
CHIP = Style(_SANS_BOLD, 7.2, 10, Colour(1, 1, 1))
EYEBROW = Style(_SANS_BOLD, 8.2, 12, ACCENT)
FOOT_LEFT = Style(_SANS, 7.6, 10, SOFT)
FOOT_RIGHT = Style(_SANS_BOLD, 9.2, 12, INK)
NOTICE = Style(_SANS_BOLD, 8.2, 12, REMOVED)
STAMP = Style(Cut(Family.DISPLAY), 46, 54, INK)

TABLE = Look(
    head=Style(_SANS_BOLD, 7.6, 11.5, SOFT),
    body=Style(_SANS, 8.1, 11.6, INK),
    line=FAINT,
    strong=INK,
)

PLATFORMS = {
    "bluesky": ("Bluesky", Colour.of("#00588f")),
    "forwarded": ("Handed in", Colour.of("#5a4300")),
    "facebook": ("Facebook", Colour.of("#1450a8")),
    "instagram": ("Instagram", Colour.of("#9a1f6a")),
    "linkedin": ("LinkedIn", Colour.of("#0b4f7d")),
    "mastodon": ("Mastodon", Colour.of("#4a3fa8")),
    "nextdoor": ("Nextdoor", Colour.of("#2c6113")),
    "threads": ("Threads", Colour.of("#3a3a3a")),
    "tiktok": ("TikTok", Colour.of("#1f2625")),
    "x": ("X", Colour.of("#1f2625")),
    "youtube": ("YouTube", Colour.of("#a01818")),
}


def platform(name: str) -> tuple[str, Colour]:
    """A platform's name as people write it, and its colour."""
    return PLATFORMS.get(name, (name.capitalize(), SOFT))
