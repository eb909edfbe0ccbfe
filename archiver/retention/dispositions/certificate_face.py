"""The first page of a certificate: what was decided, by whom, under which seal."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.pdf.flow import Flow
from archiver.pdf.inline import Inline, Span
from archiver.retention.dispositions import certificate_look as look
from archiver.retention.dispositions.certificate_words import (
    KIND_WORDS,
    TITLES,
    Facts,
    approval_words,
    day_words,
    plain_day,
    seal_words,
)

_ON_FACE = 6


def print_face(flow: Flow, facts: Facts) -> None:
    """Print the first page."""
    flow.start()
    flow.y -= 16
    flow.paragraph(str(facts["agency"]).upper(), look.AGENCY, after=18)
    title = TITLES[facts["act"]]
    flow.heading(1, title, look.TITLE, place="face", outline=0, after=6)
    flow.paragraph(facts["number"], look.NUMBER, after=16)
    _ornament(flow)
    flow.paragraph(_saying(facts), look.SAYING, after=22)
    _figures(flow, facts)
    approvals = [each for each in facts["approvals"] if "withdrawn_at" not in each]
    flow.heading(2, "Decided by", look.SECTION, after=12)
    # the council and the attorney lead; of many departments the next page lists the others
    approvals.sort(key=lambda each: bool(each.get("department")))
    _signatures(flow, approvals[:_ON_FACE])
    if len(approvals) > _ON_FACE:
        more = len(approvals) - _ON_FACE
        flow.paragraph(f"and {more} more, listed on the next page", look.FINE)
    _medal(flow, facts)


def _saying(facts: Facts) -> str:
    """The sentence the page is for."""
    count = len(facts["holdings"])
    ended = day_words(facts["executed"]["ended_at"], facts["time_zone"])
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
    said = [
        f"{count:,} {KIND_WORDS[kind][0 if count == 1 else 1]}" for kind, count in counts.items()
    ]
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
            flow.paragraph(f"{approval_words(each['kind'])}{whose}", look.LEAD, after=1)
            flow.paragraph(each["name"], look.NAME)
            flow.paragraph(each["position"], look.FACT)
            day = plain_day(each["dated_on"])
            flow.paragraph(f"{each['title']}{number}, {day}", look.FINE, after=14)
            lowest = min(lowest, flow.y)
        flow.left, flow.right, flow.y = left, right, lowest


def _medal(flow: Flow, facts: Facts) -> None:
    """The archive's seal over it, drawn as one: its number and where it stands."""
    seals = facts["seals"]
    x, y, radius = look.WIDTH / 2, 122.0, 33.0
    if flow.y < y + radius + 8:
        return
    number = seal_words(seals)
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
