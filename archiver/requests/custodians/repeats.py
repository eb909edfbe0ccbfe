"""Records the archive holds already, when another comes in: pointed out, never merged.

A message that an official forwards may have been captured from the city's account as well, or been
handed in by another custodian. Somebody looks at both and decides.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archiver.archive.ids import SLOTS_PER_SECOND, id_floor
from archiver.items import Author, Item
from archiver.requests.custodians.reading import Part

BYTES = "same bytes"
MESSAGE = "same message"
WORDS = "same words, author and time"
MOST = 20
"""Repeats pointed out for one record."""
_REACH = 60 * SLOTS_PER_SECOND
"""How far past its second a record's id may lie where many share it."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A record that repeats another, and by what that was seen."""

    file: str
    record_id: int
    why: str


def repeats_of(
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    part: Part,
    record_id: int,
    digests: Sequence[str],
) -> list[Repeat]:
    """What the archive held of a record before it came in as `record_id` of private.db.

    `digests` are the SHA-256 of its own file (where it stands for the whole of one) and its media.
    """
    found: dict[tuple[str, int], Repeat] = {}
    for each in _all(office, files, part, digests):
        if (each.file, each.record_id) != ("private", record_id):
            found.setdefault((each.file, each.record_id), each)
    return list(found.values())[:MOST]


def repeats_of_record(office: sqlite3.Connection, record_id: int) -> list[Repeat]:
    """What was pointed out of a record of private.db that was handed in."""
    found = office.execute(
        "SELECT repeats.file, repeats.record_id, why FROM handed_in_repeats AS repeats "
        "JOIN handed_in_records AS made ON made.id = repeats.made_id WHERE made.record_id = ? "
        "ORDER BY repeats.id",
        (record_id,),
    )
    return [Repeat(each["file"], each["record_id"], each["why"]) for each in found]


def _all(
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    part: Part,
    digests: Sequence[str],
) -> Iterator[Repeat]:
    for digest in digests:
        for each in office.execute(
            "SELECT record_id FROM handed_in_records AS made JOIN handed_in_files AS files "
            "ON files.id = made.file_id WHERE files.sha256 = ? AND made.part = 1 LIMIT ?",
            (digest, MOST),
        ):
            yield Repeat("private", each["record_id"], BYTES)
        for file, connection in files.items():
            for each in connection.execute(
                "SELECT DISTINCT record_id FROM record_media WHERE sha256 = ? LIMIT ?",
                (bytes.fromhex(digest), MOST),
            ):
                yield Repeat(file, each["record_id"], BYTES)
    if part.message_id:
        for each in office.execute(
            "SELECT record_id FROM handed_in_records WHERE message_id = ? LIMIT ?",
            (part.message_id, MOST),
        ):
            yield Repeat("private", each["record_id"], MESSAGE)
    yield from _same_words(files, part)


def _same_words(files: Mapping[str, sqlite3.Connection], part: Part) -> Iterator[Repeat]:
    """Records of the same second, words and author. Without a time of its own, and without words,
    nothing can be told to be the same."""
    item = part.item
    wanted = {_plain(item.text), _plain(part.words)} - {""}
    if item.created_at is None or not wanted:
        return
    first = id_floor(item.created_at)
    for file, connection in files.items():
        for each in connection.execute(
            "SELECT id, text, author_handle, author_name FROM records "
            "WHERE id BETWEEN ? AND ? AND created_at = ?",
            (first, first + _REACH, item.created_at),
        ):
            names = {_plain(each["author_handle"]), _plain(each["author_name"])} - {""}
            if _plain(each["text"]) in wanted and names & _names(item):
                yield Repeat(file, each["id"], WORDS)


def _names(item: Item) -> set[str]:
    author: Author = item.author
    return {_plain(author.handle), _plain(author.display_name)} - {""}


def _plain(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
