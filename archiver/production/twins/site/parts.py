"""The parts of the site around the records: index, withheld, redactions, lists, checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from markupsafe import Markup

from archiver import clock
from archiver.production import words
from archiver.production.back import CHECKS
from archiver.production.front import sentences
from archiver.production.release import Record
from archiver.production.twins.site import markup
from archiver.production.twins.site.markup import fill
from archiver.production.twins.site.places import FOLDER, Places
from archiver.production.twins.volume import Volume

SNIPPET = 140
_FILTER = Markup(
    '<form class="filter" hidden><label for="find">Show records with these words</label>'
    '<input id="find" type="search" autocomplete="off" spellcheck="false">'
    '<p role="status" aria-live="polite"></p></form>'
)
_FORMS = (
    ("packet.pdf", "the packet, as it is printed"),
    ("data/records.jsonl", "the records as data, one a line (JSON)"),
    ("data/records.csv", "the records as a table"),
    ("data/records.xlsx", "the records as a workbook"),
    ("data/records.sqlite", "the records as a database, for Datasette or any SQLite program"),
    ("data/index.csv", "each record, list and sheet with its pages"),
    ("load/production.dat", "load file for Concordance and what reads it"),
    ("load/production.opt", "load file for Opticon"),
    ("load/production.xml", "load file as EDRM XML"),
    ("load/edrm.xsd", "what that file may hold, to check it by (XML Schema)"),
    ("manifest.json", "every file with its hash"),
)


def index(volume: Volume, places: Places) -> Markup:
    """The first page: what this is, and every record."""
    release = volume.release
    text = [
        Markup("<h1>Records produced</h1>"),
        markup.facts(_particulars(volume), "tiles"),
        fill(
            '<details class="letter"><summary>The city’s letter</summary>{}</details>',
            markup.paragraphs(sentences(release)),
        ),
    ]
    if not volume.order:
        text.append(Markup("<p>No record is released in this volume.</p>"))
        return markup.joined(text, "\n")
    heads = ("No.", "Date and time", "Account", "Kind", "Author", "Text", "Page")
    rows = (_index_row(record, volume, places) for record in volume.order)
    text += [_FILTER, markup.table("Index of records", heads, rows, "index")]
    return markup.joined(text, "\n")


def _particulars(volume: Volume) -> Iterator[tuple[str, Markup | str]]:
    release, zone = volume.release, volume.zone
    covered = sum(bool(record.redactions) for record in release.records)
    told = f"{covered:,} with redactions" if covered else "all released in full"
    found = fill("{} <small>{}</small>", f"{len(release.records):,}", told)
    yield "Records", found if release.records else "none"
    yield "Withheld", str(len(release.withheld))
    yield "Received", words.day(release.request.received_at, zone)
    if release.request.due_on:
        yield "Ten-day date", clock.shown_day(release.request.due_on)
    yield "Produced", words.day(release.made_at, zone)
    yield "Pages", f"{volume.packet.pages.pages:,}"


def _index_row(record: Record, volume: Volume, places: Places) -> tuple[Markup | str, ...]:
    href = f"{FOLDER}/{places.of(record)}"
    number = volume.number(record)
    says = fill('<a href="{}"><span class="vh">Record </span>{}</a>', href, number)
    handle = fill(" <bdi>{}</bdi>", markup.said(record.handle))
    return (
        says,
        markup.time(record.created_at, volume.zone),
        markup.chip(record) + handle,
        words.kind(record),
        markup.name(words.author(record)),
        _snippet(record),
        volume.page(volume.printed(record).first),
    )


def _snippet(record: Record) -> Markup:
    """The beginning of a text; a bar in it is shown whole."""
    room, parts = SNIPPET, []
    for part in record.text.parts:
        if not isinstance(part, str):
            parts.append(markup.bar(part))
            continue
        flat = " ".join(markup.said(part).split())
        parts.append(fill("{}", flat if len(flat) <= room else f"{flat[:room]}…"))
        room -= len(flat)
        if room <= 0:
            break
    said = markup.joined(parts, " ")
    return fill('<span dir="auto" class="snip"{}>{}</span>', markup.lang(record.language), said)


def withheld(volume: Volume) -> Markup:
    """What is withheld, what is not printed twice, and the law relied on."""
    release = volume.release
    text = [Markup("<h1>Withheld records</h1>")]
    if release.withheld:
        count = words.count(len(release.withheld), "record is", "records are")
        told = (
            f"{count} withheld in full. The list names no author, time or content, since these can "
            "be what the law protects; its order is that in which the city collected the records."
        )
        text.append(markup.paragraphs([told]))
        rows = (
            (
                fill('<span id="sheet-{}">{}</span>', number, number),
                volume.page(volume.packet.sheets[one.key]),
                "Withheld in full",
                markup.joined((fill("{}", c) for c in one.citations), "<br>"),
            )
            for number, one in enumerate(release.withheld, 1)
        )
        heads = ("Sheet", "Page", "What was done", "Section of law")
        text.append(markup.table("Withheld records", heads, rows))
    else:
        text.append(markup.paragraphs(["No record of this volume is withheld."]))
    text += [_duplicates(volume), law(volume)]
    return markup.joined(text, "\n")


def _duplicates(volume: Volume) -> Markup:
    release, packet = volume.release, volume.packet
    if not release.duplicates:
        return markup.EMPTY
    places: Counter[str] = Counter()
    for one in release.duplicates:
        if one.record is not None:
            page = volume.page(packet.printed[one.record].first)
            places[f"the same as the record on page {page}"] += 1
        elif one.sheet is not None:
            page = volume.page(packet.sheets[one.sheet])
            places[f"the same as the withheld record on page {page}"] += 1
        else:
            places[f"the same as the record on page {one.page} of an earlier volume"] += 1
    told = (f"{words.count(count, 'record')}: {place}." for place, count in places.items())
    return fill("<h2>Records not printed twice</h2>{}", markup.paragraphs(told))


def law(volume: Volume) -> Markup:
    """The sections relied on, in the wording the city attorney attested."""
    grounds = volume.release.grounds
    if not grounds:
        return markup.EMPTY
    told = (
        "These descriptions are the city’s, attested by the city attorney; they are not the text "
        "of the statute, which can be read at leginfo.legislature.ca.gov."
    )
    each = (
        fill('<section class="law"><h3>{}: {}</h3><p>{}</p><p class="note">Source: {}</p>'
               "</section>", g.citation, g.title, g.text, g.source)
        for g in grounds
    )  # fmt: skip
    return fill(
        "<h2>The sections relied on</h2>{}{}", markup.paragraphs([told]), markup.joined(each)
    )


def redactions(volume: Volume, places: Places) -> Markup:
    """Every bar, record by record, with its law."""
    told = (
        "Every bar of this volume, record by record: where it lies and the section of law it rests "
        "on. How long a bar is says nothing about what it covers."
    )
    heads = ("Record", "Page", "What is covered", "Section of law, and what the city says of it")
    rows = (row for record in volume.order for row in _redacted(record, volume, places))
    table = markup.table("Redactions", heads, rows)
    return fill("<h1>Redactions</h1>{}{}{}", markup.paragraphs([told]), table, law(volume))


def _redacted(record: Record, volume: Volume, places: Places) -> Iterator[tuple[Markup | str, ...]]:
    alike = Counter((one.label, one.citations, one.notes) for one in record.redactions)
    number, page = volume.number(record), volume.page(volume.printed(record).first)
    link = fill(
        '<a href="{}/{}"><span class="vh">Record </span>{}</a>', FOLDER, places.of(record), number
    )
    for (label, citations, notes), count in alike.items():
        where = label[:1].upper() + label[1:]
        where = f"{where} ({count} bars)" if count > 1 else where
        law_of = (fill("{}", markup.said(one)) for one in (*citations, *notes))
        yield link, page, where, markup.joined(law_of, "<br>")


def lists(volume: Volume) -> Markup:
    """The lists, each a table."""
    text = [Markup("<h1>Lists</h1>")]
    for number, one, path in volume.lists:
        first, last = map(volume.page, volume.packet.lists[one.key])
        pages = first if first == last else f"{first} to {last}"
        text.append(
            fill(
                '<h2>{}. {}</h2><p>As of {}: {}. Pages {}. <a href="../{}">{}</a></p>',
                number,
                markup.said(one.title),
                markup.time(one.as_of, volume.zone),
                words.count(len(one.rows), "entry", "entries"),
                pages,
                *(path, path),
            )
        )
        text.append(markup.paragraphs([one.about], "note"))
        if one.rows:
            rows = ([markup.cell(cell) for cell in row] for row in one.rows)
            text.append(markup.table(markup.said(one.title), one.columns, rows))
    return markup.joined(text, "\n")


def check(volume: Volume) -> Markup:
    """How anyone can check the production, and the other forms of it."""
    files = list(_FORMS)
    if any(volume.message_file(record) for record in volume.order):
        files.append(("messages", "each private message as an e-mail file"))
    if volume.release.exchanges:
        told = "what was captured from the network, where all of it is released (WARC)"
        files.append(("warc/exchanges.warc.gz", told))
    listed = markup.joined(
        fill('<li><a href="../{}">{}</a>: {}</li>', path, path, told) for path, told in files
    )
    checks = markup.joined(
        fill("<section><h2>{}</h2><p>{}</p></section>", title, text) for title, text in CHECKS
    )
    return fill(
        "<h1>How to check this production</h1>\n"
        '<p><a class="button" href="../verify.html">Open the page that checks every file</a></p>'
        "\n{}\n<h2>The same in other forms</h2>"
        '<ul class="forms">{}</ul>',
        checks,
        listed,
    )
