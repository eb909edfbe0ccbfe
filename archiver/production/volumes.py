"""A production in volumes: which records, lists and sheets stand in which, and what points across.

A volume is a file of its own, with its own letter, index and lists of law, and holds at most
`MOST_PAGES`. It is cut between conversations where one fits into a volume whole. How much a record
takes is first guessed from its length; the printing measures it, and what came out too long is cut
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archiver.production.packet import reading_order
from archiver.production.release import (
    Duplicate,
    Ground,
    LeftOut,
    ListTable,
    Record,
    Release,
    Withheld,
)

MOST_PAGES = 2_000
_FAIR = 0.8
"""How much of a volume is filled by guess, so that it rarely has to be cut again."""
_ON_A_PAGE = 2_400
_AROUND = 420
_PICTURE = 0.42
_ROWS = 34


@dataclass(frozen=True, slots=True)
class Part:
    """What stands in one volume, in the order it is printed."""

    records: tuple[Record, ...]
    lists: tuple[ListTable, ...] = ()
    withheld: tuple[Withheld, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The names of its records and sheets in the release."""
        return [each.key for each in self.records] + [each.key for each in self.withheld]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something a volume takes whole: its guessed pages, and whether a conversation begins with
    it (or it belongs to none)."""

    what: Record | ListTable | Withheld
    pages: float
    opens: bool


def parts_of(release: Release, most_pages: int = MOST_PAGES) -> list[Part]:
    """A release cut into what each of its volumes holds; one part where it is short enough."""
    return [_part(each) for each in _filled(list(_pieces(release)), most_pages * _FAIR)]


def halves(part: Part) -> list[Part]:
    """A part that came out too long, cut in two; itself where it is a single piece."""
    pieces = list(_pieces_of(part))
    if len(pieces) < 2:
        return [part]
    half = sum(piece.pages for piece in pieces) / 2
    so_far, at = 0.0, 0
    while at < len(pieces) - 1 and so_far + pieces[at].pages <= half:
        so_far += pieces[at].pages
        at += 1
    at = max(at, 1)
    before = [n for n in range(1, at + 1) if pieces[n].opens]
    if before and before[-1] > at / 2:
        at = before[-1]
    return [_part(pieces[:at]), _part(pieces[at:])]


def releases_of(
    release: Release, parts: Sequence[Part], page_of: Callable[[str], str]
) -> list[Release]:
    """The release view of each volume. `page_of` gives the page number on which a record or sheet
    of another volume begins, by its key."""
    if len(parts) == 1:
        return [release]
    first, last = release.volume, release.volume + len(parts) - 1
    made = []
    for place, part in enumerate(parts):
        volume = first + place
        here = replace(
            release,
            volume=volume,
            span=(first, last),
            records=tuple(_linked(record, part, release, page_of) for record in part.records),
            lists=part.lists,
            withheld=part.withheld,
            duplicates=tuple(_pointed(each, part, page_of) for each in release.duplicates)
            if volume == last
            else (),
            exchanges=release.exchanges if volume == first else (),
            totals=release.own if volume == first else None,
        )
        made.append(replace(here, grounds=_cited_in(here)))
    return made


def _pieces(release: Release) -> Iterator[_Piece]:
    for thread in release.threads:
        for place, record in enumerate(reading_order(thread)):
            yield _Piece(record, _guess(record), place == 0)
    yield from _others(release.lists, release.withheld)


def _pieces_of(part: Part) -> Iterator[_Piece]:
    thread = None
    for record in part.records:
        yield _Piece(record, _guess(record), record.thread != thread)
        thread = record.thread
    yield from _others(part.lists, part.withheld)


def _others(lists: Sequence[ListTable], withheld: Sequence[Withheld]) -> Iterator[_Piece]:
    for one in lists:
        yield _Piece(one, 1 + len(one.rows) / _ROWS, opens=True)
    for sheet in withheld:
        yield _Piece(sheet, 1.0, opens=True)


def _guess(record: Record) -> float:
    """About how many pages a record takes."""
    texts = sum(len(version.text.words) for version in record.versions)
    letters = len(record.text.words) + texts + 60 * (len(record.links) + len(record.events))
    pictures = sum(1 for media in record.media if media.is_held)
    return (_AROUND + letters) / _ON_A_PAGE + _PICTURE * pictures


def _filled(pieces: Sequence[_Piece], room: float) -> Iterator[list[_Piece]]:
    """Pieces in volumes. A conversation that does not fit begins the next one, where it fits into
    it whole; a longer one is cut where the volume is full."""
    volume: list[_Piece] = []
    used = 0.0
    for place, piece in enumerate(pieces):
        whole = _conversation(pieces, place) if piece.opens else piece.pages
        needed = whole if whole <= room else piece.pages
        if volume and used + needed > room:
            yield volume
            volume, used = [], 0.0
        volume.append(piece)
        used += piece.pages
    yield volume


def _conversation(pieces: Sequence[_Piece], place: int) -> float:
    pages = pieces[place].pages
    for piece in pieces[place + 1 :]:
        if piece.opens:
            break
        pages += piece.pages
    return pages


def _part(pieces: Sequence[_Piece]) -> Part:
    found = [piece.what for piece in pieces]
    return Part(
        tuple(each for each in found if isinstance(each, Record)),
        tuple(each for each in found if isinstance(each, ListTable)),
        tuple(each for each in found if isinstance(each, Withheld)),
    )


def _linked(record: Record, part: Part, release: Release, page_of: Callable[[str], str]) -> Record:
    """A record whose pointers to other volumes are page numbers."""
    here = {each.key for each in part.records}
    if record.parent is not None and record.parent not in here:
        record = replace(record, parent=None, earlier_page=page_of(record.parent))
    if record.left_out:
        sheets = {each.key: n for n, each in enumerate(part.withheld, 1)}
        left = tuple(_left_out(one, release, sheets, page_of) for one in record.left_out)
        record = replace(record, left_out=left)
    return record


def _left_out(
    one: LeftOut, release: Release, sheets: Mapping[str, int], page_of: Callable[[str], str]
) -> LeftOut:
    if one.sheet is None:
        return one
    key = release.withheld[one.sheet - 1].key
    if key in sheets:
        return replace(one, sheet=sheets[key])
    return replace(one, sheet=None, page=page_of(key))


def _pointed(one: Duplicate, part: Part, page_of: Callable[[str], str]) -> Duplicate:
    key = one.record or one.sheet
    if key is None or key in part.keys:
        return one
    return Duplicate(None, None, page_of(key))


def _cited_in(release: Release) -> tuple[Ground, ...]:
    """The law that this volume relies on."""
    barred = [bar.citations for record in release.records for bar in record.redactions]
    barred += [sheet.citations for sheet in release.withheld]
    barred += [cell.citations for table in release.lists for row in table.rows for cell in row]
    cited = {citation for citations in barred for citation in citations}
    return tuple(ground for ground in release.grounds if ground.citation in cited)
