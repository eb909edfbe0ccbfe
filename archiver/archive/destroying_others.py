"""Destroying what is no record: people's closed intervals, unread parts, downloads."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from archiver.archive.dooming import Act, Destroyed, Doomed, all_rows, ids_text, said_of
from archiver.errors import RuleError
from archiver.items import Access

UNREAD = "unread"
ORIGINAL = "original"


def destroy_subscribers(act: Act, wanted: Mapping[int, Doomed]) -> Destroyed:
    """Closed intervals of people on lists."""
    rows = act.all(
        """
        SELECT s.id, s.leaf, b.hash, s.end_leaf, e.hash FROM subscribers AS s
        JOIN leaves AS b ON b.seq = s.leaf LEFT JOIN leaves AS e ON e.seq = s.end_leaf
        WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id
        """,
        ids_text(wanted),
    )
    act.check(wanted, {row[0]: row[2] for row in rows})
    graveyard = act.graveyard(act.access)
    for number, seq, leaf, end_seq, end_leaf in rows:
        if end_seq is None:
            raise RuleError(
                f"subscriber {number} of {act.name} is on the list still: nothing was "
                "destroyed; only an interval that has ended can be"
            )
        said = said_of(wanted[number])
        graveyard.add("subscriber", number, leaf_seq=seq, leaf=leaf, said=said)
        graveyard.add("subscriber end", number, leaf_seq=end_seq, leaf=end_leaf)
    graveyard.close()
    act.delete("subscribers", wanted)
    return Destroyed(subscribers=len(rows))


def destroy_unread(act: Act, wanted: Mapping[int, Doomed]) -> Destroyed:
    """What could not be parsed and was kept as received."""
    rows = act.all(
        """
        SELECT s.id, s.leaf, l.hash, s.account_id, s.digest FROM skipped AS s
        JOIN leaves AS l ON l.seq = s.leaf
        WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id
        """,
        ids_text(wanted),
    )
    act.check(wanted, {row[0]: row[2] for row in rows})
    graveyard = act.graveyard(act.access)
    for number, seq, leaf, account_id, digest in rows:
        identity = act.identity(account_id, UNREAD, digest.hex())
        said = said_of(wanted[number])
        graveyard.add(*("skipped", number), leaf_seq=seq, leaf=leaf, said=said, identity=identity)
    graveyard.close()
    act.delete("skipped", wanted)
    return Destroyed(unread=len(rows))


def destroy_originals(act: Act, wanted: Mapping[int, Doomed]) -> Destroyed:
    """Imported downloads, each with its row in the other file."""
    rows = act.all(
        """
        SELECT o.id, l.hash, o.sha256, o.access, o.extension FROM originals AS o
        JOIN leaves AS l ON l.seq = o.leaf
        WHERE o.id IN (SELECT value FROM json_each(?)) ORDER BY o.id
        """,
        ids_text(wanted),
    )
    act.check(wanted, {row[0]: row[1] for row in rows})
    for access in Access:
        for number, _, digest, *_ in rows:
            _check_uncited(act, access, number, digest)
    # private.db is committed first, so the work that mends a kill between the two stands there
    for access in (Access.PUBLIC, Access.PRIVATE):
        graveyard = act.graveyard(access)
        numbers = []
        for number, _, digest, lies, extension in rows:
            identity = act.identity(0, ORIGINAL, digest.hex())
            twin = original_row(act.archive.file(access), digest)
            if twin is not None:
                made = graveyard.add(
                    *(ORIGINAL, twin[0]),
                    leaf_seq=twin[1],
                    leaf=twin[2],
                    said=said_of(wanted[number]),
                    identity=identity,
                )
                numbers.append(twin[0])
                if access is Access.PRIVATE:
                    graveyard.leave(ORIGINAL, f"{lies}/{digest.hex()}{extension}", made)
        graveyard.close()
        act.archive.file(access).execute(
            "DELETE FROM originals WHERE id IN (SELECT value FROM json_each(?))",
            (ids_text(numbers),),
        )
    return Destroyed(originals=len(rows))


def _check_uncited(act: Act, access: Access, number: int, digest: bytes) -> None:
    connection = act.archive.file(access)
    twin = original_row(connection, digest)
    for table in ("versions", "events", "skipped") if twin else ():
        found = connection.execute(
            f"SELECT 1 FROM {table} WHERE original_id = ? LIMIT 1", (twin[0] if twin else 0,)
        ).fetchone()
        if found is not None:
            raise RuleError(
                f"original {number} of {act.name} is what records in "
                f"{act.archive.home.database(access).name} rest on: nothing was destroyed; "
                "it can go when the last of them has"
            )


def original_row(connection: sqlite3.Connection, digest: bytes) -> tuple[int, int, bytes] | None:
    """The number, leaf's number and leaf of an original in one file."""
    found = all_rows(
        connection,
        """
        SELECT o.id, o.leaf, l.hash FROM originals AS o JOIN leaves AS l ON l.seq = o.leaf
        WHERE o.sha256 = ?
        """,
        digest,
    )
    return found[0] if found else None
