"""Which records come along with a picked one: its conversation, what it answers, or nothing.

Set-wise: twenty thousand picked records cost a few statements for each thousand of them. A
conversation is found by what each record says it answers, up to the first post and down again, and
by the root it names; a message's is the exchange of messages it belongs to.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec

from archiver.archive.pairs import partners_of, shown_ids

_AT_ONCE = 1_000
_DEEPEST = 200
MESSAGES_LIMIT = 10_000
"""So many messages of one exchange come along: those nearest to the newest picked one."""


class Along(StrEnum):
    """What comes along with a picked record."""

    THREAD = "thread"
    ABOVE = "above"
    NOTHING = "nothing"


ALONG_WORDS = {
    Along.THREAD: "the whole conversation",
    Along.ABOVE: "what it answers, up to the first post",
    Along.NOTHING: "nothing but the record itself",
}

_ABOVE = f"""
    WITH RECURSIVE above (id, account_id, native_id, parent_id, root_id, depth) AS (
        SELECT r.id, r.account_id, r.native_id, r.parent_id, r.root_id, 0
        FROM json_each(:seeds) AS seed CROSS JOIN records AS r ON r.id = seed.value
        WHERE r.kind IN ('post', 'comment')
        UNION
        SELECT up.id, up.account_id, up.native_id, up.parent_id, up.root_id, above.depth + 1
        FROM above CROSS JOIN records AS up ON up.account_id = above.account_id
            AND up.kind IN ('post', 'comment')
            AND up.native_id IN (above.parent_id, above.root_id)
        WHERE above.depth < {_DEEPEST} AND up.id <> above.id
    )
"""
_SELECT_ABOVE = f"{_ABOVE} SELECT DISTINCT id FROM above"
_SELECT_THREAD = f"""
    {_ABOVE}, thread (id, account_id, native_id) AS (
        SELECT id, account_id, native_id FROM above
        UNION
        SELECT down.id, down.account_id, down.native_id
        FROM thread CROSS JOIN records AS down ON down.parent_id = thread.native_id
            AND down.account_id = thread.account_id
        WHERE down.kind IN ('post', 'comment')
        UNION
        SELECT loose.id, loose.account_id, loose.native_id
        FROM thread CROSS JOIN records AS loose ON loose.root_id = thread.native_id
            AND loose.account_id = thread.account_id
        WHERE loose.kind IN ('post', 'comment')
    )
    SELECT DISTINCT id FROM thread
"""
_SELECT_EXCHANGES = """
    SELECT r.account_id, r.root_id, max(r.id)
    FROM json_each(:seeds) AS seed CROSS JOIN records AS r ON r.id = seed.value
    WHERE r.kind = 'message' AND r.root_id IS NOT NULL GROUP BY r.account_id, r.root_id
"""


def family_ids(
    connection: sqlite3.Connection, record_ids: Sequence[int], along: Along
) -> list[int]:
    """The ids of these records and of what comes along with them, of one evidence file, ascending.

    A record that counts under another comes as that one. An id the file does not hold brings
    nothing along and is left out.
    """
    found: set[int] = set()
    seeds = set(record_ids)
    while seeds:
        found |= _family(connection, sorted(seeds), along)
        if along is Along.NOTHING:
            break
        # what answers the download's copy of a post answers the post
        partners = partners_of(connection, found).values()
        seeds = {number for some in partners for number in some} - found
    return sorted(shown_ids(connection, found))


def _family(connection: sqlite3.Connection, record_ids: Sequence[int], along: Along) -> set[int]:
    found: set[int] = set()
    exchanges: set[tuple[int, str]] = set()
    for seeds in _parts(record_ids):
        values: dict[str, object] = {"seeds": msgspec.json.encode(seeds).decode()}
        found.update(_ids(connection, _SELECT_SEEDS, values))
        if along is Along.NOTHING:
            continue
        sql = _SELECT_THREAD if along is Along.THREAD else _SELECT_ABOVE
        found.update(_ids(connection, sql, values))
        if along is Along.THREAD:
            for account_id, root_id, newest in connection.execute(_SELECT_EXCHANGES, values):
                if (account_id, root_id) not in exchanges:
                    exchanges.add((account_id, root_id))
                    found.update(_exchange(connection, account_id, root_id, newest))
    return found


_SELECT_SEEDS = """
    SELECT r.id FROM json_each(:seeds) AS seed CROSS JOIN records AS r ON r.id = seed.value
"""


def _parts(record_ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(record_ids), _AT_ONCE):
        yield list(record_ids[start : start + _AT_ONCE])


def _exchange(
    connection: sqlite3.Connection, account_id: int, root_id: str, around: int
) -> list[int]:
    """The messages of an exchange, half of the limit before a message and the rest behind it."""
    values: dict[str, object] = {"account": account_id, "root": root_id, "around": around}
    same = "SELECT id FROM records WHERE account_id = :account AND root_id = :root"
    before = _ids(
        connection,
        f"{same} AND id <= :around ORDER BY id DESC LIMIT {MESSAGES_LIMIT // 2}",
        values,
    )
    left = MESSAGES_LIMIT - len(before)
    return before + _ids(connection, f"{same} AND id > :around ORDER BY id LIMIT {left}", values)


def _ids(connection: sqlite3.Connection, sql: str, values: dict[str, object]) -> list[int]:
    cursor = connection.cursor()
    cursor.row_factory = None
    return [number for (number,) in cursor.execute(sql, values)]
