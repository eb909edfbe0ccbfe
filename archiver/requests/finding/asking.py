"""Suggestions that wait for a person: what was found, less what was answered or is covered."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from archiver.clock import now_text
from archiver.config import Settings
from archiver.database import row, rows, write_transaction
from archiver.errors import BusyError, InputError
from archiver.requests.finding.found import PersonalKind
from archiver.requests.finding.scanning import Progress, finders_of, finds_in, scan
from archiver.requests.finding.sections import likely_grounds
from archiver.requests.intake import get_request, note, open_request
from archiver.requests.items import Item, get_item, items_of
from archiver.retention.quarantine import quarantined


class Answer(StrEnum):
    """What a person said to a suggestion; OPEN takes an earlier answer back. Only REJECTED closes
    it: what is accepted closes by the bar drawn over it, and opens again when the bar is removed.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a suggestion stands: a stretch of one field of an item (code points), and its kind."""

    item_id: int
    field: str
    start: int
    end: int
    kind: PersonalKind


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Personal data a person is asked about. `sections` are exemptions it may fall under, the
    likeliest first, `why` what to weigh; `answer` is what was said to it last, or None."""

    place: Place
    reason: str
    sections: tuple[str, ...]
    why: str
    answer: Answer | None
    covered: bool

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return not self.covered and self.answer is not Answer.REJECTED

    @property
    def likely_section(self) -> str:
        """The exemption to offer first."""
        return self.sections[0]


@dataclass(frozen=True, slots=True)
class OpenSuggestions:
    """How many suggestions wait, by item id; items without any are left out. `unread` are items
    whose version cannot be read here, so that nobody knows: they are not to be released in bulk."""

    counts: Mapping[int, int]
    unread: frozenset[int]

    @property
    def items(self) -> frozenset[int]:
        """Items that bulk release must leave out."""
        return frozenset(self.counts) | self.unread

    @property
    def total(self) -> int:
        """How many suggestions wait in all."""
        return sum(self.counts.values())


def suggestions_of(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    number: str,
    item_id: int,
) -> list[Suggestion]:
    """Everything found in an item of a request, answered or not, field by field.

    `files` are the archive's files as far as the person may see them. Raises InputError where the
    request has no such item. Nothing is told of one in quarantine.
    """
    item = get_item(conn, number, item_id)
    suggested, _ = _suggested(conn, files, settings, number, [item])
    return suggested.get(item_id, [])


def open_suggestions(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    number: str,
    item_id: int,
) -> list[Suggestion]:
    """The suggestions of an item that wait for an answer."""
    found = suggestions_of(conn, files, settings, number, item_id)
    return [each for each in found if each.is_open]


def items_with_open_suggestions(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    number: str,
    *,
    item_ids: Collection[int] | None = None,
    progress: Progress | None = None,
) -> OpenSuggestions:
    """How many suggestions wait in the items of a request, or in those of `item_ids`.

    Versions nobody has looked at yet are looked at now (`progress` is told), and then remembered.
    Items of files not given are not spoken of.
    """
    items = [
        item
        for item in items_of(conn, number)
        if item.file in files and (item_ids is None or item.id in item_ids)
    ]
    suggested, unread = _suggested(conn, files, settings, number, items, progress)
    counts = {item_id: sum(each.is_open for each in found) for item_id, found in suggested.items()}
    return OpenSuggestions({each: count for each, count in counts.items() if count}, unread)


def open_suggestions_in(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    number: str,
    *,
    progress: Progress | None = None,
) -> list[tuple[Item, list[Suggestion]]]:
    """Every item of a request with suggestions that wait, and these, in the items' order."""
    items = [item for item in items_of(conn, number) if item.file in files]
    suggested, _ = _suggested(conn, files, settings, number, items, progress)
    waiting = (
        (item, [each for each in suggested.get(item.id, ()) if each.is_open]) for item in items
    )
    return [(item, found) for item, found in waiting if found]


def answers_on(conn: sqlite3.Connection, item_id: int) -> int:
    """The id of the last answer on an item, 0 for none: what a form carries as `seen`."""
    found = row(
        conn,
        "SELECT coalesce(max(id), 0) AS last FROM request_suggestion_answers WHERE item_id = ?",
        item_id,
    )
    assert found is not None
    return int(found["last"])


def answer_suggestions(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    number: str,
    places: Sequence[Place],
    answer: Answer | str,
    *,
    actor: str,
    seen: int | None = None,
) -> None:
    """Remember what a person said to suggestions of an open request.

    Accepting draws no bar: whoever accepts covers the place first (`requests.redacting`) and then
    says so here. `seen` is what `answers_on` told when the person looked, for places of one item.
    Raises InputError where there is no such suggestion, BusyError where somebody answered in
    between, RuleError where the request is closed. Nothing is remembered then.
    """
    try:
        said = Answer(answer)
    except ValueError:
        raise InputError(f"an answer is one of {', '.join(Answer)}") from None
    if not places:
        raise InputError("no suggestion named: nothing was answered")
    there = _places_there(conn, files, settings, number, {each.item_id for each in places})
    if not there.issuperset(places):
        raise InputError(
            "there is no such suggestion any more: look at the record again, nothing was answered"
        )
    with write_transaction(conn):
        request = open_request(conn, number)
        if seen is not None and any(answers_on(conn, each.item_id) != seen for each in places):
            raise BusyError(
                "someone else answered a suggestion here in the meantime: look at the record "
                "again, nothing was overwritten"
            )
        now = now_text()
        conn.executemany(
            "INSERT INTO main.request_suggestion_answers "
            '(item_id, field, start, "end", kind, answer, at, actor) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(each.item_id, each.field, each.start, each.end, each.kind.value),
                    *(said.value, now, actor),
                )
                for each in dict.fromkeys(places)
            ),
        )
        detail = {"items": sorted({each.item_id for each in places}), "answer": said.value}
        note(conn, request, actor=actor, kind="suggestions answered", detail=detail)


def _places_there(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    number: str,
    item_ids: Collection[int],
) -> set[Place]:
    items = [get_item(conn, number, item_id) for item_id in item_ids]
    suggested, _ = _suggested(conn, files, settings, number, items)
    return {each.place for found in suggested.values() for each in found}


def _suggested(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    settings: Settings,
    number: str,
    items: Sequence[Item],
    progress: Progress | None = None,
) -> tuple[dict[int, list[Suggestion]], frozenset[int]]:
    """What is found in items, by item id, and the items that cannot be read here."""
    shut = quarantined(conn)
    seen = [item for item in items if item.record_id not in shut.get(item.file, ())]
    request = get_request(conn, number)
    finders = finders_of(conn, settings, request)
    unread = scan(conn, files, finders, seen, progress)
    finds = finds_in(conn, finders, [item for item in seen if item.id not in unread])
    numbers = list(finds)
    answers, bars = _answers(conn, numbers), _bars(conn, numbers)
    grounds = likely_grounds()
    suggested = {
        item_id: [
            Suggestion(
                place := Place(
                    item_id, each.field, each.found.start, each.found.end, each.found.kind
                ),
                each.found.reason,
                tuple(grounds[place.kind].sections),
                grounds[place.kind].why,
                answers.get(place),
                _is_covered(place, bars.get(item_id, ())),
            )
            for each in found
        ]
        for item_id, found in finds.items()
    }
    closed_to_us = {item.id for item in items if item.record_id in shut.get(item.file, ())}
    return suggested, unread | closed_to_us


def _answers(conn: sqlite3.Connection, item_ids: Sequence[int]) -> dict[Place, Answer]:
    """The last answer to each suggestion of these items."""
    found = rows(
        conn,
        'SELECT item_id, field, start, "end", kind, answer FROM request_suggestion_answers '
        "WHERE item_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        msgspec.json.encode(item_ids).decode(),
    )
    return {
        Place(
            each["item_id"], each["field"], each["start"], each["end"], PersonalKind(each["kind"])
        ): Answer(each["answer"])
        for each in found
    }


def _bars(
    conn: sqlite3.Connection, item_ids: Sequence[int]
) -> dict[int, list[tuple[str, int | None, int | None]]]:
    """The standing bars over text of these items, as field, start and end (None: all of it)."""
    bars: dict[int, list[tuple[str, int | None, int | None]]] = {}
    for each in rows(
        conn,
        'SELECT item_id, field, start, "end" FROM request_redactions AS bars '
        "WHERE kind IN ('span', 'field') AND item_id IN (SELECT value FROM json_each(?)) "
        "AND NOT EXISTS (SELECT 1 FROM redaction_removals WHERE redaction_id = bars.id)",
        msgspec.json.encode(item_ids).decode(),
    ):
        bars.setdefault(each["item_id"], []).append((each["field"], each["start"], each["end"]))
    return bars


def _is_covered(place: Place, bars: Sequence[tuple[str, int | None, int | None]]) -> bool:
    """Whether one bar after the other leaves nothing of a place to be read."""
    at = place.start
    for field, start, end in sorted(bars, key=lambda bar: bar[1] or 0):
        if field != place.field:
            continue
        if start is None or end is None:
            return True
        if start <= at < end:
            at = end
    return at >= place.end
