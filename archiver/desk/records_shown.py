"""A collected record as the review page draws it: its places in pieces, its bars, and what a
requester would be given of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.reading import Version, versions
from archiver.database import rows
from archiver.desk.canvas import Piece, Suggested, pieces
from archiver.desk.galleries import Picture, pictures_of
from archiver.requests.book import Item
from archiver.requests.redacting.bars import Draft, Redaction, drafts, redactions_of, steps_on
from archiver.requests.redacting.fields import Field, fields_of
from archiver.requests.redacting.telling import Companion, companions
from archiver.requests.redacting.view import RedactedView, bars_by_field, redacted_view

Files = Mapping[str, sqlite3.Connection]


@dataclass(frozen=True, slots=True)
class DrawnField:
    """A place of the record with its text in pieces; `whole` is the bar over all of it, if any."""

    name: str
    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A standing bar as the table lists it. `draft` says why it cannot be produced, or nothing;
    `words` are those it covers, empty over a picture."""

    number: int
    redaction: Redaction
    label: str
    size: str
    draft: str
    words: str


@dataclass(frozen=True, slots=True)
class GivenAway:
    """A place that is not covered and gives away what the bar of that `number` covers. `words` are
    those that stand there."""

    place: Companion
    number: int
    words: str

    @property
    def key(self) -> str:
        """How a form names it: the place, and the bar whose exemption it takes over."""
        start, end = ("" if each is None else each for each in (self.place.start, self.place.end))
        return f"{self.place.field}|{start}|{end}|{self.place.bar}"


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture or file with its place's name, its bars and who looked at it in review."""

    name: str
    picture: Picture
    regions: tuple[DrawnBar, ...]
    covered: DrawnBar | None
    seen_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the canvas holds. `steps` is what a form that changes the bars hands back."""

    fields: Mapping[str, DrawnField]
    pictures: tuple[DrawnPicture, ...]
    bars: tuple[DrawnBar, ...]
    given_away: tuple[GivenAway, ...]
    view: RedactedView
    earlier: tuple[Version, ...]
    steps: int

    @property
    def others(self) -> list[DrawnField]:
        """The places beside the text, the author's name and what pictures carry."""
        apart = ("text", "author.name")
        return [
            field
            for name, field in self.fields.items()
            if name not in apart and not name.startswith(("media:", "version:"))
        ]


def shown_record(
    conn: sqlite3.Connection,
    files: Files,
    item: Item,
    collected: Version,
    *,
    suggestions: Sequence[Suggested] = (),
    seen: Mapping[int, Sequence[str]],
) -> Shown:
    """Draw an item's record in the version that was collected."""
    archive = files[item.file]
    earlier = [each for each in versions(archive, item.record_id) if each.n < collected.n]
    own = redactions_of(conn, item.id)
    view = redacted_view(
        collected, earlier, bars_by_field(collected.n, own, _others(conn, archive, item))
    )
    numbers = {each: bar.number for bar in view.bars for each in bar.redactions}
    fields = fields_of(collected, earlier)
    values = {field.name: field for field in fields}
    bars = _bars(own, values, numbers, drafts(conn, own))
    return Shown(
        {
            field.name: DrawnField(
                field.name,
                field.label,
                tuple(
                    pieces(
                        field,
                        [bar for bar in own if bar.field == field.name],
                        numbers,
                        [one for one in suggestions if one.field == field.name],
                    )
                ),
            )
            for field in fields
            if not field.is_media
        },
        tuple(_pictures(pictures_of(archive, collected), bars, seen)),
        bars,
        _given_away(fields, own, numbers),
        view,
        tuple(reversed(earlier)),
        steps_on(conn, item.id),
    )


def _others(
    conn: sqlite3.Connection, archive: sqlite3.Connection, item: Item
) -> list[tuple[int, list[Redaction]]]:
    """The bars on other versions of the record in this request, by the number of the version."""
    numbers = {each.id: each.n for each in versions(archive, item.record_id)}
    return [
        (numbers[each["version_id"]], redactions_of(conn, each["id"]))
        for each in rows(
            conn,
            "SELECT id, version_id FROM request_items WHERE request_id = ? AND file = ? "
            "AND record_id = ? AND id <> ?",
            *(item.request_id, item.file, item.record_id, item.id),
        )
        if each["version_id"] in numbers
    ]


def _bars(
    own: Sequence[Redaction],
    values: Mapping[str, Field],
    numbers: Mapping[int, int],
    waiting: Sequence[Draft],
) -> tuple[DrawnBar, ...]:
    why = {draft.redaction_id: draft.why for draft in waiting}
    found = [
        DrawnBar(
            numbers.get(bar.id, 0),
            bar,
            values[bar.field].label if bar.field in values else bar.field,
            _size(bar, values.get(bar.field)),
            why.get(bar.id, ""),
            values[bar.field].value[bar.start : bar.end] if bar.field in values else "",
        )
        for bar in own
    ]
    return tuple(sorted(found, key=lambda each: (each.number, each.redaction.id)))


def _given_away(
    fields: Sequence[Field], own: Sequence[Redaction], numbers: Mapping[int, int]
) -> tuple[GivenAway, ...]:
    values = {field.name: field.value for field in fields}
    return tuple(
        GivenAway(one, numbers.get(one.bar, 0), values[one.field][one.start : one.end])
        for one in companions(fields, own)
    )


def _size(bar: Redaction, field: Field | None) -> str:
    """How much a bar covers, in words."""
    if bar.region is not None:
        return "part of the picture"
    if bar.start is None or bar.end is None or field is None:
        return "all of it"
    words = len(field.value[bar.start : bar.end].split())
    return "1 word" if words == 1 else f"{words} words"


def _pictures(
    pictures: Sequence[Picture], bars: Sequence[DrawnBar], seen: Mapping[int, Sequence[str]]
) -> list[DrawnPicture]:
    found = []
    for picture in pictures:
        name = f"media:{picture.position + 1}"
        here = [bar for bar in bars if bar.redaction.field == name]
        found.append(
            DrawnPicture(
                name,
                picture,
                tuple(bar for bar in here if bar.redaction.region is not None),
                next((bar for bar in here if bar.redaction.region is None), None),
                tuple(seen.get(picture.position, ())),
            )
        )
    return found
