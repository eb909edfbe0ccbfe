"""Everything in a request that names the author of one record, offered together.

A name that is covered in one place is told by the handle in another, by an answer that mentions it,
by the address of the record, by who repeats its words. What is found is shown first and covered
only where a person ticks it (`everywhere.cover_everywhere`).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence

from archiver.archive.groups import PersonFacts
from archiver.archive.reading import Version
from archiver.errors import InputError
from archiver.items import Kind
from archiver.requests.items import ProductionItem, items_for_production
from archiver.requests.redacting.bars import BarKind, steps_on
from archiver.requests.redacting.everywhere import Files, Occurrence, before, told
from archiver.requests.redacting.fields import AUTHOR, Field, fields_of
from archiver.requests.redacting.folding import fold, occurrences

_SHORTEST_NAME = 3
_SHORTEST_ID = 6
_SHORTEST_QUOTE = 24
"""Characters: what is shorter stands in too many texts to be told as the same words."""
_RECIPIENT = re.compile(r"recipient:(\d+)")
Span = tuple[Field, int, int]


def find_together(
    conn: sqlite3.Connection, files: Files, number: str, item_id: int
) -> list[Occurrence]:
    """Every place in the request's items that names the author of an item: name, handle, id and
    address of all their records, the pictures of their profile, where they are a recipient,
    mentions, and their words repeated.

    `files` are the archive's files the person may see. What is in quarantine or no longer as
    collected is left out. Raises InputError where there is no such item among them.
    """
    readable = [
        each
        for each in items_for_production(conn, files, number)
        if each.version is not None and each.problem is None
    ]
    shown = next((e.version for e in readable if e.item.id == item_id), None)
    if shown is None:
        raise InputError(f"request {number} has no item {item_id} that can be read here")
    found: list[Occurrence] = []
    words = _telling(shown)
    for each in readable:
        places = _largest(_places(each, shown, words, files))
        seen = steps_on(conn, each.item.id) if places else 0
        found += [told(each.item.id, *place, each.item.redactions, seen) for place in places]
        found += _portraits(conn, each, shown)
    return found


def _portraits(
    conn: sqlite3.Connection, each: ProductionItem, shown: Version
) -> Iterator[Occurrence]:
    """The pictures of the author's profile: what people look at tells who it is."""
    version = each.version
    if version is None or version.place.kind != Kind.PROFILE:
        return
    if not _same(version.author, shown.author):
        return
    for number in range(1, len(version.media) + 1):
        name = f"media:{number}"
        covered = any(
            bar.field == name and bar.kind is BarKind.MEDIA for bar in each.item.redactions
        )
        yield Occurrence(
            *(each.item.id, name, 0, 0, "", "(the picture)", ""),
            covered=covered,
            seen=steps_on(conn, each.item.id),
        )


def _places(
    each: ProductionItem, shown: Version, words: Sequence[str], files: Files
) -> Iterator[Span]:
    version = each.version
    if version is None:
        return
    theirs = _same(version.author, shown.author)
    for field in fields_of(version, before(files[each.item.file], version)):
        if field.is_media:
            continue
        whole = (theirs and field.name in (*AUTHOR, "url")) or _is_recipient(field, version, shown)
        if whole:
            yield field, 0, len(field.value)
            continue
        for one in words:
            yield from ((field, start, end) for start, end in occurrences(field.value, one))
        if version.id != shown.id and len(shown.text) >= _SHORTEST_QUOTE:
            quoted = occurrences(field.value, shown.text.strip())
            yield from ((field, start, end) for start, end in quoted)


def _telling(shown: Version) -> list[str]:
    """The words that name the author: name, handle with and without its @, ids, address."""
    author, found = shown.author, []
    for name in (author.display_name, author.handle):
        if name and len(name.strip()) >= _SHORTEST_NAME:
            found.append(name.strip())
    if author.handle and len(author.handle) >= _SHORTEST_NAME:
        found.append(f"@{author.handle.removeprefix('@')}")
    for identifier in (author.native_id, shown.place.native_id):
        if identifier and len(identifier) >= _SHORTEST_ID:
            found.append(identifier)
    if shown.details.url:
        found.append(shown.details.url)
    return sorted(dict.fromkeys(found), key=len, reverse=True)


def _same(one: PersonFacts, other: PersonFacts) -> bool:
    """Whether two people are the same: by the platform's id, else by handle."""
    if one.native_id and other.native_id:
        return one.native_id == other.native_id
    return bool(one.handle and other.handle) and fold(one.handle or "") == fold(other.handle or "")


def _is_recipient(field: Field, version: Version, shown: Version) -> bool:
    found = _RECIPIENT.fullmatch(field.name)
    if found is None:
        return False
    place = int(found[1]) - 1
    recipients = version.author.recipients
    return place < len(recipients) and _same(recipients[place], shown.author)


def _largest(places: Iterator[Span]) -> list[Span]:
    """Places in their order without those that lie inside another of the same field."""
    by_field: dict[str, list[Span]] = {}
    for field, start, end in places:
        by_field.setdefault(field.name, []).append((field, start, end))
    kept: list[Span] = []
    for spans in by_field.values():
        reach = -1
        for field, start, end in sorted(spans, key=lambda each: (each[1], -each[2])):
            if end > reach:
                kept.append((field, max(start, reach) if start < reach else start, end))
                reach = end
    return kept
