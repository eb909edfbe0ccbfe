"""Quarantine: a record nobody is shown, at once, until the city attorney has decided about it.

It is for what should not be seen while that is decided: a mistaken capture, what a court has
sealed, an unlawful image. Nothing is destroyed and nothing of the evidence changes; `archive.veil`
leaves such records out of every connection that reads for people. Each step stays in the history.
"""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from archiver.archive.reading import events_of, record, thread
from archiver.archive.stored_text import to_shown
from archiver.archive.veil import PLACED, STANDING, UNLAWFUL, hidden_now
from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import InputError, RuleError, UsageError
from archiver.register.office import audit
from archiver.retention.schema import migrate_retention

LIFTED = "lifted"
THREAD_LIMIT = 10_000
"""So many records of a thread go into quarantine with one of them."""


class QuarantineKind(StrEnum):
    """Why a record is in quarantine."""

    MISTAKEN = "mistaken capture"
    SEALED = "court-sealed"
    UNLAWFUL = UNLAWFUL
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Step:
    """A record went into quarantine (`what` "placed") or came out ("lifted"), with the kind it was
    there under. Records of one `act` went together; `chosen` is the one of them a
    person chose. `at` is UTC."""

    id: int
    act: int
    file: str
    record_id: int
    chosen: int
    what: str
    kind: QuarantineKind
    reason: str
    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class Placed:
    """What went into quarantine: the ids of one file; `already` of those meant were there."""

    file: str
    ids: tuple[int, ...]
    already: int


def quarantined(office: sqlite3.Connection) -> dict[str, frozenset[int]]:
    """The ids of all records in quarantine, by file ("archive", "private")."""
    return dict(hidden_now(office).ids)


def in_quarantine(office: sqlite3.Connection) -> list[Step]:
    """The steps by which what is in quarantine now came there, newest first."""
    migrate_retention(office)
    return [_step(each) for each in rows(office, f"{STANDING} ORDER BY s.id DESC")]


def standing_over(office: sqlite3.Connection, file: str, record_id: int) -> Step | None:
    """How a record came into the quarantine it is in; None where it is in none."""
    migrate_retention(office)
    found = row(office, f"{STANDING} AND s.file = ? AND s.record_id = ?", file, record_id)
    return None if found is None else _step(found)


def quarantine_history(office: sqlite3.Connection, file: str, record_id: int) -> list[Step]:
    """Every step of a record into quarantine and out of it, oldest first."""
    migrate_retention(office)
    found = rows(
        office,
        "SELECT * FROM quarantine_steps WHERE file = ? AND record_id = ? ORDER BY id",
        *(file, record_id),
    )
    return [_step(each) for each in found]


def together_with(office: sqlite3.Connection, step: Step) -> list[Step]:
    """What went into quarantine in the same act and is still there, the record itself included."""
    found = rows(office, f"{STANDING} AND s.act = ? ORDER BY s.id", step.act)
    return [_step(each) for each in found]


def lifted_lately(office: sqlite3.Connection, limit: int = 50) -> list[Step]:
    """The newest steps out of quarantine."""
    found = rows(
        office,
        "SELECT * FROM quarantine_steps WHERE what = ? ORDER BY id DESC LIMIT ?",
        *(LIFTED, limit),
    )
    return [_step(each) for each in found]


def put_in_quarantine(
    office: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    file: str,
    record_id: int,
    *,
    actor: str,
    kind: str,
    reason: str,
    with_thread: bool = False,
) -> Placed:
    """Take a record out of everybody's sight, by choice with all records of its thread.

    `files` are the evidence files the person may see, by name. What is in quarantine already stays
    there as it is. Nobody sees the records from the moment this returns.

    Raises InputError where there is no such record or kind, UsageError without a reason, RuleError
    where all of it is in quarantine already.
    """
    migrate_retention(office)
    why = kind_of(kind)
    said = reason.strip()
    if not said:
        raise UsageError("say why it goes into quarantine: the city attorney decides by that")
    connection = files.get(file)
    if connection is None:
        raise InputError(f"no record {record_id} in {file}: nothing was put in quarantine")
    meant = meant_records(connection, file, record_id, with_thread=with_thread)
    with write_transaction(office):
        there = quarantined(office).get(file, frozenset())
        going = [number for number in meant if number not in there]
        if not going:
            raise RuleError(f"record {file}:{record_id} is in quarantine already")
        act = _next_act(office)
        now = now_text()
        for number in going:
            step = office.execute(
                "INSERT INTO main.quarantine_steps"
                " (act, file, record_id, chosen, what, kind, reason, at, actor)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (act, file, number, record_id, PLACED, why.value, said, now, actor),
            ).lastrowid
            office.executemany(
                "INSERT INTO main.quarantine_pictures (step_id, sha256) VALUES (?, ?)",
                ((step, digest) for digest in _pictures(connection, number)),
            )
        audit(
            office,
            actor=actor,
            action="put in quarantine",
            subject=f"record {file}:{record_id}",
            detail={"kind": why.value, "reason": said, "records": going},
        )
    return Placed(file, tuple(going), len(meant) - len(going))


def lift(
    office: sqlite3.Connection,
    file: str,
    record_id: int,
    *,
    actor: str,
    reason: str,
    together: bool = False,
) -> tuple[int, ...]:
    """Take a record out of quarantine, with `together` all that went in with it; their ids.

    Who may is the caller's to know: the city attorney. Raises InputError where it is not in
    quarantine, UsageError without a reason.
    """
    migrate_retention(office)
    said = reason.strip()
    if not said:
        raise UsageError("say why it comes out of quarantine: the reason stays in the history")
    with write_transaction(office):
        standing = standing_over(office, file, record_id)
        if standing is None:
            raise InputError(f"record {file}:{record_id} is not in quarantine")
        out = together_with(office, standing) if together else [standing]
        act, now = _next_act(office), now_text()
        for each in out:
            office.execute(
                "INSERT INTO main.quarantine_steps"
                " (act, file, record_id, chosen, what, kind, reason, at, actor)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (act, file, each.record_id, record_id, LIFTED, each.kind.value, said, now, actor),
            )
        numbers = tuple(each.record_id for each in out)
        audit(
            office,
            actor=actor,
            action="lifted from quarantine",
            subject=f"record {file}:{record_id}",
            detail={"reason": said, "records": numbers},
        )
    return numbers


def kind_of(name: str) -> QuarantineKind:
    """The kind by its name. Raises InputError where there is none."""
    try:
        return QuarantineKind(name)
    except ValueError:
        known = ", ".join(kind.value for kind in QuarantineKind)
        raise InputError(f"no kind of quarantine “{name}”: there are {known}") from None


def meant_records(
    connection: sqlite3.Connection, file: str, record_id: int, *, with_thread: bool
) -> list[int]:
    """The ids that go into quarantine with a record, itself first. Raises InputError where there is
    no such record."""
    found = record(connection, record_id)
    if found is None:
        raise InputError(f"no record {file}:{record_id}: nothing was put in quarantine")
    if not with_thread:
        return [record_id]
    others = [entry.record.id for entry in thread(connection, found, limit=THREAD_LIMIT)]
    return list(dict.fromkeys((record_id, *others)))


def _pictures(connection: sqlite3.Connection, record_id: int) -> list[bytes]:
    """The digests of all a record shows or showed in any version, and what came later for it."""
    held = rows(
        connection,
        """
        SELECT DISTINCT m.sha256 FROM versions AS v
        JOIN record_media AS m ON m.version_id = v.id
        WHERE v.record_id = ? AND m.sha256 IS NOT NULL
        """,
        record_id,
    )
    later = [
        bytes.fromhex(event.detail["sha256"])
        for event in events_of(connection, record_id)
        if event.what == "media received"
    ]
    return sorted({*(each["sha256"] for each in held), *later})


def _next_act(office: sqlite3.Connection) -> int:
    found = row(office, "SELECT coalesce(max(act), 0) + 1 AS act FROM main.quarantine_steps")
    return 1 if found is None else int(found["act"])


def _step(found: sqlite3.Row) -> Step:
    return Step(
        *(found["id"], found["act"], found["file"], found["record_id"], found["chosen"]),
        *(found["what"], QuarantineKind(found["kind"]), found["reason"]),
        *(found["at"], found["actor"]),
    )


def quotes_what_is_in_quarantine(
    office: sqlite3.Connection, whole: Mapping[str, sqlite3.Connection], raw: bytes
) -> bool:
    """Whether a platform's object, as received, names a record in quarantine and holds its words: a
    post carries what it quotes. `whole` are the evidence files with what is in quarantine."""
    text = html.unescape(raw.decode("utf-8", "replace"))
    strings: list[str] | None = None
    for file, ids in quarantined(office).items():
        for each in rows(
            whole[file],
            "SELECT native_id, v.text FROM records JOIN versions AS v ON v.record_id = records.id"
            " WHERE records.id IN (SELECT value FROM json_each(?))",
            msgspec.json.encode(sorted(ids)).decode(),
        ):
            if each["native_id"] not in text:
                continue
            strings = _strings(raw) if strings is None else strings
            words = to_shown(each["text"]).strip()
            if words and any(words in said for said in strings):
                return True
    return False


def _strings(raw: bytes) -> list[str]:
    """Every string in a JSON object, or the whole text where it is none."""
    try:
        waiting: list[object] = [msgspec.json.decode(raw)]
    except msgspec.DecodeError:
        return [raw.decode("utf-8", "replace")]
    found = []
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            found.append(html.unescape(each))
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found
