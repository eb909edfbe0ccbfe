"""The queue of what may be a request, a claim, a notice or a threat, and what a person said it is.

Nothing here happens by itself: each outcome is a person's, by name and time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.errors import BusyError, InputError, RuleError
from archiver.register.office import audit
from archiver.requests.intake import Request, get_request, hold_touched, note
from archiver.requests.receiving.patterns import KINDS
from archiver.retention.holds import HoldKind, hold_records, place_hold

REQUEST = "records request"
NONE = "none of these"
OUTCOMES = (*KINDS, NONE)
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person said a record is. `told` is who was told of it; `request_id` and `hold_id` what
    came of it, where anything did. `taken_back` is why it no longer stands, "" while it does."""

    id: int
    outcome: str
    request_id: int | None
    hold_id: int | None
    told: str
    note: str
    at: str
    actor: str
    taken_back: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that was noticed: in which version, for which kinds and by which phrases of the
    list. `outcome` is None as long as it waits for a person."""

    id: int
    file: str
    record_id: int
    version_id: int
    kinds: tuple[str, ...]
    phrases: tuple[str, ...]
    at: str
    outcome: Outcome | None


_CANDIDATES = """
    SELECT c.*, d.id AS decision_id, d.outcome, d.request_id, d.hold_id, d.told, d.note,
        d.at AS decided_at, d.actor, '' AS taken_back
    FROM intake_candidates AS c LEFT JOIN intake_decisions AS d ON d.candidate_id = c.id
        AND NOT EXISTS (SELECT 1 FROM intake_decisions_taken_back WHERE decision_id = d.id)
"""
_DECIDED = """
    SELECT c.*, d.id AS decision_id, d.outcome, d.request_id, d.hold_id, d.told, d.note,
        d.at AS decided_at, d.actor, coalesce(back.reason, '') AS taken_back
    FROM intake_decisions AS d JOIN intake_candidates AS c ON c.id = d.candidate_id
    LEFT JOIN intake_decisions_taken_back AS back ON back.decision_id = d.id
"""
_WAITING = """
    NOT EXISTS (
        SELECT 1 FROM intake_decisions AS d WHERE d.candidate_id = c.id AND NOT EXISTS (
            SELECT 1 FROM intake_decisions_taken_back WHERE decision_id = d.id
        )
    )
    AND (:private OR c.file <> 'private')
    AND NOT (c.file = 'archive' AND c.record_id IN (SELECT value FROM json_each(:archive_hidden)))
    AND NOT (c.file = 'private' AND c.record_id IN (SELECT value FROM json_each(:private_hidden)))
"""
NOTHING: Mapping[str, Collection[int]] = {}


def waiting(
    conn: sqlite3.Connection,
    *,
    private: bool = True,
    hidden: Mapping[str, Collection[int]] = NOTHING,
    limit: int = -1,
    start: int = 0,
) -> list[Candidate]:
    """What waits for a person, the longest waiting first: `private` whether private records are
    told, `hidden` the ids by file that nobody is shown; from the place `start` on."""
    sql = f"{_CANDIDATES} WHERE {_WAITING} ORDER BY c.id LIMIT :limit OFFSET :start"
    values = {**_told_to(private, hidden), "limit": limit, "start": start}
    return [_candidate(each) for each in conn.execute(sql, values).fetchall()]


def count_waiting(
    conn: sqlite3.Connection,
    *,
    private: bool = True,
    hidden: Mapping[str, Collection[int]] = NOTHING,
) -> int:
    """How much waits; as `waiting`. Cheap: every page of the desk asks it."""
    sql = f"SELECT count(*) FROM intake_candidates AS c WHERE {_WAITING}"
    return int(conn.execute(sql, _told_to(private, hidden)).fetchone()[0])


def _told_to(private: bool, hidden: Mapping[str, Collection[int]]) -> dict[str, object]:
    return {
        "private": private,
        **{
            f"{file}_hidden": msgspec.json.encode(sorted(hidden.get(file, ()))).decode()
            for file in ("archive", "private")
        },
    }


def decided_lately(conn: sqlite3.Connection, limit: int = 50) -> list[Candidate]:
    """What people said lately, the newest first; what was taken back is among it."""
    found = rows(conn, f"{_DECIDED} ORDER BY d.id DESC LIMIT ?", limit)
    return [_candidate(each) for each in found]


def get_candidate(conn: sqlite3.Connection, candidate_id: int) -> Candidate:
    """One of the queue. Raises InputError where there is none."""
    found = row(conn, f"{_CANDIDATES} WHERE c.id = ?", candidate_id)
    if found is None:
        raise InputError(f"nothing of number {candidate_id} is in the queue")
    return _candidate(found)


def say_what_it_is(
    conn: sqlite3.Connection,
    candidate_id: int,
    outcome: str,
    *,
    actor: str,
    told: str = "",
    note_text: str = "",
    hold_reference: str = "",
) -> Candidate:
    """Record that a noticed record is a claim, a legal notice, a threat, or none of these.

    `told` is who was told of it; with `hold_reference` the record is held from disposition under a
    hold of that number, of kind claim. A records request is logged: `arriving.log_arrival`.
    Raises BusyError where somebody was faster, RuleError where nobody is told of a claim, notice or
    threat, or a hold is asked for nothing.
    """
    if outcome == REQUEST:
        raise RuleError("a records request is logged, with its words and the time it was written")
    if outcome not in OUTCOMES:
        raise InputError(f"that is not known: use one of {', '.join(OUTCOMES)}")
    who, words = " ".join(told.split()), " ".join(note_text.split())
    if len(who) > LONGEST or len(words) > LONGEST:
        raise InputError(f"who was told, and the note, have at most {LONGEST} letters")
    if outcome == NONE and hold_reference.strip():
        raise RuleError("what is none of these is not held for a claim")
    if outcome != NONE and not who:
        raise RuleError(f"a {outcome} is told to somebody: say who was told")
    with write_transaction(conn):
        candidate = _still_waiting(conn, candidate_id)
        hold = None
        if hold_reference.strip():
            hold = place_hold(
                conn,
                actor=actor,
                kind=HoldKind.CLAIM,
                reference=" ".join(hold_reference.split()),
                reason=f"a resident’s words that were found to be a {outcome}",
            )
            hold_records(conn, hold, [(candidate.file, candidate.record_id)], actor=actor)
        _enter(
            conn, candidate, outcome, actor, hold_id=hold.id if hold else None, told=who, note=words
        )
    return get_candidate(conn, candidate_id)


def take_decision_back(
    conn: sqlite3.Connection, candidate_id: int, *, actor: str, reason: str, seen: int | None = None
) -> Candidate:
    """Take back what was said of a noticed record: it waits for a person again. A hold that was
    placed stays: releasing it is an act of its own. `seen` is the decision the person saw.

    Raises InputError where there is nothing of that number, RuleError without a reason, where
    nothing was said of it or a request was made of it, BusyError where it was said anew meanwhile.
    """
    why = " ".join(reason.split())
    if not why:
        raise RuleError("taking back what was said needs a reason")
    if len(why) > LONGEST:
        raise InputError(f"the reason has at most {LONGEST} letters")
    with write_transaction(conn):
        candidate = get_candidate(conn, candidate_id)
        said = candidate.outcome
        if said is None:
            raise RuleError("nothing stands that could be taken back: it waits in the queue")
        if seen is not None and seen != said.id:
            raise BusyError(f"{said.actor} has said meanwhile that it is: {said.outcome}")
        if said.request_id is not None:
            found = row(conn, "SELECT number FROM requests WHERE id = ?", said.request_id)
            number = found["number"] if found else said.request_id
            raise RuleError(
                f"request {number} was made of it and stays: if nobody asked for records, close "
                "that request and give this as the reason"
            )
        conn.execute(
            "INSERT INTO main.intake_decisions_taken_back (decision_id, reason, at, actor) "
            "VALUES (?, ?, ?, ?)",
            (said.id, why, now_text(), actor),
        )
        audit(
            conn,
            actor=actor,
            action="queue: taken back",
            subject=f"noticed {candidate.id}",
            detail={"was": said.outcome, "hold": said.hold_id, "reason": why},
        )
    return get_candidate(conn, candidate_id)


def enter_source(
    conn: sqlite3.Connection,
    request: Request,
    file: str,
    record_id: int,
    version_id: int,
    *,
    actor: str,
) -> None:
    """Say, in the caller's transaction, that a request was made by the words of a record, which is
    held as long as the request is open and leaves the queue.

    Raises BusyError where a request was logged from it already, RuleError for practice.
    """
    if request.practice:
        raise RuleError("what a resident wrote is a request, not practice: log it as one")
    known = requests_from(conn, file, record_id)
    if known:
        raise BusyError(f"this is logged as request {known[0].number} already: see there")
    conn.execute(
        "INSERT INTO main.request_sources (request_id, file, record_id, version_id, at, actor) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (request.id, file, record_id, version_id, now_text(), actor),
    )
    hold_touched(conn, request, [(file, record_id)], actor=actor)
    note(conn, request, actor=actor, kind="made from a record")
    found = rows(
        conn,
        f"{_CANDIDATES} WHERE d.id IS NULL AND c.file = ? AND c.record_id = ?",
        *(file, record_id),
    )
    for each in found:
        _enter(conn, _candidate(each), REQUEST, actor, request_id=request.id)


def requests_from(conn: sqlite3.Connection, file: str, record_id: int) -> list[Request]:
    """The requests that were made by the words of a record."""
    found = rows(
        conn,
        "SELECT number FROM request_sources JOIN requests ON requests.id = request_id "
        "WHERE file = ? AND record_id = ? AND practice = 0 ORDER BY requests.id",
        *(file, record_id),
    )
    return [get_request(conn, each["number"]) for each in found]


def sources_of(conn: sqlite3.Connection, request: Request) -> list[tuple[str, int]]:
    """The records by whose words a request was made, as file and id."""
    found = rows(
        conn,
        "SELECT file, record_id FROM request_sources WHERE request_id = ? ORDER BY id",
        request.id,
    )
    return [(each["file"], each["record_id"]) for each in found]


def _still_waiting(conn: sqlite3.Connection, candidate_id: int) -> Candidate:
    candidate = get_candidate(conn, candidate_id)
    if candidate.outcome is not None:
        known = candidate.outcome
        raise BusyError(f"{known.actor} has said already that it is: {known.outcome}")
    return candidate


def _enter(
    conn: sqlite3.Connection,
    candidate: Candidate,
    outcome: str,
    actor: str,
    *,
    request_id: int | None = None,
    hold_id: int | None = None,
    told: str = "",
    note: str = "",
) -> None:
    conn.execute(
        "INSERT INTO main.intake_decisions "
        "(candidate_id, outcome, request_id, hold_id, told, note, at, actor) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (candidate.id, outcome, request_id, hold_id, told, note, now_text(), actor),
    )
    audit(
        conn,
        actor=actor,
        action=f"queue: {outcome}",
        subject=f"noticed {candidate.id}",
        detail={"request": request_id, "hold": hold_id},
    )


def _candidate(found: sqlite3.Row) -> Candidate:
    outcome = None
    if found["outcome"] is not None:
        outcome = Outcome(
            *(found["decision_id"], found["outcome"], found["request_id"], found["hold_id"]),
            *(found["told"], found["note"], found["decided_at"], found["actor"]),
            found["taken_back"],
        )
    return Candidate(
        found["id"],
        found["file"],
        found["record_id"],
        found["version_id"],
        tuple(msgspec.json.decode(found["kinds"])),
        tuple(msgspec.json.decode(found["phrases"])),
        found["at"],
        outcome,
    )
