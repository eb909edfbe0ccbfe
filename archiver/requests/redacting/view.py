"""What a requester may see of a version under its bars. Previews and productions both use this one
function, so what was seen is what is produced.

A bar in the view holds its number and the law and nothing of what it covers; whatever is derived
further (layout, comparisons, data files) is derived from the view (DESIGN §7 rule 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from archiver.archive.reading import Version
from archiver.capture.reading_pictures import MARK
from archiver.requests.exemptions import Catalogue
from archiver.requests.redacting.bars import BarKind, Redaction, Region, citations_of
from archiver.requests.redacting.fields import (
    fields_of,
    label_of,
    version_field,
    version_number,
)
from archiver.requests.redacting.passages import Covered, Passage, around

NATIVE_ID = "native_id"
"""The platform's id of a record: covered by itself where its address or its author's id is."""
_GIVES_AWAY = ("url", "author.id")
Bars = Mapping[str, Sequence[Redaction]]
"""Bars by the name of the field they lie on."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar as it is released: several that overlap are one. `notes` are those for the requester,
    `redactions` the ids of the bars that were drawn."""

    number: int
    field: str
    kind: BarKind
    citations: tuple[str, ...]
    notes: tuple[str, ...]
    redactions: tuple[int, ...]
    region: Region | None = None

    @property
    def label(self) -> str:
        """Where it lies, in words."""
        if self.field == NATIVE_ID:
            return "platform’s id of the record"
        label = label_of(self.field)
        return f"part of {label}" if self.kind is BarKind.REGION else label

    @property
    def covered(self) -> Covered:
        """The bar as it stands in a text."""
        return Covered(self.number, self.citations)


@dataclass(frozen=True, slots=True)
class RedactedView:
    """A version under its bars: its texts by field name, and every bar in the order of its number.

    `earlier` are the numbers of the earlier versions that differ from what is shown. `language` is
    None where too little can be read for it to be told.
    """

    texts: Mapping[str, Passage]
    bars: tuple[Bar, ...]
    earlier: tuple[int, ...]
    native_id: Passage
    language: str | None

    def text(self, name: str) -> Passage:
        """The text of a field; empty where the record holds nothing there."""
        return self.texts.get(name, Passage(()))

    def covering(self, name: str) -> Covered | None:
        """The bar over a whole picture or file, or None."""
        for bar in self.bars:
            if bar.field == name and bar.kind is BarKind.MEDIA:
                return bar.covered
        return None

    def regions(self, name: str) -> tuple[Bar, ...]:
        """The bars over parts of a picture."""
        return tuple(bar for bar in self.bars if bar.field == name and bar.kind is BarKind.REGION)


def redacted_view(
    shown: Version, earlier: Sequence[Version], bars: Bars, law: Catalogue | None = None
) -> RedactedView:
    """A version as it is released under `bars`, with those before it that may be printed.

    An earlier version whose text looks the same once both are covered is left out: whether what is
    covered was changed is not told.
    """
    covers: list[Bar] = []
    texts: dict[str, Passage] = {}
    whole = {name for name, over in bars.items() if any(bar.kind is BarKind.MEDIA for bar in over)}
    partly = {name for name, over in bars.items() if any(b.kind is BarKind.REGION for b in over)}
    for field in fields_of(shown, earlier):
        if field.is_media:
            over = _over_media(field.name, bars.get(field.name, ()), law)
            covers += _numbered(over, len(covers))
            continue
        described = _described(field.name)
        # what a program read in a picture says what is covered in it
        if described in whole or (described in partly and MARK in field.value):
            continue
        spans = _merged(field.name, field.value, bars.get(field.name, ()), law)
        numbered = _numbered([bar for _, _, bar in spans], len(covers))
        placed = [
            (start, end, bar.covered) for (start, end, _), bar in zip(spans, numbered, strict=True)
        ]
        passage = around(field.value, placed)
        current = texts.get("text", Passage(())).words
        if version_number(field.name) is not None and passage.words == current:
            continue
        texts[field.name] = passage
        covers += numbered
    native_id = Passage.of(shown.place.native_id)
    telling = [bar for bar in covers if bar.field in _GIVES_AWAY]
    if telling:
        covers += _numbered([_joined(NATIVE_ID, BarKind.FIELD, telling)], len(covers))
        native_id = Passage((covers[-1].covered,))
    kept = [each.n for each in earlier if version_field(each.n) in texts]
    if texts.get("text"):
        kept = [each.n for each in earlier if each.n in kept or not each.text]
    return RedactedView(texts, tuple(covers), tuple(kept), native_id, _language(shown, texts))


def bars_by_field(
    number: int,
    own: Iterable[Redaction],
    others: Iterable[tuple[int, Iterable[Redaction]]] = (),
) -> dict[str, list[Redaction]]:
    """The bars that count for version `number` of a record: the item's own, and those drawn on the
    same texts through other items of the request, as (version number, its bars).

    A version can be collected by itself and come along as the past of a later one: what is covered
    in one place is covered in the other.
    """
    found: dict[str, list[Redaction]] = {}
    for bar in own:
        found.setdefault(bar.field, []).append(bar)
    for other, bars in others:
        for bar in bars:
            text_of = other if bar.field == "text" else version_number(bar.field)
            if text_of is not None and text_of <= number:
                name = "text" if text_of == number else version_field(text_of)
                found.setdefault(name, []).append(bar)
    return found


def _described(name: str) -> str:
    """The picture or file a field describes: covered whole, its description goes with it unsaid."""
    return name.removesuffix(".alt") if name.endswith(".alt") else ""


def _merged(
    name: str, value: str, bars: Sequence[Redaction], law: Catalogue | None
) -> list[tuple[int, int, Bar]]:
    """Spans in order; what overlaps becomes one, on the grounds of both."""
    size = len(value)
    spans = sorted(
        ((*_span(bar, size), _drawn(name, bar, law)) for bar in bars),
        key=lambda each: (each[0], each[1], each[2].redactions),
    )
    merged: list[tuple[int, int, list[Bar]]] = []
    for start, end, bar in spans:
        if merged and start < merged[-1][1]:
            first, last, joined = merged[-1]
            merged[-1] = (first, max(last, end), [*joined, bar])
        elif start < end:
            merged.append((start, end, [bar]))
    return [
        (start, end, _joined(name, _kind(start, end, size), joined))
        for start, end, joined in merged
    ]


def _span(bar: Redaction, size: int) -> tuple[int, int]:
    if bar.kind is BarKind.FIELD:
        return 0, size
    return min(bar.start or 0, size), min(bar.end or 0, size)


def _kind(start: int, end: int, size: int) -> BarKind:
    return BarKind.FIELD if (start, end) == (0, size) else BarKind.SPAN


def _over_media(name: str, bars: Sequence[Redaction], law: Catalogue | None) -> list[Bar]:
    """One bar over the whole where there is one, else the regions."""
    drawn = [replace(_drawn(name, bar, law), region=bar.region) for bar in bars]
    if any(bar.kind is BarKind.MEDIA for bar in bars):
        return [_joined(name, BarKind.MEDIA, drawn)]
    return drawn


def _drawn(name: str, bar: Redaction, law: Catalogue | None) -> Bar:
    notes = (bar.note,) if bar.note and bar.note_shown else ()
    return Bar(0, name, bar.kind, citations_of(bar.grounds, law), notes, (bar.id,))


def _joined(name: str, kind: BarKind, bars: Sequence[Bar]) -> Bar:
    return Bar(
        0,
        name,
        kind,
        tuple(dict.fromkeys(cited for bar in bars for cited in bar.citations)),
        tuple(dict.fromkeys(note for bar in bars for note in bar.notes)),
        tuple(dict.fromkeys(one for bar in bars for one in bar.redactions)),
    )


def _numbered(bars: Sequence[Bar], after: int) -> list[Bar]:
    return [replace(bar, number=number) for number, bar in enumerate(bars, after + 1)]


def _language(shown: Version, texts: Mapping[str, Passage]) -> str | None:
    """The text's language, untold where no letter of it can be read: the platform named it from the
    whole text."""
    text = texts.get("text", Passage(()))
    if text.bars and not any(char.isalpha() for char in text.visible):
        return None
    return shown.details.language
