"""What stands after the records: slip sheets, what is withheld and covered, the law, the proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from archiver.pdf import scripts
from archiver.pdf.flow import Flow
from archiver.pdf.inline import Inline, Link, Span
from archiver.pdf.tables import Cell, Column, table
from archiver.production import look, words
from archiver.production.bates import bates
from archiver.production.pages import Foot, part, wide
from archiver.production.release import Record, Release, Withheld

WITHHELD = "withheld"
DUPLICATES = "duplicates"
REDACTIONS = "redactions"
EXEMPTIONS = "exemptions"
CHECKING = "checking"


def slip_sheets(flow: Flow, foot: Foot, withheld: Sequence[Withheld]) -> dict[str, int]:
    """One page for each withheld record; gives the number of each one's page.

    A sheet says that a record is withheld and on which law, and nothing about the record.
    """
    pages: dict[str, int] = {}
    for number, one in enumerate(withheld, 1):
        flow.turn()
        pages[one.key] = foot.number
        place = sheet_place(number)
        flow.y -= 190
        flow.left = look.MARGIN
        flow.rule(look.INK, 0.8)
        flow.left = look.FRAME.left
        flow.y -= 26
        with flow.writer.element("P"), flow.writer.content():
            flow.set_line(f"Sheet {number}", look.EYEBROW, look.MARGIN, flow.y - 38)
        flow.heading(1, "Withheld", look.STAMP, place=place, after=10)
        text = "This page stands in the place of one record that is withheld in full under"
        flow.paragraph(text, look.BODY, after=6)
        for citation in one.citations:
            flow.paragraph(citation, look.SECTION, after=4)
        flow.space(8)
        listed = Span("list of withheld records", colour=look.ACCENT, link=Link(place=WITHHELD))
        text = "The section’s text stands with the "
        flow.paragraph([Span(text), listed, Span(".")], look.BODY)
        flow.end_page()
    return pages


def withheld_list(flow: Flow, release: Release, pages: Mapping[str, int]) -> None:
    """The list of what is withheld and on what ground (Gov. Code §§ 7922.000, 7922.540)."""
    part(flow, "Withheld", "Withheld records", WITHHELD)
    if not release.withheld:
        flow.paragraph("No record of this volume is withheld.", look.BODY)
        return
    count = words.count(len(release.withheld), "record is", "records are")
    text = (
        f"{count} withheld in full. The list names no author, time or content, since these can be "
        "what the law protects; its order is that in which the city collected the records. "
        f"Responsible for the withholding: {release.responsible} (Gov. Code § 7922.540)."
    )
    flow.paragraph(text, look.BODY, after=10)
    prefix = release.office.bates_prefix
    titles = _titles(release)
    rows: list[list[Cell]] = []
    for number, one in enumerate(release.withheld, 1):
        page = bates(prefix, pages[one.key])
        link = Link(place=sheet_place(number), says=f"Sheet {number}, page {page}")
        cell: list[Inline] = [Span(page, colour=look.ACCENT, link=link)]
        law = "\n".join(_titled(citation, titles) for citation in one.citations)
        rows.append([str(number), cell, "Withheld in full", law])
    with wide(flow):
        table(flow, _list_columns(flow, prefix, max(pages.values())), rows, look.TABLE)


def _titles(release: Release) -> dict[str, str]:
    return {ground.citation: ground.title for ground in release.grounds}


def _titled(citation: str, titles: Mapping[str, str]) -> str:
    """A section with its title."""
    return f"{citation}, {titles[citation]}" if citation in titles else citation


def _list_columns(flow: Flow, prefix: str, last: int) -> tuple[Column, ...]:
    """The page column is as wide as its numbers, which are as long as the city's prefix."""
    page = max(flow.measure(bates(prefix, last), look.TABLE.body) + look.TABLE.gap + 2, 96)
    return (
        Column("Sheet", 52),
        Column("Page", page),
        Column("What was done", 116),
        Column("Section of law", look.WIDE.width - page - 168),
    )


def duplicates(
    flow: Flow, release: Release, pages: Mapping[str, int], sheets: Mapping[str, int]
) -> None:
    """Which records are not printed because another says the same; `pages` and `sheets` give where
    those of this volume begin, by key."""
    if not release.duplicates:
        return
    part(flow, "Duplicates", "Records not printed twice", DUPLICATES, keep=look.SHORT_PART)
    many = words.count(len(release.duplicates), "record is", "records are")
    text = f"{many} not printed because another record of this request says the same."
    flow.paragraph(text, look.BODY, after=10)
    prefix = release.office.bates_prefix
    places: dict[str, int] = {}
    for one in release.duplicates:
        if one.record is not None:
            place = f"the record on page {bates(prefix, pages[one.record])}"
        elif one.sheet is not None:
            place = f"the withheld record on page {bates(prefix, sheets[one.sheet])}"
        else:
            place = f"the record on page {one.page}, in another volume"
        places[place] = places.get(place, 0) + 1
    for place, number in places.items():
        same = words.count(number, "record", "records")
        flow.paragraph(f"{same}: the same as {place}.", look.BODY, after=4)


def redaction_list(
    flow: Flow, release: Release, order: Sequence[Record], places: Mapping[str, tuple[int, str]]
) -> None:
    """What is covered in each record, and on which ground (Gov. Code §§ 7922.000, 7922.525).

    `places` gives the number and the first page of each record by its key.
    """
    if not any(record.redactions for record in order):
        return
    part(flow, "Redacted", "Redactions", REDACTIONS, keep=look.SHORT_PART)
    text = (
        "Every bar of this volume, record by record: where it lies and the section of law it rests "
        "on. How long a bar is says nothing about what it covers. "
        f"Responsible for the redactions: {release.responsible} (Gov. Code § 7922.540)."
    )
    titles = _titles(release)
    flow.paragraph(text, look.BODY, after=10)
    rows = (
        row
        for record in order
        if record.redactions
        for row in _redacted(record, *places[record.key], titles)
    )
    pages = [page for _, page in places.values()]
    with wide(flow):
        table(flow, _redaction_columns(flow, pages), rows, look.TABLE)


def _redacted(
    record: Record, number: int, page: str, titles: Mapping[str, str]
) -> Iterator[list[Cell]]:
    """A row for each place and law, the record and its page with the first one."""
    alike = Counter((one.label, one.citations, one.notes) for one in record.redactions)
    link = Link(place=record_place(record.key), says=f"Record {number}, page {page}")
    first: list[Cell] = [str(number), [Span(page, colour=look.ACCENT, link=link)]]
    for (label, citations, notes), count in alike.items():
        where = label[:1].upper() + label[1:]
        where = f"{where} ({count} bars)" if count > 1 else where
        law = "\n".join((*(_titled(one, titles) for one in citations), *notes))
        yield [*first, where, law]
        first = ["", ""]


def _redaction_columns(flow: Flow, pages: Sequence[str]) -> tuple[Column, ...]:
    widest = max(flow.measure(page, look.TABLE.body) for page in pages)
    page = max(widest + look.TABLE.gap + 2, 96)
    return (
        Column("Record", 52, "end"),
        Column("Page", page),
        Column("What is covered", 190),
        Column("Section of law, and what the city says of it", look.WIDE.width - page - 242),
    )


def exemptions(flow: Flow, release: Release) -> None:
    """The law that was relied on, in the wording the city attorney attested."""
    if not release.grounds:
        return
    part(flow, "Law", "The sections relied on", EXEMPTIONS, keep=look.SHORT_PART)
    text = (
        "These descriptions are the city’s, attested by the city attorney; they are not the text "
        "of the statute, which can be read at leginfo.legislature.ca.gov."
    )
    flow.paragraph(text, look.BODY, after=14)
    for ground in release.grounds:
        flow.heading(2, f"{ground.citation}: {ground.title}", look.SECTION, keep=50, after=2)
        flow.paragraph(ground.text, look.BODY, after=3)
        flow.paragraph(f"Source: {ground.source}", look.SMALL, after=14)


def checking(flow: Flow, release: Release) -> None:
    """How anyone can check the production, and what the checks can and cannot show."""
    part(flow, "Proof", "How to check this production", CHECKING)
    for title, text in (*CHECKS, _since_capture(release), *_keys(release), _BY_HAND):
        flow.heading(2, title, look.SECTION, keep=BY_HAND if text == _BY_HAND[1] else 50, after=2)
        flow.paragraph(text, look.BODY, after=10)
    for line in COMMANDS:
        flow.paragraph(line, look.SMALL, after=2)
    flow.space(8)
    shown = flow.writer.type.unprintable
    if shown:
        flow.heading(2, "Characters shown as their number", look.SECTION, after=2)
        listed = ", ".join(scripts.code_point(one) for one in sorted(shown))
        text = (
            "Some characters cannot be printed: control characters, and those no font here holds. "
            f"Each stands in the text as its Unicode number: {listed}. The data file "
            "data/records.jsonl holds them as they are."
        )
        flow.paragraph(text, look.BODY, after=10)


def _since_capture(release: Release) -> tuple[str, str]:
    """What the seals show, what dates them, and what they cannot show."""
    anchor, zone = release.anchor, release.office.time_zone
    if anchor is None:
        dated = (
            "No authority outside the city has dated the seals of these records when this volume "
            "was made: that they were not made later rests on the city’s word."
        )
    else:
        which = "these records" if anchor.whole else "some of these records"
        dated = (
            f"An authority outside the city dated the seals of {which} by a {anchor.kind} on "
            f"{words.time(anchor.at, zone)}: the city itself cannot have changed them since."
        )
        if not anchor.whole:
            dated += " For the others the date rests on the city’s word."
    return (
        "Since capture",
        "The city seals what it captures every night with a signed hash, and each seal holds the "
        "one before it. The proof file leads from each record printed here to the seal it stands "
        f"under, and gives away nothing of what is covered or withheld. {dated} Seals show that a "
        "record has not been altered since it was captured. They never show that everything that "
        "stood on a platform was captured: the statement of search says what the archive holds.",
    )


def _keys(release: Release) -> Iterator[tuple[str, str]]:
    """The fingerprint of the key the city signs with."""
    if release.key:
        groups = [release.key[at : at + 8] for at in range(0, len(release.key), 8)]
        yield (
            "The city’s key",
            f"The fingerprint of the key with which the city signs (SHA-256): {' '.join(groups)}. "
            "Compare it with the one the city publishes, or ask the city clerk for it: whoever "
            "holds another key cannot sign in the city’s name.",
        )


def record_place(key: str) -> str:
    """The named place of a record in the packet."""
    return f"record-{key}"


def sheet_place(number: int) -> str:
    """The named place of a slip sheet in the packet."""
    return f"sheet-{number}"


CHECKS = (
    (
        "With one page",
        "The file verify.html opens in any browser, without a network: choose this folder or its "
        "zip, and the proof file that came beside it (its name ends in .proof.json). It shows what "
        "is as the city made it, or names what is not. The command `archiver verify` with the "
        "folder’s or the zip’s name does the same.",
    ),
    (
        "Every file",
        "The file manifest.json lists every other file of this production with its size and its "
        "SHA-256 hash; so any tool that computes SHA-256 can check them, for example sha256sum or "
        "shasum -a 256. A file that was changed, added or left out shows at once. The proof file "
        "holds the hash of manifest.json, signed by the city.",
    ),
    (
        "The same records in other forms",
        "This packet and what comes with it are made from the same decisions: data/records.jsonl, "
        "records.csv, records.xlsx and records.sqlite, the pages from site/index.html on, a file "
        "for each private message, and load files for review platforms. All name the page on which "
        "a record begins, so that any of them can be held against the others. Files in the folder "
        "media are named by that page; what they carried beside picture and sound (such as the "
        "place a picture was taken) has been taken out. A captured exchange comes in the folder "
        "warc where every item of it is released in full, and not otherwise.",
    ),
)
BY_HAND = 190  # points, so that the commands stand on one page with what is said of them
_BY_HAND = (
    "By hand, with tools anybody has",
    "In the folder of this volume, with PROOF for the name of the proof file. The first line "
    "checks every file; the next three check the city’s signature. The last two lines each print "
    "a number that was computed and the one that was signed, which must be the same: of "
    "manifest.json, and of what the proof says.",
)
COMMANDS = (
    "jq -r '.files[] | .sha256 + \" *\" + .path' manifest.json | sha256sum -c --quiet",
    "jq -j .signed PROOF > message; jq -r .key PROOF > key.pem",
    "jq -r .signature PROOF | xxd -r -p > signature",
    "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in message -sigfile signature",
    "sha256sum manifest.json; tail -n 1 message | jq -r .manifest",
    "sed '/^\"signed\":/,$d' PROOF | sha256sum; tail -n 1 message | jq -r .evidence",
)
