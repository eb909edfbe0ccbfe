"""The packet: letter, statement of search, index, records, withheld list, law, proof.

Records are printed first and the pages before them last, into their reserved numbers: an index can
only point to what has been laid out. How many pages the front takes is found by a dry run with
stand-in numbers of the same width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.pdf.flow import Flow
from archiver.pdf.measuring import Ruler
from archiver.pdf.metadata import Meta
from archiver.pdf.typesetting import Typesetter
from archiver.pdf.writer import Writer
from archiver.production import appendix, back, look
from archiver.production.bates import Range, bates
from archiver.production.front import INDEX, STATEMENT, Contents, Part, front
from archiver.production.list_pages import LISTS, list_pages
from archiver.production.list_pages import TITLE as LISTS_TITLE
from archiver.production.media_files import MediaFolder, NoFolder
from archiver.production.pages import Foot, part
from archiver.production.record_pages import Printed, RecordPages
from archiver.production.release import Record, Release
from archiver.progress import Progress

RECORDS = "records"
FRONT_PARTS = {STATEMENT: "Statement of search", INDEX: "Index of records"}
ATTEMPTS = 4  # a number with one digit more than its stand-in can move a line to another page
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Packet:
    """What was printed: the pages it takes, where each record, slip sheet and list stands."""

    pages: Range
    order: tuple[Record, ...]
    printed: dict[str, Printed]
    sheets: dict[str, int]
    lists: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a volume takes: its pages, the page of each record and sheet counted from its first, and
    the heights found on the way."""

    pages: int
    records: dict[str, int]
    sheets: dict[str, int]
    heights: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Front:
    """How many pages stand before the records, and on which of them (from 1) each part begins."""

    pages: int
    begins: dict[str, int]


def write_packet(
    release: Release,
    path: Path,
    media: MediaFolder,
    first: int,
    progress: Progress | None = None,
    heights: Mapping[str, float] | None = None,
) -> Packet:
    """Write packet.pdf with page numbers from `first` on, and the media as they are met.

    `heights` of records, by key, are those a measuring found."""
    threads, order = _ordered(release)
    ahead: _Front | None = None
    known = heights or {}
    for _ in range(ATTEMPTS):
        media.clear()
        with Writer(path, meta(release)) as writer:
            if ahead is None:
                ahead = _dry_run(release, order, writer.type, first)
            printing = _Printing(release, threads, order, writer, media, first, ahead, known)
            printing.body(progress)
            found = printing.front()
        if found == ahead:
            return printing.packet()
        ahead, known = found, printing.heights
    raise AssertionError("the pages before the records do not come to rest")


def measure_packet(release: Release, first: int, progress: Progress | None = None) -> Measurement:
    """What a volume will take, found by laying it out and writing nothing.

    `first` is a page number as wide as those it will bear. A number with one digit more can still
    move a line to another page, so what is printed has to be compared with it.
    """
    threads, order = _ordered(release)
    ruler = Ruler(Typesetter())
    ahead = _dry_run(release, order, ruler.type, first)
    printing = _Printing(release, threads, order, ruler, NoFolder(), first, ahead, {})
    printing.body(progress)
    packet = printing.packet()
    return Measurement(
        packet.pages.pages,
        {key: one.first - first for key, one in packet.printed.items()},
        {key: page - first for key, page in packet.sheets.items()},
        dict(printing.heights),
    )


def _ordered(release: Release) -> tuple[list[list[Record]], tuple[Record, ...]]:
    threads = [reading_order(thread) for thread in release.threads]
    return threads, tuple(record for thread in threads for record in thread)


class _Printing:
    """One attempt: the records after as many pages as `ahead` says, then the pages before them."""

    def __init__(
        self,
        release: Release,
        threads: Sequence[Sequence[Record]],
        order: tuple[Record, ...],
        writer: Writer,
        media: MediaFolder,
        first: int,
        ahead: _Front,
        heights: Mapping[str, float],
    ) -> None:
        self._release = release
        self._threads = threads
        self._order = order
        self._writer = writer
        self._first = first
        self._ahead = ahead
        self._prefix = release.office.bates_prefix
        self._foot = Foot(release, first + ahead.pages)
        self._flow = Flow(writer, look.FRAME, self._foot)
        self._records = RecordPages(self._flow, self._foot, release.office, media, heights)
        self._parts: list[Part] = []
        self._sheets: dict[str, int] = {}
        self._lists: dict[str, tuple[int, int]] = {}

    def body(self, progress: Progress | None) -> None:
        """Print everything but the front."""
        flow, release = self._flow, self._release
        if self._order:
            self._part("Records", RECORDS, lambda: self._print_records(progress))
        flow.end_page()
        if release.lists:
            self._part(LISTS_TITLE, LISTS, self._print_lists)
        flow.end_page()
        self._sheets = back.slip_sheets(flow, self._foot, release.withheld)
        for title, place, draw in (
            ("Withheld records", back.WITHHELD, self._print_withheld),
            ("Records not printed twice", back.DUPLICATES, self._print_duplicates),
            ("Redactions", back.REDACTIONS, self._print_redactions),
            ("The sections relied on", back.EXEMPTIONS, lambda: back.exemptions(flow, release)),
            (appendix.INTEGRITY_TITLE, appendix.INTEGRITY, self._print_integrity),
            ("How to check this production", back.CHECKING, lambda: back.checking(flow, release)),
            (appendix.DECLARATION_TITLE, appendix.DECLARATION, self._print_declaration),
        ):
            self._part(title, place, draw)
        flow.end_page()

    def front(self) -> _Front:
        """Print the front before all else; gives what it took, which should be what was ahead."""
        prefix, first = self._prefix, self._first
        pages = {
            key: Range(prefix, one.first, one.last) for key, one in self._records.printed.items()
        }
        before = [
            Part(title, place, Range(prefix, begin, begin))
            for place, title in FRONT_PARTS.items()
            if place in self._ahead.begins and (begin := first + self._ahead.begins[place] - 1)
        ]
        contents = Contents(pages, [*before, *self._parts], self._whole, _widest(prefix, first))
        with self._writer.at_front():
            return _print_front(self._writer, self._release, self._order, contents, first)

    @property
    def heights(self) -> Mapping[str, float]:
        """The height of each short record, by key."""
        return self._records.heights

    def packet(self) -> Packet:
        """What was printed."""
        printed = self._records.printed
        return Packet(self._whole, self._order, printed, self._sheets, self._lists)

    @property
    def _whole(self) -> Range:
        return Range(self._prefix, self._first, self._foot.number - 1)

    def _part(self, title: str, place: str, draw: Callable[[], None]) -> None:
        """Print a part; it goes on the page under way where it is short."""
        flow = self._flow
        before = (flow.pages_ended, flow.room)
        draw()
        if (flow.pages_ended, flow.room) != before:
            begin = self._first + self._ahead.pages + flow.part_page
            self._parts.append(Part(title, place, Range(self._prefix, begin, self._foot.number)))

    def _print_records(self, progress: Progress | None) -> None:
        numbers = {record.key: number for number, record in enumerate(self._order, 1)}
        part(self._flow, "Records", "Records", RECORDS)
        for done, thread in enumerate(self._threads, 1):
            self._records.thread(thread, numbers)
            if progress:
                progress("printing conversations", done, len(self._threads))

    def _print_lists(self) -> None:
        self._lists = list_pages(self._flow, self._foot, self._release)

    def _print_withheld(self) -> None:
        back.withheld_list(self._flow, self._release, self._sheets)

    def _print_duplicates(self) -> None:
        pages = {key: one.first for key, one in self._records.printed.items()}
        back.duplicates(self._flow, self._release, pages, self._sheets)

    def _print_integrity(self) -> None:
        appendix.integrity(self._flow, self._release, self._order, self._places)

    def _print_declaration(self) -> None:
        printed = self._records.printed.values()
        pages = None
        if printed:
            first, last = min(one.first for one in printed), max(one.last for one in printed)
            pages = Range(self._prefix, first, last)
        appendix.declaration(self._flow, self._release, pages)

    @property
    def _places(self) -> dict[str, tuple[int, str]]:
        """The number and the first page of each record, by key."""
        return {
            key: (one.ordinal, bates(self._prefix, one.first))
            for key, one in self._records.printed.items()
        }

    def _print_redactions(self) -> None:
        back.redaction_list(self._flow, self._release, self._order, self._places)


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
    by_time = sorted(thread, key=lambda record: (record.created_at.removesuffix("Z"), record.key))
    if any(record.kind == "message" for record in thread):
        return by_time
    below: dict[str | None, list[Record]] = {}
    for record in by_time:
        below.setdefault(record.parent if record.parent in keys else None, []).append(record)
    order: list[Record] = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        record = waiting.pop()
        order.append(record)
        waiting += reversed(below.pop(record.key, []))
    placed = {record.key for record in order}
    return order + [each for rest in below.values() for each in rest if each.key not in placed]


def _dry_run(
    release: Release, order: Sequence[Record], typesetter: Typesetter, first: int
) -> _Front:
    """What the front will take, with stand-ins for the numbers it points to."""
    stand_in = Range(release.office.bates_prefix, first, first + 1)
    places = {**FRONT_PARTS, RECORDS: "Records", LISTS: LISTS_TITLE}
    places[back.WITHHELD] = "Withheld records"
    if not release.is_first:
        del places[STATEMENT]
    if not order:
        del places[RECORDS]
    if release.duplicates:
        places[back.DUPLICATES] = "Records not printed twice"
    if any(record.redactions for record in order):
        places[back.REDACTIONS] = "Redactions"
    if not release.lists:
        del places[LISTS]
    if release.grounds:
        places[back.EXEMPTIONS] = "The sections relied on"
    if order:
        places[appendix.INTEGRITY] = appendix.INTEGRITY_TITLE
    places[back.CHECKING] = "How to check this production"
    places[appendix.DECLARATION] = appendix.DECLARATION_TITLE
    parts = [Part(title, place, stand_in) for place, title in places.items()]
    pages = {record.key: stand_in for record in order}
    widest = _widest(stand_in.prefix, first)
    contents = Contents(pages, parts, stand_in, widest)
    return _print_front(Ruler(typesetter), release, order, contents, first)


def _print_front(
    writer: Writer, release: Release, order: Sequence[Record], contents: Contents, first: int
) -> _Front:
    foot = Foot(release, first)
    begins = front(Flow(writer, look.FRAME, foot), foot, release, order, contents)
    return _Front(
        foot.number - first, {place: number - first + 1 for place, number in begins.items()}
    )


def _widest(prefix: str, first: int) -> str:
    """A page number as wide as any of this volume."""
    return bates(prefix, first + MOST_PAGES)


__all__ = ["Packet", "Progress", "meta", "reading_order", "write_packet"]
