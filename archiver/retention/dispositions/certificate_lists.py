"""What follows a certificate's first page: authority, what went, what stays, proof, the list."""

from __future__ import annotations

from archiver.pdf.flow import Flow
from archiver.pdf.tables import Cell, Column, table
from archiver.retention.dispositions import certificate_look as look
from archiver.retention.dispositions.certificate_words import (
    KIND_WORDS,
    Facts,
    approval_words,
    grouped,
    plain_day,
    range_words,
    records,
    seal_words,
    time_words,
)

MOST_LISTED = 5_000
"""So many holdings are printed; a longer list stands in the JSON beside, which the PDF names."""


def _authority(flow: Flow, facts: Facts) -> None:
    route = facts["route"]
    _part(flow, "Authority", "authority")
    flow.heading(2, f"{route['section']}: {route['title']}", look.SECTION, after=3)
    flow.paragraph(route["text"], look.BODY, after=5)
    for condition in route["conditions"]:
        flow.paragraph(f"Condition: {condition}.", look.SMALL, after=1)
    if facts["note"]:
        flow.space(5)
        flow.paragraph(f"Reason given: {facts['note']}", look.BODY)
    if facts["criteria"].get("kept_record"):
        flow.paragraph(f"Kept in their place: {facts['criteria']['kept_record']}", look.BODY)
    flow.space(10)
    flow.heading(2, "Approvals", look.SECTION, after=3)
    rows = [_approval_row(each) for each in facts["approvals"]]
    columns = (
        Column("Approval", 104),
        Column("Given by", 112),
        Column("Document", 100),
        Column("Day", 58),
        Column("SHA-256 of the document on file", look.LISTS.width - 374),
    )
    if rows:
        table(flow, columns, rows, look.TABLE)
    frozen, zone, executed = facts["list"], facts["time_zone"], facts["executed"]
    flow.paragraph(
        f"The list of {frozen['holdings']:,} was frozen by {frozen['frozen_by']} on "
        f"{time_words(frozen['frozen_at'], zone)} (SHA-256 {frozen['sha256']}) and could not grow "
        f"from then on. Executed by {executed['by']} from {time_words(executed['begun_at'], zone)} "
        f"to {time_words(executed['ended_at'], zone)}{_resumed(facts)}.",
        look.BODY,
        after=12,
    )
    if facts["transfer"]:
        bag, receipt = facts["transfer"]["bag"], facts["transfer"]["receipt"] or {}
        flow.paragraph(
            f"Handed over as bag {bag['name']} (BagIt; SHA-256 of its tag manifest "
            f"{bag['tagmanifest_sha256']}). Receipt {receipt.get('number', '')} of "
            f"{receipt.get('dated_on', '')}, {receipt.get('name', '')}.",
            look.BODY,
            after=12,
        )


def _resumed(facts: Facts) -> str:
    times = len(facts["executed"]["resumed"])
    if not times:
        return ""
    return f", interrupted {'once' if times == 1 else f'{times} times'} and resumed"


def _approval_row(each: Facts) -> list[Cell]:
    title = approval_words(each["kind"])
    if each.get("department"):
        title = f"{title}, {each['department']}"
    if each.get("ayes"):
        title = f"{title} ({each['ayes']} of {each['seats']})"
    if each.get("withdrawn_at"):
        title = f"{title}; withdrawn: {each['withdrawn_reason']}"
    document = f"{each['title']} {each.get('number', '')}".strip()
    return [
        title,
        f"{each['name']}, {each['position']}",
        document,
        plain_day(each["dated_on"]),
        grouped(each.get("document_sha256", "none filed")),
    ]


def _what_went(flow: Flow, facts: Facts) -> None:
    _section(flow, "What went", "went")
    if not facts["series"]:
        flow.paragraph("Nothing: all of the list was kept.", look.BODY, after=8)
        return
    flow.paragraph(
        f"By series of schedule {facts['schedule']}, with the range of days from which the periods "
        "ran.",
        look.BODY,
        after=4,
    )
    rows: list[list[Cell]] = [
        [
            str(line["series"] or "none"),
            str(line["title"]),
            KIND_WORDS[line["kind"]][1],
            f"{line['holdings']:,}",
            range_words(line["first_cutoff"], line["last_cutoff"]),
        ]
        for line in facts["series"]
    ]
    columns = (
        Column("Series", 62),
        Column("Title", look.LISTS.width - 62 - 118 - 52 - 116),
        Column("Kind", 118),
        Column("Count", 52, "end"),
        Column("Cutoff, first to last", 116),
    )
    table(flow, columns, rows, look.TABLE)


def _what_stays(flow: Flow, facts: Facts) -> None:
    _section(flow, "What stays, and why", "stays")
    left_out, copies = facts["left_out"], facts["copies"]
    lines = [
        f"{held['holdings']:,} left out of the list under {held['title']}"
        for held in left_out["by_hold"]
    ]
    reasons: dict[str, int] = {}
    for item in facts["kept"]:
        reasons[item["reason"] or ""] = reasons.get(item["reason"] or "", 0) + 1
    lines += [f"{count:,} of the list kept: {words}" for words, count in sorted(reasons.items())]
    for line in lines or ["Nothing of the list was kept, and nothing was left out for a hold"]:
        flow.paragraph(f"{line}.", look.BODY, after=2)
    flow.space(8)
    flow.heading(2, "Copies that still exist", look.SECTION, after=3)
    for line in copy_lines(copies):
        flow.paragraph(line, look.BODY, after=2)
    if copies["backups"]:
        flow.space(6)
        flow.paragraph("Backups made before it, to be dealt with by name:", look.BODY, after=2)
        for backup in copies["backups"]:
            day = time_words(backup["made_at"], facts["time_zone"])
            flow.paragraph(f"{backup['name']}, {backup['place']}, of {day}.", look.SMALL, after=1)
    flow.space(8)
    flow.heading(2, "What storage cannot promise", look.SECTION, after=3)
    for text in facts["storage"]:
        flow.paragraph(text, look.BODY, after=3)
    flow.space(8)


def copy_lines(copies: Facts) -> list[str]:
    """The copies that stay, one sentence each."""
    lines = []
    for each in copies["held"]:
        many = records(each["records"])
        lines.append(f"{each['what']} {each['number']}: {many}, kept {each['until']}.")
    for each in copies["downloads"]:
        lines.append(
            f"Imported download {each['id']} ({each['file']}): it held {records(each['gone'])} of "
            f"these and holds {records(each['surviving'])} that stay; it is kept as long as they "
            "are."
        )
    if copies["quoting"]["records"]:
        lines.append(
            f"{records(copies['quoting']['records'])} that stay quote one of these; what they "
            "quote is part of them."
        )
    for each in copies["waiting"]:
        lines.append(
            f"Exchange {each['exchange']} ({each['file']}) is kept for the time being: it is "
            f"evidence of records held by {', '.join(each['holds'])}."
        )
    return lines or ["None that this archive knows of."]


def _proof(flow: Flow, facts: Facts) -> None:
    _section(flow, "Proof", "proof")
    proof, scrub = facts["proof"], facts["scrub"]
    files = ", ".join(proof["files"])
    whole = (
        ""
        if proof["whole"]
        else (" The execution had been interrupted, so the sample is of what went afterwards.")
    )
    alike = (
        f" {proof['alike']:,} of them are also said by records that stay."
        if (proof["alike"])
        else ""
    )
    earlier = (
        f" An earlier look found {proof['earlier_left']:,} texts still standing in the files."
        if proof["earlier_left"]
        else ""
    )
    flow.paragraph(
        f"{proof['texts']:,} texts taken at random from what went were looked for in every byte of "
        f"{files} ({proof['bytes']:,} bytes). Left behind: {proof['left'] or 'none'}."
        f"{alike}{whole}{earlier}",
        look.BODY,
        after=4,
    )
    flow.paragraph(
        "The search index was rebuilt and the files rewritten beforehand"
        + (f" ({'; '.join(scrub['not_yet'])})." if scrub["not_yet"] else "."),
        look.BODY,
        after=4,
    )
    flow.paragraph(
        f"Seal {seal_words(facts['seals'])} of the archive covers the tombstones of what went. A "
        "tombstone keeps the leaf by which earlier seals can still be checked, the series, the "
        "dates and this number; `archiver verify` checks all of it.",
        look.BODY,
        after=12,
    )


def _list(flow: Flow, facts: Facts) -> None:
    holdings = facts["holdings"]
    if not holdings:
        return
    _part(flow, "The list", "list")
    if len(holdings) > MOST_LISTED:
        flow.paragraph(
            f"The {len(holdings):,} entries stand in the file {facts['number']}.json beside this "
            "one, whose SHA-256 the first page names.",
            look.BODY,
        )
        return
    flow.paragraph(
        "Each by its number in the file, its series and days, and the salted leaf under which the "
        "seals hold it. A leaf tells nothing about what it was made of.",
        look.BODY,
        after=6,
    )
    rows: list[list[Cell]] = [
        [
            f"{item['file']}:{item['id']}",
            item["kind"],
            str(item["series"] or ""),
            str(item["cutoff_on"] or ""),
            str(item["retain_until"] or ""),
            grouped(item["leaf"]),
        ]
        for item in holdings
    ]
    columns = (
        Column("Number", 122),
        Column("Kind", 50),
        Column("Series", 50),
        Column("Cutoff", 50),
        Column("Kept until", 52),
        Column("Leaf", look.LISTS.width - 324),
    )
    table(flow, columns, rows, look.LIST)


def _part(flow: Flow, title: str, place: str) -> None:
    flow.turn()
    flow.heading(1, title, look.PART, place=place, outline=0, after=10)


def _section(flow: Flow, title: str, place: str) -> None:
    flow.need(90)
    flow.heading(1, title, look.PART, place=place, outline=0, after=6)


def print_lists(flow: Flow, facts: Facts) -> None:
    """Print everything but the first page."""
    _authority(flow, facts)
    _what_went(flow, facts)
    _what_stays(flow, facts)
    _proof(flow, facts)
    _list(flow, facts)
