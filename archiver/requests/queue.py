"""A request's items a page at a time: what a queue of 20,000 shows costs what it shows.

Everything here counts and pages in SQL over `request_standing`. `files` are the access classes the
person may know of (``archive``, ``private``): what is in another is neither counted nor shown.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from archiver.database import rows
from archiver.errors import InputError
from archiver.requests.decisions import Choice, decisions_by_id
from archiver.requests.intake import get_request
from archiver.requests.items import Item, item_of_row

EVERY_FILE = ("archive", "private")

_WANTED = """
    request_id = :request AND (:every OR file IN (SELECT value FROM json_each(:files)))
    AND (:show IS NULL OR choice IN (SELECT value FROM json_each(:show)))
"""


def knows_all(files: Collection[str]) -> bool:
    """Whether a person may know of every access class, so that nothing need be asked of a row."""
    return set(files) == set(EVERY_FILE)


@dataclass(frozen=True, slots=True)
class QueueAround:
    """Where an item stands in the queue, and its neighbours.

    `items` are the items around it and itself, in order; `place` counts from 0 among `total`;
    `queue_from` is the place of the first of `items`. `previous` and `following` are the ids of the
    neighbours, None at an end; `next_undecided` is the next item without a decision after this one,
    from the beginning again where there is none, None where all others are decided.
    """

    items: tuple[Item, ...]
    place: int
    total: int
    queue_from: int
    previous: int | None
    following: int | None
    next_undecided: int | None


def counts_of(
    conn: sqlite3.Connection, number: str, *, files: Collection[str] = EVERY_FILE
) -> dict[Choice, int]:
    """How many items of a request stand at each decision; every choice is named, 0 included."""
    request = get_request(conn, number)
    sums = ", ".join(f"count(*) FILTER (WHERE choice = '{choice.value}')" for choice in Choice)
    found = conn.execute(
        f"SELECT {sums} FROM request_standing WHERE {_WANTED}", _asked(request.id, files, None)
    ).fetchone()
    return dict(zip(Choice, found, strict=True))


def items_page(
    conn: sqlite3.Connection,
    number: str,
    *,
    show: Collection[Choice] | None = None,
    start: int = 0,
    size: int = 25,
    files: Collection[str] = EVERY_FILE,
) -> list[Item]:
    """A page of a request's items in the order they were collected, each with its standing
    decision. `show` keeps the items standing at one of these choices (None: all)."""
    request = get_request(conn, number)
    found = conn.execute(
        f"SELECT item_id FROM request_standing WHERE {_WANTED} "
        "ORDER BY item_id LIMIT :size OFFSET :start",
        {**_asked(request.id, files, show), "size": size, "start": start},
    ).fetchall()
    return items_by_id(conn, [each["item_id"] for each in found])


def first_undecided(
    conn: sqlite3.Connection,
    number: str,
    *,
    after: int = 0,
    files: Collection[str] = EVERY_FILE,
    besides: Collection[int] = (),
) -> int | None:
    """The first undecided item behind an item id, else the first of all, else None; those in
    `besides` are passed over."""
    request = get_request(conn, number)
    for least in dict.fromkeys((after, 0)):
        found = conn.execute(
            f"SELECT item_id FROM request_standing WHERE {_WANTED} AND item_id > :after "
            "AND item_id NOT IN (SELECT value FROM json_each(:besides)) ORDER BY item_id LIMIT 1",
            {
                **_asked(request.id, files, (Choice.UNDECIDED,)),
                "after": least,
                "besides": _json(besides),
            },
        ).fetchone()
        if found is not None:
            return int(found["item_id"])
    return None


def queue_around(
    conn: sqlite3.Connection,
    number: str,
    item_id: int,
    *,
    show: Collection[Choice] | None = None,
    files: Collection[str] = EVERY_FILE,
    before: int = 5,
    after: int = 20,
) -> QueueAround:
    """An item in its queue with up to `before` items ahead of it and `after` behind it.

    The item itself is always among them, also where `show` would leave it out (it has just been
    decided). Raises InputError where the request has no such item, or it lies in another file.
    """
    request = get_request(conn, number)
    asked = {**_asked(request.id, files, show), "item": item_id, "before": before, "after": after}
    there = conn.execute(
        "SELECT 1 FROM request_standing WHERE request_id = :request AND item_id = :item "
        "AND file IN (SELECT value FROM json_each(:files))",
        asked,
    ).fetchone()
    if there is None:
        raise InputError(f"request {request.number} has no item {item_id}")
    ahead = conn.execute(
        f"SELECT item_id FROM request_standing WHERE {_WANTED} AND item_id < :item "
        "ORDER BY item_id DESC LIMIT :before",
        asked,
    ).fetchall()
    behind = conn.execute(
        f"SELECT item_id FROM request_standing WHERE {_WANTED} AND item_id > :item "
        "ORDER BY item_id LIMIT :after",
        asked,
    ).fetchall()
    ids = [each["item_id"] for each in reversed(ahead)]
    ids += [item_id, *(each["item_id"] for each in behind)]
    open_one = first_undecided(conn, number, after=item_id, files=files)
    place, total = _place(conn, asked)
    return QueueAround(
        tuple(items_by_id(conn, ids)),
        place,
        total,
        place - len(ahead),
        ahead[0]["item_id"] if ahead else None,
        behind[0]["item_id"] if behind else None,
        None if open_one == item_id else open_one,
    )


def _place(conn: sqlite3.Connection, asked: Mapping[str, object]) -> tuple[int, int]:
    """How many wanted items stand before an item, and how many there are with it."""
    found = conn.execute(
        f"SELECT count(*) AS wanted, count(*) FILTER (WHERE item_id < :item) AS place, "
        f"count(*) FILTER (WHERE item_id = :item) AS within FROM request_standing WHERE {_WANTED}",
        asked,
    ).fetchone()
    return int(found["place"]), int(found["wanted"]) + (not found["within"])


def items_by_id(conn: sqlite3.Connection, item_ids: Collection[int]) -> list[Item]:
    """Items with their standing decision, in the order of ids; what was taken out is left out."""
    found = rows(
        conn,
        """
        SELECT items.*, standing.decision_id AS decision_id
        FROM request_items AS items JOIN request_standing AS standing
            ON standing.request_id = items.request_id AND standing.item_id = items.id
        WHERE items.id IN (SELECT value FROM json_each(?)) ORDER BY items.id
        """,
        _json(item_ids),
    )
    decided = decisions_by_id(conn, [each["decision_id"] for each in found])
    return [item_of_row(each, decided.get(each["decision_id"])) for each in found]


def standing_of_records(
    conn: sqlite3.Connection, number: str, record_ids: Mapping[str, Collection[int]]
) -> dict[int, Choice]:
    """The items of a request that stand for any of these records (by file), with their choice."""
    request = get_request(conn, number)
    found: dict[int, Choice] = {}
    for file, ids in record_ids.items():
        for each in rows(
            conn,
            """
            SELECT items.id AS item, choice FROM json_each(?) AS wanted
            CROSS JOIN request_items AS items ON items.request_id = ? AND items.file = ?
                AND items.record_id = wanted.value
            CROSS JOIN request_standing AS standing ON standing.request_id = items.request_id
                AND standing.item_id = items.id
            """,
            *(_json(ids), request.id, file),
        ):
            found[each["item"]] = Choice(each["choice"])
    return found


def progress_by_request(
    conn: sqlite3.Connection, *, files: Collection[str] = EVERY_FILE
) -> dict[int, tuple[int, int]]:
    """How many items are decided and how many there are, by request id."""
    found = rows(
        conn,
        "SELECT request_id, sum(choice <> 'undecided') AS decided, count(*) AS total "
        "FROM request_standing WHERE file IN (SELECT value FROM json_each(?)) GROUP BY request_id",
        _json(files),
    )
    return {each["request_id"]: (each["decided"], each["total"]) for each in found}


def _asked(
    request_id: int, files: Collection[str], show: Collection[Choice] | None
) -> Mapping[str, object]:
    shown = None if show is None else _json([choice.value for choice in show])
    return {"request": request_id, "every": knows_all(files), "files": _json(files), "show": shown}


def _json(values: Iterable[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
