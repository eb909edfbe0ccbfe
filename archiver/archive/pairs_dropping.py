"""What becomes of pairs when records leave a file: destroyed by law, or withdrawn."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

import msgspec

from archiver.archive.pairs import partners_of
from archiver.errors import RuleError


def withdrawal_blockers(connection: sqlite3.Connection, record_ids: Collection[int]) -> list[str]:
    """Why records may not be taken back out of a file as if never imported: one sentence for each
    that counts as one with another (the first ten, then how many more)."""
    found = partners_of(connection, record_ids)
    sentences = [
        f"record {number} counts as one with record {partners[0]}, as a person confirmed: take the "
        "pair apart first"
        for number, partners in sorted(found.items())[:10]
    ]
    if len(found) > 10:
        sentences.append(f"{len(found) - 10:,} more records count as one with others")
    return sentences


def drop_pairs_of(connection: sqlite3.Connection, record_ids: Iterable[int]) -> int:
    """Forget the proposals about records that leave a file, and what reconciliations say of them,
    inside the caller's transaction; how many proposals went.

    What was decided stays (`pair_decisions`), and a pair that stands is not touched: whoever takes
    a record away asks `withdrawal_blockers` first, or takes all of its group.
    """
    ids = msgspec.json.encode(list(record_ids)).decode()
    before = connection.total_changes
    connection.execute(
        "DELETE FROM pair_proposals WHERE derived_id IN (SELECT value FROM json_each(?1))"
        " OR other_id IN (SELECT value FROM json_each(?1))",
        (ids,),
    )
    dropped = connection.total_changes - before
    connection.execute(
        "DELETE FROM reconciled WHERE record_id IN (SELECT value FROM json_each(?))", (ids,)
    )
    return dropped


def drop_reconciliation(connection: sqlite3.Connection, run_id: int) -> None:
    """Forget what an import was found to hold beside the interface, inside the caller's
    transaction: for an import that is withdrawn."""
    for table in ("reconciled", "reconciliations"):
        connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))


def drop_group_of(connection: sqlite3.Connection, record_ids: Collection[int]) -> None:
    """Forget the pairs of records that are being destroyed with all they count as one with.

    Raises RuleError where one of a group would stay: both go or neither.
    """
    going = set(record_ids)
    for number, partners in partners_of(connection, going).items():
        left = [each for each in partners if each not in going]
        if left:
            raise RuleError(
                f"record {number} counts as one with record {left[0]}, which stays: nothing was "
                "destroyed; take both, or take the pair apart first"
            )
    connection.execute(
        "DELETE FROM pairs WHERE derived_id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(sorted(going)).decode(),),
    )
    drop_pairs_of(connection, going)
