"""Which records of a page of results say the same as one above them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.reading import Record, records, worded_versions
from archiver.archive.search import Hit
from archiver.items import Kind
from archiver.requests.clustering.likeness import Entry, Likeness, groups_of

_WORDS = {
    Likeness.SAME: "The same words as",
    Likeness.SAME_OTHER_MEDIA: "The same words, with other pictures or files, as",
    Likeness.SAME_MEDIA: "The same pictures or files as",
}


@dataclass(frozen=True, slots=True)
class Repeat:
    """How a record repeats one that stands above it on the page."""

    above: Record
    words: str


def repeats_among(
    files: Mapping[str, sqlite3.Connection], hits: Sequence[Hit]
) -> dict[tuple[str, int], Repeat]:
    """The hits that say the same as an earlier one of the same page, by file and record id."""
    found = {
        (file, each.id): each
        for file, connection in files.items()
        for each in records(connection, [hit.id for hit in hits if hit.file == file])
    }
    on_page = [key for hit in hits if (key := (hit.file, hit.id)) in found]
    return {
        like.key: Repeat(
            found[group.leader],
            _WORDS.get(like.likeness, f"{like.percent} % of the words the same as"),
        )
        for group in groups_of(_entries(files, found, on_page))
        for like in group.likes
    }


def _entries(
    files: Mapping[str, sqlite3.Connection],
    found: Mapping[tuple[str, int], Record],
    on_page: Sequence[tuple[str, int]],
) -> Iterator[Entry[tuple[str, int]]]:
    said = {
        (file, each.version_id): each
        for file, connection in files.items()
        for each in worded_versions(
            connection, [found[key].version_id for key in on_page if key[0] == file]
        )
    }
    for key in on_page:
        each = said.get((key[0], found[key].version_id))
        # a reaction is one of a few signs: that two are the same says nothing
        if each is not None and each.kind != Kind.REACTION:
            yield Entry(key, each.text, each.media)
