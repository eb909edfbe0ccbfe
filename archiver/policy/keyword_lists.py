"""Word filters of an account as they stood on a day.

A platform hides comments with these words and hands the list out to nobody's program: a person
enters or uploads it. The words are the city's own and stay exactly as they were given.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import msgspec

from archiver.clock import now, now_text
from archiver.database import rows, write_transaction
from archiver.errors import InputError, RuleError
from archiver.policy.taking_back import KEYWORDS, TakenBack, take_back, taken_back
from archiver.register.accounts import Account, account_by_id
from archiver.register.office import audit

LARGEST_FILE = 2 * 1024 * 1024
"""Bytes."""
MOST_WORDS = 20_000
"""The platforms allow a thousand or a few thousand."""
LONGEST_WORD = 500
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Words:
    """Words or phrases in the order given; `repeated` lines said one of them again."""

    words: tuple[str, ...]
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class KeywordList:
    """The word list of an account as it stood on a day. `added` and `removed` are what differs
    from the list before it, `previous` (0: it is the first)."""

    id: int
    account_id: int
    stood_on: str
    words: tuple[str, ...]
    sha256: str
    source: str
    note: str
    recorded_at: str
    recorded_by: str
    taken_back: TakenBack | None = None
    previous: int = 0
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def words_in(text: str) -> Words:
    """The words of a text, one word or phrase a line; empty lines are none.

    Raises InputError where there are too many or one is too long to be one.
    """
    lines = [line.strip() for line in _LINE_END.split(text.removeprefix("\ufeff"))]
    found = [line for line in lines if line]
    words = tuple(dict.fromkeys(found))
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_WORD:
            raise InputError(
                f"line {number} has more than {LONGEST_WORD} characters: write one word or phrase "
                "a line"
            )
    if len(words) > MOST_WORDS:
        raise InputError(f"the list has more than {MOST_WORDS:,} words: is it the right file?")
    return Words(words, len(found) - len(words))


def add_keywords(
    conn: sqlite3.Connection,
    account_id: int,
    words: Sequence[str],
    *,
    actor: str,
    stood_on: dt.date,
    none: bool = False,
    source: str = "",
    note: str = "",
) -> KeywordList:
    """Enter the list as it stood on a day. That the account filters no word is entered by `none`.

    Raises InputError where there is no such account, no word and not `none`, or both; RuleError
    where the day lies ahead or the same list is entered for that day.
    """
    account = account_by_id(conn, account_id)
    if bool(words) == none:
        raise InputError("give the words, or say that the account filters none: not both")
    if stood_on > now().date() + dt.timedelta(days=1):
        raise RuleError(f"a list as of {stood_on} lies ahead: give the day it was looked at")
    kept, day = _json(words), stood_on.isoformat()
    digest = sha256(kept.encode()).hexdigest()
    with write_transaction(conn):
        same = [e for e in lists_of_account(conn, account.id) if e.stood_on == day]
        if any(each.sha256 == digest and each.taken_back is None for each in same):
            raise RuleError(f"this list of {account.handle} is entered for {day} already")
        cursor = conn.execute(
            "INSERT INTO main.keyword_lists "
            "(account_id, stood_on, words, sha256, source, note, recorded_at, recorded_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(account.id, day, kept, digest, " ".join(source.split())[:200]),
                *(" ".join(note.split()), now_text(), actor),
            ),
        )
        made = int(cursor.lastrowid or 0)
        audit(
            conn,
            actor=actor,
            action="keyword list entered",
            subject=f"{KEYWORDS} {made}",
            detail={"account": account.id, "as of": day, "words": len(words)},
        )
    return keyword_list(conn, made)


def lists_of_account(conn: sqlite3.Connection, account_id: int) -> list[KeywordList]:
    """The lists of an account, the latest first, each with what differs from the one before; those
    taken back are among them."""
    back = taken_back(conn, KEYWORDS)
    found = rows(
        conn, "SELECT * FROM keyword_lists WHERE account_id = ? ORDER BY stood_on, id", account_id
    )
    listed: list[KeywordList] = []
    before: KeywordList | None = None
    for each in found:
        made = replace(_list(each), taken_back=back.get(each["id"]))
        if made.taken_back is None:
            had, has = set(before.words if before else ()), set(made.words)
            made = replace(
                made,
                previous=before.id if before else 0,
                added=tuple(word for word in made.words if word not in had),
                removed=tuple(w for w in (before.words if before else ()) if w not in has),
            )
            before = made
        listed.append(made)
    return listed[::-1]


def keyword_list(conn: sqlite3.Connection, list_id: int) -> KeywordList:
    """A list. Raises InputError where there is none of that id."""
    found = rows(conn, "SELECT account_id FROM keyword_lists WHERE id = ?", list_id)
    for each in lists_of_account(conn, found[0]["account_id"]) if found else ():
        if each.id == list_id:
            return each
    raise InputError(f"there is no keyword list {list_id}: see `archiver keywords list`")


def standing_list(
    conn: sqlite3.Connection, account_id: int, day: dt.date
) -> tuple[KeywordList | None, dict[str, str]]:
    """The list of an account as last entered for a day or before it, or None; and since which day
    each of its words stood on the list without a break."""
    since: dict[str, str] = {}
    last: KeywordList | None = None
    for each in reversed(lists_of_account(conn, account_id)):
        if each.taken_back is None and each.stood_on <= day.isoformat():
            last = each
            since = {word: since.get(word, each.stood_on) for word in each.words}
    return last, since


def filtering_accounts(conn: sqlite3.Connection) -> list[tuple[Account, list[KeywordList]]]:
    """Every account that has a list, with its lists."""
    found = rows(conn, "SELECT DISTINCT account_id FROM keyword_lists ORDER BY account_id")
    return [
        (account_by_id(conn, each["account_id"]), lists_of_account(conn, each["account_id"]))
        for each in found
    ]


def take_back_list(
    conn: sqlite3.Connection, list_id: int, *, actor: str, reason: str
) -> KeywordList:
    """Take back a list entered by mistake. Raises InputError where there is none of that id,
    RuleError without a reason or where it is taken back already."""
    found = keyword_list(conn, list_id)
    take_back(conn, KEYWORDS, found.id, actor=actor, reason=reason)
    return keyword_list(conn, list_id)


def words_intact(found: KeywordList) -> bool:
    """Whether the words are those that were entered."""
    return sha256(_json(found.words).encode()).hexdigest() == found.sha256


def _json(words: Sequence[str]) -> str:
    return msgspec.json.encode(words).decode()


def _list(found: sqlite3.Row) -> KeywordList:
    return KeywordList(
        *(found["id"], found["account_id"], found["stood_on"]),
        msgspec.json.decode(found["words"], type=tuple[str, ...]),
        *(found["sha256"], found["source"], found["note"]),
        *(found["recorded_at"], found["recorded_by"]),
    )
