"""Drawing bars over a record from the review page, with the mouse, the keyboard or a plain form."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

from archiver.desk.answers import Answer, Asked, Redirect
from archiver.desk.exemption_forms import claims_in, grounds_of
from archiver.desk.item_lines import find_item
from archiver.desk.numbers import whole
from archiver.desk.pages import everywhere
from archiver.desk.pages.requests import find_request
from archiver.desk.pages.review import address, review_page
from archiver.desk.review_filters import wanted_behind
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, BusyError, InputError
from archiver.requests.book import Claim, Request
from archiver.requests.finding.asking import Answer as Said
from archiver.requests.finding.asking import Place, answer_suggestions
from archiver.requests.finding.found import PersonalKind
from archiver.requests.finding.sections import likely_section
from archiver.requests.redacting.bars import Redaction, Region, claims_of, redactions_of
from archiver.requests.redacting.fields import Field, field_named
from archiver.requests.redacting.redactions import (
    Mark,
    add_redaction,
    fields_of_item,
    ground_redaction,
    remove_redaction,
)

_SPAN = re.compile(r"([a-z:.0-9]{1,40})\|(\d{1,9})\|(\d{1,9})")
_SUGGESTED = re.compile(r"([a-z:.0-9]{1,40})\|(\d{1,9})\|(\d{1,9})\|([a-z ’'-]{1,40})")
_WHOLE = re.compile(r"[a-z:.0-9]{1,40}")
_TOO = re.compile(r"([a-z:.0-9]{1,40})\|(\d{0,9})\|(\d{0,9})\|(\d{1,15})", re.ASCII)


def change(visit: Visit, asked: Asked) -> Answer:
    """Draw a bar, take one off, or name what one rests on: whichever button was pressed."""
    request = find_request(visit, asked.parts["number"])
    item_id = int(asked.parts["item"])
    wanted = wanted_behind(asked)
    with visit.office() as office:
        find_item(visit, office, request, item_id)
    steps = asked.given("steps")
    seen = whole(steps)
    actor, number = visit.person.login, request.number
    try:
        with visit.office() as office, visit.evidence() as files:
            if asked.given("everywhere"):
                return _everywhere(asked, request, fields_of_item(office, files, number, item_id))
            if bar := _number(asked, "remove"):
                remove_redaction(office, number, bar, actor=actor, seen=seen)
                told = "bar=removed"
            elif bar := _number(asked, "ground"):
                ground_redaction(office, number, bar, claims_in(asked), actor=actor, seen=seen)
                told = f"bar={bar}"
            elif place := _place(asked.given("leave"), item_id):
                answer_suggestions(
                    *(office, files, visit.desk.settings, number, [place], Said.REJECTED),
                    actor=actor,
                    seen=_number(asked, "answers"),
                )
                told = "left=1"
            elif place := _place(asked.given("accept"), item_id):
                made = add_redaction(
                    *(office, files, number, item_id),
                    Mark(place.field, place.start, place.end),
                    actor=actor,
                    claims=claims_in(asked) or _usual(office, place.kind),
                    seen=seen,
                )
                answer_suggestions(
                    *(office, files, visit.desk.settings, number, [place], Said.ACCEPTED),
                    actor=actor,
                )
                told = f"bar={made.redaction.id}"
            elif found := _TOO.fullmatch(asked.given("too")):
                start, end = (int(each) if each else None for each in (found[2], found[3]))
                like = _standing(office, item_id, int(found[4]))
                made = add_redaction(
                    *(office, files, number, item_id, Mark(found[1], start, end)),
                    actor=actor,
                    claims=claims_of(like.grounds),
                    note_text=like.note,
                    note_shown=like.note_shown,
                    seen=seen,
                )
                told = f"bar={made.redaction.id}"
            else:
                mark = _mark(asked, fields_of_item(office, files, number, item_id))
                made = add_redaction(
                    *(office, files, number, item_id, mark),
                    actor=actor,
                    claims=claims_in(asked),
                    seen=seen,
                )
                told = f"bar={made.redaction.id}"
    except ArchiverError as wrong:
        return review_page(visit, request, item_id, asked, wanted, str(wrong))
    return Redirect(address(request, item_id, wanted, told) + "#bars")


def _everywhere(asked: Asked, request: Request, fields: Sequence[Field]) -> Answer:
    """On to every place of the request that holds the selected words, or those typed."""
    words = asked.given("words").replace("\r\n", "\n")
    if asked.given("everywhere") == "selected":
        span = _SPAN.fullmatch(asked.given("mark"))
        if span is None:
            raise InputError("select the words to look for first")
        words = field_named(fields, span[1]).value[int(span[2]) : int(span[3])]
    section, item = asked.given("section"), asked.parts["item"]
    return Redirect(everywhere.address(request.number, words, item=item, section=section))


def _standing(office: sqlite3.Connection, item_id: int, bar_id: int) -> Redaction:
    """A bar that stands on the item. Raises BusyError where it was taken off."""
    for bar in redactions_of(office, item_id):
        if bar.id == bar_id:
            return bar
    raise BusyError(f"bar {bar_id} does not stand there any more: look again, nothing was covered")


def _number(asked: Asked, name: str) -> int | None:
    given = asked.given(name)
    return int(given) if given.isdecimal() and len(given) <= 15 else None


def _place(given: str, item_id: int) -> Place | None:
    """The suggestion a button names, or None where it was another button."""
    found = _SUGGESTED.fullmatch(given)
    if found is None:
        return None
    try:
        kind = PersonalKind(found[4])
    except ValueError:
        raise InputError("no such suggestion: open the page again") from None
    return Place(item_id, found[1], int(found[2]), int(found[3]), kind)


def _usual(office: sqlite3.Connection, kind: PersonalKind) -> list[Claim]:
    """The exemption the page named beside the suggestion, where it can be used just so; otherwise
    the bar is a draft until one is named."""
    section = likely_section(kind)
    for ground in grounds_of(office):
        if ground.section == section and ground.attested_on and not ground.needs:
            return [Claim(section)]
    return []


def _mark(asked: Asked, fields: Sequence[Field]) -> Mark:
    """What the form wants covered. Raises InputError where it says nothing that can be."""
    if span := _SPAN.fullmatch(asked.given("mark")):
        return Mark(span[1], int(span[2]), int(span[3]))
    if whole := _WHOLE.fullmatch(asked.given("whole")):
        return Mark(whole[0])
    if region := _WHOLE.fullmatch(asked.given("region")):
        return Mark(region[0], region=_region(asked, region[0]))
    return _words(asked, fields)


def _region(asked: Asked, name: str) -> Region:
    """A part of a picture from four percentages."""
    sides = []
    for side in ("x", "y", "w", "h"):
        try:
            sides.append(float(asked.given(f"{name}.{side}")) / 100)
        except ValueError:
            raise InputError(
                "give the part of the picture as four numbers in per cent: from the left, from the "
                "top, width and height"
            ) from None
    return Region(*sides)


def _words(asked: Asked, fields: Sequence[Field]) -> Mark:
    """The words typed into the plain form, the first or another time they stand in the place."""
    field = field_named(fields, asked.given("field"))
    words = asked.given("words").replace("\r\n", "\n")
    if not words.strip():
        raise InputError("type the words to cover, exactly as they stand there")
    times = asked.given("occurrence")
    wanted = int(times) if times.isdecimal() and 0 < len(times) <= 6 else 1
    place = -1
    for _ in range(wanted):
        place = field.value.find(words, place + 1)
        if place < 0:
            raise InputError(
                f"these words do not stand {wanted} times in the {field.label}: copy them exactly"
                if wanted > 1
                else f"these words do not stand in the {field.label}: copy them exactly"
            )
    return Mark(field.name, place, place + len(words))
