"""A letter on paper: a tagged PDF (PDF/UA-1, PDF/A-3a) made from its parts alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from archiver.pdf.faces import Cut, Family
from archiver.pdf.flow import Flow, Frame, Style
from archiver.pdf.inline import Colour, Span
from archiver.pdf.metadata import Meta
from archiver.pdf.writer import Writer
from archiver.requests.letters.face import Face, Part, is_practice, parts_of
from archiver.requests.letters.writing import Letter, Merged

INK = Colour.of("#18201e")
SOFT = Colour.of("#4b5552")
FAINT = Colour.of("#c4c8c0")
ACCENT = Colour.of("#0a5a57")
WARNING = Colour.of("#8c2318")
WHITE = Colour(1, 1, 1)

WIDTH, HEIGHT = 612.0, 792.0
MARGIN = 82.0
FRAME = Frame(MARGIN, WIDTH - MARGIN, HEIGHT - 74.0, 84.0)
_FOOT = 54.0
_BAND = 21.0
_BULLET = "•"
_SIGNATURE = 66.0
"""The room for signing, with name and title, in points."""

_SANS = Cut(Family.SANS)
_SANS_BOLD = Cut(Family.SANS, bold=True)

AGENCY = Style(Cut(Family.DISPLAY), 25, 30, INK)
HEAD = Style(_SANS, 8.2, 11.6, SOFT)
DATE = Style(Cut(), 10.8, 15.8, INK)
SUBJECT = Style(Cut(bold=True), 11.6, 16.4, INK)
BODY = Style(Cut(), 10.8, 16.0, INK)
QUOTED = Style(Cut(italic=True), 10.8, 16.0, INK)
TITLE = Style(_SANS, 8.6, 12.4, SOFT)
FOOT = Style(_SANS, 7.4, 10, SOFT)
BAND = Style(_SANS_BOLD, 8.6, 12, WHITE)
NOTICE = Style(_SANS_BOLD, 9, 13, WARNING)

DRAFT = {
    "en": "DRAFT: the city attorney has not attested this wording. Not to be sent.",
    "es": "BORRADOR: el abogado de la ciudad no ha aprobado este texto. No debe enviarse.",
}
NOT_FROZEN = {
    "en": "DRAFT: this letter is not finished. Not to be sent.",
    "es": "BORRADOR: esta carta no está terminada. No debe enviarse.",
}
MARK = {"en": "Letter", "es": "Carta"}
PRACTICE = {
    "en": "PRACTICE: this is no letter of the city. Not to be sent.",
    "es": "PRÁCTICA: esta no es una carta de la ciudad. No debe enviarse.",
}


class _Page:
    """What every page carries: the band of a draft, whose letter it is, and its number."""

    def __init__(self, face: Face, band: str, mark: str) -> None:
        self._face = face
        self._band = band
        self._mark = mark
        self.number = 1

    def dress(self, writer: Writer) -> str:
        """Draw band and foot."""
        left, right = FRAME.left, FRAME.right
        if self._band:
            with writer.artifact("Pagination", "Header"):
                writer.draw(f"q {WARNING.fill()} 0 {HEIGHT - _BAND} {WIDTH} {_BAND} re f Q")
                _put(writer, self._band, BAND, left, HEIGHT - 14.5)
        with writer.artifact("Pagination", "Footer"):
            writer.draw(
                f"q {FAINT.stroke()} 0.6 w {left:.2f} {_FOOT:.2f} m {right:.2f} {_FOOT:.2f} l S Q"
            )
            words = f"{self._face.agency}  ·  {self._face.reference}"
            _put(
                writer, f"{words}  ·  {self._mark}" if self._mark else words, FOOT, left, _FOOT - 13
            )
            label = str(self.number)
            width = writer.type.line(label, FOOT.cut, FOOT.size).width
            _put(writer, label, FOOT, right - width, _FOOT - 13)
        self.number += 1
        return label


def letter_pdf(letter: Letter) -> bytes:
    """A frozen letter. The same letter gives the same bytes."""
    mark = f"{_in(MARK, letter.face)} {letter.id} · {letter.sha256[:16]}"
    return _made(letter.face, letter.subject, letter.text, letter.at, _practice(letter.face), mark)


def draft_pdf(made: Merged, at: str) -> bytes:
    """A letter that is not frozen, marked as a draft on every page; `at` is UTC text."""
    words = DRAFT if made.attestation is None else NOT_FROZEN
    band = _practice(made.face) or _in(words, made.face)
    return _made(made.face, made.subject, made.text, at, band, "")


def words_pdf(face: Face, subject: str, text: str, at: str, mark: str) -> bytes:
    """Words that are no letter to a requester, such as a declaration to sign; `mark` names them at
    the foot of each page."""
    return _made(face, subject, text, at, _practice(face), mark)


def _practice(face: Face) -> str:
    return _in(PRACTICE, face) if is_practice(face.reference) else ""


def _in(words: dict[str, str], face: Face) -> str:
    return words.get(face.language, words["en"])


def _made(face: Face, subject: str, text: str, at: str, band: str, mark: str) -> bytes:
    language = "en-US" if face.language == "en" else face.language
    meta = Meta(subject, face.agency, face.reference, at, language)
    with tempfile.TemporaryDirectory(prefix="archiver-letter-") as folder:
        path = Path(folder) / "letter.pdf"
        with Writer(path, meta) as writer:
            flow = Flow(writer, FRAME, _Page(face, band, mark))
            _print(flow, face, subject, text, band)
            flow.end_page()
        return path.read_bytes()


def _print(flow: Flow, face: Face, subject: str, text: str, band: str) -> None:
    flow.start()
    _head(flow, face)
    if band:
        flow.paragraph(band, NOTICE, after=14)
    flow.paragraph(face.date, DATE, after=16)
    if face.address:
        flow.paragraph("\n".join(face.address), DATE, after=18)
    flow.heading(1, subject, SUBJECT, after=10)
    parts = list(parts_of(text))
    for place, part in enumerate(parts):
        ending = parts[place:] if place >= len(parts) - 2 else []
        height = _height(flow, ending) + _SIGNATURE if ending else 0.0
        if len(ending) == 1 or 0 < height < HEIGHT / 3:
            flow.need(height)
        elif _leads(part) and place + 1 < len(parts):
            flow.need(_height(flow, [part]) + 2 * BODY.leading)
        if part.kind == "list":
            _list(flow, part.lines)
        elif part.kind == "quote":
            with flow.inset(16, rail=ACCENT), flow.writer.element("BlockQuote"):
                flow.paragraph(_joined(part), QUOTED)
            flow.space(9)
        else:
            flow.paragraph(_joined(part), BODY, after=9)
    flow.space(28)
    flow.paragraph(face.signer_name, BODY)
    flow.paragraph(face.signer_title, TITLE)


def _leads(part: Part) -> bool:
    """Whether a part announces the next, and so stands on its page."""
    return part.kind not in ("list", "quote") and _joined(part).endswith(":")


def _height(flow: Flow, parts: list[Part]) -> float:
    """What the last parts take, in points: nobody signs a page of its own."""
    lines = sum(
        len(flow.writer.type.lines([Span(each)], BODY.cut, BODY.size, flow.width))
        for part in parts
        for each in part.lines
    )
    return lines * BODY.leading + 9 * len(parts)


def _head(flow: Flow, face: Face) -> None:
    """The city's name, its address beneath, and a rule in its colour."""
    flow.paragraph(face.agency, AGENCY, after=5)
    if face.letterhead:
        flow.paragraph("   ·   ".join(face.letterhead), HEAD, after=9)
    else:
        flow.space(4)
    flow.rule(ACCENT, 1.6)
    flow.space(34)


def _joined(part: Part) -> str:
    return _kept("\n".join(part.lines))


def _kept(text: str) -> str:
    """A section's sign stays with its number."""
    return text.replace("§ ", "§\u00a0")


def _list(flow: Flow, lines: tuple[str, ...]) -> None:
    with flow.writer.element("L"):
        for each in lines:
            flow.need(2 * BODY.leading)
            with flow.writer.element("LI"):
                with flow.writer.element("Lbl"), flow.writer.content():
                    flow.set_line(_BULLET, BODY, flow.left + 4, flow.base_line(BODY))
                with flow.inset(16):
                    flow.paragraph(_kept(each), BODY, tag="LBody", after=3)
    flow.space(8)


def _put(writer: Writer, text: str, style: Style, x: float, y: float) -> None:
    line = writer.type.line(text, style.cut, style.size)
    writer.draw(style.colour.fill())
    writer.glyphs(x, y, line.pieces, style.size)
