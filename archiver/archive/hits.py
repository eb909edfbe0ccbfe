"""Rows of a page as what a line of the result list shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from archiver.archive import highlight, indexing, scripts
from archiver.archive.highlight import Needle, Snippet
from archiver.archive.stored_text import to_shown
from archiver.archive.vocabulary import state_names

FILES = ("archive", "private")
"""The names of the evidence files, in the order of equal ids."""

_PLACES = {
    "earlier": "an earlier version",
    "people": "the author's name",
    "recipients": "a recipient's name",
    "files": "a file name or description",
}
_FIELDS = (
    "account_id",
    "platform",
    "kind",
    "form",
    "native_id",
    "parent_id",
    "root_id",
    "author_name",
    "author_handle",
    "author_role",
    "created_at",
    "undated",
    "edited_at",
    "removed_at",
    "removed_by",
    "language",
    "version_count",
    "media_count",
)
COLUMNS = f"r.id, f.code, {', '.join(f'r.{name}' for name in _FIELDS)}, r.text"


@dataclass(frozen=True, slots=True)
class Hit:
    """What a line of the result list shows.

    `states` are names of `vocabulary.STATE_NAMES`; `found_in` says where words were found that do
    not stand in the present text ("an earlier version", "a file name or description" …).
    """

    file: str
    id: int
    account_id: int
    platform: str
    kind: str
    form: str
    native_id: str
    parent_id: str | None
    root_id: str | None
    author_name: str | None
    author_handle: str | None
    author_role: str
    created_at: str
    undated: bool
    edited_at: str | None
    removed_at: str | None
    removed_by: str | None
    language: str | None
    version_count: int
    media_count: int
    states: tuple[str, ...]
    snippet: Snippet
    found_in: tuple[str, ...]

    def has(self, state: str) -> bool:
        """Whether the record is in a state ("edited", "removed", "hidden" …)."""
        return state in self.states


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `COLUMNS` and the file it lies in."""

    file: str
    values: tuple[Any, ...]

    @property
    def position(self) -> tuple[int, int]:
        """Where it stands among the rows of both files: later is newer."""
        return self.values[0], -FILES.index(self.file)


def rows_by_id(file: str, connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[Row]:
    """The rows of some records of one file, in no order."""
    marks = ", ".join("?" * len(numbers))
    cursor = connection.cursor()
    cursor.row_factory = None
    sql = f"""
        SELECT {COLUMNS} FROM records r CROSS JOIN facet f ON f.id = r.id WHERE r.id IN ({marks})
    """
    for found in cursor.execute(sql, numbers):
        yield Row(file, found)


def hits_of(
    files: Mapping[str, sqlite3.Connection], rows: Sequence[Row], needles: Sequence[Needle]
) -> Iterator[Hit]:
    """The rows as hits, each with its snippet and where else its words were found."""
    texts = [to_shown(row.values[-1]) for row in rows]
    places = [highlight.find_each(text, needles) for text in texts]
    missing = [
        [needle for needle, each in zip(needles, found, strict=True) if not each]
        for found in places
    ]
    elsewhere = _elsewhere(files, rows, missing)
    for row, text, found, where in zip(rows, texts, places, elsewhere, strict=True):
        number, code, *values, _ = row.values
        shown = dict(zip(_FIELDS, values, strict=True))
        shown["undated"] = bool(shown["undated"])
        for name in ("author_name", "author_handle"):
            shown[name] = shown[name] and to_shown(shown[name])
        yield Hit(
            file=row.file,
            id=number,
            **shown,
            states=_states(code),
            snippet=highlight.snippet(text, highlight.united(found)),
            found_in=where,
        )


@lru_cache(maxsize=8_192)
def _states(code: int) -> tuple[str, ...]:
    return state_names(indexing.read_code(code)[2])


def _elsewhere(
    files: Mapping[str, sqlite3.Connection],
    rows: Sequence[Row],
    missing: Sequence[Sequence[Needle]],
) -> list[tuple[str, ...]]:
    """For each row, the places beside the present text that hold one of its missing needles."""
    columns = ", ".join(_PLACES)
    found: list[tuple[str, ...]] = []
    for row, needles in zip(rows, missing, strict=True):
        if not needles:
            found.append(())
            continue
        sql = f"SELECT {columns} FROM search_docs WHERE id = ?"
        doc = files[row.file].execute(sql, (row.values[0],)).fetchone()
        found.append(
            tuple(
                place
                for place, content in zip(_PLACES.values(), doc, strict=True)
                if content and _holds_any(content, needles)
            )
        )
    return found


def _holds_any(content: str, needles: Sequence[Needle]) -> bool:
    words = [scripts.fold(word) for word in highlight.words_of_cut(content)]
    return highlight.holds_any(words, needles)
