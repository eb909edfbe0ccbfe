"""Holds: what may not be destroyed, whatever the schedule says (DESIGN §7 rule 2).

A hold stops disposition. It never stops a request's clock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

import msgspec

from archiver.clock import local_day, now_text, shown_day
from archiver.database import row, rows
from archiver.errors import InputError, RuleError
from archiver.register.office import audit

Key = tuple[str, int]
"""A record as holds name it: the file ("archive" or "private") and the record's id."""

_AT_ONCE = 10_000


class HoldKind(StrEnum):
    """Why something is held."""

    LITIGATION = "litigation"
    CLAIM = "claim"
    AUDIT = "audit"
    SUBPOENA = "subpoena"
    REQUEST = "records request"
    ADMINISTRATIVE = "administrative"


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. `reference` is its number outside (a request, a claim); times are UTC. Before
    `hold_until` it is not released: so long what it stood for is looked back on (None: a person
    may release it at any time)."""

    id: int
    kind: str
    reference: str
    reason: str
    placed_at: str
    placed_by: str
    released_at: str | None
    released_by: str | None
    release_reason: str | None
    hold_until: str | None = None

    @property
    def title(self) -> str:
        """How a page calls it: ``records request 2026-0041``."""
        return f"{self.kind} {self.reference}"


_COLUMNS = ", ".join(f"holds.{field.name}" for field in fields(Hold))


def place_hold(
    conn: sqlite3.Connection, *, actor: str, kind: HoldKind, reference: str, reason: str
) -> Hold:
    """The open hold of that kind and reference, placed now where there is none.

    Runs inside the caller's transaction, so that a request and its hold stand or fall together.
    Raises RuleError where reference or reason is missing.
    """
    if not reference.strip() or not reason.strip():
        raise RuleError("a hold needs a reference (a case or request number) and a reason")
    known = open_hold(conn, kind, reference)
    if known is not None:
        return known
    cursor = conn.execute(
        "INSERT INTO holds (kind, reference, reason, placed_at, placed_by) VALUES (?, ?, ?, ?, ?)",
        (kind.value, reference, reason, now_text(), actor),
    )
    hold = hold_by_id(conn, int(cursor.lastrowid or 0))
    audit(
        conn,
        actor=actor,
        action="hold placed",
        subject=f"hold {hold.id}",
        detail={"kind": hold.kind, "reference": reference, "reason": reason},
    )
    return hold


def hold_records(
    conn: sqlite3.Connection, hold: Hold, records: Iterable[tuple[str, int]], *, actor: str
) -> int:
    """Put records, as (file, record id), under a hold; how many were not under it before.

    Runs inside the caller's transaction. Raises RuleError where the hold is released.
    """
    if hold_by_id(conn, hold.id).released_at is not None:
        raise RuleError(f"{hold.title} is released: place a new hold")
    added = add_held(conn, hold.id, records)
    if added:
        audit(
            conn,
            actor=actor,
            action="records held",
            subject=f"hold {hold.id}",
            detail={"records": added},
        )
    return added


def add_held(
    conn: sqlite3.Connection,
    hold_id: int,
    records: Iterable[Key],
    search_id: int | None = None,
) -> int:
    """Put records under an open hold, with the search that caught them; how many were not under it.

    Costs what the records cost, however many the hold keeps already. The caller writes the audit.
    """
    before, now = conn.total_changes, now_text()
    conn.executemany(
        "INSERT INTO main.hold_items (file, record_id, hold_id, added_at, search_id) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((file, record_id, hold_id, now, search_id) for file, record_id in records),
    )
    return conn.total_changes - before


def keep_until(conn: sqlite3.Connection, hold: Hold, moment: str | None, *, actor: str) -> None:
    """Set before which moment (UTC) an open hold is not released, or take it back (None).

    What the hold stands for tells it when it ends (a records request: closed, opened again). Runs
    inside the caller's transaction.
    """
    if hold_by_id(conn, hold.id).hold_until == moment:
        return
    conn.execute("UPDATE holds SET hold_until = ? WHERE id = ?", (moment, hold.id))
    audit(
        conn,
        actor=actor,
        action="hold kept until",
        subject=f"hold {hold.id}",
        detail={"until": moment},
    )


def open_hold(conn: sqlite3.Connection, kind: HoldKind, reference: str) -> Hold | None:
    """The open hold of that kind and reference, or None."""
    found = row(
        conn,
        f"SELECT {_COLUMNS} FROM holds WHERE kind = ? AND reference = ? AND released_at IS NULL",
        kind.value,
        reference,
    )
    return None if found is None else Hold(*found)


def release_hold(
    conn: sqlite3.Connection,
    hold: Hold,
    *,
    actor: str,
    reason: str,
    time_zone: str = "America/Los_Angeles",
) -> Hold:
    """Release a hold by a person's decision, inside the caller's transaction.

    `time_zone` is the agency's, for the day in a refusal. Raises RuleError where no reason is
    given, it is released already, what it stands for (an open request) still needs it, or the time
    after the end of that has not passed.
    """
    if not reason.strip():
        raise RuleError("releasing a hold needs a reason")
    known = hold_by_id(conn, hold.id)
    if known.released_at is not None:
        raise RuleError(f"{hold.title} is released already")
    if known.hold_until is not None and now_text() < known.hold_until:
        day = shown_day(local_day(known.hold_until, time_zone))
        raise RuleError(
            f"{hold.title} is held until {day}, so long after what it stood for has ended: "
            "release it from that day on"
        )
    try:
        conn.execute(
            "UPDATE holds SET released_at = ?, released_by = ?, release_reason = ? WHERE id = ?",
            (now_text(), actor, reason, hold.id),
        )
    except sqlite3.IntegrityError as refused:
        raise RuleError(f"{hold.title} was not released: {refused}") from None
    audit(
        conn,
        actor=actor,
        action="hold released",
        subject=f"hold {hold.id}",
        detail={"reason": reason},
    )
    return hold_by_id(conn, hold.id)


def hold_by_id(conn: sqlite3.Connection, hold_id: int) -> Hold:
    """The hold of that id. Raises InputError where there is none."""
    found = row(conn, f"SELECT {_COLUMNS} FROM holds WHERE id = ?", hold_id)
    if found is None:
        raise InputError(f"no hold {hold_id}: see `archiver holds list`")
    return Hold(*found)


def list_holds(conn: sqlite3.Connection, *, include_released: bool = False) -> list[Hold]:
    """Holds in the order they were placed."""
    found = rows(
        conn,
        f"SELECT {_COLUMNS} FROM holds WHERE ? OR released_at IS NULL ORDER BY id",
        include_released,
    )
    return [Hold(*each) for each in found]


def held_count(conn: sqlite3.Connection, hold: Hold) -> int:
    """How many records a hold keeps."""
    counted = conn.execute("SELECT count(*) FROM hold_items WHERE hold_id = ?", (hold.id,))
    return int(counted.fetchone()[0])


def holds_on(conn: sqlite3.Connection, file: str, record_id: int) -> list[Hold]:
    """The open holds a record is under, oldest first; see `holds_over`."""
    return holds_over(conn, [(file, record_id)]).get((file, record_id), [])


def holds_over(conn: sqlite3.Connection, keys: Collection[Key]) -> dict[Key, list[Hold]]:
    """The open holds each of these records is under, oldest first; records under none are left out.

    One query per ten thousand records. A hold whose search has not gathered all of its records yet
    (it is being placed at this moment, or its placing was killed) counts as a hold over every
    record: only `standing.catch_up` can tell that a record is not under it.
    """
    holds = {hold.id: hold for hold in list_holds(conn)}
    if not holds:
        return {}
    found: dict[Key, list[int]] = {}
    for file, wanted in _by_file(keys).items():
        for start in range(0, len(wanted), _AT_ONCE):
            some = msgspec.json.encode(wanted[start : start + _AT_ONCE]).decode()
            for each in rows(
                conn,
                """
                SELECT record_id, hold_id FROM json_each(?) AS wanted
                CROSS JOIN hold_items ON file = ? AND record_id = wanted.value
                """,
                some,
                file,
            ):
                if each["hold_id"] in holds:
                    found.setdefault((file, each["record_id"]), []).append(each["hold_id"])
    gathering = [hold.id for hold in holds_being_gathered(conn)]
    if gathering:
        for key in keys:
            found[key] = [*found.get(key, []), *gathering]
    return {key: [holds[number] for number in sorted(set(ids))] for key, ids in found.items()}


def holds_being_gathered(conn: sqlite3.Connection) -> list[Hold]:
    """The open holds of which a search has not looked through both files yet."""
    found = rows(
        conn,
        f"""
        SELECT {_COLUMNS} FROM holds WHERE released_at IS NULL AND EXISTS (
            SELECT 1 FROM hold_searches AS search WHERE search.hold_id = holds.id AND (
                SELECT count(*) FROM hold_cursors WHERE search_id = search.id
            ) < 2
        ) ORDER BY id
        """,
    )
    return [Hold(*each) for each in found]


def holds_over_people(
    conn: sqlite3.Connection, account_ids: Collection[int]
) -> dict[int, list[Hold]]:
    """The open holds over what of an account is no record: its lists of people, the downloads it
    was imported from, what in them could not be read. By account id, oldest hold first.

    Held by a hold that names the account as a whole, and by a records request that touches the
    account's people.
    """
    holds = {hold.id: hold for hold in list_holds(conn)}
    found: dict[int, list[Hold]] = {}
    for each in rows(
        conn,
        """
        SELECT DISTINCT account_id, hold_id FROM hold_accounts
        WHERE account_id IN (SELECT value FROM json_each(?)) ORDER BY account_id, hold_id
        """,
        msgspec.json.encode(sorted(account_ids)).decode(),
    ):
        if each["hold_id"] in holds:
            found.setdefault(each["account_id"], []).append(holds[each["hold_id"]])
    return found


def _by_file(keys: Iterable[Key]) -> Mapping[str, list[int]]:
    wanted: dict[str, list[int]] = {}
    for file, record_id in keys:
        wanted.setdefault(file, []).append(record_id)
    return {file: sorted(set(ids)) for file, ids in wanted.items()}
