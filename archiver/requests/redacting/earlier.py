"""What earlier volumes showed of a record, held against what is covered of it now.

A record that was given to one requester and is covered for the next, or the other way round, is
either a mistake or has a reason; it stops the decision until a person says which.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from archiver.archive.reading import Version, version, versions
from archiver.database import row, rows
from archiver.errors import InputError
from archiver.requests.intake import get_request
from archiver.requests.redacting.bars import (
    BarKind,
    Redaction,
    Region,
    redactions_by_id,
    redactions_of,
)
from archiver.requests.redacting.fields import field_named, fields_of, label_of
from archiver.requests.redacting.folding import fold
from archiver.requests.redacting.view import bars_by_field, redacted_view

Files = Mapping[str, sqlite3.Connection]
_SHORTEST = 3
"""Characters: what is shorter stands in too many texts to be told as the same words."""


class Difference(StrEnum):
    """How an earlier volume and the present bars differ."""

    SHOWN_THEN = "shown then, covered now"
    COVERED_THEN = "covered then, shown now"
    RELEASED_THEN = "released then, withheld now"
    NOT_COMPARED = "another version was released then"


@dataclass(frozen=True, slots=True)
class EarlierRelease:
    """A volume that held a version of a record: which request's, under which bars. `at` is UTC."""

    request: str
    volume: int
    at: str
    item_id: int
    version_id: int
    bars: tuple[Redaction, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where an item's bars differ from an earlier release of the same record. `field` is a place of
    the item, with `start` and `end` where it is words of it."""

    item_id: int
    request: str
    volume: int
    at: str
    what: Difference
    field: str
    start: int | None = None
    end: int | None = None

    @property
    def words(self) -> str:
        """It in one line, without the words themselves."""
        place = f"{label_of(self.field)}: " if self.field else ""
        return f"{place}{self.what.value} (request {self.request}, volume {self.volume})"


def note_released(
    conn: sqlite3.Connection,
    released: Iterable[tuple[int, Sequence[int]]],
    *,
    volume: int,
    at: str,
) -> None:
    """Note that a volume released items, as (item id, ids of the bars it stood under), in the
    caller's transaction."""
    for item_id, bars in released:
        cursor = conn.execute(
            "INSERT INTO main.item_releases (item_id, volume, at) VALUES (?, ?, ?)",
            (item_id, volume, at),
        )
        conn.executemany(
            "INSERT INTO main.item_release_bars (release_id, redaction_id) VALUES (?, ?)",
            ((cursor.lastrowid, bar) for bar in bars),
        )


def releases_of(conn: sqlite3.Connection, file: str, record_id: int) -> list[EarlierRelease]:
    """Every volume of any request that released a version of a record, oldest first."""
    found = rows(
        conn,
        """
        SELECT releases.id, number, volume, releases.at, items.id AS item_id, version_id
        FROM item_releases AS releases
        JOIN request_items AS items ON items.id = item_id
        JOIN requests ON requests.id = request_id
        WHERE file = ? AND record_id = ? ORDER BY releases.id
        """,
        file,
        record_id,
    )
    return [
        EarlierRelease(
            each["number"],
            each["volume"],
            each["at"],
            each["item_id"],
            each["version_id"],
            tuple(redactions_by_id(conn, _bar_ids(conn, each["id"]))),
        )
        for each in found
    ]


def released_before(
    conn: sqlite3.Connection, item_ids: Sequence[int], *, withheld: bool = False
) -> list[int]:
    """Which of these items hold a record that some volume has released already and that may differ
    now: something of it is covered, was covered then, or all of it is `withheld`."""
    found = rows(
        conn,
        """
        SELECT DISTINCT mine.id FROM item_releases AS releases
        JOIN request_items AS theirs ON theirs.id = item_id
        JOIN request_items AS mine
            ON mine.file = theirs.file AND mine.record_id = theirs.record_id
        WHERE mine.id IN (SELECT value FROM json_each(?)) AND (
            ? OR EXISTS (SELECT 1 FROM request_redactions WHERE item_id = mine.id)
            OR EXISTS (SELECT 1 FROM item_release_bars WHERE release_id = releases.id)
        ) ORDER BY mine.id
        """,
        msgspec.json.encode(list(item_ids)).decode(),
        withheld,
    )
    return [each["id"] for each in found]


def conflicts_of(
    conn: sqlite3.Connection,
    files: Files,
    number: str,
    item_id: int,
    *,
    withheld: bool = False,
) -> list[Conflict]:
    """Where an item as it is covered now (or `withheld` whole) differs from what was released.

    `files` are the archive's files the person may see; where the item's is not among them, another
    version that was released cannot be compared and is told as that. Each place is told once, with
    the latest volume. Raises InputError where there is no such item.
    """
    request = get_request(conn, number)
    found = row(
        conn,
        "SELECT file, record_id, version_id FROM request_items WHERE request_id = ? AND id = ?",
        request.id,
        item_id,
    )
    if found is None:
        raise InputError(f"request {request.number} has no item {item_id}")
    bars = redactions_of(conn, item_id)
    told: dict[tuple[object, ...], Conflict] = {}
    for then in releases_of(conn, found["file"], found["record_id"]):
        for what, field, start, end in _differences(
            files.get(found["file"]), found["version_id"], bars, then, withheld
        ):
            conflict = Conflict(
                *(item_id, then.request, then.volume, then.at, what, field, start, end)
            )
            told[what, field, start, end] = conflict
    return list(told.values())


_Found = tuple[Difference, str, int | None, int | None]


def _differences(
    archive: sqlite3.Connection | None,
    version_id: int,
    bars: Sequence[Redaction],
    then: EarlierRelease,
    withheld: bool,
) -> Iterator[_Found]:
    if withheld:
        yield Difference.RELEASED_THEN, "", None, None
    elif not bars and not then.bars:
        return
    elif then.version_id == version_id:
        for bar in _outside(bars, then.bars):
            yield Difference.SHOWN_THEN, bar.field, bar.start, bar.end
        for bar in _outside(then.bars, bars):
            yield Difference.COVERED_THEN, bar.field, bar.start, bar.end
    elif archive is None:
        yield Difference.NOT_COMPARED, "", None, None
    else:
        yield from _by_words(archive, version_id, bars, then)


def _outside(these: Sequence[Redaction], those: Sequence[Redaction]) -> list[Redaction]:
    """Bars of `these` that cover something `those` left open."""
    return [bar for bar in these if not _is_within(bar, [b for b in those if b.field == bar.field])]


def _is_within(bar: Redaction, others: Sequence[Redaction]) -> bool:
    if any(other.kind in (BarKind.FIELD, BarKind.MEDIA) for other in others):
        return True
    if bar.kind is BarKind.REGION and bar.region is not None:
        return any(_holds(other.region, bar.region) for other in others if other.region)
    if bar.kind is not BarKind.SPAN:
        return False
    place = bar.start or 0
    for start, end in sorted((other.start or 0, other.end or 0) for other in others):
        if start > place:
            return False
        place = max(place, end)
        if place >= (bar.end or 0):
            return True
    return False


def _holds(outer: Region, inner: Region) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and outer.x + outer.w >= inner.x + inner.w
        and outer.y + outer.h >= inner.y + inner.h
    )


def _by_words(
    archive: sqlite3.Connection,
    version_id: int,
    bars: Sequence[Redaction],
    then: EarlierRelease,
) -> Iterator[_Found]:
    """Another version of the record went out: the same words are looked for in what it showed."""
    now_shown, then_shown = version(archive, version_id), version(archive, then.version_id)
    if now_shown is None or then_shown is None:
        yield Difference.NOT_COMPARED, "", None, None
        return
    shown = _visible(archive, then_shown, then.bars)
    for bar, words in _covered(archive, now_shown, bars):
        if words in shown:
            yield Difference.SHOWN_THEN, bar.field, bar.start, bar.end
    shown = _visible(archive, now_shown, bars)
    for bar, words in _covered(archive, then_shown, then.bars):
        if words in shown:
            yield Difference.COVERED_THEN, bar.field, None, None


def _visible(archive: sqlite3.Connection, of: Version, bars: Sequence[Redaction]) -> str:
    view = redacted_view(of, _before(archive, of), bars_by_field(of.n, bars))
    return "\n".join(fold(text.visible) for text in view.texts.values())


def _covered(
    archive: sqlite3.Connection, of: Version, bars: Sequence[Redaction]
) -> Iterator[tuple[Redaction, str]]:
    fields = fields_of(of, _before(archive, of))
    for bar in bars:
        if bar.kind in (BarKind.SPAN, BarKind.FIELD):
            words = fold(field_named(fields, bar.field).value[bar.start : bar.end]).strip()
            if len(words) >= _SHORTEST:
                yield bar, words


def _before(archive: sqlite3.Connection, of: Version) -> list[Version]:
    return [each for each in versions(archive, of.record_id) if each.n < of.n]


def _bar_ids(conn: sqlite3.Connection, release_id: int) -> list[int]:
    found = rows(
        conn, "SELECT redaction_id FROM item_release_bars WHERE release_id = ?", release_id
    )
    return [each["redaction_id"] for each in found]
