"""What gives away what is covered: the other places of a record that say the same.

These are warnings, nothing is covered by them: who covers an author's name is told of the handle,
the address and every mention that still name the author.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archiver.requests.redacting.bars import BarKind, Redaction
from archiver.requests.redacting.fields import AUTHOR, Field, label_of, media_number
from archiver.requests.redacting.folding import fold, occurrences
from archiver.requests.searches import LoggedSearch

_SHORTEST = 3
_NAMES_THE_AUTHOR = (*AUTHOR, "url")
_SAME_PERSON = "names the same person or record"


@dataclass(frozen=True, slots=True)
class Companion:
    """A place that is not covered and gives away what is. `start` and `end` (code points) are None
    where all of the field does; `of` is the covered field, `bar` the id of the bar over it."""

    field: str
    start: int | None
    end: int | None
    of: str
    why: str
    bar: int

    @property
    def label(self) -> str:
        """The place in words."""
        return label_of(self.field)


def companions(fields: Sequence[Field], bars: Sequence[Redaction]) -> list[Companion]:
    """The uncovered places of a record that give away what its bars cover.

    `fields` are `fields_of_item`'s, `bars` those that stand. An author's name, handle, id and the
    record's address name the same person, a description tells what a picture shows, and the very
    words that are covered may stand elsewhere: in the text, in a link, in an earlier version.
    """
    by_name = {field.name: field for field in fields}
    found: dict[tuple[str, int | None, int | None], Companion] = {}
    for bar in bars:
        for one in (*_same_person(by_name, bar), *_same_picture(by_name, bar)):
            found.setdefault((one.field, one.start, one.end), one)
        for one in _same_words(fields, by_name, bar):
            found.setdefault((one.field, one.start, one.end), one)
    whole = {one.field for one in found.values() if one.start is None}
    return [
        one
        for one in found.values()
        if not (one.start is not None and one.field in whole) and not _is_covered(one, bars)
    ]


def told_by_searches(
    fields: Sequence[Field], bars: Sequence[Redaction], searches: Sequence[LoggedSearch]
) -> list[LoggedSearch]:
    """The logged searches whose words hold what is covered: a packet prints them in its statement
    of search."""
    by_name = {field.name: field for field in fields}
    covered = [words for bar in bars if (words := _words(by_name, bar))]
    return [
        search for search in searches if any(fold(words) in fold(search.text) for words in covered)
    ]


def _same_person(by_name: dict[str, Field], bar: Redaction) -> Iterator[Companion]:
    if bar.field in _NAMES_THE_AUTHOR:
        for name in _NAMES_THE_AUTHOR:
            if name != bar.field and name in by_name:
                yield Companion(
                    name, None, None, bar.field, "names the same person or record", bar.id
                )


def _same_picture(by_name: dict[str, Field], bar: Redaction) -> Iterator[Companion]:
    if bar.kind is BarKind.REGION and f"{bar.field}.alt" in by_name:
        yield Companion(f"{bar.field}.alt", None, None, bar.field, "describes the picture", bar.id)
    if bar.field.endswith(".alt"):
        picture = bar.field.removesuffix(".alt")
        if picture in by_name:
            yield Companion(picture, None, None, bar.field, "shows what is described", bar.id)


def _same_words(
    fields: Sequence[Field], by_name: dict[str, Field], bar: Redaction
) -> Iterator[Companion]:
    words = _words(by_name, bar)
    if words is None:
        return
    for field in fields:
        for start, end in occurrences(field.value, words):
            if not (field.name == bar.field and _within(start, end, bar)):
                yield Companion(field.name, start, end, bar.field, "holds the same words", bar.id)


def _words(by_name: dict[str, Field], bar: Redaction) -> str | None:
    """What a bar covers, where it is long enough to be told from other words."""
    if media_number(bar.field) is not None or bar.field not in by_name:
        return None
    words = by_name[bar.field].value[bar.start : bar.end].strip().removeprefix("@")
    return words if len(fold(words)) >= _SHORTEST else None


def _within(start: int, end: int, bar: Redaction) -> bool:
    if bar.kind is BarKind.FIELD:
        return True
    return bar.start is not None and bar.end is not None and bar.start <= start and end <= bar.end


def _is_covered(one: Companion, bars: Sequence[Redaction]) -> bool:
    """Whether a bar lies over it: over the whole of a field, any part of it, or over the words."""
    for bar in bars:
        if bar.field == one.field.removesuffix(".alt") and bar.kind is BarKind.MEDIA:
            return True
        if bar.field == one.field and (
            one.start is None or one.end is None or _within(one.start, one.end, bar)
        ):
            return True
    return False
