"""All records a search finds, and which of some records it finds: complete, exact, without a page.

What is kept because a search found it (a hold) rests on all of its hits, never on a page of them or
on what was counted in time. Both ways ask FTS5 the expression the search asks, so that they agree
with it: over the whole file its own index answers; over a few records an index of just these, in
memory, made from the very strings the file has indexed. The second costs what these records cost,
however many others there are.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import msgspec

from archiver.archive import scripts
from archiver.archive.filters import Filters, Plan, known_accounts, plan
from archiver.archive.query import parse
from archiver.archive.span import Span, plain, span_of_days
from archiver.archive.veil import seen_in

CHUNK = 5_000
"""Records looked at together: an index in memory of so many takes a few megabytes."""

_COLUMNS = "text, earlier, people, recipients, files, tokens"


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as these files understand it now: what the index is asked, and the stretch of time.

    Names of accounts are read as the accounts of the files: an account that is renamed or added may
    change what the same words ask."""

    plan: Plan
    span: Span

    @property
    def reading(self) -> str:
        """All that decides what is found, as text: equal where the same is asked."""
        made = self.plan
        asked = (made.match, bool(made.nothing), self.span.low, self.span.high)
        return msgspec.json.encode(asked).decode()


@contextmanager
def snapshot(files: Mapping[str, sqlite3.Connection]) -> Iterator[None]:
    """Hold each file as it is now, so that all that is read of it speaks of the same records."""
    begun = [file for file in files.values() if not file.in_transaction]
    for file in begun:
        file.execute("BEGIN")
    try:
        yield
    finally:
        for file in begun:
            file.execute("ROLLBACK")


def ask(
    files: Mapping[str, sqlite3.Connection], text: str, filters: Filters, time_zone: str
) -> Asked:
    """Read a search (`query`) and its filters as `search` reads them.

    `files` are the evidence files by name. Raises SearchRefused and UsageError as `search` does.
    """
    known, only = known_accounts(files.values()), seen_in(files.values())
    made = plan(parse(text), filters, known, only)
    return Asked(made, span_of_days(files, made.start, made.end, time_zone))


def all_matching(file: str, connection: sqlite3.Connection, asked: Asked) -> array[int]:
    """The ids of all records of a file the search finds, ascending, eight bytes each.

    Takes as long as it takes: there is no time budget.
    """
    made, span = asked.plan, asked.span
    if made.nothing:
        return array("q")
    if made.match is None:
        sql = f"""
            SELECT f.id FROM facet f WHERE f.id BETWEEN :low AND :high
            {span.condition(file, "f.id")} ORDER BY f.id
        """
    else:
        sql = f"""
            SELECT fts.rowid FROM fts WHERE fts MATCH :match AND fts.rowid BETWEEN :low AND :high
            {span.condition(file, "fts.rowid")} ORDER BY fts.rowid
        """
    cursor = connection.cursor()
    cursor.row_factory = None
    found = cursor.execute(sql, {**span.values, "match": made.match})
    ids = array("q", (number for (number,) in found))
    strays = span.strays(file, connection, made.match).ids
    return array("q", sorted([*ids, *strays])) if strays else ids


def matching_ids(
    connection: sqlite3.Connection, asked: Sequence[Asked], among: Sequence[int]
) -> list[list[int]]:
    """Which of some records of a file each search finds, ascending; one list for each search.

    Give at most a few thousand records at a time (`CHUNK`): they are indexed in memory.
    """
    wanted = msgspec.json.encode(list(among)).decode()
    docs = plain(
        connection,
        f"""
        SELECT doc.id, {_COLUMNS} FROM json_each(:wanted) AS wanted
        CROSS JOIN search_docs AS doc ON doc.id = wanted.value ORDER BY doc.id
        """,
        {"wanted": wanted},
    )
    places = _places(connection, [doc[0] for doc in docs], wanted)
    with closing(_index_of(docs)) as index:
        return [_found(index, each, places) for each in asked]


def _places(
    connection: sqlite3.Connection, ids: Sequence[int], wanted: str
) -> list[tuple[int, int]]:
    """The ids with where each stands in time: by its id, or as `displaced` says."""
    displaced = dict(
        plain(
            connection,
            """
            SELECT displaced.id, slot FROM json_each(:wanted) AS wanted
            CROSS JOIN displaced ON displaced.id = wanted.value
            """,
            {"wanted": wanted},
        )
    )
    return [(number, displaced.get(number, number)) for number in ids]


def _index_of(docs: Sequence[tuple[object, ...]]) -> sqlite3.Connection:
    """An index in memory of these strings: the file's own columns and tokenizer, no copy kept."""
    index = sqlite3.connect(":memory:", isolation_level=None)
    index.execute(
        f"""
        CREATE VIRTUAL TABLE fts USING fts5(
            {_COLUMNS}, content = '', detail = full, tokenize = "{scripts.TOKENIZER}"
        )
        """
    )
    index.execute("BEGIN")
    index.executemany(f"INSERT INTO fts (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", docs)
    index.execute("COMMIT")
    return index


def _found(index: sqlite3.Connection, asked: Asked, places: Sequence[tuple[int, int]]) -> list[int]:
    made, span = asked.plan, asked.span
    if made.nothing:
        return []
    in_time = [number for number, place in places if span.low <= place <= span.high]
    if made.match is None or not in_time:
        return in_time
    rows = index.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (made.match,))
    matching = {number for (number,) in rows}
    return [number for number in in_time if number in matching]
