"""What stands last in a packet: when each record was captured and sealed, and the declaration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from archiver.pdf.flow import Flow
from archiver.pdf.inline import Inline, Link, Span
from archiver.pdf.tables import Cell, Column, table
from archiver.production import look, words
from archiver.production.back import record_place
from archiver.production.bates import Range
from archiver.production.pages import part, wide
from archiver.production.release import Record, Release

INTEGRITY, INTEGRITY_TITLE = "integrity", "Capture and seals"
DECLARATION, DECLARATION_TITLE = "declaration", "Declaration of the custodian"
MOST_SOURCES = 8
LINE = 34.0

_BLANKS = ("Name", "Title", "Date", "Place", "Signature")


def integrity(
    flow: Flow, release: Release, order: Sequence[Record], places: Mapping[str, tuple[int, str]]
) -> None:
    """When each record was captured, from what, and when that was sealed. No hash of a record as
    it was captured stands here: where a part is covered, it would let one guess it.

    `places` gives the number and the first page of each record by its key.
    """
    if not order:
        return
    part(flow, "Integrity", INTEGRITY_TITLE, INTEGRITY, keep=look.SHORT_PART)
    text = (
        "When the city captured each record, from what, and when it sealed what it had captured. "
        "No hash of a record as captured is printed here: where a part of it is covered, a hash "
        "would let one guess that part."
    )
    flow.paragraph(text, look.BODY, after=10)
    zone = release.office.time_zone
    rows = (_row(record, *places[record.key], zone) for record in order)
    with wide(flow):
        table(flow, _columns(flow, len(order)), rows, look.TABLE)


def _row(record: Record, number: int, page: str, zone: str) -> list[Cell]:
    capture = record.capture
    place = f"{capture.source}, {capture.place}" if capture.place else capture.source
    sealed = words.time(capture.sealed, zone) if capture.sealed else "not sealed yet"
    link = Link(place=record_place(record.key), says=f"Record {number}, page {page}")
    return [
        [Span(f"Record {number}", colour=look.ACCENT, link=link)],
        words.time(capture.at, zone),
        place,
        sealed,
    ]


def _columns(flow: Flow, count: int) -> tuple[Column, ...]:
    small, margin = look.TABLE.body, look.TABLE.gap + 2
    number = flow.measure(f"Record {count}", small) + margin
    time = flow.measure("28 May 2026, 12:58 pm PDT", small) + margin
    return (
        Column("Record", number),
        Column("Captured", time),
        Column("From", look.WIDE.width - number - 2 * time),
        Column("Sealed", time),
    )


def declaration(flow: Flow, release: Release, pages: Range | None) -> None:
    """A form for the custodian of records, with what the city's own records say filled in.

    It follows what Evid. Code § 1561 asks of a custodian, under the oath of Code Civ. Proc.
    § 2015.5. Whether one is given, and in which words, is for the city attorney. `pages` are those
    of the records, where there are any.
    """
    part(flow, "Form", DECLARATION_TITLE, DECLARATION)
    text = (
        "A form after Evid. Code § 1561 and Code Civ. Proc. § 2015.5, for the case that a "
        "declaration is asked for. The city attorney decides whether one is given and in which "
        "words. Unsigned, it declares nothing."
    )
    flow.paragraph(text.replace("§ ", "§\u00a0"), look.NOTICE, after=14)
    flow.paragraph("I, the undersigned, declare:", look.BODY, after=8)
    with flow.writer.element("L", attributes=b"<</O /List /ListNumbering /Decimal>>"):
        for number, said in enumerate(_declared(release, pages), 1):
            _item(flow, f"{number}.", said.replace("§ ", "§\u00a0"))
    text = (
        "I declare under penalty of perjury under the laws of the State of California that the "
        "foregoing is true and correct."
    )
    flow.space(4)
    flow.paragraph(text, look.BODY, after=10)
    flow.need(len(_BLANKS) * LINE)
    for blank in _BLANKS:
        flow.space(LINE - look.SMALL.leading - 5)
        flow.rule(look.INK, 0.6, after=3)
        flow.paragraph(f"{blank} (to be filled in)", look.SMALL, after=2)


def _declared(release: Release, pages: Range | None) -> list[str]:
    """What is declared, point by point (Evid. Code § 1561, subdivision (a))."""
    agency, request = release.office.agency, release.request.number
    said = [
        f"I am a duly authorized custodian of the records of {agency}, or another qualified "
        "witness, and have authority to certify them."
    ]
    if pages:
        covered = sum(1 for record in release.records if record.redactions)
        parts = words.count(covered, "record")
        less = f", except for what is covered in {parts} and named in the list of redactions"
        said.append(
            f"The records on pages {pages}, in volume {release.volume} of the production for "
            f"request {request}, are true copies of what the city’s archive holds"
            f"{less if covered else ''}."
        )
        said.append(
            "They were captured in the ordinary course of the city’s business by the personnel and "
            "the programs it uses for that, at or near the time stated with each record as the "
            f"time of capture: {_captured(release)}."
        )
        said.append(
            f"They were prepared in this way: {_sources(release)}. The archive printed them from "
            f"what it holds on {words.time(release.made_at, release.office.time_zone)}."
        )
    if release.withheld:
        held = words.count(len(release.withheld), "record is", "records are")
        said.append(f"{held} withheld in full; a numbered sheet stands in the place of each.")
    return said


def _captured(release: Release) -> str:
    zone = release.office.time_zone
    moments = sorted(record.capture.at for record in release.records)
    first, last = words.day(moments[0], zone), words.day(moments[-1], zone)
    return f"on {first}" if first == last else f"between {first} and {last}"


def _sources(release: Release) -> str:
    """How many records came from what, the most first."""
    counted = Counter(record.capture.source for record in release.records)
    listed = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    parts = [f"{words.count(many, 'record')} from {what}" for what, many in listed[:MOST_SOURCES]]
    rest = sum(many for _, many in listed[MOST_SOURCES:])
    return "; ".join([*parts, *([f"{words.count(rest, 'record')} from others"] if rest else [])])


def _item(flow: Flow, label: str, text: str) -> None:
    """A numbered point, its number hanging."""
    style = look.BODY
    parts: list[Inline] = [Span(text)]
    with flow.writer.element("LI"):
        flow.need(2 * style.leading)
        with flow.writer.element("Lbl"), flow.writer.content():
            flow.set_line(label, style, flow.left, flow.base_line(style))
        with flow.inset(20):
            lines = flow.writer.type.lines(parts, style.cut, style.size, flow.width)
            with flow.writer.element("LBody"):
                flow.lines(lines, parts, style)
    flow.space(6)
