"""The lists a request can collect as of a date, and how each is read from the archive.

Each reading names its columns one by one. The register of accounts holds pointers to credentials:
its list is read under an authorizer that refuses that column, whatever a statement says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from archiver import clock
from archiver.errors import InputError
from archiver.items import Relation
from archiver.requests.collecting import policy_lists
from archiver.requests.collecting.list_reading import Reading

EVENT_KEY = "event:"
"""How the key of a row begins that speaks of a record: event and record id follow."""
SECRET_COLUMNS = frozenset({("register_accounts", "credential"), ("register_accounts", "service")})
"""Where credentials point, and where their secrets are kept: never part of a list."""


@dataclass(frozen=True, slots=True)
class ListKind:
    """A kind of list. `file` is the evidence file it is read from ("office": the register and what
    the city laid down, which are public); `of_account` whether it is one account's. `read` takes
    the connection, the account (0 where there is none), the moment (UTC) and the agency's zone."""

    name: str
    title: str
    file: str
    of_account: bool
    columns: tuple[str, ...]
    read: Callable[[sqlite3.Connection, int, str, str], Reading]


def _people(
    relation: Relation,
) -> Callable[[sqlite3.Connection, int, str, str], Reading]:
    def read(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
        found = conn.execute(
            """
            SELECT native_id, handle, display_name, url, from_at, from_known, id FROM subscribers
            WHERE account_id = ? AND relation = ? AND from_at <= ?
                AND (to_at IS NULL OR to_at > ?)
            ORDER BY native_id, id
            """,
            (account_id, relation.value, as_of, as_of),
        ).fetchall()
        rows = tuple(
            (
                f"{relation.value}:{native}:{number}",
                (
                    *(native, handle or "", name or "", url or ""),
                    clock.shown(since, zone) + ("" if known else " or earlier"),
                ),
            )
            for native, handle, name, url, since, known, number in found
        )
        return Reading(_walked(conn, account_id, relation, as_of, zone), rows)

    return read


def _walked(
    conn: sqlite3.Connection, account_id: int, relation: Relation, as_of: str, zone: str
) -> str:
    last = conn.execute(
        """
        SELECT at, stated, walked FROM subscriber_counts
        WHERE account_id = ? AND relation = ? AND complete AND at <= ? ORDER BY at DESC LIMIT 1
        """,
        (account_id, relation.value, as_of),
    ).fetchone()
    if last is None:
        return (
            "The archive had not seen this list whole before that moment: it holds those it had "
            "met by then, and may lack others."
        )
    at, stated, walked = last
    said = "" if stated is None else f" The platform itself stated {stated:,}."
    return (
        f"As the archive last saw the whole list before that moment, {clock.shown(at, zone)}: "
        f"{walked:,} {'entry' if walked == 1 else 'entries'}.{said}"
    )


def _counts(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
    found = conn.execute(
        "SELECT id, relation, at, stated, walked, complete FROM subscriber_counts "
        "WHERE account_id = ? AND at <= ? ORDER BY at, id",
        (account_id, as_of),
    ).fetchall()
    rows = tuple(
        (
            f"count:{number}",
            (
                *(relation, clock.shown(at, zone), "" if stated is None else f"{stated:,}"),
                *(f"{walked:,}", "yes" if complete else "no"),
            ),
        )
        for number, relation, at, stated, walked, complete in found
    )
    return Reading("Each count of the account's lists up to that moment.", rows)


def _coverage(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
    found = conn.execute(
        """
        SELECT coverage.id, what, start_at, end_at, state, reason, source
        FROM coverage JOIN runs ON runs.id = run_id
        WHERE coverage.account_id = ? AND end_at <= ? ORDER BY end_at, coverage.id
        """,
        (account_id, as_of),
    ).fetchall()
    rows = tuple(
        (
            f"coverage:{number}",
            (
                what,
                "the beginning" if start is None else clock.shown(start, zone),
                *(clock.shown(end, zone), state, reason, source),
            ),
        )
        for number, what, start, end, state, reason, source in found
    )
    return Reading("What each run of the archive stated it had covered, up to that moment.", rows)


_REMOVALS = {
    "gone": "removed",
    "reappeared": "found again",
    "hidden": "hidden",
    "unhidden": "shown",
}


def _removals(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
    found = conn.execute(
        """
        SELECT e.id, r.id, e.what, e.at, e.observed_at, r.kind, r.native_id, r.url,
            coalesce(json_extract(e.detail, '$.removed_by'), '')
        FROM records AS r CROSS JOIN events AS e ON e.record_id = r.id
        WHERE r.account_id = ? AND e.observed_at <= ?
            AND e.what IN ('gone', 'reappeared', 'hidden', 'unhidden')
        ORDER BY e.observed_at, e.id
        """,
        (account_id, as_of),
    ).fetchall()
    rows = tuple(
        (
            f"{EVENT_KEY}{number}:{record_id}",
            (
                *(_REMOVALS[what], clock.shown(at, zone), clock.shown(observed, zone)),
                *(by, kind, native, url or ""),
            ),
        )
        for number, record_id, what, at, observed, kind, native, url, by in found
    )
    about = "Public records found removed, hidden or shown again, up to that moment."
    return Reading(about, rows)


def _register(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
    with _without_secrets(conn):
        found = conn.execute(
            """
            SELECT id, platform, handle, display_name, department, division, account_class, url,
                opened_on, closed_on, close_reason
            FROM register_accounts WHERE created_at <= ? AND account_class <> 'forwarded'
            ORDER BY platform, handle, id
            """,
            (as_of,),
        ).fetchall()
    rows = tuple((f"account:{each[0]}", tuple(cell or "" for cell in each[1:])) for each in found)
    return Reading("The city's register of its accounts, as it stands now.", rows)


@contextmanager
def _without_secrets(conn: sqlite3.Connection) -> Iterator[None]:
    """Refuse, for as long as it lasts, every statement that reads a secret column."""

    def allowed(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_READ and (first, second) in SECRET_COLUMNS:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    conn.set_authorizer(allowed)
    try:
        yield
    finally:
        conn.set_authorizer(None)


_PEOPLE = ("Platform id", "Handle", "Name", "Address", "On the list since")
_COUNTS = ("List", "Counted", "Stated by the platform", "Met", "Whole")
_REMOVED = ("What", "When", "Observed", "By", "Kind", "Platform id", "Address")
_COVERED = ("What", "From", "To", "State", "Reason", "Source")
_REGISTER = (
    *("Platform", "Handle", "Name", "Department", "Division", "Class", "Address", "Opened"),
    *("Closed", "Why closed"),
)
_KINDS = (
    ListKind("followers", "Followers", "private", True, _PEOPLE, _people(Relation.FOLLOWER)),
    ListKind("following", "Followed", "private", True, _PEOPLE, _people(Relation.FOLLOWING)),
    ListKind("blocks", "Blocked", "private", True, _PEOPLE, _people(Relation.BLOCK)),
    ListKind("mutes", "Muted", "private", True, _PEOPLE, _people(Relation.MUTE)),
    ListKind("counts", "Sizes of the lists", "private", True, _COUNTS, _counts),
    ListKind("removals", "Removed and hidden", "archive", True, _REMOVED, _removals),
    ListKind("coverage", "Coverage", "archive", True, _COVERED, _coverage),
    ListKind("accounts", "Register of accounts", "office", False, _REGISTER, _register),
    ListKind(
        *("policies", "Policy versions", "office", False),
        *(policy_lists.VERSION_COLUMNS, policy_lists.policies),
    ),
    ListKind(
        *("policy-wording", "Wording of the policies", "office", False),
        *(policy_lists.WORDING_COLUMNS, policy_lists.wordings),
    ),
    ListKind(
        *("keywords", "Keyword list", "office", True),
        *(policy_lists.KEYWORD_COLUMNS, policy_lists.keywords),
    ),
    ListKind(
        *("keyword-changes", "Changes of the keyword list", "office", True),
        *(policy_lists.CHANGE_COLUMNS, policy_lists.keyword_changes),
    ),
)
LIST_KINDS: Mapping[str, ListKind] = {kind.name: kind for kind in _KINDS}


def list_kind(name: str) -> ListKind:
    """A kind of list. Raises InputError where there is none of that name."""
    if name not in LIST_KINDS:
        known = ", ".join(LIST_KINDS)
        raise InputError(f"there is no list {name!r}: use one of {known}")
    return LIST_KINDS[name]
