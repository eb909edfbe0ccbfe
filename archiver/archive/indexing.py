"""The full-text index: what is indexed, the filter tokens, and how rows go in, change and leave.

`search_docs` holds exactly the indexed strings (content table of `fts`), because FTS5 takes old
strings out by being told them: what `search_docs` says goes out before what is new goes in.
Filters are tokens in the index (``a17``, ``pblueskyk0``: letters and digits only, for the
tokenizer splits at everything else), so a filtered page is one index scan. `facet` is the narrow
table counts are drawn from.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from enum import IntFlag
from functools import lru_cache
from typing import NamedTuple

from archiver.archive import scripts
from archiver.errors import IntegrityError
from archiver.items import Kind

# One length of prefix costs a tenth of the file and of the writing. Four letters is where it is
# needed: shorter ones are answered without it in the time a clerk waits, or refused.
FTS_SCHEMA: tuple[str, ...] = (
    """
    CREATE TABLE search_docs (
        id INTEGER PRIMARY KEY,
        text TEXT NOT NULL,
        earlier TEXT NOT NULL,
        people TEXT NOT NULL,
        recipients TEXT NOT NULL,
        files TEXT NOT NULL,
        tokens TEXT NOT NULL
    )
    """,
    f"""
    CREATE VIRTUAL TABLE fts USING fts5(
        text, earlier, people, recipients, files, tokens,
        content = 'search_docs', content_rowid = 'id', detail = full,
        prefix = '4',
        tokenize = "{scripts.TOKENIZER}"
    )
    """,
    "CREATE TABLE facet (id INTEGER PRIMARY KEY, code INTEGER NOT NULL)",
    "CREATE TABLE displaced (id INTEGER PRIMARY KEY, slot INTEGER NOT NULL)",
    "CREATE INDEX displaced_slot ON displaced (slot)",
)
"""Statements of the search tables; the archive's migration runs them in order."""

KINDS = (Kind.POST, Kind.COMMENT, Kind.MESSAGE, Kind.PROFILE, Kind.REACTION)
_KIND_CODES = {kind.value: code for code, kind in enumerate(KINDS)}
_KIND_BITS = 4
_STATE_BITS = 16


class State(IntFlag):
    """What a reader is told about a record beside its text; a record may be several at once."""

    EDITED = 1
    REMOVED = 2
    HIDDEN = 4
    PENDING = 8
    ENCRYPTED = 16
    REJECTED = 32
    DRAFT = 64
    SCHEDULED = 128
    TRUNCATED = 256
    UNAVAILABLE = 512
    UNCONFIRMED = 1024
    MEDIA = 2048
    AGENCY = 4096
    PUBLIC = 8192
    LIVE = 16384


_BY_VALUE = {
    "absent": State.REMOVED,
    "unknown": State.UNCONFIRMED,
    "hidden": State.HIDDEN,
    "pending": State.PENDING,
    "rejected": State.REJECTED,
    "draft": State.DRAFT,
    "scheduled": State.SCHEDULED,
    "encrypted": State.ENCRYPTED,
    "truncated": State.TRUNCATED,
    "unavailable": State.UNAVAILABLE,
}
_NOT_LIVE = State.REMOVED | State.HIDDEN | State.PENDING | State.REJECTED
_NOT_LIVE |= State.DRAFT | State.SCHEDULED | State.UNCONFIRMED


class SearchDoc(NamedTuple):
    """The strings of one record exactly as they are indexed; make it with `search_doc`."""

    text: str
    earlier: str
    people: str
    recipients: str
    files: str
    tokens: str


def state_of(
    *,
    visibility: str,
    content_state: str,
    presence: str,
    edited: bool,
    has_media: bool = False,
    author_role: str = "unknown",
) -> State:
    """All that holds of a record; `LIVE` where it stands in public as far as is known."""
    return _state(visibility, content_state, presence, edited, has_media, author_role)


@lru_cache(maxsize=4_096)
def _state(
    visibility: str,
    content_state: str,
    presence: str,
    edited: bool,
    has_media: bool,
    author_role: str,
) -> State:
    state = State(0)
    for value in (presence, visibility, content_state):
        state |= _BY_VALUE.get(value, State(0))
    if edited:
        state |= State.EDITED
    if has_media:
        state |= State.MEDIA
    if author_role == "agency":
        state |= State.AGENCY
    elif author_role == "public":
        state |= State.PUBLIC
    return state if state & _NOT_LIVE else state | State.LIVE


def search_doc(
    *,
    text: str,
    earlier: Sequence[str],
    people: Sequence[str],
    files: Sequence[str],
    account_id: int,
    platform: str,
    kind: str,
    form: str,
    visibility: str,
    content_state: str,
    presence: str,
    edited: bool,
    has_media: bool,
    language: str | None,
    author_role: str,
    recipients: Sequence[str] = (),
) -> SearchDoc:
    """The index strings of a record.

    `earlier` are the texts of its other versions, `people` its author's handle and names,
    `recipients` those of whom it was sent to, `files` file names and alternative texts.
    """
    state = _state(visibility, content_state, presence, edited, has_media, author_role)
    return SearchDoc(
        scripts.indexed(text),
        scripts.joined([old for old in dict.fromkeys(earlier) if old != text]) if earlier else "",
        _names(tuple(people)),
        _names(tuple(recipients)) if recipients else "",
        scripts.joined(dict.fromkeys(files)) if files else "",
        _tokens(account_id, platform, kind, state, form, language),
    )


@lru_cache(maxsize=4_096)
def _names(names: tuple[str, ...]) -> str:
    """Names for one index column; kept, because the same few write and are written to."""
    return scripts.joined(dict.fromkeys(names))


@lru_cache(maxsize=4_096)
def _tokens(
    account_id: int, platform: str, kind: str, state: State, form: str, language: str | None
) -> str:
    """The filter tokens of a record; kept, because a whole import has a few dozen."""
    tokens = [
        account_token(account_id),
        platform_token(platform),
        kind_token(kind),
        platform_kind_token(platform, kind),
        *(state_token(flag) for flag in State if flag in state),
    ]
    if form:
        tokens.append(form_token(form))
    if language:
        tokens.extend(language_tokens(language))
    return " ".join(tokens)


def _plain(value: str) -> str:
    return re.sub(r"[^a-z0-9]", "", value.lower())


def account_token(account_id: int) -> str:
    """The filter token of an account."""
    return f"a{account_id}"


def platform_token(platform: str) -> str:
    """The filter token of a platform."""
    return f"p{_plain(platform)}"


def kind_token(kind: str) -> str:
    """The filter token of a kind."""
    return f"k{_KIND_CODES[kind]}"


def platform_kind_token(platform: str, kind: str) -> str:
    """One token for a platform and a kind together: both lists are long, their overlap is not."""
    return platform_token(platform) + kind_token(kind)


def state_token(state: State) -> str:
    """The filter token of one state (short, so that it costs no entry in the prefix index)."""
    return f"s{state.bit_length() - 1}"


def role_token(author_role: str) -> str:
    """The filter token of who wrote it ("agency" or "public")."""
    return state_token(State.AGENCY if author_role == "agency" else State.PUBLIC)


def form_token(form: str) -> str:
    """The filter token of a platform's own form ("repost", "group renamed")."""
    return f"f{_plain(form)}"


def language_tokens(tag: str) -> list[str]:
    """The filter tokens of a BCP 47 tag: its language, and the whole tag where it says more."""
    language = re.split(r"[-_]", tag, maxsplit=1)[0]
    return list(dict.fromkeys((f"l{_plain(language)}", f"l{_plain(tag)}")))


def facet_code(
    account_id: int,
    kind: str,
    *,
    visibility: str,
    content_state: str,
    presence: str,
    edited: bool,
    has_media: bool = False,
    author_role: str = "unknown",
) -> int:
    """Account, kind and states of a record in one number, from which facets are counted."""
    state = _state(visibility, content_state, presence, edited, has_media, author_role)
    return _code(account_id, kind, state)


@lru_cache(maxsize=4_096)
def _code(account_id: int, kind: str, state: State) -> int:
    head = account_id << _KIND_BITS | _KIND_CODES[kind]
    return head << _STATE_BITS | int(state)


def account_shift() -> int:
    """By how many bits a facet code is shifted to the right to leave the account."""
    return _STATE_BITS + _KIND_BITS


def read_code(code: int) -> tuple[int, Kind, State]:
    """The account, kind and states a facet code stands for."""
    head = code >> _STATE_BITS
    kind = KINDS[head & ((1 << _KIND_BITS) - 1)]
    return head >> _KIND_BITS, kind, State(code & ((1 << _STATE_BITS) - 1))


IndexRow = tuple[int, SearchDoc, int]
"""Record id, its strings, its facet code."""

_INSERT_FTS = """
    INSERT INTO fts (rowid, text, earlier, people, recipients, files, tokens)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_DELETE_FTS = """
    INSERT INTO fts (fts, rowid, text, earlier, people, recipients, files, tokens)
    VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)
"""
_READ_DOC = """
    SELECT id, text, earlier, people, recipients, files, tokens FROM search_docs WHERE id = ?
"""


def _values(rows: Iterable[IndexRow]) -> list[tuple[int | str, ...]]:
    return [(record_id, *doc) for record_id, doc, _ in rows]


def index_new(connection: sqlite3.Connection, rows: Sequence[IndexRow]) -> None:
    """Index records that are not indexed yet, inside the caller's transaction, sorted by id.

    Raises sqlite3.IntegrityError where a record already is.
    """
    ordered = sorted(rows, key=lambda row: row[0])
    values = _values(ordered)
    connection.executemany(
        """
        INSERT INTO search_docs (id, text, earlier, people, recipients, files, tokens)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        values,
    )
    connection.executemany(_INSERT_FTS, values)
    connection.executemany(
        "INSERT INTO facet (id, code) VALUES (?, ?)", [(row[0], row[2]) for row in ordered]
    )


def index_changed(connection: sqlite3.Connection, rows: Sequence[IndexRow]) -> None:
    """Index the present strings of indexed records: the old ones are taken out first.

    A record whose strings are the same costs one look. Raises KeyError where one is not indexed.
    """
    ordered = sorted(rows, key=lambda row: row[0])
    old, new = [], []
    for value in _values(ordered):
        before = _stored(connection, int(value[0]))
        if before != value:
            old.append(before)
            new.append(value)
    connection.executemany(_DELETE_FTS, old)
    connection.executemany(
        """
        UPDATE search_docs
        SET text = ?, earlier = ?, people = ?, recipients = ?, files = ?, tokens = ?
        WHERE id = ?
        """,
        [(*value[1:], value[0]) for value in new],
    )
    connection.executemany(_INSERT_FTS, new)
    connection.executemany(
        "UPDATE facet SET code = ? WHERE id = ?", [(row[2], row[0]) for row in ordered]
    )


def index_removed(connection: sqlite3.Connection, record_ids: Collection[int]) -> None:
    """Take destroyed records out of the index, inside the caller's transaction.

    Their words stay in the index's bytes until `optimize` has run. Raises KeyError where one is not
    indexed.
    """
    index_hidden(connection, record_ids)
    forget_moments(connection, record_ids)


def forget_moments(connection: sqlite3.Connection, record_ids: Collection[int]) -> None:
    """Forget by which moments dates find destroyed records."""
    keys = [(number,) for number in sorted(record_ids)]
    connection.executemany("DELETE FROM displaced WHERE id = ?", keys)


def index_hidden(connection: sqlite3.Connection, record_ids: Collection[int]) -> None:
    """Take records out of the index that count under another, inside the caller's transaction;
    what dates find them by stays for when they come back.

    Raises KeyError where one is not indexed.
    """
    ordered = sorted(record_ids)
    connection.executemany(_DELETE_FTS, [_stored(connection, number) for number in ordered])
    keys = [(number,) for number in ordered]
    connection.executemany("DELETE FROM search_docs WHERE id = ?", keys)
    connection.executemany("DELETE FROM facet WHERE id = ?", keys)


def _stored(connection: sqlite3.Connection, record_id: int) -> tuple[int | str, ...]:
    found = connection.execute(_READ_DOC, (record_id,)).fetchone()
    if found is None:
        raise KeyError(record_id)
    return tuple(found)


def optimize(connection: sqlite3.Connection) -> None:
    """Merge the index into one piece: searches grow faster and removed words leave its bytes."""
    connection.execute("INSERT INTO fts (fts) VALUES ('optimize')")


def check_index(connection: sqlite3.Connection) -> None:
    """Compare the index with `search_docs`, word by word (about 5 s per million records).

    Only the form with rank = 1 finds a word that leads to a record without it (DESIGN §6); it
    needs a connection that may write. Raises IntegrityError where they differ.
    """
    try:
        connection.execute("INSERT INTO fts (fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error):
            raise
        raise IntegrityError(
            "the search index does not match its records: rebuild it from `search_docs`"
        ) from None


def rebuild(connection: sqlite3.Connection) -> None:
    """Make the index anew from `search_docs`, inside the caller's transaction."""
    connection.execute("INSERT INTO fts (fts) VALUES ('rebuild')")
