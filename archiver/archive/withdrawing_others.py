"""Withdrawing what an import brought beside records: people, statements, unread parts, its file."""

from __future__ import annotations

import sqlite3

import msgspec

from archiver.archive.destroying_others import ORIGINAL, original_row
from archiver.archive.dooming import Act, all_rows
from archiver.archive.pairs_dropping import drop_reconciliation
from archiver.archive.tombstones import CLOSING
from archiver.archive.withdrawing_counts import Withdrawn
from archiver.archive.withdrawing_part import SLICE, Part
from archiver.archive.withdrawing_scope import Imported
from archiver.items import Access


def withdraw_people(act: Act, part: Part) -> Withdrawn:
    """Intervals it opened go; those it closed are open again."""
    opened = 0
    while found := part.all("subscribers", "t.id, t.leaf, l.hash, t.end_leaf", "from_run"):
        graveyard = act.graveyard(act.access)
        for number, seq, leaf, end_seq in found:
            graveyard.add("subscriber", number, leaf_seq=seq, leaf=leaf)
            if end_seq is not None:
                end = act.all("SELECT hash FROM leaves WHERE seq = ?", end_seq)[0][0]
                graveyard.add("subscriber end", number, leaf_seq=end_seq, leaf=end)
        graveyard.close()
        act.delete("subscribers", [row[0] for row in found])
        opened += len(found)
    return Withdrawn(people=opened, reopened=_reopen(act, part))


def _reopen(act: Act, part: Part) -> int:
    after = reopened = 0
    while closed := act.all(
        f"""
        SELECT s.id, s.end_leaf, l.hash FROM subscribers AS s JOIN leaves AS l ON l.seq = s.end_leaf
        WHERE s.id > ? AND s.to_run IN (SELECT value FROM json_each(?)) ORDER BY s.id LIMIT {SLICE}
        """,
        *(after, part.runs),
    ):
        graveyard = act.graveyard(act.access)
        for number, seq, leaf in closed:
            graveyard.add(CLOSING, seq, leaf_seq=seq, leaf=leaf, said={"subscriber": number})
        graveyard.close()
        act.connection.executemany(
            "UPDATE subscribers SET to_at = NULL, to_run = NULL, end_leaf = NULL WHERE id = ?",
            [(row[0],) for row in closed],
        )
        after = closed[-1][0]
        reopened += len(closed)
    return reopened


def withdraw_rows(act: Act, part: Part) -> Withdrawn:
    """Rows that belong to nothing else."""
    for run_id in msgspec.json.decode(part.runs, type=list[int]):
        drop_reconciliation(act.connection, run_id)
    return Withdrawn(
        counts=_withdraw_all(act, part, "subscriber_counts", "subscriber count"),
        coverage=_withdraw_all(act, part, "coverage", "coverage"),
        unread=_withdraw_all(act, part, "skipped", "skipped"),
        resightings=_withdraw_all(act, part, "resightings", "resighting"),
    )


def _withdraw_all(act: Act, part: Part, table: str, kind: str) -> int:
    gone = 0
    while found := part.all(table, "t.id, t.leaf, l.hash"):
        graveyard = act.graveyard(act.access)
        for number, seq, leaf in found:
            graveyard.add(kind, number, leaf_seq=seq, leaf=leaf)
        graveyard.close()
        act.delete(table, [row[0] for row in found])
        gone += len(found)
    return gone


def withdraw_originals(act: Act, imported: Imported) -> Withdrawn:
    """The files it read that no other import rests on. Their bytes go after the commit."""
    graveyard = act.graveyard(act.access)
    numbers = []
    for file in imported.files:
        found = original_row(act.connection, bytes.fromhex(file.sha256))
        if file.kept or found is None:
            continue
        number, seq, leaf = found
        numbers.append(number)
        made = graveyard.add(ORIGINAL, number, leaf_seq=seq, leaf=leaf)
        # where the files differ, private.db is the one that is committed first
        if act.access is Access.PRIVATE:
            told = "SELECT access || '/', extension FROM originals WHERE id = ?"
            folder, extension = act.all(told, number)[0]
            graveyard.leave(ORIGINAL, f"{folder}{file.sha256}{extension}", made)
    graveyard.close()
    act.delete("originals", numbers)
    return Withdrawn(originals=len(numbers))


def forget_positions(connection: sqlite3.Connection, imported: Imported) -> None:
    """Forget that its files were read, and how far; where it did not end, how far any file of the
    account was: reading one from its beginning again brings nothing twice."""
    connection.execute(
        """
        DELETE FROM cursors WHERE account_id = ?1
            AND ((?2 <> '' AND instr(name, ?2)) OR (?3 AND name LIKE ?4))
        """,
        (imported.account_id, imported.digest, not imported.ended, f"{imported.source} at %"),
    )


def observe_as_before(act: Act, imported: Imported) -> None:
    """Let the account be observed up to where it was before the import, or to where a run that
    stands has covered it since."""
    connection = act.connection
    since, before = _before(connection, imported)
    runs = msgspec.json.encode(imported.runs).decode()
    for what, at in all_rows(
        act.archive.public,
        """
        SELECT what, max(end_at) FROM coverage
        WHERE account_id = ? AND run_id > ? AND state <> 'none'
            AND run_id NOT IN (SELECT value FROM json_each(?))
        GROUP BY what
        """,
        *(imported.account_id, since, runs),
    ):
        before[what] = max(before.get(what, ""), at)
    for kind, at in all_rows(
        connection, "SELECT kind, at FROM observed WHERE account_id = ?", imported.account_id
    ):
        if kind not in before:
            connection.execute(
                "DELETE FROM observed WHERE account_id = ? AND kind = ?",
                (imported.account_id, kind),
            )
        elif before[kind] < at:
            connection.execute(
                "UPDATE observed SET at = ? WHERE account_id = ? AND kind = ?",
                (before[kind], imported.account_id, kind),
            )


def _before(connection: sqlite3.Connection, imported: Imported) -> tuple[int, dict[str, str]]:
    """The run since which, and what of every kind had been observed until then; an import from
    before that was noted is judged by all coverage of the account."""
    first = imported.runs[0]
    found = all_rows(connection, "SELECT kinds FROM observed_before WHERE run_id = ?", first)
    return (first, msgspec.json.decode(found[0][0])) if found else (0, {})
