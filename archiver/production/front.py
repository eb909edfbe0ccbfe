"""What stands before the records: the letter, the statement of search, the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver import clock
from archiver.pdf.flow import Flow
from archiver.pdf.inline import BAR_WIDTH, Inline, Link, Span
from archiver.pdf.tables import ROW_HEAD, Cell, Column, table
from archiver.production import look, words
from archiver.production.back import record_place
from archiver.production.bates import Range, bates
from archiver.production.pages import PRACTICE, Foot, part, wide
from archiver.production.release import (
    Coverage,
    Held,
    Record,
    Release,
    Replaced,
    Search,
    Stated,
    Totals,
)
from archiver.register.accounts import FORWARDED

STATEMENT = "statement"
INDEX = "index"
LETTER = "letter"

_SEARCHES = (
    Column("Made", 112),
    Column("Words searched", 130),
    Column("Limits", 92),
    Column("Where", 106),
    Column("Found", 64, "end"),
)
_KINDS_WIDTH = 148
_KIND_WIDTH = 54
_STATES = {
    "complete": "complete",
    "partial": "in part",
    "none": "not held",
}
SEARCHED = (
    "Posts, comments, messages, earlier versions and records since removed were searched, in the "
    "files named. “At least” marks a count that stopped at its time limit."
)
NOT_SEARCHED = (
    "No search of the archive was logged for this request; the records were chosen one by one."
)
ASKED = (
    "These people were asked to search the accounts and devices they keep, their own included "
    "(City of San José v. Superior Court (2017) 2 Cal.5th 608). Who answered declared under "
    "penalty of perjury what they did. What reads as a personal address, number or account name is "
    "not printed."
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the packet: its title, its place, its pages."""

    title: str
    place: str
    pages: Range


@dataclass(frozen=True, slots=True)
class Contents:
    """What the front points to. In the dry run that counts its pages the numbers are stand-ins.

    `widest` is a page number at least as wide as any of the volume.
    """

    pages: Mapping[str, Range]
    parts: Sequence[Part]
    whole: Range
    widest: str


def front(
    flow: Flow, foot: Foot, release: Release, order: Sequence[Record], contents: Contents
) -> dict[str, int]:
    """Print letter, statement of search and index; gives the page number each part begins on."""
    begins, first = {}, foot.number
    _letter(flow, release, contents)
    flow.end_page()
    if release.is_first:
        _statement(flow, release)
        begins[STATEMENT] = first + flow.part_page
    _index(flow, release, order, contents)
    begins[INDEX] = first + flow.part_page
    flow.end_page()
    return begins


def _letter(flow: Flow, release: Release, contents: Contents) -> None:
    office, request = release.office, release.request
    flow.start()
    with flow.writer.element("P"), flow.writer.content():
        flow.set_line(office.agency, look.SECTION, look.MARGIN, flow.y - 12)
    flow.left = look.MARGIN
    flow.y -= 22
    flow.rule(look.INK, 0.8)
    flow.left = look.FRAME.left
    flow.y -= 30
    if release.draft:
        flow.paragraph(release.draft, look.NOTICE, after=8)
    with flow.writer.element("P"), flow.writer.content():
        flow.set_line("Public Records Act", look.EYEBROW, look.MARGIN, flow.y - 25)
    title = f"Request {request.number}"
    flow.heading(1, title, look.TITLE, place=LETTER, outline=0, after=5)
    flow.paragraph(f"Records produced, volume {release.volume}", look.SECTION, after=12)
    if request.practice:
        told = f"{PRACTICE}. Nobody made this request; this packet answers nobody and is not sent."
        flow.paragraph(told, look.SECTION, after=16)
    _particulars(flow, release, contents)
    flow.space(12)
    for text in sentences(release):
        flow.paragraph(text, look.LETTER, after=6)
    _contents(flow, contents)


def _particulars(flow: Flow, release: Release, contents: Contents) -> None:
    """The letter's facts, label in one column and value in the other."""
    office, request, told = release.office, release.request, release.told
    found = [
        ("Received", words.time(request.received_at, office.time_zone)),
        ("Produced", words.time(release.made_at, office.time_zone)),
        ("Records", _released(told)),
        ("Withheld", words.count(told.withheld, "record") if told.withheld else "none"),
        ("Pages", f"{contents.whole.pages:,}, numbered {contents.whole}"),
    ]
    if request.due_on:
        due = clock.shown_day(request.due_on)
        found.insert(1, ("Ten-day date", f"{due} (Gov. Code § 7922.535)"))
    with flow.writer.element("Table"):
        for label, value in found:
            _particular(flow, label, value)


def _released(told: Totals) -> str:
    whole = told.records - told.covered
    if not told.covered:
        count = words.count(whole, "record")
        return f"{count} released in full" if whole else "none released"
    parts = words.count(told.covered, "record")
    if not whole:
        return f"{parts} released with redactions"
    return f"{words.count(whole, 'record')} released in full, {told.covered:,} with redactions"


def _particular(flow: Flow, label: str, value: str) -> None:
    writer = flow.writer
    flow.need(look.BODY.leading + 3)
    flow.rule(look.FAINT, 0.5)
    flow.y -= 2
    with writer.element("TR"):
        base_line = flow.base_line(look.BODY)
        with writer.element("TH", attributes=ROW_HEAD), writer.content():
            flow.set_line(label, look.SMALL, flow.left, base_line)
        left = flow.left
        flow.left += 84
        with writer.element("TD"):
            parts: list[Inline] = [Span(value)]
            style = look.BODY
            flow.lines(writer.type.lines(parts, style.cut, style.size, flow.width), parts, style)
        flow.left = left
    flow.y -= 2


def sentences(release: Release) -> list[str]:
    """The letter's text. It states what was done and cites the section that asks for it."""
    told = release.told
    text = [_determination(release) if release.is_first else _continued(release)]
    if release.span and release.is_first:
        first, last = release.span
        text.append(
            f"The production is in {last - first + 1} volumes, numbered {first} to {last}; each "
            "has an index of its own. This letter and the statement of search stand in this one "
            "only."
        )
    if release.replaces is not None:
        text.append(_replacing(release.replaces, release.office.time_zone))
    elif release.earlier_volumes and release.is_first:
        text.append(
            "It adds to what was produced before and holds only what is new or has changed since; "
            "page numbers continue those of the earlier volumes."
        )
    if told.withheld:
        withheld = words.count(told.withheld, "record is", "records are")
        text.append(
            f"{withheld} withheld in full. A numbered sheet stands in the place of each, and the "
            "list of withheld records names the section of law it rests on (Gov. Code § 7922.000). "
            f"{_responsible(release)}"
        )
    if told.covered:
        who = "" if told.withheld else f" {_responsible(release)}"
        text.append(
            f"In {words.count(told.covered, 'record')} what is exempt is covered, "
            f"{words.count(told.bars, 'redaction')} in all; the rest is released (Gov. Code "
            "§ 7922.525). Each bar names its section and has one width, whatever it covers; the "
            f"list of redactions names them all.{who}"
        )
    if told.lists:
        held = words.count(told.lists, "list", "lists")
        text.append(f"It also holds {held} as of a date, behind the records and as CSV files.")
    beside = (
        "The same records come with this packet as data, as web pages that open from the folder, "
        "and as load files, with the media as separate files and a list of hashes by which anyone "
        "can check that nothing was altered. "
        if release.records
        else "A list of hashes comes with this packet, by which anyone can check that nothing was "
        "altered. "
    )
    zone = f"Times are given in the city’s time zone ({release.office.time_zone})."
    text.append(beside + zone)
    return [one.replace("§ ", "§\u00a0") for one in text]


def _replacing(replaced: Replaced, zone: str) -> str:
    """Which volume this one takes the place of, and why."""
    return (
        f"It replaces volume {replaced.volume} ({replaced.pages}), produced on "
        f"{words.day(replaced.made_at, zone)}: {replaced.reason.rstrip('.')}. The pages bear the "
        "numbers of that volume with a suffix; please use this volume in its place."
    )


def _continued(release: Release) -> str:
    """What a later volume of a production is part of, and what it holds."""
    first, last = release.span or (release.volume, release.volume)
    held = (
        f"releases {words.count(len(release.records), 'record')}"
        if release.records
        else "releases no record of its own"
    )
    return (
        f"To the requester: this volume continues volume {release.volume - 1} and {held}. The "
        f"production is in {last - first + 1} volumes, numbered {first} to {last}; the letter with "
        f"the city’s determination and the statement of search stand in volume {first}."
    )


def _responsible(release: Release) -> str:
    """Who kept something back, by name (Gov. Code § 7922.540); said once, of all that was."""
    done = ["withholding"] if release.told.withheld else []
    done += ["redactions"] if release.told.covered else []
    kept_back = " and the ".join(done)
    return f"Responsible for the {kept_back}: {release.responsible} (Gov. Code § 7922.540)."


def _determination(release: Release) -> str:
    """What the city determined (Gov. Code § 7922.535), and what this volume holds of it."""
    city, request = release.office.agency, release.request
    people = " and asked the custodians named in the statement of search"
    asked = people if release.custodians else ""
    searched = (
        f"To the requester: {city} has searched its archive of official social media accounts"
        f"{asked} for the records described in request {request.number}"
    )
    told = release.told
    what = "production" if release.span else "volume"
    if not told.records and release.earlier_volumes:
        return f"{searched}. This {what} releases no further record."
    if not told.records:
        found = words.count(told.withheld, "record")
        return (
            f"{searched}, and has determined that what it found, {found}, is exempt from "
            f"disclosure in full (Gov. Code § 7922.535). This {what} releases no record."
        )
    released = words.count(told.records, "record")
    whole = "" if told.covered else " in full"
    kept = "Where a version of a record is withheld, the record says so. " if told.left_out else ""
    return (
        f"{searched}, and has determined that it holds disclosable records (Gov. Code § 7922.535). "
        f"This {what} holds {released}{whole}, each as it stood when the city captured it, with "
        f"its pictures, earlier versions and history. {kept}".rstrip()
    )


def _contents(flow: Flow, contents: Contents) -> None:
    flow.space(6)
    flow.need(24 + look.LISTED.leading * len(contents.parts))
    flow.heading(2, "Contents", look.SECTION, after=3)
    style = look.LISTED
    with flow.writer.element("TOC"):
        for one in contents.parts:
            number = one.pages.start
            flow.rule(look.FAINT, 0.4)
            flow.need(style.leading)
            top, base_line = flow.y, flow.base_line(style)
            width = flow.measure(number, look.SMALL)
            space = flow.measure(" ", look.SMALL)
            link = Link(place=one.place, says=f"{one.title}, page {number}")
            parts: list[Inline] = [Span(one.title, link=link)]
            with flow.writer.element("TOCI"):
                flow.lines(flow.writer.type.lines(parts, style.cut, style.size, 300), parts, style)
                with flow.writer.content():
                    x = flow.right - width - space
                    flow.set_line(f" {number}", look.SMALL, x, base_line)
            flow.y = top - style.leading


def _statement(flow: Flow, release: Release) -> None:
    request = release.request
    part(flow, "Search", "Statement of search", STATEMENT)
    flow.paragraph("The request, in the words the city worked from:", look.BODY, after=6)
    with flow.inset(12, rail=look.FAINT), flow.writer.element("BlockQuote"):
        flow.paragraph(request.wording, look.SAID)
    flow.space(12)
    if request.due_words:
        flow.heading(2, "The ten-day date", look.SECTION, after=3)
        for step in request.due_words:
            flow.paragraph(step, look.BODY, after=2)
        flow.space(10)
    flow.heading(2, "Searches made", look.SECTION, after=3)
    if release.searches:
        flow.paragraph(SEARCHED, look.BODY, after=8)
        _searches(flow, release)
    else:
        flow.paragraph(NOT_SEARCHED, look.BODY, after=8)
    _custodians(flow, release)
    _coverage(flow, release)


def _custodians(flow: Flow, release: Release) -> None:
    """Whom the city asked to search what they hold, on personal accounts and devices too."""
    if not release.custodians:
        return
    flow.heading(2, "Custodians asked", look.SECTION, keep=90, after=3)
    flow.paragraph(ASKED, look.BODY, after=6)
    zone = release.office.time_zone
    for one in release.custodians:
        flow.need(4 * look.SMALL.leading)
        head = f"{one.who}, asked {words.time(one.asked_at, zone)}"
        flow.paragraph(head, look.SMALL_BOLD, after=1)
        with flow.inset(10, rail=look.FAINT):
            for told in one.told:
                flow.paragraph(told, look.SMALL, after=1)
        flow.space(6)


def _searches(flow: Flow, release: Release) -> None:
    zone = release.office.time_zone
    rows: list[list[Cell]] = [
        [
            words.time(search.at, zone),
            worded(search),
            search.filters or "none",
            search.where,
            f"{'' if search.exact else 'at least '}{search.found:,}",
        ]
        for search in release.searches
    ]
    with wide(flow):
        table(flow, _SEARCHES, rows, look.TABLE)


def worded(search: Search) -> str:
    """The words of a search, and what it is saved as."""
    said = search.text or "(everything)"
    return f"{said}\n{search.saved[:1].upper()}{search.saved[1:]}" if search.saved else said


def _coverage(flow: Flow, release: Release) -> None:
    if not release.coverage:
        return
    flow.heading(2, "What the archive holds of these accounts", look.SECTION, keep=90, after=3)
    flow.paragraph(held_until(release), look.BODY, after=4)
    with wide(flow):
        for one in release.coverage:
            _accounts(flow, one)


def held_until(release: Release) -> str:
    """What the account of the archive's holdings says, and until when."""
    made = words.time(release.made_at, release.office.time_zone)
    return (
        "For each account the days the city captured, and where something is not held, why, as "
        f"the archive knew it on {made}. What is imported later can fill a gap. A search can only "
        "find what was captured."
    )


def _accounts(flow: Flow, one: Coverage) -> None:
    """Accounts of which the same is stated, then a line of kinds with its days."""
    flow.space(7)
    flow.need(5 * look.SMALL.leading)
    names = f"{look.platform(one.platform)[0]}: {', '.join(one.accounts)}"
    flow.paragraph(names, look.SMALL_BOLD, after=3)
    if not one.held:
        flow.paragraph("No run has covered anything yet.", look.SMALL)
        return
    with flow.writer.element("Table"):
        for held in one.held:
            _held(flow, held)


def _held(flow: Flow, held: Held) -> None:
    kinds, stated = ", ".join(held.what), [_stated(each) for each in held.stated]
    look_of, cut, size = look.SMALL, look.SMALL.cut, look.SMALL.size
    ahead: list[Inline] = [Span(kinds[:1].upper() + kinds[1:])]
    beside = _KINDS_WIDTH - look.TABLE.gap
    names = flow.writer.type.lines(ahead, cut, size, beside)
    told = [
        (parts, flow.writer.type.lines(parts, cut, size, flow.width - _KINDS_WIDTH))
        for parts in stated
    ]
    height = max(len(names), sum(len(lines) for _, lines in told)) * look_of.leading
    flow.need(min(height, flow.frame.height) + 4)
    flow.rule(look.FAINT, 0.5)
    flow.y -= 2
    left, top = flow.left, flow.y
    with flow.writer.element("TR"):
        with flow.writer.element("TH", attributes=ROW_HEAD):
            flow.set_lines(names, ahead, look_of)
        low = flow.y
        flow.left, flow.y = left + _KINDS_WIDTH, top
        page = flow.pages_ended
        with flow.writer.element("TD"):
            for parts, lines in told:
                with flow.writer.element("P"):
                    flow.lines(lines, parts, look_of)
    flow.left = left
    flow.y = (min(flow.y, low) if flow.pages_ended == page else flow.y) - 2


def _stated(one: Stated) -> list[Inline]:
    """Days with their state and the reason: ``3 Nov 2026 to 17 Nov 2026: in part, why``."""
    return [Span(f"{one.days}: ", colour=look.INK), Span(state_of(one))]


def state_of(one: Stated) -> str:
    """The state of some days, and the reason where there is one."""
    return ", ".join(filter(None, (_STATES.get(one.state, one.state), one.reason)))


def _index(flow: Flow, release: Release, order: Sequence[Record], contents: Contents) -> None:
    part(flow, "Index", "Index of records", INDEX, keep=look.LONG_PART)
    if not order:
        flow.paragraph("No record is released in this volume.", look.BODY)
        return
    zone = release.office.time_zone
    rows = (
        _index_row(number, record, contents.pages[record.key], zone)
        for number, record in enumerate(order, 1)
    )
    with wide(flow):
        table(flow, _index_columns(flow, order, contents.widest), rows, look.TABLE)


def _index_columns(flow: Flow, order: Sequence[Record], widest: str) -> tuple[Column, ...]:
    """Columns as wide as what never breaks in them: numbers, times, pages; the account's name is
    given what it needs as far as the author keeps a fair share."""
    small = look.TABLE.body
    margin = look.TABLE.gap + 2
    number = flow.measure(str(len(order)), small) + margin
    number = max(number, flow.measure("No.", look.TABLE.head) + margin)
    page = flow.measure(widest, small) + margin
    time = flow.measure("28 May 2026, 12:58 pm PDT", small) + margin
    left = look.WIDE.width - number - page - time - _KIND_WIDTH
    names = dict.fromkeys(line for record in order for line in _account(record).split("\n"))
    account = max(flow.measure(name, small) for name in names) + margin
    account = min(max(account, left * 0.3), left * 0.6, left - BAR_WIDTH - margin)
    return (
        Column("No.", number, "end"),
        Column("Date and time", time),
        Column("Account", account),
        Column("Kind", _KIND_WIDTH),
        Column("Author", left - account),
        Column("Page", page),
    )


def _account(record: Record) -> str:
    """Platform and handle, or who handed it in; a handle that is a host's name is long and gets its
    own line."""
    name, _ = look.platform(record.platform)
    if record.platform == FORWARDED:
        return f"{name} by\n{record.account}"
    if not record.handle:
        return name
    return f"{name},\n{record.handle}" if "." in record.handle else f"{name}, {record.handle}"


def _index_row(number: int, record: Record, pages: Range, zone: str) -> list[Cell]:
    start = bates(pages.prefix, pages.first)
    says = f"Record {number}, page {start}"
    link = Link(place=record_place(record.key), says=says)
    return [
        str(number),
        words.time(record.created_at, zone),
        _account(record),
        words.kind(record),
        words.inlines(words.author(record)),
        [Span(start, colour=look.ACCENT, link=link)],
    ]
