"""What a paragraph is made of: spans of text, links, and redaction bars."""

from __future__ import annotations

from dataclasses import dataclass, field

from archiver.pdf.faces import Cut

BAR_WIDTH = 92.0
"""Points. The same for every redaction, whatever it covers: width would tell (DESIGN §7 rule 5)."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green, blue between 0 and 1."""

    red: float
    green: float
    blue: float
    _said: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        said = f"{self.red:.3g} {self.green:.3g} {self.blue:.3g}"
        object.__setattr__(self, "_said", said)

    @classmethod
    def of(cls, text: str) -> Colour:
        """A colour from ``#rrggbb``."""
        red, green, blue = (int(text[place : place + 2], 16) / 255 for place in (1, 3, 5))
        return cls(red, green, blue)

    def fill(self) -> str:
        """The operator that fills with it."""
        return f"{self._said} rg"

    def stroke(self) -> str:
        """The operator that strokes with it."""
        return f"{self._said} RG"


@dataclass(frozen=True, slots=True)
class Link:
    """Where a span leads: out to an address, or to a named place in the same document.

    `says` is what a screen reader announces; empty means the span's own text.
    """

    url: str = ""
    place: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Text set in one way. What is None comes from the paragraph.

    `mark` draws a line under ("inserted") or through ("deleted") the text, which is read aloud as
    "[put in: …]" or "[taken out: …]".
    """

    text: str
    cut: Cut | None = None
    colour: Colour | None = None
    language: str | None = None
    link: Link | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A redaction: a black bar of fixed width with the exemption on it. It never knows more.

    `label` must fit on the bar; `says` is what is read aloud, empty means the label.
    """

    label: str
    says: str = ""


Inline = Span | Bar


def spans(text: str | list[Inline] | tuple[Inline, ...]) -> list[Inline]:
    """A paragraph's parts, from plain text or from parts."""
    return [Span(text)] if isinstance(text, str) else list(text)
