"""A record put into words and lines, once: it is measured from them, then printed from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.pdf.flow import Style
from archiver.pdf.inline import Inline, Link, Span
from archiver.pdf.typesetting import Typesetter
from archiver.production import look, words
from archiver.production.back import record_place, sheet_place
from archiver.production.facts import Card, Fact, compose
from archiver.production.release import Capture, LeftOut, Office, Record
from archiver.register.accounts import FORWARDED
from archiver.requests.redacting.passages import Passage

EDIT_INSET = 10.0
_TURNS = {"message", "reaction"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A record's place among those printed with it: its ordinal, the place in its conversation and
    how many that has here, how deep it answers, and whether it is a turn of messages."""

    ordinal: int
    place: int
    of: int
    depth: int
    turn: bool

    @property
    def indent(self) -> int:
        """How many steps it is set in."""
        return min(self.depth, look.DEEPEST)

    @property
    def leads(self) -> bool:
        """Whether it leads its conversation: its heading is above those of the others."""
        return self.place == 1 and not self.turn


@dataclass(frozen=True, slots=True)
class Edit:
    """An earlier text: what stands above it, and the text with what the edit changed."""

    head: str
    parts: list[Inline]


@dataclass(frozen=True, slots=True)
class Composed:
    """What a record says: who, when, what, its edits and history, and the facts under it."""

    head: list[Inline]
    standing: list[Inline]
    said: list[Inline]
    note: str | None
    edits: list[Edit]
    left_out: list[list[Inline]]
    history: list[list[Inline]]
    card: Card | None
    line: list[Inline]

    def height(self, typesetter: Typesetter, width: float) -> float:
        """What it takes in a column of that width, its pictures left out; the lines are kept for
        the printing."""

        def lines(parts: list[Inline], style: Style, less: float = 0.0) -> float:
            found = typesetter.lines(parts, style.cut, style.size, width - less)
            return len(found) * style.leading

        high = lines(self.head, look.AUTHOR) + lines(self.standing, look.SMALL) + 5
        if self.said:
            high += lines(self.said, look.SAID) + 4
        if self.note:
            high += lines([Span(self.note)], look.SMALL) + 4
        for edit in self.edits:
            high += lines([Span(edit.head)], look.SMALL, EDIT_INSET) + 1
            high += lines(edit.parts, look.EARLIER, EDIT_INSET) + 4
        high += sum(lines(parts, look.SMALL) + 4 for parts in self.left_out)
        high += sum(lines(parts, look.SMALL) + 1 for parts in self.history)
        high += 4 if self.history else 0
        return high + (self.card.total if self.card else lines(self.line, look.VALUE))


def composed(
    record: Record,
    where: Standing,
    numbers: Mapping[str, int],
    office: Office,
    typesetter: Typesetter,
    width: float,
) -> Composed:
    """A record for a column of that width; `numbers` are
    the ordinals of all records. A turn of a conversation gets a line of facts, else a card."""
    zone = office.time_zone
    note = words.content_note(record)
    if note is None and not record.text and not record.media:
        note = "This record has no text."
    line = where.turn
    return Composed(
        _head(record),
        _standing(record, where, numbers, zone),
        words.said(record.text) if record.text else [],
        note,
        _edits(record, zone),
        [_left_out(one) for one in record.left_out],
        _history(record, zone),
        None if line else compose(typesetter, _facts(record, office), width),
        _line(record, zone) if line else [],
    )


def parties(messages: Sequence[Record]) -> list[Passage]:
    """Who takes part in a conversation, in the order they come up."""
    found: dict[Passage, None] = {}
    for message in messages:
        found.update(dict.fromkeys((words.author(message), *message.recipients)))
    return list(found)


def are_turns(records: Sequence[Record]) -> bool:
    """Whether records are one conversation by message on one account of the city, with the
    reactions to its messages."""
    accounts = {(each.account, each.handle, each.department) for each in records}
    kinds = {each.kind for each in records}
    return len(records) > 1 and len(accounts) == 1 and {"message"} <= kinds <= _TURNS


def account_line(record: Record) -> list[Inline]:
    """Whose account a conversation stands on."""
    fact = account(record)
    return [Span(f"{fact.label} "), *fact.inlines]


def _head(record: Record) -> list[Inline]:
    """The author, and the handle beside the name."""
    parts = words.inlines(words.author(record))
    handle = words.at(record.author_handle) if record.author_name else Passage(())
    if handle:
        beside = Passage(("  ", *handle.parts))
        parts += words.inlines(beside, look.HANDLE.cut, look.SOFT)
    return parts


def _standing(
    record: Record, where: Standing, numbers: Mapping[str, int], zone: str
) -> list[Inline]:
    """One line: kind, time, to whom, what it answers, its place in the conversation."""
    when = words.time(record.created_at, zone)
    stated = undated(record, when) if record.undated else when
    parts: list[Inline] = []
    plain = where.turn and record.kind == "message"
    text = stated if plain else f"{words.kind(record)}  ·  {stated}"
    if record.recipients:
        parts = [Span(f"{text}  ·  to "), *words.inlines(words.joined(record.recipients))]
        text = ""
    if record.parent in numbers and record.parent is not None:
        target = Link(place=record_place(record.parent))
        parts += [
            Span(f"{text}  ·  in answer to "),
            Span(f"record {numbers[record.parent]}", colour=look.ACCENT, link=target),
        ]
        text = ""
    elif record.earlier_page:
        text += f"  ·  in answer to the record on page {record.earlier_page}"
    elif record.answers:
        text += "  ·  in answer to a record that is not part of this production"
    if where.of > 1:
        text += f"  ·  {where.place} of {where.of} in this conversation"
    if where.depth > look.DEEPEST:
        text += f", {where.depth} answers deep"
    return [*parts, Span(text)] if text else parts


def undated(record: Record, when: str) -> str:
    """What is said in place of a date."""
    if record.platform == FORWARDED:
        return f"handed in {when}; it bears no date of its own"
    return f"captured {when}; the platform gave no date"


def _edits(record: Record, zone: str) -> list[Edit]:
    """Every edit, the latest first, with what it took out and what it put in."""
    edits: list[Edit] = []
    after, number = record.text, record.number
    for version in reversed(record.versions):
        parts, changed = words.edited(version.text, after)
        told = {
            "changed": f"What version {number} took out is struck through, what it put in is "
            "underlined.",
            "same": f"Version {number} has the same words.",
            "whole": f"It is printed whole: too long to mark what version {number} changed.",
        }[changed]
        captured = words.time(version.at, zone)
        head = f"Version {version.number} of {record.number}, captured {captured}. {told}"
        edits.append(Edit(head, parts))
        after, number = version.text, version.number
    return edits


def _left_out(one: LeftOut) -> list[Inline]:
    """Which version is not printed here, and where its sheet stands."""
    parts: list[Inline] = [Span(words.left_out(one))]
    if one.sheet is not None:
        link = Link(place=sheet_place(one.sheet))
        parts += [Span(": see "), Span(f"sheet {one.sheet}", colour=look.ACCENT, link=link)]
        parts.append(Span(" and the list of withheld records"))
    elif one.page is not None:
        parts.append(Span(f": see the sheet on page {one.page}, in another volume"))
    return [*parts, Span(".")]


def _history(record: Record, zone: str) -> list[list[Inline]]:
    return [
        [
            Span(words.time(event.at, zone), look.SMALL_BOLD.cut, look.INK),
            Span(f"  {event.words}"),
        ]
        for event in record.events
    ]


def _facts(record: Record, office: Office) -> list[Fact]:
    """The facts under a record."""
    taken = "Handed in" if record.platform == FORWARDED else "Captured"
    found = [
        account(record),
        Fact.of(taken, _taken(record.capture, office.time_zone)),
        *(Fact.of("Also", _taken(each, office.time_zone)) for each in record.also),
        Fact.of("Status", words.state(record)),
    ]
    if record.url:
        found.append(Fact("Address", record.url, link=words.link(record.url)))
    found += _leads_to(record)
    found.append(Fact("Id", record.native_id))
    return [fact for fact in found if fact.value]


def _taken(capture: Capture, zone: str) -> str:
    """When it was captured, from what, and where in that it stands."""
    place = f" ({capture.place})" if capture.place else ""
    return f"{words.time(capture.at, zone)}, from {capture.source}{place}"


def account(record: Record) -> Fact:
    """Whose account the record stands on, or who handed it in."""
    units = (record.account, record.department)
    if record.platform == FORWARDED:
        return Fact.of("Custodian", ", ".join(dict.fromkeys(filter(None, units))))
    handle = f"@{record.handle.removeprefix('@')}" if record.handle else ""
    account = f"{record.account} ({handle})" if record.account else record.handle
    return Fact.of("Account", ", ".join(filter(None, (account, record.department))))


def _leads_to(record: Record) -> list[Fact]:
    """The addresses a record leads to that do not stand in its text."""
    return [
        Fact("Leads to", link, link=words.link(link))
        for link in record.links
        if link.bars or link.words not in record.text.words
    ]


def _line(record: Record, zone: str) -> list[Inline]:
    """What holds for one message of a conversation, as a line below it."""
    parts: list[Inline] = [
        Span(f"Captured {_taken(record.capture, zone)}  ·  {words.state(record)}"),
        *(Span(f"  ·  Also {_taken(each, zone)}") for each in record.also),
    ]
    if record.native_id:
        parts += [Span("  ·  Id "), *words.inlines(record.native_id)]
    others = [Fact("Address", record.url, link=words.link(record.url))] if record.url else []
    for fact in (*others, *_leads_to(record)):
        parts += [Span(f"  ·  {fact.label} "), *fact.inlines]
    return parts
