"""In what two accounts of the same thing differ: text, time, attachments, author."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from archiver.archive.groups import NO_MEDIA, read_author, read_media, read_place
from archiver.archive.stored_text import to_shown

TEXT, TIME, ATTACHMENTS, AUTHOR = "text", "time", "attachments", "author"
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """What one version says, as far as two are compared. `created_at` is None where it does not
    say; `held` is how many of its `attachments` the archive has the bytes of."""

    text: str
    created_at: str | None
    attachments: int
    held: int
    author: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two versions differ, and what each says, in words."""

    what: str
    one: str
    other: str


def differences(one: Told, other: Told) -> tuple[Difference, ...]:
    """In what two versions differ; nothing where they say the same."""
    compared = (
        (TEXT, one.text, other.text),
        (TIME, one.created_at or "not said", other.created_at or "not said"),
        (ATTACHMENTS, _attached(one), _attached(other)),
        (AUTHOR, one.author or "not said", other.author or "not said"),
    )
    return tuple(Difference(*each) for each in compared if each[1] != each[2])


def _attached(told: Told) -> str:
    if not told.attachments:
        return "none"
    if told.held == told.attachments:
        return f"{told.attachments}"
    return f"{told.attachments}, of which {told.held} are held"


def told_by(connection: sqlite3.Connection, version_ids: Iterable[int]) -> Mapping[int, Told]:
    """What versions say, by their ids; ids the file does not hold are left out."""
    wanted = list(version_ids)
    found: dict[int, Told] = {}
    cursor = connection.cursor()
    cursor.row_factory = None
    for start in range(0, len(wanted), _AT_ONCE):
        some = msgspec.json.encode(wanted[start : start + _AT_ONCE]).decode()
        for number, text, author, place, media in cursor.execute(
            "SELECT v.id, v.text, v.author, v.place, v.media FROM json_each(?) AS wanted"
            " CROSS JOIN versions AS v ON v.id = wanted.value",
            (some,),
        ):
            found[number] = _told(text, author, place, media)
    return found


def _told(text: str, author: str, place: str, media: str) -> Told:
    who, shown = read_author(author), () if media == NO_MEDIA else read_media(media)
    return Told(
        to_shown(text),
        read_place(place).created_at,
        len(shown),
        sum(each.sha256 is not None for each in shown),
        to_shown(who.display_name or who.handle or who.native_id or ""),
    )
