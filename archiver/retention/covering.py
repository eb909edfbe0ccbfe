"""What a hold covers: picked records, searches (frozen or standing), accounts as a whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

import msgspec

from archiver.archive.filters import Filters, KnownAccount
from archiver.archive.store import Archive
from archiver.clock import local_day, now_text, shown_day
from archiver.database import row, rows
from archiver.decoding import decoder
from archiver.errors import InputError
from archiver.register.office import audit
from archiver.retention.holds import Hold, HoldKind


@dataclass(frozen=True, slots=True)
class Search:
    """A saved search: words in the archive's query language and filters.

    A frozen one holds what it finds when it is placed; a `standing` one catches, too, what is
    captured or changed later, for as long as the hold is open.
    """

    query: str = ""
    filters: Filters = field(default_factory=Filters)
    standing: bool = False


@dataclass(frozen=True, slots=True)
class HeldSearch:
    """A search of a hold as it is stored; `added_at` is UTC."""

    id: int
    hold_id: int
    search: Search
    added_at: str
    added_by: str


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """An account of a hold. `everything`: its records, those to come, and all that is no record
    (lists of people, downloads, what could not be read); `lists`: only what is no record.
    `search_id` is the standing search that catches the records."""

    account_id: int
    what: Literal["everything", "lists"]
    search_id: int | None


@dataclass(frozen=True, slots=True)
class Cover:
    """All a hold covers. `picked` counts the records a person (or a request) put under it."""

    picked: int
    searches: tuple[HeldSearch, ...]
    accounts: tuple[HeldAccount, ...]

    @property
    def standing(self) -> bool:
        """Whether it catches what is captured later."""
        return any(each.search.standing for each in self.searches)


def files_of(archive: Archive) -> dict[str, sqlite3.Connection]:
    """The evidence files by the names holds know them by."""
    return {"archive": archive.public, "private": archive.private}


def filters_text(filters: Filters) -> str:
    """Filters as JSON, the same for the same filters in another order."""
    values = {each.name: getattr(filters, each.name) for each in fields(filters)}
    kept = {
        name: sorted(set(value)) if isinstance(value, set | frozenset | list | tuple) else value
        for name, value in values.items()
        if value not in (None, (), [], set(), frozenset(), False)
    }
    return msgspec.json.encode(kept, order="sorted").decode()


_read_filters = decoder(Filters)


def held_search(found: sqlite3.Row) -> HeldSearch:
    """A row of `hold_searches`, read."""
    filters = _read_filters(found["filters"])
    search = Search(found["query"], filters, bool(found["standing"]))
    return HeldSearch(found["id"], found["hold_id"], search, found["added_at"], found["added_by"])


def add_search(conn: sqlite3.Connection, hold: Hold, search: Search, *, actor: str) -> int:
    """Give a hold a search, inside the caller's transaction; its id. The same one twice is one."""
    values = (hold.id, search.query.strip(), filters_text(search.filters), search.standing)
    known = row(
        conn,
        "SELECT id FROM hold_searches "
        "WHERE hold_id = ? AND query = ? AND filters = ? AND standing = ?",
        *values,
    )
    if known is not None:
        return int(known["id"])
    cursor = conn.execute(
        "INSERT INTO main.hold_searches (hold_id, query, filters, standing, added_at, added_by) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (*values, now_text(), actor),
    )
    search_id = int(cursor.lastrowid or 0)
    audit(
        conn,
        actor=actor,
        action="hold covers a search",
        subject=f"hold {hold.id}",
        detail={"search": search_id, "standing": search.standing},
    )
    return search_id


def add_account(
    conn: sqlite3.Connection,
    hold: Hold,
    account_id: int,
    what: Literal["everything", "lists"],
    *,
    actor: str,
) -> int | None:
    """Name an account in a hold, inside the caller's transaction; the id of the search that catches
    its records. The same one twice is one. Raises InputError where the register has no such
    account."""
    if row(conn, "SELECT 1 FROM register_accounts WHERE id = ?", account_id) is None:
        raise InputError(f"no account {account_id} in the register: nothing was placed")
    search_id = None
    if what == "everything":
        whole = Search("", Filters(account_ids=(account_id,)), standing=True)
        search_id = add_search(conn, hold, whole, actor=actor)
    known = row(
        conn,
        "SELECT 1 FROM hold_accounts WHERE hold_id = ? AND account_id = ? AND what = ?",
        hold.id,
        account_id,
        what,
    )
    if known is None:
        conn.execute(
            "INSERT INTO main.hold_accounts "
            "(hold_id, account_id, what, search_id, added_at, added_by) VALUES (?, ?, ?, ?, ?, ?)",
            (hold.id, account_id, what, search_id, now_text(), actor),
        )
        audit(
            conn,
            actor=actor,
            action="hold covers an account",
            subject=f"hold {hold.id}",
            detail={"account": account_id, "what": what},
        )
    return search_id


def accounts_once_held(
    conn: sqlite3.Connection,
    kind: HoldKind,
    reference: str,
    what: Literal["everything", "lists"],
) -> list[int]:
    """The accounts that holds of that kind and reference name or, before they were released,
    named."""
    found = rows(
        conn,
        """
        SELECT DISTINCT account_id FROM hold_accounts JOIN holds ON holds.id = hold_id
        WHERE kind = ? AND reference = ? AND what = ? ORDER BY account_id
        """,
        kind.value,
        reference,
        what,
    )
    return [each["account_id"] for each in found]


def cover_of(conn: sqlite3.Connection, hold: Hold) -> Cover:
    """What a hold covers."""
    picked = row(
        conn,
        "SELECT count(*) AS records FROM hold_items WHERE hold_id = ? AND search_id IS NULL",
        hold.id,
    )
    searches = rows(conn, "SELECT * FROM hold_searches WHERE hold_id = ? ORDER BY id", hold.id)
    accounts = rows(
        conn,
        "SELECT account_id, what, search_id FROM hold_accounts WHERE hold_id = ? ORDER BY id",
        hold.id,
    )
    return Cover(
        picked["records"] if picked else 0,
        tuple(held_search(each) for each in searches),
        tuple(HeldAccount(*each) for each in accounts),
    )


def cover_words(cover: Cover, accounts: Mapping[int, KnownAccount], time_zone: str) -> str:
    """What a hold covers, for a person: ``“mill street”, all accounts, new captures too``.

    `accounts` are those of the archive (`filters.known_accounts`).
    """
    of_accounts = {each.search_id for each in cover.accounts}
    parts = [_account_words(each, accounts) for each in cover.accounts]
    parts += [
        _search_words(each, accounts, time_zone)
        for each in cover.searches
        if each.id not in of_accounts
    ]
    if cover.picked:
        parts.append("1 record" if cover.picked == 1 else f"{cover.picked:,} records")
    return "; ".join(parts) or "nothing yet"


def search_words(search: Search, accounts: Mapping[int, KnownAccount]) -> str:
    """A search, for a person, without when it looks: ``“pool”, x:@AlderGlenParks, from 2024``."""
    filters = search.filters
    words = [_quoted(search.query)] if search.query.strip() else ["everything"]
    names = [_name(number, accounts) for number in sorted(filters.account_ids)]
    words.append(" or ".join(names) if names else "all accounts")
    for values in (filters.platforms, filters.kinds, filters.states):
        if values:
            words.append(" or ".join(sorted(values)))
    if filters.author_role:
        words.append("by the city" if filters.author_role == "agency" else "by residents")
    if filters.language:
        words.append(f"in {filters.language}")
    if filters.has_media:
        words.append("with media")
    if filters.start_day:
        words.append(f"from {shown_day(filters.start_day, weekday=False)}")
    if filters.end_day:
        words.append(f"to {shown_day(filters.end_day, weekday=False)}")
    return ", ".join(words)


def _quoted(query: str) -> str:
    return query if '"' in query else f"“{query}”"


def _search_words(held: HeldSearch, accounts: Mapping[int, KnownAccount], time_zone: str) -> str:
    said = search_words(held.search, accounts)
    if held.search.standing:
        return f"{said}, new captures too"
    day = shown_day(local_day(held.added_at, time_zone), weekday=False)
    return f"{said}, as found on {day}"


def _account_words(held: HeldAccount, accounts: Mapping[int, KnownAccount]) -> str:
    name = _name(held.account_id, accounts)
    if held.what == "everything":
        return f"all of {name}, new captures, lists of people and downloads too"
    return f"the lists of people and downloads of {name}"


def _name(account_id: int, accounts: Mapping[int, KnownAccount]) -> str:
    known = accounts.get(account_id)
    return f"account {account_id}" if known is None else f"{known.platform}:@{known.handle}"


def searches_by_id(conn: sqlite3.Connection, search_ids: Sequence[int]) -> list[HeldSearch]:
    """Searches of holds by their ids, in the order of ids."""
    found = rows(
        conn,
        "SELECT * FROM hold_searches WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        msgspec.json.encode(list(search_ids)).decode(),
    )
    return [held_search(each) for each in found]
