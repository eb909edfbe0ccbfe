"""Batches: a frozen list, what was decided about it, and where it stands."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.decoding import decoder
from archiver.errors import InputError, RuleError
from archiver.register.office import audit, home_of
from archiver.retention.dispositions.bags import remove_bags

OPEN, WITHDRAWN, EXECUTING, DONE = "open", "withdrawn", "executing", "done"
KEPT = "kept"
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A holding on a frozen list, with what it was when the list was frozen.

    `leaf` is the hex of its leaf (of a record: of its current version's), `versions` how many
    versions it had, `leaves` SHA-256 over the leaves of all of them. `outcome` is None while it
    waits, then "kept" (with the reason), "withdrawn", or the act that was done.
    """

    n: int
    file: str
    kind: str
    ref: int
    leaf: str
    versions: int
    leaves: str
    account_id: int
    series: str | None
    cutoff_on: str | None
    retain_until: str | None
    rule: str | None
    outcome: str | None = None
    outcome_at: str | None = None
    reason: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """How holds name it: (file, id)."""
        return (self.file, self.ref)

    @property
    def name(self) -> str:
        """How a person names it: ``archive:123``, or ``private: subscriber 4``."""
        return (
            f"{self.file}:{self.ref}"
            if self.kind == "record"
            else (f"{self.file}: {self.kind} {self.ref}")
        )


FROZEN = (
    *("n", "file", "kind", "ref", "leaf", "versions", "leaves", "account_id", "series"),
    *("cutoff_on", "retain_until", "rule"),
)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A hold that kept holdings out of a batch, and how many."""

    hold_id: int
    title: str
    holdings: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was looked at and not listed: by hold, and by other reason in words. A holding under two
    holds counts under both; `held` is the number of holdings."""

    held: int = 0
    by_hold: tuple[HeldOut, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One series of a batch: how many holdings, of which kind, and the range of their cutoffs."""

    series: str | None
    kind: str
    holdings: int
    first_cutoff: str | None
    last_cutoff: str | None
    last_retain_until: str | None


@dataclass(frozen=True, slots=True)
class BatchEvent:
    """Something that happened to a batch. `at` is UTC."""

    id: int
    at: str
    actor: str
    what: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch (D-…) or a removal (R-…). `state` is open, withdrawn, executing or done; `waiting`,
    `kept` and `gone` count its items. `digest` is SHA-256 over the frozen list (`list_digest`)."""

    id: int
    number: str
    kind: str
    route: str
    act: str
    schedule: str
    criteria: Mapping[str, Any]
    note: str
    frozen_at: str
    frozen_by: str
    items: int
    digest: str
    left_out: LeftOut
    state: str
    waiting: int
    kept: int
    gone: int

    @property
    def is_open(self) -> bool:
        """Whether approvals and keeping are still possible."""
        return self.state == OPEN


_ITEM = ", ".join(Listed.__dataclass_fields__)
_BATCH = """
    SELECT id, number, kind, route, act, schedule, criteria, note, frozen_at, frozen_by, items,
        digest, left_out,
        (SELECT what FROM disposition_events WHERE batch_id = dispositions.id
            AND what IN ('withdrawn', 'execution begun', 'done') ORDER BY id DESC LIMIT 1) AS last
    FROM dispositions
"""
_STATES = {None: OPEN, "withdrawn": WITHDRAWN, "execution begun": EXECUTING, "done": DONE}


def list_batches(conn: sqlite3.Connection, *, kind: str | None = None) -> list[Batch]:
    """Every batch and removal, newest first, withdrawn ones too; `kind` picks one sort."""
    found = rows(conn, f"{_BATCH} WHERE ?1 IS NULL OR kind = ?1 ORDER BY id DESC", kind)
    return [_batch(conn, each) for each in found]


def get_batch(conn: sqlite3.Connection, number: str) -> Batch:
    """A batch by its number. Raises InputError where there is none."""
    found = row(conn, f"{_BATCH} WHERE number = ?", number.strip().upper())
    if found is None:
        raise InputError(f"no batch {number}: `archiver dispositions list` names them")
    return _batch(conn, found)


def items_of(
    conn: sqlite3.Connection, batch: Batch, *, only_waiting: bool = False, after: int = 0
) -> Iterator[Listed]:
    """The items of a batch in the order of its list, from behind place `after` on."""
    waiting = "AND outcome IS NULL" if only_waiting else ""
    last = after
    while True:
        found = rows(
            conn,
            f"SELECT {_ITEM} FROM disposition_items WHERE batch_id = ? AND n > ? {waiting} "
            "ORDER BY n LIMIT ?",
            *(batch.id, last, _CHUNK),
        )
        if not found:
            return
        last = found[-1]["n"]
        yield from (Listed(*each) for each in found)


def items_by_number(conn: sqlite3.Connection, batch: Batch, numbers: Sequence[int]) -> list[Listed]:
    """Items of a batch by their places in the list."""
    found = rows(
        conn,
        f"SELECT {_ITEM} FROM disposition_items WHERE batch_id = ? "
        "AND n IN (SELECT value FROM json_each(?)) ORDER BY n",
        batch.id,
        msgspec.json.encode(list(numbers)).decode(),
    )
    return [Listed(*each) for each in found]


def series_lines(conn: sqlite3.Connection, batch: Batch) -> list[SeriesLine]:
    """Counts per series and kind over the whole frozen list."""
    return _lines(conn, batch, "1")


def gone_lines(conn: sqlite3.Connection, batch: Batch) -> list[SeriesLine]:
    """Counts per series and kind over what is gone."""
    return _lines(conn, batch, "outcome IN ('destroyed', 'transferred', 'removed')")


def _lines(conn: sqlite3.Connection, batch: Batch, where: str) -> list[SeriesLine]:
    found = rows(
        conn,
        f"""
        SELECT series, kind, count(*) AS holdings, min(cutoff_on) AS first, max(cutoff_on) AS last,
            max(retain_until) AS until
        FROM disposition_items WHERE batch_id = ? AND {where}
        GROUP BY series, kind ORDER BY series IS NULL, series, kind
        """,
        batch.id,
    )
    return [SeriesLine(*each) for each in found]


def events_of(conn: sqlite3.Connection, batch: Batch) -> list[BatchEvent]:
    """What happened to a batch, oldest first."""
    found = rows(
        conn,
        "SELECT id, at, actor, what, detail FROM disposition_events WHERE batch_id = ? ORDER BY id",
        batch.id,
    )
    return [
        BatchEvent(each["id"], each["at"], each["actor"], each["what"], _decoded(each["detail"]))
        for each in found
    ]


def event_of(conn: sqlite3.Connection, batch: Batch, what: str) -> BatchEvent | None:
    """The last event of a sort, or None."""
    for each in reversed(events_of(conn, batch)):
        if each.what == what:
            return each
    return None


def note(
    conn: sqlite3.Connection,
    batch: Batch,
    what: str,
    *,
    actor: str,
    detail: Mapping[str, object] | None = None,
    at: str | None = None,
) -> None:
    """Write down what happened to a batch, with its audit row, in the caller's transaction."""
    text = msgspec.json.encode(detail or {}).decode()
    conn.execute(
        "INSERT INTO disposition_events (batch_id, at, actor, what, detail) VALUES (?, ?, ?, ?, ?)",
        (batch.id, at or now_text(), actor, what, text),
    )
    subject = f"{'removal' if batch.kind == 'removal' else 'batch'} {batch.number}"
    audit(conn, actor=actor, action=f"disposition: {what}", subject=subject)


def list_digest(items: Sequence[Listed] | Iterator[Listed]) -> str:
    """SHA-256 over the canonical list: one JSON array per line, the columns of `FROZEN`."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(msgspec.json.encode([getattr(item, name) for name in FROZEN]) + b"\n")
    return digest.hexdigest()


def check_list(conn: sqlite3.Connection, batch: Batch) -> None:
    """Raise RuleError where the stored list is not the one that was frozen."""
    if list_digest(items_of(conn, batch)) != batch.digest:
        raise RuleError(
            f"the list of {batch.number} is not the one that was frozen: nothing is done with it; "
            "restore office.db from the backup"
        )


def keep(
    conn: sqlite3.Connection,
    number: str,
    holdings: Sequence[tuple[str, str, int]],
    *,
    actor: str,
    reason: str,
) -> int:
    """Take holdings (file, kind, id) out of an open batch, for a reason; how many were taken out.

    What is out stays out: a list never grows. Raises RuleError where the batch is not open or no
    reason is given, InputError where a holding is not on the list.
    """
    if not reason.strip():
        raise RuleError("keeping something takes a reason")
    with write_transaction(conn):
        batch = require_open(get_batch(conn, number), "take something out of it")
        taken = 0
        for file, kind, ref in holdings:
            changed = conn.execute(
                "UPDATE disposition_items SET outcome = ?, outcome_at = ?, reason = ? "
                "WHERE batch_id = ? AND file = ? AND kind = ? AND ref = ? AND outcome IS NULL",
                (KEPT, now_text(), reason.strip(), batch.id, file, kind, ref),
            ).rowcount
            if not changed and not _is_kept(conn, batch, file, kind, ref):
                raise InputError(f"{file}:{ref} ({kind}) is not on the list of {batch.number}")
            taken += changed
        if taken:
            detail = {"holdings": taken, "reason": reason.strip()}
            note(conn, batch, "kept", actor=actor, detail=detail)
    return taken


def withdraw(conn: sqlite3.Connection, number: str, *, actor: str, reason: str) -> Batch:
    """Withdraw an open batch; it stays to be seen, a bag made for it does not.

    Raises RuleError where it is not open or no reason is given.
    """
    if not reason.strip():
        raise RuleError("withdrawing a batch takes a reason")
    with write_transaction(conn):
        batch = require_open(get_batch(conn, number), "withdraw it")
        conn.execute(
            "UPDATE disposition_items SET outcome = 'withdrawn', outcome_at = ? "
            "WHERE batch_id = ? AND outcome IS NULL",
            (now_text(), batch.id),
        )
        note(conn, batch, "withdrawn", actor=actor, detail={"reason": reason.strip()})
    home = home_of(conn)
    if home is not None:
        remove_bags(home, batch.number)
    return get_batch(conn, number)


def require_open(batch: Batch, what: str) -> Batch:
    """The batch, where it is open. Raises RuleError otherwise, saying what cannot be done."""
    if not batch.is_open:
        state = "being executed" if batch.state == EXECUTING else batch.state
        raise RuleError(f"{batch.number} is {state}: it is too late to {what}")
    return batch


def _is_kept(conn: sqlite3.Connection, batch: Batch, file: str, kind: str, ref: int) -> bool:
    found = row(
        conn,
        "SELECT 1 FROM disposition_items WHERE batch_id = ? AND file = ? AND kind = ? AND ref = ? "
        "AND outcome = ?",
        *(batch.id, file, kind, ref, KEPT),
    )
    return found is not None


_read_left_out = decoder(LeftOut)


def _batch(conn: sqlite3.Connection, found: sqlite3.Row) -> Batch:
    values = dict(found)
    state = _STATES[values.pop("last")]
    counts = {
        each["outcome"]: each["items"]
        for each in rows(
            conn,
            "SELECT outcome, count(*) AS items FROM disposition_items WHERE batch_id = ? "
            "GROUP BY outcome",
            values["id"],
        )
    }
    values["criteria"] = _decoded(values["criteria"])
    values["left_out"] = _read_left_out(values["left_out"])
    waiting, kept = counts.pop(None, 0), counts.pop(KEPT, 0)
    counts.pop("withdrawn", 0)
    return Batch(**values, state=state, waiting=waiting, kept=kept, gone=sum(counts.values()))


def _decoded(text: str) -> Any:
    return msgspec.json.decode(text)
