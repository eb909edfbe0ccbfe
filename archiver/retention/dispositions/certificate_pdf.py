"""The certificate as a tagged PDF: a page to be filed, and the lists that belong to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archiver import clock
from archiver.pdf.flow import Flow, Style
from archiver.pdf.inline import Inline, Span
from archiver.pdf.metadata import Meta
from archiver.pdf.tables import Cell, Column, table
from archiver.pdf.writer import Writer
from archiver.retention.dispositions import certificate_look as look

MOST_LISTED = 5_000
"""So many holdings are printed; a longer list stands in the JSON beside, which the PDF names."""

_TITLES = {
    "destroyed": "Certificate of Destruction",
    "transferred": "Certificate of Transfer",
    "removed": "Certificate of Removal",
}
_KINDS = {
    "record": ("record", "records"),
    "subscriber": ("entry of a list of people", "entries of lists of people"),
    "unread": ("item that could not be read", "items that could not be read"),
    "original": ("imported download", "imported downloads"),
}
Facts = Mapping[str, Any]


class _Foot:
    """What every page carries: the frame on the first, number and page on all."""

    def __init__(self, facts: Facts, digest: str) -> None:
        self._left = f"{facts['agency']}  ·  {_TITLES[facts['act']]}  ·  {facts['number']}"
        self._digest = digest
        self.number = 1

    def dress(self, writer: Writer) -> str:
        """Draw frame and foot."""
        if self.number == 1:
            look.draw_frame(writer)
            text, y = f"SHA-256 of the list and all facts (JSON): {self._digest}", 52.0
            with writer.artifact("Pagination", "Footer"):
                width = writer.type.line(text, look.FOOT.cut, look.FOOT.size).width
                _put(writer, text, look.FOOT, (look.WIDTH - width) / 2, y)
        else:
            left, right, y = look.LISTS.left, look.LISTS.right, 50.0
            with writer.artifact("Pagination", "Footer"):
                writer.draw(
                    f"q {look.FAINT.stroke()} 0.6 w {left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S Q"
                )
                _put(writer, self._left, look.FOOT, left, y - 13)
                label = str(self.number)
                cut, size = look.FOOT_NUMBER.cut, look.FOOT_NUMBER.size
                width = writer.type.line(label, cut, size).width
                _put(writer, label, look.FOOT_NUMBER, right - width, y - 13.5)
        self.number += 1
        return str(self.number - 1)


def write_pdf(path: Path, facts: Facts, digest: str) -> None:
    """Write the certificate; `digest` is the SHA-256 of its JSON, which the first page names."""
    meta = Meta(
        title=f"{_TITLES[facts['act']]} {facts['number']}",
        author=facts["agency"],
        subject=f"{facts['route']['section']}, {facts['number']}",
        created=facts["executed"]["ended_at"],
    )
    with Writer(path, meta) as writer:
        flow = Flow(writer, look.FACE, _Foot(facts, digest))
        _face(flow, facts)
        flow.end_page()
        flow.frame = look.LISTS
        flow.left, flow.right = look.LISTS.left, look.LISTS.right
        _authority(flow, facts)
        _what_went(flow, facts)
        _what_stays(flow, facts)
        _proof(flow, facts)
        _list(flow, facts)
        flow.end_page()


def _face(flow: Flow, facts: Facts) -> None:
    flow.start()
    flow.y -= 16
    flow.paragraph(str(facts["agency"]).upper(), look.AGENCY, after=18)
    title = _TITLES[facts["act"]]
    flow.heading(1, title, look.TITLE, place="face", outline=0, after=6)
    flow.paragraph(facts["number"], look.NUMBER, after=16)
    _ornament(flow)
    flow.paragraph(_saying(facts), look.SAYING, after=22)
    _figures(flow, facts)
    approvals = [each for each in facts["approvals"] if "withdrawn_at" not in each]
    flow.heading(2, "Decided by", look.SECTION, after=12)
    _signatures(flow, approvals[:8])
    if len(approvals) > 8:
        flow.paragraph(f"and {len(approvals) - 8} more, listed on the next page", look.FINE)
    _medal(flow, facts)


def _saying(facts: Facts) -> str:
    """The sentence the page is for."""
    count = len(facts["holdings"])
    ended = _day(facts["executed"]["ended_at"], facts["time_zone"])
    what = _counted(facts["series"]) if count else "Nothing on the list"
    act = {
        "destroyed": "destroyed",
        "transferred": f"handed over to {facts['criteria'].get('receiver', 'the receiver')} and "
        "then destroyed here",
        "removed": "removed",
    }[facts["act"]]
    were = "was" if count in (0, 1) else "were"
    section = str(facts["route"]["section"]).replace("§ ", "§\u00a0")
    return (
        f"{what[:1].upper()}{what[1:]} {were} {act} on {ended} under {section}. "
        "The list, its authority and what stays are set out in this certificate; a seal of the "
        "archive covers every entry."
    )


def _counted(series: Sequence[Facts]) -> str:
    counts: dict[str, int] = {}
    for line in series:
        counts[line["kind"]] = counts.get(line["kind"], 0) + line["holdings"]
    said = [f"{count:,} {_KINDS[kind][0 if count == 1 else 1]}" for kind, count in counts.items()]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _figures(flow: Flow, facts: Facts) -> None:
    """The numbers of the list, side by side between two rules."""
    went, kept = len(facts["holdings"]), len(facts["kept"])
    days = [line for line in facts["series"] if line["first_cutoff"]]
    first = min((line["first_cutoff"] for line in days), default=None)
    last = max((line["last_cutoff"] for line in days), default=None)
    told = (
        ("On the list", f"{facts['list']['holdings']:,}"),
        (facts["act"].capitalize(), f"{went:,}"),
        ("Kept", f"{kept:,}"),
        ("Left out for holds", f"{facts['left_out']['held']:,}"),
        ("Years", _years(first, last)),
    )
    flow.rule(look.FAINT, 0.5)
    top, left, right = flow.y - 9, flow.left, flow.right
    width = (right - left) / len(told)
    for place, (label, value) in enumerate(told):
        flow.left, flow.right = left + place * width, left + (place + 1) * width
        flow.y = top
        with flow.writer.element("P"):
            for text, style in ((f"{label} ", look.TILE), (value, look.TILE_NUMBER)):
                said: list[Inline] = [Span(text)]
                lines = flow.writer.type.lines(said, style.cut, style.size, width)
                flow.lines(lines, said, style)
    flow.left, flow.right = left, right
    flow.y -= 6
    flow.rule(look.FAINT, 0.5)
    flow.y -= 24


def _years(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return "none"
    return first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[2:4]}"


def _ornament(flow: Flow) -> None:
    """A short rule with a lozenge: where the title ends."""
    middle, y = look.WIDTH / 2, flow.y
    with flow.writer.artifact():
        for start, end in ((middle - 90, middle - 8), (middle + 8, middle + 90)):
            flow.writer.draw(
                f"q {look.ACCENT.stroke()} 0.8 w {start:.1f} {y:.1f} m {end:.1f} {y:.1f} l S Q"
            )
        flow.writer.draw(
            f"q {look.ACCENT.fill()} {middle:.1f} {y + 4:.1f} m {middle + 4:.1f} {y:.1f} l "
            f"{middle:.1f} {y - 4:.1f} l {middle - 4:.1f} {y:.1f} l h f Q"
        )
    flow.y -= 20


def _signatures(flow: Flow, approvals: Sequence[Facts]) -> None:
    """Who decided, in two columns: the act, the name, the office, the day and the document."""
    left, right = flow.left, flow.right
    gap = 26.0
    width = (right - left - gap) / 2
    for start in range(0, len(approvals), 2):
        top, lowest = flow.y, flow.y
        flow.need(74)
        top = min(top, flow.y)
        for place, each in enumerate(approvals[start : start + 2]):
            flow.left = left + place * (width + gap)
            flow.right = flow.left + width
            flow.y = top
            number = f" {each['number']}" if each.get("number") else ""
            whose = f", {each['department']}" if each.get("department") else ""
            flow.paragraph(f"{_kind_words(each['kind'])}{whose}", look.LEAD, after=1)
            flow.paragraph(each["name"], look.NAME)
            flow.paragraph(each["position"], look.FACT)
            day = _plain_day(each["dated_on"])
            flow.paragraph(f"{each['title']}{number}, {day}", look.FINE, after=14)
            lowest = min(lowest, flow.y)
        flow.left, flow.right, flow.y = left, right, lowest


def _medal(flow: Flow, facts: Facts) -> None:
    """The archive's seal over it, drawn as one: its number and where it stands."""
    seals = facts["seals"]
    x, y, radius = look.WIDTH / 2, 122.0, 33.0
    if flow.y < y + radius + 8:
        return
    number = _seal_words(seals)
    alt = f"The archive's seal {number} covers this destruction."
    box = f"[{x - radius:.0f} {y - radius:.0f} {x + radius:.0f} {y + radius:.0f}]".encode()
    layout = {"O": b"/Layout", "Placement": b"/Block", "BBox": box}
    with (
        flow.writer.element("Figure", alt=alt, attributes=layout),
        flow.writer.content(),
    ):
        look.draw_circle(flow.writer, x, y, radius, 1.3)
        look.draw_circle(flow.writer, x, y, radius - 3.4, 0.5)
        for text, style, dy in (
            ("SEAL", look.MEDAL, 8.0),
            (number, look.MEDAL_NUMBER, -5.0),
            (facts["number"], look.MEDAL, -15.5),
        ):
            width = flow.measure(text, style)
            flow.set_line(text, style, x - width / 2, y + dy)


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
    frozen = facts["list"]
    flow.paragraph(
        f"The list of {frozen['holdings']:,} was frozen by {frozen['frozen_by']} on "
        f"{_time(frozen['frozen_at'], facts['time_zone'])} (SHA-256 {frozen['sha256']}) and could "
        f"not grow from then on. Executed by {facts['executed']['by']} from "
        f"{_time(facts['executed']['begun_at'], facts['time_zone'])} to "
        f"{_time(facts['executed']['ended_at'], facts['time_zone'])}{_resumed(facts)}.",
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
    title = _kind_words(each["kind"])
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
        _plain_day(each["dated_on"]),
        _broken(each.get("document_sha256", "none filed")),
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
            _KINDS[line["kind"]][1],
            f"{line['holdings']:,}",
            _range(line["first_cutoff"], line["last_cutoff"]),
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
            day = _time(backup["made_at"], facts["time_zone"])
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
        many = _records(each["records"])
        lines.append(f"{each['what']} {each['number']}: {many}, kept {each['until']}.")
    for each in copies["downloads"]:
        lines.append(
            f"Imported download {each['id']} ({each['file']}): it held {_records(each['gone'])} of "
            f"these and holds {_records(each['surviving'])} that stay; it is kept as long as they "
            "are."
        )
    if copies["quoting"]["records"]:
        lines.append(
            f"{_records(copies['quoting']['records'])} that stay quote one of these; what they "
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
        f"Seal {_seal_words(facts['seals'])} of the archive covers the tombstones of what went. A "
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
            _broken(item["leaf"]),
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


def _kind_words(code: str) -> str:
    return {
        "department": "Department",
        "consent": "City attorney’s consent",
        "resolution": "Council resolution",
        "procedure": "Council’s procedure",
        "custodian": "Officer having custody",
        "board": "Board of supervisors",
        "four-fifths": "Board, four fifths",
        "district-resolution": "District board’s resolution",
        "adopted-schedule": "Adopted schedule",
        "determination": "Attorney’s determination",
        "order": "Order of the court",
        "agreement": "Agreement with the receiver",
    }.get(code, code)


def _seal_words(seals: Facts) -> str:
    first, last = seals.get("first"), seals.get("last")
    if first is None:
        return "none"
    return str(first) if first == last else f"{first}–{last}"


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"


def _range(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return ""
    return first if first == last else f"{first} to {last}"


def _broken(digest: str) -> str:
    """A hash in groups, so that it breaks between them and can be compared by eye."""
    return " ".join(digest[place : place + 16] for place in range(0, len(digest), 16))


def _day(moment: str, zone: str) -> str:
    day = clock.local_day(moment, zone)
    return f"{day:%B} {day.day}, {day.year}"


def _plain_day(day: str) -> str:
    return clock.shown_day(dt.date.fromisoformat(day), weekday=False)


def _time(moment: str, zone: str) -> str:
    return clock.shown(moment, zone)


def _put(writer: Writer, text: str, style: Style, x: float, y: float) -> None:
    line = writer.type.line(text, style.cut, style.size)
    writer.draw(style.colour.fill())
    writer.glyphs(x, y, line.pieces, style.size)
