"""The same words suggested in many records of a request: answered once for all of them.

A city's own telephone number stands in hundreds of its posts; a clerk says so once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archiver.config import Settings
from archiver.requests.finding.asking import Suggestion, open_suggestions_in
from archiver.requests.finding.folding import fold, squeeze
from archiver.requests.finding.found import PersonalKind
from archiver.requests.finding.scanning import fields_as_collected
from archiver.requests.items import Item

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Repeated:
    """Open suggestions of one kind with the same words. `words` are those of the first, `items` the
    items it stands in."""

    kind: PersonalKind
    words: str
    suggestions: tuple[Suggestion, ...]
    items: tuple[Item, ...]


def repeated_suggestions(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    number: str,
) -> list[Repeated]:
    """The suggestions of a request that wait, by what they say, the most frequent first.

    Numbers are the same whatever stands between their digits, words whatever their case. `files`
    are the archive's files as far as the person may see them.
    """
    waiting = open_suggestions_in(conn, files, settings, number)
    groups: dict[tuple[PersonalKind, str], list[tuple[Item, Suggestion, str]]] = {}
    for item, suggestion, words in _words(files, waiting):
        said = squeeze(fold(words)).text or words
        groups.setdefault((suggestion.place.kind, said), []).append((item, suggestion, words))
    repeated = [
        Repeated(
            kind,
            found[0][2],
            tuple(suggestion for _, suggestion, _ in found),
            tuple({item.id: item for item, _, _ in found}.values()),
        )
        for (kind, _), found in groups.items()
    ]
    return sorted(repeated, key=lambda each: (-len(each.suggestions), each.kind, each.words))


def _words(
    files: Mapping[str, sqlite3.Connection], waiting: Sequence[tuple[Item, Sequence[Suggestion]]]
) -> Iterator[tuple[Item, Suggestion, str]]:
    """What each suggestion says, as far as it can be read here, some hundred versions at a time."""
    for start in range(0, len(waiting), _BATCH):
        batch = waiting[start : start + _BATCH]
        read = fields_as_collected(files, [item for item, _ in batch])
        for item, suggestions in batch:
            fields = dict(read.get(item.id, ()))
            for each in suggestions:
                place = each.place
                if place.field in fields:
                    yield item, each, fields[place.field][place.start : place.end]
