"""Proposing which records of an account are one, from what its archive holds now.

Run at the end of an import, and by hand whenever it may have changed (an interface that was granted
later). All that is undecided of the account is looked at anew, so that it makes no difference which
side came first.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from archiver import clock
from archiver.archive.pairs import DERIVED, Strength
from archiver.archive.store import Archive
from archiver.capture.agreeing import Side, plain
from archiver.capture.matching import MOST_HOURS, Match, matches, seconds_of
from archiver.items import Access, Kind

_SIDE = """
    SELECT r.id, v.original_id, r.first_seen_at, r.created_at, r.undated, r.text, r.author_id,
        r.author_handle, r.author_name, r.author_role, r.media_count, r.native_id >= :first
            AND r.native_id < :behind
    FROM records AS r JOIN versions AS v ON v.record_id = r.id AND v.n = 1
    WHERE r.account_id = :account AND r.kind = :kind
        AND NOT EXISTS (SELECT 1 FROM pairs AS p WHERE p.derived_id = r.id)
"""
_DERIVED = f"{_SIDE} AND r.native_id >= :first AND r.native_id < :behind"
_OTHERS = f"""
    {_SIDE} AND NOT (r.native_id >= :first AND r.native_id < :behind)
        AND r.created_at >= :since AND r.created_at <= :until
"""
_BEHIND = DERIVED[:-1] + chr(ord(DERIVED[-1]) + 1)


def propose_pairs(archive: Archive, account_id: int, run_id: int) -> int:
    """Propose what may be one among the records of an account; how many proposals are open then.

    What a person decided stays decided. An open proposal that nothing speaks for any more (a text
    was edited, a record destroyed) goes. `run_id` is the import at whose end it is done. Raises
    BusyError, StorageError.
    """
    if not _two_sides(archive, account_id):
        return 0
    found = {
        access: {kind: _of_kind(archive.file(access), account_id, kind) for kind in Kind}
        for access in Access
    }
    with archive.writer():
        return sum(
            _write(archive.file(access), account_id, run_id, of_kinds)
            for access, of_kinds in found.items()
        )


def _two_sides(archive: Archive, account_id: int) -> bool:
    """Whether records of an account came in two ways, or at two times: one download alone holds
    nothing twice."""
    found = archive.public.execute(
        "SELECT count(*) FROM (SELECT 1 FROM runs WHERE account_id = ? LIMIT 2)",
        (account_id,),
    ).fetchone()
    return int(found[0]) > 1


def latest_import(connection: sqlite3.Connection, account_id: int) -> int | None:
    """The number of an account's newest import; None where there was none."""
    found = connection.execute(
        "SELECT max(id) FROM runs WHERE account_id = ? AND source LIKE '%-download'",
        (account_id,),
    ).fetchone()[0]
    return None if found is None else int(found)


def _of_kind(connection: sqlite3.Connection, account_id: int, kind: Kind) -> list[Match]:
    values: dict[str, object] = {
        "account": account_id,
        "kind": kind.value,
        "first": DERIVED,
        "behind": _BEHIND,
    }
    derived = list(_sides(connection, _DERIVED, values))
    moments = [side.moment for side in derived if side.moment is not None]
    if not moments:
        return []
    around = (MOST_HOURS + 1) * 3_600
    values["since"] = _text_of(min(moments) - around)
    values["until"] = _text_of(max(moments) + around)
    return matches(derived, _sides(connection, _OTHERS, values))


def _text_of(seconds: int) -> str:
    try:
        return clock.to_text(dt.datetime.fromtimestamp(seconds, dt.UTC))
    except (OverflowError, ValueError):
        return "" if seconds < 0 else "9999"


def _sides(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, object]
) -> Iterator[Side]:
    cursor = connection.cursor()
    cursor.row_factory = None
    for row in cursor.execute(sql, values):
        number, source, seen_at, created_at, undated, *told, derived = row
        text, author_id, handle, name, role, media = told
        moment = None if undated else seconds_of(created_at)
        yield Side(
            *(number, source, seen_at, moment, text, author_id, handle, name, role, media),
            derived=bool(derived),
            words=plain(text),
        )


_UPSERT = """
    INSERT INTO pair_proposals (account_id, run_id, kind, derived_id, other_id, strength, ground,
        rivals, proposed_at, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')
    ON CONFLICT (derived_id, other_id) DO UPDATE SET strength = excluded.strength,
        ground = excluded.ground, rivals = excluded.rivals
    WHERE state = 'open'
"""


def _write(
    connection: sqlite3.Connection,
    account_id: int,
    run_id: int,
    of_kinds: Mapping[Kind, Sequence[Match]],
) -> int:
    now = clock.now_text()
    wanted = {(one.derived_id, one.other_id) for some in of_kinds.values() for one in some}
    stale = [
        (row[0],)
        for row in connection.execute(
            "SELECT id, derived_id, other_id FROM pair_proposals"
            " WHERE state = 'open' AND account_id = ?",
            (account_id,),
        ).fetchall()
        if (row[1], row[2]) not in wanted
    ]
    connection.executemany("DELETE FROM pair_proposals WHERE id = ?", stale)
    connection.executemany(
        _UPSERT,
        (
            (
                *(account_id, run_id, kind.value, one.derived_id, one.other_id),
                *(Strength(one.strength).value, one.ground, one.rivals, now),
            )
            for kind, some in of_kinds.items()
            for one in some
        ),
    )
    return int(
        connection.execute(
            "SELECT count(*) FROM pair_proposals WHERE state = 'open' AND account_id = ?",
            (account_id,),
        ).fetchone()[0]
    )
