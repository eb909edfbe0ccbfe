"""Searches saved to a request, in versions: what a person named, changed, and why.

A version never changes; changing a search makes the next one. What a version found at a moment is a
run (`freezing`).
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from archiver.archive.filters import Filters
from archiver.archive.search import Order
from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.decoding import decoder
from archiver.errors import BusyError, InputError, RuleError
from archiver.requests.intake import get_request, note, open_request
from archiver.requests.searches import sight_text
from archiver.retention.covering import filters_text

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """One wording of a saved search. `n` counts from 1; `sort` is how a page orders it; `files` are
    the access classes its author could look through when it was saved."""

    id: int
    search_id: int
    n: int
    text: str
    filters: Filters
    sort: str
    files: tuple[str, ...]
    at: str
    actor: str
    note: str | None


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search saved to a request; `versions` are all its wordings, the oldest first."""

    id: int
    request_id: int
    name: str
    created_at: str
    created_by: str
    versions: tuple[SavedVersion, ...]

    @property
    def latest(self) -> SavedVersion:
        """The wording that stands."""
        return self.versions[-1]


def save_search(
    conn: sqlite3.Connection,
    number: str,
    *,
    actor: str,
    name: str,
    text: str,
    filters: Filters | None = None,
    sort: Order = "newest",
    files: Sequence[str] = ("archive",),
    accounts: Collection[int] | None = None,
    note_text: str | None = None,
    seen: int | None = None,
) -> SavedSearch:
    """Save a search to an open request under a name: a new one, or the next version of the one of
    that name. Saving the very same again changes nothing.

    `files` are the access classes the person may look through, `accounts` those they are limited to
    (None: to none): who may look through fewer is not shown the search's words. `seen` is the
    number of the version the person was looking at (0: none of that name); where another was saved
    since, nothing is written. Raises InputError where the
    name cannot be used, RuleError where nothing is looked for or the request is closed, BusyError
    as said.
    """
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise InputError(f"give the search a name of at most {LONGEST_NAME} letters")
    if sort not in get_args(Order):
        raise InputError(f"sort is not known: use one of {', '.join(get_args(Order))}")
    words, ticked = text.strip(), filters_text(filters or Filters())
    if not words and ticked == "{}":
        raise RuleError("the search asks for nothing: type words or tick a filter first")
    with write_transaction(conn):
        request = open_request(conn, number)
        known = row(
            conn,
            "SELECT id FROM main.saved_searches WHERE request_id = ? AND name = ?",
            *(request.id, called),
        )
        search_id = int(known["id"]) if known is not None else _new(conn, request.id, called, actor)
        _may_change(conn, search_id, called, files, accounts)
        last = row(
            conn,
            "SELECT n, text, filters, sort FROM main.saved_search_versions WHERE search_id = ? "
            "ORDER BY n DESC LIMIT 1",
            search_id,
        )
        if seen is not None and (last["n"] if last else 0) != seen:
            raise BusyError(
                f"someone else saved “{called}” in the meantime: look at it again, nothing was "
                "overwritten"
            )
        if last is None or tuple(last)[1:] != (words, ticked, sort):
            n = 1 if last is None else last["n"] + 1
            conn.execute(
                "INSERT INTO main.saved_search_versions "
                "(search_id, n, text, filters, sort, files, at, actor, note, sight) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(search_id, n, words, ticked, sort, " ".join(files), now_text(), actor),
                    (note_text or "").strip() or None,
                    None if accounts is None else sight_text(conn, accounts),
                ),
            )
            detail = {"search": search_id, "version": n}
            note(conn, request, actor=actor, kind="search saved", detail=detail)
    return saved_search(conn, number, called)


def saved_searches_of(conn: sqlite3.Connection, number: str) -> list[SavedSearch]:
    """The searches saved to a request, in the order they were saved first."""
    request = get_request(conn, number)
    versions: dict[int, list[SavedVersion]] = {}
    for each in rows(
        conn,
        "SELECT versions.* FROM saved_search_versions AS versions "
        "JOIN saved_searches AS saved ON saved.id = search_id "
        "WHERE request_id = ? ORDER BY versions.id",
        request.id,
    ):
        versions.setdefault(each["search_id"], []).append(_version(each))
    found = rows(conn, "SELECT * FROM saved_searches WHERE request_id = ? ORDER BY id", request.id)
    return [
        SavedSearch(
            each["id"],
            each["request_id"],
            each["name"],
            each["created_at"],
            each["created_by"],
            tuple(versions[each["id"]]),
        )
        for each in found
    ]


def saved_search(conn: sqlite3.Connection, number: str, name: str | int) -> SavedSearch:
    """A request's saved search by name or id. Raises InputError where it has none such."""
    for each in saved_searches_of(conn, number):
        if each.id == name or each.name.casefold() == str(name).casefold():
            return each
    raise InputError(
        f"request {number} has no saved search {name!r}: see `archiver requests search list`"
    )


def version_by_id(conn: sqlite3.Connection, version_id: int) -> SavedVersion:
    """A version of a saved search. Raises InputError where there is none."""
    found = row(conn, "SELECT * FROM saved_search_versions WHERE id = ?", version_id)
    if found is None:
        raise InputError(f"no version {version_id} of a saved search")
    return _version(found)


def _new(conn: sqlite3.Connection, request_id: int, name: str, actor: str) -> int:
    cursor = conn.execute(
        "INSERT INTO main.saved_searches (request_id, name, created_at, created_by) "
        "VALUES (?, ?, ?, ?)",
        (request_id, name, now_text(), actor),
    )
    return int(cursor.lastrowid or 0)


def _may_change(
    conn: sqlite3.Connection,
    search_id: int,
    name: str,
    files: Sequence[str],
    accounts: Collection[int] | None,
) -> None:
    """Whoever is not shown a search's words does not change it under its name either."""
    for each in rows(
        conn,
        "SELECT DISTINCT files, sight FROM main.saved_search_versions WHERE search_id = ?",
        search_id,
    ):
        if not (set(each["files"].split()) <= set(files) and _within(each["sight"], accounts)):
            raise InputError(f"the name “{name}” is taken in this request: choose another")


def _within(sight: str | None, accounts: Collection[int] | None) -> bool:
    """Whether who is limited to these accounts may know of what was saved with this sight."""
    if accounts is None:
        return True
    return sight is not None and set(msgspec.json.decode(sight)["accounts"]) <= set(accounts)


_read_filters = decoder(Filters)


def _version(found: sqlite3.Row) -> SavedVersion:
    values: dict[str, Any] = dict(found)
    del values["sight"]
    filters = _read_filters(found["filters"])
    read = {"filters": filters, "files": tuple(found["files"].split())}
    return SavedVersion(**{**values, **read})


def filters_shown(filters: Filters) -> dict[str, object]:
    """Filters as the log of searches keeps them: only those in use, under the desk's names."""
    named: dict[str, object] = {
        "platforms": list(filters.platforms),
        "accounts": list(filters.account_ids),
        "kinds": list(filters.kinds),
        "states": list(filters.states),
        "from": _day(filters.start_day),
        "to": _day(filters.end_day),
        "role": filters.author_role,
        "language": filters.language,
        "media": filters.has_media,
    }
    return {name: value for name, value in named.items() if value}


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
