"""The draft of a letter while it is typed: kept for whoever goes on with it, never sent."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import msgspec

from archiver.clock import now_text
from archiver.database import row, rows, write_transaction
from archiver.decoding import decoder
from archiver.errors import BusyError
from archiver.register.office import audit
from archiver.requests.intake import Request, get_request
from archiver.requests.letters.drafts import Draft
from archiver.requests.letters.kinds import kinds


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft as it was last kept: what was typed, when (UTC) and by whom. Each keeping has an id
    of its own."""

    id: int
    draft: Draft
    at: str
    actor: str


def kept_draft(conn: sqlite3.Connection, request: Request, kind: str) -> KeptDraft | None:
    """The draft of a kind of letter, or None."""
    found = row(
        conn,
        "SELECT id, typed, at, actor FROM letter_drafts WHERE request_id = ? AND kind = ?",
        *(request.id, kind),
    )
    return None if found is None else _kept(found)


def drafts_kept(conn: sqlite3.Connection, request: Request) -> list[KeptDraft]:
    """Every draft of a request, the last one kept first."""
    found = rows(
        conn,
        "SELECT id, typed, at, actor FROM letter_drafts WHERE request_id = ? ORDER BY id DESC",
        request.id,
    )
    return [_kept(each) for each in found]


def keep_draft(
    conn: sqlite3.Connection, number: str, draft: Draft, *, actor: str, seen: int
) -> KeptDraft:
    """Keep what was typed in the place of what was kept before; `seen` is the keeping the person
    went on from, 0 for none. The audit is told when somebody begins or takes over, not each time.

    Raises BusyError where somebody else kept another one meanwhile: nothing is overwritten.
    """
    kinds().find(draft.kind)
    with write_transaction(conn):
        request = get_request(conn, number)
        before = kept_draft(conn, request, draft.kind)
        if before is not None and before.id != seen and before.actor != actor:
            raise BusyError(
                f"{before.actor} changed this draft meanwhile: yours is not kept over it"
            )
        if before is not None and before.draft == draft and before.actor == actor:
            return before
        conn.execute(
            "DELETE FROM main.letter_drafts WHERE request_id = ? AND kind = ?",
            (request.id, draft.kind),
        )
        conn.execute(
            "INSERT INTO main.letter_drafts (request_id, kind, typed, at, actor) "
            "VALUES (?, ?, ?, ?, ?)",
            (
                *(request.id, draft.kind, msgspec.json.encode(draft).decode()),
                *(now_text(), actor),
            ),
        )
        if before is None or before.actor != actor:
            _tell(conn, request, draft.kind, actor, "letter draft kept")
        made = kept_draft(conn, request, draft.kind)
    assert made is not None
    return made


def discard_draft(
    conn: sqlite3.Connection, number: str, kind: str, *, actor: str, seen: int
) -> None:
    """Throw a draft away; nothing where there is none.

    Raises BusyError where somebody else kept another one than the person saw.
    """
    with write_transaction(conn):
        request = get_request(conn, number)
        before = kept_draft(conn, request, kind)
        if before is None:
            return
        if before.id != seen and before.actor != actor:
            raise BusyError(f"{before.actor} changed this draft meanwhile: look at it first")
        conn.execute("DELETE FROM main.letter_drafts WHERE id = ?", (before.id,))
        _tell(conn, request, kind, actor, "letter draft discarded")


def end_draft(conn: sqlite3.Connection, request: Request, kind: str, *, actor: str) -> None:
    """Throw away, in the transaction that freezes a letter, the draft it grew from. What somebody
    else is typing stays."""
    conn.execute(
        "DELETE FROM main.letter_drafts WHERE request_id = ? AND kind = ? AND actor = ?",
        (request.id, kind, actor),
    )


def _tell(conn: sqlite3.Connection, request: Request, kind: str, actor: str, step: str) -> None:
    subject = f"request {request.number}"
    audit(conn, actor=actor, action=step, subject=subject, detail={"kind": kind})


_read_draft = decoder(Draft)


def _kept(found: sqlite3.Row) -> KeptDraft:
    draft = _read_draft(found["typed"])
    return KeptDraft(found["id"], draft, found["at"], found["actor"])
