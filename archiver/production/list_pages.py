"""Lists in a packet: each a table behind the records."""

from __future__ import annotations

from archiver.pdf.flow import Flow
from archiver.pdf.inline import Span
from archiver.pdf.tables import Cell, Column, table
from archiver.production import look, words
from archiver.production.pages import Foot, part, wide
from archiver.production.release import ListCell, Release

LISTS = "lists"
TITLE = "Lists"


def list_pages(flow: Flow, foot: Foot, release: Release) -> dict[str, tuple[int, int]]:
    """Print the lists one after the other; gives the first and last page of each, by its key."""
    pages: dict[str, tuple[int, int]] = {}
    zone = release.office.time_zone
    part(flow, TITLE, TITLE, LISTS)
    for number, one in enumerate(release.lists, 1):
        flow.need(120)
        begin = foot.number
        flow.heading(2, f"{number}. {one.title}", look.SECTION, keep=90, after=3)
        count = words.count(len(one.rows), "entry", "entries")
        flow.paragraph(f"As of {words.time(one.as_of, zone)}: {count}.", look.BODY, after=2)
        flow.paragraph(one.about, look.SMALL, after=8)
        if one.rows:
            with wide(flow):
                width = look.WIDE.width / len(one.columns)
                columns = [Column(name, width) for name in one.columns]
                table(flow, columns, ([_printed(c) for c in row] for row in one.rows), look.TABLE)
        pages[one.key] = (begin, foot.number)
    return pages


def _printed(cell: ListCell) -> Cell:
    return cell.text if cell.text is not None else [Span(told(cell), colour=look.ACCENT)]


def told(cell: ListCell) -> str:
    """What stands in a cell: its text, or that it is barred and by which sections."""
    return cell.text if cell.text is not None else f"[redacted: {', '.join(cell.citations)}]"
