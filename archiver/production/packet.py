"""The packet: letter, statement of search, index, records, withheld list, law, proof.

Records are printed first and the pages before them last, into their reserved numbers: an index can
only point to what has been laid out. How many pages the front takes is found by a dry run with
stand-in numbers of the same width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.pdf.flow import Flow
from archiver.pdf.measuring import Ruler
from archiver.pdf.metadata import Meta
from archiver.pdf.typesetting import Typesetter
from archiver.pdf.writer import Writer
from archiver.production import back, look
from archiver.production.bates import Range
from archiver.production.front import INDEX, STATEMENT, Contents, Part, front
from archiver.production.media_files import MediaFolder
from archiver.production.pages import Foot, part
from archiver.production.record_pages import Printed, RecordPages
from archiver.production.release import Record, Release

RECORDS = "records"
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Packet:
    """What was printed: the pages it takes, where each record and each slip sheet stands."""

    pages: Range
    order: tuple[Record, ...]
    printed: dict[str, Printed]
    sheets: dict[str, int]


def write_packet(
    release: Release,
    path: Path,
    media: MediaFolder,
    first: int,
    progress: Progress | None = None,
) -> Packet:
    """Write packet.pdf with page numbers from `first` on, and the media as they are met."""
    threads = [reading_order(thread) for thread in release.threads]
    order = tuple(record for thread in threads for record in thread)
    numbers = {record.key: number for number, record in enumerate(order, 1)}
    with Writer(path, meta(release)) as writer:
        ahead, begins = _dry_run(release, order, writer.type)
        foot = Foot(release, first + ahead)
        flow = Flow(writer, look.FRAME, foot)
        record_pages = RecordPages(flow, foot, release.office, media)
        parts: list[Part] = []
        prefix = release.office.bates_prefix

        def section(title: str, place: str, draw: Callable[[], None]) -> None:
            begin = foot.number
            draw()
            flow.end_page()
            if foot.number > begin:
                parts.append(Part(title, place, Range(prefix, begin, foot.number - 1)))

        def records() -> None:
            if order:
                part(flow, "Records", "Records", RECORDS)
            for done, thread in enumerate(threads):
                record_pages.thread(thread, numbers)
                if progress:
                    progress("printing conversations", done + 1, len(threads))

        section("Records", RECORDS, records)
        sheets = back.slip_sheets(flow, foot, release.withheld)
        section(
            "Withheld records", back.WITHHELD, lambda: back.withheld_list(flow, release, sheets)
        )
        section("The sections relied on", back.EXEMPTIONS, lambda: back.exemptions(flow, release))
        section("How to check this production", back.CHECKING, lambda: back.checking(flow, release))

        whole = Range(prefix, first, foot.number - 1)
        pages = {
            key: Range(prefix, one.first, one.last) for key, one in record_pages.printed.items()
        }
        with writer.at_front():
            front_foot = Foot(release, first)
            contents = Contents(pages, [*_front_parts(release, first, begins), *parts], whole)
            front(Flow(writer, look.FRAME, front_foot), front_foot, release, order, contents)
            if front_foot.number != first + ahead:
                raise AssertionError("the front took another number of pages than its dry run")
    return Packet(whole, order, record_pages.printed, sheets)


def meta(release: Release) -> Meta:
    """What the packet says of itself to a reader program."""
    request = release.request.number
    return Meta(
        title=f"Records for request {request}, volume {release.volume}",
        author=release.office.agency,
        subject=f"Public Records Act request {request}",
        created=release.made_at,
    )


def reading_order(thread: Sequence[Record]) -> list[Record]:
    """A conversation as it is read: each answer below what it answers, by time."""
    keys = {record.key for record in thread}
    below: dict[str | None, list[Record]] = {}
    for record in sorted(thread, key=lambda record: (record.created_at, record.key)):
        below.setdefault(record.parent if record.parent in keys else None, []).append(record)
    if any(record.kind == "message" for record in thread):
        return sorted(thread, key=lambda record: (record.created_at, record.key))
    order: list[Record] = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        record = waiting.pop()
        order.append(record)
        waiting += reversed(below.pop(record.key, []))
    return order + [record for rest in below.values() for record in rest if record not in order]


def _dry_run(
    release: Release, order: Sequence[Record], typesetter: Typesetter
) -> tuple[int, dict[str, int]]:
    """How many pages the front will take, and on which of them its parts begin (from 1)."""
    stand_in = Range(release.office.bates_prefix, 1, 2)
    parts = [Part("Statement of search", STATEMENT, stand_in), Part("Index", INDEX, stand_in)]
    if order:
        parts.append(Part("Records", RECORDS, stand_in))
    parts.append(Part("Withheld records", back.WITHHELD, stand_in))
    if release.grounds:
        parts.append(Part("The sections relied on", back.EXEMPTIONS, stand_in))
    parts.append(Part("How to check this production", back.CHECKING, stand_in))
    contents = Contents({record.key: stand_in for record in order}, parts, stand_in)
    foot = Foot(release, 1)
    flow = Flow(Ruler(typesetter), look.FRAME, foot)
    begins = front(flow, foot, release, order, contents)
    return foot.number - 1, begins


def _front_parts(release: Release, first: int, begins: dict[str, int]) -> list[Part]:
    titles = {STATEMENT: "Statement of search", INDEX: "Index of records"}
    prefix = release.office.bates_prefix
    return [
        Part(titles[place], place, Range(prefix, first + begin - 1, first + begin - 1))
        for place, begin in begins.items()
    ]


__all__ = ["Packet", "Progress", "meta", "reading_order", "write_packet"]
