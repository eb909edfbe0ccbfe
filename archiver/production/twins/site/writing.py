"""Writes the site of a volume below its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from archiver.production import words
from archiver.production.release import Record
from archiver.production.twins.site import frame, markup, parts
from archiver.production.twins.site.markup import fill
from archiver.production.twins.site.places import FOLDER, Page, Places
from archiver.production.twins.site.records import DEEPEST, RecordParts
from archiver.production.twins.site.statement import statement
from archiver.production.twins.volume import MESSAGE, Volume

ASSETS = ("style.css", "filter.js")


def write_site(volume: Volume, folder: Path) -> None:
    """Write every page. They lead to each other and to the files beside them, and nowhere else but
    where a record's own links lead."""
    folder.mkdir()
    framed, places = frame.Frame(volume), Places(volume)
    for name in ASSETS:
        (folder / name).write_bytes((Path(__file__).parent / name).read_bytes())
    written = [
        (frame.INDEX, "Records", parts.index(volume, places)),
        (frame.WITHHELD, "Withheld records", parts.withheld(volume)),
        (frame.SEARCH, "Statement of search", statement(volume)),
        (frame.CHECK, "How to check this production", parts.check(volume)),
    ]
    if any(record.redactions for record in volume.order):
        written.append((frame.REDACTIONS, "Redactions", parts.redactions(volume, places)))
    if volume.release.lists:
        written.append((frame.LISTS, "Lists", parts.lists(volume)))
    for file, title, body in written:
        (folder / file).write_bytes(framed.page(title, body, part=file))
    if places.pages:
        (folder / FOLDER).mkdir()
    shown = RecordParts(volume, places)
    for at, page in enumerate(places.pages):
        title, body = _conversation(volume, shown, page)
        around = places.pages[at - 1 : at] if at else [], places.pages[at + 1 : at + 2]
        body += _turning(*around)
        text = framed.page(title, body, part=frame.INDEX, deep=True)
        (folder / FOLDER / page.file).write_bytes(text)


def _conversation(volume: Volume, shown: RecordParts, page: Page) -> tuple[str, Markup]:
    """A page of records with its title."""
    whole = volume.conversations[page.conversation - 1]
    messages = whole[0].kind == MESSAGE
    noun = "message" if messages else "record"
    numbers = [volume.number(record) for record in page.records]
    span = f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
    label = f"Record{'s' if len(numbers) > 1 else ''} {span}"
    if len(whole) == 1:
        head: Markup = fill("{} by {}", words.kind(whole[0]), _author(whole[0]))
        title = label
    else:
        count = f"Conversation of {words.count(len(whole), noun)}"
        part = f", part {page.part} of {page.parts}" if page.parts > 1 else ""
        head = fill("{}{}", count, part)
        title = f"{label}: {head}"
    depths = _depths(whole)
    body = markup.joined((shown.record(one, depths[one.key]) for one in page.records), "\n")
    return title, fill(
        '<p class="crumb"><a href="../{}">All records</a></p>\n<h1>{}</h1>\n'
        '<p class="lead">{}, {}</p>\n<div class="thread{}">\n{}\n</div>\n',
        frame.INDEX,
        head,
        label,
        _pages(volume, page),
        " talk" if messages else "",
        body,
    )


def _pages(volume: Volume, page: Page) -> str:
    printed = [volume.printed(record) for record in page.records]
    first, last = volume.page(printed[0].first), volume.page(max(one.last for one in printed))
    return f"page {first}" if first == last else f"pages {first} to {last}"


def _author(record: Record) -> Markup:
    return markup.name(words.author(record))


def _depths(records: Sequence[Record]) -> dict[str, int]:
    """How far each record stands below the first of its conversation, as in the packet."""
    depths: dict[str, int] = {}
    for record in records:
        above = depths.get(record.parent or "", -1)
        depths[record.key] = 0 if record.kind == MESSAGE else min(above + 1, DEEPEST)
    return depths


def _turning(before: Sequence[Page], after: Sequence[Page]) -> Markup:
    """The ways to the page before and the page after."""
    ways = [
        fill('<a rel="{}" href="{}">{}</a>', rel, page.file, label)
        for rel, label, pages in (("prev", "← Before", before), ("next", "After →", after))
        for page in pages
    ]
    if not ways:
        return markup.EMPTY
    return fill(
        '<nav class="turn" aria-label="Other conversations">{}</nav>', markup.joined(ways, " ")
    )
